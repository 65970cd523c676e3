//! A number that every process of a service inherits, also one that left its group, its session and
//! its environment: a limit that nobody looks at.
//!
//! Whoever clears its environment (`env -i`) has lost its mark. As an orphan it is a child of ours
//! then, which tells of which session it is, but not of which service.

#[cfg(not(target_os = "linux"))]
#[path = "stamp/elsewhere.rs"]
mod os;
#[cfg(target_os = "linux")]
#[path = "stamp/linux.rs"]
mod os;

use std::sync::atomic::{AtomicU16, Ordering};

#[cfg(unix)]
pub(super) use os::Seal;
#[cfg(target_os = "linux")]
pub(super) use os::read;

/// Where the number of a service stands, above that of a part of it.
const SERVICE: u32 = 16;

/// Where what tells sessions apart stands.
const SESSION: u32 = 32;

/// Every stamp is at least this, far beyond what anybody sets, and less than twice of it.
const LEAST: u64 = 1 << 61;

/// Of which service of which session a process is, or of which command that was run for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(u64);

impl Stamp {
    /// The stamp of a service; none where there are too many of them.
    #[must_use]
    pub fn of(session: &str, service: usize) -> Option<Self> {
        let service = u64::from(u16::try_from(service).ok()?);
        let session = (u64::from(fold(session)) << SESSION) & (LEAST - 1);
        Some(Self(LEAST | session | (service << SERVICE)))
    }

    /// The stamp of a command that is run for the service: no other one of its time has it.
    #[must_use]
    pub fn part(self) -> Self {
        static LAST: AtomicU16 = AtomicU16::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1).max(1);
        Self(self.whole() | u64::from(number))
    }

    /// What a process with this stamp carries.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// Whether a process with this number belongs to what has this stamp: to a service belong the
    /// commands that are run for it.
    #[must_use]
    pub fn covers(self, number: u64) -> bool {
        let is_whole = self.0 == self.whole();
        self.0 == number || (is_whole && self.0 == Self(number).whole())
    }

    /// Whether a process with this number is of a service of the session, whichever.
    #[must_use]
    pub fn is_of(session: &str, number: u64) -> bool {
        Self::of(session, 0).is_some_and(|stamp| stamp.0 >> SESSION == number >> SESSION)
    }

    /// Without the number of a part.
    fn whole(self) -> u64 {
        self.0 & !u64::from(u16::MAX)
    }
}

/// A text as a number (FNV-1a): sessions of one moment are to differ.
fn fold(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_its_commands_and_nobody_elses() {
        let stamp = |session, service| Stamp::of(session, service).expect("few services");
        let api = stamp("s1", 3);
        assert!(api.covers(api.0));
        let (one, other) = (api.part(), api.part());
        assert!(api.covers(one.0) && api.covers(other.0));
        assert!(one.covers(one.0) && !one.covers(other.0) && !one.covers(api.0));
        for stranger in [stamp("s1", 4), stamp("s2", 3), stamp("s1", 4).part()] {
            assert!(!api.covers(stranger.0) && !one.covers(stranger.0));
        }
        for own in [api, one, stamp("s1", 0), stamp("s1", usize::from(u16::MAX))] {
            assert!(Stamp::is_of("s1", own.0) && !Stamp::is_of("s2", own.0));
        }
        // What limits usually are.
        for number in [0, 1024, u64::from(u32::MAX), u64::MAX >> 1, u64::MAX] {
            assert!(!api.covers(number) && !stamp("", 0).covers(number));
            assert!(!Stamp::is_of("s1", number) && !Stamp::is_of("", number));
        }
        assert_eq!(Stamp::of("s1", 1 << 16), None);
    }
}
