//! Which database a command of `pixcrawler migrate` is about.

use clap::Args;

use crate::commands;
use crate::settings;
use crate::workspace::Seconds;

const DATABASE: &str = "The database; otherwise DIRECT_URL, MIGRATION_DATABASE_URL, DATABASE_URL or POSTGRES_URL as the tier sees them";

/// Which database.
#[derive(Debug, Args)]
pub(super) struct DatabaseArgs {
    /// The database; otherwise what the tier sees
    #[arg(long, value_name = "URL", env = settings::DATABASE_URL, hide_env_values = true, help = DATABASE)]
    database_url: Option<String>,
    /// Wait until the database answers, e.g. 60s
    #[arg(long, value_name = "TIME")]
    wait: Option<Seconds>,
}

impl DatabaseArgs {
    pub(super) fn request(self) -> commands::migrate::Database {
        commands::migrate::Database {
            url: self.database_url,
            wait: self.wait.map(|time| time.0).unwrap_or_default(),
        }
    }
}
