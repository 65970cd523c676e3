//! Every environment variable that the tool itself reads, declared once.
//!
//! `PIXCRAWLER_*` belongs to the application; the tool's own begin with `PIXCRAWLER_CLI_`.

/// A variable that the tool reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it does, one line.
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($(#[doc = $doc:literal])+ $ident:ident = $name:literal;)+) => {
        $($(#[doc = $doc])+ pub const $ident: &str = $name;)+

        /// All of them, in the order in which the manual lists them.
        pub static ALL: &[Variable] = &[$(Variable { name: $name, meaning: concat!($($doc),+) }),+];
    };
}

variables! {
    /// The workspace's folder, as `--workspace`.
    WORKSPACE = "PIXCRAWLER_CLI_WORKSPACE";
    /// The environment, as `--env`; beats `PIXCRAWLER_ENVIRONMENT`.
    ENVIRONMENT = "PIXCRAWLER_CLI_ENV";
    /// The output format, as `--format`.
    FORMAT = "PIXCRAWLER_CLI_FORMAT";
    /// When to colour, as `--color`.
    COLOR = "PIXCRAWLER_CLI_COLOR";
    /// The database to migrate, as `--database-url`; unlike a flag it is not seen in lists of processes.
    DATABASE_URL = "PIXCRAWLER_CLI_DATABASE_URL";
    /// Which events of the tool itself are traced to stderr, e.g. `debug`.
    LOG = "PIXCRAWLER_CLI_LOG";
    /// Set for supervised processes: the session that they belong to. Never set it yourself.
    SESSION = "PIXCRAWLER_CLI_SESSION";
    /// Set for supervised processes: the service that they belong to. Never set it yourself.
    SERVICE = "PIXCRAWLER_CLI_SERVICE";
    /// How many processes a service may have that says nothing of it in `max-processes`; 1000 unless set.
    MAX_PROCESSES = "PIXCRAWLER_CLI_MAX_PROCESSES";
    /// `wheels` makes managed services ignore the servers that are installed on this machine.
    MANAGED_FROM = "PIXCRAWLER_CLI_MANAGED_FROM";
}

/// Where a debug build is to panic, for tests: `hub` or `screen`, once all is ready.
pub const PANIC: &str = "PIXCRAWLER_CLI_PANIC";

/// The application's own name for the environment; read, never set.
pub const APPLICATION_ENVIRONMENT: &str = "PIXCRAWLER_ENVIRONMENT";
