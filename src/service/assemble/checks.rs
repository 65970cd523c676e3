//! Checks of a service, from what `pixcrawler.toml` says.

use std::time::Duration;

use crate::env::masked_address;
use crate::workspace::{
    CommandOptions, HealthOptions, HttpOptions, LineOptions, ReadyOptions, Seconds, StatusOptions,
    StatusRange,
};

use super::super::endpoint::{Endpoint, EndpointError};
use super::super::{Command, Health, HealthCheck, Http, Pattern, Probe, Readiness};
use super::endpoints::alternates;

/// What is wrong, and with which key of the service's table.
pub(super) type Complaint = (&'static [&'static str], String);

/// No attempts faster than this: a check is to find out, not to burn.
const FASTEST: Duration = Duration::from_millis(10);

/// A time that nobody needs shorter than the fastest.
fn at_least(
    written: Option<Seconds>,
    usual: Duration,
    key: &'static [&'static str],
) -> Result<Duration, Complaint> {
    let time = time(written, usual);
    if time < FASTEST {
        let name = key.last().copied().unwrap_or_default();
        let why = format!("`{name}` is too short: 10ms is the least");
        return Err((key, why));
    }
    Ok(time)
}

fn time(written: Option<Seconds>, usual: Duration) -> Duration {
    written.map_or(usual, |time| time.0)
}

pub(super) fn command(written: &CommandOptions) -> Result<Command, String> {
    let words = match written {
        CommandOptions::Shell(line) => std::slice::from_ref(line),
        CommandOptions::Exec(words) => words.as_slice(),
    };
    if words.iter().any(|word| word.contains('\0')) {
        return Err("the command holds a NUL character, which no process can be given".into());
    }
    match written {
        CommandOptions::Shell(line) if line.trim().is_empty() => Err("the command is empty".into()),
        CommandOptions::Shell(line) => Ok(Command::Shell(line.clone())),
        CommandOptions::Exec(words) if words.first().is_none_or(|word| word.trim().is_empty()) => {
            Err("the command is empty".into())
        }
        CommandOptions::Exec(words) => Ok(Command::Exec(words.clone())),
    }
}

pub(super) fn readiness(written: &ReadyOptions, usual: &Readiness) -> Result<Readiness, Complaint> {
    let probes = [
        ask(written.http.as_ref(), written.tcp, written.exec.as_ref(), written.celery.as_ref())
            .map_err(|why| (&["ready"] as &[_], why))?,
        written
            .log
            .as_ref()
            .map(pattern)
            .transpose()
            .map_err(|why| (&["ready", "log"] as &[_], why))?
            .map(Probe::Log)
            .into_iter()
            .collect(),
        match written.notify {
            Some(true) if cfg!(windows) => {
                return Err((
                    &["ready", "notify"],
                    "`notify` needs the datagram sockets of Unix, which Windows does not have: use http, tcp, log or exec".to_owned(),
                ));
            }
            Some(true) => vec![Probe::Notify],
            _ => Vec::new(),
        },
    ]
    .concat();
    if written.timeout.is_some_and(|time| time.0.is_zero()) {
        let why = "`timeout` is 0, and nobody is ready in no time: leave it out, or give it one such as \"60s\"";
        return Err((&["ready", "timeout"], why.to_owned()));
    }
    if probes.len() > 1 {
        return Err((&["ready"], "`ready` names more than one check".to_owned()));
    }
    let is_usual = probes.is_empty();
    let probe = probes.into_iter().next().or_else(|| usual.probe.clone());
    if probe.is_none() && written.notify.is_none() {
        return Err((
            &["ready"],
            "`ready` names no check: one of http, tcp, log, exec, celery and notify".to_owned(),
        ));
    }
    Ok(Readiness {
        probe,
        timeout: time(written.timeout, usual.timeout),
        interval: at_least(written.interval, usual.interval, &["ready", "interval"])?,
        attempt: at_least(written.attempt, usual.attempt, &["ready", "attempt"])?,
        delay: time(written.delay, usual.delay),
        settles: usual.settles.clone().filter(|_| is_usual),
    })
}

