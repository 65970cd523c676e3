//! Where no kernel holds such a bound for us: whoever needs one counts.

/// There are none.
#[derive(Debug)]
pub enum Cage {}

impl Cage {
    /// None, ever.
    #[must_use]
    pub fn open(_session: &str, _service: &str, _most: u32) -> Option<Self> {
        None
    }

    /// Never called.
    #[must_use]
    pub fn has_refused(&self) -> bool {
        match *self {}
    }
}

/// Nothing is left of what there never was.
pub fn clear(_session: &str) {}

/// Nobody tells cheaply.
#[must_use]
pub fn tasks() -> Option<u32> {
    None
}
