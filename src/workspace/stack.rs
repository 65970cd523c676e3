//! What a workspace is made of: the applications and package managers that were found in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use camino::Utf8PathBuf;

use crate::text::command::Command;

pub use super::broken::{Broken, Closed, Fault, Shut};

/// Everything that was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stack {
    /// The Python side, when there is one.
    pub python: Option<Python>,
    /// The `FastAPI` application.
    pub api: Option<Api>,
    /// The Celery application.
    pub celery: Option<CeleryApp>,
    /// The web frontend.
    pub web: Option<Web>,
    /// Drizzle's migrations.
    pub migrations: Option<Migrations>,
    /// The manifests of a side that cannot be read, for which the side is missing above.
    pub broken: Vec<Broken>,
    /// The code that this user may not read: what is found above is not all that there is.
    pub closed: Vec<Closed>,
}

impl Stack {
    /// The usual applications that were not found, in words.
    #[must_use]
    pub fn absent(&self) -> Vec<&'static str> {
        [
            ("FastAPI app", self.api.is_some()),
            ("Celery app", self.celery.is_some()),
            ("frontend with a dev script", self.web.is_some()),
        ]
        .into_iter()
        .filter_map(|(what, is_there)| (!is_there).then_some(what))
        .collect()
    }
}

/// How Python packages are installed and run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python {
    /// The folder of the uv workspace (or the only project), relative to the root.
    pub dir: Utf8PathBuf,
    /// Whether it is a uv workspace with members.
    pub is_workspace: bool,
    /// `requires-python`.
    pub requires: Option<String>,
    /// The extras that its projects offer, normalised.
    pub extras: BTreeSet<String>,
}

/// The extra without which the API cannot keep images in Azure.
const AZURE: &str = "azure";

impl Python {
    /// The extras that the variables of the tiers choose: what the API imports under them. An installation
    /// that does not name them removes their packages.
    #[must_use]
    pub fn chosen_extras(&self, tiers: &BTreeMap<String, BTreeMap<String, String>>) -> Vec<String> {
        let provider = ["backend", "root"].iter().find_map(|tier| {
            let value = tiers.get(*tier)?.get("STORAGE_PROVIDER")?.trim();
            (!value.is_empty()).then_some(value)
        });
        let is_chosen = provider.is_some_and(|provider| provider.eq_ignore_ascii_case(AZURE));
        let chosen = is_chosen && self.extras.contains(AZURE);
        chosen.then(|| AZURE.to_owned()).into_iter().collect()
    }

    /// The words that install everything, with these extras. Inside a member, `uv sync` would remove what
    /// the other members need.
    #[must_use]
    pub fn sync(&self, extras: &[String]) -> Vec<String> {
        let mut words = vec!["uv".to_owned(), "sync".to_owned()];
        if self.is_workspace {
            words.push("--all-packages".to_owned());
        }
        for extra in extras {
            words.extend(["--extra".to_owned(), extra.clone()]);
        }
        words
    }
}

/// What comes before an installation where an environment must be made anew.
pub const ANEW: &str = "uv venv --clear";

/// A `FastAPI` application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// `module:attribute`, e.g. `backend.main:app`.
    pub target: String,
    /// The folder to start it from, relative to the root: where its own imports work, or its project's.
    pub cwd: Utf8PathBuf,
    /// The folder that its modules are imported from, relative to the root: that one, or `src` below it.
    pub imports: Utf8PathBuf,
    /// Where it was found.
    pub file: Utf8PathBuf,
    /// Line of the assignment.
    pub line: usize,
    /// The path that answers when it is up, e.g. `/health`.
    pub health: Option<String>,
    /// Whether its schema is at the usual place, `/openapi.json`.
    pub has_schema: bool,
}

/// Where variables count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Reads {
    /// Wherever a tier sets them: the code says nothing else.
    #[default]
    Tiers,
    /// In these files, relative to the root, and in the process environment.
    Files(Vec<Utf8PathBuf>),
    /// In the process environment alone; whether somebody loads files into that is not known.
    Process,
    /// The same, and the code has loaded this file into it by then, relative to the root: what was set before stays.
    Loaded(Utf8PathBuf),
}

impl Reads {
    /// Whether files count for nothing but by way of the process environment.
    #[must_use]
    pub fn is_process(&self) -> bool {
        matches!(self, Self::Process | Self::Loaded(_))
    }

