//! What the code of Python's tiers asks for, beside what their schemas do.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::schema::Required;
use crate::schema::check::Said;
use crate::workspace::{Environment, Runtime};

use super::super::demanded::{self, Around, Demanded};
use super::{Environments, Gathered, Values};

/// Where an env file for all that uv starts may be named.
const FILES_OF_UV: &str = "UV_ENV_FILE";

impl Environments {
    /// What must be set and is not, by tier, where a developer starts the services: a deployment has variables from
    /// elsewhere.
    pub(super) fn demanded(&self) -> BTreeMap<String, Vec<Said>> {
        let mut told: BTreeMap<String, Vec<Said>> = BTreeMap::new();
        let is_ours = |it: &&Gathered| it.tier.runtime != Runtime::Next;
        let tiers: Vec<&Gathered> = self.tiers.iter().filter(is_ours).collect();
        let settings = self.config.as_ref().map_or("", |it| it.text());
        let elsewhere = ["env-file", "dotenv"];
        let is_beyond = self.environment != Environment::Development
            || self.from == Values::Process
            || self.alone
            || tiers.iter().any(|it| it.resolved.unread().is_some())
            || self.process.contains_key(FILES_OF_UV)
            || elsewhere.iter().any(|word| settings.contains(word));
        if is_beyond {
            return told;
        }
        let variables = || {
            let files = tiers.iter().flat_map(|it| it.resolved.variables());
            let files = files.map(|it| it.name.as_str());
            self.process.keys().map(String::as_str).chain(files)
        };
        let is_set = |name: &str| {
            variables().any(|it| it.eq_ignore_ascii_case(name))
                || settings.contains(name)
                || settings.contains(&name.to_ascii_lowercase())
        };
        let is_begun = |start: &str| {
            let begins = |it: &str| {
                it.get(..start.len())
                    .is_some_and(|it| it.eq_ignore_ascii_case(start))
            };
            variables().any(begins) || settings.contains(start)
        };
        let around = Around {
            root: &self.root,
            folders: tiers
                .iter()
                .map(|it| it.tier.dir.as_path())
                .chain([Utf8Path::new("")])
                .collect(),
            is_set: &is_set,
            is_begun: &is_begun,
        };
        for demanded in demanded::of(&around) {
            // What a schema asks for it tells itself.
            let asks = |it: &&Gathered| {
                let known = it.schema.get(&demanded.name);
                known.is_some_and(|it| it.required != Required::default())
            };
            let Some(tier) = reader(&tiers, &demanded.file).filter(|_| !tiers.iter().any(asks))
            else {
                continue;
            };
            told.entry(tier.tier.name.clone())
                .or_default()
                .push(said(demanded));
        }
        told
    }
}

fn said(demanded: Demanded) -> Said {
    let Demanded {
        name,
        field,
        class,
        file,
        line,
        home,
    } = demanded;
    Said {
        name,
        default: None,
        place: format!("{file}:{line}"),
        note: Some(format!(
            "`{field}` of `{class}` has no default, and no env file that it reads sets it"
        )),
        home,
    }
}

/// The tier whose code a file is: the one in whose folder it lies, else the backend.
fn reader<'a>(tiers: &[&'a Gathered], file: &Utf8Path) -> Option<&'a Gathered> {
    let own = tiers.iter().filter(|it| {
        let dir = &it.tier.dir;
        !dir.as_str().is_empty() && file.starts_with(dir)
    });
    let deepest = own.max_by_key(|it| it.tier.dir.components().count());
    let backend = || tiers.iter().find(|it| it.tier.name == "backend");
    deepest.or_else(backend).copied()
}
