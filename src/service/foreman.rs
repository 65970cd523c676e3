//! `.foreman`: the options that foreman takes from the folder where it is started, a flat list in YAML.

use std::collections::BTreeMap;

/// What it says that we go by, and what it says besides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Defaults {
    /// The first process's port.
    pub port: Option<u16>,
    /// How many there are to be of each.
    pub formation: Option<Formation>,
    /// Options that are not ours, each with its line, counted from one.
    pub others: Vec<(usize, String)>,
}

/// How many there are to be of each process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Formation {
    named: BTreeMap<String, u32>,
    /// Of those that are not named; none at all unless `all` says so.
    all: u32,
}

impl Formation {
    /// As the option is written: `web=2,worker=1`, `all=1,mail=0`. What is no number is 0 there.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut formation = Self::default();
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        for pair in text.split(',').filter(|pair| !pair.is_empty()) {
            let (name, count) = pair.split_once('=').unwrap_or((pair, ""));
            let count = count.parse().unwrap_or(0);
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
        // Ruby's symbols are keys, too.
        let line = line.trim_start_matches(':');
        let Some((key, value)) = line.split_once(':').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let key = key.trim().trim_matches(['"', '\'']);
        let value = value.trim().trim_matches(['"', '\'']);
        match key {
            "port" => match value.parse() {
                Ok(port) => defaults.port = Some(port),
                Err(_) => defaults.others.push((at + 1, format!("port: {value}"))),
            },
            // Its name before foreman 0.64.
            "formation" | "concurrency" => defaults.formation = Some(Formation::read(value)),
            // Which file it is was said already, and how lines look is ours.
            "procfile" | "color" | "timestamp" => {}
            other => defaults.others.push((at + 1, other.to_owned())),
        }
    }
    defaults
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let text = "---\n# ours\n:port: 6000 # first\nconcurrency: \"web=2\"\nprocfile: P\nenv: .env.dev\ntimeout: 9\n";
        let read = read(text);
        assert_eq!(read.port, Some(6000));
        assert_eq!(read.formation.map(|all| all.of("web")), Some(2));
        let others = [(6, "env".to_owned()), (7, "timeout".to_owned())];
        assert_eq!(read.others, others);
    }
}