    /// Whether the code has loaded a file into that by itself.
    #[must_use]
    pub fn has_loaded(&self, file: &str) -> bool {
        matches!(self, Self::Loaded(loaded) if loaded == file)
    }
}

/// How a Celery application comes to its broker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ByCode {
    /// By a variable.
    #[default]
    Variable,
    /// The URL stands in the code.
    Text {
        /// The URL.
        url: String,
        /// The file.
        file: Utf8PathBuf,
        /// The line there.
        line: usize,
    },
    /// It cannot be told.
    Beyond {
        /// The file in which it is given.
        file: Utf8PathBuf,
        /// The line there.
        line: usize,
    },
    /// By a module that is not there.
    Lost {
        /// Its name: `shop.celeryconfig`.
        module: String,
        /// The file that names it.
        file: Utf8PathBuf,
        /// The line there.
        line: usize,
    },
}

/// A broker for those who queue tasks, that stands in the code.
#[derive(Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its URL; may be secret.
    pub url: String,
    /// The file.
    pub file: Utf8PathBuf,
    /// The line there.
    pub line: usize,
}

/// Without the URL.
impl fmt::Debug for Queued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queued")
            .field("file", &self.file)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

/// What a file that no tier reads sets a variable of a settings class to.
#[derive(Clone, PartialEq, Eq)]
pub struct Outside {
    /// The variable.
    pub variable: String,
    /// Its value; may be secret.
    pub value: String,
    /// The file, relative to the root.
    pub file: Utf8PathBuf,
    /// The line there.
    pub line: usize,
    /// Where the file stands in the list of those that the class reads: the last one counts.
    pub at: usize,
}

/// Without the value, which may be secret.
impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside")
            .field("variable", &self.variable)
            .field("file", &self.file)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

/// How a setting is reached that belongs to a model within other settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    /// The variable that has the whole model as JSON: `CELERY`.
    pub whole: String,
    /// What the setting is called in it: `broker_url`.
    pub key: String,
    /// The variable of the setting alone, where there is one: `CELERY__BROKER_URL`.
    pub single: Option<String>,
}

/// What a Celery application's settings read an address from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The variable.
    pub variable: String,
    /// Variables that are read where that one is not set.
    pub others: Vec<String>,
    /// How the variable must be written, where case counts.
    pub exact: Option<String>,
    /// Whether one that is set to nothing counts as not set.
    pub ignores_empty: bool,
    /// Which env files are read, where the code says so.
    pub reads: Reads,
    /// What one of these files that no tier reads says.
    pub outside: Option<Outside>,
    /// What leads into the model that it belongs to, and so counts before its own variables.
    pub within: Vec<Within>,
    /// What it is when nobody sets it.
    pub default: Option<String>,
    /// Whether it must be set.
    pub is_required: bool,
    /// Whether the code says nothing of it: the variable is the one that Celery looks at by itself.
    pub is_unsaid: bool,
    /// The settings, and the line there; the application, where the code says nothing of it.
    pub file: Utf8PathBuf,
    /// Line of the field.
    pub line: usize,
}

/// A Celery application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CeleryApp {
    /// What `celery -A` takes, e.g. `celery_core.app`.
    pub target: String,
    /// The folder to start it from, relative to the root.
    pub cwd: Utf8PathBuf,
    /// The folder that its modules are imported from, relative to the root: that one, or `src` below it.
    pub imports: Utf8PathBuf,
    /// Where it was found.
    pub file: Utf8PathBuf,
    /// Line of the assignment.
    pub line: usize,
    /// The variables that may name its broker, likeliest first.
    pub broker_variables: Vec<String>,
    /// How it comes to its broker.
    pub by_code: ByCode,
    /// Whether that is what workers alone read: the environment does not replace it.
    pub is_for_reading: bool,
    /// Where its tasks are queued, where its code says that by itself.
    pub queued: Option<Queued>,
    /// Where its settings have the broker, as far as they are near it, or say so by a name of their own.
    pub broker: Option<Setting>,
    /// The same of where its results go.
    pub results: Option<Setting>,
    /// Words of the workspace's Python that bear on it: names of variables, and of settings.
    pub mentions: Vec<String>,
    /// What the code sets so that its workers hear nothing of what is asked in the usual way.
    pub unasked: Option<Unasked>,
}

/// A setting with which nobody tells over the broker whether a worker is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unasked {
    /// Its name: `control_exchange`.
    pub option: String,
    /// The file that sets it.
    pub file: Utf8PathBuf,
    /// The line there.
    pub line: usize,
}

