//! What each tier's runtime sees, as plain maps for those who plan services.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use crate::diagnostic::Finding;
use crate::env::dialect::Dialect;
use crate::env::{Origin, log_secrets};
use crate::service::assemble::{
    Groups, Handed, Loads, Sight, Variables, given_places, handed, has_own_command, loads,
    usual_postgres_prefixes,
};
use crate::service::cause::{Declared, Given};
use crate::workspace::{Environment, Runtime, Workspace};

use super::env_files;
use super::nested::Nested;

/// The variables of all tiers.
#[derive(Debug, Default)]
pub struct Tiers {
    /// What each tier's runtime sees, by the tier's name: its files, under the process environment. Where its
    /// loader makes no difference between `port` and `PORT`, it is `PORT` here.
    pub seen: BTreeMap<String, Variables>,
    /// What only the files add, by the tier's name.
    from_files: BTreeMap<String, Variables>,
    /// The file that sets a variable of a tier, and the line there.
    origins: BTreeMap<(String, String), (String, usize)>,
    /// How it is written there, where it goes by another name here.
    spelled: BTreeMap<(String, String), String>,
    /// Values that must never be shown.
    pub secrets: Vec<String>,
    /// The names that a schema calls secret.
    pub secret_names: BTreeSet<String>,
    /// What the tiers' schemas declare.
    pub declared: Declared,
    /// Those of them that nobody need set, by tier and name.
    optional: BTreeSet<(String, String)>,
    /// What the worker's process alone is given.
    handed: Vec<Handed>,
    /// What is loaded into the environment of that process.
    loads: Vec<Loads>,
    /// Whether `pixcrawler.toml` says how the worker is started.
    has_own_command: bool,
    /// What single services are given, with its line in `pixcrawler.toml`.
    given_places: BTreeMap<(String, String), usize>,
    /// How the variables of a server's address begin by the models of the code.
    pub groups: Groups,
    /// The file of the environment alone that decides in the place of one which development reads, too, by the tier
    /// and that file.
    apart: BTreeMap<(String, String), String>,
    /// What `env set` is told of the environment.
    option: String,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
}

/// The ports that a value names: it is one, or an address with one.
fn ports(value: &str) -> impl Iterator<Item = u16> {
    let behind = value.split(':').skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit());
        &rest[..end.unwrap_or(rest.len())]
    });
    std::iter::once(value.trim())
        .chain(behind)
        .filter_map(|port| port.parse().ok())
}

/// Whether a name may be that of an address' part in a model: `CACHE__HOST`. With a single `_` only a host makes one,
/// and most are known without looking into the code.
fn may_lead(name: &str) -> bool {
    let mut parts = ["HOST", "PORT", "DB"].iter();
    let begin = parts.find_map(|part| name.strip_suffix(part));
    let is_known = |begin: &str| {
        begin.ends_with("REDIS_") || usual_postgres_prefixes().any(|known| known == begin)
    };
    begin.is_some_and(|it| {
        let is_host = || name.ends_with("_HOST") && !is_known(it);
        it.ends_with("__") || it.ends_with(['-', '.', ':']) || is_host()
    })
}

/// Reads and resolves the env files of every tier.
#[must_use]
pub fn load(
    workspace: &Workspace,
    environment: Environment,
    variables: &BTreeMap<String, String>,
) -> Tiers {
    of(
        workspace,
        &env_files::load(workspace, environment, variables),
    )
}

/// The same of env files that have been read.
#[must_use]
pub fn of(workspace: &Workspace, environments: &env_files::Environments) -> Tiers {
    let mut tiers = Tiers {
        secrets: environments.secrets(),
        findings: environments.findings(&[]),
        handed: handed(workspace),
        loads: loads(workspace),
        has_own_command: has_own_command(workspace),
        given_places: given_places(workspace),
        ..Tiers::default()
    };
    for gathered in environments.tiers() {
        let variables = gathered.schema.variables.iter();
        let secret = variables.clone().filter(|variable| variable.secret);
        tiers
            .secret_names
            .extend(secret.map(|variable| variable.name.clone()));
        let is_wanted = |name: &str| {
            let mut said = gathered.said.iter();
            said.any(|it| it.name == name && it.default.is_none())
        };
        let optional = variables.clone().filter(|it| {
            let here = it.required.environments.contains(&environments.environment);
            !here && it.required.when.is_empty() && !is_wanted(&it.name)
        });
        tiers
            .optional
            .extend(optional.map(|it| (gathered.tier.name.clone(), it.name.clone())));
        let names = variables.map(|variable| (variable.name.clone(), variable.description.clone()));
        tiers
            .declared
            .insert(gathered.tier.name.clone(), names.collect());
    }
    let models = LazyCell::new(|| Nested::of(&workspace.root));
    // Only where a name may lead into a model is the code read for it.
    let given = tiers.given_places.keys();
    let mut wants_groups = given.map(|(_, name)| name).any(|it| may_lead(it));
    for tier in &workspace.tiers {
        let Some(resolved) = environments.tier(&tier.name) else {
            continue;
        };
        // Where case does not count, a variable goes by the name that everybody else has for it; one that no
        // file sets and no schema knows, as `http_proxy`, is not the tier's.
        let is_folded = resolved.dialect == Dialect::PydanticSettings;
        let schema = environments.gathered(&tier.name).map(|it| &it.schema);
        let mut seen = Variables::new();
        for variable in resolved.variables() {
            let name = variable.name.as_str();
            let upper = name.to_ascii_uppercase();
            let known = || schema.is_some_and(|schema| schema.get(&upper).is_some());
            let is_ours = variable.origin.place().is_some() || known();
            let written = name.to_owned();
            let name = if is_folded && is_ours {
                upper
            } else {
                written.clone()
            };
            if name != written {
                let key = (tier.name.clone(), name.clone());
                tiers.spelled.insert(key, written);
            }
            if let Origin::File(place) = &variable.origin {
                let line = place.source.position(place.name.start).line;
                let at = (place.source.path().to_string(), line);
                tiers.origins.insert((tier.name.clone(), name.clone()), at);
            }
            seen.insert(name, variable.value.to_string());
        }
        if tier.runtime != Runtime::Next {
            tiers.take_apart(&tier.name, &mut seen, |name, value| {
                models.parts(name, value)
            });
            wants_groups |= seen.keys().any(|it| may_lead(it));
        }
        tiers.seen.insert(tier.name.clone(), seen);
        tiers
            .from_files
            .insert(tier.name.clone(), resolved.from_files());
    }
    if wants_groups {
        tiers.groups = models.groups();
    }
    tiers.option = match environments.environment {
        Environment::Development => String::new(),
        other => format!(" --env {other}"),
    };
    let places: BTreeSet<(&String, &String)> = tiers
        .origins
        .iter()
        .map(|((tier, _), (file, _))| (tier, file))
        .collect();
    let apart = places.into_iter().filter_map(|(tier, file)| {
        let own = environments.own(tier, Utf8Path::new(file))?;
        Some(((tier.clone(), file.clone()), own.into_string()))
    });
    tiers.apart = apart.collect();
    tiers
}

