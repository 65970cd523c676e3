//! Whose turn it is, where lines are told as text: as on the screen of `dev`, nobody's line stands within
//! another service's traceback.

use std::time::Duration;

use crate::service::block::Open;

use super::hold::{Held, Hold};

/// A line of a service, as it may stand behind others.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) service: &'a str,
    /// As it is shown; nothing when it is not.
    pub(super) text: &'a str,
    /// Whether it began something of its own.
    pub(super) began: bool,
    pub(super) open: Open,
}

/// Brings the lines of all services into one order.
#[derive(Debug, Default)]
pub(super) struct Turns {
    hold: Hold,
    /// Services, each at its number.
    names: Vec<String>,
}

impl Turns {
    fn number(&mut self, service: &str) -> usize {
        let known = self.names.iter().position(|name| name == service);
        known.unwrap_or_else(|| {
            self.names.push(service.to_owned());
            self.hold.know(self.names.len());
            self.names.len() - 1
        })
    }

    /// Takes a line that came at that time.
    pub(super) fn line(&mut self, turn: &Turn<'_>, now: Duration, out: &mut String) {
        let id = self.number(turn.service);
        if turn.began && self.hold.is_waited_for(id) {
            // All of what the others waited for is there: it is their turn before the next error.
            self.release(now, out);
        }
        if self.hold.is_another(id, now) {
            self.hold.keep_lines(id, 0, turn.text.as_bytes(), now);
        } else {
            out.push_str(turn.text);
        }
        if self.hold.printed(id, turn.open, now) {
            self.release(now, out);
        }
    }

    /// Takes what the tool said, about a service or not. About the one whose error is being told it comes
    /// at once, and ends it.
    pub(super) fn text(
        &mut self,
        about: Option<&str>,
        text: &str,
        now: Duration,
        out: &mut String,
    ) {
        let about = about.map(|service| self.number(service));
        if !text.is_empty() && !self.hold.keep_text(about, text.as_bytes(), now) {
            out.push_str(text);
            self.release(now, out);
        }
    }

    /// When what stands back is due, whatever comes.
    pub(super) fn due(&self) -> Option<Duration> {
        self.hold.due()
    }

    /// How many lines stand back.
    pub(super) fn standing_back(&self) -> usize {
        self.hold.lines()
    }

    /// It is that late now, and nothing came: appends what is due.
    pub(super) fn tick(&mut self, now: Duration, out: &mut String) {
        if self.hold.is_over(now) {
            self.release(now, out);
        }
    }

    /// Something came at that time: appends what was due until then.
    pub(super) fn pass(&mut self, now: Duration, out: &mut String) {
        while let Some(due) = self.hold.due().filter(|due| *due <= now) {
            if self.hold.is_over(due) {
                self.release(due, out);
            }
        }
    }

    /// Appends all that stands back.
    pub(super) fn finish(&mut self, out: &mut String) {
        self.release(Duration::MAX, out);
        *self = Self::default();
    }

    fn release(&mut self, now: Duration, out: &mut String) {
        self.hold.end();
        while let Some(held) = self.hold.next(now) {
            let (Held::Lines(_, _, text, _) | Held::Text(text)) = held;
            out.push_str(&String::from_utf8_lossy(&text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACEBACK: [(&str, Open); 3] = [
        ("Traceback", Open::Surely),
        ("  File", Open::Surely),
        ("KeyError", Open::Likely),
    ];

    /// Two services fail at once, line by line and `gap` apart.
    fn told(gap: Duration) -> String {
        let (mut turns, mut out, mut now) = (Turns::default(), String::new(), Duration::ZERO);
        for (at, (line, open)) in TRACEBACK.iter().enumerate() {
            for service in ["api", "web"] {
                now += gap;
                turns.pass(now, &mut out);
                let turn = Turn {
                    service,
                    text: &format!("{service} {line}\n"),
                    began: at == 0,
                    open: *open,
                };
                turns.line(&turn, now, &mut out);
            }
        }
        turns.text(None, "note\n", now, &mut out);
        turns.finish(&mut out);
        out
    }

    #[test]
    fn two_tracebacks_at_once_stand_one_behind_the_other() {
        let whole = "api Traceback\napi   File\napi KeyError\nweb Traceback\nweb   File\nweb KeyError\nnote\n";
        assert_eq!(told(Duration::from_millis(1)), whole);
        assert_eq!(told(Duration::from_millis(20)), whole);
        assert_eq!(told(Duration::from_millis(120)), whole, "line by line");
    }

    #[test]
    fn nobody_waits_for_what_does_not_come() {
        let late = told(Duration::from_secs(2));
        assert!(late.starts_with("api Traceback\nweb Traceback\n"), "{late}");
        let mut turns = Turns::default();
        let mut out = String::new();
        let turn = |service, began, open| Turn {
            service,
            text: "x\n",
            began,
            open,
        };
        turns.line(&turn("api", true, Open::Surely), Duration::ZERO, &mut out);
        turns.line(&turn("web", true, Open::No), Duration::ZERO, &mut out);
        assert_eq!(out, "x\n");
        let due = turns.due().expect("somebody stands back");
        turns.pass(due + Duration::from_secs(1), &mut out);
        assert_eq!((out.as_str(), turns.due()), ("x\nx\n", None));
    }
}