impl Unasked {
    /// Whether the lists of tasks that wait go by other names, too.
    #[must_use]
    pub fn hides_queues(&self) -> bool {
        self.option == "global_keyprefix"
    }
}

impl fmt::Display for Unasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { option, file, line } = self;
        write!(f, "the code sets `{option}` ({file}:{line})")
    }
}

/// What the names of those have in them that load env files into the process environment, or write to that.
pub const LOADERS: &[&str] = &["dotenv", "read_env", "putenv", "environs"];

impl CeleryApp {
    /// Whether its code may put into the process environment what stands in env files.
    #[must_use]
    pub fn may_load_files(&self) -> bool {
        let is_one = |word: &String| LOADERS.iter().any(|part| word.contains(part));
        self.mentions.iter().any(is_one)
    }
}

/// A web frontend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// Its folder, relative to the root.
    pub dir: Utf8PathBuf,
    /// The folder in which its packages are installed, relative to the root: the top of the workspaces that it
    /// belongs to, else its own.
    pub top: Utf8PathBuf,
    /// What installs and runs it.
    pub manager: Manager,
    /// The port that its `dev` script fixes.
    pub fixed_port: Option<u16>,
    /// Whether there is a `dev` script.
    pub has_dev: bool,
    /// Whether that script is Next.js's development server.
    pub is_next: bool,
}

/// Drizzle's migrations, and what applies them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrations {
    /// The tier that they belong to.
    pub tier: String,
    /// Their folder, relative to the root.
    pub out: Utf8PathBuf,
    /// The program that applies them: this one.
    pub program: Utf8PathBuf,
}

/// A JavaScript package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// bun.
    Bun,
    /// pnpm.
    Pnpm,
    /// yarn.
    Yarn,
    /// npm.
    Npm,
}

impl Manager {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Bun, Self::Pnpm, Self::Yarn, Self::Npm];

    /// Its command.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Bun => "bun",
            Self::Pnpm => "pnpm",
            Self::Yarn => "yarn",
            Self::Npm => "npm",
        }
    }

    /// The line that installs what it takes for installed.
    #[must_use]
    pub fn anew(self) -> String {
        let program = self.program();
        match self {
            Self::Bun | Self::Pnpm => format!("{program} install --force"),
            Self::Npm | Self::Yarn if cfg!(windows) => {
                format!("rmdir /s /q node_modules && {program} install")
            }
            Self::Npm | Self::Yarn => format!("rm -rf node_modules && {program} install"),
        }
    }

    /// The line that installs these packages anew; the others stay as they are, where that is enough for it. Not so
    /// where each package lies by itself, and what others see of it is a link.
    #[must_use]
    pub fn renewing<'a>(
        self,
        is_isolated: bool,
        names: impl IntoIterator<Item = &'a String>,
    ) -> String {
        if self != Self::Bun || is_isolated {
            return self.anew();
        }
        let folders = names.into_iter().map(|it| format!("node_modules/{it}"));
        Command::new("rm -rf")
            .paths(folders)
            .and("bun install")
            .to_string()
    }

    /// What it calls its lock, the usual name first.
    #[must_use]
    pub fn locks(self) -> &'static [&'static str] {
        match self {
            Self::Bun => &["bun.lock", "bun.lockb"],
            Self::Pnpm => &["pnpm-lock.yaml"],
            Self::Yarn => &["yarn.lock"],
            Self::Npm => &["package-lock.json", "npm-shrinkwrap.json"],
        }
    }

    /// Whose lock it is.
    #[must_use]
    pub fn of_lock(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|it| it.locks().contains(&name))
    }

    /// The locks of all managers.
    pub fn all_locks() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().flat_map(Self::locks).copied()
    }

    /// The manager that `packageManager` or a lock file names.
    #[must_use]
    pub fn choose(package_manager: Option<&str>, has_file: impl Fn(&str) -> bool) -> Self {
        let named = package_manager.and_then(|name| match name.split('@').next() {
            Some("bun") => Some(Self::Bun),
            Some("pnpm") => Some(Self::Pnpm),
            Some("yarn") => Some(Self::Yarn),
            Some("npm") => Some(Self::Npm),
            _ => None,
        });
        let managers = [Self::Bun, Self::Pnpm, Self::Yarn, Self::Npm];
        named
            .or_else(|| {
                managers
                    .into_iter()
                    .find(|manager| manager.locks().iter().any(|lock| has_file(lock)))
            })
            .unwrap_or(Self::Bun)
    }
}
