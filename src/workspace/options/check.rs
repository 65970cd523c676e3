//! Checks of a service as `pixcrawler.toml` says them: whether it is ready, whether it still works.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Error, MapAccess};
use serde_json::{Value, json};

use super::command::CommandOptions;
use super::forms::{Forms, deserialize_by_form};
use super::seconds::Seconds;

/// What both kinds of checks know.
const KINDS: [&str; 5] = ["http", "tcp", "log", "exec", "celery"];

/// That a check is of one kind, for the JSON Schema.
fn one() -> Value {
    let kinds = KINDS.iter().chain(&["watchdog"]);
    kinds.map(|kind| json!({"required": [kind]})).collect()
}

/// The same of a check that may be left as it was detected. `notify = false` is none.
fn one_or_none() -> Value {
    let mut all: Vec<Value> = KINDS
        .iter()
        .map(|kind| json!({"required": [kind]}))
        .collect();
    all.push(json!({"required": ["notify"], "properties": {"notify": {"const": true}}}));
    let none = json!({"not": {"anyOf": all}});
    all.push(none);
    all.into()
}

/// How to tell that a service is ready: one of `http`, `tcp`, `log`, `exec`, `celery`, `notify`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[schemars(extend("oneOf" = one_or_none()))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ReadyOptions {
    /// This URL answers with a status below 400, or as the table says.
    pub http: Option<HttpOptions>,
    /// This port accepts a connection.
    #[schemars(range(min = 1))]
    pub tcp: Option<u16>,
    /// A line of its output holds this text, or matches a regular expression.
    pub log: Option<LineOptions>,
    /// This command ends with success.
    pub exec: Option<CommandOptions>,
    /// Its Celery worker answers over this broker URL.
    pub celery: Option<String>,
    /// It says so itself, as services of systemd do: `READY=1` to `NOTIFY_SOCKET`.
    pub notify: Option<bool>,
    /// How long that may take, e.g. `"60s"`.
    #[schemars(extend("exclusiveMinimum" = 0, "pattern" = "[1-9]"))]
    pub timeout: Option<Seconds>,
    /// Time between two attempts.
    #[schemars(extend("minimum" = 0.01, "pattern" = "[1-9]"))]
    pub interval: Option<Seconds>,
    /// How long one attempt may take.
    #[schemars(extend("minimum" = 0.01, "pattern" = "[1-9]"))]
    pub attempt: Option<Seconds>,
    /// Time from the start to the first attempt.
    pub delay: Option<Seconds>,
}

/// How to tell that a service still works: one of `http`, `tcp`, `log`, `exec`, `celery`, `watchdog`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[schemars(extend("oneOf" = one()))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct HealthOptions {
    /// This URL answers with a status below 400, or as the table says.
    pub http: Option<HttpOptions>,
    /// This port accepts a connection.
    #[schemars(range(min = 1))]
    pub tcp: Option<u16>,
    /// A line that holds this text, or matches a regular expression, comes again and again: at
    /// the latest after `interval` times `failures`.
    pub log: Option<LineOptions>,
    /// This command ends with success.
    pub exec: Option<CommandOptions>,
    /// Its Celery worker answers over this broker URL.
    pub celery: Option<String>,
    /// It says so itself at least this often, as services of systemd do: `WATCHDOG=1`.
    #[schemars(extend("minimum" = 0.01, "pattern" = "[1-9]"))]
    pub watchdog: Option<Seconds>,
    /// Time between two attempts, 10 s when left out.
    #[schemars(extend("minimum" = 0.01, "pattern" = "[1-9]"))]
    pub interval: Option<Seconds>,
    /// How long one attempt may take.
    #[schemars(extend("minimum" = 0.01, "pattern" = "[1-9]"))]
    pub attempt: Option<Seconds>,
    /// Failed attempts in a row after which it counts as unhealthy, 3 when left out.
    #[schemars(range(min = 1))]
    pub failures: Option<u32>,
}

/// An HTTP check.
#[derive(Debug, Clone, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(untagged)]
pub enum HttpOptions {
    /// This URL answers with a status below 400.
    Url(String),
    /// What is asked and what must come.
    Table(HttpTable),
}

/// What is asked over HTTP and what must come.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HttpTable {
    /// The address.
    pub url: String,
    /// The status that must come: a number, a range as `"200-299"`, or a list of both.
    #[serde(default)]
    pub status: Option<StatusOptions>,
    /// Headers of the request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Headers that the answer must have; an empty text stands for any value.
    #[serde(default)]
    pub response_headers: BTreeMap<String, String>,
    /// A text that the body of the answer must hold.
    #[serde(default)]
    pub body: Option<String>,
}

/// One status, a range, or a list of both.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(
    untagged,
    expecting = "a status as 204, a range as \"200-299\", or a list of both"
)]
pub enum StatusOptions {
    /// One.
    One(StatusRange),
    /// Any of these.
    Many(#[schemars(length(min = 1))] Vec<StatusRange>),
}

/// A status or a range of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(untagged, expecting = "a status as 204, or a range as \"200-299\"")]
pub enum StatusRange {
    /// One status.
    Number(#[schemars(range(min = 100, max = 599))] u16),
    /// `200-299`.
    Range(String),
}

/// What a line of output must hold.
#[derive(Debug, Clone, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(untagged)]
pub enum LineOptions {
    /// This text.
    Text(String),
    /// A match.
    Regex(RegexOptions),
}

/// A regular expression.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegexOptions {
    /// In the syntax of Rust's regex crate.
    pub regex: String,
}

impl Forms for HttpOptions {
    const EXPECTED: &'static str =
        "a URL, or a table of `url`, `status`, `headers`, `body` and `response-headers`";

    fn from_text<E: Error>(text: StrDeserializer<'_, E>) -> Result<Self, E> {
        String::deserialize(text).map(Self::Url)
    }

    fn from_table<'de, A: MapAccess<'de>>(
        table: MapAccessDeserializer<A>,
    ) -> Result<Self, A::Error> {
        HttpTable::deserialize(table).map(Self::Table)
    }
}

impl Forms for LineOptions {
    const EXPECTED: &'static str = "a text, or { regex = \"…\" }";

    fn from_text<E: Error>(text: StrDeserializer<'_, E>) -> Result<Self, E> {
        String::deserialize(text).map(Self::Text)
    }

    fn from_table<'de, A: MapAccess<'de>>(
        table: MapAccessDeserializer<A>,
    ) -> Result<Self, A::Error> {
        RegexOptions::deserialize(table).map(Self::Regex)
    }
}

deserialize_by_form!(HttpOptions, LineOptions);
