//! Known causes: what the last words of a process mean, and the way out.

use std::collections::BTreeMap;

use crate::text::remedy;

/// The variables that the schemas declare: by tier, each with what it is for.
pub type Declared = BTreeMap<String, BTreeMap<String, String>>;

/// Why a process ended, as far as its last words tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What it means.
    pub meaning: String,
    /// The next command to type.
    pub way_out: String,
}

/// Who said the last words.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'a> {
    /// The service.
    pub service: &'a str,
    /// Its tier.
    pub tier: Option<&'a str>,
    /// The port that it is to listen on.
    pub port: Option<u16>,
    /// Whether it runs without a workspace, of a Procfile: no command of ours knows more of it.
    pub is_alone: bool,
    /// What the schemas declare.
    pub declared: &'a Declared,
}

impl Speaker<'_> {
    /// A way out for who has a workspace, and one for who has none.
    fn way<'w>(self, of_workspace: &'w str, alone: &'w str) -> &'w str {
        if self.is_alone { alone } else { of_workspace }
    }
}

/// The cause that the last lines of a process point to; the latest line counts most.
#[must_use]
pub fn of(speaker: Speaker<'_>, lines: &[&str]) -> Option<Cause> {
    missing_variable(speaker, lines)
        .or_else(|| lines.iter().rev().find_map(|line| known(speaker, line)))
}

fn cause(meaning: String, way_out: impl Into<String>) -> Cause {
    Cause {
        meaning,
        way_out: way_out.into(),
    }
}

/// A line that complains of something missing, with the name of a variable that a schema knows in
/// it or directly before it: pydantic names the field, then says `Field required`.
fn missing_variable(speaker: Speaker<'_>, lines: &[&str]) -> Option<Cause> {
    const COMPLAINTS: [&str; 10] = [
        "Field required",
        "KeyError:",
        "is required",
        "required",
        "Required",
        "is not set",
        "is not defined",
        "must be set",
        "missing",
        "Missing",
    ];
    let tier = speaker.tier.unwrap_or("backend");
    let known = |word: &str| -> Option<(String, &String)> {
        let name = word.to_ascii_uppercase();
        let tiers = speaker.declared.get(tier).into_iter();
        let purpose = tiers
            .chain(speaker.declared.get("root"))
            .find_map(|names| names.get(&name))?;
        Some((name, purpose))
    };
    let words = |line: &'_ str| -> Vec<String> {
        line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|word| word.contains('_') || word.chars().all(|c| c.is_ascii_uppercase()))
            .map(str::to_owned)
            .collect()
    };
    for (at, line) in lines.iter().enumerate().rev() {
        if !COMPLAINTS.iter().any(|complaint| line.contains(complaint)) {
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| lines.get(at));
        let named = std::iter::once(line)
            .chain(before)
            .find_map(|line| words(line).iter().find_map(|word| known(word)));
        if let Some((name, purpose)) = named {
            let what = if purpose.is_empty() {
                String::new()
            } else {
                format!(" ({purpose})")
            };
            return Some(cause(
                format!(
                    "`{name}`{what} is not set where `{}` looks",
                    speaker.service
                ),
                format!("pixcrawler env check --tier {tier}"),
            ));
        }
    }
    None
}

