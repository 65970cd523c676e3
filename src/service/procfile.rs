//! Procfiles, as foreman reads them: one process a line, all at once, ports in steps of a hundred.

use std::collections::{BTreeMap, BTreeSet};

use super::check::Readiness;
use super::command::Command;
use super::model::{Kind, Replica, Service, StopScope};

/// The first port where nothing else is said.
const FIRST: u32 = 5000;

/// Ports between two processes.
const STEP: u32 = 100;

/// What the services of a Procfile say where they come from: there is no workspace around them.
pub const ORIGIN: &str = "Procfile";

/// One line of a Procfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The process's name, unlike any other in the file.
    pub name: String,
    /// A line for the shell.
    pub command: String,
    /// How many foreman takes for processes before it: each has a port, be it one that cannot be started.
    pub before: u32,
    /// Its line in the file, counted from one.
    pub line: usize,
}

/// What a Procfile says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Procfile {
    /// Its processes.
    pub entries: Vec<Entry>,
    /// Lines that are neither processes nor comments, counted from one: foreman passes them over.
    pub odd: Vec<Odd>,
}

/// A line that is no process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// Its line in the file, counted from one.
    pub line: usize,
    /// What is in the way, where it looks like a process: behind a comma.
    pub why: Option<&'static str>,
}

/// Reads a Procfile. A name that comes again gets a number. What is a process is so for foreman, too, and nothing
/// else: each further one would move the ports of those behind it.
#[must_use]
pub fn read(text: &str) -> Procfile {
    let (mut file, mut names) = (Procfile::default(), BTreeSet::new());
    let mut before = 0;
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let entry = line.split_once(':');
        // Blanks alone are a command for foreman, which it cannot start then.
        let is_blank = entry.is_some_and(|(name, command)| {
            is_name(name) && !command.is_empty() && command.trim().is_empty()
        });
        let entry = entry.map(|(name, command)| (name, command.trim()));
        let Some((name, command)) =
            entry.filter(|(name, command)| is_name(name) && !command.is_empty())
        else {
            let why = entry.and_then(|(name, command)| in_the_way(name, command));
            file.odd.push(Odd { line: at + 1, why });
            before += u32::from(is_blank);
            continue;
        };
        let mut unique = name.to_owned();
        let mut number = 1;
        while !names.insert(unique.clone()) {
            number += 1;
            unique = format!("{name}-{number}");
        }
        file.entries.push(Entry {
            name: unique,
            command: command.to_owned(),
            before,
            line: at + 1,
        });
        before += 1;
    }
    file
}

/// foreman knows letters, digits, `_` and `-`, from the first character of the line on.
fn is_name(name: &str) -> bool {
    let is_known = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !name.is_empty() && name.chars().all(is_known)
}

/// Why it is no process, where somebody may have meant one.
fn in_the_way(name: &str, command: &str) -> Option<&'static str> {
    let is_word = !name.trim().is_empty() && !name.trim().contains(char::is_whitespace);
    if is_name(name) && command.is_empty() {
        return Some("since no command stands behind its colon");
    }
    if command.is_empty() || !is_word || is_name(name) {
        return None;
    }
    Some(if name.starts_with('\u{feff}') {
        "as by foreman: a byte order mark stands before it"
    } else if is_name(name.trim()) {
        "as by foreman: its name begins the line, and the colon follows at once"
    } else {
        "as by foreman: a name is of letters of ASCII, digits, `_` and `-`"
    })
}

/// Reads the `.env` file of a Procfile as foreman does: `NAME=value`, quotes taken off, no expansion,
/// everything else passed over. A name that comes again keeps its place and gets the later value.
#[must_use]
pub fn read_env(text: &str) -> Vec<(String, String)> {
    let entry = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
        let value = match (inner('\''), inner('"')) {
            (Some(inner), _) => inner.to_owned(),
            (_, Some(inner)) => unescape(inner),
            _ => value.to_owned(),
        };
        (!name.is_empty() && name.chars().all(plain)).then(|| (name.to_owned(), value))
    };
    let mut read: Vec<(String, String)> = Vec::new();
    for (name, value) in text.lines().filter_map(entry) {
        match read.iter_mut().find(|(known, _)| *known == name) {
            Some((_, earlier)) => *earlier = value,
            None => read.push((name, value)),
        }
    }
    read
}

