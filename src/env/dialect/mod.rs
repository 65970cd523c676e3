//! How ten real loaders read an env file, byte for byte.
//!
//! Each dialect is one module that does what one loader of one version does, found by reading it and proven by
//! running it: `tests/fixtures/dialects` holds tricky files and what the loaders made of them. All of them are pure
//! (the process environment is an argument), total (any bytes), and take time in proportion to what they read and
//! write, also where the original is quadratic.
//!
//! Versions: python-dotenv 1.2.4, pydantic-settings 2.16.3, @next/env 15 and 16, bun 1.4.5, npm dotenv 18.0.10,
//! node 20.20.2, compose 2.40.3, bash 5.2, docker CLI 28.2.2, dotenvy 0.15.7.

mod bash;
mod bun;
mod chain;
mod compose;
mod compose_template;
mod docker_run;
mod dotenvy;
mod js_parse;
mod model;
mod next;
mod node_dotenv;
mod node_env_file;
mod python_dotenv;
mod report;
mod text;

pub use chain::{Chain, ChainEntry, load_chain};
pub use model::{
    Ambient, Binding, Entry, Loaded, Note, NoteKind, Origin, Quote, Source, Status, Values,
};
pub use report::{Report, as_loader_reports};

use std::fmt;
use std::str::FromStr;

/// How many bytes expansion may produce in one file. References can double a value per line, so a file of a few
/// lines can ask for more memory than there is; beyond this the file counts as unreadable.
pub const EXPANSION_LIMIT: usize = 16 << 20;

/// The loader whose rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// pydantic-settings: python-dotenv's reading, names in lower case.
    PydanticSettings,
    /// python-dotenv's `dotenv_values`.
    PythonDotenv,
    /// `@next/env`, which Next uses for its own chain.
    Next,
    /// bun's own loader.
    Bun,
    /// npm dotenv.
    NodeDotenv,
    /// `node --env-file`.
    NodeEnvFile,
    /// `env_file:` of docker compose.
    Compose,
    /// `set -a; . FILE; set +a`.
    Bash,
    /// `docker run --env-file`.
    DockerRun,
    /// The dotenvy crate, and uv's `--env-file`.
    Dotenvy,
}

impl Dialect {
    /// All of them, the three tiers' own loaders first.
    pub const ALL: [Self; 10] = [
        Self::PydanticSettings,
        Self::PythonDotenv,
        Self::Next,
        Self::Bun,
        Self::NodeDotenv,
        Self::NodeEnvFile,
        Self::Compose,
        Self::Bash,
        Self::DockerRun,
        Self::Dotenvy,
    ];

    /// The name, as on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PydanticSettings => "pydantic-settings",
            Self::PythonDotenv => "python-dotenv",
            Self::Next => "next",
            Self::Bun => "bun",
            Self::NodeDotenv => "node-dotenv",
            Self::NodeEnvFile => "node-env-file",
            Self::Compose => "compose",
            Self::Bash => "bash",
            Self::DockerRun => "docker-run",
            Self::Dotenvy => "dotenvy",
        }
    }

    /// Whether a variable of the process environment beats the same name in a file once the program runs.
    #[must_use]
    pub const fn process_wins(self) -> bool {
        !matches!(self, Self::Compose | Self::Bash | Self::DockerRun)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A dialect name that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDialect(pub String);

impl fmt::Display for UnknownDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Dialect::ALL.map(Dialect::as_str).join(", ");
        write!(f, "no dialect is called `{}`; there are {names}", self.0)
    }
}

impl std::error::Error for UnknownDialect {}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL
            .into_iter()
            .find(|dialect| dialect.as_str() == name);
        found.ok_or_else(|| UnknownDialect(name.to_owned()))
    }
}

/// What the loader makes of one file in a process with this environment.
#[must_use]
pub fn load(dialect: Dialect, source: Source<'_>, ambient: &Ambient) -> Loaded {
    match dialect {
        Dialect::PydanticSettings => python_dotenv::load_settings(source, ambient),
        Dialect::PythonDotenv => python_dotenv::load(source, ambient),
        Dialect::Next => next::Environment::new(ambient).load(source),
        Dialect::Bun => bun::load(source, &mut ambient.clone()),
        Dialect::NodeDotenv => node_dotenv::load(source),
        Dialect::NodeEnvFile => node_env_file::load(source, ambient),
        Dialect::Compose => compose::load(source, ambient),
        Dialect::Bash => bash::load(source, ambient),
        Dialect::DockerRun => docker_run::load(source, ambient),
        Dialect::Dotenvy => dotenvy::load(source, ambient),
    }
}
