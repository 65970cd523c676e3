//! What a file pins, read as the tool reads it.

use super::range::Range;
use super::request::Request;
use super::version::Version;

/// One version that a file names for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// As it is written: `3.12`, `cpython@3.13`, `^20`, `1.5.0-canary.1`.
    pub wanted: String,
    /// The file.
    pub file: String,
    /// The key in it, where the file holds more than the pin: `packageManager`.
    pub key: Option<&'static str>,
    /// The line in the file, from 1.
    pub line: usize,
    /// Whether npm runs nothing with another version: `devEngines` without `onFail`.
    pub is_bound: bool,
}

/// The variable in which uv is told of a Python, before any file.
pub const UV_PYTHON: &str = "UV_PYTHON";

/// Where a variable stands that no file sets.
const PROCESS: &str = "the process environment";

impl Pin {
    /// One that a variable of the process environment names.
    #[must_use]
    pub fn of_variable(name: &'static str, wanted: &str) -> Self {
        Self {
            wanted: wanted.to_owned(),
            file: PROCESS.to_owned(),
            key: Some(name),
            line: 1,
            is_bound: false,
        }
    }

    /// The variable of the process environment that it stands in.
    #[must_use]
    pub fn variable(&self) -> Option<&'static str> {
        self.key.filter(|_| self.file == PROCESS)
    }

    /// Where it stands, for people.
    #[must_use]
    pub fn place(&self) -> String {
        match self.key {
            Some(key) => format!("{key} in {}", self.file),
            None => self.file.clone(),
        }
    }

    /// The versions that it means. None where no version tells: `lts/*`, `pypy@3.10`, a path.
    #[must_use]
    pub fn range(&self, tool: &str) -> Option<Range> {
        let wanted = self.wanted.as_str();
        let range = match tool {
            "python" => {
                let request = Request::parse(wanted).filter(|it| it.is_cpython)?;
                Range::parse(&request.versions?)
            }
            "node" => Range::of_npm(of_codename(wanted).unwrap_or(wanted)),
            // `bun --version` leaves out which of the builds before a release it is.
            "bun" => Range::of_npm(wanted.split("-canary").next().unwrap_or_default()),
            _ => Range::of_npm(wanted),
        };
        let says = !range.to_string().is_empty() && range.unread().is_empty();
        says.then_some(range)
    }

    /// The one release of Python that it means: `3.12.4`.
    #[must_use]
    pub fn release(&self) -> Option<String> {
        let exact = self.range("python")?.specifier();
        let number = exact.strip_prefix("==")?;
        let version = Version::parse(number)?;
        (version.is_bare() && version.numbers().len() == 3).then(|| number.to_owned())
    }

    /// Whether `uv python install` takes it: a version or a build, and no path or name of a program.
    #[must_use]
    pub fn is_build(&self) -> bool {
        Request::parse(&self.wanted).is_some()
    }

    /// Whether it is another build than Python's own, `PyPy` for one: its version is of another kind.
    #[must_use]
    pub fn is_other_build(&self) -> bool {
        Request::parse(&self.wanted).is_some_and(|it| !it.is_cpython)
    }

    /// Whether it is one version of Python, and that lies outside a range.
    #[must_use]
    pub fn is_outside(&self, range: &Range) -> bool {
        let versions = Request::parse(&self.wanted).and_then(|it| it.versions);
        let version = versions.and_then(|versions| Version::parse(&versions));
        version.is_some_and(|version| !range.contains(&version))
    }

    /// Whether it is a path for its looks alone; a name may be one, too, where something of that name is.
    #[must_use]
    pub fn is_path(&self) -> bool {
        self.wanted.contains(['/', '\\'])
    }
}

/// The lines of Node that get corrections for long, by the names that nvm and its kin know them by.
const CODENAMES: [(&str, &str); 11] = [
    ("argon", "4"),
    ("boron", "6"),
    ("carbon", "8"),
    ("dubnium", "10"),
    ("erbium", "12"),
    ("fermium", "14"),
    ("gallium", "16"),
    ("hydrogen", "18"),
    ("iron", "20"),
    ("jod", "22"),
    ("krypton", "24"),
];

