//! What a session keeps of its output, so that it can be read in order later.
//!
//! The text itself stands once, in a plain file a service (`logs/api.log`). Beside them is a journal
//! a session, JSON lines, that says what came when: an entry for every run of lines that were read at
//! once, with the place where they stand. A flood costs one entry for hundreds of lines, and nothing
//! is written twice.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::level::Level;

mod distil;

pub use distil::distilled;

/// The folder of the journals, in that of the logs.
pub const JOURNALS: &str = "sessions";

/// The last note of a session that ended as it should. Without it, something may be left of it.
pub const ENDED: &str = "everything stopped";

/// How the note begins that says what a service's last words mean.
pub const CAUSE: &str = "cause: ";

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    /// A service printed lines.
    Lines(Lines),
    /// The tool said something.
    Note(Note),
    /// The first line.
    Session(Session),
}

/// Where lines of a service stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// The number of the first line, counted over the whole session from 1.
    pub seq: u64,
    /// When they were read: RFC 3339 in UTC, with microseconds.
    pub time: String,
    /// Who printed them.
    pub service: String,
    /// The file that they are in, by the time (microseconds since 1970) of its first line.
    pub part: i64,
    /// The byte that they begin at.
    pub at: u64,
    /// Their length in bytes.
    pub bytes: u64,
    /// How many there are.
    pub lines: u64,
}

/// Something that the tool said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The number of the last line before it.
    pub seq: u64,
    /// When: RFC 3339 in UTC, with microseconds.
    pub time: String,
    /// The service that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// `info`, `warn` or `error`.
    pub level: String,
    /// The words.
    pub note: String,
    /// Its number among all that happened in the session, counted from 1; 0 when it is not known.
    #[serde(default)]
    pub number: u64,
    /// The part of the service's log that somebody emptied, removed or changed, as in [`Lines::part`]; without a
    /// service, when the journal began with which they did that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<i64>,
}

/// Whose journal it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The session's mark.
    pub session: String,
    /// When it began: RFC 3339 in UTC, with microseconds.
    pub began: String,
    /// Its services, in the order of the plan.
    pub services: Vec<String>,
    /// Lines of this session that stand in no journal any more, by their services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// Lines for which a journal had no room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Who printed them.
    pub service: String,
    /// How many there were.
    pub lines: u64,
    /// When the first of them came, as in [`Lines::time`].
    pub from: String,
    /// When the last of them came.
    pub to: String,
}

impl Note {
    /// How grave it is.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level.parse().unwrap_or(Level::Info)
    }
}

/// The name of a service's file: whatever it is called, it stays in its folder, and no other service
/// writes there. What a file cannot be called stands as in a URL.
#[must_use]
pub fn file_name(service: &str) -> String {
    let mut name = String::with_capacity(service.len() + ".log".len());
    for c in service.chars() {
        match c {
            // Windows has more of them than others, and a workspace may be taken there.
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%' | '\0'..='\x1f' => {
                let _ = write!(name, "%{:02X}", u32::from(c));
            }
            other => name.push(other),
        }
    }
    name + ".log"
}

/// The service whose file has this name.
#[must_use]
pub fn service_of(file: &str) -> Option<String> {
    let stem = file.strip_suffix(".log")?;
    let mut parts = stem.split('%');
    let mut name = parts.next()?.to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        name.push(char::from(u8::from_str_radix(code, 16).ok()?));
        name.push_str(rest);
    }
    Some(name)
}

/// The first line of a file: whose it is, and since when.
#[must_use]
pub fn head(service: &str, since: &str) -> String {
    format!("--- log of {service} since {since}\n")
}

/// The time in the first line of a file.
#[must_use]
pub fn since(head: &str) -> Option<&str> {
    head.strip_prefix("--- log of ")?
        .rsplit_once(" since ")
        .map(|(_, since)| since.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_its_file() {
        let entries = [
            Entry::Session(Session {
                session: "ab".into(),
                began: "t".into(),
                services: vec!["api".into()],
                left_out: Vec::new(),
            }),
            Entry::Lines(Lines {
                seq: 1,
                time: "t".into(),
                service: "api".into(),
                part: 7,
                at: 9,
                bytes: 3,
                lines: 1,
            }),
            Entry::Note(Note {
                seq: 1,
                time: "t".into(),
                service: None,
                level: "warn".into(),
                note: "n".into(),
                number: 2,
                lost: Some(7),
            }),
        ];
        for entry in entries {
            let text = serde_json::to_string(&entry).expect("JSON");
            assert_eq!(
                serde_json::from_str::<Entry>(&text).expect("an entry"),
                entry
            );
        }
    }

    #[test]
    fn a_name_leaves_its_folder_in_no_way_and_has_a_file_of_its_own() {
        assert_eq!(file_name("../a:b"), "..%2Fa%3Ab.log");
        let alike = ["a/b", "a:b", "a_b", "a\\b", "a%2Fb", "a-b", "a b"];
        let files: std::collections::BTreeSet<String> =
            alike.iter().map(|name| file_name(name)).collect();
        assert_eq!(files.len(), alike.len(), "{files:?}");
        for name in alike {
            assert_eq!(service_of(&file_name(name)).as_deref(), Some(name));
        }
        assert_eq!(service_of("50%.log"), None);
        let head = head("a since b", "2026-11-24T15:00:00.000001Z");
        assert_eq!(since(&head), Some("2026-11-24T15:00:00.000001Z"));
        assert_eq!(since("Traceback"), None);
    }
}
