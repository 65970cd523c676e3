//! From the text of an answer to a report, whatever its shape; and why a text is none.

use serde_json::{Map, Value};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::system::http::{MOST, Response, Trouble};

use super::body::{Health, State, field, key};
use super::deep::deep;
use super::listed::listed;
use super::own::{
    PART, counted, figure, is_doubtful, is_json, is_own, is_silent, own, said, spoken, state,
};
use super::parts::{flat, group, merged, shown, unnamed_group};
use super::reason::{apart, bad, confided, errors, of_whole};
use super::ways::Way;
use super::words::is_group;
use super::xml;

/// It answers, and what it says cannot be read.
pub(super) static UNREADABLE: Rule = Rule {
    code: "health/unreadable",
    severity: Severity::Error,
    summary: "a health report answers 200, and what it says cannot be read",
    text: "\
A status code of 200 is no health: the report itself says it. One that breaks off, is no sound JSON
or never ends says nothing, and comes from a server that is not well. An empty one warns, and fails
with `--strict`; so does a report without a word (`{}`), and a word that nobody knows, as the
`status` of the whole or of a part. All words count: `ok, database down` is not well.

An API that `dev` runs, and that has no report at any of the usual places, warns, too.

Way out: look at what comes (`curl -si URL`), and at the server's log. A report is read when it says
`{\"status\": \"healthy\"}`, or `degraded`, or `unhealthy`.",
};

/// What a report is wrapped in: frameworks do it with all that is raised (`{"detail": {"status": …}}`)
/// or answered.
const ENVELOPES: &[&str] = &["detail", "data", "health", "status", "result", "payload"];

/// Levels of a report that are read: parts are looked at in more than one way, and each of them in parts of its own.
const DEEPEST: usize = 12;

/// The upper levels of a value.
fn upper(value: Value, levels: usize) -> Value {
    match value {
        Value::Object(_) | Value::Array(_) if levels == 0 => Value::Null,
        Value::Object(object) => {
            let all = object.into_iter();
            all.map(|(name, value)| (name, upper(value, levels - 1)))
                .collect()
        }
        Value::Array(list) => {
            let all = list.into_iter();
            all.map(|value| upper(value, levels - 1)).collect()
        }
        other => other,
    }
}

impl Health {
    /// Reads a report; none when the text is neither JSON, nor XML that tells how it
    /// is, nor a word of health.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = bare(text);
        let of = |state| Self {
            state: Some(state),
            ..Self::default()
        };
        match serde_json::from_str(text).map(|it| upper(it, DEEPEST)) {
            Ok(Value::Object(object)) => {
                let health = report(&object);
                Some(health.searched(&Value::Object(object)))
            }
            Ok(list @ Value::Array(_)) => {
                let health = Self {
                    components: merged(group("", &list)?),
                    ..Self::default()
                };
                Some(health.searched(&list))
            }
            Ok(Value::Number(_)) => None,
            Ok(value) => state(&value).map(of),
            Err(_) if text.starts_with('<') => of_xml(text),
            Err(_) => listed(text).or_else(|| spoken(text).map(of)).or_else(|| {
                is_doubtful(text).then(|| Self {
                    unknown: Some(shown(text)),
                    ..Self::default()
                })
            }),
        }
    }

    /// With what is down deeper in it than its parts are looked for.
    fn searched(mut self, report: &Value) -> Self {
        let found = deep(report, &self.components);
        self.components.extend(found);
        self
    }

    /// With the words that stand among its parts: why it is as it is. Bad ones beside a good word are errors.
    fn explained(mut self, words: &Map<String, Value>) -> Self {
        let bad = bad(words);
        if self.state.is_none() && bad.is_some() {
            self.state = Some(State::Unhealthy);
        }
        self.errors = self.errors.or_else(|| errors(words)).or(bad);
        self.reason = self.reason.or_else(|| of_whole(words));
        self
    }

    /// With what its envelope has: of the two words, the worse.
    fn within(mut self, inner: Self) -> Self {
        self.state = self.state.max(inner.state);
        self.unknown = self.unknown.or(inner.unknown);
        self.errors = self.errors.or(inner.errors);
        self.reason = self.reason.or(inner.reason);
        self.version = self.version.or(inner.version);
        self.environment = self.environment.or(inner.environment);
        self.components.extend(inner.components);
        self
    }
}

/// The page of Rails' `/up`: there is nothing on it, and its colour is the answer.
fn of_rails(text: &str) -> Option<State> {
    let (_, body) = text.split_once("<body style=\"background-color: ")?;
    let (colour, rest) = body.split_once('"')?;
    rest.strip_prefix("></body>")?;
    match colour.trim_end_matches(';') {
        "green" => Some(State::Healthy),
        "red" => Some(State::Unhealthy),
        _ => None,
    }
}

/// A report in XML, where it says how it is. Much else is XML.
fn of_xml(text: &str) -> Option<Health> {
    if let Some(state) = of_rails(text) {
        return Some(Health {
            state: Some(state),
            ..Health::default()
        });
    }
    let (name, value) = xml::read(text)?;
    let value = upper(value, DEEPEST);
    let health = match value {
        Value::Object(object) => {
            let health = report(&object);
            health.searched(&Value::Object(object))
        }
        Value::String(word) if is_own(&key(&name)) => {
            report(&[(name, Value::String(word))].into_iter().collect())
        }
        Value::String(word) => Health {
            state: spoken(&word),
            ..Health::default()
        },
        _ => return None,
    };
    (health.state.is_some() || health.unknown.is_some()).then_some(health)
}

