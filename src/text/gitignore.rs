//! Lines of a `.gitignore`: how a path is written there, and the command that adds it. And what takes a file
//! out of the index that one should have named.

use super::command::Command;
use super::remedy::quoted;

/// A path as a pattern that matches it and nothing else of another name.
#[must_use]
pub fn pattern(path: &str) -> String {
    // A backslash is a separator there, and never one here.
    let path = if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path.to_owned()
    };
    let mut pattern = String::with_capacity(path.len());
    if path.starts_with(['#', '!']) {
        pattern.push('\\');
    }
    let named = path.trim_end_matches(' ').len();
    for (at, sign) in path.char_indices() {
        if matches!(sign, '*' | '?' | '[' | '\\') || at >= named {
            pattern.push('\\');
        }
        pattern.push(sign);
    }
    pattern
}

/// Whether the text of a `.gitignore` has the line of this path, with none behind it that takes something
/// out again: one more would change nothing.
#[must_use]
pub fn stands(rules: &str, path: &str) -> bool {
    let pattern = pattern(path);
    let is_it = |line: &str| {
        let line = line.trim_start_matches('/');
        // Blanks at the end count only where they are escaped.
        line == pattern || line.trim_end() == pattern
    };
    let excepts = |line: &str| line.starts_with('!');
    let last = rules.lines().rfind(|line| is_it(line) || excepts(line));
    last.is_some_and(|line| !excepts(line))
}

/// The command that adds these paths to a `.gitignore` with that text; none where it is not known. A last
/// line without its end gets one first, and lines end as the others do.
#[must_use]
pub fn adding<'a>(
    file: &str,
    rules: Option<&str>,
    paths: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut lines: Vec<String> = paths.into_iter().map(pattern).collect();
    lines.sort_unstable();
    // Where it is not known, an empty line does no harm.
    let open = rules.is_none_or(|rules| !rules.is_empty() && !rules.ends_with('\n'));
    if open {
        lines.insert(0, String::new());
    }
    if cfg!(windows) {
        let lines: Vec<String> = lines.iter().map(|line| echo(line)).collect();
        return format!("({}) >> {}", lines.join("& "), quoted(file));
    }
    let end = match rules {
        Some(rules) if rules.contains("\r\n") => "\\r\\n",
        _ => "\\n",
    };
    let lines: Vec<String> = lines.iter().map(|line| quoted(line)).collect();
    format!("printf '%s{end}' {} >> {}", lines.join(" "), quoted(file))
}

/// The command that takes these files out of the index; they stay where they are. Unlike `git rm --cached` it
/// does so as well where a file was changed since it was staged, is marked as one to be left alone
/// (`skip-worktree`) or lies outside of a sparse checkout, for which newer versions want another option.
#[must_use]
pub fn untrack<'a>(paths: impl IntoIterator<Item = &'a str>) -> Command {
    Command::new("git update-index --force-remove").paths(paths)
}

/// The command of Windows' shell that prints a line: quotes would be printed, too.
fn echo(line: &str) -> String {
    if line.is_empty() {
        return "echo.".to_owned();
    }
    let mut command = "echo ".to_owned();
    for sign in line.chars() {
        if "&|<>()^\"".contains(sign) {
            command.push('^');
        }
        command.push(sign);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_mean_something_are_escaped() {
        for (path, written) in [
            ("apps/Wéb app/.env", "apps/Wéb app/.env"),
            ("#1/.env", "\\#1/.env"),
            ("!a/#/.env", "\\!a/#/.env"),
            ("a[b]*?/.env", "a\\[b]\\*\\?/.env"),
            ("a /b  ", "a /b\\ \\ "),
        ] {
            assert_eq!(pattern(path), written);
        }
        assert!(stands("\\#1/.env  \r\n", "#1/.env"));
        assert!(stands("/.env\n", ".env") && !stands(".env\n!.env\n", ".env"));
    }

    #[cfg(unix)]
    #[test]
    fn a_line_that_was_left_open_is_ended_first() {
        let adding = |rules| adding(".gitignore", rules, [".env", "a b/.env"]);
        let both = ".env 'a b/.env' >> .gitignore";
        assert_eq!(adding(Some("")), format!("printf '%s\\n' {both}"));
        assert_eq!(adding(Some("x\n")), format!("printf '%s\\n' {both}"));
        assert_eq!(adding(Some("x")), format!("printf '%s\\n' '' {both}"));
        assert_eq!(adding(None), format!("printf '%s\\n' '' {both}"));
        assert_eq!(
            adding(Some("x\r\ny")),
            format!("printf '%s\\r\\n' '' {both}")
        );
    }
}
