//! Which changes of files concern a service.

use camino::Utf8Path;

use crate::text::glob::fits;

use super::model::Watch;

/// What changes all the time and means nothing: what tools write, and what editors leave lying.
const IGNORED: [&str; 17] = [
    ".git",
    "node_modules",
    ".venv",
    ".next",
    "__pycache__",
    "target",
    "*.log",
    ".pixcrawler",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "*.pyc",
    "*.swp",
    "*.swx",
    "*~",
    ".#*",
    // With a file of this name vim finds out whether it may write here.
    "4913",
];

impl Watch {
    /// Whether a change of this file, absolute, starts the service again.
    #[must_use]
    pub fn concerns(&self, file: &Utf8Path) -> bool {
        self.paths.iter().any(|path| {
            // A file that was named counts, whatever its name is.
            if file == path {
                return true;
            }
            let (place, pattern) = split(path);
            let Ok(below) = file.strip_prefix(place) else {
                return false;
            };
            !self.ignores(below)
                && (pattern.is_empty()
                    || fits(
                        slashed(pattern).as_bytes(),
                        slashed(below.as_str()).as_bytes(),
                    ))
                && (self.only.is_empty() || self.only.iter().any(|glob| is_match(glob, below)))
        })
    }

    /// Whether files in this folder, absolute, may concern the service.
    #[must_use]
    pub fn enters(&self, dir: &Utf8Path) -> bool {
        self.places().any(|place| {
            dir.strip_prefix(place)
                .is_ok_and(|below| !self.ignores(below))
        })
    }

    /// The files and folders that are watched: of a path with a pattern, what stands before it.
    pub fn places(&self) -> impl Iterator<Item = &Utf8Path> {
        self.paths.iter().map(|path| split(path).0)
    }

    /// What is wrong with a pattern that would fit nothing, or not what whoever wrote it thinks.
    #[must_use]
    pub fn complaint(pattern: &str) -> Option<String> {
        let says = |why: &str| Some(format!("`{pattern}` {why}"));
        let unclosed = |open: char, close: char| {
            let from = pattern.rfind(open);
            from.is_some_and(|from| !pattern[from..].contains(close))
        };
        if pattern.trim().is_empty() {
            return Some("a pattern is empty, and fits no file".to_owned());
        }
        if pattern.starts_with('!') {
            return says(
                "begins with `!`, and no pattern takes back another: `only` names what counts",
            );
        }
        if unclosed('[', ']') {
            return says(
                "has a `[` that is never closed; `*`, `**` and `?` are known, brackets stand for themselves",
            );
        }
        if unclosed('{', '}') || has_choice(pattern) {
            return says(NO_CHOICE);
        }
        None
    }

    /// The same of a path that is watched, which may have brackets in its name.
    #[must_use]
    pub fn complaint_of_path(path: &str) -> Option<String> {
        if path.starts_with('!') {
            return Some(format!(
                "`{path}` begins with `!`, and no path takes back another: `ignore` names what does not count"
            ));
        }
        let is_choice = has_choice(path);
        is_choice.then(|| format!("`{path}` {NO_CHOICE}"))
    }

    fn ignores(&self, below: &Utf8Path) -> bool {
        let own = self.ignore.iter().map(String::as_str);
        IGNORED.into_iter().chain(own).any(|glob| {
            // What is in an ignored folder is ignored.
            below
                .ancestors()
                .any(|part| !part.as_str().is_empty() && is_match(glob, part))
        })
    }
}

/// What is said of a choice.
const NO_CHOICE: &str = "has braces, which stand for no choice here: write a pattern for each";

/// Whether braces are to be a choice.
fn has_choice(pattern: &str) -> bool {
    pattern.contains('{') && pattern.contains(',')
}

