//! A session as it happens: on the screen, as JSON lines, in log files.

mod asking;
mod bottom;
mod broadcast;
mod card;
mod clock;
mod console;
mod files;
mod follow;
mod graded;
mod hold;
mod json_lines;
mod masked;
mod merge;
mod page;
mod prefix;
mod ready;
mod reasons;
mod status;
mod summary;
mod tail;
mod timings;
pub mod tui;
mod turns;
mod waterfall;
mod words;
mod writer;

pub use broadcast::Broadcast;
pub use console::{Console, Look};
pub use files::LogFiles;
pub use follow::{Follow, Narrow, Told};
pub use json_lines::JsonLines;
pub use masked::Masked;
pub use reasons::Hints;
pub use summary::Summary;
pub use timings::Timings;
pub use writer::Gone;
