//! What a variable is meant to be, by its name.

/// Of what somebody thought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    /// The broker, under a name that some program reads for it.
    Broker,
    /// The broker, under a name that nothing is known to read.
    Misnamed,
    /// Where results go, under a name that some program reads for it.
    Results,
    /// The same, under a name that nothing is known to read.
    MisnamedResults,
}

impl Meant {
    /// Whether it says where results go.
    pub(super) fn is_of_results(self) -> bool {
        matches!(self, Self::Results | Self::MisnamedResults)
    }

    /// Whether nothing is known to read the name: it can be given up.
    pub(super) fn is_misnamed(self) -> bool {
        matches!(self, Self::Misnamed | Self::MisnamedResults)
    }
}

/// How the variable ends that says where results go, whatever it begins with.
const RESULTS: &str = "CELERY_RESULT_BACKEND";

/// The same where the code is known: `is_read` is whether it has the name, `worker` whether the worker's own
/// settings have another one for it.
pub(super) fn in_code(meant: Meant, variable: &str, is_read: bool, worker: bool) -> Option<Meant> {
    match meant {
        Meant::MisnamedResults if is_read && worker && variable.ends_with(RESULTS) => {
            Some(Meant::Results)
        }
        misnamed if misnamed.is_misnamed() && is_read => None,
        other => Some(other),
    }
}

/// How far a name may be from the one that is read to be taken for it, in letters.
const NEAR: usize = 2;

/// The name of the variable beside a broker's that says where results go.
pub(super) fn results_beside(broker: &str) -> Option<String> {
    let prefix = broker.strip_suffix("BROKER_URL")?;
    let prefix = if prefix.is_empty() { "CELERY_" } else { prefix };
    Some(format!("{prefix}RESULT_BACKEND"))
}

/// The words of a name that may be Celery's, beside those of the name that is read: whoever else has a
/// broker (`MQTT_BROKER_URL`, `TASKIQ_BROKER_URL`) says so with one of his own.
const WORDS: &[&str] = &[
    "CELERY", "REDIS", "BROKER", "RESULT", "RESULTS", "BACKEND", "URL", "URI", "DSN",
];

/// What a variable with this value is meant to be, where `broker` is what the worker reads, and `results`
/// where it sends its results.
pub(super) fn meant(
    variable: &str,
    value: &str,
    broker: &str,
    results: Option<&str>,
) -> Option<Meant> {
    let own = variable == broker || Some(variable) == results;
    if value.trim().is_empty() || own || variable.starts_with("NEXT_PUBLIC_") {
        return None;
    }
    let scheme = value.split_once("://").map(|(scheme, _)| scheme.trim());
    if !scheme.is_none_or(takes) {
        return None;
    }
    // Another program's broker: it is read, only not by the worker.
    if variable.ends_with("CELERY_BROKER_URL") || variable == "BROKER_URL" {
        return Some(Meant::Broker);
    }
    scheme?;
    let words: Vec<&str> = variable.split('_').collect();
    let has = |word: &str| words.contains(&word);
    let ends = |all: &[&str]| words.last().is_some_and(|last| all.contains(last));
    let near = |name: &str| strsim::damerau_levenshtein(variable, name) <= NEAR;
    let of_celery = words
        .iter()
        .all(|word| WORDS.contains(word) || broker.split('_').any(|own| own == *word));
    let of_broker = of_celery && has("BROKER") && ends(&["BROKER", "URL", "URI", "DSN"]);
    if of_broker || near(broker) {
        return Some(Meant::Misnamed);
    }
    let of_results = (has("RESULT") || has("RESULTS")) && (has("BACKEND") || has("CELERY"));
    let of_results = of_celery && of_results && ends(&["BACKEND", "URL", "URI", "DSN"]);
    (results.is_some_and(near) || (results.is_some() && of_results))
        .then_some(Meant::MisnamedResults)
}