/// A path's folder without patterns, and the pattern from there on, if any. Brackets are none: Next.js has
/// them in the names of folders.
fn split(path: &Utf8Path) -> (&Utf8Path, &str) {
    let whole = path.as_str();
    // The beginning of a path on Windows that is taken as it stands.
    let start = if whole.starts_with(r"\\?\") { 4 } else { 0 };
    let Some(at) = whole[start..].find(['*', '?']) else {
        return (path, "");
    };
    let cut = whole[..start + at]
        .rfind(std::path::is_separator)
        .map_or(0, |slash| slash + 1);
    let (place, pattern) = whole.split_at(cut);
    (Utf8Path::new(place).components().as_path(), pattern)
}

/// A path or a pattern with the slashes that patterns have.
fn slashed(path: &str) -> String {
    path.replace(std::path::MAIN_SEPARATOR, "/")
}

/// Whether a path fits a pattern. One without a slash is compared with the last name, one with a
/// slash with the whole; `*` stands for anything but a slash, `**` for anything, `?` for a character.
fn is_match(glob: &str, path: &Utf8Path) -> bool {
    let path = slashed(path.as_str());
    let glob = glob.trim_start_matches("./").trim_end_matches('/');
    if glob.contains('/') {
        fits(glob.trim_start_matches('/').as_bytes(), path.as_bytes())
    } else {
        let name = path.rsplit('/').next().unwrap_or_default();
        fits(glob.as_bytes(), name.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(only: &[&str], ignore: &[&str]) -> Watch {
        let list = |list: &[&str]| list.iter().map(|glob| (*glob).to_owned()).collect();
        Watch {
            paths: vec!["/w".into(), "/etc/app.toml".into()],
            only: list(only),
            ignore: list(ignore),
            debounce: Watch::DEBOUNCE,
        }
    }

    #[test]
    fn what_tools_write_and_what_is_not_asked_for_does_not_count() {
        let all = watch(&[], &["*.md", "docs/**", "gen"]);
        for file in ["/w/a.py", "/w/b/c.txt", "/etc/app.toml", "/w/docs.py"] {
            assert!(all.concerns(file.into()), "{file}");
        }
        for file in [
            "/w/b/__pycache__/a.pyc",
            "/w/.git/HEAD",
            "/w/x/node_modules/y/z.js",
            "/w/api.log",
            "/w/README.md",
            "/w/docs/a/b.py",
            "/w/x/gen/a.py",
            "/w/.a.py.swp",
            "/w/b/4913",
            "/elsewhere/a.py",
        ] {
            assert!(!all.concerns(file.into()), "{file}");
        }
        let some = watch(&["*.py", "conf/*.toml"], &[]);
        assert!(some.concerns("/w/a/b.py".into()) && some.concerns("/w/conf/x.toml".into()));
        assert!(!some.concerns("/w/b.txt".into()) && !some.concerns("/w/a/conf/x.toml".into()));
        assert!(some.enters("/w/a".into()) && !some.enters("/w/node_modules/a".into()));
    }

    #[test]
    fn a_pattern_that_fits_nothing_is_told() {
        for (pattern, why) in [
            ("*.t[xm", "`[` that is never closed"),
            ("**/*[", "`[` that is never closed"),
            ("[", "`[` that is never closed"),
            ("{a,b}.py", "write a pattern for each"),
            ("{a,b", "write a pattern for each"),
            ("!keep.py", "takes back"),
            (" ", "is empty"),
        ] {
            let told = Watch::complaint(pattern).unwrap_or_default();
            assert!(told.contains(why), "{pattern}: {told}");
        }
        for pattern in [
            "*.py", "docs/**", "[slug]", "a?b", "{{name}}", "keep!", "./gen/",
        ] {
            assert_eq!(Watch::complaint(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn a_path_that_is_no_path_is_told() {
        for (path, why) in [
            ("src/*.{py,js}", "write a pattern for each"),
            ("!src/gen/**", "takes back"),
        ] {
            let told = Watch::complaint_of_path(path).unwrap_or_default();
            assert!(told.contains(why), "{path}: {told}");
        }
        for path in [
            "src",
            "src/**",
            "app/[slug]",
            "app/[x",
            "{{name}}/src",
            "a!",
            "a,b",
        ] {
            assert_eq!(Watch::complaint_of_path(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_may_end_in_a_pattern() {
        let watch = |path: &str| Watch {
            paths: vec![path.into()],
            ..watch(&[], &["*.md"])
        };
        let tree = watch("/w/src/**");
        assert_eq!(tree.places().collect::<Vec<_>>(), ["/w/src"]);
        for file in ["/w/src/a", "/w/src/a/b.py", "/w/src/[slug]/page.tsx"] {
            assert!(tree.concerns(file.into()), "{file}");
        }
        for file in ["/w/a", "/w/src/a.md", "/w/src/node_modules/a.js"] {
            assert!(!tree.concerns(file.into()), "{file}");
        }
        assert!(tree.enters("/w/src/new".into()) && !tree.enters("/w/lib".into()));
        let flat = watch("/w/src/*.py");
        assert!(flat.concerns("/w/src/a.py".into()) && !flat.concerns("/w/src/b/a.py".into()));
        let deep = watch("/w/*/conf/**/*.toml");
        assert_eq!(deep.places().collect::<Vec<_>>(), ["/w"]);
        assert!(
            deep.concerns("/w/a/conf/x.toml".into())
                && deep.concerns("/w/a/conf/b/c/x.toml".into())
        );
        assert!(!deep.concerns("/w/conf/x.toml".into()));
        // Brackets are names, as Next.js has them.
        let page = watch("/w/app/[slug]");
        assert_eq!(page.places().collect::<Vec<_>>(), ["/w/app/[slug]"]);
    }
}
