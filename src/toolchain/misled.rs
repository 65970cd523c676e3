//! A tool that fails for what it was told, not for what it is: a variable, or a file of settings.

use crate::diagnostic::Finding;
use crate::text::{and_list, mask_passwords, remedy};

use super::{SILENT, Tool};

/// What leads a tool astray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A file of settings, which the tool itself names.
    File {
        /// Its path.
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// These variables: without them it answers.
    Variables(Vec<String>),
    /// The folder in which uv keeps what it fetches, and cannot.
    Cache {
        /// Where it is.
        folder: String,
        /// The system's words.
        why: String,
        /// The variable that says so, where there is one.
        by: Option<String>,
    },
}

impl Cause {
    /// Whether uv itself is kept from its work, not only a Python that it asks.
    #[must_use]
    pub fn is_of_uv(&self) -> bool {
        match self {
            Self::File { .. } | Self::Cache { .. } => true,
            Self::Variables(names) => names.iter().all(|name| name.starts_with("UV_")),
        }
    }
}

/// How the variables begin that a tool takes its settings from.
fn prefixes(tool: &str) -> &'static [&'static str] {
    match tool {
        "git" => &["GIT_"],
        "python" => &["PYTHON", "UV_"],
        "uv" => &["UV_"],
        "node" => &["NODE_"],
        "bun" => &["BUN_"],
        _ => &["NODE_", "NPM_CONFIG_", "PNPM_", "YARN_", "COREPACK_"],
    }
}

/// What changes how every program is loaded.
const LOADER: &[&str] = &["LD_", "DYLD_"];

/// Those of the variables that may lead the tool astray; first the ones that its words name.
#[must_use]
pub fn suspects<'a>(
    tool: &str,
    words: &str,
    variables: impl IntoIterator<Item = &'a str>,
) -> Vec<&'a str> {
    let prefixes = || prefixes(tool).iter().chain(LOADER);
    let begins = |name: &str, prefix: &str| {
        let start = name.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let of_tool = |name: &&str| prefixes().any(|prefix| begins(name, prefix));
    let mut suspects: Vec<&str> = variables.into_iter().filter(of_tool).collect();
    // Of `UV_LINK_MODE` uv says `--link-mode`.
    let option = |name: &str| {
        let (_, rest) = name.split_once('_')?;
        Some(format!("--{}", rest.to_ascii_lowercase().replace('_', "-")))
    };
    let is_named =
        |name: &str| words.contains(name) || option(name).is_some_and(|it| words.contains(&it));
    suspects.sort_by_cached_key(|name| !is_named(name));
    suspects
}

/// The file of settings that a tool complains of, with the line: `bad config line 3 in file /x/.gitconfig`, or
/// uv's `Failed to parse: /x/uv.toml`, with the line beneath.
#[must_use]
pub fn named_file(words: &str) -> Option<(&str, usize)> {
    if let Some(named) = named_by_uv(words, "error: Failed to parse: ") {
        return Some(named);
    }
    let line = words
        .lines()
        .find(|line| line.contains("config") && line.contains(" in file "))?;
    let (before, rest) = line.split_once(" in file ")?;
    let rest = rest.trim();
    // What stands behind a path is why, or the line.
    let path = match rest.strip_prefix('\'') {
        Some(quoted) => quoted.split('\'').next()?,
        None => rest.split(": ").next()?,
    };
    let number = |text: &str| {
        let (_, behind) = text.rsplit_once("line ")?;
        let digits = behind.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    };
    let at = number(before).or_else(|| number(rest.strip_prefix(path).unwrap_or(rest)));
    (!path.is_empty()).then_some((path, at.unwrap_or(1)))
}

/// The file that uv cannot read, and does without where it is asked for little; of what it says of settings that
/// it does not know it does without always.
#[must_use]
pub fn warned_file(words: &str) -> Option<(&str, usize)> {
    named_by_uv(words, "warning: Failed to parse: ")
}

/// The setting below `tool.uv` for which uv does nothing in a project, while nothing is wrong with how it is
/// written.
#[must_use]
pub fn named_setting(words: &str) -> Option<&str> {
    let mut errors = words
        .lines()
        .filter_map(|line| line.strip_prefix("error: "));
    errors.find_map(|error| {
        if error.starts_with("The project is marked as unmanaged") {
            return Some("managed");
        }
        let (_, rest) = error.split_once("`tool.uv.")?;
        let (key, _) = rest.split_once('`')?;
        Some(key.rsplit('.').next().unwrap_or(key))
    })
}

/// Whether uv refuses to work in its version, which is told of uv itself.
#[must_use]
pub fn is_of_version(words: &str) -> bool {
    words.contains("does not match the running version")
}

/// Whether uv refuses to work for the groups of a manifest, which is told of the manifest.
#[must_use]
pub fn is_of_groups(words: &str) -> bool {
    words.contains("has malformed dependency groups")
}

