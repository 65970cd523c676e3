//! Metrics in Prometheus' text format: whether they are any, and what they say.

use std::collections::BTreeSet;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::Answer;
use crate::system::http::{MOST, Response, Trouble};
use crate::text::{plural, size};

use super::shown::shown;
use super::ways::Way;

/// It is no Prometheus text.
pub(super) static BROKEN: Rule = Rule {
    code: "health/metrics",
    severity: Severity::Warning,
    summary: "what stands under /metrics is no Prometheus text, or does not come",
    text: "\
A scraper drops a whole answer when one line of it cannot be read, so graphs and alarms stay empty. So they do
where `/metrics` answers with an error of the server, or not in time.

Way out: look at the server's log; correct the line that is named; `# TYPE` comes before the samples of a family, names are
letters, digits, `_` and `:`, values are numbers.",
};

/// One sample: a name, its labels as they are written, a value.
#[derive(Debug, Clone, PartialEq)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

/// All samples of one answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics {
    samples: Vec<Sample>,
    families: usize,
}

impl Metrics {
    /// Reads a text.
    ///
    /// # Errors
    /// The number of the first line that is not understood, and why.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut metrics = Self::default();
        let mut families = BTreeSet::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if let Some(comment) = line.strip_prefix('#') {
                let mut words = comment.split_whitespace();
                if words.next() == Some("TYPE")
                    && let Some(name) = words.next()
                {
                    families.insert(name.to_owned());
                }
                continue;
            }
            if line.is_empty() {
                continue;
            }
            metrics
                .samples
                .push(sample(line).map_err(|why| (at + 1, why))?);
        }
        let untyped: BTreeSet<&str> = metrics
            .samples
            .iter()
            .map(|sample| sample.name.as_str())
            .filter(|name| !is_typed(name, &families))
            .collect();
        metrics.families = families.len() + untyped.len();
        Ok(metrics)
    }

    /// How many families and samples there are.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.families, self.samples.len())
    }

    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Sample> {
        let all = self.samples.iter();
        all.filter(move |sample| sample.name == name)
    }

    /// The sum of a metric over all labels; none when it is not there.
    #[must_use]
    pub fn sum(&self, name: &str) -> Option<f64> {
        let mut found = self.named(name).peekable();
        found.peek()?;
        Some(found.map(|sample| sample.value).sum())
    }

    /// Requests in all, and those answered with a status from 500 on, where a counter tells them apart.
    #[must_use]
    pub fn requests(&self) -> Option<(f64, Option<f64>)> {
        let names = self.samples.iter().map(|sample| sample.name.as_str());
        let others = names.filter(|name| name.ends_with("http_requests_total"));
        let known: Vec<&str> = REQUESTS
            .iter()
            .copied()
            .chain(others)
            .chain(COUNTED.iter().copied())
            .collect();
        let name = known
            .iter()
            .find(|name| self.named(name).next().is_some())?;
        let all: f64 = self.named(name).map(|sample| sample.value).sum();
        let told = known
            .iter()
            .find(|name| self.named(name).any(|it| it.status().is_some()));
        let failed = told.map(|name| {
            let failed = self
                .named(name)
                .filter(|sample| sample.status().is_some_and(|it| it.starts_with('5')))
                .map(|sample| sample.value);
            // The sum of nothing is -0.
            failed.sum::<f64>() + 0.0
        });
        // A counter that was not set yet may say NaN.
        all.is_finite()
            .then_some((all, failed.filter(|it| it.is_finite())))
    }
}

/// Counters of requests, the usual ones first.
const REQUESTS: &[&str] = &[
    "http_requests_total",
    "starlette_requests_total",
    "fastapi_requests_total",
    "pixcrawler_http_requests_total",
];

/// What counts them besides: the times of Spring, OpenTelemetry and others, and their answers.
const COUNTED: &[&str] = &[
    "http_server_requests_seconds_count",
    "http_server_request_duration_seconds_count",
    "http_server_duration_milliseconds_count",
    "http_request_duration_seconds_count",
    "starlette_responses_total",
    "fastapi_responses_total",
    "http_responses_total",
];

