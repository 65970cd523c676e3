//! From where a line is typed: what is right in the workspace's own folder has to do the same elsewhere.

use std::borrow::Cow;

use super::line::{commands, is_of_terminal, is_whole, position, program};
use super::remedy::quoted;

/// Where the terminal stands in which a line will be typed, and what our own commands are about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stand {
    /// The workspace's folder, where the terminal stands in another one.
    pub root: Option<String>,
    /// Whether our own commands have to be told of it: from there they would find another one, or none.
    pub is_told: bool,
    /// The environment that was judged, unless it is the usual one.
    pub environment: Option<&'static str>,
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
mod tests {
    use super::*;

    fn elsewhere() -> Stand {
        Stand {
            root: Some("/w/my app".to_owned()),
            is_told: true,
            environment: None,
        }
    }

    #[test]
    fn what_looks_at_the_folder_is_run_in_the_workspace() {
        let stand = elsewhere();
        for (line, typed) in [
            (
                "(cd frontend && bun install)",
                "(cd '/w/my app'/frontend && bun install)",
            ),
            (
                "(cd 'lib/it'\\''s' && git rm x)",
                "(cd '/w/my app'/'lib/it'\\''s' && git rm x)",
            ),
            ("uv sync", "(cd '/w/my app' && uv sync)"),
            (
                "printf '%s\\n' .env >> .gitignore",
                "(cd '/w/my app' && printf '%s\\n' .env >> .gitignore)",
            ),
            ("rm backend.log", "(cd '/w/my app' && rm backend.log)"),
            (
                "sudo chown -R me .venv",
                "(cd '/w/my app' && sudo chown -R me .venv)",
            ),
            (
                "${EDITOR:-vi} +8 backend/.env",
                "(cd '/w/my app' && ${EDITOR:-vi} +8 backend/.env)",
            ),
            (
                "(cd a && uv lock) && (cd b && bun i)",
                "(cd '/w/my app' && (cd a && uv lock) && (cd b && bun i))",
            ),
            // The change must stay in this terminal.
            (
                "export A=b && uv sync",
                "cd '/w/my app' && export A=b && uv sync",
            ),
        ] {
            assert_eq!(stand.line(line), typed);
            assert!(crate::text::remedy::is_command(&stand.line(line)), "{line}");
            assert_eq!(Stand::default().line(line), line);
        }
    }

    #[test]
    fn what_does_the_same_everywhere_stays_as_it_is() {
        let stand = elsewhere();
        for line in [
            "kill 7",
            "export PATH=\"/x:$PATH\"",
            "unset A B",
            "npm install -g bun@1.2.3",
            "sudo systemctl start redis",
            "curl -LsSf https://astral.sh/uv/install.sh | sh",
            "mv /usr/local/bin/node /usr/local/bin/node.off",
            "chmod 600 /home/me/.pgpass",
            "psql -c 'SELECT 1 && rm x' 2>/dev/null",
            "(cd /elsewhere && uv sync)",
            ". \"$NVM_DIR/nvm.sh\" && nvm install 22",
        ] {
            assert_eq!(stand.line(line), line);
        }
    }

    #[test]
    fn our_own_commands_are_told_what_was_judged() {
        let mut stand = elsewhere();
        let dev = "pixcrawler dev --servers --detach";
        let told = format!("{dev} --workspace '/w/my app'");
        assert_eq!(stand.line(dev), told);
        let other = "pixcrawler stop --workspace /w/other";
        assert_eq!(
            stand.line(&format!("{other} && {dev}")),
            format!("{other} && {told}")
        );
        assert_eq!(
            stand.line("pixcrawler explain env/missing"),
            "pixcrawler explain env/missing"
        );
        stand.environment = Some("test");
        assert_eq!(
            stand.line(dev),
            format!("{dev} --env test --workspace '/w/my app'")
        );
        // From below the workspace they find it by themselves.
        stand.is_told = false;
        assert_eq!(stand.line(dev), format!("{dev} --env test"));
        assert_eq!(stand.at_root().line("uv sync"), "uv sync");
    }

