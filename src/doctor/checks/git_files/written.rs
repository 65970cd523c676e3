//! Where git's settings can be written: it refuses a folder of somebody else until one of them allows it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::access;
use crate::text::command::Command;
use crate::text::remedy::set_to;

/// Where git takes a setting of this person from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// The usual file, which can be written.
    Usual,
    /// The user's own home, where `HOME` says another, or nothing: as after `sudo -u`, or in a container that keeps
    /// the variable of another user.
    Home {
        /// That home.
        own: Utf8PathBuf,
        /// Whether `HOME` says another.
        other: bool,
    },
    /// Nowhere but the process environment, after so many settings that stand there.
    Environment(usize),
}

impl Written {
    pub(super) fn of(variables: &BTreeMap<String, String>) -> Self {
        let set = |name: &str| variables.get(name).filter(|it| !it.is_empty());
        let said = set("HOME");
        let is_usual = said.is_some_and(|home| access::writable(Utf8Path::new(home)));
        if cfg!(windows) || set("GIT_CONFIG_GLOBAL").is_some() || is_usual {
            return Self::Usual;
        }
        match access::home().filter(|home| access::writable(home)) {
            Some(own) => Self::Home {
                own,
                other: said.is_some(),
            },
            None => Self::Environment(
                set("GIT_CONFIG_COUNT")
                    .and_then(|count| count.trim().parse().ok())
                    .unwrap_or(0),
            ),
        }
    }

    /// The line that makes git read a folder that belongs to somebody else, and what is to be said of it.
    pub(super) fn allows(&self, top: &Utf8Path) -> (String, Option<&'static str>) {
        let line = Command::new("git config --global --add safe.directory").word(top);
        match self {
            Self::Usual => (line.to_string(), None),
            Self::Home { own, other } => {
                let note = if *other {
                    "HOME is a folder of somebody else, where git can write no settings; yours comes first:"
                } else {
                    "HOME is not set, so git knows no place for its settings; yours comes first:"
                };
                let line = format!("{} && {line}", set_to("HOME", own.as_str()));
                (line, Some(note))
            }
            Self::Environment(before) => {
                let variables =
                    Command::new("export").word(format!("GIT_CONFIG_COUNT={}", before + 1));
                let variables = variables.word(format!("GIT_CONFIG_KEY_{before}=safe.directory"));
                let line = variables.word(format!("GIT_CONFIG_VALUE_{before}={top}"));
                let note = "this account has no home that it may write, so git can keep no settings: these count \
                            in this terminal";
                (line.to_string(), Some(note))
            }
        }
    }
}