fn known(speaker: Speaker<'_>, line: &str) -> Option<Cause> {
    let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
    let check = if speaker.is_alone {
        "correct it in .env, beside the Procfile".to_owned()
    } else {
        format!(
            "pixcrawler env check --tier {}",
            speaker.tier.unwrap_or("backend")
        )
    };
    if let Some(module) = line.split("No module named ").nth(1) {
        return Some(python_module(module));
    }
    if let Some(import) = line.split("cannot import name ").nth(1) {
        return Some(missing_name(import));
    }
    if has(&[
        "ddress already in use",
        "EADDRINUSE",
        "Errno 98",
        "Errno 48",
        "WinError 10048",
    ]) {
        return match speaker.port.or_else(|| port_in(line)) {
            Some(port) => Some(cause(
                format!("somebody else listens on port {port}"),
                format!("{}   shows who", remedy::show_listener(port)),
            )),
            None => Some(cause(
                "somebody else listens on its port".to_owned(),
                speaker.way(
                    "pixcrawler dev --dry-run (shows the ports), then stop the other program",
                    "stop the other program, or give this one another port",
                ),
            )),
        };
    }
    if has(&["validation error", "SettingsError"]) {
        let what = "a variable is not set, or has a value that it cannot use";
        return Some(cause(what.to_owned(), check));
    }
    if has(&[
        "Cannot find module",
        "Cannot find package",
        "Module not found",
        "Can't resolve",
        "Could not resolve",
    ]) {
        return Some(javascript_module(line));
    }
    if has(&[
        "onnection refused",
        "ECONNREFUSED",
        "Connect call failed",
        "actively refused",
    ]) {
        return Some(refused(speaker, line));
    }
    if has(&[
        "password authentication failed",
        "WRONGPASS",
        "NOAUTH",
        "invalid username-password pair",
    ]) {
        return Some(cause(
            "a server refuses the password that it was given".to_owned(),
            check,
        ));
    }
    if line.contains("does not exist") && has(&["database \"", "role \"", "relation \""]) {
        let way = if line.contains("relation \"") {
            speaker.way("pixcrawler dev --migrate", "run the program's migrations")
        } else {
            speaker.way("pixcrawler doctor", "make it there, or correct the name")
        };
        return Some(cause(
            "the database server has nothing of that name".to_owned(),
            way,
        ));
    }
    if has(&["heap out of memory"]) {
        return Some(cause(
            "JavaScript ran out of its memory".to_owned(),
            speaker.way(
                "NODE_OPTIONS=--max-old-space-size=4096 pixcrawler dev",
                "NODE_OPTIONS=--max-old-space-size=4096 in .env, beside the Procfile",
            ),
        ));
    }
    if has(&["No space left on device", "ENOSPC"]) {
        return Some(cause(
            "the disk is full, or there are too many file watches".to_owned(),
            "df -h .",
        ));
    }
    if has(&["command not found", "is not recognized", ": not found"]) {
        return Some(missing_program(speaker, line));
    }
    None
}

/// A shell did not find a program: `sh: 1: NAME: not found`, `bash: line 1: NAME: command not found`.
fn missing_program(speaker: Speaker<'_>, line: &str) -> Cause {
    let service = speaker.service;
    let before = line
        .split_once(": command not found")
        .or_else(|| line.split_once(": not found"))
        .map_or("", |(before, _)| before);
    let named = before.rsplit(": ").next().unwrap_or_default();
    // A name with a folder in it is not looked for anywhere.
    if named.contains('/') {
        return cause(
            format!(
                "there is no program `{named}` where `{service}` runs, or none that can run what is in it"
            ),
            "correct its path, or make the file",
        );
    }
    let what = if named.is_empty() || named.contains(char::is_whitespace) {
        "a program".to_owned()
    } else {
        format!("the program `{named}`")
    };
    cause(
        format!("{what} that `{service}` needs is not on PATH"),
        speaker.way(
            "pixcrawler doctor",
            "install it, or name it with its folder",
        ),
    )
}

/// Python did not find a module: `'NAME'`, or `'NAME'; 'PARENT' is not a package`.
fn python_module(rest: &str) -> Cause {
    let (first, behind) = rest.split_once(';').unwrap_or((rest, ""));
    let module = first.trim_matches(['\'', '"', ' ']);
    let top = module.split('.').next().unwrap_or(module);
    if behind.contains("is not a package") {
        let parent = behind.split('\'').nth(1).unwrap_or(top);
        return cause(
            format!(
                "`{parent}` is a single file here, and `{module}` would be in a package of that name: a file `{top}.py` beside the code hides it"
            ),
            format!(
                "python3 -c \"import {top}; print({top}.__file__)\"   shows the file; give it another name"
            ),
        );
    }
    cause(
        format!("the Python package `{module}` is not installed, or not importable from here"),
        format!("uv sync --all-packages   or, without a pyproject.toml: uv pip install {top}"),
    )
}

