//! A tool that is another version than the one that a file, or a variable, pins.

use crate::diagnostic::{Finding, Severity};
use crate::text::remedy;

use super::install::NODES;
use super::version::Version;
use super::{PINNED, Pin, Range, Tool, choice};

/// A pin that uv passes over, since it means no Python.
#[must_use]
pub fn passed_over(tool: &Tool, pin: &Pin) -> Finding {
    let message = format!("{}:{} pins no Python: `{}`", pin.file, pin.line, pin.wanted);
    Finding::new(&PINNED, message)
        .subject(tool.name)
        .note("uv passes over what it does not know, and takes any Python that fits the manifests")
        .help(remedy::open_at(&pin.file, pin.line))
}

/// What a file pins, where the version is another one.
pub(super) fn judge_pin(tool: &Tool, version: &Version) -> Option<Finding> {
    let pin = tool.pinned.as_ref()?;
    // `lts/*`, `pypy@3.10`, a path: not ours to compare.
    let range = pin.range(tool.name)?;
    if range.contains(version) {
        return None;
    }
    let (wanted, place) = (&pin.wanted, pin.place());
    let finding = Finding::new(
        &PINNED,
        format!("{} is {version}, {place} pins {wanted}", tool.name),
    )
    .subject(tool.name);
    if !choice::meet(&range, &tool.range) {
        let finding = finding.note(format!("{wanted} is outside {}", tool.range));
        let finding = if tool.name == "python" {
            finding
                .severity(Severity::Error)
                .note("uv runs nothing and installs nothing while the two exclude each other")
        } else {
            bound(finding, tool, version)
        };
        return Some(finding.help(match tool.name {
            _ if let Some(name) = pin.variable() => remedy::unset(&[name.to_owned()]),
            "python" => format!("uv python pin {}", version.line(2)),
            _ => remedy::open_at(&pin.file, pin.line),
        }));
    }
    let way = match tool.name {
        "python" => {
            let wanted = remedy::quoted(wanted);
            format!("uv python install {wanted} && uv sync --all-packages --python {wanted}")
        }
        "node" => {
            // Neither takes a range.
            let number = wanted.trim_start_matches('v');
            let plain = number
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.');
            let number = if plain {
                number.to_owned()
            } else {
                choice::line(&range, NODES)
                    .or_else(|| choice::one(&range))
                    .unwrap_or_default()
            };
            let line = number.split('.').next().unwrap_or_default();
            let of_manager = |way: &&String| {
                let managers = ["fnm ", "volta ", "mise ", "nvm ", ". "];
                managers.iter().any(|name| way.starts_with(name))
            };
            match tool.install.iter().find(of_manager) {
                Some(way) => way.clone(),
                // A package is of one line, its versions are whole.
                None if cfg!(windows) && number.split('.').count() < 3 => {
                    format!("winget install OpenJS.NodeJS.{line}")
                }
                None if cfg!(windows) => {
                    format!("winget install OpenJS.NodeJS --version {number}")
                }
                // npx is refused, too.
                None if pin.is_bound => format!("npm install -g n && n {number}"),
                None => format!("npx -y n {number}"),
            }
        }
        _ => {
            let by_npm = |way: &&String| way.starts_with("npm install ");
            let way = tool.install.iter().find(by_npm);
            way.map_or_else(|| tool.install().to_owned(), Clone::clone)
        }
    };
    // What runs is the environment's: uv takes another one as soon as it looks.
    let finding = if tool.name == "python" && !["uv", "python", "python3"].contains(&tool.program())
    {
        finding.note(format!(
            "the next `uv sync`, that of pixcrawler dev too, makes the environment anew with {wanted}"
        ))
    } else {
        finding
    };
    let finding = bound(finding, tool, version);
    Some(finding.note(format!("or change {place}")).help(way))
}

/// The first npm that looks at `devEngines`.
pub const BINDING_NPM: &str = ">=10.9";

/// An error where npm refuses to run.
fn bound(finding: Finding, tool: &Tool, version: &Version) -> Finding {
    let is_bound = tool.pinned.as_ref().is_some_and(|pin| pin.is_bound);
    let is_too_old = tool.name == "npm" && !Range::of_npm(BINDING_NPM).contains(version);
    if is_bound && !is_too_old {
        let note = "npm runs no command with another one (EBADDEVENGINES)";
        finding.severity(Severity::Error).note(note)
    } else {
        finding
    }
}

