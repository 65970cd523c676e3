//! A service as `pixcrawler.toml` says it.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{Error, MapAccess, SeqAccess};

use super::check::{HealthOptions, ReadyOptions};
use super::command::CommandOptions;
use super::forms::{Forms, deserialize_by_form};
use super::seconds::Seconds;

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
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// What must be so before it starts.
    pub depends_on: Option<DependencyOptions>,
    /// How to tell that it is ready; `started` when left out.
    pub ready: Option<ReadyOptions>,
    /// How to tell, once it is ready, that it still works.
    pub health: Option<HealthOptions>,
    /// When to start it again, and how patiently.
    pub restart: Option<RestartOptions>,
    /// How to stop it.
    pub stop: Option<StopOptions>,
    /// Exit codes that count as success beside 0.
    pub success_codes: Vec<u8>,
    /// `false` leaves it out.
    pub enabled: Option<bool>,
    /// It runs once and must succeed, instead of running on.
    pub task: Option<bool>,
    /// It is started only with one of these, `--profile NAME`; always when empty.
    #[schemars(inner(regex(pattern = r"\S")))]
    pub profiles: Vec<String>,
    /// How many of it run: `NAME-1`, `NAME-2`, … `{replica}` and `{port}` in its texts are replaced.
    #[schemars(range(min = 1, max = 100))]
    pub replicas: Option<u32>,
    /// Each replica's port is so much higher than the one before.
    #[schemars(range(min = 1))]
    pub port_step: Option<u16>,
    /// Files whose change starts it again.
    pub watch: Option<WatchOptions>,
    /// How many processes it may have at one time; when this is left out, one that is noticed with
    /// more than 1000 is killed.
    #[schemars(range(min = 1))]
    pub max_processes: Option<u32>,
    /// `false`: a change of its env files does not start it again.
    pub watch_env: Option<bool>,
}

/// What a service waits for.
#[derive(Debug, Clone, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(untagged)]
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
    /// Its health check passed.
    Healthy,
    /// It ended, however.
    Completed,
    /// It ended with success.
    CompletedSuccessfully,
}

/// When a service is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RestartWhen {
    /// Its end ends the session.
    #[default]
    Never,
    /// When it failed.
    OnFailure,
    /// Whenever it ended.
    Always,
}

/// When a service is started again, in one word or with times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(untagged)]
pub enum RestartOptions {
    /// With the usual times.
    When(RestartWhen),
    /// With times of its own.
    Table(RestartTable),
}

/// When a service is started again, and how patiently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RestartTable {
    /// `never`, `on-failure` or `always`.
    pub when: RestartWhen,
    /// Time before the next start; doubled with each failure in a row, and up to a quarter is added
    /// by chance.
    pub delay: Option<Seconds>,
    /// The longest that time becomes; from there up to a quarter is taken off by chance.
    pub max_delay: Option<Seconds>,
    /// A run of this length is a success: what failed before is forgotten.
    pub stable: Option<Seconds>,
    /// Failures in a row after which it is given up; 0 for never.
    pub limit: Option<u32>,
}

/// How a service is stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct StopOptions {
    /// `SIGTERM` (the default), `SIGINT`, `SIGQUIT`, `SIGHUP`, `SIGABRT`, `SIGUSR1`, `SIGUSR2`,
    /// `SIGWINCH` or `SIGKILL`, with or without `SIG`. On Windows all but the last are Ctrl+Break.
    #[schemars(regex(
        pattern = r"^([sS][iI][gG])?([tT][eE][rR][mM]|[iI][nN][tT]|[qQ][uU][iI][tT]|[hH][uU][pP]|[aA][bB][rR][tT]|[uU][sS][rR][12]|[wW][iI][nN][cC][hH]|[kK][iI][lL][lL])$"
    ))]
    pub signal: Option<String>,
    /// Who gets the signal: the process that was started, or its whole group.
    pub to: Option<StopTo>,
    /// This command stops it, in its folder and environment; the signal follows where it fails.
    pub command: Option<CommandOptions>,
    /// How long it may take before it is killed, e.g. `"10s"`.
    pub grace: Option<Seconds>,
}

/// Who gets the gentle signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StopTo {
    /// The process that was started; it passes it on as it sees fit.
    Leader,
    /// Its whole process group; usual for shell lines.
    Group,
}

/// Files whose change starts a service again.
#[derive(Debug, Clone, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(untagged)]
pub enum WatchOptions {
    /// `true`: everything in its folder; `false`: nothing, although it was detected so.
    Switch(bool),
    /// These files and folders.
    Paths(#[schemars(length(min = 1))] Vec<String>),
    /// With rules.
    Table(WatchTable),
}

/// Files whose change starts a service again, with rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct WatchTable {
    /// Files and folders, relative to the service's folder; that folder when empty.
    pub paths: Vec<String>,
    /// Only files of these patterns count, e.g. `["*.py"]`; all when empty.
    pub only: Vec<String>,
    /// Files and folders of these patterns do not count, beside the usual ones. `*`, `**` and `?` are known;
    /// brackets stand for themselves.
    pub ignore: Vec<String>,
    /// Changes within this time are one, e.g. `"300ms"`.
    pub debounce: Option<Seconds>,
}

impl Forms for DependencyOptions {
    const EXPECTED: &'static str = "a list of names, or names with a condition: started, ready, healthy, completed or completed_successfully";

    fn from_list<'de, A: SeqAccess<'de>>(list: SeqAccessDeserializer<A>) -> Result<Self, A::Error> {
        Vec::deserialize(list).map(Self::Names)
    }

    fn from_table<'de, A: MapAccess<'de>>(
        table: MapAccessDeserializer<A>,
    ) -> Result<Self, A::Error> {
        BTreeMap::deserialize(table).map(Self::Conditions)
    }
}

impl Forms for RestartOptions {
    const EXPECTED: &'static str = "never, on-failure or always, or a table of `when`, `delay`, `max-delay`, `stable` and `limit`";

    fn from_text<E: Error>(text: StrDeserializer<'_, E>) -> Result<Self, E> {
        RestartWhen::deserialize(text).map(Self::When)
    }

    fn from_table<'de, A: MapAccess<'de>>(
        table: MapAccessDeserializer<A>,
    ) -> Result<Self, A::Error> {
        RestartTable::deserialize(table).map(Self::Table)
    }
}

impl Forms for WatchOptions {
    const EXPECTED: &'static str =
        "true or false, a list of folders, or a table of `paths`, `only`, `ignore` and `debounce`";

    fn from_switch<E: Error>(value: bool) -> Result<Self, E> {
        Ok(Self::Switch(value))
    }

    fn from_list<'de, A: SeqAccess<'de>>(list: SeqAccessDeserializer<A>) -> Result<Self, A::Error> {
        let paths = Vec::deserialize(list)?;
        // Whoever leaves out `paths` means the folder, who writes an empty list perhaps nothing.
        if paths.is_empty() {
            return Err(A::Error::custom(
                "`watch` names no folder, expected true for the service's own, false for none, or a list of folders",
            ));
        }
        Ok(Self::Paths(paths))
    }

    fn from_table<'de, A: MapAccess<'de>>(
        table: MapAccessDeserializer<A>,
    ) -> Result<Self, A::Error> {
        WatchTable::deserialize(table).map(Self::Table)
    }
}

deserialize_by_form!(DependencyOptions, RestartOptions, WatchOptions);
