//! What services of systemd say about themselves (`sd_notify`), as far as it matters here.

/// One thing that a service said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// `READY=1`.
    Ready,
    /// `STATUS=…`.
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
        ("STATUS", status) => Some(Said::Status(status.to_owned())),
        _ => None,
    });
    said.collect()
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
        assert_eq!(read(b"WATCHDOG=1"), [Said::Alive]);
        assert_eq!(read(b"STOPPING=1\nREADY=0"), [Said::Stopping]);
    }
}
