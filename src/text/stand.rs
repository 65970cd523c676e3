//! From where a line is typed: what is right in the workspace's own folder has to do the same elsewhere.

use std::borrow::Cow;

use super::line::{commands, is_of_terminal, is_whole, position, program};
use super::remedy::{quoted, set_by, set_in_ci};

/// Where the terminal stands in which a line will be typed, and what our own commands are about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stand {
    /// The workspace's folder, where the terminal stands in another one.
    pub root: Option<String>,
    /// Whether our own commands have to be told of it: from there they would find another one, or none.
    pub is_told: bool,
    /// The environment that was judged, unless it is the usual one.
    pub environment: Option<&'static str>,
    /// A CI runs it, and nobody types.
    pub is_ci: bool,
}

impl Stand {
    /// A line for the workspace's own folder, so that it does the same where the terminal stands.
    #[must_use]
    pub fn line(&self, line: &str) -> String {
        let line = self.meant(line);
        match &self.root {
            Some(root) if depends(&line) => from(root, &line),
            _ => line,
        }
    }

    /// A text for people in which each command of ours tells the workspace, where it would find another one or none
    /// from here. The option stands behind the command's first word: where the command ends, words do not tell.
    #[must_use]
    pub fn words<'a>(&self, text: &'a str) -> Cow<'a, str> {
        const OURS: &str = "pixcrawler ";
        let (true, Some(root)) = (self.is_told, &self.root) else {
            return Cow::Borrowed(text);
        };
        let option = format!(" --workspace {}", quoted(root));
        let mut out = String::with_capacity(text.len() + option.len());
        let mut rest = text;
        while let Some(at) = rest.find(OURS) {
            let (before, from) = rest.split_at(at);
            let behind = &from[OURS.len()..];
            let end = behind.find(|c: char| !c.is_ascii_lowercase());
            let (word, behind) = behind.split_at(end.unwrap_or(behind.len()));
            let is_program = ends_before_word(before);
            let is_whole =
                !behind.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
            // What comes up to the next command belongs to this one.
            let own = behind.split(OURS).next().unwrap_or_default();
            out.push_str(before);
            out.push_str(OURS);
            out.push_str(word);
            if is_program
                && is_whole
                && OF_WORKSPACE.contains(&word)
                && !own.contains("--workspace ")
            {
                out.push_str(&option);
            }
            rest = behind;
        }
        out.push_str(rest);
        Cow::Owned(out)
    }

    /// A way out, which may be words, a command, or a command with words behind three blanks: those that install
    /// do so in the workspace; the words stay.
    #[must_use]
    pub fn way_out(&self, way: &str) -> String {
        if IN_WORDS.iter().any(|words| way.contains(words)) {
            return self.words(way).into_owned();
        }
        let (command, words) = way.split_once(BLANKS).unwrap_or((way, ""));
        if let Some(name) = set_by(command).filter(|_| self.is_ci) {
            return set_in_ci(name);
        }
        if !installs(command) {
            return self.words(way).into_owned();
        }
        let command = self.line(command);
        if words.is_empty() {
            return command;
        }
        // `or, where its package is not in pyproject.toml: uv add PACKAGE`
        let words = match words.rsplit_once(": ") {
            Some((words, other)) if installs(other) => format!("{words}: {}", self.line(other)),
            _ => self.words(words).into_owned(),
        };
        format!("{command}{BLANKS}{words}")
    }

    /// The same terminal in the workspace's own folder: what is run there needs no more.
    #[must_use]
    pub fn at_root(&self) -> Self {
        Self {
            root: None,
            is_told: false,
            environment: self.environment,
            is_ci: self.is_ci,
        }
    }

    /// A line in which each command of ours is about the environment and the workspace that were judged:
    /// what mends the tests' database must not touch that of development.
    fn meant(&self, line: &str) -> String {
        let each = line.split(" && ").map(|command| {
            let (open, end) = match command.strip_suffix(')') {
                Some(inner) if !command.contains('(') => (inner, ")"),
                _ => (command, ""),
            };
            let Some(word) = open
                .strip_prefix("pixcrawler ")
                .and_then(|rest| rest.split(' ').next())
            else {
                return command.to_owned();
            };
            let mut more = String::new();
            if let Some(environment) = self.environment
                && ASK_WHERE.contains(&word)
                && !open.contains(" --env ")
            {
                more = format!(" --env {environment}");
            }
            if let (true, Some(root)) = (self.is_told, &self.root)
                && !OF_NOBODY.contains(&word)
                && !open.contains(" --workspace ")
            {
                more = format!("{more} --workspace {}", quoted(root));
            }
            format!("{open}{more}{end}")
        });
        each.collect::<Vec<_>>().join(" && ")
    }
}

/// Whether a program's name may begin behind a text, which may end in a colour.
fn ends_before_word(text: &str) -> bool {
    let seen = match text.rfind('\u{1b}') {
        Some(at) if text.ends_with('m') && !text[at..].contains(' ') => &text[..at],
        _ => text,
    };
    !seen.ends_with(|c: char| c.is_alphanumeric() || ['/', '\\', '.', '-', '_'].contains(&c))
}

