//! What real places are called by those who watch them: through a link a file has one name more.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

/// Real places by what they are called.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<Utf8PathBuf, Utf8PathBuf>);

impl Names {
    /// From now on this is what the real place is called; what was called so before is forgotten.
    pub(super) fn call(&mut self, called: &Utf8Path, real: &Utf8Path) {
        self.0.insert(called.to_owned(), real.to_owned());
    }

    /// Nothing is called so any more, or as anything below it.
    pub(super) fn forget(&mut self, called: &Utf8Path) {
        self.0.retain(|name, _| !name.starts_with(called));
    }

    /// All that a real path is called: none where nobody asked for it.
    pub(super) fn of(&self, real: &Utf8Path) -> BTreeSet<Utf8PathBuf> {
        let names = self.0.iter().filter_map(|(called, place)| {
            let below = real.strip_prefix(place).ok()?;
            // To join nothing would leave a slash.
            Some(if below.as_str().is_empty() {
                called.clone()
            } else {
                called.join(below)
            })
        });
        names.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_each_name_once_and_by_none_that_nobody_asked_for() {
        let mut names = Names::default();
        for (called, real) in [
            ("/w", "/w"),
            ("/w/src", "/w/src"),
            ("/w/src/shared", "/lib/shared"),
            ("/w/src/one.toml", "/etc/one.toml"),
        ] {
            names.call(called.into(), real.into());
        }
        let told = |names: &Names, real: &str| {
            let told = names.of(real.into()).into_iter();
            told.map(Utf8PathBuf::into_string).collect::<Vec<_>>()
        };
        assert_eq!(told(&names, "/w/src/a.py"), ["/w/src/a.py"]);
        assert_eq!(told(&names, "/w/src"), ["/w/src"]);
        assert_eq!(told(&names, "/lib/shared/x/y"), ["/w/src/shared/x/y"]);
        assert_eq!(told(&names, "/etc/one.toml"), ["/w/src/one.toml"]);
        assert!(told(&names, "/etc/other").is_empty() && told(&names, "/lib/sharedx").is_empty());
        names.call("/lib/shared".into(), "/lib/shared".into());
        assert_eq!(
            told(&names, "/lib/shared/x"),
            ["/lib/shared/x", "/w/src/shared/x"]
        );
        // The link leads elsewhere now.
        names.call("/w/src/shared".into(), "/opt".into());
        assert_eq!(told(&names, "/lib/shared/x"), ["/lib/shared/x"]);
        names.forget("/w/src".into());
        assert!(told(&names, "/opt/x").is_empty());
        assert_eq!(told(&names, "/w/src/a.py"), ["/w/src/a.py"]);
    }
}
