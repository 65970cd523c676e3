//! What counts where the code of an application is known as a whole, and gives Celery nothing: variables that it
//! looks at by itself, and its own defaults.

use crate::workspace::stack::{Reads, Setting};

use super::{ByOther, File, place};

/// Where Celery looks for a broker that nobody gives it.
const NO_BROKER: &str = "amqp://guest@localhost:5672//";

/// The offset of the `Celery(…)` of an application whose configuration is known as a whole.
pub(super) fn plain(file: &File, by_other: &ByOther) -> Option<usize> {
    let is_read = match by_other {
        ByOther::Read(_, configured) => configured.is_whole,
        // What code makes is not looked into.
        ByOther::Nobody => file.module.taken.is_empty(),
        ByOther::Unknown(_) => false,
    };
    file.module.plain.filter(|_| is_read)
}

/// Its broker.
pub(super) fn broker(file: &File, at: usize) -> Setting {
    setting(file, at, "CELERY_BROKER_URL", Some(NO_BROKER))
}

/// Where its results go; they are not kept where the variable is not set.
pub(super) fn results(file: &File, at: usize) -> Setting {
    setting(file, at, "CELERY_RESULT_BACKEND", None)
}

fn setting(file: &File, at: usize, variable: &str, default: Option<&str>) -> Setting {
    let (path, line) = place(file, at);
    Setting {
        variable: variable.to_owned(),
        others: Vec::new(),
        exact: None,
        // Celery passes over one that is empty.
        ignores_empty: true,
        reads: Reads::Process,
        outside: None,
        within: Vec::new(),
        default: default.map(str::to_owned),
        is_required: false,
        is_unsaid: true,
        file: path,
        line,
    }
}

/// Whether a file may configure an application that it takes from another one: it brings its settings up to date,
/// sets one that names a server, or hands on all of them.
pub(in crate::gather) fn may_configure(text: &str) -> bool {
    const CALLS: &[&str] = &[
        "config_from_object(",
        "config_from_envvar(",
        ".add_defaults(",
        "celeryd_init",
    ];
    const SETTINGS: &[&str] = &[
        "update",
        "setdefault",
        "broker",
        "result",
        "BROKER",
        "CELERY",
    ];
    let mut configured = text.split(".conf").skip(1);
    CALLS.iter().any(|call| text.contains(call))
        || configured.any(|behind| match behind.chars().next() {
            Some('.') => {
                let name = behind.trim_start_matches('.');
                // How a broker is spoken to is not where it is.
                SETTINGS.iter().any(|it| name.starts_with(it))
                    && !name.starts_with("broker_transport")
            }
            Some(next) => "[,) \t\r\n".contains(next),
            None => true,
        })
}

#[cfg(test)]
mod tests {
    use super::may_configure;

    #[test]
    fn who_may_configure_an_application_of_another_file_is_known() {
        for text in [
            "app.conf.update(x)",
            "app.conf.broker_url = 'x'",
            "app.conf['broker_url'] = 'x'",
            "conf = app.conf\n",
            "f(app.conf)",
            "app.config_from_object(x)",
            "@celeryd_init.connect\ndef f(conf, **_): ...",
        ] {
            assert!(may_configure(text), "{text}");
        }
        for text in [
            "self._celery.conf.broker_transport_options = {}",
            "limit = app.conf.task_time_limit",
            "open('redis.conf')",
            "app.config['x']",
        ] {
            assert!(!may_configure(text), "{text}");
        }
    }
}
