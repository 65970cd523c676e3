//! Names that nothing reads, where a name that something reads was surely meant.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::diagnostic::{Edit, Finding, Fix, Label, Severity};
use crate::schema::Variable;

use super::{Tier, UNKNOWN_NAME};

/// Misspelt names, each with the name that was meant. Names that are merely unknown are none of
/// our business: the program may have variables that no schema describes.
pub(super) fn check(tier: &Tier<'_>, tiers: &[Tier<'_>]) -> Vec<(String, Finding)> {
    let mut findings = Vec::new();
    // Only a name that is nowhere set can have been meant.
    let unset =
        Names::new(tier.schema.variables.iter().filter(|variable| {
            !variable.is_group() && tier.resolved.get(&variable.name).is_none()
        }));
    for set in tier.resolved.variables() {
        let Some(place) = set.origin.place() else {
            continue;
        };
        let described = |name: &str| tiers.iter().any(|tier| tier.schema.get(name).is_some());
        let other_case = set.name.bytes().any(|b| b.is_ascii_lowercase());
        if described(&set.name) || (other_case && described(&set.name.to_ascii_uppercase())) {
            continue;
        }
        let Some(meant) = unset.nearest(&set.name) else {
            continue;
        };
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
        let finding = Finding::new(
            &UNKNOWN_NAME,
            format!("nothing reads `{}`: `{}` is the name", set.name, meant.name),
        )
        .severity(severity)
        .subject(&set.name)
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
        });
        findings.push((meant.name.clone(), finding));
    }
    findings
}

/// Names by all but one of their words, and by their letters: a file of many thousand names is
/// compared with the few that can be near each of them.
#[derive(Default)]
struct Names<'a> {
    by_rest: HashMap<String, Vec<&'a Variable>, RandomState>,
}

impl<'a> Names<'a> {
    fn new(variables: impl Iterator<Item = &'a Variable>) -> Self {
        let mut names = Self::default();
        for variable in variables {
            for_each_rest(&variable.name, |rest| {
                names
                    .by_rest
                    .entry(rest.to_owned())
                    .or_default()
                    .push(variable);
            });
        }
        names
    }

    /// The name that was surely meant.
    fn nearest(&self, written: &str) -> Option<&'a Variable> {
        let mut candidates: Vec<&Variable> = Vec::new();
        if !self.by_rest.is_empty() {
            for_each_rest(written, |rest| {
                candidates.extend(self.by_rest.get(rest).into_iter().flatten());
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

/// Calls `each` with the name's letters, and with the name without each of its words.
fn for_each_rest(name: &str, mut each: impl FnMut(&str)) {
    let upper = name.to_ascii_uppercase();
    each(&upper.replace('_', ""));
    let mut rest = String::with_capacity(upper.len());
    let mut start = 0;
    for word in upper.split('_') {
        rest.clear();
        rest.push_str(&upper[..start]);
        rest.push('*');
        rest.push_str(&upper[start + word.len()..]);
        each(&rest);
        start += word.len() + 1;
    }
}

/// Whether one name is a misspelling of the other: the same words, one of them with a slip in it,
/// or the same letters with an underscore too many or too few.
fn is_near(written: &str, meant: &str) -> bool {
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