/// A line as foreman hands it to the shell: each `$NAME` of these variables is its value, also within
/// single quotes, one variable after the other, so that a value may name a later one. `${NAME}` is left to the
/// shell, and so is a longer name that begins alike: foreman would take the beginning of `$PSQL_HOST` for `$PS`.
#[must_use]
pub fn expanded(line: &str, names: &[String], values: &BTreeMap<String, String>) -> String {
    let mut line = line.to_owned();
    for name in names {
        if let Some(value) = values.get(name) {
            line = with_value(&line, name, value);
        }
    }
    line
}

fn with_value(line: &str, name: &str, value: &str) -> String {
    let written = format!("${name}");
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(&written) {
        let (before, from) = rest.split_at(at);
        let behind = &from[written.len()..];
        let goes_on = behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        out.push_str(before);
        out.push_str(if goes_on { &written } else { value });
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// `\n` is a new line, whatever stands before it; then any other character after a backslash is itself.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = text.replace("\\n", "\n");
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, characters.as_str().chars().next()) {
            ('\\', Some(next)) if next != '\n' => {
                out.push(next);
                characters.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// The port that a process is given, where that is none: they end at 65535, and steps of a hundred lead beyond.
#[must_use]
pub fn port_beyond(service: &Service) -> Option<u32> {
    let mut variables = service.env.iter().rev();
    let (_, port) = variables.find(|(name, _)| name == "PORT")?;
    port.parse().ok().filter(|port| *port > u32::from(u16::MAX))
}

impl Procfile {
    /// Its processes as services that run in the folder `cwd`; `first` is the first one's port. As
    /// many of each as `scale` says by its name: ports of several of one are one apart, those of two
    /// lines a hundred.
    #[must_use]
    pub fn services(
        &self,
        cwd: &camino::Utf8Path,
        first: Option<u32>,
        scale: &BTreeMap<String, u32>,
    ) -> Vec<Service> {
        let mut services = Vec::with_capacity(self.entries.len());
        let first = first.unwrap_or(FIRST);
        for entry in &self.entries {
            let count = scale.get(&entry.name).copied().unwrap_or(1);
            let mut port = first.saturating_add(entry.before.saturating_mul(STEP));
            for number in 1..=count {
                services.push(service(entry, cwd, (number, count), port));
                port = port.saturating_add(1);
            }
        }
        services
    }
}

/// One process of an entry: which of how many.
fn service(
    entry: &Entry,
    cwd: &camino::Utf8Path,
    (number, count): (u32, u32),
    port: u32,
) -> Service {
    let kind = Kind::Process(Command::Shell(entry.command.clone()));
    let mut service = Service::new(&entry.name, kind, cwd.to_owned());
    if count > 1 {
        service.name = format!("{}-{number}", entry.name);
        service.replica = Some(Replica {
            of: entry.name.clone(),
            number,
        });
    }
    service.stop.scope = StopScope::Group;
    service.ready = Readiness::at_start();
    ORIGIN.clone_into(&mut service.origin);
    // The port is offered, not demanded: most of them listen nowhere. So one that is none does no harm there.
    service.env = vec![
        ("PS".to_owned(), format!("{}.{number}", entry.name)),
        ("PORT".to_owned(), port.to_string()),
    ];
    service.inline = ["PORT", "PS"].map(str::to_owned).to_vec();
    service
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn entries_comments_and_what_is_neither() {
        let file = read(
            "# web\nweb: bin/rails s -p $PORT\n\nworker:sidekiq: x # kept\r\nnonsense\nweb: again\nempty:\nbad name: x\napi_v-1: run\n",
        );
        let entries: Vec<(&str, &str)> = file
            .entries
            .iter()
            .map(|entry| (entry.name.as_str(), entry.command.as_str()))
            .collect();
        assert_eq!(
            entries,
            [
                ("web", "bin/rails s -p $PORT"),
                ("worker", "sidekiq: x # kept"),
                ("web-2", "again"),
                ("api_v-1", "run")
            ]
        );
        let odd = file.odd.iter().map(|odd| (odd.line, odd.why.is_some()));
        assert_eq!(odd.collect::<Vec<_>>(), [(5, false), (7, true), (8, false)]);
        let ports: Vec<String> = file
            .services("/".into(), None, &BTreeMap::new())
            .iter()
            .map(|service| service.env[1].1.clone())
            .collect();
        assert_eq!(ports, ["5000", "5100", "5200", "5300"]);
        let high = file.services("/".into(), Some(65500), &BTreeMap::new());
        let beyond: Vec<Option<u32>> = high.iter().map(port_beyond).collect();
        assert_eq!(beyond, [None, Some(65600), Some(65700), Some(65800)]);
    }

    #[test]
    fn what_is_no_process_for_foreman_moves_nobodys_port() {
        let file = read("\u{feff}x: 1\n  a: 2\na.b: 3\nc : 4\n  # no\nd: 5\n");
        assert_eq!(file.entries.len(), 1);
        assert_eq!(
            (file.entries[0].name.as_str(), file.entries[0].line),
            ("d", 6)
        );
        let odd = file.odd.iter().map(|odd| (odd.line, odd.why.is_some()));
        assert_eq!(
            odd.collect::<Vec<_>>(),
            [(1, true), (2, true), (3, true), (4, true)]
        );
    }

    /// As foreman 0.87 was seen to do it: it says `unknown command:` of blanks, and their port is taken.
    #[test]
    fn a_name_without_a_command_is_told_and_blanks_behind_it_have_a_port() {
        let file = read("a:\nb: x\nc: \t \nd: y\n");
        let odd: Vec<(usize, Option<&str>)> =
            file.odd.iter().map(|odd| (odd.line, odd.why)).collect();
        let why = Some("since no command stands behind its colon");
        assert_eq!(odd, [(1, why), (3, why)]);
        let services = file.services("/".into(), None, &BTreeMap::new());
        let ports: Vec<&str> = services.iter().map(|one| one.env[1].1.as_str()).collect();
        assert_eq!(ports, ["5000", "5200"]);
    }

    #[test]
    fn several_of_one_are_numbered_and_none_is_left_out() {
        let scale = BTreeMap::from([("web".to_owned(), 2), ("mail".to_owned(), 0)]);
        let services = read("web: a\nmail: b\nworker: c\n").services("/".into(), None, &scale);
        let told: Vec<(&str, &str, &str)> = services
            .iter()
            .map(|one| {
                (
                    one.name.as_str(),
                    one.env[0].1.as_str(),
                    one.env[1].1.as_str(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("web-1", "web.1", "5000"),
                ("web-2", "web.2", "5001"),
                ("worker", "worker.1", "5200")
            ]
        );
    }

    #[test]
    fn the_env_file_is_read_as_foreman_reads_it() {
        let text = "A=1\n# no\nB='it''s'\nC=\"two\\nlines \\\"x\\\"\"\nexport D=4\nE=a#b $HOME\n F=6\nG=\n";
        let read = read_env(text);
        let pairs: Vec<(&str, &str)> = read
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("A", "1"),
                ("B", "it''s"),
                ("C", "two\nlines \"x\""),
                ("E", "a#b $HOME"),
                ("G", "")
            ]
        );
    }

    #[test]
    fn variables_are_put_into_the_line_as_foreman_does_it() {
        let env = [
            ("A", "1 2"),
            ("URL", "http://h:$PORT/$A"),
            ("PORT", "5000"),
            ("PS", "web.1"),
        ];
        let names: Vec<String> = env.iter().map(|(name, _)| (*name).to_owned()).collect();
        let values = env
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        for (line, wanted) in [
            (
                "python3 -c 'print(\"port $PORT\")'",
                "python3 -c 'print(\"port 5000\")'",
            ),
            // One after the other: a value that names an earlier one keeps it.
            ("run $URL", "run http://h:5000/$A"),
            ("run ${PORT} \\$PORT $$PORT", "run ${PORT} \\5000 $5000"),
            (
                "psql -h $PSQL_HOST $PORT_2 $PS",
                "psql -h $PSQL_HOST $PORT_2 web.1",
            ),
            ("é$A$A$OTHER", "é1 21 2$OTHER"),
        ] {
            assert_eq!(expanded(line, &names, &values), wanted);
        }
    }

    #[test]
    fn a_name_that_comes_again_keeps_its_place() {
        let read = read_env("A=1\nB=2\nA=3\n");
        assert_eq!(
            read,
            [("A", "3"), ("B", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    proptest! {
        #[test]
        fn whatever_stands_there_names_are_unique_and_every_line_is_accounted_for(text in "(?s).{0,200}") {
            let file = read(&text);
            let names: BTreeSet<&str> = file.entries.iter().map(|entry| entry.name.as_str()).collect();
            prop_assert_eq!(names.len(), file.entries.len());
            prop_assert!(file.entries.len() + file.odd.len() <= text.lines().count());
            let _ = read_env(&text);
        }
    }
}
