//! Names that nothing reads, where a name that something reads was surely meant.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::{FixedState, RandomState};

use crate::diagnostic::{Edit, Finding, Fix, Label, Severity};
use crate::env::{EnvFile, Place, Variable as Set};
use crate::schema::Variable;
use crate::text::plural;

use super::{Tier, UNDESCRIBED, UNKNOWN_NAME};

/// How many names one finding spells out.
const SHOWN: usize = 8;

/// What is wrong with the names that a tier's files set.
#[derive(Default)]
pub(super) struct Checked {
    /// Misspelt names and, of each file, the names that no schema describes.
    pub(super) findings: Vec<Finding>,
    /// The names that were meant by misspelt ones.
    pub(super) meant: Vec<String>,
}

/// Misspelt names, each with the name that was meant. Names that are merely unknown are one
/// finding a file: the program may have variables that no schema describes.
pub(super) fn check(tier: &Tier<'_>, tiers: &[Tier<'_>]) -> Checked {
    let mut checked = Checked::default();
    // Only a name that is nowhere set can have been meant.
    let unset =
        LazyCell::new(|| {
            Names::new(tier.schema.variables.iter().filter(|variable| {
                !variable.is_group() && tier.resolved.get(&variable.name).is_none()
            }))
        });
    let mut undescribed: Vec<&Set> = Vec::new();
    for set in tier.resolved.variables() {
        let Some(place) = set.origin.place() else {
            continue;
        };
        if is_described(tiers, &set.name) {
            continue;
        }
        let Some(meant) = unset.nearest(&set.name) else {
            undescribed.push(set);
            continue;
        };
        checked.findings.push(misspelt(tier, set, place, meant));
        checked.meant.push(meant.name.clone());
    }
    checked.findings.extend(strangers(tier, &undescribed));
    checked
}

fn misspelt(tier: &Tier<'_>, set: &Set, place: &Place, meant: &Variable) -> Finding {
    let severity = if meant.required.never() {
        Severity::Warning
    } else {
        Severity::Error
    };
    let edit = Edit {
        source: place.source.clone(),
        span: place.name,
        replacement: meant.name.clone(),
    };
    Finding::new(
        &UNKNOWN_NAME,
        format!("nothing reads `{}`: `{}` is the name", set.name, meant.name),
    )
    .severity(severity)
    .subject(set.name.as_str())
    .tier(tier.name())
    .at(Label::new(
        &place.source,
        place.name,
        format!("did you mean {}?", meant.name),
    ))
    .note(format!("{}: {}", meant.description, meant.purpose))
    .help(format!(
        "rename it to {}, or describe it in env-schemas/{}.toml",
        meant.name,
        tier.name()
    ))
    .fix(Fix {
        title: format!("rename {} to {}", set.name, meant.name),
        edits: vec![edit],
    })
}

/// What is said in the place of a misspelt name where the code reads it as it is written: it leads into the model
/// of a field, and `place` says so.
#[must_use]
pub fn nested(misspelt: &Finding, field: &str, place: &str) -> Finding {
    let name = misspelt.subject.clone().unwrap_or_default();
    let message = format!("no schema describes `{name}`: the code reads it as a part of `{field}`");
    let told = Finding::new(&UNDESCRIBED, message)
        .subject(name)
        .note(format!(
            "`env_nested_delimiter` at {place} makes it one; its value is not checked"
        ))
        .help(format!(
            "describe it in env-schemas/{}.toml to have its value checked",
            misspelt.tier.as_deref().unwrap_or("backend")
        ));
    Finding {
        tier: misspelt.tier.clone(),
        place: misspelt.place.clone().map(|label| Label {
            message: "not checked".to_owned(),
            ..label
        }),
        ..told
    }
}

/// One finding for each of the tier's own files that sets names which no schema describes.
fn strangers(tier: &Tier<'_>, undescribed: &[&Set]) -> Vec<Finding> {
    if tier.schema.variables.is_empty() {
        return Vec::new();
    }
    // The root's file is the root's business, in whichever chain it stands.
    let own = |file: &&EnvFile| file.path().parent() == tier.home.parent();
    let files = tier.resolved.files.iter().map(|(file, _)| file).filter(own);
    let position = |set: &&Set| set.origin.place().map(|place| place.name);
    files
        .filter_map(|file| {
            let is_here = |set: &&Set| {
                let place = set.origin.place();
                place.is_some_and(|place| std::ptr::eq(place.source.text(), file.source.text()))
            };
            let mut here: Vec<&Set> = undescribed.iter().copied().filter(is_here).collect();
            let count = here.len();
            // The first ones are spelt out; of the rest only their number is said.
            here.select_nth_unstable_by_key(SHOWN.min(count).checked_sub(1)?, position);
            here.truncate(SHOWN);
            here.sort_by_key(position);
            let first = *here.first()?;
            let place = first.origin.place()?;
            let path = place.source.path();
            let mut names: Vec<&str> = here.iter().map(|set| set.name.as_str()).collect();
            let more = format!("{} more", count.saturating_sub(SHOWN));
            if count > SHOWN {
                names.push(&more);
            }
            let (subject, message, label) = if count == 1 {
                (
                    first.name.as_str(),
                    format!("no schema describes `{}`", first.name),
                    "not checked",
                )
            } else {
                (
                    path.as_str(),
                    format!(
                        "no schema describes {} of {path}: {}",
                        plural(count, "name"),
                        names.join(", ")
                    ),
                    "the first one",
                )
            };
            let finding = Finding::new(&UNDESCRIBED, message)
                .subject(subject)
                .tier(tier.name())
                .at(Label::new(&place.source, place.name, label))
                .note("their values are not checked, and a name that nothing reads looks the same")
                .help(format!(
                    "describe what the program reads in env-schemas/{}.toml, delete the rest",
                    tier.name()
                ));
            Some(finding)
        })
        .collect()
}