/// What stands between a command and words about it.
const BLANKS: &str = "   ";

/// Ways out that tell in words in which folder they are for.
const IN_WORDS: [&str; 2] = [" (in the ", "   in the folder of "];

/// Whether it is a command of a package manager, be it in a folder.
fn installs(line: &str) -> bool {
    let is_in_folder = line.starts_with("(cd ") || (cfg!(windows) && line.starts_with("cd "));
    let program = line.split(' ').next().unwrap_or_default();
    let is_manager = ["bun", "npm", "pnpm", "uv", "yarn"].contains(&program);
    (is_in_folder || is_manager) && super::remedy::is_command(line)
}

/// Our commands that do something else in each environment.
const ASK_WHERE: [&str; 5] = ["dev", "doctor", "env", "health", "migrate"];

/// Our commands that are about a workspace.
const OF_WORKSPACE: [&str; 12] = [
    "attach", "dev", "doctor", "env", "health", "logs", "migrate", "ps", "restart", "scale",
    "start", "stop",
];

/// Our commands that need no workspace.
const OF_NOBODY: [&str; 2] = ["explain", "new"];

/// The line as it is typed in another folder than `root`. What changes the terminal must not be run in a
/// shell of its own, where the change would be lost.
fn from(root: &str, line: &str) -> String {
    if cfg!(windows) {
        return format!("cd /d {} & {line}", quoted(root));
    }
    let folder = line
        .strip_prefix("(cd ")
        .filter(|rest| rest.ends_with(')') && !rest.contains('('))
        .filter(|rest| rest.matches(')').count() == 1);
    match folder {
        // Words that touch are one word to the shell, each quoted as it needs to be.
        Some(rest) => format!("(cd {}/{rest}", quoted(root.trim_end_matches('/'))),
        None if commands(line).iter().any(|it| is_of_terminal(it)) => {
            format!("cd {} && {line}", quoted(root))
        }
        None => format!("(cd {} && {line})", quoted(root)),
    }
}

/// Whether a line does something else in another folder. Who is not known to be indifferent counts as one
/// that looks at the folder: a `cd` too many harms nobody.
fn depends(line: &str) -> bool {
    let commands = commands(line);
    let goes_elsewhere = commands
        .first()
        .is_some_and(|it| program(it) == Some("cd") && it.iter().skip(1).all(|to| is_whole(to)));
    !goes_elsewhere && commands.iter().any(|it| looks_around(it))
}

fn looks_around(command: &[String]) -> bool {
    let writes = command.iter().position(|word| word == ">" || word == ">>");
    let target = writes.and_then(|at| command.get(at + 1));
    if target.is_some_and(|target| !is_whole(target)) {
        return true;
    }
    let Some(at) = position(command) else {
        return false;
    };
    let words: Vec<&str> = command.iter().skip(at).map(String::as_str).collect();
    let (program, rest) = words
        .split_first()
        .map_or(("", &[][..]), |(it, rest)| (*it, rest));
    let has = |wanted: &str| rest.contains(&wanted);
    // What is no option is a path, but for a mode or an owner before it.
    let paths = || rest.iter().filter(|word| !word.starts_with(['-', '+']));
    match program {
        "chmod" | "chown" | "mknod" => paths().skip(1).any(|path| !is_whole(path)),
        _ if OF_FILES.contains(&program) => paths().any(|path| !is_whole(path)),
        "npm" | "mise" => !has("-g"),
        "uv" => !rest
            .first()
            .is_some_and(|it| ["cache", "self", "tool"].contains(it)),
        "git" => !has("--global"),
        "docker" | "podman" => has("compose"),
        "curl" | "wget" => has("-o") || has("-O"),
        other => !INDIFFERENT.contains(&other),
    }
}

/// Programs that do something with the files and folders that are named.
const OF_FILES: &[&str] = &[
    "${EDITOR:-vi}",
    "copy",
    "cp",
    "del",
    "du",
    "ls",
    "mkdir",
    "mv",
    "notepad",
    "rd",
    "ren",
    "rm",
    "rmdir",
];

/// Programs that do the same everywhere.
const INDIFFERENT: &[&str] = &[
    "pixcrawler",
    ".",
    "apk",
    "apt-get",
    "az",
    "bash",
    "brew",
    "cleanmgr",
    "corepack",
    "date",
    "df",
    "dnf",
    "echo",
    "export",
    "findstr",
    "fnm",
    "kill",
    "lsof",
    "mount",
    "netstat",
    "nslookup",
    "nvm",
    "pacman",
    "pip",
    "pip3",
    "pipx",
    "powershell",
    "printf",
    "prlimit",
    "ps",
    "psql",
    "redis-cli",
    "service",
    "set",
    "sh",
    "sntp",
    "sysctl",
    "systemctl",
    "taskkill",
    "tasklist",
    "tee",
    "timedatectl",
    "ulimit",
    "unset",
    "volta",
    "w32tm",
    "winget",
];

#[cfg(all(test, unix))]
mod tests;