/// Whether Celery has a transport for a scheme, or keeps results there.
pub(super) fn takes(scheme: &str) -> bool {
    const KNOWN: &[&str] = &[
        "redis",
        "rediss",
        "valkey",
        "valkeys",
        "sentinel",
        "sentinels",
        "amqp",
        "amqps",
        "pyamqp",
        "librabbitmq",
        "sqs",
        "azureservicebus",
        "gcpubsub",
        "memory",
        "filesystem",
        "rpc",
        "db",
        "cache",
        "mongodb",
        "file",
        "s3",
    ];
    let scheme = scheme.to_ascii_lowercase();
    let first = scheme.split('+').next().unwrap_or_default();
    KNOWN.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_others_read_is_none_of_the_workers() {
        let of = |name, worker| in_code(Meant::MisnamedResults, name, true, worker);
        assert_eq!(of("CELERY_RESULT_BACKEND", true), Some(Meant::Results));
        assert_eq!(of("CELERY_RESULT_BACKEND", false), None);
        assert_eq!(of("RESULT_URL", true), None);
        let unread = in_code(Meant::MisnamedResults, "CELERY_RESULT_BACKEND", false, true);
        assert_eq!(unread, Some(Meant::MisnamedResults));
        assert_eq!(in_code(Meant::Broker, "X", true, true), Some(Meant::Broker));
    }

    #[test]
    fn names_are_known_by_their_words_and_letters() {
        let broker = "CELERY_BROKER_URL";
        let results = results_beside(broker);
        let of = |variable| meant(variable, "redis://h/1", broker, results.as_deref());
        for name in ["CELERY_BROKER", "REDIS_BROKER_URL", "CELERY_BORKER_URL"] {
            assert_eq!(of(name), Some(Meant::Misnamed), "{name}");
        }
        for name in [
            "CELERY_RESULT_BACKEND_URL",
            "RESULT_BACKEND",
            "CELERY_RESULT_URL",
            "CELERY_RESULTS_BACKEND",
        ] {
            assert_eq!(of(name), Some(Meant::MisnamedResults), "{name}");
        }
        for name in ["BROKER_URL", "PIXCRAWLER_CELERY_BROKER_URL"] {
            assert_eq!(of(name), Some(Meant::Broker), "{name}");
        }
        for name in [
            broker,
            "CELERY_RESULT_BACKEND",
            "REDIS_URL",
            "CACHE_URL",
            "BROKER_POOL_LIMIT",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
        // Other programs have brokers, too.
        for (name, value) in [
            ("MQTT_BROKER_URL", "mqtt://h:1883"),
            ("KAFKA_BROKER_URL", "kafka://h:9092"),
            ("TASKIQ_BROKER_URL", "redis://h/5"),
            ("TASKIQ_RESULT_BACKEND", "redis://h/6"),
            ("MESSAGE_BROKER_URI", "amqp://h"),
            ("NEXT_PUBLIC_MQTT_BROKER_URL", "ws://h:9001"),
            ("NEXT_PUBLIC_BROKER_URL", "redis://h/1"),
            ("CELERY_BROKER", "mqtt://h:1883"),
            ("BROKER_URL", "mqtts://h:8883"),
        ] {
            assert_eq!(
                meant(name, value, broker, results.as_deref()),
                None,
                "{name}"
            );
        }
        let ours = meant("PIX_BROKER", "redis://h", "PIX_CELERY_BROKER_URL", None);
        assert_eq!(ours, Some(Meant::Misnamed));
        let value = |value| meant("CELERY_BROKER_MODE", value, broker, None);
        assert_eq!(value("redis://h"), None);
        assert_eq!(meant("CELERY_BROKER", "yes", broker, None), None);
        let own = results_beside("PIX_CELERY_BROKER_URL");
        assert_eq!(own.as_deref(), Some("PIX_CELERY_RESULT_BACKEND"));
        assert_eq!(results_beside("REDIS_URL"), None);
    }
}