pub(super) fn health(written: &HealthOptions) -> Result<Health, Complaint> {
    let usual = Duration::from_secs(10);
    let interval = at_least(written.interval, usual, &["health", "interval"])?;
    let usual = Duration::from_secs(2);
    let attempt = at_least(written.attempt, usual, &["health", "attempt"])?;
    if written.failures == Some(0) {
        let why = "not even one failure: 1 is the least".to_owned();
        return Err((&["health", "failures"], why));
    }
    let failures = written.failures.unwrap_or(3);
    let mut checks: Vec<HealthCheck> = ask(
        written.http.as_ref(),
        written.tcp,
        written.exec.as_ref(),
        written.celery.as_ref(),
    )
    .map_err(|why| (&["health"] as &[_], why))?
    .into_iter()
    .map(HealthCheck::Ask)
    .collect();
    if let Some(log) = &written.log {
        let pattern = pattern(log).map_err(|why| (&["health", "log"] as &[_], why))?;
        checks.push(HealthCheck::Lines(
            pattern,
            interval.saturating_mul(failures),
        ));
    }
    if written.watchdog.is_some() {
        if cfg!(windows) {
            return Err((
                &["health", "watchdog"],
                "`watchdog` needs the datagram sockets of Unix, which Windows does not have: use http, tcp, log or exec".to_owned(),
            ));
        }
        let key = &["health", "watchdog"];
        let watchdog = at_least(written.watchdog, FASTEST, key)?;
        checks.push(HealthCheck::Watchdog(watchdog));
    }
    let mut checks = checks.into_iter();
    match (checks.next(), checks.next()) {
        (Some(check), None) => Ok(Health {
            check,
            interval,
            attempt,
            failures,
        }),
        (None, _) => Err((
            &["health"],
            "`health` names no check: one of http, tcp, log, exec, celery and watchdog".to_owned(),
        )),
        (Some(_), Some(_)) => Err((&["health"], "`health` names more than one check".to_owned())),
    }
}

/// The checks in which we ask.
fn ask(
    http: Option<&HttpOptions>,
    tcp: Option<u16>,
    exec: Option<&CommandOptions>,
    celery: Option<&String>,
) -> Result<Vec<Probe>, String> {
    let celery = celery
        .map(|url| brokers(url).map_err(|error| format!("`celery` {error}")))
        .transpose()?;
    if tcp == Some(0) {
        return Err("`tcp`: port 0 is none: write one from 1 to 65535".to_owned());
    }
    let probes = [
        http.map(self::http).transpose()?.map(Probe::Http),
        tcp.map(Probe::Tcp),
        exec.map(command).transpose()?.map(Probe::Exec),
        celery.map(Probe::Celery),
    ];
    Ok(probes.into_iter().flatten().collect())
}

/// The servers of a broker's URL, which may name several as Celery takes them.
fn brokers(url: &str) -> Result<Vec<Endpoint>, EndpointError> {
    let one = |url| Endpoint::broker(url, "celery", "pixcrawler.toml");
    let all: Vec<Endpoint> = alternates("CELERY_BROKER_URL", url)
        .map(one)
        .collect::<Result<_, _>>()?;
    if all.is_empty() {
        return one(url).map(|broker| vec![broker]);
    }
    Ok(all)
}

fn http(written: &HttpOptions) -> Result<Http, String> {
    let http = match written {
        HttpOptions::Url(url) => Http::get(url),
        HttpOptions::Table(table) => Http {
            url: table.url.clone(),
            status: table.status.as_ref().map_or(Ok(Vec::new()), statuses)?,
            headers: table.headers.clone().into_iter().collect(),
            response_headers: table.response_headers.clone().into_iter().collect(),
            body: table.body.clone(),
        },
    };
    for (name, value) in http.headers.iter().chain(&http.response_headers) {
        if !is_header(name) || value.contains(|c: char| c.is_control() && c != '\t') {
            return Err(format!("`{}` is no header", name.escape_debug()));
        }
    }
    // A port may be filled in later; the rest must be right now.
    let sample = http.url.replace("{port}", "1").replace("{replica}", "1");
    match url::Url::parse(&sample) {
        Ok(url) if url.scheme() == "http" => Ok(http),
        Ok(url) if url.scheme() == "https" => Err(format!(
            "`{}`: checks speak http; a service that only speaks https is checked with tcp or exec",
            masked_address(&http.url)
        )),
        _ => Err(format!(
            "`{}` is no URL: http://127.0.0.1:PORT/PATH",
            masked_address(&http.url)
        )),
    }
}

