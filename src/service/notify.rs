//! What services of systemd say about themselves (`sd_notify`), as far as it matters here.

use super::screen::harmless;

/// One thing that a service said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// `READY=1`.
    Ready,
    /// `STATUS=…`, made harmless: it stands in lines of the tool's own.
    Status(String),
    /// `WATCHDOG=1`.
    Alive,
    /// `STOPPING=1`.
    Stopping,
}

/// Reads one datagram: assignments, one a line. What is not known is passed over, as systemd does.
#[must_use]
pub fn read(datagram: &[u8]) -> Vec<Said> {
    let text = String::from_utf8_lossy(datagram);
    let said = text.lines().filter_map(|line| match line.split_once('=')? {
        ("READY", "1") => Some(Said::Ready),
        ("WATCHDOG", "1") => Some(Said::Alive),
        ("STOPPING", "1") => Some(Said::Stopping),
        ("STATUS", status) => Some(Said::Status(plain(status))),
        _ => None,
    });
    said.collect()
}

fn plain(status: &str) -> String {
    let mut plain = Vec::new();
    harmless(status.as_bytes(), false, &mut plain);
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_may_say_several_things() {
        assert_eq!(
            read(b"MAINPID=7\nREADY=1\nSTATUS=12 of 40 tables\nX\nWATCHDOG=trigger\n"),
            [Said::Ready, Said::Status("12 of 40 tables".to_owned())]
        );
        assert_eq!(
            read(b"STATUS=\x1b[2J\x1b[31mred\x1b[0m"),
            [Said::Status("red".to_owned())]
        );
        assert_eq!(read(b"WATCHDOG=1"), [Said::Alive]);
        assert_eq!(read(b"STOPPING=1\nREADY=0"), [Said::Stopping]);
    }
}
