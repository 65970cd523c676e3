//! Reads the env files and schemas of a workspace, and resolves them per tier.

mod alone;
mod by_web;
mod demands;
mod files;
mod filled;
mod given;
mod judge;
mod known;
mod listens;
mod outside;
mod own;
mod said;
mod tracked;
mod yields;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::fast::RandomState;

use crate::diagnostic::Finding;
use crate::env::dialect::Dialect;
use crate::env::{
    EnvFile, Resolved, has_secret_part, is_secret_value, log_secrets, masked, names_secret, resolve,
};
use crate::schema::check;
use crate::schema::{self, Schema};
use crate::system::fs;
use crate::text::{Source, mask, mask_redis_users, url_passwords};
use crate::workspace::{CONFIG, Environment, RuleLevel, Runtime, Tier, Workspace};

use super::declared;
use super::git::Asked;
pub use alone::load_files;
use files::{example_files, example_names, read_chain_file, read_file, read_schema};
use given::Given;
pub use judge::reader;
pub use known::hidden_in;
pub use outside::outside;
use tracked::known as tracked_files;
pub use yields::{is_unused, verdict};

/// The folder in which a workspace keeps schemas of its own.
pub const SCHEMAS: &str = "env-schemas";

/// What every tier's program sees in one environment.
pub struct Environments {
    /// The environment that was asked for.
    pub environment: Environment,
    root: Utf8PathBuf,
    tiers: Vec<Gathered>,
    broken: Vec<Finding>,
    /// That git does not say whether it tracks the files.
    untold: Option<Finding>,
    /// What single services see that `pixcrawler.toml` gives more to.
    given: Vec<Given>,
    /// The settings, where they give any service anything.
    settings: Option<Source>,
    /// The settings, as they are written.
    config: Option<Source>,
    /// The secrets among that, where git tracks it.
    held: Vec<Finding>,
    process: BTreeMap<String, String>,
    levels: BTreeMap<String, RuleLevel>,
    from: Values,
    /// Whether each file is judged by itself: nothing is missing, and no tier contradicts another.
    alone: bool,
}

/// One tier with its files and its schema.
pub struct Gathered {
    /// The tier.
    pub tier: Tier,
    /// What it must be.
    pub schema: Arc<Schema>,
    /// What its program sees.
    pub resolved: Resolved,
    /// The file into which values for this environment belong.
    pub home: Utf8PathBuf,
    /// An example that the file can be made from.
    pub example: Option<Utf8PathBuf>,
    /// Every example file in the tier's folder.
    pub examples: Vec<EnvFile>,
    /// What its application's code says of single variables.
    pub said: Vec<check::Said>,
    /// Values that it refuses.
    pub refused: Vec<check::Refused>,
    /// The port that its application is started on, where that is written down.
    pub listens: Option<check::Listens>,
}

/// Whether some schema calls a variable secret.
type IsSecret = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Where values come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Values {
    /// The files, and the process environment on top.
    #[default]
    Files,
    /// The process environment alone, as in a container.
    Process,
}

/// Reads the chain of every tier. `variables` is the process environment, which wins over the files.
#[must_use]
pub fn load(
    workspace: &Workspace,
    environment: Environment,
    variables: &BTreeMap<String, String>,
) -> Environments {
    load_from(workspace, environment, variables, Values::Files)
}

/// The same, where others ask git, too, and the answers are shared.
#[must_use]
pub fn load_beside(
    workspace: &Workspace,
    environment: Environment,
    variables: &BTreeMap<String, String>,
    asked: &Asked,
) -> Environments {
    load_asking(workspace, environment, variables, Values::Files, asked)
}

/// As [`load`], with the choice where values come from.
#[must_use]
pub fn load_from(
    workspace: &Workspace,
    environment: Environment,
    variables: &BTreeMap<String, String>,
    from: Values,
) -> Environments {
    load_asking(workspace, environment, variables, from, &Asked::default())
}

