//! What a URL must say so that Celery takes it: TLS and sentinels, judged by what is written.

use url::Url;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::service::assemble::{alternates, names_sentinels};
use crate::text::remedy;
use crate::workspace::stack::CeleryApp;

/// TLS is asked for in a way that Celery does not take.
pub(super) static TLS: Rule = Rule {
    code: "celery/tls",
    severity: Severity::Error,
    summary: "a rediss:// URL does not tell Celery whether to check the certificate",
    text: "\
Celery wants `ssl_cert_reqs` in a `rediss://` URL for results: without it, and with any value but
CERT_REQUIRED, CERT_OPTIONAL or CERT_NONE, a worker ends as it starts. A broker without it is taken,
and its certificate is not checked. In a `redis://` URL for results, options of TLS are an error; a broker
is spoken TLS to because of them, whatever its scheme says.

Way out: `?ssl_cert_reqs=CERT_REQUIRED` at the end of the URL, or `redis_backend_use_ssl` and
`broker_use_ssl` in the application's settings. For a server without TLS: `redis://` without any `ssl_…`.",
};

/// Sentinels are named, and not whom they are asked for.
pub(super) static SENTINEL: Rule = Rule {
    code: "celery/sentinel",
    severity: Severity::Error,
    summary: "sentinels are named, and the code does not say for which server",
    text: "\
Sentinels know several servers by their names. Celery asks for the one that
`broker_transport_options` (for results `result_backend_transport_options`) names as `master_name`;
without it no connection is made.

Way out: `app.conf.broker_transport_options = {\"master_name\": \"mymaster\"}`, with the name that the
sentinels' configuration has behind `sentinel monitor`.",
};

/// What a URL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Broker,
    Results,
}

/// What is wrong with a URL, and the parts that are to be set, where any are.
pub(super) struct Objection {
    pub(super) finding: Finding,
    pub(super) parts: Vec<(&'static str, String)>,
}

impl Objection {
    /// Without parts whose scheme the code refuses: then all of it is asked for.
    pub(super) fn without(mut self, is_refused: impl Fn(&str) -> bool) -> Self {
        let mut parts = self.parts.iter();
        if parts.any(|(part, value)| *part == "scheme" && is_refused(value)) {
            self.parts.clear();
        }
        self
    }
}

const OPTION: &str = "ssl_cert_reqs";

/// The options of TLS that Celery reads, none of which it takes in a `redis://` URL for results.
const OPTIONS: [&str; 4] = [OPTION, "ssl_ca_certs", "ssl_certfile", "ssl_keyfile"];

/// What Celery takes for the option.
const TAKEN: &[&str] = &[
    "CERT_REQUIRED",
    "CERT_OPTIONAL",
    "CERT_NONE",
    "required",
    "optional",
    "none",
];

/// Judges the value of `variable`, which stands at `origin`; `speaks_tls` asks whether its server does, where
/// that is known. No value is ever part of what is said.
pub(super) fn judge(
    celery: &CeleryApp,
    of: Use,
    variable: &str,
    value: &str,
    origin: &str,
    speaks_tls: &dyn Fn() -> Option<bool>,
) -> Option<Objection> {
    let says = |word: &str| celery.mentions.iter().any(|it| it == word);
    let objection = |rule: &'static Rule, message: String, parts| Objection {
        finding: Finding::new(rule, message).subject(variable).note(format!(
            "it stands at {origin}; the application at {}:{}",
            celery.file, celery.line
        )),
        parts,
    };
    if names_sentinels(value) {
        let (options, message) = match of {
            Use::Broker => ("broker_transport_options", "its broker"),
            Use::Results => ("result_backend_transport_options", "its results"),
        };
        return (!says("master_name")).then(|| {
            let message =
                format!("`{variable}` names sentinels, and the worker does not say which server of theirs has {message}");
            let mut told = objection(&SENTINEL, message, Vec::new());
            told.finding = told
                .finding
                .note(format!(
                    "there: app.conf.{options} = {{\"master_name\": \"mymaster\"}}"
                ))
                .help(remedy::open_at(celery.file.as_str(), celery.line));
            told
        });
    }
    let (told_elsewhere, severity) = match of {
        Use::Broker => ("broker_use_ssl", Severity::Warning),
        Use::Results => ("redis_backend_use_ssl", Severity::Error),
    };
    if says(told_elsewhere) {
        return None;
    }
    let (message, parts) =
        alternates(variable, value).find_map(|url| wrong(of, url, speaks_tls))?;
    let mut told = objection(&TLS, format!("`{variable}` {message}"), parts);
    told.finding.severity = severity;
    Some(told)
}

