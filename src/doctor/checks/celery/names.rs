//! What a variable is meant to be, by its name.

/// Of what somebody thought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    /// The broker, under a name that some program reads for it.
    Broker,
    /// The broker, under a name that nothing is known to read.
    Misnamed,
    /// Where results go, likewise.
    MisnamedResults,
}

/// How far a name may be from the one that is read to be taken for it, in letters.
const NEAR: usize = 2;

/// The name of the variable beside a broker's that says where results go.
pub(super) fn results_beside(broker: &str) -> Option<String> {
    let prefix = broker.strip_suffix("BROKER_URL")?;
    let prefix = if prefix.is_empty() { "CELERY_" } else { prefix };
    Some(format!("{prefix}RESULT_BACKEND"))
}

/// What a variable with this value is meant to be, where `broker` is what the worker reads, and `results`
/// where it sends its results.
pub(super) fn meant(
    variable: &str,
    value: &str,
    broker: &str,
    results: Option<&str>,
) -> Option<Meant> {
    if value.trim().is_empty() || variable == broker || Some(variable) == results {
        return None;
    }
    // Another program's broker: it is read, only not by the worker.
    if variable.ends_with("CELERY_BROKER_URL") || variable == "BROKER_URL" {
        return Some(Meant::Broker);
    }
    if !value.contains("://") {
        return None;
    }
    let words: Vec<&str> = variable.split('_').collect();
    let has = |word: &str| words.contains(&word);
    let ends = |all: &[&str]| words.last().is_some_and(|last| all.contains(last));
    let near = |name: &str| strsim::damerau_levenshtein(variable, name) <= NEAR;
    if (has("BROKER") && ends(&["BROKER", "URL", "URI", "DSN"])) || near(broker) {
        return Some(Meant::Misnamed);
    }
    let of_results = (has("RESULT") || has("RESULTS")) && (has("BACKEND") || has("CELERY"));
    let of_results = of_results && ends(&["BACKEND", "URL", "URI", "DSN"]);
    (results.is_some_and(near) || (results.is_some() && of_results))
        .then_some(Meant::MisnamedResults)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let value = |value| meant("CELERY_BROKER_MODE", value, broker, None);
        assert_eq!(value("redis://h"), None);
        assert_eq!(meant("CELERY_BROKER", "yes", broker, None), None);
        let own = results_beside("PIX_CELERY_BROKER_URL");
        assert_eq!(own.as_deref(), Some("PIX_CELERY_RESULT_BACKEND"));
        assert_eq!(results_beside("REDIS_URL"), None);
    }
}
