//! A Python that asdf or mise would choose, of which uv knows nothing.

use crate::diagnostic::Finding;
use crate::text::remedy;

use super::version::Version;
use super::{PINNED, Pin, Tool, choice};

/// What their file pins, where the workspace runs another version.
#[must_use]
pub fn judge_listed(tool: &Tool, pin: &Pin, version: &Version) -> Option<Finding> {
    let range = pin.range("python").filter(|it| !it.contains(version))?;
    let (wanted, file) = (&pin.wanted, &pin.file);
    let message = format!("python is {version}, {file}:{} pins {wanted}", pin.line);
    let finding = Finding::new(&PINNED, message).subject(tool.name);
    let is_free = tool.pinned.is_none();
    let note = format!(
        "asdf and mise choose by {file}, which uv does not read: it takes what .python-version pins, or else \
         what requires-python allows"
    );
    if is_free && choice::meet(&range, &tool.range) {
        let wanted = remedy::quoted(wanted);
        return Some(
            finding
                .note(note)
                .note(format!("or change {file}"))
                .help(format!(
                    "uv python install {wanted} && uv python pin {wanted} && uv sync --all-packages"
                )),
        );
    }
    let finding = if is_free {
        finding.note(format!("{wanted} is outside {}", tool.range))
    } else {
        finding
    };
    Some(finding.note(note).help(remedy::open_at(file, pin.line)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::Range;

    #[test]
    fn what_uv_does_not_read_is_compared_all_the_same() {
        let told = |wanted: &str, range: &str| {
            let tool = Tool {
                name: "python",
                command: Vec::new(),
                range: Range::parse(range),
                install: Vec::new(),
                pinned: None,
                asked_in: String::new(),
                requires: Vec::new(),
            };
            let pin = Pin {
                wanted: wanted.to_owned(),
                file: ".tool-versions".to_owned(),
                key: None,
                line: 2,
                is_bound: false,
            };
            let version = Version::parse("3.11.7").expect("a version");
            let finding = judge_listed(&tool, &pin, &version)?;
            Some((finding.message, finding.help.unwrap_or_default()))
        };
        let (message, way) = told("3.12.1", ">=3.11").expect("another one");
        assert_eq!(message, "python is 3.11.7, .tool-versions:2 pins 3.12.1");
        assert_eq!(
            way,
            "uv python install 3.12.1 && uv python pin 3.12.1 && uv sync --all-packages"
        );
        let (_, way) = told("3.10", ">=3.11").expect("another one");
        assert!(!way.contains("uv python"), "{way}");
        for same in ["3.11", "3.11.7", "system", "pypy3.10-7.3.12"] {
            assert_eq!(told(same, ">=3.11"), None, "{same}");
        }
    }
}
