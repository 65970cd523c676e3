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
            let counts =
                |glob: &String| is_match(glob, below) || self.is_match_from_home(glob, file);
            !self.ignores(file, below)
                && (pattern.is_empty()
                    || fits(
                        slashed(pattern).as_bytes(),
                        slashed(below.as_str()).as_bytes(),
                    ))
                && (self.only.is_empty() || self.only.iter().any(counts))
        })
    }

    /// Whether files in this folder, absolute, may concern the service.
    #[must_use]
    pub fn enters(&self, dir: &Utf8Path) -> bool {
        self.places().any(|place| {
            dir.strip_prefix(place)
                .is_ok_and(|below| !self.ignores(dir, below))
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
        if has_choice(path) {
            return Some(format!("`{path}` {NO_CHOICE}"));
        }
        // What stands before the pattern is named, and counts.
        let (_, pattern) = split(Utf8Path::new(path));
        let never = pattern
            .split(std::path::is_separator)
            .find_map(never_counts)?;
        Some(format!(
            "`{path}` fits only what never counts, `{never}`: name each file or folder of these as it is"
        ))
    }

    /// What is wrong with a pattern of files that are to count.
    #[must_use]
    pub fn complaint_of_only(pattern: &str) -> Option<String> {
        // Folders of it may be watched themselves.
        let never = pattern.rsplit('/').next().and_then(never_counts)?;
        Some(format!(
            "`{pattern}` fits only what never counts, `{never}`: `paths` names single files of these"
        ))
    }

    /// Whether what is ignored holds this file or folder, which stands at `below` within what is watched.
    fn ignores(&self, file: &Utf8Path, below: &Utf8Path) -> bool {
        let own = self.ignore.iter().map(String::as_str);
        // What is in an ignored folder is ignored.
        let parts = || {
            let parts = below.ancestors().zip(file.ancestors());
            parts.take_while(|(part, _)| !part.as_str().is_empty())
        };
        IGNORED
            .into_iter()
            .chain(own.clone())
            .any(|glob| parts().any(|(part, _)| is_match(glob, part)))
            || own
                .into_iter()
                .any(|glob| parts().any(|(_, part)| self.is_match_from_home(glob, part)))
    }

    /// Whether a file or folder, absolute, fits a pattern with a slash as it is seen from the service's folder: so
    /// `paths` are written, too.
    fn is_match_from_home(&self, glob: &str, file: &Utf8Path) -> bool {
        let is_path = glob
            .trim_start_matches("./")
            .trim_end_matches('/')
            .contains('/');
        let from_home = || file.strip_prefix(&self.home);
        is_path && from_home().is_ok_and(|file| is_match(glob, file))
    }
}

/// What never counts and every name is that fits this part of a pattern.
fn never_counts(part: &str) -> Option<&'static str> {
    let fits = |glob: &&str| fits(glob.as_bytes(), part.as_bytes());
    IGNORED.into_iter().find(fits)
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
            home: "/w".into(),
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
            ("src/*.log", "never counts, `*.log`"),
            ("**/api-*.log", "never counts, `*.log`"),
            ("apps/*/node_modules/**", "never counts, `node_modules`"),
            ("*~", "never counts, `*~`"),
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
            "src/a.log",
            "node_modules/**",
            "node_modules/x/*.js",
            "src/*.log.txt",
            "*.lo?",
        ] {
            assert_eq!(Watch::complaint_of_path(path), None, "{path}");
        }
    }

    #[test]
    fn a_pattern_of_what_never_counts_is_told() {
        for pattern in ["*.log", "src/*.log", "**/*.pyc", "__pycache__"] {
            let told = Watch::complaint_of_only(pattern).unwrap_or_default();
            assert!(told.contains("never counts"), "{pattern}: {told}");
        }
        for pattern in ["*.py", "node_modules/*.js", "**", "*"] {
            assert_eq!(Watch::complaint_of_only(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn a_pattern_fits_from_what_is_watched_and_from_the_folder_of_the_service() {
        let watch = |only: &[&str], ignore: &[&str]| Watch {
            paths: vec!["/w/src".into(), "/w/../lib".into()],
            ..watch(only, ignore)
        };
        for only in ["src/*.py", "./src/*.py", "*.py", "/*.py", "**/a.py"] {
            let watch = watch(&[only], &[]);
            assert!(watch.concerns("/w/src/a.py".into()), "{only}");
            assert!(!watch.concerns("/w/src/a.txt".into()), "{only}");
        }
        let other = watch(&["../lib/*.py"], &[]);
        assert!(other.concerns("/w/../lib/a.py".into()) && !other.concerns("/w/src/a.py".into()));
        for ignore in ["src/sub/**", "sub/**", "src/sub", "sub", "./src/sub/"] {
            let watch = watch(&[], &[ignore]);
            assert!(!watch.concerns("/w/src/sub/a.py".into()), "{ignore}");
            assert!(watch.concerns("/w/src/a.py".into()), "{ignore}");
        }
        let tree = watch(&[], &["src/sub/"]);
        assert!(!tree.enters("/w/src/sub".into()) && tree.enters("/w/src/other".into()));
        // A name alone is one of what is watched, and not the way there.
        let named = watch(&[], &["src", "w"]);
        assert!(named.concerns("/w/src/a.py".into()) && !named.concerns("/w/src/src/a.py".into()));
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