/// Whether a header can have this name.
fn is_header(name: &str) -> bool {
    let may_be = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(may_be)
}

fn statuses(written: &StatusOptions) -> Result<Vec<(u16, u16)>, String> {
    let range = |one: &StatusRange| match one {
        StatusRange::Number(status) if (100..600).contains(status) => Ok((*status, *status)),
        StatusRange::Number(status) => Err(format!("{status} is no status: there are 100 to 599")),
        StatusRange::Range(text) => {
            let number = |text: &str| text.trim().parse::<u16>().ok();
            let ends = match text.split_once('-') {
                Some((from, to)) => number(from).zip(number(to)),
                None => number(text).map(|status| (status, status)),
            };
            ends.filter(|(from, to)| from <= to && (100..600).contains(from))
                .ok_or_else(|| format!("`{text}` is no status: 204, or a range as \"200-299\""))
        }
    };
    match written {
        StatusOptions::One(one) => range(one).map(|range| vec![range]),
        StatusOptions::Many(many) if many.is_empty() => {
            Err("`status` is an empty list: no answer would be right".to_owned())
        }
        StatusOptions::Many(many) => many.iter().map(range).collect(),
    }
}

fn pattern(written: &LineOptions) -> Result<Pattern, String> {
    match written {
        LineOptions::Text(text) => Ok(Pattern::Text(text.clone())),
        LineOptions::Regex(options) => regex::bytes::Regex::new(&options.regex)
            .map(Pattern::Regex)
            .map_err(|error| {
                let why = error.to_string();
                let last = why.lines().last().unwrap_or_default();
                format!(
                    "`{}` is no regular expression: {}",
                    options.regex,
                    last.trim_start_matches("error: ")
                )
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_would_make_a_check_a_busy_loop_is_none() {
        let said = |ms| Some(Seconds(Duration::from_millis(ms)));
        let ready = |interval, attempt| {
            let written = ReadyOptions {
                tcp: Some(1),
                interval: said(interval),
                attempt: said(attempt),
                ..ReadyOptions::default()
            };
            readiness(&written, &Readiness::by(Probe::Managed)).map(|ready| ready.interval)
        };
        let why = |name: &str| format!("`{name}` is too short: 10ms is the least");
        assert_eq!(ready(10, 10), Ok(Duration::from_millis(10)));
        assert_eq!(
            ready(0, 10),
            Err((&["ready", "interval"] as &[_], why("interval")))
        );
        assert_eq!(
            ready(10, 9),
            Err((&["ready", "attempt"] as &[_], why("attempt")))
        );
        let health = |tcp: Option<u16>, interval, watchdog: Option<Seconds>| {
            let written = HealthOptions {
                tcp,
                interval: said(interval),
                watchdog,
                ..HealthOptions::default()
            };
            super::health(&written).err()
        };
        assert_eq!(health(Some(1), 10, None), None);
        let short: Complaint = (&["health", "interval"], why("interval"));
        assert_eq!(health(Some(1), 0, None), Some(short));
        if cfg!(unix) {
            let short: Complaint = (&["health", "watchdog"], why("watchdog"));
            assert_eq!(health(None, 10, said(0)), Some(short));
        }
    }

    #[test]
    fn a_worker_is_asked_over_every_broker_of_a_list() {
        let shown = |url: &str| {
            let all = brokers(url).map_err(|error| error.to_string())?;
            let all: Vec<String> = all.iter().map(Endpoint::address).collect();
            Ok::<_, String>(all.join(" "))
        };
        assert_eq!(shown("redis://a").as_deref(), Ok("a:6379"));
        assert_eq!(
            shown("redis://a;redis://b:7/2").as_deref(),
            Ok("a:6379 b:7")
        );
        assert!(shown("redis://a;amqp://b").is_err());
        assert!(shown("").is_err());
    }
}