impl Tiers {
    /// Adds what variables that hold a whole model say of its parts, where no variable says a part by itself: such a
    /// one counts more, unless the whole is the process environment's.
    fn take_apart(
        &mut self,
        tier: &str,
        seen: &mut Variables,
        parts: impl Fn(&str, &str) -> Vec<(String, String)>,
    ) {
        let whole: Vec<(String, String)> = seen
            .iter()
            .filter(|(_, value)| value.trim_start().starts_with('{'))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        for (name, value) in whole {
            let at = self.origins.get(&(tier.to_owned(), name.clone())).cloned();
            for (part, value) in parts(&name, &value) {
                let key = (tier.to_owned(), part.clone());
                let is_weaker = at.is_none() && self.origins.contains_key(&key);
                if seen.contains_key(&part) && !is_weaker {
                    continue;
                }
                log_secrets(&part, &value, false, &mut self.secrets);
                match &at {
                    Some(at) => drop(self.origins.insert(key, at.clone())),
                    None => drop(self.origins.remove(&key)),
                }
                seen.insert(part, value);
            }
        }
    }

    /// What the tiers see, with where it stands.
    #[must_use]
    pub fn sight(&self) -> Sight<'_> {
        Sight {
            tiers: &self.seen,
            origins: &self.origins,
            spelled: &self.spelled,
            handed: &self.handed,
            loads: &self.loads,
            has_own_command: self.has_own_command,
        }
    }

    /// Where a tier sets a variable, for people.
    #[must_use]
    pub fn origin(&self, tier: &str, name: &str) -> String {
        self.origins
            .get(&(tier.to_owned(), name.to_owned()))
            .map_or_else(
                || "the process environment".to_owned(),
                |(file, line)| format!("{file}:{line}"),
            )
    }

    /// Whether what a tier sees of a variable is the process environment's.
    #[must_use]
    pub fn is_of_process(&self, tier: &str, name: &str) -> bool {
        let seen = self.seen.get(tier).is_some_and(|it| it.contains_key(name));
        seen && !self
            .origins
            .contains_key(&(tier.to_owned(), name.to_owned()))
    }

    /// The files that set variables, by tier and name.
    #[must_use]
    pub fn files(&self) -> BTreeMap<(String, String), String> {
        let origins = self.origins.iter();
        origins
            .map(|(variable, (file, _))| (variable.clone(), file.clone()))
            .collect()
    }

    /// What is known of single variables, for who misses one.
    #[must_use]
    pub fn given(&self) -> Given {
        let (files, empty): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.files().into_iter().partition(|((tier, name), _)| {
                let values = self.from_files.get(tier).into_iter().flatten();
                let mut values = values.filter(|(it, _)| it.eq_ignore_ascii_case(name));
                values.any(|(_, value)| !value.trim().is_empty())
            });
        let empty = empty.into_keys().map(|(tier, name)| {
            let place = self.origin(&tier, &name);
            ((tier, name), place)
        });
        let values = self.seen.values().flat_map(BTreeMap::values);
        let apart = files.iter().filter_map(|((tier, name), file)| {
            let own = self.apart.get(&(tier.clone(), file.clone()))?;
            Some(((tier.clone(), name.clone()), own.clone()))
        });
        Given {
            apart: apart.collect(),
            option: self.option.clone(),
            files,
            empty: empty.collect(),
            optional: self.optional.clone(),
            ports: values.flat_map(|value| ports(value)).collect(),
            own: self.given_places.clone(),
        }
    }

    /// What only a tier's files add to the process environment.
    #[must_use]
    pub fn from_files(&self, tier: &str) -> Variables {
        self.from_files.get(tier).cloned().unwrap_or_default()
    }
}
