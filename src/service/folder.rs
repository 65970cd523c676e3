//! The folder in which a service's command does its work: it may go elsewhere first.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::{Command, Kind, Service};

/// The folder in which the program of a service runs, as far as its command tells; none where it goes somewhere that
/// only a shell could tell.
#[must_use]
pub fn of(service: &Service) -> Option<Utf8PathBuf> {
    let (Kind::Process(command) | Kind::Task(command) | Kind::Guest(command)) = &service.kind
    else {
        return Some(service.cwd.clone());
    };
    let within = match command {
        Command::Shell(line) => of_line(line)?,
        Command::Exec(words) => match words.as_slice() {
            [shell, flag, line, ..] if is_shell(shell) && is_line_next(flag) => of_line(line)?,
            words => of_words(words.iter().map(String::as_str)),
        },
    };
    Some(joined(&service.cwd, &within))
}

fn is_shell(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    matches!(name, "sh" | "bash" | "dash" | "zsh" | "ksh")
}

/// `-c`, `-lc`
fn is_line_next(flag: &str) -> bool {
    flag.starts_with('-') && !flag.starts_with("--") && flag.ends_with('c')
}

/// Where the last command of a line runs, from the folder that the line is run in.
fn of_line(line: &str) -> Option<Utf8PathBuf> {
    let inner = line.trim().strip_prefix('(');
    let inner = inner.and_then(|line| line.strip_suffix(')'));
    let line = inner.filter(|it| !it.contains(['(', ')'])).unwrap_or(line);
    let commands: Vec<&str> = line
        .split("&&")
        .flat_map(|part| part.split([';', '\n']))
        .collect();
    let goes = |command: &&str| {
        let word = command.trim_start_matches(|c: char| c.is_whitespace() || "({".contains(c));
        let word = word.split_whitespace().next();
        matches!(word, Some("cd" | "chdir" | "pushd" | "popd"))
    };
    let last = commands.iter().rposition(goes);
    let (before, rest) = commands.split_at(last.map_or(0, |last| last + 1));
    let mut dir = Utf8PathBuf::new();
    for command in before {
        // A folder that is left again, or gone to under a condition.
        if command.contains(['(', ')', '{', '}', '|', '`']) {
            return None;
        }
        if goes(command) {
            dir = joined(&dir, Utf8Path::new(gone_to(command)?));
        }
    }
    Some(joined(
        &dir,
        &of_words(rest.iter().flat_map(|it| it.split_whitespace())),
    ))
}

/// The folder that a plain `cd` goes to.
fn gone_to(command: &str) -> Option<&str> {
    let mut words = command
        .split_whitespace()
        .skip(1)
        .filter(|word| *word != "--");
    let (dir, more) = (words.next()?, words.next());
    let bare = dir.trim_matches(['"', '\'']);
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@%+,=".contains(c);
    let is_known = bare.chars().all(is_plain) && !bare.is_empty() && !bare.starts_with('-');
    (more.is_none() && is_known).then_some(bare)
}

/// The folder that a package manager is told to work in: `bun --cwd site run dev`.
fn of_words<'a>(words: impl Iterator<Item = &'a str>) -> Utf8PathBuf {
    let mut options: &[&str] = &[];
    let mut words = words;
    while let Some(word) = words.next() {
        let program = word.rsplit(['/', '\\']).next().unwrap_or(word);
        match program {
            "bun" | "yarn" => options = &["--cwd"],
            "npm" => options = &["--prefix"],
            "pnpm" => options = &["-C", "--dir"],
            // What stands behind it is its program's own.
            "--" => break,
            _ => {}
        }
        let told = options
            .iter()
            .find_map(|option| match word.strip_prefix(option)? {
                "" => words.next(),
                value => value.strip_prefix('='),
            });
        if let Some(dir) = told {
            return dir.trim_matches(['"', '\'']).into();
        }
    }
    Utf8PathBuf::new()
}

/// A folder seen from another one, without the steps back in it.
fn joined(from: &Utf8Path, dir: &Utf8Path) -> Utf8PathBuf {
    let mut path = from.to_owned();
    if dir.is_absolute() {
        return dir.to_owned();
    }
    for part in dir.components() {
        match part {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir if path.file_name().is_some() => drop(path.pop()),
            part => path.push(part),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(command: Command) -> Option<String> {
        let service = Service::new("web", Kind::Process(command), "/w".into());
        of(&service).map(Utf8PathBuf::into_string)
    }

    #[test]
    fn a_command_is_judged_where_it_runs() {
        for (line, dir) in [
            ("bun run dev", "/w"),
            ("cd site && bun run dev", "/w/site"),
            (
                "cd ./site/app; exec bun run dev --port $PORT | cat",
                "/w/site/app",
            ),
            ("set -e\ncd 'site'\ncd ../other\nbun run dev", "/w/other"),
            ("mkdir -p x && cd -- site && next dev", "/w/site"),
            ("cd /srv/site && next dev", "/srv/site"),
            ("bun --cwd site run dev", "/w/site"),
            ("A=1 bun run --cwd=site dev", "/w/site"),
            ("npm --prefix site run dev -- --prefix other", "/w/site"),
            ("pnpm -C site dev", "/w/site"),
            ("cd apps && pnpm --dir site dev", "/w/apps/site"),
            ("(cd site && bun run dev)", "/w/site"),
            ("serve --prefix site", "/w"),
        ] {
            let told = told(Command::Shell(line.to_owned()));
            assert_eq!(told.as_deref(), Some(dir), "{line}");
        }
        let words =
            |words: &[&str]| Command::Exec(words.iter().map(|&word| word.to_owned()).collect());
        for (command, dir) in [
            (words(&["bash", "-lc", "cd site && next dev"]), "/w/site"),
            (words(&["bun", "--cwd", "site", "dev"]), "/w/site"),
            (words(&["bash", "cd site"]), "/w"),
        ] {
            assert_eq!(told(command).as_deref(), Some(dir));
        }
    }

    #[test]
    fn a_folder_that_only_a_shell_could_tell_is_none() {
        for line in [
            "cd \"$SITE\" && next dev",
            "cd && next dev",
            "cd - && next dev",
            "cd my site && next dev",
            "(cd site && bun install) && next dev",
            "cd site || cd web && next dev",
            "pushd ~/site && next dev",
            "cd $(dirname x) && next dev",
        ] {
            assert_eq!(told(Command::Shell(line.to_owned())), None, "{line}");
        }
    }
}
