//! What uv takes for a Python, where that is no path.

use super::requires;

/// A build of Python that uv knows how to get.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// Whether it is the one that tells its version as Python's own: another one may be of any.
    pub(super) is_cpython: bool,
    /// A version, or a range; none where any will do.
    pub(super) versions: Option<String>,
}

/// How uv calls the builds, the longer names first.
const BUILDS: [(&str, bool); 7] = [
    ("cpython", true),
    ("cp", true),
    ("pypy", false),
    ("pp", false),
    ("graalpy", false),
    ("gp", false),
    ("pyodide", false),
];

/// Words of a platform, which may come after the version.
const PLATFORM: [&str; 17] = [
    "any",
    "none",
    "linux",
    "macos",
    "darwin",
    "windows",
    "emscripten",
    "x86_64",
    "x86",
    "i686",
    "aarch64",
    "armv7",
    "gnu",
    "gnueabi",
    "gnueabihf",
    "musl",
    "musleabihf",
];

/// What no version tells: without a lock for its threads, for debugging. uv takes each with a `+` before it.
const VARIANTS: [&str; 8] = [
    "t",
    "d",
    "td",
    "freethreaded",
    "debug",
    "freethreaded+debug",
    "gil",
    "gil+debug",
];

impl Request {
    /// `3.12`, `312`, `>=3.12`, `cpython@3.12`, `python3.12`, `cpython-3.12-linux-x86_64-gnu`, `3.13t`,
    /// `3.13+freethreaded`. None for anything else, which uv takes for the name of a program.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if text.contains(['/', '\\']) {
            return None;
        }
        let of = |is_cpython, text: &str| {
            let versions = Some(versions(text)?);
            Some(Self {
                is_cpython,
                versions,
            })
        };
        if let Some(rest) = text.strip_prefix("python") {
            return of(true, after_at(rest));
        }
        let mut builds = BUILDS.into_iter();
        let named = builds.find_map(|(name, is_cpython)| {
            let rest = text.strip_prefix(name)?;
            match rest.strip_prefix('-') {
                _ if rest.is_empty() => Some(Self {
                    is_cpython,
                    versions: None,
                }),
                Some(rest) => Self::on_platform(is_cpython, rest),
                None => of(is_cpython, after_at(rest)),
            }
        });
        let on_platform = || Self::on_platform(true, &text).filter(|it| it.versions.is_some());
        named.or_else(|| of(true, &text)).or_else(on_platform)
    }

    /// `3.12-linux-x86_64-gnu`, of which each part may be left out.
    fn on_platform(is_cpython: bool, text: &str) -> Option<Self> {
        let mut words = text.split('-').peekable();
        let versions = words.peek().and_then(|word| versions(word));
        if versions.is_some() {
            words.next();
        }
        words.all(|word| PLATFORM.contains(&word)).then_some(Self {
            is_cpython,
            versions,
        })
    }
}

fn after_at(text: &str) -> &str {
    text.strip_prefix('@').unwrap_or(text)
}

/// A version or a range as ours are written.
fn versions(text: &str) -> Option<String> {
    let text = without_variant(text);
    if text.starts_with(['<', '>', '=', '!', '~']) {
        return requires::is_read(text).then(|| text.to_owned());
    }
    let version = text.strip_prefix('v').unwrap_or(text);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if is_number(version)
        && let Some((major, minor)) = version.split_at_checked(1)
        && !minor.is_empty()
    {
        return Some(format!("{major}.{minor}"));
    }
    // At most three numbers, and which of the releases before a release it is.
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (numbers, before) = version.split_at(end.unwrap_or(version.len()));
    let is_before = || {
        let mut kinds = ["a", "b", "rc"].iter();
        kinds.any(|kind| before.strip_prefix(kind).is_some_and(is_number))
    };
    let is_version = numbers.split('.').count() <= 3
        && numbers.split('.').all(is_number)
        && (before.is_empty() || is_before());
    is_version.then(|| version.to_owned())
}

fn without_variant(text: &str) -> &str {
    let end = text
        .rfind(|c: char| c.is_ascii_digit())
        .map_or(0, |at| at + 1);
    let (version, variant) = text.split_at(end);
    let variant = variant.strip_prefix('+').unwrap_or(variant);
    if VARIANTS.contains(&variant) {
        version
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_uv_takes_is_told_from_what_it_passes_over() {
        // Each as uv 0.13.9 takes it.
        for (text, versions) in [
            ("3.12", "3.12"),
            ("v3.12", "3.12"),
            ("312", "3.12"),
            ("3.13.0rc1", "3.13.0rc1"),
            ("3.13t", "3.13"),
            ("3.12+gil", "3.12"),
            (">=3.12, <3.13", ">=3.12, <3.13"),
            ("==3.12.*", "==3.12.*"),
            ("python>=3.12", ">=3.12"),
            ("python@3.12", "3.12"),
            ("cpython>=3.12", ">=3.12"),
            ("cp@3.12", "3.12"),
            ("3.12-linux-x86_64-gnu", "3.12"),
            ("cpython-312-linux", "3.12"),
            ("cpython-3.12-x86_64", "3.12"),
        ] {
            let expected = Request {
                is_cpython: true,
                versions: Some(versions.to_owned()),
            };
            assert_eq!(Request::parse(text), Some(expected), "{text}");
        }
        for text in ["cpython", "cp", "pypy", "cpython-linux", "pypy@3.10"] {
            assert!(Request::parse(text).is_some(), "{text}");
        }
        for text in [
            "3.11,3.12",
            "3.11, 3.12",
            ">=3.11,3.12",
            ">=3.12,",
            ">=3.12 <3.13",
            "3.12.*",
            "3.12.x",
            "3.12.1.2",
            "3.12-dev",
            "3.12.post1",
            "^3.12",
            "~3.12",
            "=3.12",
            "3.12 # why",
            "cpython@3.12,3.13",
            "cpython-3.12-mine",
            "cpfoo",
            "pypy@3.10,3.11",
            "python",
            "system",
            "",
        ] {
            assert_eq!(Request::parse(text), None, "{text}");
        }
    }
}
