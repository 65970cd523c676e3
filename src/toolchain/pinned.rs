//! A tool that is another version than the one that a file, or a variable, pins.

use crate::diagnostic::Finding;
use crate::text::remedy;

use super::install::NODES;
use super::version::Version;
use super::{PINNED, Tool, choice};

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
        return Some(finding.help(match tool.name {
            _ if let Some(name) = pin.variable() => remedy::unset(&[name.to_owned()]),
            "python" => format!("uv python pin {}", version.line(2)),
            _ => remedy::open_at(&pin.file, 1),
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
    Some(finding.note(format!("or change {place}")).help(way))
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
        assert_eq!(judge_pin(&pinned("3.11"), &version), None);
    }
}
