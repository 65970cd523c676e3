//! A session as it happens: on the screen, as JSON lines, in log files.

mod card;
mod clock;
mod console;
mod files;
mod graded;
mod hold;
mod json_lines;
mod masked;
mod page;
mod prefix;
mod ready;
mod status;
mod tail;
mod words;
mod writer;

pub use console::{Console, Look};
pub use files::LogFiles;
pub use json_lines::JsonLines;
pub use masked::Masked;
pub use writer::Gone;