/// Python found a module, and not the name in it: `'NAME' from 'MODULE' (PATH)`.
fn missing_name(import: &str) -> Cause {
    let mut quoted = import.split('\'').skip(1).step_by(2);
    let name = quoted.next().unwrap_or("a name");
    // A circle is told as `partially initialized module 'MODULE'`.
    let module = quoted.next().unwrap_or("a module");
    if import.contains("partially initialized") {
        return cause(
            format!("`{module}` imports, by way of others, the one that imports `{name}` from it"),
            format!("import `{name}` inside the function that needs it"),
        );
    }
    if import.contains("site-packages") {
        let package = module.split('.').next().unwrap_or(module);
        return cause(
            format!(
                "the installed `{package}` has no `{name}`: the code was written for another version of it"
            ),
            format!(
                "uv pip show {package}   says which; then pin in pyproject.toml the one that has it"
            ),
        );
    }
    cause(
        format!("`{module}` has no `{name}`"),
        format!("correct the import, or define `{name}` there"),
    )
}

fn javascript_module(line: &str) -> Cause {
    let behind = ["find module", "find package", "t resolve", "not resolve"];
    let rest = behind.iter().find_map(|words| line.split(words).nth(1));
    let mut quoted = rest.unwrap_or_default().split(['\'', '"', '`']);
    let name = quoted.nth(1).unwrap_or_default();
    // `./x`, `/x` and the alias `@/x` are files of the project.
    if name.starts_with(['.', '/']) || name.starts_with("@/") {
        return cause(
            format!("`{name}` is imported and is not there"),
            "correct the import, or restore the file",
        );
    }
    let what = if name.is_empty() {
        "a JavaScript package".to_owned()
    } else {
        format!("the JavaScript package `{name}`")
    };
    cause(
        format!("{what} is not installed"),
        "bun install (in the frontend's folder)",
    )
}

/// Whose connection was refused, by the words around it or by its port.
fn refused(speaker: Speaker<'_>, line: &str) -> Cause {
    let service = speaker.service;
    let lower = line.to_ascii_lowercase();
    let port = port_in(line);
    let at = port.map_or_else(String::new, |port| format!(" at port {port}"));
    let (what, way) =
        if lower.contains("redis") || lower.contains("amqp") || matches!(port, Some(6379..=6389)) {
            (format!("Redis{at}"), remedy::start_redis())
        } else if lower.contains("postgres")
            || lower.contains("psycopg")
            || lower.contains("connection to server")
            || matches!(port, Some(5432..=5439 | 54320..=54329))
        {
            (format!("Postgres{at}"), remedy::start_postgres())
        } else {
            let who = if at.is_empty() {
                "a server".to_owned()
            } else {
                format!("the server{at}")
            };
            return cause(
                format!("{who} that `{service}` needs does not answer"),
                speaker.way("pixcrawler doctor", "start it, or correct its address"),
            );
        };
    let way = if speaker.is_alone {
        way.to_owned()
    } else {
        format!("let pixcrawler dev start it (without --no-managed), or: {way}")
    };
    cause(format!("{what} does not answer"), way)
}

/// A port in an error: `localhost:6379`, `('127.0.0.1', 5432)`, `port 5432`.
fn port_in(line: &str) -> Option<u16> {
    let words: Vec<&str> = line
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .collect();
    let is_host = |word: &str| {
        let word = word.trim_matches('.');
        word.eq_ignore_ascii_case("localhost")
            || word.eq_ignore_ascii_case("port")
            || word.parse::<std::net::Ipv4Addr>().is_ok()
    };
    let mut after_host = false;
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        match word.trim_matches('.').parse::<u16>() {
            Ok(port) if after_host && port > 0 => return Some(port),
            _ => after_host = is_host(word),
        }
    }
    None
}

#[cfg(test)]
mod tests;
