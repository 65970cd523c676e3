//! A schema file as it is written: strict, so that a misspelt key is an error at its place.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Severity;
use crate::workspace::Environment;

/// The JSON Schema of schema files, for editors: they complete and check `env-schemas/*.toml` with it.
#[must_use]
pub fn json_schema() -> schemars::Schema {
    schemars::schema_for!(SchemaOptions)
}

/// `env-schemas/TIER.toml`.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(title = "pixcrawler env schema", extend("$id" = "https://raw.githubusercontent.com/alaamer12/PixCrawler/main/schemas/env-schema.schema.json"))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SchemaOptions {
    /// The tier's name as people say it.
    #[serde(default)]
    pub(super) title: Option<String>,
    /// What these variables are for, in a sentence or two.
    #[serde(default)]
    pub(super) description: Option<String>,
    /// The variables, in the order in which examples and documentation show them.
    #[serde(default, rename = "variable")]
    pub(super) variables: Vec<VariableOptions>,
    /// What must hold between variables, also of other tiers.
    #[serde(default, rename = "relation")]
    pub(super) relations: Vec<RelationOptions>,
}

/// One variable.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct VariableOptions {
    /// Its name. One `*` stands for any text: `STRIPE_*_PRICE_ID`.
    #[schemars(with = "String")]
    pub(super) name: Spanned<String>,
    /// The banner that it stands under; the previous variable's when left out.
    #[serde(default)]
    pub(super) section: Option<String>,
    /// What it is, one line.
    pub(super) description: String,
    /// What it does.
    pub(super) purpose: String,
    /// string, int, float, bool, url, origin, postgres-url, redis-url, redis-urls, host, port, email, path, csv, json-list, json,
    /// duration, supabase-url, supabase-key, stripe-key, resend-key or azure-connection-string.
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    pub(super) kind: Spanned<String>,
    /// string: fewest characters.
    #[serde(default)]
    pub(super) min_length: Option<usize>,
    /// string: most characters.
    #[serde(default)]
    pub(super) max_length: Option<usize>,
    /// string: how it must begin.
    #[serde(default)]
    pub(super) prefix: Option<String>,
    /// string: the values that are accepted.
    #[serde(default)]
    pub(super) one_of: Option<Vec<String>>,
    /// int, float, port: the smallest value.
    #[serde(default)]
    pub(super) min: Option<f64>,
    /// int, float, port: the largest value.
    #[serde(default)]
    pub(super) max: Option<f64>,
    /// url: accepted schemes.
    #[serde(default)]
    pub(super) schemes: Option<Vec<String>>,
    /// postgres-url: the driver that must be named, e.g. `asyncpg`.
    #[serde(default)]
    pub(super) driver: Option<String>,
    /// csv, json-list: the type of each element.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) of: Option<Spanned<String>>,
    /// supabase-key: `anon` or `service_role`. stripe-key: `secret`, `publishable`, `webhook` or `price`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) role: Option<Spanned<String>>,
    /// The value that the program takes when it is not set, as it would be written in a file.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) default: Option<Spanned<String>>,
    /// `always`, `never` (the default), or the environments in which it must be set.
    #[serde(default)]
    #[schemars(with = "Option<RequiredOptions>")]
    pub(super) required: Option<Spanned<RequiredOptions>>,
    /// Required when these variables have these values; `*` is any value.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) required_when: BTreeMap<Spanned<String>, String>,
    /// Not required when these variables have these values; `*` is any value.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) required_unless: BTreeMap<Spanned<String>, String>,
    /// Usually set in the root tier, whose files this tier's program reads too: missing values are
    /// reported there, and examples show it commented out.
    #[serde(default)]
    pub(super) inherits: bool,
    /// The program sets it itself and ignores what files say, as Next.js does with `NODE_ENV`:
    /// examples show it commented out, and only the process environment is judged.
    #[serde(default)]
    pub(super) set_by_runtime: bool,
    /// Never shown.
    #[serde(default)]
    pub(super) secret: bool,
    /// A value for examples.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(super) example: Option<Spanned<String>>,
    /// What development asks for.
    #[serde(default)]
    pub(super) development: Option<LimitOptions>,
    /// What test asks for.
    #[serde(default)]
    pub(super) test: Option<LimitOptions>,
    /// What staging asks for; production's limits when left out.
    #[serde(default)]
    pub(super) staging: Option<LimitOptions>,
    /// What production asks for.
    #[serde(default)]
    pub(super) production: Option<LimitOptions>,
}

/// When a variable must be set.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub(super) enum RequiredOptions {
    /// `always` or `never`.
    Word(String),
    /// In these environments.
    In(Vec<Environment>),
}

/// What one environment asks of a variable, beyond its type.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct LimitOptions {
    /// The default in this environment.
    pub(super) default: Option<String>,
    /// The example in this environment.
    pub(super) example: Option<String>,
    /// The values that are accepted.
    pub(super) one_of: Option<Vec<String>>,
    /// URLs: accepted schemes.
    pub(super) schemes: Option<Vec<String>>,
    /// Hosts and URLs: not this machine.
    pub(super) remote: bool,
    /// Why.
    pub(super) because: Option<String>,
    /// How much breaking it matters; an error otherwise.
    pub(super) severity: Option<Severity>,
}

/// What must hold between variables.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RelationOptions {
    /// differ, equal, contains, port-of, same-project, environment or sum-at-most.
    #[schemars(with = "String")]
    pub(super) kind: Spanned<String>,
    /// The variables, `NAME` of this tier or `tier:NAME`.
    #[schemars(with = "Vec<String>")]
    pub(super) variables: Vec<Spanned<String>>,
    /// Only when the variables of each pair have the same value.
    #[serde(default)]
    #[schemars(with = "Vec<Vec<String>>")]
    pub(super) when_equal: Vec<Vec<Spanned<String>>>,
    /// Only when these variables have these values; `*` is any value, `*.x` any ending.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) when: BTreeMap<Spanned<String>, String>,
    /// sum-at-most: the limit.
    #[serde(default)]
    pub(super) max: Option<f64>,
    /// Only in these environments.
    #[serde(default)]
    pub(super) environments: Option<Vec<Environment>>,
    /// How much breaking it matters; an error otherwise.
    #[serde(default)]
    pub(super) severity: Option<Severity>,
    /// Why.
    pub(super) because: String,
    /// The way out.
    pub(super) help: String,
}
