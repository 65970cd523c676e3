//! `pixcrawler.toml` as it is written: strict, with places and near misses in its errors.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::env::dialect::Dialect;
use crate::text::{Source, Span, nearest};

/// `pixcrawler.toml` cannot be understood.
pub(super) static BROKEN: Rule = Rule {
    code: "config/broken",
    severity: Severity::Error,
    summary: "pixcrawler.toml cannot be understood",
    text: "\
The settings file is read strictly: a misspelt key that is silently ignored costs more time than
an error. The place is underlined, and the nearest known name is suggested.

Way out: correct the line, or see what is understood with `pixcrawler dev --dry-run`.",
};

/// Everything that `pixcrawler.toml` may say. Every part is optional.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Options {
    /// The workspace's display name.
    pub name: Option<String>,
    /// Tiers beyond root, backend and frontend, or changes to those.
    pub tiers: BTreeMap<String, TierOptions>,
    /// Services beyond the detected ones, or changes to those.
    pub services: BTreeMap<String, ServiceOptions>,
    /// Which managed services may be started.
    pub managed: ManagedOptions,
    /// How much of the services' output is kept.
    pub logs: super::LogOptions,
    /// What `migrate` does without being told.
    pub migrate: MigrateOptions,
    /// Severity of rules: `"env/missing" = "warning"`, or `"off"`.
    pub rules: BTreeMap<String, RuleLevel>,
}

/// Migrations.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MigrateOptions {
    /// The last migration whose dangers somebody looked at: `migrate check` is silent about those up to it.
    pub reviewed: Option<String>,
}

/// What a rule's findings count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleLevel {
    /// Not reported.
    Off,
    /// Worth knowing.
    Info,
    /// Look at it.
    Warning,
    /// Broken.
    Error,
}

/// A tier's folder, loaders and files.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TierOptions {
    /// Its folder, relative to the workspace.
    #[schemars(with = "Option<String>")]
    pub dir: Option<Utf8PathBuf>,
    /// The loaders that read its files, the one that decides first.
    #[serde(deserialize_with = "dialects")]
    #[schemars(with = "Option<Vec<String>>")]
    pub dialects: Option<Vec<Dialect>>,
    /// Its env files in the loader's order, relative to the workspace.
    #[schemars(with = "Option<Vec<String>>")]
    pub files: Option<Vec<Utf8PathBuf>>,
    /// The schema in `env-schemas/` that describes it; its own name otherwise.
    pub schema: Option<String>,
}

/// One service.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ServiceOptions {
    /// A program with its arguments, or one line for the shell.
    pub command: Option<CommandOptions>,
    /// The folder it runs in, relative to the workspace.
    #[schemars(with = "Option<String>")]
    pub cwd: Option<Utf8PathBuf>,
    /// Variables on top of what it would see otherwise.
    pub env: BTreeMap<String, String>,
    /// The port that it listens on: checked before the start, given to it as `PORT`.
    pub port: Option<u16>,
    /// What must be so before it starts.
    pub depends_on: Option<DependencyOptions>,
    /// How to tell that it is ready; `started` when left out.
    pub ready: Option<ReadyOptions>,
    /// When to start it again.
    pub restart: Option<RestartOptions>,
    /// How to stop it.
    pub stop: Option<StopOptions>,
    /// `false` leaves it out.
    pub enabled: Option<bool>,
    /// It runs once and must succeed, instead of running on.
    pub task: Option<bool>,
}

/// How to start a service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum CommandOptions {
    /// One line for the shell.
    Shell(String),
    /// A program with its arguments.
    Exec(Vec<String>),
}

/// What a service waits for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum DependencyOptions {
    /// Names; each must be ready (a task: have succeeded).
    Names(Vec<String>),
    /// Names with the condition that must hold.
    Conditions(BTreeMap<String, ConditionOptions>),
}

/// When a dependency counts as met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConditionOptions {
    /// Its process runs.
    Started,
    /// Its readiness check passed.
    Ready,
    /// It ended, however.
    Completed,
    /// It ended with success.
    CompletedSuccessfully,
}

/// How to tell that a service is ready: one of `http`, `tcp`, `log`, `exec`, `celery`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ReadyOptions {
    /// This URL answers with a status below 400.
    pub http: Option<String>,
    /// This port accepts a connection.
    pub tcp: Option<u16>,
    /// A line of its output holds this text.
    pub log: Option<String>,
    /// This command ends with success.
    pub exec: Option<CommandOptions>,
    /// Its Celery worker answers over this broker URL.
    pub celery: Option<String>,
    /// How long that may take, e.g. `"60s"`.
    pub timeout: Option<Seconds>,
    /// Time between two attempts.
    pub interval: Option<Seconds>,
}

