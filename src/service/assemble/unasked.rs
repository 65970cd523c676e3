//! A worker that nobody can ask whether it is ready: its broker has no ping.

use std::time::Duration;

use super::super::{Pattern, Probe, Readiness};
use super::Inputs;

/// What a worker says once it takes tasks: `celery@host ready.`
const WORKS: &str = r"\S+@\S+ ready\.";

/// Time after which one that may never say so counts as ready: it has read its code and reached its broker, or not.
const SETTLED: Duration = Duration::from_secs(15);

/// Variables that say which lines are logged, and may say so of the worker's, too.
const LEVELS: &[&str] = &[
    "LOG_LEVEL",
    "LOGLEVEL",
    "LOGGING_LEVEL",
    "LOGURU_LEVEL",
    "CELERY_LOG_LEVEL",
    "CELERY_LOGLEVEL",
    "CELERY_WORKER_LOG_LEVEL",
    "WORKER_LOG_LEVEL",
];

/// Levels at which the line is not shown.
const HIDING: &[&str] = &["warn", "warning", "error", "critical", "fatal"];

/// It says by itself that it works, where its level lets it.
pub(super) fn by_its_line(inputs: &Inputs<'_>) -> Readiness {
    let Ok(line) = regex::bytes::Regex::new(WORKS) else {
        return Readiness::at_start();
    };
    let ready = Readiness::by(Probe::Log(Pattern::Regex(line)));
    match hidden(inputs) {
        Some(by) => Readiness {
            timeout: SETTLED,
            settles: Some(format!(
                "its broker cannot be asked, and {by} may hide the line by which it says so"
            )),
            ..ready
        },
        None => ready,
    }
}

/// The variable that may hide what it says, with its value and place.
fn hidden(inputs: &Inputs<'_>) -> Option<String> {
    let seen = inputs.tier("backend");
    let hides = |value: &str| {
        HIDING
            .iter()
            .any(|it| value.trim().eq_ignore_ascii_case(it))
    };
    LEVELS.iter().find_map(|name| {
        let mut handed = inputs.sight.handed.iter();
        if let Some(handed) = handed.find(|it| it.variable == **name) {
            let told = || format!("{name}={} ({})", handed.value.trim(), handed.place);
            return hides(&handed.value).then(told);
        }
        let value = seen.get(*name).filter(|value| hides(value))?;
        let origin = inputs
            .sight
            .origins
            .get(&("backend".to_owned(), (*name).to_owned()));
        let place = origin.map_or_else(String::new, |(file, line)| format!(" ({file}:{line})"));
        Some(format!("{name}={}{place}", value.trim()))
    })
}
