//! A worker whose configuration is not there.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::Answer;
use crate::text::remedy::open_at;
use crate::workspace::stack::{ByCode, CeleryApp};

/// What the application is configured by is nowhere.
pub(super) static LOST: Rule = Rule {
    code: "celery/no-configuration",
    severity: Severity::Error,
    summary: "the module that configures the worker is not there",
    text: "\
`app.config_from_object(\"shop.celeryconfig\")` imports that module. Where its package has none of that name, nor a
name of its own, the worker ends with ModuleNotFoundError as soon as it looks at its configuration.

Way out: correct the name, or write the module.",
};

/// That, where the code of the worker is so.
pub(super) fn judge(celery: &CeleryApp) -> Option<Answer> {
    let ByCode::Lost { module, file, line } = &celery.by_code else {
        return None;
    };
    let found = format!("the worker is configured by {module} ({file}:{line})");
    let message = format!("`{module}`, which is to configure the worker, is not there");
    let finding = Finding::new(&LOST, message)
        .note(format!("it is named at {file}:{line}"))
        .note("the worker does not start: ModuleNotFoundError");
    let help = open_at(file.as_str(), *line);
    Some(Answer::found(found).problem(finding.help(help)))
}
