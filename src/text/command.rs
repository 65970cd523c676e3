//! A command put together word by word, so that a folder with a blank or a quote in its name stays one
//! word of it, and nobody has to think of that.

use std::fmt;

use super::remedy::quoted;

/// A line for the shell of this platform. What stands in the program's text is fixed; everything else is
/// added as a word or a path, and quoted where it needs that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command(String);

impl Command {
    /// Begins with a program and the words that are always the same.
    #[must_use]
    pub fn new(fixed: &'static str) -> Self {
        Self(fixed.to_owned())
    }

    /// With more of what is always the same: an operator, an option.
    #[must_use]
    pub fn fixed(mut self, fixed: &'static str) -> Self {
        self.0.push(' ');
        self.0.push_str(fixed);
        self
    }

    /// With a word.
    #[must_use]
    pub fn word(mut self, word: impl AsRef<str>) -> Self {
        self.0.push(' ');
        self.0.push_str(&quoted(word.as_ref()));
        self
    }

    /// With a file or a folder. A name that begins as an option does is none.
    #[must_use]
    pub fn path(self, path: impl AsRef<str>) -> Self {
        let program = self.0.split(' ').next().unwrap_or_default();
        let path = as_argument(path.as_ref(), NATIVE.contains(&program));
        self.word(path)
    }

    /// With several of them.
    #[must_use]
    pub fn paths(self, paths: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        paths.into_iter().fold(self, Self::path)
    }

    /// The same, run in a folder, without changing where the terminal stands.
    #[must_use]
    pub fn within(self, dir: impl AsRef<str>) -> Self {
        Self(within(dir.as_ref(), &self.0))
    }

    /// And after it, if that went well, another one.
    #[must_use]
    pub fn and(self, other: impl fmt::Display) -> Self {
        Self(format!("{self} && {other}"))
    }
}

impl fmt::Display for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<Command> for String {
    fn from(command: Command) -> Self {
        command.0
    }
}

/// A line that is run in a folder; as it is where that has no name, since we are there.
#[must_use]
pub fn within(dir: &str, line: &str) -> String {
    if dir.is_empty() {
        return line.to_owned();
    }
    let dir = quoted(&as_argument(dir, cfg!(windows)));
    if cfg!(windows) {
        format!("cd {dir} & {line}")
    } else {
        format!("(cd {dir} && {line})")
    }
}

/// Windows' own programs, which take a slash for an option.
const NATIVE: [&str; 4] = ["del", "move", "ren", "rmdir"];

/// A path as a program takes it for one.
fn as_argument(path: &str, native: bool) -> String {
    let path = if native && cfg!(windows) {
        path.replace('/', "\\")
    } else {
        path.to_owned()
    };
    if path.starts_with('-') {
        format!("./{path}")
    } else {
        path
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_stays_one_word() {
        let line = |command: Command| command.to_string();
        assert_eq!(
            line(Command::new("git rm --cached").paths([".env", "the api's/.env", "-x/.env"])),
            "git rm --cached .env 'the api'\\''s/.env' ./-x/.env"
        );
        assert_eq!(
            line(Command::new("bun install").within("apps/Wéb app")),
            "(cd 'apps/Wéb app' && bun install)"
        );
        assert_eq!(within("", "ls"), "ls");
    }
}
