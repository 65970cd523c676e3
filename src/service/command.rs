//! What is run.

use std::fmt;

use serde::Serialize;

use crate::env::{mask_line, mask_words, secrets_of_line, secrets_of_words};
use crate::text::MASK;

/// How to start a process: never a string that might be a shell line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// A program with its arguments.
    Exec(Vec<String>),
    /// One line for the shell.
    Shell(String),
}

impl Command {
    /// The same as people may see it: without the passwords and tokens among its words.
    #[must_use]
    pub fn masked(&self) -> Self {
        match self {
            Self::Exec(words) => Self::Exec(mask_words(words)),
            Self::Shell(line) => Self::Shell(mask_line(line)),
        }
    }

    /// What is masked there.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        match self {
            Self::Exec(words) => secrets_of_words(words),
            Self::Shell(line) => secrets_of_line(line),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shell(line) => f.write_str(line),
            Self::Exec(words) => {
                for (index, word) in words.iter().enumerate() {
                    let space = if index == 0 { "" } else { " " };
                    let plain = !word.is_empty()
                        && word
                            .replace(MASK, "")
                            .chars()
                            .all(|c| c.is_alphanumeric() || "-_./:=@%+,\\".contains(c));
                    if plain {
                        write!(f, "{space}{word}")?;
                    } else {
                        write!(f, "{space}'{}'", word.replace('\'', "'\\''"))?;
                    }
                }
                Ok(())
            }
        }
    }
}