/// A release of Python that is pinned, is not there, and that uv knows no download of.
pub(super) fn nowhere(tool: &Tool) -> Option<Finding> {
    let pin = tool.pinned.as_ref()?;
    let release = Version::parse(&pin.release()?)?;
    let line = release.line(2);
    let message = format!(
        "there is no Python {release}, which {} pins: uv finds none and knows no download of it",
        pin.place()
    );
    let finding = Finding::new(&PINNED, message)
        .severity(Severity::Error)
        .subject(tool.name)
        .note("uv runs nothing and installs nothing without it; a newer uv may know more releases");
    Some(finding.help(match pin.variable() {
        Some(name) => remedy::unset(&[name.to_owned()]),
        None => format!("uv python pin {line}"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::{Pin, Range, UV_PYTHON};

    #[test]
    fn a_pin_of_the_process_environment_is_taken_from_there() {
        let pinned = |wanted: &str| Tool {
            pinned: Some(Pin::of_variable(UV_PYTHON, wanted)),
            command: vec!["/w/.venv/bin/python".to_owned()],
            name: "python",
            range: Range::parse(">=3.11"),
            install: Vec::new(),
            asked_in: "pyproject.toml".to_owned(),
            requires: Vec::new(),
        };
        let version = Version::parse("3.11.7").expect("a version");
        let told = judge_pin(&pinned("3.12"), &version).expect("another one");
        assert_eq!(
            told.message,
            "python is 3.11.7, UV_PYTHON in the process environment pins 3.12"
        );
        let notes = told.notes.join("; ");
        assert!(notes.contains("makes the environment anew"), "{notes}");
        let told = judge_pin(&pinned("3.10"), &version).expect("another one");
        assert_eq!(told.help, Some(remedy::unset(&["UV_PYTHON".to_owned()])));
        assert_eq!(told.severity, Severity::Error);
        assert_eq!(judge_pin(&pinned("3.11"), &version), None);
    }

    fn of_file(name: &'static str, range: Range, pin: Pin) -> Tool {
        Tool {
            pinned: Some(pin),
            command: vec![name.to_owned()],
            name,
            range,
            install: vec!["npm install -g 'npm@>=99'".to_owned()],
            asked_in: String::new(),
            requires: Vec::new(),
        }
    }

    fn pin(wanted: &str, is_bound: bool) -> Pin {
        Pin {
            wanted: wanted.to_owned(),
            file: "a file".to_owned(),
            key: None,
            line: 1,
            is_bound,
        }
    }

    #[test]
    fn what_excludes_the_range_of_the_project_is_an_error() {
        let python = of_file("python", Range::parse(">=3.11"), pin("3.9", false));
        let version = Version::parse("3.11.7").expect("a version");
        let told = judge_pin(&python, &version).expect("another one");
        assert_eq!(told.severity, Severity::Error);
        assert_eq!(told.help.as_deref(), Some("uv python pin 3.11"));
    }

    #[test]
    fn what_npm_refuses_is_an_error_where_it_is_new_enough() {
        let severity = |version: &str, is_bound| {
            let npm = of_file("npm", Range::of_npm(">=1"), pin(">=99", is_bound));
            let version = Version::parse(version).expect("a version");
            judge_pin(&npm, &version).map(|told| told.severity)
        };
        assert_eq!(severity("11.19.1", true), Some(Severity::Error));
        assert_eq!(severity("10.8.2", true), Some(Severity::Warning));
        assert_eq!(severity("11.19.1", false), Some(Severity::Warning));
    }

    #[test]
    fn a_release_that_is_nowhere_gives_way_to_its_line() {
        let python = |wanted: &str| of_file("python", Range::parse(""), pin(wanted, false));
        let told = nowhere(&python("3.11.99")).expect("one release");
        assert_eq!(told.help.as_deref(), Some("uv python pin 3.11"));
        assert_eq!(nowhere(&python("3.11")), None);
    }
}
