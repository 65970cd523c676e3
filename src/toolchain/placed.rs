//! A pin that is a path to a Python, or the name of a program: which Python that is, uv has to find out.

use crate::diagnostic::{Finding, Severity};
use crate::text::remedy;

use super::version::Version;
use super::{PINNED, Tool};

/// What is to be said of such a pin, by the version of the Python that uv finds, or why it finds none; `running`
/// is what the environment has, or would get.
#[must_use]
pub fn judge_place(
    tool: &Tool,
    running: Option<&Version>,
    found: Result<&Version, &str>,
) -> Option<Finding> {
    let pin = tool.pinned.as_ref()?;
    let (wanted, place) = (&pin.wanted, pin.place());
    let refused = |message: String, note: String| {
        let good = running.filter(|version| tool.range.contains(version));
        let way = match (pin.variable(), good) {
            (Some(name), _) => remedy::unset(&[name.to_owned()]),
            (None, Some(version)) => format!("uv python pin {}", version.line(2)),
            (None, None) => tool.install().to_owned(),
        };
        Finding::new(&PINNED, message)
            .severity(Severity::Error)
            .subject(tool.name)
            .note(note)
            .note("uv runs nothing and installs nothing with that")
            .help(way)
    };
    match found {
        // uv may know where to get it, so nothing is broken yet.
        Err(why) if pin.is_build() => {
            let running = running?;
            let way = match pin.variable() {
                Some(name) => remedy::unset(&[name.to_owned()]),
                None => format!("uv python pin {}", running.line(2)),
            };
            let message = format!("{} is {running}, {place} pins {wanted}", tool.name);
            let finding = Finding::new(&PINNED, message).subject(tool.name);
            let finding = finding.note(format!("uv: {why}")).note(format!(
                "the next `uv sync`, that of pixcrawler dev too, makes the environment anew with {wanted}, or \
                 fails where it gets none"
            ));
            Some(finding.help(way))
        }
        Err(why) => Some(refused(
            format!("{place} pins {wanted}, which is no Python"),
            format!("uv: {why}"),
        )),
        Ok(version) if !tool.range.contains(version) => Some(refused(
            format!("{place} pins {wanted}, which is {version}"),
            format!("{version} is outside {}", tool.range),
        )),
        Ok(version) if running.is_none_or(|running| running == version) => None,
        Ok(version) => {
            let running = running.map(Version::to_string).unwrap_or_default();
            let message = format!(
                "{} is {running}, {place} pins {wanted}, which is {version}",
                tool.name
            );
            let finding = Finding::new(&PINNED, message).subject(tool.name).note(format!(
                "the next `uv sync`, that of pixcrawler dev too, makes the environment anew with {wanted}"
            ));
            let finding = finding.note(format!("or change {place}"));
            Some(finding.help("uv sync --all-packages"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::{Pin, Range, UV_PYTHON};

    #[test]
    fn another_build_that_uv_does_not_have_is_told() {
        let tool = Tool {
            name: "python",
            command: Vec::new(),
            range: Range::parse(">=3.11"),
            install: Vec::new(),
            pinned: Some(Pin::of_variable(UV_PYTHON, "pypy")),
            asked_in: String::new(),
            requires: Vec::new(),
        };
        let running = Version::parse("3.11.7");
        let told = judge_place(
            &tool,
            running.as_ref(),
            Err("No interpreter found for PyPy"),
        );
        let told = told.expect("another one");
        assert_eq!(
            told.message,
            "python is 3.11.7, UV_PYTHON in the process environment pins pypy"
        );
        assert_eq!(told.help.as_deref(), Some("unset UV_PYTHON"));
        assert_eq!(judge_place(&tool, None, Err("none")), None);
    }

    #[test]
    fn a_place_is_judged_by_the_python_that_is_there() {
        let told = |pin: Pin, running: Option<&str>, found: Result<&str, &str>| {
            let tool = Tool {
                name: "python",
                command: Vec::new(),
                range: Range::parse(">=3.11"),
                install: vec!["uv python install 3.12 && uv python pin 3.12".to_owned()],
                pinned: Some(pin),
                asked_in: String::new(),
                requires: Vec::new(),
            };
            let version = |text: &str| Version::parse(text).expect("a version");
            let running = running.map(version);
            let found = found.map(version);
            let found = found.as_ref().map_err(|why| *why);
            judge_place(&tool, running.as_ref(), found)
                .map(|it| (it.message, it.severity, it.help.unwrap_or_default()))
        };
        let file = || Pin {
            wanted: "/opt/python".to_owned(),
            file: ".python-version".to_owned(),
            key: None,
            line: 1,
            is_bound: false,
        };
        let one = |message: &str, severity, help: &str| {
            Some((message.to_owned(), severity, help.to_owned()))
        };
        let gone = ".python-version pins /opt/python, which is no Python";
        assert_eq!(
            told(file(), Some("3.11.7"), Err("nothing there")),
            one(gone, Severity::Error, "uv python pin 3.11")
        );
        assert_eq!(
            told(file(), None, Err("nothing there")),
            one(
                gone,
                Severity::Error,
                "uv python install 3.12 && uv python pin 3.12"
            )
        );
        assert_eq!(
            told(file(), Some("3.11.7"), Ok("3.10.1")),
            one(
                ".python-version pins /opt/python, which is 3.10.1",
                Severity::Error,
                "uv python pin 3.11"
            )
        );
        assert_eq!(
            told(file(), Some("3.11.7"), Ok("3.12.1")),
            one(
                "python is 3.11.7, .python-version pins /opt/python, which is 3.12.1",
                Severity::Warning,
                "uv sync --all-packages"
            )
        );
        assert_eq!(told(file(), Some("3.12.1"), Ok("3.12.1")), None);
        assert_eq!(told(file(), None, Ok("3.12.1")), None);
        let variable = Pin::of_variable(UV_PYTHON, "garbage");
        assert_eq!(
            told(variable, Some("3.11.7"), Err("nothing there")),
            one(
                "UV_PYTHON in the process environment pins garbage, which is no Python",
                Severity::Error,
                &remedy::unset(&["UV_PYTHON".to_owned()])
            )
        );
    }
}
