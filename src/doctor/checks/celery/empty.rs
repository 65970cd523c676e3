//! A broker, or a place for results, that is nothing.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::workspace::stack::{CeleryApp, Setting};

use super::super::place;
use super::super::reached::NOWHERE;
use super::Read;
use super::transport::Use;

/// The worker reads an empty text where a URL is to be.
pub(super) static EMPTY: Rule = Rule {
    code: "celery/empty",
    severity: Severity::Error,
    summary: "the broker that the worker reads is empty",
    text: "\
A settings class that asks for a URL refuses an empty one, and the worker does not start. One that takes
any text hands it to Celery, for which an empty broker is its own default: a RabbitMQ at
amqp://guest@localhost:5672//. The worker then waits for a server that nobody starts, and whoever sends a
task does, too. With an empty result backend Celery keeps no results: whoever asks a task for its result
gets an error. That is a warning, since nobody may ask.

Way out: give the variable its URL, or delete the line, so that the default of the settings counts.",
};

/// What is wrong where the worker reads nothing as `read`, and no other value; `setting` is how its settings do
/// that, where it is known.
pub(super) fn judge(
    celery: &CeleryApp,
    of: Use,
    read: &Read<'_>,
    setting: Option<&Setting>,
) -> Option<Finding> {
    let origin = read.home.1.as_str();
    let stands = ![place::DEFAULT, NOWHERE].contains(&origin);
    let by_default = setting.filter(|it| is_empty_by_default(it));
    let place = match by_default {
        _ if stands && setting.is_none_or(|it| !it.ignores_empty) => origin.to_owned(),
        Some(it) => format!("{}:{}, by default", it.file, it.line),
        None => return None,
    };
    let (what, why, severity) = match of {
        Use::Broker => (
            "no Redis is the worker's broker",
            "Celery takes an empty broker for its own default, amqp://guest@localhost:5672//",
            Severity::Error,
        ),
        Use::Results => (
            "Celery keeps no results",
            "whoever asks a task for its result gets an error",
            // What the code itself says is meant.
            if by_default.is_some() {
                Severity::Info
            } else {
                Severity::Warning
            },
        ),
    };
    let finding = Finding::new(&EMPTY, format!("`{}` is empty: {what}", read.variable))
        .severity(severity)
        .subject(read.variable)
        .of_value()
        .note(format!(
            "{why}; settings that ask for a URL refuse it, and the worker does not start"
        ))
        .note(format!(
            "it stands at {place}; the application at {}:{}",
            celery.file, celery.line
        ));
    Some(finding)
}

/// Whether nothing is what counts where nobody sets it.
pub(super) fn is_empty_by_default(setting: &Setting) -> bool {
    let default = setting.default.as_deref();
    default.is_some_and(|default| default.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(of: Use, origin: &str, setting: Option<(&str, bool)>) -> Option<(Severity, String)> {
        let celery = CeleryApp {
            target: "core.app".to_owned(),
            cwd: "".into(),
            imports: "".into(),
            file: "core/app.py".into(),
            line: 7,
            broker_variables: Vec::new(),
            by_code: crate::workspace::stack::ByCode::Variable,
            is_for_reading: false,
            queued: None,
            broker: None,
            results: None,
            mentions: Vec::new(),
            unasked: None,
        };
        let setting = setting.map(|(default, ignores_empty)| Setting {
            variable: "X".to_owned(),
            others: Vec::new(),
            exact: None,
            ignores_empty,
            reads: crate::workspace::stack::Reads::Tiers,
            outside: None,
            within: Vec::new(),
            default: Some(default.to_owned()),
            is_required: false,
            is_unsaid: false,
            file: "core/settings.py".into(),
            line: 4,
        });
        let read = Read {
            variable: "X",
            home: ("root".to_owned(), origin.to_owned()),
            place: origin.to_owned(),
        };
        let finding = judge(&celery, of, &read, setting.as_ref())?;
        Some((finding.severity, finding.notes.concat()))
    }

    #[test]
    fn what_is_empty_where_it_stands_or_by_default_is_told() {
        let (severity, notes) = told(Use::Broker, ".env:3", None).expect("a finding");
        assert_eq!(severity, Severity::Error);
        assert!(
            notes.contains("amqp://") && notes.contains(".env:3"),
            "{notes}"
        );
        let results = told(Use::Results, ".env:3", Some(("redis://h", false)));
        assert_eq!(results.map(|it| it.0), Some(Severity::Warning));
        let (severity, notes) =
            told(Use::Broker, place::DEFAULT, Some(("", false))).expect("a finding");
        assert_eq!(severity, Severity::Error);
        assert!(notes.contains("core/settings.py:4"), "{notes}");
        let results = told(Use::Results, place::DEFAULT, Some(("", false)));
        assert_eq!(results.map(|it| it.0), Some(Severity::Info));
        // It counts as not set.
        assert_eq!(told(Use::Broker, ".env:3", Some(("redis://h", true))), None);
        assert_eq!(told(Use::Broker, place::DEFAULT, None), None);
        let both = told(Use::Broker, ".env:3", Some(("", true))).expect("a finding");
        assert!(both.1.contains("core/settings.py:4"), "{}", both.1);
    }
}