/// When a service is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RestartOptions {
    /// Its end ends the session.
    #[default]
    Never,
    /// When it failed.
    OnFailure,
    /// Whenever it ended.
    Always,
}

/// How a service is stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct StopOptions {
    /// `SIGTERM`, `SIGINT`, …
    pub signal: Option<String>,
    /// How long it may take before it is killed, e.g. `"10s"`.
    pub grace: Option<Seconds>,
}

/// Which services the tool may start itself.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ManagedOptions {
    /// A Postgres when the tier's URL points here and nothing listens.
    pub postgres: Option<bool>,
    /// A Valkey or Redis likewise.
    pub redis: Option<bool>,
}

/// A length of time: `"500ms"`, `"10s"`, `"2m"`, or a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(with = "String")]
pub struct Seconds(pub Duration);

impl std::str::FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let digits = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let factor = match unit.trim() {
            "ms" => 0.001,
            "" | "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => {
                return Err(format!(
                    "unknown unit in `{text}`, expected for example 500ms, 10s, 2m or 1h"
                ));
            }
        };
        let number: f64 = number.parse().map_err(|_| {
            format!("`{text}` is no length of time, expected for example 500ms, 10s or 2m")
        })?;
        Duration::try_from_secs_f64(number * factor)
            .map(Seconds)
            .map_err(|_| format!("`{text}` is too long"))
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(f64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(seconds) => seconds.to_string().parse().map_err(D::Error::custom),
            Written::Text(text) => text.parse().map_err(D::Error::custom),
        }
    }
}

fn dialects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Dialect>>, D::Error> {
    let names = Option::<Vec<String>>::deserialize(deserializer)?;
    names
        .map(|names| {
            names
                .iter()
                .map(|name| name.parse().map_err(D::Error::custom))
                .collect()
        })
        .transpose()
}

/// Reads the settings file.
///
/// # Errors
/// The findings that say what is wrong and where.
pub fn parse(source: &Source) -> Result<Options, Vec<Finding>> {
    toml::from_str(source.text()).map_err(|error| vec![explain(source, &error)])
}

/// A parser's complaint as a finding: place, near miss, way out.
fn explain(source: &Source, error: &toml::de::Error) -> Finding {
    let span = error.span().map_or(Span::new(0, 0), Span::from);
    let (what, expected) = match error.message().split_once(", expected ") {
        Some((what, expected)) => (what, Some(expected)),
        None => (error.message().lines().next().unwrap_or("not TOML"), None),
    };
    let mut finding = Finding::new(&BROKEN, what.to_owned()).at(Label::new(source, span, "here"));
    if let Some(expected) = expected {
        let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        let written = what.split('`').nth(1).unwrap_or_default();
        finding = match nearest(written, known.iter().copied()) {
            Some(near) if what.starts_with("unknown") => {
                finding.help(format!("did you mean `{near}`?"))
            }
            _ => finding.help(format!(
                "expected {}",
                expected.replace("u16", "a port number, 1 to 65535")
            )),
        };
    }
    if finding.help.is_none() {
        finding =
            finding.help("correct the line, then look at the result: pixcrawler dev --dry-run");
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> (String, usize, String) {
        let findings =
            parse(&Source::new("pixcrawler.toml", text)).expect_err("the text is broken");
        let finding = &findings[0];
        let line = finding.place.as_ref().map_or(0, |place| place.start().line);
        (
            finding.message.clone(),
            line,
            finding.help.clone().unwrap_or_default(),
        )
    }

    #[test]
    fn a_near_miss_is_suggested_at_its_place() {
        let (message, line, help) = complaint("[services.web]\ncomand = \"bun dev\"\n");
        assert_eq!(
            (message.as_str(), line, help.as_str()),
            ("unknown field `comand`", 2, "did you mean `command`?")
        );
    }

    #[test]
    fn lengths_of_time_have_units() {
        let options =
            parse(&Source::new("p", "[services.w.stop]\ngrace = \"1.5s\"\n")).expect("valid");
        let grace = options.services["w"]
            .stop
            .as_ref()
            .and_then(|stop| stop.grace);
        assert_eq!(grace, Some(Seconds(Duration::from_millis(1500))));
        let (message, line, _) = complaint("[services.w.stop]\ngrace = \"1 fortnight\"\n");
        assert!(message.starts_with("unknown unit"), "{message}");
        assert_eq!(line, 2);
    }
}