fn load_asking(
    workspace: &Workspace,
    environment: Environment,
    variables: &BTreeMap<String, String>,
    from: Values,
    asked: &Asked,
) -> Environments {
    let mut broken = Vec::new();
    let schemas: Vec<Arc<Schema>> = workspace
        .tiers
        .iter()
        .map(|tier| Arc::new(read_schema(workspace, tier, &mut broken)))
        .collect();
    let chains = chains(workspace, environment, from);
    let wanted: BTreeSet<&Utf8Path> = chains.iter().flatten().map(Utf8PathBuf::as_path).collect();
    let secret = secret_names(&schemas);
    // The root's file is in several chains and read once.
    let mut files: BTreeMap<&Utf8Path, EnvFile> = wanted
        .into_iter()
        .filter_map(|path| Some((path, read_chain_file(workspace, path, &secret)?)))
        .collect();
    let written = match from {
        Values::Files => given::written(workspace, &secret),
        Values::Process => Vec::new(),
    };
    let mut held = given::secrets(&written, &secret);
    let mut untold = None;
    if !files.is_empty() || !held.is_empty() {
        let settings = (!held.is_empty()).then_some(Utf8Path::new(CONFIG));
        let paths = files.keys().copied().chain(settings);
        let (tracked, unknown) = tracked_files(&workspace.root, variables, paths, asked);
        untold = unknown;
        if !tracked.contains_key(Utf8Path::new(CONFIG)) {
            held.clear();
        }
        for (path, base) in tracked {
            if let Some(file) = files.get_mut(path.as_path()) {
                file.tracked = Some(base);
            }
        }
    }
    let ignores_empty = declared::ignoring_empty(&workspace.root);
    let mut tiers: Vec<Gathered> = workspace
        .tiers
        .iter()
        .zip(&schemas)
        .zip(&chains)
        .map(|((tier, schema), chain)| {
            let (there, absent): (Vec<&Utf8PathBuf>, Vec<&Utf8PathBuf>) = chain
                .iter()
                .partition(|path| files.contains_key(path.as_path()));
            let there: Vec<EnvFile> = there
                .into_iter()
                .filter_map(|path| files.get(path.as_path()).cloned())
                .collect();
            let mut resolved = resolve(
                &tier.name,
                own_dialect(tier),
                there,
                absent.into_iter().cloned().collect(),
                variables,
            );
            if tier.runtime != Runtime::Next {
                resolved.pass_over_empty(&ignores_empty);
            }
            let exists =
                |path: &Utf8Path| files.contains_key(path) || fs::is_file(&workspace.path(path));
            let home = check::home(
                &tier.dir,
                environment,
                &exists,
                tier.runtime == Runtime::Next,
            );
            let examples = examples_of(workspace, tier, from, &secret);
            Gathered {
                tier: tier.clone(),
                schema: Arc::clone(schema),
                resolved,
                home,
                example: example_for(environment, &examples),
                examples,
                said: Vec::new(),
                refused: Vec::new(),
                listens: None,
            }
        })
        .collect();
    let given = given::of_services(workspace, environment, &tiers, &written);
    said::fill(workspace, environment, &mut tiers, &given, variables);
    listens::fill(workspace, environment, &mut tiers);
    yields::apply(workspace, environment, &mut tiers);
    Environments {
        environment,
        root: workspace.root.clone(),
        given,
        settings: written.first().map(|it| it.source().clone()),
        config: workspace.settings.clone(),
        held,
        tiers,
        broken,
        untold,
        process: variables.clone(),
        levels: workspace.options.rules.clone(),
        from,
        alone: false,
    }
}

/// The files of each tier, where files count.
fn chains(workspace: &Workspace, environment: Environment, from: Values) -> Vec<Vec<Utf8PathBuf>> {
    let tiers = workspace.tiers.iter();
    match from {
        Values::Files => tiers.map(|tier| tier.chain(environment)).collect(),
        Values::Process => vec![Vec::new(); tiers.len()],
    }
}

/// The examples in a tier's folder, where files count.
fn examples_of(
    workspace: &Workspace,
    tier: &Tier,
    from: Values,
    secret: &IsSecret,
) -> Vec<EnvFile> {
    if from == Values::Process {
        return Vec::new();
    }
    let names = example_files(&workspace.path(&tier.dir)).into_iter();
    names
        .filter_map(|name| read_file(workspace, &tier.dir.join(name), secret))
        .collect()
}

