//! Which of the files that were saved together gave a service other variables.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use crate::text::and_list;

/// The files that set variables, by tier and name.
pub(super) type Places = BTreeMap<(String, String), String>;

/// Those of the `changed` files, relative to the workspace, that set one of these variables of a tier
/// now or did before; none where that is nowhere to be seen. A variable that the tier's own files do not
/// set was handed down from another tier.
pub(super) fn files(
    tier: &str,
    names: &[String],
    changed: &[Utf8PathBuf],
    [before, after]: [&Places; 2],
) -> Option<String> {
    let of = |places: &Places, name: &str| -> Vec<String> {
        let own = places.get(&(tier.to_owned(), name.to_owned()));
        let others = || places.iter().filter(|((_, other), _)| other == name);
        match own {
            Some(file) => vec![file.clone()],
            None => others().map(|(_, file)| file.clone()).collect(),
        }
    };
    let setters: BTreeSet<String> = names
        .iter()
        .flat_map(|name| [of(before, name), of(after, name)].concat())
        .collect();
    let mut guilty: Vec<String> = Vec::new();
    // One that was broken and is mended is among them twice.
    for file in changed.iter().map(ToString::to_string) {
        if setters.contains(&file) && !guilty.contains(&file) {
            guilty.push(file);
        }
    }
    (!guilty.is_empty()).then(|| and_list(&guilty))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(list: &[(&str, &str, &str)]) -> Places {
        let place = |(tier, name, file): &(&str, &str, &str)| {
            (((*tier).to_owned(), (*name).to_owned()), (*file).to_owned())
        };
        list.iter().map(place).collect()
    }

    #[test]
    fn the_files_that_set_what_changed_are_named_and_no_other_that_was_saved_with_them() {
        let both = ["builder/.env".into(), ".env".into(), ".env".into()];
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>()
        };
        let set = places(&[
            ("root", "SHARED", ".env"),
            ("builder", "SHARED", ".env"),
            ("builder", "RATE", "builder/.env"),
        ]);
        let blamed =
            |tier, some: &[&str], before: &Places| files(tier, &names(some), &both, [before, &set]);
        assert_eq!(
            blamed("builder", &["SHARED"], &set).as_deref(),
            Some(".env")
        );
        assert_eq!(
            blamed("builder", &["RATE", "SHARED"], &set).as_deref(),
            Some("builder/.env and .env")
        );
        assert_eq!(blamed("web", &["SHARED"], &set).as_deref(), Some(".env"));
        assert_eq!(blamed("builder", &["PORT"], &set), None);
        // What a file does not set any more was its doing, too.
        let was = places(&[("builder", "SHARED", "builder/.env")]);
        assert_eq!(
            blamed("builder", &["SHARED"], &was).as_deref(),
            Some("builder/.env and .env")
        );
    }
}
