//! Lines for an administrator where there is no `sudo`.

use crate::text::remedy::quoted;

use super::Installers;

/// What stands between two commands of a line, or behind the last.
const ENDS: [&str; 4] = [" && ", " || ", " | ", "   "];

/// What the shell of whoever types a line is to fill in, and not that of the administrator.
const FILLED_IN: [&str; 2] = ["\"$(id -un)\"", "$$"];

impl Installers {
    /// A line that may ask for `sudo` as this machine takes it, which may have none.
    #[must_use]
    pub fn as_root(&self, line: &str) -> String {
        if self.windows || self.has("sudo") {
            return line.to_owned();
        }
        let mut told = String::new();
        let mut rest = line;
        while let Some((before, behind)) = split(rest) {
            let (command, left) = behind.split_at(end(behind));
            let command = command.strip_prefix("-E ").unwrap_or(command);
            let of_user = command
                .strip_prefix("-u ")
                .and_then(|it| it.split_once(' '));
            told.push_str(before);
            let by_them = match of_user {
                Some((user, command)) if self.admin => format!("su {user} -c {}", word(command)),
                Some((user, command)) => {
                    let inner = format!("su {user} -c {}", word(command));
                    format!("su -c {}", quoted(&inner))
                }
                None if self.admin => command.to_owned(),
                None => format!("su -c {}", word(command)),
            };
            told.push_str(&by_them);
            rest = left;
        }
        told.push_str(rest);
        told
    }
}

/// What stands before the next `sudo`, and what behind it.
fn split(line: &str) -> Option<(&str, &str)> {
    const SUDO: &str = "sudo ";
    let mut found = line.match_indices(SUDO);
    let (at, _) = found.find(|(at, _)| {
        let before = line.get(..*at).unwrap_or_default();
        before.is_empty() || before.ends_with([' ', '('])
    })?;
    Some((line.get(..at)?, line.get(at + SUDO.len()..)?))
}

/// Where the first command of a line ends.
fn end(line: &str) -> usize {
    let mut quote = None;
    let mut depth = 0_usize;
    for (at, sign) in line.char_indices() {
        match (quote, sign) {
            (Some(open), sign) if open == sign => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(sign),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => return at,
            (None, ')') => depth -= 1,
            (None, _) => {
                let rest = line.get(at..).unwrap_or_default();
                if depth == 0 && ENDS.iter().any(|end| rest.starts_with(end)) {
                    return at;
                }
            }
        }
    }
    line.len()
}

/// A command as one word for `su`.
fn word(command: &str) -> String {
    let whole = quoted(command);
    FILLED_IN
        .iter()
        .fold(whole, |word, part| word.replace(part, &format!("'{part}'")))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_sudo_is_told_another_way() {
        let told = |line: &str, admin| {
            let installers = Installers {
                admin,
                ..Installers::default()
            };
            installers.as_root(line)
        };
        for (line, user, admin) in [
            (
                "(cd app && sudo chown \"$(id -un)\" .venv && uv sync)",
                "(cd app && su -c 'chown '\"$(id -un)\"' .venv' && uv sync)",
                "(cd app && chown \"$(id -un)\" .venv && uv sync)",
            ),
            (
                "sudo date -s @$(( $(date +%s) + 185 ))",
                "su -c 'date -s @$(( $(date +%s) + 185 ))'",
                "date -s @$(( $(date +%s) + 185 ))",
            ),
            (
                "sudo prlimit --pid $$ --nofile=1:1 && ulimit -n 1   or not",
                "su -c 'prlimit --pid '$$' --nofile=1:1' && ulimit -n 1   or not",
                "prlimit --pid $$ --nofile=1:1 && ulimit -n 1   or not",
            ),
            (
                "sudo -E apt-get update && sudo lsof -i | cat",
                "su -c 'apt-get update' && su -c 'lsof -i' | cat",
                "apt-get update && lsof -i | cat",
            ),
            (
                "sudo -u postgres psql -c 'a && b'",
                "su -c 'su postgres -c '\\''psql -c '\\''\\'\\'''\\''a && b'\\''\\'\\'''\\'''\\'''",
                "su postgres -c 'psql -c '\\''a && b'\\'''",
            ),
            ("pseudo x", "pseudo x", "pseudo x"),
        ] {
            assert_eq!(told(line, true), admin);
            assert_eq!(told(line, false), user);
        }
        let sudo = Installers {
            programs: vec!["sudo"],
            ..Installers::default()
        };
        assert_eq!(sudo.as_root("sudo x"), "sudo x");
    }
}
