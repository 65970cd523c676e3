//! A line for the shell, taken apart: which programs it starts, and what kind of thing they do.

/// What a line does for the person who types it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It opens a file in an editor.
    Opens,
    /// It changes the terminal that it is typed in.
    Terminal,
    /// It shows something.
    Looks,
    /// It changes something.
    Changes,
}

/// What kind of line it is: by what changes most, where there are several.
#[must_use]
pub fn kind(line: &str) -> Kind {
    let commands = commands(line);
    let any = |test: fn(&[String]) -> bool| commands.iter().any(|it| test(it));
    if any(|it| program(it).is_some_and(|it| EDITORS.contains(&it))) {
        Kind::Opens
    } else if any(is_of_terminal) {
        Kind::Terminal
    } else if commands.iter().all(|it| looks(it)) {
        Kind::Looks
    } else {
        Kind::Changes
    }
}

/// How a file is opened.
const EDITORS: [&str; 2] = ["${EDITOR:-vi}", "notepad"];

/// Programs that only show something, as we call them.
const LOOKING: &[&str] = &[
    "cd", "curl", "df", "du", "findstr", "ls", "lsof", "netstat", "nslookup", "ps", "tasklist",
];

fn looks(command: &[String]) -> bool {
    let Some(at) = position(command) else {
        return true;
    };
    let words: Vec<&str> = command.iter().skip(at).map(String::as_str).collect();
    match words.as_slice() {
        ["pixcrawler", "env", word, ..] => {
            ["check", "show"].contains(word) && !words.contains(&"--fix")
        }
        [
            "pixcrawler",
            "doctor" | "explain" | "health" | "logs" | "ps",
            ..,
        ] => !words.contains(&"--fix"),
        ["pixcrawler", "migrate", word, ..] => ["check", "status"].contains(word),
        ["openssl", "s_client", ..] | [] => true,
        [program, ..] => LOOKING.contains(program),
    }
}

/// Whether a command changes the terminal that it is typed in.
pub(super) fn is_of_terminal(command: &[String]) -> bool {
    program(command)
        .is_some_and(|it| [".", "export", "read", "set", "ulimit", "unset"].contains(&it))
}

/// Whether a path leads to the same place from everywhere.
pub(super) fn is_whole(path: &str) -> bool {
    let path = path.trim_start_matches(['\'', '"']);
    path.starts_with(['/', '~', '$', '%', '\\']) || path.as_bytes().get(1) == Some(&b':')
}

pub(super) fn program(command: &[String]) -> Option<&str> {
    command.get(position(command)?).map(String::as_str)
}

/// Where the program stands, behind what is set for it alone and who it is run as.
pub(super) fn position(command: &[String]) -> Option<usize> {
    command.iter().position(|word| {
        let sets = word
            .split_once('=')
            .is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
        !sets && !["sudo", "-E"].contains(&word.as_str())
    })
}

/// The commands of a line, each as its words; what is quoted is taken for no operator.
pub(super) fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands: Vec<Vec<String>> = vec![Vec::new()];
    let mut word = String::new();
    let mut quote = None;
    let mut is_escaped = false;
    let mut end = |word: &mut String| {
        let word = std::mem::take(word);
        let last = commands.last_mut();
        match word.as_str() {
            "" => (),
            "&&" | "||" | "|" | "&" | ";" => commands.push(Vec::new()),
            _ => last.into_iter().for_each(|it| it.push(word.clone())),
        }
    };
    for char in line.chars() {
        match (quote, char) {
            _ if is_escaped => is_escaped = false,
            (None, '\\') => is_escaped = cfg!(unix),
            (None, '\'' | '"') => quote = Some(char),
            (Some(open), char) if open == char => quote = None,
            (None, ' ') => {
                end(&mut word);
                continue;
            }
            // Those of a shell of its own.
            (None, '(' | ')') => continue,
            _ => (),
        }
        word.push(char);
    }
    end(&mut word);
    commands
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_of_the_kind_of_its_programs() {
        for (line, of) in [
            ("${EDITOR:-vi} +8 a/.env", Kind::Opens),
            ("(cd /w && ${EDITOR:-vi} +8 a/.env)", Kind::Opens),
            ("export A=b", Kind::Terminal),
            ("read -r A && export A", Kind::Terminal),
            ("unset A && pixcrawler doctor", Kind::Terminal),
            ("sudo lsof -nP -iTCP", Kind::Looks),
            ("pixcrawler env check --env test", Kind::Looks),
            ("pixcrawler env check --fix --env test", Kind::Changes),
            ("curl -LsSf https://bun.sh/install | bash", Kind::Changes),
            ("(cd a && git checkout HEAD -- bun.lock)", Kind::Changes),
            ("psql -c 'CREATE ROLE x; export'", Kind::Changes),
        ] {
            assert_eq!(kind(line), of, "{line}");
        }
    }

    #[test]
    fn what_is_quoted_is_one_word() {
        let told = commands("A=1 psql -c 'a && b' > '/x y' && (cd 'it'\\''s' && ls)");
        let told: Vec<String> = told.iter().map(|it| it.join(" ~ ")).collect();
        assert_eq!(
            told,
            [
                "A=1 ~ psql ~ -c ~ 'a && b' ~ > ~ '/x y'",
                "cd ~ 'it'\\''s'",
                "ls"
            ]
        );
    }
}