/// So long may be what is said of a value; what else would be possible may be a hundred names.
const LONGEST: usize = 120;

/// What uv says beneath its error: the cause, of a file where in it. The line itself is not shown: it may hold a
/// secret.
#[must_use]
pub fn reason(words: &str) -> Option<String> {
    let is_error = |line: &&str| {
        let mut beginnings = ["error: ", "warning: Failed to parse: "].iter();
        beginnings.any(|beginning| line.starts_with(beginning))
    };
    let mut lines = words.lines().skip_while(|line| !is_error(line)).skip(1);
    let first = lines.next()?.trim();
    let mut beginnings = ["cause: ", "Caused by: "].iter();
    let cause = beginnings.find_map(|beginning| first.strip_prefix(beginning))?;
    let Some(place) = cause.strip_prefix("TOML parse error at ") else {
        return Some(cause.to_owned());
    };
    let why = beneath(lines)?;
    let why = match why.split_once(", expected one of ") {
        Some((short, _)) if why.len() > LONGEST => short,
        _ => why,
    };
    Some(format!("{place}: {why}"))
}

/// What uv says of a place beneath its line there, which is not repeated: it may hold a secret.
pub(super) fn beneath<'a>(lines: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let is_shown = |line: &&str| {
        line.contains('|') && {
            let number = line.split('|').next().unwrap_or_default().trim();
            number.bytes().all(|byte| byte.is_ascii_digit())
        }
    };
    let why = lines.map(str::trim).find(|line| !is_shown(line));
    why.filter(|why| !why.is_empty())
}

/// The file that bun complains of, the line and why: `error: Expected string`, and beneath it
/// `at /x/bunfig.toml:2:9`.
#[must_use]
pub fn named_by_bun(words: &str) -> Option<(&str, usize, &str)> {
    let mut lines = words.lines();
    let why = lines.find_map(|line| line.strip_prefix("error: "))?;
    let place = lines.next()?.trim().strip_prefix("at ")?;
    let (place, _column) = place.rsplit_once(':')?;
    let (path, line) = place.rsplit_once(':')?;
    Some((path, line.parse().ok()?, why))
}

/// The folder that uv cannot keep anything in, and why.
#[must_use]
pub fn named_cache(words: &str) -> Option<(&str, &str)> {
    let (_, rest) = words.split_once("error: Failed to initialize cache at ")?;
    let mut lines = rest.lines().map(str::trim);
    let folder = lines.next()?.trim_matches('`');
    let why = lines.next().unwrap_or_default();
    let mut words = ["cause: ", "Caused by: "].iter();
    let why = words.find_map(|word| why.strip_prefix(word));
    Some((folder, why.unwrap_or("it cannot be written")))
}

fn named_by_uv<'a>(words: &'a str, beginning: &str) -> Option<(&'a str, usize)> {
    let (_, rest) = words.split_once(beginning)?;
    let mut lines = rest.lines();
    let path = lines.next()?.trim().trim_matches('`');
    let number = lines.find_map(|line| {
        let (_, behind) = line.split_once("parse error at line ")?;
        behind.split(',').next()?.trim().parse().ok()
    });
    (!path.is_empty()).then_some((path, number.unwrap_or(1)))
}

/// What is said of it.
pub(super) fn finding(tool: &Tool, why: &str, cause: &Cause) -> Finding {
    let why = mask_passwords(why);
    let finding = Finding::new(&SILENT, format!("{}: {why}", tool.name)).subject(tool.name);
    match cause {
        Cause::File { path, line } => finding
            .note(format!(
                "{path}:{line} keeps it from its work; the program itself may be fine"
            ))
            .help(remedy::open_at(path, *line)),
        Cause::Variables(names) => finding
            .note(format!(
                "it answers without {}; a file that your shell reads as it starts may set that anew",
                and_list(names)
            ))
            .help(remedy::unset(names)),
        Cause::Cache { folder, why, by } => {
            // The message may have it already.
            let why = if finding.message.contains(why) {
                String::new()
            } else {
                format!(" ({why})")
            };
            let by = match by {
                Some(by) => format!("{by} says"),
                None => "HOME, XDG_CACHE_HOME or UV_CACHE_DIR say".to_owned(),
            };
            finding
                .note(format!(
                    "every command of uv that does something fails: {folder} is where it keeps what it fetches{why}; \
                     {by} where that is"
                ))
                .help(another_cache())
        }
    }
}

