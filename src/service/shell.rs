//! What can be told of a line for the shell without a shell.

mod quote;

pub use quote::open_quote;

/// The first word of a line for the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct First<'a> {
    /// The program, where it can be told without a shell.
    pub program: &'a str,
    /// Whether nothing but this program is run.
    pub is_alone: bool,
}

/// Words at the beginning of a line that are the shell's own.
const OF_THE_SHELL: &[&str] = &[
    ".",
    ":",
    "[",
    "[[",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "case",
    "cd",
    "chdir",
    "command",
    "compgen",
    "continue",
    "coproc",
    "declare",
    "dirs",
    "disown",
    "echo",
    "enable",
    "eval",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "for",
    "function",
    "getopts",
    "hash",
    "help",
    "history",
    "if",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "select",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "time",
    "times",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "until",
    "wait",
    "while",
];

/// The program that a line for the shell begins with; none where only a shell could tell.
#[must_use]
pub fn first(line: &str) -> Option<First<'_>> {
    let mut rest = line.trim();
    loop {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let is_plain = |c: char| c.is_alphanumeric() || "-_./:@%+,=".contains(c);
        if word.is_empty() || !word.chars().all(is_plain) || word.starts_with('-') {
            return None;
        }
        let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match word.split_once('=').filter(|(name, _)| is_name(name)) {
            // Programs are looked for elsewhere then.
            Some(("PATH", _)) => return None,
            Some(_) => {}
            None if word == "exec" => {}
            None if OF_THE_SHELL.contains(&word) => return None,
            None => {
                // Both streams into one is no second command.
                let behind = behind.replace(">&", ">");
                let is_alone = !behind.contains([';', '|', '&', '\n', '`', '(', ')', '{', '}']);
                // What it is for is to be missed: `python3 x || python x`. A function may have its name.
                let is_open = behind.contains("||") || behind.trim_start().starts_with('(');
                return (!is_open).then_some(First {
                    program: word,
                    is_alone,
                });
            }
        }
        rest = behind.trim_start();
    }
}

/// The program that a line begins with, and the line as it is written for a shell that is to become this
/// program: a shell that only waits for it would be what gets the signals, and ends at once where the
/// program has more to do; it would say 143 where the program was ended by a signal; and it would stay in
/// memory. None where the line is more than one program, or does so already.
#[must_use]
pub fn becoming(line: &str) -> Option<(&str, String)> {
    let first = first(line).filter(|first| first.is_alone)?;
    let at = (first.program.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
    let (before, from) = line.split_at_checked(at)?;
    let is_told = before.split_ascii_whitespace().next_back() == Some("exec");
    (!is_told).then(|| (first.program, format!("{before}exec {from}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_one_program_becomes_that() {
        for (line, becomes) in [
            ("python3 -u t.py", "python3 -u t.py"),
            (
                "  ./run --port $PORT >log 2>&1",
                "./run --port $PORT >log 2>&1",
            ),
        ] {
            let told = becoming(line).map(|(_, line)| line.trim().to_owned());
            assert_eq!(told, Some(format!("exec {becomes}")), "{line}");
        }
        let told =
            becoming("A=node B=2 node a.js").map(|(program, line)| (program.to_owned(), line));
        let becomes = ("node".to_owned(), "A=node B=2 exec node a.js".to_owned());
        assert_eq!(told, Some(becomes));
    }

    #[test]
    fn what_is_more_than_that_stays_as_it_is() {
        for line in [
            "exec node a.js",
            "A=1 exec node a.js",
            "cd a && node a.js",
            "node a.js; true",
            "node a.js | cat",
            "node a.js &",
            "echo hi",
            "wait",
            "$PROGRAM x",
            "a\nb",
            "",
        ] {
            assert_eq!(becoming(line), None, "{line}");
        }
    }

    #[test]
    fn the_first_word_of_a_line_is_told_where_it_is_a_plain_one() {
        let told = |line: &'static str| first(line).map(|first| (first.program, first.is_alone));
        for (line, program, is_alone) in [
            ("uvicorn app:app --reload", "uvicorn", true),
            ("  python3 -m http.server $PORT ", "python3", true),
            ("exec ./run.sh >log 2>&1", "./run.sh", true),
            ("A=1 B=x/y node main.js", "node", true),
            ("tsc --watch | cat", "tsc", false),
            ("make && ./app", "make", false),
            ("bash -c 'a; b'", "bash", false),
        ] {
            assert_eq!(told(line), Some((program, is_alone)), "{line}");
        }
        for line in [
            "",
            "cd backend && uvicorn app:app",
            "echo hi",
            "chdir sub && ./x",
            "chdir sub",
            "if true; then x; fi",
            "\"my program\" x",
            "$HOME/bin/x",
            "~/bin/x",
            "PATH=/opt/bin x",
            "python3 x || python x",
            "f () { x; }; f",
            "(x)",
            "# nothing",
            "! x",
            "exec -a y x",
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
