//! Settings with which a worker hears nothing of what is asked over its broker in the usual way.

use camino::Utf8Path;

use crate::workspace::stack::Unasked;

/// The ends of their names, each with the values that change nothing.
const OPTIONS: &[(&str, &[&str])] = &[
    ("global_keyprefix", &["''", "\"\"", "None"]),
    ("fanout_prefix", &["True", "'/{db}.'", "\"/{db}.\""]),
    ("control_exchange", &["'celery'", "\"celery\""]),
    ("enable_remote_control", &["True"]),
];

/// What stands before the options of where results go, which no worker is asked over.
const OF_RESULTS: &str = "result_backend_";

/// The first one that a file of Python sets, with what is not known to be the usual value.
pub(in crate::gather) fn unasked(path: &Utf8Path, text: &str) -> Option<Unasked> {
    let lower = text.to_ascii_lowercase();
    let all = OPTIONS.iter().flat_map(|(option, usual)| {
        let each = lower.match_indices(option);
        each.map(move |(at, _)| (at, at + option.len(), *option, *usual))
    });
    let set = all.filter(|(at, end, _, usual)| {
        is_set(text, *at, *end, usual) && !is_of_results(&lower, *at)
    });
    let (at, _, option, _) = set.min_by_key(|(at, ..)| *at)?;
    Some(Unasked {
        option: option.to_owned(),
        file: path.to_owned(),
        line: text[..at].matches('\n').count() + 1,
    })
}

/// Whether the name that ends at `end` is given a value other than its usual ones.
fn is_set(text: &str, at: usize, end: usize, usual: &[&str]) -> bool {
    let (Some(before), Some(behind)) = (text.get(..at), text.get(end..)) else {
        return false;
    };
    let line = before.rsplit('\n').next().unwrap_or_default();
    let rest = behind.split('\n').next().unwrap_or_default();
    let closed = rest.trim_start_matches(['"', '\'', ']']);
    let is_quoted = closed.len() < rest.len();
    let closed = closed.trim_start();
    let value = if let Some(value) = closed.strip_prefix('=') {
        Some(value).filter(|it| !it.starts_with('='))
    } else if let Some(value) = closed.strip_prefix(':') {
        // What stands behind the colon of an annotated name is its type.
        let typed = || value.split_once('=').map(|(_, value)| value);
        if is_quoted { Some(value) } else { typed() }
    } else {
        None
    };
    let is_usual = |value: &str| {
        let value = value.trim_start();
        usual.iter().any(|it| {
            let rest = value.strip_prefix(it);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    !line.contains('#') && value.is_some_and(|value| !is_usual(value))
}

/// Whether what stands there belongs to the options of where results go.
fn is_of_results(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let options = before.rfind("transport_options");
    options.is_some_and(|at| before[..at].ends_with(OF_RESULTS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<(String, usize)> {
        let found = unasked(Utf8Path::new("a.py"), text)?;
        Some((found.option, found.line))
    }

    #[test]
    fn what_keeps_a_worker_from_hearing_is_found() {
        for (text, option) in [
            (
                "app.conf.broker_transport_options = {\"global_keyprefix\": \"app1:\"}",
                "global_keyprefix",
            ),
            (
                "app.conf.broker_transport_options = {'fanout_prefix': False}",
                "fanout_prefix",
            ),
            ("options = dict(fanout_prefix = False)", "fanout_prefix"),
            ("app.conf.control_exchange = 'mypidbox'", "control_exchange"),
            ("app.conf['control_exchange'] = NAME", "control_exchange"),
            ("CELERY_CONTROL_EXCHANGE = NAME", "control_exchange"),
            (
                "app.conf.update(worker_enable_remote_control=False)",
                "enable_remote_control",
            ),
            (
                "worker_enable_remote_control: bool = False",
                "enable_remote_control",
            ),
        ] {
            let found = told(&format!("# first\n{text}\n"));
            assert_eq!(found, Some((option.to_owned(), 2)), "{text}");
        }
    }

    #[test]
    fn what_changes_nothing_is_none() {
        for text in [
            "app.conf.broker_transport_options = {'fanout_prefix': True, 'fanout_patterns': True}",
            "worker_enable_remote_control = True",
            "worker_enable_remote_control: bool = True",
            "app.conf.control_exchange = 'celery'",
            "o = {'global_keyprefix': ''}",
            "result_backend_transport_options = {\n  'global_keyprefix': 'x',\n}",
            "# global_keyprefix = 'x'",
            "if app.conf.control_exchange == 'x': pass",
            "print(app.conf.control_exchange)",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
        let both = "result_backend_transport_options = {'global_keyprefix': 'x'}\nbroker_transport_options = {'global_keyprefix': 'y'}\n";
        assert_eq!(told(both), Some(("global_keyprefix".to_owned(), 2)));
    }
}
