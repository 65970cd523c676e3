//! Ctrl+C for commands that work through a list: the flag is looked at between two steps.
//!
//! Never together with tokio's signals: both want SIGINT.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the user wants the work to end.
#[derive(Debug, Clone)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// From now on Ctrl+C only sets this flag. Where that is not possible, Ctrl+C ends the process as usual.
    #[must_use]
    pub fn on_interrupt() -> Self {
        let flag = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&flag);
        if let Err(error) = ctrlc::try_set_handler(move || set.store(true, Ordering::Relaxed)) {
            tracing::debug!("Ctrl+C is not caught: {error}");
        }
        Self(flag)
    }

    /// Whether Ctrl+C was pressed.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
