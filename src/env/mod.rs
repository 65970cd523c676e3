//! How each real loader reads env files, and what a chain of files hands to a program.

mod address;
mod command_line;
pub mod dialect;
mod duplicate;
pub mod edit;
mod file;
mod hidden;
mod in_settings;
mod inspect;
mod jwt;
mod loaders;
mod postgres_js;
mod quoted;
mod resolve;
mod secret;
mod silence;
mod told;
mod unmerged;
mod url_hosts;
mod url_options;
mod url_parts;

pub use address::{masked_address, secrets_of_address};
pub use command_line::{mask_line, mask_words, secrets_of_line, secrets_of_words};
pub use file::{EnvFile, Problem};
pub use hidden::hidden_spans;
pub use in_settings::secret_in_settings;
pub use inspect::{EXPOSED, TRACKED, holds_secret, inspect};
pub use jwt::Claims;
pub use loaders::compare;
pub use postgres_js::{tls_option, unfit_for_postgres_js};
pub use quoted::{secrets_in_procfile, secrets_in_settings};
pub use resolve::{Origin, Place, Resolved, Shadowed, Variable, resolve};
pub use secret::{
    has_secret_part, is_placeholder, is_secret_in_public, is_secret_value, log_secrets,
    looks_random, looks_secret, mask_parts, masked, names_secret,
};
pub use silence::{silence, unknown_rule};
pub use told::{mask_told, mask_told_as};
pub use unmerged::{UNMERGED, unmerged};
pub use url_hosts::{hosts_in_list, hosts_of_sqlalchemy, with_each_host};
pub use url_options::{
    Unfit, WITHOUT_FALLBACK, has_fallback, is_for_asyncpg, is_tls_mode, of_libpq,
    says_nothing_of_tls, unfit_for_asyncpg,
};
pub use url_parts::{PartError, login_without_host, with_part, with_sound_percents};

use crate::diagnostic::Rule;

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[
    &inspect::UNREADABLE,
    &unmerged::UNMERGED,
    &inspect::DROPPED_LINE,
    &duplicate::DUPLICATE,
    &inspect::TRACKED,
    &inspect::EXPOSED,
    &in_settings::SECRET_IN_SETTINGS,
    &inspect::SHADOWED,
    &loaders::DISAGREE,
    &loaders::ALTERED,
    &silence::UNUSED,
];