/// What is wrong with one URL, with the parts that mend it.
fn wrong(
    of: Use,
    url: &str,
    speaks_tls: &dyn Fn() -> Option<bool>,
) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let url = Url::parse(url).ok()?;
    let mut options = url.query_pairs();
    let check = options.find(|(name, _)| name == OPTION);
    let encrypted = match url.scheme() {
        "rediss" => true,
        "redis" => false,
        _ => return None,
    };
    let strict = vec![(OPTION, "CERT_REQUIRED".to_owned())];
    let given = || {
        let is_given = |option: &&str| url.query_pairs().any(|(name, _)| name == **option);
        OPTIONS.into_iter().filter(is_given)
    };
    let found = match (encrypted, check, of) {
        (true, None, Use::Broker) => Some((
            "is rediss:// without ssl_cert_reqs: the worker does not check the certificate",
            strict,
        )),
        (true, None, Use::Results) => Some((
            "is rediss:// without ssl_cert_reqs: Celery refuses to start",
            strict,
        )),
        (true, Some((_, how)), _) if !TAKEN.contains(&how.as_ref()) => {
            Some(("has an ssl_cert_reqs that Celery does not know", strict))
        }
        // Of a broker the server tells, which is asked as the worker asks it.
        (false, _, Use::Results) if given().next().is_some() => Some((
            "is redis:// with options of TLS: Celery refuses to start",
            if speaks_tls() == Some(false) {
                given().map(|option| (option, String::new())).collect()
            } else {
                vec![("scheme", "rediss".to_owned())]
            },
        )),
        _ => None,
    };
    // Without TLS there is no certificate: what to do about that is told with the server.
    found.filter(|_| !encrypted || speaks_tls() != Some(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_celery_refuses_is_told() {
        let parts = |of, url, speaks_tls| {
            let (_, parts) = wrong(of, url, &|| speaks_tls)?;
            let parts: Vec<String> = parts.iter().map(|(a, b)| format!("{a}={b}")).collect();
            Some(parts.join(" "))
        };
        let part = |of, url| parts(of, url, None);
        let strict = Some("ssl_cert_reqs=CERT_REQUIRED".to_owned());
        assert_eq!(part(Use::Results, "rediss://:p@h/3"), strict);
        assert_eq!(part(Use::Broker, "rediss://:p@h/3"), strict);
        assert_eq!(part(Use::Results, "rediss://h/3?ssl_cert_reqs=yes"), strict);
        assert_eq!(
            part(Use::Results, "redis://h/3?ssl_cert_reqs=none").as_deref(),
            Some("scheme=rediss")
        );
        // Whether there is TLS its server tells.
        let both = "redis://h/3?ssl_cert_reqs=none&ssl_ca_certs=a";
        assert_eq!(
            parts(Use::Results, both, Some(false)).as_deref(),
            Some("ssl_cert_reqs= ssl_ca_certs=")
        );
        assert_eq!(
            part(Use::Results, "redis://h/3?ssl_ca_certs=a").as_deref(),
            Some("scheme=rediss")
        );
        assert_eq!(parts(Use::Broker, "rediss://h/3", Some(false)), None);
        assert_eq!(parts(Use::Broker, "rediss://h/3", Some(true)), strict);
        for sound in [
            "redis://h/3",
            "rediss://h/3?ssl_cert_reqs=required",
            "amqp://h",
        ] {
            assert_eq!(part(Use::Results, sound), None, "{sound}");
        }
    }

    #[test]
    fn sentinels_want_the_name_of_their_server() {
        let celery = |mentions: &[&str]| CeleryApp {
            target: "app".to_owned(),
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
            unasked: None,
            mentions: mentions.iter().map(|word| (*word).to_owned()).collect(),
        };
        let told = |mentions: &[&str]| {
            let value = "sentinel://:secret@one:26379;sentinel://two:26379";
            let celery = celery(mentions);
            let judged = judge(&celery, Use::Broker, "X", value, ".env:1", &|| None);
            judged.map(|it| (it.finding.rule.code, format!("{:?}", it.finding)))
        };
        let (rule, words) = told(&[]).expect("a finding");
        assert_eq!(rule, "celery/sentinel");
        assert!(!words.contains("secret"), "{words}");
        assert!(told(&["master_name"]).is_none());
        let tls = |mentions: &[&str]| {
            let value = "rediss://h/3";
            let celery = celery(mentions);
            judge(&celery, Use::Results, "X", value, ".env:1", &|| None).is_some()
        };
        assert!(tls(&[]));
        assert!(!tls(&["redis_backend_use_ssl"]));
    }
}