    #[test]
    fn each_command_in_words_is_told_the_workspace() {
        let stand = elsewhere();
        let to = "--workspace '/w/my app'";
        for (words, told) in [
            (
                "look at it: pixcrawler ps; stop it: pixcrawler stop",
                format!("look at it: pixcrawler ps {to}; stop it: pixcrawler stop {to}"),
            ),
            (
                "it is of `p`: pixcrawler stop, then pixcrawler dev --profile p",
                format!("it is of `p`: pixcrawler stop {to}, then pixcrawler dev {to} --profile p"),
            ),
            (
                "start it (pixcrawler start x)",
                format!("start it (pixcrawler start {to} x)"),
            ),
            (
                "pixcrawler env run --tier api -- ./x",
                format!("pixcrawler env {to} run --tier api -- ./x"),
            ),
            (
                "\u{1b}[36mpixcrawler ps\u{1b}[0m shows it",
                format!("\u{1b}[36mpixcrawler ps {to}\u{1b}[0m shows it"),
            ),
        ] {
            assert_eq!(stand.words(words), told);
            assert_eq!(stand.words(&told), told, "it is told once");
            assert_eq!(Stand::default().words(words), words);
        }
        for same in [
            "pixcrawler stop --workspace /w/other",
            "pixcrawler explain env/missing",
            "pixcrawler new DIR makes a starter",
            "changes of pixcrawler itself",
            "./pixcrawler dev",
            "pixcrawler dev-server",
        ] {
            assert_eq!(stand.words(same), same);
        }
    }

    #[test]
    fn a_way_out_installs_in_the_workspace_and_its_words_stay() {
        let stand = elsewhere();
        for (way, typed) in [
            (
                "(cd web && bun install)",
                "(cd '/w/my app'/web && bun install)",
            ),
            ("bun add x", "(cd '/w/my app' && bun add x)"),
            (
                "(cd a && bun add x)   makes one, too; with npm it is `npm install`",
                "(cd '/w/my app'/a && bun add x)   makes one, too; with npm it is `npm install`",
            ),
            (
                "uv sync   or, where its package is not in pyproject.toml: uv add PACKAGE",
                "(cd '/w/my app' && uv sync)   or, where its package is not in pyproject.toml: (cd '/w/my app' && uv add PACKAGE)",
            ),
            (
                "pixcrawler env check",
                "pixcrawler env --workspace '/w/my app' check",
            ),
        ] {
            assert_eq!(stand.way_out(way), typed);
            assert_eq!(Stand::default().way_out(way), way);
        }
        for same in [
            "bun install (in the frontend's folder)",
            "uv sync   in the folder of its pyproject.toml",
            "install it with the package manager of its folder: bun install, npm install",
            "uv cache clean x   then start again",
            "correct the command, or restore the file",
        ] {
            assert_eq!(stand.way_out(same), same);
        }
    }

    #[test]
    fn our_commands_are_about_the_environment_that_was_judged() {
        let stand = |environment| Stand {
            environment,
            ..Stand::default()
        };
        let test = |line: &str| stand(Some("test")).line(line);
        assert_eq!(test("pixcrawler migrate"), "pixcrawler migrate --env test");
        assert_eq!(
            test("pixcrawler env set A=1 && pixcrawler dev --servers"),
            "pixcrawler env set A=1 --env test && pixcrawler dev --servers --env test"
        );
        assert_eq!(
            test("(cd x && pixcrawler migrate)"),
            "(cd x && pixcrawler migrate --env test)"
        );
        for same in [
            "git update-index --force-remove .env",
            "pixcrawler explain env/missing",
            "pixcrawler env check --env production",
        ] {
            assert_eq!(test(same), same);
        }
        assert_eq!(stand(None).line("pixcrawler migrate"), "pixcrawler migrate");
    }
}
