//! The checkout: its root, its tiers, and what `pixcrawler.toml` says about it.

mod broken;
mod environment;
mod levels;
mod logs;
mod options;
pub mod stack;
mod tier;

use camino::{Utf8Path, Utf8PathBuf};

pub use environment::Environment;
pub use levels::apply_levels;
pub use logs::{LogOptions, Size};
pub use options::{
    CommandOptions, ConditionOptions, DependencyOptions, HealthOptions, HttpOptions, LineOptions,
    ManagedOptions, MigrateOptions, Options, Places, ReadyOptions, RestartOptions, RestartWhen,
    RuleLevel, Seconds, ServiceOptions, StatusOptions, StatusRange, StopOptions, StopTo,
    TierOptions, WatchOptions, json_schema, label, parse, unreadable,
};
pub use tier::{Runtime, Tier};

use crate::diagnostic::Rule;
use crate::text::Source;

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[&options::BROKEN, &broken::UNREADABLE, &broken::CLOSED];

/// The name of the settings file.
pub const CONFIG: &str = "pixcrawler.toml";

/// Where the tool keeps what it makes: logs, managed data, the lock.
pub const STATE: &str = ".pixcrawler";

/// A checkout that was found.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The absolute folder that all relative paths start from.
    pub root: Utf8PathBuf,
    /// What `pixcrawler.toml` says; defaults when there is none.
    pub options: Options,
    /// The text of `pixcrawler.toml`, when there is one.
    pub settings: Option<Source>,
    /// Its tiers: root first, then backend, frontend and the declared ones.
    pub tiers: Vec<Tier>,
}

impl Workspace {
    /// The tier of that name.
    #[must_use]
    pub fn tier(&self, name: &str) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.name == name)
    }

    /// An absolute path of this workspace.
    #[must_use]
    pub fn path(&self, relative: impl AsRef<Utf8Path>) -> Utf8PathBuf {
        let relative = relative.as_ref();
        if relative.as_str().is_empty() {
            self.root.clone()
        } else {
            self.root.join(relative)
        }
    }

    /// The tool's own folder in this workspace.
    #[must_use]
    pub fn state(&self) -> Utf8PathBuf {
        self.root.join(STATE)
    }
}
