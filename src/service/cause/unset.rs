//! What is said of variables that are not there, and the way out.

use crate::text::{few, remedy};

use super::clause;
use super::counted::Line;
use super::variable::{self, Missing};
use super::{Cause, Speaker, cause};

/// The variables that these lines, all of one failure, say to be missing.
pub(super) fn of(speaker: Speaker<'_>, lines: &[Line<'_>]) -> Option<Cause> {
    let is_known = |name: &str| speaker.place_of(name, None).is_some();
    let fields = speaker.modules.fields.as_ref();
    let missing = variable::missing(
        speaker.tier,
        speaker.declared,
        speaker.set,
        is_known,
        fields,
        lines,
    );
    let mut found = cause_of(speaker, &missing)?;
    let refused = variable::also_refused(lines);
    let mut others: Vec<String> = refused.iter().map(|name| format!("`{name}`")).collect();
    let untold = variable::untold(lines);
    if untold > 0 {
        others.push(format!("{untold} more"));
    }
    if !others.is_empty() {
        let too = if refused.is_empty() { "" } else { ", too" };
        let others = few(&others);
        found.meaning = format!("{}; it complains of {others}{too}", found.meaning);
    }
    Some(found)
}

/// What is said of these.
pub(super) fn cause_of(speaker: Speaker<'_>, missing: &[Missing<'_>]) -> Option<Cause> {
    match missing {
        [] => None,
        [one] => Some(single(speaker, one)),
        several => Some(all(speaker, several)),
    }
}

/// Whether a line says by itself that a variable is missing.
pub(super) fn complains(line: &str) -> bool {
    clause::complaints(line).next().is_some()
}

fn single(speaker: Speaker<'_>, missing: &Missing<'_>) -> Cause {
    let service = speaker.service;
    let meaning = match missing {
        Missing::Declared {
            name,
            purpose,
            tier,
        } => {
            let what = if purpose.is_empty() {
                String::new()
            } else {
                format!(" ({purpose})")
            };
            let file = speaker.but_in_file(name, Some(tier));
            format!("`{name}`{what} is not set where `{service}` looks{file}")
        }
        Missing::Undeclared { name } => {
            let file = speaker.but_in_file(name, None);
            format!("`{name}` is not set where `{service}` looks{file}")
        }
        Missing::Either { names, .. } => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let names = names.join(", ");
            format!("none of {names} is set where `{service}` looks")
        }
        Missing::Field { name, class } => {
            format!("a variable is not set: `{service}` wants `{name}` for its `{class}`")
        }
        Missing::Written { name, field } => {
            let file = speaker.but_in_file(name, None);
            let by = speaker.modules.fields.as_ref();
            let by = by.map_or_else(String::new, |it| {
                format!(" (`{}` at {})", it.class, it.place)
            });
            format!("`{name}` is not set where `{service}` looks for its `{field}`{by}{file}")
        }
    };
    cause(meaning, way_out(speaker, missing))
}

/// Several, of which each is missing: the way out is that of one, one that a check of ours tells of before others.
fn all(speaker: Speaker<'_>, missing: &[Missing<'_>]) -> Cause {
    let service = speaker.service;
    let class_of = |one: &Missing<'_>| match one {
        Missing::Field { class, .. } => Some((*class).to_owned()),
        _ => None,
    };
    let class = missing.first().and_then(class_of);
    let class = class.filter(|class| {
        missing
            .iter()
            .all(|one| class_of(one).as_ref() == Some(class))
    });
    let quoted = |one: &Missing<'_>| match one {
        Missing::Declared { name, .. } => format!("`{name}`"),
        Missing::Field { name, class: of } if class.is_none() => format!("`{name}` of `{of}`"),
        Missing::Undeclared { name }
        | Missing::Field { name, .. }
        | Missing::Written { name, .. } => format!("`{name}`"),
        Missing::Either { names, .. } => format!("`{}`", names.join("` or `")),
    };
    let names: Vec<String> = missing.iter().map(quoted).collect();
    let names = few(&names);
    let meaning = match class {
        Some(class) => {
            format!("variables are not set: `{service}` wants {names} for its `{class}`")
        }
        None => format!("{names} are not set where `{service}` looks"),
    };
    let is_declared = |one: &&Missing<'_>| matches!(one, Missing::Declared { .. });
    let first = missing.iter().find(is_declared).or(missing.first());
    let way = first.map(|first| way_out(speaker, first));
    let way = way.unwrap_or_default();
    // A check names all that it knows; what sets one is to be done for each.
    let way = match way.strip_suffix(THEN) {
        Some(set) => format!("{set}so with each of them, {THEN}"),
        None => way,
    };
    cause(meaning, way)
}

/// What stands behind a line that sets a variable of the terminal.
const THEN: &str = "then start again";

fn way_out(speaker: Speaker<'_>, missing: &Missing<'_>) -> String {
    match missing {
        Missing::Declared { name, tier, .. } => speaker.way_to_set(name, Some(tier)),
        Missing::Undeclared { name } => speaker.way_to_set(name, None),
        Missing::Written { name, .. } => {
            let file = speaker
                .modules
                .fields
                .as_ref()
                .and_then(|it| it.file.as_ref());
            let is_elsewhere = speaker.place_of(name, None).is_some() || speaker.is_alone;
            match file.filter(|_| !is_elsewhere) {
                Some(file) => {
                    format!(
                        "pixcrawler env set --file {} {name}=-",
                        remedy::quoted(file)
                    )
                }
                None => speaker.way_to_set(name, None),
            }
        }
        Missing::Either { names, tier } => {
            let first = names.first().copied().unwrap_or_default();
            speaker.way_to_set(first, *tier)
        }
        // Nobody declares it, so no check of ours would tell of it. The class may put a prefix before it.
        Missing::Field { name, class } => {
            let way = speaker.way_to_set(&name.to_ascii_uppercase(), None);
            // What is written as variables are is an alias, as a rule, and those get none.
            match way.strip_suffix(THEN).filter(|_| !clause::is_capital(name)) {
                Some(set) => {
                    format!(
                        "{set}with the `env_prefix` of `{class}` before it where that has one, {THEN}"
                    )
                }
                None => way,
            }
        }
    }
}
