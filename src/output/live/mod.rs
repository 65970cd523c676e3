//! A session as it happens: on the screen, as JSON lines, in log files.

mod card;
mod clock;
mod console;
mod files;
mod json_lines;
mod page;
mod ready;
mod status;
mod tail;
mod words;
mod writer;

pub use console::{Console, Look};
pub use files::LogFiles;
pub use json_lines::JsonLines;
pub use writer::Gone;