/// The example that a file for an environment is made from.
fn example_for(environment: Environment, examples: &[EnvFile]) -> Option<Utf8PathBuf> {
    let names = example_names(environment);
    let found = names.iter().find_map(|name| {
        let mut paths = examples.iter().map(EnvFile::path);
        paths.find(|path| path.file_name() == Some(name))
    });
    found.map(Utf8Path::to_owned)
}

/// The loader that decides.
fn own_dialect(tier: &Tier) -> Dialect {
    let first = tier.dialects.first().copied();
    first.unwrap_or(Dialect::PydanticSettings)
}

/// Appends what must not be seen of a tier's variables; `is_described` says which names a schema calls secret.
fn secrets_of(resolved: &Resolved, is_described: impl Fn(&str) -> bool, secrets: &mut Vec<String>) {
    for variable in resolved.variables() {
        let name = &variable.name;
        log_secrets(name, &variable.value, is_described(name), secrets);
    }
}

/// The names that some schema calls secret, asked for with every line of every file.
fn secret_names(schemas: &[Arc<Schema>]) -> IsSecret {
    let secret = |group: bool| {
        schemas
            .iter()
            .flat_map(|schema| &schema.variables)
            .filter(move |variable| variable.secret && variable.is_group() == group)
    };
    let names: HashSet<String, RandomState> = secret(false)
        .map(|variable| variable.name.clone())
        .collect();
    let groups: Vec<schema::Variable> = secret(true).cloned().collect();
    Arc::new(move |name: &str| {
        names.contains(name) || groups.iter().any(|group| group.covers(name))
    })
}

impl Environments {
    /// What the program of that tier sees.
    #[must_use]
    pub fn tier(&self, name: &str) -> Option<&Resolved> {
        self.gathered(name).map(|gathered| &gathered.resolved)
    }

    /// That tier with its schema.
    #[must_use]
    pub fn gathered(&self, name: &str) -> Option<&Gathered> {
        self.tiers
            .iter()
            .find(|gathered| gathered.tier.name == name)
    }

    /// The first file of these tiers that their programs read and we cannot: what it sets is not known.
    #[must_use]
    pub fn unread(&self, of: impl Fn(&Tier) -> bool) -> Option<&EnvFile> {
        let mut tiers = self.tiers.iter().filter(|it| of(&it.tier));
        tiers.find_map(|it| it.resolved.unread())
    }

    /// Every tier.
    #[must_use]
    pub fn tiers(&self) -> &[Gathered] {
        &self.tiers
    }

    /// Every value that must never reach a screen or a log.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        let is_described = |name: &str| {
            let schemas = self.tiers.iter().map(|other| &other.schema);
            schemas
                .filter_map(|schema| schema.get(name))
                .any(|variable| variable.secret)
        };
        for gathered in &self.tiers {
            secrets_of(&gathered.resolved, is_described, &mut secrets);
        }
        secrets.sort();
        secrets.dedup();
        secrets
    }

    /// What is wrong with the schemas themselves.
    #[must_use]
    pub fn broken(&self) -> &[Finding] {
        &self.broken
    }

    /// Whether a value must not be shown.
    #[must_use]
    pub fn is_secret(&self, name: &str, value: &str) -> bool {
        self.tiers.iter().any(|gathered| {
            gathered
                .schema
                .get(name)
                .is_some_and(|variable| variable.secret)
        }) || names_secret(name, value)
            || is_secret_value(value)
            || has_secret_part(name, value)
    }

    /// A value as people may see it.
    #[must_use]
    pub fn masked(&self, name: &str, value: &str) -> String {
        let described = self.tiers.iter().any(|gathered| {
            gathered
                .schema
                .get(name)
                .is_some_and(|variable| variable.secret)
        });
        if described && !value.is_empty() && !value.contains("://") {
            mask(value)
        } else {
            mask_redis_users(&masked(name, value), |user| self.is_password(user))
        }
    }

    /// Whether a text is a password that stands somewhere else: alone, or in the URL of a server.
    fn is_password(&self, text: &str) -> bool {
        let variables = self
            .tiers
            .iter()
            .flat_map(|gathered| gathered.resolved.variables());
        variables.into_iter().any(|variable| {
            let (name, value) = (&variable.name, &*variable.value);
            if value.contains("://") {
                url_passwords(value, &[]).any(|it| &value[it.start..it.end] == text)
            } else {
                value == text && self.is_secret(name, value)
            }
        })
    }
}
