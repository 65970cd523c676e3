//! What is run.

use std::fmt;

use serde::Serialize;

/// How to start a process: never a string that might be a shell line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// A program with its arguments.
    Exec(Vec<String>),
    /// One line for the shell.
    Shell(String),
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
