//! What a server has against a statement.

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SqlError {
    /// Five characters that say what kind it is; empty when the connection broke.
    pub code: String,
    /// One line.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// The server's own advice.
    pub hint: Option<String>,
    /// In which function or rule it happened.
    pub context: Option<String>,
    /// Where in the text that was sent, as characters from 1.
    pub position: Option<usize>,
    /// How many statements of that text had ended before.
    pub completed: usize,
}

impl SqlError {
    /// Whether a lock was not got in time.
    #[must_use]
    pub fn is_lock_timeout(&self) -> bool {
        self.code == "55P03"
    }

    /// Whether the connection is gone: the server ended it, or it broke.
    #[must_use]
    pub fn is_disconnect(&self) -> bool {
        self.code.is_empty() || self.code.starts_with("08") || self.code.starts_with("57P")
    }

    /// Message and code, for one line.
    #[must_use]
    pub fn in_words(&self) -> String {
        if self.code.is_empty() {
            self.message.clone()
        } else {
            format!("{} (SQLSTATE {})", self.message, self.code)
        }
    }
}