/// Whether a schema of some tier describes that name, in whatever case.
pub(super) fn is_described(tiers: &[Tier<'_>], name: &str) -> bool {
    let exact = |name: &str| tiers.iter().any(|tier| tier.schema.get(name).is_some());
    exact(name)
        || (name.bytes().any(|b| b.is_ascii_lowercase()) && exact(&name.to_ascii_uppercase()))
}

/// Names by all but one of their words, and by their letters: a file of many thousand names is
/// compared with the few that can be near each of them.
struct Names<'a> {
    by_rest: HashMap<u64, Vec<&'a Variable>, RandomState>,
    hasher: FixedState,
}

impl<'a> Names<'a> {
    fn new(variables: impl Iterator<Item = &'a Variable>) -> Self {
        let mut by_rest: HashMap<u64, Vec<&'a Variable>, RandomState> = HashMap::default();
        let hasher = FixedState::default();
        for variable in variables {
            for_each_rest(&hasher, &variable.name, |rest| {
                by_rest.entry(rest).or_default().push(variable);
            });
        }
        Self { by_rest, hasher }
    }

    /// The name that was surely meant.
    fn nearest(&self, written: &str) -> Option<&'a Variable> {
        let mut candidates: Vec<&Variable> = Vec::new();
        if !self.by_rest.is_empty() {
            for_each_rest(&self.hasher, written, |rest| {
                candidates.extend(self.by_rest.get(&rest).into_iter().flatten());
            });
        }
        candidates.retain(|variable| is_near(written, &variable.name));
        candidates.into_iter().min_by_key(|variable| {
            (
                strsim::damerau_levenshtein(written, &variable.name),
                variable.place,
            )
        })
    }
}

/// Calls `each` with what the name's letters hash to, and the name without each of its words.
fn for_each_rest(hasher: &FixedState, name: &str, mut each: impl FnMut(u64)) {
    const MOST_WORDS: usize = 12;
    let upper;
    let name = if name.bytes().any(|b| b.is_ascii_lowercase()) {
        upper = name.to_ascii_uppercase();
        &upper
    } else {
        name
    };
    // FNV-1a: the same for the same letters, wherever the underscores stand.
    let letters = name.bytes().filter(|b| *b != b'_');
    each(letters.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }));
    let mut start = 0;
    for word in name.split('_').take(MOST_WORDS) {
        let end = start + word.len();
        each(hasher.hash_one((start, &name[..start], &name[end..])));
        start = end + 1;
    }
}

/// Whether one name is a misspelling of the other: the same words, one of them with a slip in it,
/// or the same letters with an underscore too many or too few.
pub(super) fn is_near(written: &str, meant: &str) -> bool {
    if written.len().abs_diff(meant.len()) > 2 {
        return false;
    }
    if written.matches('_').count() != meant.matches('_').count() {
        let letters = |name: &str| {
            name.bytes()
                .filter(|b| *b != b'_')
                .map(|b| b.to_ascii_uppercase())
                .collect::<Vec<u8>>()
        };
        return letters(written) == letters(meant);
    }
    let mut differing = written
        .split('_')
        .zip(meant.split('_'))
        .filter(|(written, meant)| !written.eq_ignore_ascii_case(meant));
    let (Some((written, meant)), None) = (differing.next(), differing.next()) else {
        return false;
    };
    let longest = written.len().max(meant.len());
    // `URI` for `URL` is a slip, `USER` for `URL` is another word.
    longest >= 3
        && strsim::damerau_levenshtein(&written.to_ascii_uppercase(), meant) <= longest.div_ceil(5)
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        for (written, meant) in [
            ("DATABASE_URI", "DATABASE_URL"),
            ("DATABSE_URL", "DATABASE_URL"),
            ("DATABASEURL", "DATABASE_URL"),
            ("CACHE_REDIS_HSOT", "CACHE_REDIS_HOST"),
            ("database_ulr", "DATABASE_URL"),
            ("STORAGE_PROVIDERS", "STORAGE_PROVIDER"),
        ] {
            assert!(is_near(written, meant), "{written} for {meant}");
        }
        for (written, meant) in [
            ("DATABASE_USER", "DATABASE_URL"),
            ("DATABASE_NAME", "DATABASE_URL"),
            ("CACHE_REDIS_HOST", "LIMITER_REDIS_HOST"),
            ("STORAGE_LOCAL_ROOT", "STORAGE_LOCAL_PATH"),
            ("APP_NAME", "APP_PORT"),
            ("CACHE_REDIS_ID", "CACHE_REDIS_DB"),
        ] {
            assert!(!is_near(written, meant), "{written} for {meant}");
        }
    }
}
