//! `.foreman`: the options that foreman takes from the folder where it is started, a flat list in YAML.

use std::collections::BTreeMap;
use std::time::Duration;

/// What it says that we go by, and what it says besides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Defaults {
    /// The first process's port, and the line that says it, counted from one.
    pub port: Option<(u16, usize)>,
    /// How many there are to be of each.
    pub formation: Option<Formation>,
    /// The env files that are read in place of `.env`, with commas between them, and the line that says it.
    pub env: Option<(String, usize)>,
    /// The folder in which everything runs and whose `.env` is read, and the line that says it.
    pub root: Option<(String, usize)>,
    /// How long processes may take to end before they are killed.
    pub timeout: Option<Duration>,
    /// Options that foreman does not know any more, each with its line.
    pub bygone: Vec<(usize, &'static str)>,
    /// Options that are not ours, and those that say nothing we can go by, each with its line and why.
    pub others: Vec<(usize, String, &'static str)>,
    /// Lines that are no option at all: foreman would not start with most of them.
    pub unread: Vec<usize>,
}

/// How many there are to be of each process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Formation {
    /// Its line in the file, counted from one.
    pub line: usize,
    /// Those of its pairs that have no number.
    pub numberless: Vec<String>,
    named: BTreeMap<String, u32>,
    /// Of those that are not named; none at all unless `all` says so.
    all: u32,
}

impl Formation {
    /// As the option is written: `web=2,worker=1`, `all=1,mail=0`. What is no number is 0 for foreman.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut formation = Self::default();
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        for pair in text.split(',').filter(|pair| !pair.is_empty()) {
            let (name, count) = pair.split_once('=').unwrap_or((pair, ""));
            let count = count.parse().unwrap_or_else(|_| {
                formation.numberless.push(pair.to_owned());
                0
            });
            if name == "all" {
                formation.all = count;
            } else {
                formation.named.insert(name.to_owned(), count);
            }
        }
        formation
    }

    /// The processes that it names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// How many there are to be of a process.
    #[must_use]
    pub fn of(&self, name: &str) -> u32 {
        self.named.get(name).copied().unwrap_or(self.all)
    }
}

/// Reads such a file.
#[must_use]
pub fn read(text: &str) -> Defaults {
    let mut defaults = Defaults::default();
    for (at, line) in text.lines().enumerate() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with('#') || ["---", "..."].contains(&line) {
            continue;
        }
        // Ruby's symbols are keys, too.
        let option = line.trim_start_matches(':').split_once(':');
        let option = option.and_then(|(key, value)| Some((bare(key)?, bare(value)?)));
        let Some((key, value)) = option else {
            defaults.unread.push(at + 1);
            continue;
        };
        match key {
            // What has no value is not said.
            "port" | "formation" | "env" | "root" | "timeout" if value.is_empty() => {}
            "port" => match value.parse() {
                Ok(port) => defaults.port = Some((port, at + 1)),
                Err(_) => defaults
                    .others
                    .push((at + 1, format!("port: {value}"), PORT)),
            },
            "formation" => {
                defaults.formation = Some(Formation {
                    line: at + 1,
                    ..Formation::read(value)
                });
            }
            "env" => defaults.env = Some((value.to_owned(), at + 1)),
            "root" => defaults.root = Some((value.to_owned(), at + 1)),
            "timeout" => match seconds(value) {
                Some(time) => defaults.timeout = Some(time),
                None => defaults
                    .others
                    .push((at + 1, format!("timeout: {value}"), TIMEOUT)),
            },
            // The name of `formation` before foreman 0.64.
            "concurrency" => defaults.bygone.push((at + 1, "concurrency")),
            // Which file it is was said already, and how lines look is ours.
            "procfile" | "color" | "timestamp" => {}
            other => defaults
                .others
                .push((at + 1, other.to_owned(), "no option of ours")),
        }
    }
    defaults
}

/// Why a port is passed over, and a timeout.
const PORT: &str = "no port from 0 to 65535";
const TIMEOUT: &str = "no number of seconds from above 0 to 86400";

/// A day: nobody waits longer for an end.
const LONGEST: f64 = 86_400.0;

/// A time in seconds. For foreman 0 is no limit at all, which nothing here has.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    let is_time = seconds > 0.0 && seconds <= LONGEST;
    is_time.then(|| Duration::from_secs_f64(seconds))
}

/// A key or a value without its quotes; none where one of them is not closed.
fn bare(text: &str) -> Option<&str> {
    let text = text.trim();
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text[1..].strip_suffix(quote),
        _ => Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_option_and_what_is_no_number_is_told() {
        let text =
            "formation: web=x,w=2,mail\n- port\nnonsense\n\t\"port: 1\nport: \"7000\nport:\n...\n";
        let read = read(text);
        assert_eq!((read.port, read.unread), (None, vec![2, 3, 4, 5]));
        let formation = read.formation.expect("it is said");
        assert_eq!(formation.numberless, ["web=x", "mail"]);
        assert_eq!((formation.line, formation.of("web")), (1, 0));
    }

    #[test]
    fn who_is_not_named_is_not_started_unless_all_are() {
        let named = Formation::read("web=2, w=1,mail=x");
        let of = |formation: &Formation| ["web", "w", "mail", "z"].map(|name| formation.of(name));
        assert_eq!(of(&named), [2, 1, 0, 0]);
        assert_eq!(of(&Formation::read("all=1,mail=0")), [1, 1, 0, 1]);
    }

    #[test]
    fn options_are_one_a_line() {
        let odd = read("port: 70000\n");
        assert_eq!((odd.port, odd.others.len()), (None, 1));
        for wrong in ["0", "-1", "soon", "1e9", "nan"] {
            let odd = read(&format!("timeout: {wrong}\n"));
            assert_eq!((odd.timeout, odd.others.len()), (None, 1), "{wrong}");
        }
        let half = read("timeout: 0.5\n").timeout;
        assert_eq!(half, Some(Duration::from_millis(500)));
        let text = "---\n# ours\n:port: 6000 # first\nformation: \"web=2\"\nprocfile: P\nenv: .env.dev\ntimeout: 9\nroot: sub\nconcurrency: web=3\n";
        let read = read(text);
        assert_eq!(read.port, Some((6000, 3)));
        assert_eq!(read.formation.map(|all| all.of("web")), Some(2));
        assert_eq!(read.timeout, Some(Duration::from_secs(9)));
        assert_eq!(read.others, []);
        assert_eq!(read.env, Some((".env.dev".to_owned(), 6)));
        assert_eq!(read.root, Some(("sub".to_owned(), 8)));
        assert_eq!(read.bygone, [(9, "concurrency")]);
    }
}