impl Sample {
    /// The status code that it counts, where it counts by that.
    fn status(&self) -> Option<&str> {
        const LABELS: &[&str] = &[
            "status",
            "status_code",
            "code",
            "http_status",
            "http_status_code",
            "http_response_status_code",
        ];
        let mut labels = self.labels.iter();
        labels
            .find(|(label, _)| LABELS.contains(&label.as_str()))
            .map(|(_, value)| value.as_str())
    }
}

/// Whether a sample belongs to one of the families that have a type: a histogram's names go on behind
/// its family's, as counters' do in `OpenMetrics`.
fn is_typed(name: &str, families: &BTreeSet<String>) -> bool {
    const ENDINGS: &[&str] = &[
        "", "_bucket", "_sum", "_count", "_total", "_created", "_info", "_gsum", "_gcount",
    ];
    ENDINGS
        .iter()
        .filter_map(|ending| name.strip_suffix(ending))
        .any(|family| families.contains(family))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == ':')
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':'))
}

fn is_label(text: &str) -> bool {
    is_name(text) && !text.contains(':')
}

/// `name{label="value",…} value [timestamp] [# exemplar]`; since Prometheus 3 also
/// `{"any name",label="value",…} value`.
fn sample(line: &str) -> Result<Sample, String> {
    let end = line.find(['{', ' ', '\t']).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let (quoted, labels, rest) = match rest.trim_start().strip_prefix('{') {
        Some(inner) => labels(inner)?,
        None => (None, Vec::new(), rest),
    };
    let name = match quoted {
        Some(quoted) if name.is_empty() => quoted,
        None if is_name(name) => name.to_owned(),
        Some(_) => return Err("it has two names".to_owned()),
        None => {
            return Err(format!("`{}` is no name of a metric", shown(name, 40)));
        }
    };
    let mut words = rest.split_whitespace();
    let value = words.next().ok_or("it has no value")?;
    let value = number(value).ok_or("its value is no number")?;
    // What stands behind a `#` is an example of OpenMetrics.
    if let Some(time) = words.next().filter(|word| *word != "#") {
        number(time).ok_or("its timestamp is no number")?;
        if words.next().is_some_and(|word| word != "#") {
            return Err("something stands behind its timestamp".to_owned());
        }
    }
    Ok(Sample {
        name,
        labels,
        value,
    })
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        "NaN" | "Nan" => Some(f64::NAN),
        text => text.parse().ok(),
    }
}

/// The name among them, if it is in quotes; the labels; what is behind them.
type Labels<'a> = (Option<String>, Vec<(String, String)>, &'a str);

fn labels(text: &str) -> Result<Labels<'_>, String> {
    let (mut named, mut found) = (None, Vec::new());
    let mut text = text.trim_start();
    loop {
        if let Some(rest) = text.strip_prefix('}') {
            return Ok((named, found, rest));
        }
        let (name, rest) = if text.starts_with('"') {
            let (name, rest) = quoted(text)?;
            (name, rest.trim_start())
        } else {
            let end = text.find(['=', ',', '}']).ok_or("its labels have no end")?;
            let (name, rest) = text.split_at(end);
            let name = name.trim();
            if !is_label(name) {
                return Err(format!("`{}` is no name of a label", shown(name, 40)));
            }
            (name.to_owned(), rest)
        };
        text = match rest.strip_prefix('=') {
            Some(rest) => {
                let (value, rest) = quoted(rest.trim_start())?;
                found.push((name, value));
                rest.trim_start()
            }
            None if text.starts_with('"') && named.is_none() && found.is_empty() => {
                named = Some(name);
                rest
            }
            None => return Err(format!("the label `{}` has no value", shown(&name, 40))),
        };
        text = match text.strip_prefix(',') {
            Some(rest) => rest.trim_start(),
            None if text.starts_with('}') => text,
            None if text.is_empty() => return Err("its labels have no end".to_owned()),
            None => return Err("there is no comma between two labels".to_owned()),
        };
    }
}