/// Why a report that came with a good status code cannot be read; none where it is readable, or
/// does not look like a report.
pub(super) fn unreadable(response: &Response) -> Option<Finding> {
    let url = &response.url;
    let status = response.status;
    let finding = |message: String| Finding::new(&UNREADABLE, message);
    if response.is_cut() {
        let with = format!("{url} answers {status} with");
        let kind = response.header("content-type").unwrap_or_default();
        return Some(match response.header("content-length") {
            // One that tells how long it is may be sound, where it is no report.
            Some(_) if !kind.contains("json") => finding(format!(
                "{with} more than {MOST}, and no more of a report is read"
            ))
            .severity(Severity::Warning),
            Some(_) => finding(format!(
                "{with} a report of more than {MOST}, which is not read"
            )),
            None => finding(format!("{with} a body that does not end within {MOST}")),
        });
    }
    let text = bare(&response.body);
    // 204 says that there is none.
    if text.is_empty() {
        return (status != 204).then(|| {
            finding(format!(
                "{url} answers {status} with an empty body, which says nothing of its health"
            ))
            .severity(Severity::Warning)
        });
    }
    if let Some(how) = is_compressed(response) {
        return Some(finding(format!(
            "{url} answers {status} with a body that is compressed ({how}), which nobody asked for and is not read here"
        )));
    }
    let json = is_json(text)
        || response
            .header("content-type")
            .is_some_and(|kind| kind.contains("json"));
    let error = match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(_) | Value::Null | Value::Number(_))
            if Health::parse(text).is_none_or(|it| it.components.is_empty()) =>
        {
            return Some(
                finding(format!(
                    "{url} answers {status} with JSON that says nothing of its health"
                ))
                .severity(Severity::Warning),
            );
        }
        Ok(Value::Object(object))
            if is_silent(&object)
                && Health::parse(text).is_none_or(|it| it.components.is_empty()) =>
        {
            return Some(
                finding(format!(
                    "{url} answers {status} with a report that says nothing of its state"
                ))
                .severity(Severity::Warning),
            );
        }
        Ok(_) => return None,
        Err(error) => error,
    };
    let readable = Health::parse(text).is_some();
    (json && !readable).then(|| {
        let why = if error.is_eof() {
            "that breaks off in the middle".to_owned()
        } else {
            format!("that is no sound JSON: {error}")
        };
        finding(format!("{url} answers {status} with a report {why}"))
    })
}

/// An answer that breaks off on its way, or does not end: something is there, and what it says cannot be read. It is that of the very
/// place that was asked; others may be sound.
pub(super) fn broken(way: &Way, trouble: &Trouble) -> Option<Finding> {
    trouble
        .has_begun()
        .then(|| Finding::new(&UNREADABLE, format!("{}: {trouble}", way.place())))
}

/// Whether an answer with a good status code is a report that cannot be read, and not only one that says nothing.
#[must_use]
pub fn is_broken(response: &Response) -> bool {
    unreadable(response).is_some_and(|it| it.severity == Severity::Error)
}

/// Whether an answer is XML that is no page.
pub(super) fn is_xml(response: &Response) -> bool {
    let kind = response.header("content-type").unwrap_or_default();
    let text = bare(&response.body);
    let root = text
        .split('<')
        .find(|it| it.starts_with(|it: char| it.is_alphabetic()));
    let root = root.and_then(|it| {
        it.split(|it: char| it.is_whitespace() || matches!(it, '>' | '/'))
            .next()
    });
    text.starts_with('<')
        && !kind.contains("html")
        && root.is_some_and(|root| {
            let is_page = xml::is_page(root);
            let is_whole = text.ends_with(&format!("</{root}>")) || text.ends_with("/>");
            !is_page && (is_whole || text.starts_with("<?xml") || kind.contains("xml"))
        })
}

/// How a body is compressed that was not to be: it was not read.
pub(super) fn is_compressed(response: &Response) -> Option<&str> {
    let how = response.header("content-encoding")?.trim();
    (!how.is_empty() && !how.eq_ignore_ascii_case("identity")).then_some(how)
}

/// A text without the mark that Windows programs put before it.
fn bare(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim()
}

fn report(object: &Map<String, Value>) -> Health {
    let word = |name: &str| {
        let value = field(object, name)?.as_str()?;
        Some(shown(value))
    };
    let own = own(object, PART).max(counted(object)).or_else(|| {
        let message = field(object, "message")?.as_str()?;
        spoken(message)
    });
    let mut health = Health {
        state: own,
        unknown: said(object)
            .map(str::to_owned)
            .or_else(|| figure(object))
            .filter(|word| own.is_none() && !word.trim().is_empty())
            .map(|word| shown(&word)),
        errors: errors(object).or_else(|| confided(object).filter(|_| own.is_none())),
        reason: of_whole(object),
        version: word("version"),
        environment: word("environment"),
        components: Vec::new(),
    };
    for (name, value) in object {
        let key = key(name);
        let key = key.as_str();
        let grouped = || {
            let (words, parts) = apart(value);
            Some((words, group(key, &parts)?))
        };
        let grouped = is_group(name).then(grouped).flatten();
        match (grouped, value) {
            (Some((words, components)), _) => {
                health = health.explained(&words);
                health.components.extend(components);
            }
            (None, Value::Object(inner)) if ENVELOPES.contains(&key) => {
                health = health.within(report(inner));
            }
            _ if is_own(key) => {}
            _ => match unnamed_group(name, value) {
                Some(components) => health.components.extend(components),
                None => health.components.extend(flat(name, value)),
            },
        }
    }
    health.components = merged(health.components);
    if health.state.is_some() {
        health.unknown = None;
    }
    health
}

#[cfg(test)]
mod tests;
