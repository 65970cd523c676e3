//! What uv and bun say when they are asked whether manifests and lock are sound and in step: their words in, values
//! out. Nothing more is said than they did.

mod bun;
mod uv;

use super::version::Version;
use crate::text::{mask_logins, mask_passwords};

pub use bun::{BUN_IN_STEP, bun_in_step};
pub use uv::{UV_IN_STEP, uv_in_step};

/// What a tool says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Of manifests and lock.
    pub verdict: Verdict,
    /// The settings that it only warns of, and does without.
    pub slip: Option<Refusal>,
}

/// What a tool says of manifests and lock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Verdict {
    /// It was not asked, or failed for something else.
    #[default]
    Unknown,
    /// The lock is as it would be written now.
    InStep,
    /// The lock would be written anew; why, where that is told.
    Older(Option<String>),
    /// The lock itself cannot be read, and why.
    Unread(String),
    /// The tool itself does not work here, in its own words.
    Unable(String),
    /// A manifest is refused, or what manifests say together.
    Refused(Refusal),
    /// What is asked for excludes itself.
    Unsolvable(Refusal),
}

/// What a tool refuses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The file and the line, from 1, where the tool names them.
    pub place: Option<(String, usize)>,
    /// Its words, shortened, without secrets.
    pub why: String,
    /// The names in them, by which a place may be found where the tool names none.
    pub names: Vec<String>,
}

impl Said {
    /// That the lock is as it would be written now, and that nothing was passed over for that.
    #[must_use]
    pub fn is_in_step(&self) -> bool {
        self.verdict == Verdict::InStep && self.slip.is_none()
    }

    /// The same, from a tool that is told beside the files where packages come from, or which to choose: what it makes
    /// of that is no matter of the files.
    #[must_use]
    pub fn told_elsewhere(self) -> Self {
        let verdict = match self.verdict {
            Verdict::Older(_) | Verdict::Unsolvable(_) => Verdict::Unknown,
            verdict => verdict,
        };
        Self { verdict, ..self }
    }
}

/// Whether a bun of this version looks at nothing but its files when it is told to stay offline: those before 1.4 pass
/// over that, and go to the network.
#[must_use]
pub fn stays_offline(bun: &Version) -> bool {
    Version::parse("1.4.0").is_some_and(|first| *bun >= first)
}

/// So long may be what is repeated of a tool's words.
const LONGEST: usize = 240;

/// Words of a tool's in one line, shortened, without what logs in anywhere.
fn shown(words: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    let words = mask_logins(&mask_passwords(&words.join(" ")));
    // What else would be possible may be a hundred names.
    let words = match words.split_once(", expected one of ") {
        Some((short, rest)) if rest.len() > 120 => short,
        _ => words.as_str(),
    };
    if words.len() <= LONGEST {
        return words.to_owned();
    }
    let mut end = LONGEST;
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    let cut = &words[..end];
    let cut = cut.rsplit_once(' ').map_or(cut, |(whole, _)| whole);
    format!("{} …", cut.trim_end_matches([',', ';', ':']))
}

/// The names in backticks.
fn quoted_names(words: &str) -> Vec<String> {
    let names = words.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_logs_in_is_repeated() {
        for (words, told) in [
            (
                "x at https://ghp_0123456789abcdef@example.org/x failed",
                "x at https://••••••@example.org/x failed",
            ),
            (
                "a `https://u:p4ss@h/s` and https://plain.org/a@b",
                "a `https://••••••@h/s` and https://plain.org/a@b",
            ),
        ] {
            assert_eq!(shown(words), told);
        }
        let long = "word ".repeat(100);
        let told = shown(&long);
        assert!(
            told.len() < LONGEST + 5 && told.ends_with("word …"),
            "{told}"
        );
    }

    #[test]
    fn only_a_bun_that_stays_offline_is_asked() {
        let stays = |text: &str| Version::parse(text).is_some_and(|it| stays_offline(&it));
        assert!(stays("1.4.0") && stays("1.4.5") && stays("2.0.0"));
        assert!(!stays("1.3.9") && !stays("1.2.23") && !stays("0.8.1"));
    }

    #[test]
    fn what_a_tool_is_told_beside_the_files_is_no_matter_of_theirs() {
        let told = |verdict| {
            Said {
                verdict,
                slip: None,
            }
            .told_elsewhere()
            .verdict
        };
        assert_eq!(told(Verdict::Older(None)), Verdict::Unknown);
        assert_eq!(told(Verdict::InStep), Verdict::InStep);
        let refused = Verdict::Refused(Refusal::default());
        assert_eq!(told(refused.clone()), refused);
    }
}