/// A text in quotes, and what is behind it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let inner = text
        .strip_prefix('"')
        .ok_or("a label's value has no quotes")?;
    let mut value = String::new();
    let mut characters = inner.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, inner.get(at + 1..).unwrap_or_default())),
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, other)) => value.push(other),
                None => break,
            },
            other => value.push(other),
        }
    }
    Err("a label's value has no end".to_owned())
}

/// What the metrics say.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an amount of memory"
)]
pub fn judge(way: &Way, said: &Result<Response, Trouble>) -> Answer {
    let silent = |message: String| Finding::new(&BROKEN, message).subject("metrics");
    let response = match said {
        Ok(response) if response.status >= 500 => {
            let finding = silent(format!("{} answers {}", response.url, response.status));
            return Answer::default().problem(way.look(finding, &response.url));
        }
        Ok(response) if response.is_page() => {
            return Answer::skipped("/metrics is a web page");
        }
        Ok(response) if response.status < 300 => response,
        Ok(response) if matches!(response.status, 401 | 403) => {
            return Answer::skipped(format!("/metrics is closed to us ({})", response.status));
        }
        Ok(response) if response.status == 404 => return Answer::skipped("there is no /metrics"),
        Ok(response) => return Answer::skipped(format!("/metrics answers {}", response.status)),
        Err(trouble) if trouble.is_late() || trouble.has_begun() => {
            let finding = silent(format!("/metrics: {trouble}"));
            return Answer::default().problem(way.after(finding, trouble));
        }
        Err(trouble) => return Answer::skipped(format!("/metrics: {trouble}")),
    };
    let broken = |message: String| {
        let finding = Finding::new(&BROKEN, message)
            .note("correct what the application writes there")
            .help(format!("curl -s {}", way.typed(&response.url)));
        Answer::default().problem(way.explained(finding))
    };
    if let Some(how) = super::read::is_compressed(response) {
        return broken(format!(
            "{} answers with a body that is compressed ({how}), which nobody asked for",
            response.url
        ));
    }
    if serde_json::from_str::<serde_json::Value>(&response.body).is_ok_and(|it| !it.is_number()) {
        return broken(format!("{} is JSON, and no Prometheus text", response.url));
    }
    let text = match response.body.rsplit_once('\n') {
        Some((whole, _)) if response.is_cut() => whole,
        _ => response.body.as_str(),
    };
    let metrics = match Metrics::parse(text) {
        Ok(metrics) if metrics.samples.is_empty() => {
            return Answer::skipped("/metrics is empty");
        }
        Ok(metrics) => metrics,
        Err((line, why)) => {
            return broken(format!(
                "line {line} of {} cannot be read: {why}",
                response.url
            ));
        }
    };
    // OpenMetrics says where it ends: what does not say so broke off, and scrapers drop all of it.
    let is_open = response
        .header("content-type")
        .is_some_and(|kind| kind.contains("application/openmetrics-text"));
    if is_open && !response.is_cut() && !text.trim_end().ends_with("# EOF") {
        return broken(format!(
            "{} is OpenMetrics, and does not end with `# EOF`: it breaks off",
            response.url
        ));
    }
    let (families, samples) = metrics.size();
    let mut answer = Answer::found(format!(
        "{}, {}",
        plural(families, "metric"),
        plural(samples, "sample")
    ));
    // What is counted in a part of it is not the whole.
    if response.is_cut() {
        return answer.and(format!("only its first {MOST} are read"));
    }
    if let Some((all, failed)) = metrics.requests() {
        let failed = failed.map(|it| format!(", {it} answered with 5xx"));
        answer = answer.and(format!("{all} requests{}", failed.unwrap_or_default()));
    }
    let resident = metrics
        .sum("process_resident_memory_bytes")
        .filter(|bytes| bytes.is_finite());
    if let Some(resident) = resident {
        answer = answer.and(format!("{} of memory", size(resident as u64)));
    }
    answer
}

#[cfg(test)]
mod tests;