/// The line that `lts/hydrogen` means. Which one `lts/*` is, time tells.
fn of_codename(wanted: &str) -> Option<&'static str> {
    let name = wanted.strip_prefix("lts/")?.to_ascii_lowercase();
    let known = CODENAMES.iter().find(|(known, _)| *known == name);
    known.map(|(_, line)| *line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(wanted: &str) -> Pin {
        Pin {
            wanted: wanted.to_owned(),
            file: String::new(),
            key: None,
            line: 1,
            is_bound: false,
        }
    }

    #[test]
    fn pins_are_read_as_the_tool_reads_them() {
        for (tool, wanted, inside, outside) in [
            ("python", "3.12", "3.12.8", "3.11.7"),
            ("python", "312", "3.12.8", "3.11.7"),
            ("python", "3.12.4", "3.12.4", "3.12.5"),
            ("python", ">=3.12", "3.13.0", "3.11.7"),
            ("python", "3.14.0rc1", "3.14.0rc1", "3.14.0"),
            ("python", "cpython@3.12", "3.12.1", "3.11.7"),
            ("python", "cpython3.12", "3.12.1", "3.11.7"),
            ("python", "cp312", "3.12.1", "3.11.7"),
            ("python", "python3.12", "3.12.1", "3.11.7"),
            ("python", "Python@312", "3.12.1", "3.11.7"),
            ("python", "python3", "3.12.1", "4.0.0"),
            (
                "python",
                "cpython-3.12-linux-x86_64-gnu",
                "3.12.1",
                "3.11.7",
            ),
            (
                "python",
                "cpython-3.12.4-macos-aarch64-none",
                "3.12.4",
                "3.12.1",
            ),
            ("python", "3.13t", "3.13.0", "3.12.1"),
            ("python", "3.13+freethreaded", "3.13.0", "3.12.1"),
            ("node", "v20.1", "20.1.9", "20.2.0"),
            ("node", "20.x", "20.2.0", "22.0.0"),
            ("node", "^20", "20.2.0", "22.0.0"),
            ("node", "lts/hydrogen", "18.20.4", "20.2.0"),
            ("bun", "1.5.0-canary.1", "1.5.0", "1.4.5"),
            ("pnpm", "9.1.0", "9.1.0", "9.1.1"),
            ("pnpm", "10.0.0-rc.1", "10.0.0-rc.1", "10.0.0-rc.2"),
        ] {
            let range = pin(wanted).range(tool);
            let holds = |text: &str| {
                let version = Version::parse(text).expect("a version");
                range.as_ref().map(|range| range.contains(&version))
            };
            assert_eq!(holds(inside), Some(true), "{wanted} is {inside}");
            assert_eq!(holds(outside), Some(false), "{wanted} is not {outside}");
        }
    }

    #[test]
    fn one_version_lies_outside_a_range_or_does_not() {
        let range = Range::parse(">=3.11,<3.14");
        for outside in ["3.10", "3.14", "pypy@3.10", "cpython-3.9-linux"] {
            assert!(pin(outside).is_outside(&range), "{outside}");
        }
        for other in ["3.12", "3.13.1", "<3.10", "/opt/python3.9", "mine"] {
            assert!(!pin(other).is_outside(&range), "{other}");
        }
    }

    #[test]
    fn one_release_is_told_from_a_line() {
        let release = |wanted: &str| pin(wanted).release();
        assert_eq!(release("3.11.99").as_deref(), Some("3.11.99"));
        assert_eq!(release("cpython-3.12.4-linux").as_deref(), Some("3.12.4"));
        for other in ["3.11", ">=3.11.2", "3.14.0rc1", "pypy@3.10.1", "mine"] {
            assert_eq!(release(other), None, "{other}");
        }
    }

    #[test]
    fn what_no_version_tells_is_not_compared() {
        for (tool, wanted) in [
            ("python", "pypy@3.10"),
            ("python", "/opt/python3.12/bin/python"),
            ("python", "3.12.1/envs/mine"),
            ("python", "3.12-dev/bin"),
            ("python", "mine"),
            ("python", "python"),
            ("python", "python3.12-mine"),
            ("python", "cpython"),
            ("node", "lts/*"),
            ("node", "lts/-1"),
            ("node", "lts/nobody"),
            ("node", "node"),
            ("yarn", "https://example.org/yarn.js"),
        ] {
            assert_eq!(pin(wanted).range(tool), None, "{wanted}");
        }
        for (wanted, is_other) in [
            ("pypy", true),
            ("graalpy-3.11", true),
            ("3.12", false),
            ("mine", false),
        ] {
            assert_eq!(pin(wanted).is_other_build(), is_other, "{wanted}");
        }
        let builds = ["3.12", ">=3.12", "pypy@3.10", "cpython", "cp312", "3.13t"];
        assert!(builds.iter().all(|wanted| pin(wanted).is_build()));
        let others = [
            "/opt/python3.12",
            "3.12.1/envs/mine",
            "mine",
            "python",
            "cpython/bin",
        ];
        assert!(!others.iter().any(|wanted| pin(wanted).is_build()));
    }
}
