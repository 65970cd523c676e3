//! Which changes of files concern a service.

use camino::Utf8Path;

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
            let Ok(below) = file.strip_prefix(path) else {
                return false;
            };
            !self.ignores(below)
                && (self.only.is_empty() || self.only.iter().any(|glob| is_match(glob, below)))
        })
    }

    /// Whether files in this folder, absolute, may concern the service.
    #[must_use]
    pub fn enters(&self, dir: &Utf8Path) -> bool {
        self.paths.iter().any(|path| {
            dir.strip_prefix(path)
                .is_ok_and(|below| !self.ignores(below))
        })
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

/// Whether a path fits a pattern. One without a slash is compared with the last name, one with a
/// slash with the whole; `*` stands for anything but a slash, `**` for anything, `?` for a character.
fn is_match(glob: &str, path: &Utf8Path) -> bool {
    let path = path.as_str().replace('\\', "/");
    let glob = glob.trim_start_matches("./").trim_end_matches('/');
    if glob.contains('/') {
        fits(glob.trim_start_matches('/').as_bytes(), path.as_bytes())
    } else {
        let name = path.rsplit('/').next().unwrap_or_default();
        fits(glob.as_bytes(), name.as_bytes())
    }
}

fn fits(glob: &[u8], text: &[u8]) -> bool {
    match glob {
        [] => text.is_empty(),
        [b'*', b'*', b'/', rest @ ..] => {
            fits(rest, text)
                || memchr::memchr_iter(b'/', text).any(|at| fits(rest, &text[at + 1..]))
        }
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|at| fits(rest, &text[at..])),
        [b'*', rest @ ..] => {
            let end = memchr::memchr(b'/', text).unwrap_or(text.len());
            (0..=end).any(|at| fits(rest, &text[at..]))
        }
        [b'?', rest @ ..] => text
            .split_first()
            .is_some_and(|(first, text)| *first != b'/' && fits(rest, text)),
        [c, rest @ ..] => text
            .split_first()
            .is_some_and(|(first, text)| first == c && fits(rest, text)),
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
}
