//! The variables that keep uv from locking, or from installing, what the manifests ask for.

use std::collections::{BTreeMap, BTreeSet};

use crate::text::and_list;

/// With one of these uv leaves the lock as it is: it installs what the lock has, or fails.
const FROZEN: [&str; 2] = ["UV_FROZEN", "UV_LOCKED"];

/// What uv is told by the process environment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// The variables for which it leaves the lock as it is.
    frozen: Vec<&'static str>,
    /// No group is installed unasked.
    takes_none: bool,
    /// The groups that are left out.
    left_out: BTreeSet<String>,
}

impl Told {
    pub(super) fn of(variables: &BTreeMap<String, String>) -> Self {
        let is_on = |name: &str| {
            let value = variables.get(name).map(|value| value.to_ascii_lowercase());
            let on = ["1", "true", "t", "yes", "y", "on"];
            value.is_some_and(|value| on.contains(&value.trim()))
        };
        let named = variables.get("UV_NO_GROUP").map_or("", String::as_str);
        let named = named.split([' ', ',']).filter(|name| !name.is_empty());
        let dev = is_on("UV_NO_DEV").then_some("dev");
        Self {
            frozen: FROZEN.into_iter().filter(|name| is_on(name)).collect(),
            takes_none: is_on("UV_NO_DEFAULT_GROUPS"),
            left_out: named.chain(dev).map(str::to_owned).collect(),
        }
    }

    /// Whether a group is installed that uv takes unasked: who leaves it out means it.
    pub(super) fn takes(&self, group: &str) -> bool {
        !self.takes_none && !self.left_out.contains(group)
    }

    /// What keeps the lock as it is, in words.
    pub(super) fn keeps(&self) -> Option<String> {
        let verb = if self.frozen.len() == 1 {
            "keeps"
        } else {
            "keep"
        };
        let names = and_list(&self.frozen);
        (!self.frozen.is_empty())
            .then(|| format!("{names} in the process environment {verb} uv from changing the lock"))
    }

    /// One command of uv's, that may change the lock.
    pub(super) fn freed(&self, line: &str) -> String {
        if self.frozen.is_empty() {
            return line.to_owned();
        }
        let each = |before: &str, behind: &str| {
            let names = self.frozen.iter();
            let parts: Vec<String> = names
                .map(|name| format!("{before}{name}{behind}"))
                .collect();
            parts.concat()
        };
        if cfg!(windows) {
            format!("{}{line}", each("set \"", "=\" && "))
        } else {
            format!("env{} {line}", each(" -u ", ""))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pairs: &[(&str, &str)]) -> Told {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Told::of(&pairs.iter().map(pair).collect())
    }

    #[test]
    fn groups_that_are_left_out_on_purpose_are_none_to_miss() {
        let takes = |pairs: &[(&str, &str)]| told(pairs).takes("dev");
        assert!(takes(&[]) && takes(&[("UV_NO_DEV", "0")]) && takes(&[("UV_NO_GROUP", "docs")]));
        assert!(!takes(&[("UV_NO_DEV", "true")]));
        assert!(!takes(&[("UV_NO_GROUP", "docs dev")]));
        assert!(!takes(&[("UV_NO_DEFAULT_GROUPS", "1")]));
        assert!(told(&[("UV_NO_DEV", "1")]).takes("tests"));
    }

    #[cfg(unix)]
    #[test]
    fn what_keeps_the_lock_as_it_is_is_taken_away_for_one_command() {
        let freed = |pairs: &[(&str, &str)]| told(pairs).freed("uv lock");
        assert_eq!(freed(&[("UV_FROZEN", "")]), "uv lock");
        assert_eq!(
            freed(&[("UV_FROZEN", "1"), ("UV_LOCKED", "yes")]),
            "env -u UV_FROZEN -u UV_LOCKED uv lock"
        );
        assert_eq!(told(&[("UV_LOCKED", "no")]).keeps(), None);
    }
}
