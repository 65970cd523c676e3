//! Expected failures: the user's world went wrong, and here is the way out.

use std::fmt;

use crate::diagnostic::Finding;
use crate::exit::Exit;

/// Why a command could not do its work: what happened, the exit code, the next command to type.
#[derive(Debug)]
pub struct Failure {
    /// The documented exit code.
    pub exit: Exit,
    /// What happened, where and why; a lower-case fragment without a full stop.
    pub message: String,
    /// The next command to type, or the line to change.
    pub help: Option<String>,
    /// Findings that say it better than a sentence, with places.
    pub findings: Vec<Finding>,
}

impl Failure {
    /// A failure that ends the command with `exit`.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            help: None,
            findings: Vec::new(),
        }
    }

    /// Bad usage or configuration.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Something needed could not be reached or run.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, message)
    }

    /// What happened and the way out, for one line of a log.
    #[must_use]
    pub fn in_words(&self) -> String {
        match &self.help {
            Some(help) => format!("{} → {help}", self.message),
            None => self.message.clone(),
        }
    }

    /// With the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the findings that explain it.
    #[must_use]
    pub fn findings(mut self, findings: Vec<Finding>) -> Self {
        self.findings = findings;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
