//! What the files of settings of npm and bun say of what is not to be installed, or not to be locked.

use super::settings::line_of;

/// One setting, as it stands in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The line, from 1.
    pub line: usize,
    /// As it is written: `production = true`.
    pub text: String,
}

/// What a `bunfig.toml` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bunfig {
    /// Whether what only developers need is left out, by which setting.
    pub without_dev: Option<(bool, Held)>,
    /// Whether the lock is left as it is, by which setting.
    pub frozen: Option<(bool, Held)>,
    /// Whether it says nothing else, so that nobody misses it where it is passed over.
    pub is_all: bool,
}

/// Reads a `bunfig.toml`; nothing where it is no TOML, which bun says itself.
#[must_use]
pub fn bunfig(text: &str) -> Bunfig {
    let document = text.trim_start_matches('\u{feff}').parse::<toml::Table>();
    let document = document.unwrap_or_default();
    let empty = toml::Table::new();
    let install = document.get("install").and_then(toml::Value::as_table);
    let install = install.unwrap_or(&empty);
    let held = |key: &str| {
        let value = install.get(key)?.as_bool()?;
        let held = Held {
            line: line_of(text, key),
            text: format!("{key} = {value}"),
        };
        Some((value, held))
    };
    let (production, dev) = (held("production"), held("dev"));
    let on = |it: Option<(bool, Held)>| it.filter(|(value, _)| *value);
    let off = dev.map(|(value, held)| (!value, held));
    // One that leaves them out counts before one that does not.
    let without_dev = on(production.clone()).or_else(|| on(off.clone()));
    let known = ["production", "dev", "frozenLockfile"];
    Bunfig {
        without_dev: without_dev.or(production).or(off),
        // With `production` it is, too.
        frozen: on(held("frozenLockfile"))
            .or_else(|| on(held("production")))
            .or_else(|| held("frozenLockfile")),
        is_all: document.keys().all(|key| key == "install")
            && install.keys().all(|key| known.contains(&key.as_str())),
    }
}

/// The setting of an `.npmrc` that leaves out what only developers need; `include` counts before it. bun knows
/// `omit` alone.
#[must_use]
pub fn npmrc(text: &str, is_bun: bool) -> Option<Held> {
    let settings = text.lines().enumerate().filter_map(|(at, line)| {
        let line = line.trim();
        let (key, value) = line.split_once('=')?;
        let key = key.trim().trim_end_matches("[]").trim_end();
        let value = value.trim().trim_matches(['"', '\'']);
        (!line.starts_with(['#', ';'])).then_some((at + 1, line, key, value))
    });
    let mut held = None;
    for (at, text, key, value) in settings {
        match (key, value) {
            ("include", "dev") => return None,
            ("omit", "dev") => {}
            ("production", "true") | ("only", "prod" | "production") if !is_bun => {}
            _ => continue,
        }
        held = held.or(Some(Held {
            line: at,
            text: text.to_owned(),
        }));
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bun_is_told_in_its_file_what_to_leave_out() {
        let said = |text: &str| {
            let it = bunfig(text);
            let on = |it: Option<(bool, Held)>| {
                it.map(|(value, held)| format!("{value} {}: {}", held.line, held.text))
            };
            (on(it.without_dev), on(it.frozen), it.is_all)
        };
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(
            said("[install]\nproduction = true\ndev = true\n"),
            (
                told("true 2: production = true"),
                told("true 2: production = true"),
                true
            )
        );
        assert_eq!(
            said("[install]\nproduction = false\ndev = false\n"),
            (told("true 3: dev = false"), None, true)
        );
        assert_eq!(
            said("[install]\nfrozenLockfile = true\nregistry = \"https://a.example\"\n"),
            (None, told("true 2: frozenLockfile = true"), false)
        );
        assert_eq!(said("[run]\nbun = true\n"), (None, None, false));
        assert_eq!(
            said("install.production = true\n").0,
            told("true 1: production = true")
        );
        assert_eq!(
            said("[install]\nproduction = false\n").0,
            told("false 2: production = false")
        );
    }

    #[test]
    fn npm_is_told_in_more_ways_than_bun() {
        let line = |text: &str, is_bun| npmrc(text, is_bun).map(|held| held.line);
        for (text, by_npm, by_bun) in [
            ("omit=dev\n", Some(1), Some(1)),
            ("a=b\nomit[] = \"dev\"\n", Some(2), Some(2)),
            ("production=true\n", Some(1), None),
            ("only=prod\n", Some(1), None),
            ("omit=dev\ninclude=dev\n", None, None),
            ("# omit=dev\nomit=optional\n", None, None),
        ] {
            assert_eq!(
                (line(text, false), line(text, true)),
                (by_npm, by_bun),
                "{text}"
            );
        }
    }
}
