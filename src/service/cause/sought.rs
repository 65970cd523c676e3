//! What of the project's files is to be read for last words.

use super::imported::importer;
use super::variable;

/// What the last words are about, as far as the project's files can say more of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sought<'a> {
    /// The file that imports the JavaScript module which is not found: an absolute path.
    pub importer: Option<&'a str>,
    /// The settings class that refuses its variables.
    pub class: Option<&'a str>,
}

impl<'a> Sought<'a> {
    /// What these lines are about.
    #[must_use]
    pub fn of(lines: &[&'a str]) -> Self {
        Self {
            importer: importer(lines),
            class: class(lines),
        }
    }
}

/// The settings class of which the last of such lines says that its variables are missing, or of no use.
fn class<'a>(lines: &[&'a str]) -> Option<&'a str> {
    lines.iter().rev().find_map(|line| variable::class_of(line))
}
