//! Windows: the console restores itself when its last program ends; a crash leaves nothing to do.

/// How the console was before it was taken.
#[derive(Debug, Clone)]
pub struct Saved;

impl Saved {
    /// Remembers it.
    #[must_use]
    pub fn take() -> Option<Self> {
        Some(Self)
    }

    /// Gives it back, for one that took it and died.
    pub fn restore(&self) {
        use std::io::Write;
        let _ = std::io::stdout().write_all(super::FAREWELL);
    }

    /// Gives it back: whether it is still taken is not known.
    pub fn restore_if_taken(&self) {
        self.restore();
    }
}

/// Nobody else changes the console while we have it.
pub(super) fn is_ours() -> bool {
    true
}

/// There is no background.
pub fn survive_background() {}

/// The console gives itself back, also after a kill.
pub fn appoint_heir(_words: &str) {}

/// There is none.
pub(super) fn tell_heir(_taken: bool) {}

/// The console gives itself back.
pub fn leave_on_signal() {}
