//! Metrics in Prometheus' text format: whether they are any, and what they say.

use std::collections::BTreeSet;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::Answer;
use crate::system::http::{Response, Trouble};
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
        // A counter that was not set yet may say NaN.
        (all.is_finite() && failed.is_finite()).then_some((all, failed + 0.0))
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
        Err(trouble) if matches!(trouble.last(), Trouble::TimedOut | Trouble::Broken) => {
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
    let metrics = match Metrics::parse(&response.body) {
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
    let (families, samples) = metrics.size();
    let mut answer = Answer::found(format!(
        "{}, {}",
        plural(families, "metric"),
        plural(samples, "sample")
    ));
    if let Some((all, failed)) = metrics.requests() {
        answer = answer.and(format!("{all} requests, {failed} answered with 5xx"));
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
        assert_eq!(metrics.size(), (3, 4));
        assert_eq!(metrics.requests(), Some((42.0, 2.0)));
        assert_eq!(metrics.sum("process_resident_memory_bytes"), Some(1.5e8));
        assert_eq!(metrics.sum("other"), None);
    }

    #[test]
    fn families_are_counted_with_a_type_and_without() {
        let families = |text: &str| Metrics::parse(text).map(|it| it.size().0);
        assert_eq!(
            families("# TYPE a counter\na 1\nb 2\nc 3\nd{e=\"f\"} 4\nd 5"),
            Ok(4)
        );
        assert_eq!(families("a 1\na{b=\"c\"} 2\nd 3"), Ok(2));
        let histogram = "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n";
        assert_eq!(families(histogram), Ok(1));
        assert_eq!(families("# TYPE a counter\na_total 1\na_created 2"), Ok(1));
        // A counter with labels that nothing has counted yet.
        assert_eq!(families("# TYPE a counter\n# TYPE b gauge\nb 1"), Ok(2));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let line = |text: &str| Metrics::parse(text).map_err(|(line, _)| line);
        assert_eq!(line("a 1\n<html> 2\n"), Err(2));
        assert_eq!(line("a\n"), Err(1));
        assert_eq!(line("a{b=\"c} 1"), Err(1));
        assert_eq!(line("a one"), Err(1));
        for broken in [
            "a 1 x",
            "a 1 2 3",
            "a{b=\"c\" d=\"e\"} 1",
            "a{1b=\"c\"} 1",
            "a{b:c=\"d\"} 1",
            "a{b} 1",
            "a{b=\"c\"",
            "a{,} 1",
            "{} 1",
            "a{\"b\"} 1",
            "{\"a\" \"b\"} 1",
            "a 0x1p3",
            "a 1_000",
        ] {
            assert_eq!(line(broken), Err(1), "{broken}");
        }
    }

    #[test]
    fn whatever_prometheus_itself_reads_is_read() {
        for text in [
            "a{b=\"x\\\"y\\\\z\\n\",c=\"{},\",} NaN",
            "a +Inf\na -Inf 123\na -1e-9 1520879605.123",
            "a\t1\n b {c=\"d\"}  2 \r\nc{} 3",
            "a_bucket{le=\"0.1\"} 8 # {trace_id=\"x y\"} 0.05 1520879607.789",
            "a_bucket{le=\"+Inf\"} 17 1520879605.123 # {} 1\n# EOF\n",
            "{\"my.metric\",\"a label\"=\"x\"} 3\n{\"my.metric\"} 4",
            "# HELP a \\ and \\n \"q\" {\na 1",
        ] {
            assert!(Metrics::parse(text).is_ok(), "{text}");
        }
        let utf8 = Metrics::parse("{\"my.metric\"} 4").expect("valid");
        assert_eq!(utf8.sum("my.metric"), Some(4.0));
        let unset = Metrics::parse("http_requests_total NaN").expect("valid");
        assert_eq!(unset.requests(), None);
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
