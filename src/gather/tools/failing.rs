//! Why a tool fails: for what it is, or for what a variable or a file tells it.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8Path;

use crate::code::settings::line_of;
use crate::env::mask_told;
use crate::service::Ending;
use crate::system::fs;
use crate::system::program::{self, Answered, Manner, Obstacle};
use crate::toolchain::{
    Answer, Cause, named_cache, named_file, named_setting, reason, suspects, warned_file,
};
use crate::workspace::Workspace;

use super::settings;

/// How long a tool is tried without a variable: one that failed has shown how fast it is.
const LIMIT: Duration = Duration::from_secs(5);

/// Bytes of an answer that are read.
const LONGEST: usize = 64 * 1024;

/// Of so many variables each is tried alone.
const TRIED: usize = 8;

/// How the lines begin in which a program says why it gives up.
const LAST_WORDS: [&str; 3] = ["error: ", "fatal: ", "Fatal Python error: "];

/// What was asked of a tool.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    /// What people call the tool.
    pub(super) tool: &'a str,
    /// The program and its arguments.
    pub(super) words: &'a [String],
    /// The checkout.
    pub(super) workspace: &'a Workspace,
    /// Where it was asked.
    pub(super) root: &'a Utf8Path,
    /// The same, as seen from the workspace.
    pub(super) shown: &'a Utf8Path,
    /// Our environment.
    pub(super) variables: &'a BTreeMap<String, String>,
}

/// What a tool's answer means. One that failed is tried again without what may have led it astray.
pub(super) fn answer(question: Question<'_>, answered: Answered, limit: Duration) -> Answer {
    match answered {
        Answered::NotFound => Answer::Missing,
        Answered::TimedOut => Answer::Silent(format!("no answer within {} s", limit.as_secs())),
        Answered::Endless => Answer::Silent(format!(
            "it answers, but does not end within {} s",
            limit.as_secs()
        )),
        Answered::Failed(why) => Answer::Silent(why),
        Answered::Prevented(Obstacle { why, way }) => Answer::Prevented { why, way },
        Answered::Ended {
            success: true,
            text,
            path,
            ..
        } => Answer::Said {
            text,
            path: path.to_string(),
        },
        Answered::Ended {
            text, path, signal, ..
        } => {
            // What it says of its own work is not what it has to say.
            let mut words = text
                .lines()
                .filter(|line| {
                    !["DEBUG ", "TRACE "]
                        .iter()
                        .any(|level| line.starts_with(level))
                })
                .map(str::trim)
                .filter(|line| !line.is_empty());
            let error = words.clone().find_map(|line| {
                let mut beginnings = LAST_WORDS.iter();
                beginnings.find_map(|beginning| line.strip_prefix(beginning))
            });
            if let Some(error) = error.filter(|error| error.contains("o interpreter found")) {
                return Answer::NoneFits(error.to_owned());
            }
            let last = match (error, error.and_then(|_| reason(&text))) {
                (Some(error), Some(reason)) => Some(format!("{error}: {reason}")),
                (error, _) => error.or_else(|| words.next_back()).map(str::to_owned),
            };
            // Whatever it was told may stand in them.
            let last = last.map(|last| mask_told(&last));
            let why = match (last, signal.map(Ending::Signal)) {
                (Some(last), None) => format!("{path} fails: {last}"),
                (Some(last), Some(ending)) => format!("{path} is ended by {ending}: {last}"),
                (None, None) => format!("{path} fails without a word"),
                (None, Some(ending)) => format!("{path} is ended by {ending}"),
            };
            match cause(question, &text) {
                Some(cause) => Answer::Misled { why, cause },
                None => Answer::Silent(why),
            }
        }
    }
}

/// What a tool only warns of here, and fails for where it has more to do.
pub(super) fn warned(question: Question<'_>, answered: &Answered) -> Option<Answer> {
    let Answered::Ended {
        success: true,
        text,
        path,
        ..
    } = answered
    else {
        return None;
    };
    let named = warned_file(text)?;
    let reason = reason(text).map_or_else(String::new, |reason| format!(": {reason}"));
    Some(Answer::Misled {
        why: format!(
            "{path} installs and runs nothing here: it cannot read {}{reason}",
            named.0
        ),
        cause: file(question, named),
    })
}

/// A file that a tool names, from where it was asked.
fn file(question: Question<'_>, (path, line): (&str, usize)) -> Cause {
    let path = question.shown.join(path).into_string();
    Cause::File { path, line }
}

/// Whether what a tool fails for is the business of others, and nothing that it was told: the lock, or what we
/// asked, which a variable may exclude (`UV_NO_SOURCES`, or `UV_LOCKED` of older ones).
fn is_of_others(text: &str) -> bool {
    let ours = [
        "`uv.lock`",
        "lockfile",
        "the argument '--frozen' cannot",
        "with '--frozen'",
    ];
    let mut errors = text.lines().filter_map(|line| line.strip_prefix("error: "));
    text.contains("o interpreter found")
        || errors.any(|error| ours.iter().any(|words| error.contains(words)))
}

/// The setting in the manifest for which uv does nothing, with its line.
fn setting(question: Question<'_>, key: &str) -> Cause {
    const MANIFEST: &str = "pyproject.toml";
    let text = fs::read_text(&question.root.join(MANIFEST)).unwrap_or_default();
    file(question, (MANIFEST, line_of(&text, key)))
}

/// What says where the folder is that uv cannot make.
fn cache(question: Question<'_>, folder: &str, why: &str) -> Cause {
    let Question {
        workspace,
        shown,
        variables,
        ..
    } = question;
    let by = settings::of_cache(workspace, shown, variables);
    match by.as_ref().and_then(|by| by.file.clone()) {
        Some((path, line)) => Cause::File { path, line },
        None => Cause::Cache {
            folder: folder.to_owned(),
            why: why.to_owned(),
            by: by.map(|by| by.key.to_owned()),
        },
    }
}

/// What led a tool astray that said this and failed.
fn cause(question: Question<'_>, text: &str) -> Option<Cause> {
    if is_of_others(text) {
        return None;
    }
    if let Some(named) = named_file(text) {
        return Some(file(question, named));
    }
    if let Some(key) = named_setting(text) {
        return Some(setting(question, key));
    }
    let names = question.variables.keys().map(String::as_str);
    let suspects = suspects(question.tool, text, names);
    if suspects.is_empty() || !works(question, &suspects) {
        return named_cache(text).map(|(folder, why)| cache(question, folder, why));
    }
    let one = suspects
        .iter()
        .take(TRIED)
        .find(|name| works(question, &[name]));
    let guilty = one.map_or(suspects.as_slice(), std::slice::from_ref);
    let guilty = guilty.iter().map(|name| (*name).to_owned());
    Some(Cause::Variables(guilty.collect()))
}

/// Whether the tool answers without some variables: be it that no version fits.
fn works(question: Question<'_>, without: &[&str]) -> bool {
    let Question {
        words,
        root,
        workspace,
        shown,
        variables,
        ..
    } = question;
    let is_uv = words.first().is_some_and(|it| it == "uv");
    let manner = Manner {
        limit: LIMIT,
        longest: LONGEST,
        without,
        with: if is_uv {
            settings::sparing(workspace, shown, variables)
        } else {
            &[]
        },
    };
    match program::ask_as(words, root, variables, manner) {
        Answered::Ended { success: true, .. } => true,
        Answered::Ended { text, .. } => is_of_others(&text),
        _ => false,
    }
}
