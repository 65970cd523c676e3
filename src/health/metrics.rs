//! Metrics in Prometheus' text format: whether they are any, and what they say.

use std::collections::BTreeSet;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::Answer;
use crate::system::http::{Response, Trouble};
use crate::text::{plural, size};

/// It is no Prometheus text.
pub(super) static BROKEN: Rule = Rule {
    code: "health/metrics",
    severity: Severity::Warning,
    summary: "what stands under /metrics is no Prometheus text",
    text: "\
A scraper drops a whole answer when one line of it cannot be read, so graphs and alarms stay empty.

Way out: correct the line that is named; `# TYPE` comes before the samples of a family, names are
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
        if families.is_empty() {
            families = metrics
                .samples
                .iter()
                .map(|sample| sample.name.clone())
                .collect();
        }
        metrics.families = families.len();
        Ok(metrics)
    }

    /// How many families and samples there are.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.families, self.samples.len())
    }

    /// The sum of a metric over all labels; none when it is not there.
    #[must_use]
    pub fn sum(&self, name: &str) -> Option<f64> {
        let mut found = self
            .samples
            .iter()
            .filter(|sample| sample.name == name)
            .peekable();
        found.peek()?;
        Some(found.map(|sample| sample.value).sum())
    }

    /// Requests in all, and those answered with a status from 500 on.
    #[must_use]
    pub fn requests(&self) -> Option<(f64, f64)> {
        let name = [
            "http_requests_total",
            "starlette_requests_total",
            "fastapi_requests_total",
            "pixcrawler_http_requests_total",
        ]
        .into_iter()
        .find(|name| self.samples.iter().any(|sample| sample.name == *name))
        .or_else(|| {
            let mut names = self.samples.iter().map(|sample| sample.name.as_str());
            names.find(|name| name.ends_with("http_requests_total"))
        })?;
        let failed = |sample: &&Sample| {
            sample.labels.iter().any(|(label, value)| {
                matches!(
                    label.as_str(),
                    "status" | "status_code" | "code" | "http_status"
                ) && value.starts_with('5')
            })
        };
        let of_name = || self.samples.iter().filter(|sample| sample.name == name);
        let all: f64 = of_name().map(|sample| sample.value).sum();
        // The sum of nothing is -0.
        let failed: f64 = of_name().filter(failed).map(|sample| sample.value).sum();
        Some((all, failed + 0.0))
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == ':')
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':'))
}

/// `name{label="value",…} value [timestamp]`.
fn sample(line: &str) -> Result<Sample, String> {
    let end = line.find(['{', ' ', '\t']).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if !is_name(name) {
        return Err(format!(
            "`{}` is no name of a metric",
            name.chars().take(40).collect::<String>()
        ));
    }
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inner) => labels(inner)?,
        None => (Vec::new(), rest),
    };
    let mut words = rest.split_whitespace();
    let value = words.next().ok_or("it has no value")?;
    let number = match value {
        "+Inf" | "Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" | "Nan" => f64::NAN,
        text => text
            .parse()
            .map_err(|_| "its value is no number".to_owned())?,
    };
    Ok(Sample {
        name: name.to_owned(),
        labels,
        value: number,
    })
}

type Labels<'a> = (Vec<(String, String)>, &'a str);

fn labels(mut text: &str) -> Result<Labels<'_>, String> {
    let mut found = Vec::new();
    loop {
        text = text.trim_start().trim_start_matches(',').trim_start();
        if let Some(rest) = text.strip_prefix('}') {
            return Ok((found, rest));
        }
        let (name, rest) = text.split_once('=').ok_or("its labels have no end")?;
        let rest = rest
            .trim_start()
            .strip_prefix('"')
            .ok_or("a label's value has no quotes")?;
        let mut value = String::new();
        let mut characters = rest.char_indices();
        let end = loop {
            match characters.next() {
                Some((at, '"')) => break at + 1,
                Some((_, '\\')) => match characters.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, other)) => value.push(other),
                    None => return Err("a label's value has no end".to_owned()),
                },
                Some((_, other)) => value.push(other),
                None => return Err("a label's value has no end".to_owned()),
            }
        };
        found.push((name.trim().to_owned(), value));
        text = rest.get(end..).unwrap_or_default();
    }
}

/// What the metrics say.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an amount of memory"
)]
pub fn judge(said: &Result<Response, Trouble>) -> Answer {
    let response = match said {
        Ok(response) if super::is_page(response) => {
            return Answer::skipped("/metrics is a web page");
        }
        Ok(response) if response.status < 300 => response,
        Ok(response) if matches!(response.status, 401 | 403) => {
            return Answer::skipped(format!("/metrics is closed to us ({})", response.status));
        }
        Ok(response) if response.status == 404 => return Answer::skipped("there is no /metrics"),
        Ok(response) => return Answer::skipped(format!("/metrics answers {}", response.status)),
        Err(trouble) => return Answer::skipped(format!("/metrics: {trouble}")),
    };
    let metrics = match Metrics::parse(&response.body) {
        Ok(metrics) if metrics.samples.is_empty() => {
            return Answer::skipped("/metrics is empty");
        }
        Ok(metrics) => metrics,
        Err((line, why)) => {
            let message = format!("line {line} of {} cannot be read: {why}", response.url);
            let finding = Finding::new(&BROKEN, message)
                .note("correct what the application writes there")
                .help(format!("curl -s {}", response.url));
            return Answer::default().problem(finding);
        }
    };
    let (families, samples) = metrics.size();
    let mut answer = Answer::found(format!("{}, {samples} samples", plural(families, "metric")));
    if let Some((all, failed)) = metrics.requests() {
        answer = answer.and(format!("{all} requests, {failed} answered with 5xx"));
    }
    if let Some(resident) = metrics.sum("process_resident_memory_bytes") {
        answer = answer.and(format!("{} of memory", size(resident as u64)));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{method="GET",status="200"} 40
http_requests_total{method="GET",status="503",path="a \"b\" \\ c,d}"} 2 1700000000000
process_resident_memory_bytes 1.5e+08

latency_bucket{le="+Inf"} +Inf
"#;

    #[test]
    fn samples_are_read_with_their_labels() {
        let metrics = Metrics::parse(TEXT).expect("valid");
        assert_eq!(metrics.size(), (1, 4));
        assert_eq!(metrics.requests(), Some((42.0, 2.0)));
        assert_eq!(metrics.sum("process_resident_memory_bytes"), Some(1.5e8));
        assert_eq!(metrics.sum("other"), None);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let line = |text: &str| Metrics::parse(text).map_err(|(line, _)| line);
        assert_eq!(line("a 1\n<html> 2\n"), Err(2));
        assert_eq!(line("a\n"), Err(1));
        assert_eq!(line("a{b=\"c} 1"), Err(1));
        assert_eq!(line("a one"), Err(1));
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in ".{0,200}") {
            let _ = Metrics::parse(&text);
        }

        #[test]
        fn what_is_written_is_read(name in "[a-z_:][a-z0-9_:]{0,10}", label in "[^\\\\\"\n]{0,12}", value in -1e6..1e6_f64) {
            let metrics = Metrics::parse(&format!("{name}{{l=\"{label}\"}} {value}")).expect("valid");
            proptest::prop_assert_eq!(metrics.sum(&name), Some(value));
        }
    }
}