/// A folder that each user of this machine can write.
fn another_cache() -> String {
    if cfg!(windows) {
        "set \"UV_CACHE_DIR=%TEMP%\\uv\"".to_owned()
    } else {
        "export UV_CACHE_DIR=\"${TMPDIR:-/tmp}/uv-$(id -u)\"".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_and_line_are_read_from_what_git_says() {
        for (words, file) in [
            (
                "fatal: bad config line 3 in file /root/.gitconfig\n",
                Some(("/root/.gitconfig", 3)),
            ),
            (
                "fatal: bad numeric config value 'abc' for 'core.compression' in file .git/config: invalid unit",
                Some((".git/config", 1)),
            ),
            (
                "fatal: bad config variable 'x' in file '/a b/.gitconfig' at line 12",
                Some(("/a b/.gitconfig", 12)),
            ),
            ("fatal: not a git repository", None),
            (
                "DEBUG uv 0.9\nerror: Failed to parse: `/a b/uv.toml`\n  Caused by: TOML parse error at line 3, column 8\n",
                Some(("/a b/uv.toml", 3)),
            ),
            (
                "error: Failed to parse: uv.toml\n  cause: TOML parse error at line 1, column 6\n",
                Some(("uv.toml", 1)),
            ),
            (
                "warning: Failed to parse `pyproject.toml` during settings discovery:\n",
                None,
            ),
        ] {
            assert_eq!(named_file(words), file, "{words}");
        }
    }

    #[test]
    fn what_uv_only_warns_of_and_its_cache_are_read_too() {
        let words = "warning: Failed to parse: backend/pyproject.toml\n  cause: TOML parse error at line 12, column 11\n/x/python\n";
        assert_eq!(warned_file(words), Some(("backend/pyproject.toml", 12)));
        let settings = "warning: Failed to parse `pyproject.toml` during settings discovery:\n  TOML parse error at line 13, column 1";
        assert_eq!(warned_file(settings), None);
        for words in [
            "error: Failed to initialize cache at `/.cache/uv`\n  cause: Permission denied (os error 13)\n",
            "error: Failed to initialize cache at `/.cache/uv`\n  Caused by: Permission denied (os error 13)\n",
        ] {
            let cache = ("/.cache/uv", "Permission denied (os error 13)");
            assert_eq!(named_cache(words), Some(cache));
        }
    }

    #[test]
    fn why_uv_fails_is_read_beneath_its_error() {
        for (words, why) in [
            (
                "error: Failed to parse: uv.toml\n  cause: TOML parse error at line 2, column 13\n           |\n         2 | x = \"secret\"\n           |     ^^^\n         unknown variant `x`, expected one of `clone`, `copy`\n",
                Some("line 2, column 13: unknown variant `x`, expected one of `clone`, `copy`"),
            ),
            (
                "DEBUG uv\nerror: Failed to initialize cache at `/x`\n  Caused by: failed to create directory\n",
                Some("failed to create directory"),
            ),
            (
                "error: invalid value 'x' for '--y <Y>'\n  [possible values: a]\n",
                None,
            ),
            ("error: No such thing\n", None),
        ] {
            assert_eq!(reason(words).as_deref(), why, "{words}");
        }
        let many = format!(
            "error: Failed to parse: uv.toml\n  cause: TOML parse error at line 1, column 1\n    |\n  1 | foo = 1\n    | ^\n  unknown field `foo`, expected one of {}\n",
            "`a`, ".repeat(LONGEST)
        );
        assert_eq!(
            reason(&many).as_deref(),
            Some("line 1, column 1: unknown field `foo`")
        );
    }

    #[test]
    fn the_setting_for_which_a_project_is_none_is_named() {
        for (words, key) in [
            (
                "error: Default group `x` (from `tool.uv.default-groups`) is not defined",
                Some("default-groups"),
            ),
            (
                "error: The project is marked as unmanaged: /x",
                Some("managed"),
            ),
            ("warning: `tool.uv.foo` is old", None),
            ("error: Unable to find lockfile at `uv.lock`", None),
        ] {
            assert_eq!(named_setting(words), key, "{words}");
        }
    }

    #[test]
    fn bun_names_the_file_the_line_and_why() {
        let words = "2 | linker = \"x\"\n             ^\nerror: Expected string\n    at /a b/bunfig.toml:2:10\n\nInvalid Bunfig: failed to load bunfig\n";
        assert_eq!(
            named_by_bun(words),
            Some(("/a b/bunfig.toml", 2, "Expected string"))
        );
        assert_eq!(named_by_bun("SyntaxError: failed to load bunfig"), None);
    }

    #[test]
    fn only_the_tools_own_variables_are_suspected() {
        let set = ["HOME", "NODE_ENV", "NODE_OPTIONS", "UV_OFFLINE"];
        assert_eq!(
            suspects("node", "--x is not allowed in NODE_OPTIONS", set),
            ["NODE_OPTIONS", "NODE_ENV"]
        );
        assert_eq!(suspects("uv", "", set), ["UV_OFFLINE"]);
        let set = ["UV_INDEX", "UV_LINK_MODE"];
        assert_eq!(
            suspects("uv", "invalid value 'x' for '--link-mode <M>'", set),
            ["UV_LINK_MODE", "UV_INDEX"]
        );
        assert!(suspects("git", "", set).is_empty());
    }
}
