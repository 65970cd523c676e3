//! In which file a variable stands, or belongs.

use camino::{Utf8Path, Utf8PathBuf};

use crate::commands::Context;
use crate::env::Origin;
use crate::env::dialect::Dialect;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::env_files::{Environments, Gathered};
use crate::output::Sign;
use crate::system::fs;
use crate::text::or_list;
use crate::text::remedy::quoted;
use crate::workspace::Workspace;

/// What the command line says about the place.
pub(super) struct Place<'a> {
    /// A tier; otherwise the one that it belongs to.
    pub(super) tier: Option<&'a str>,
    /// A file, relative to the workspace; otherwise where the tier has it.
    pub(super) file: Option<&'a Utf8Path>,
    /// A value for the environment is written, not one taken out: what development reads, too, stays as it is
    /// unless the file is named.
    pub(super) is_written: bool,
}

/// The file that a variable belongs into, and who reads it.
pub(super) struct Found<'a> {
    /// Relative to the workspace.
    pub(super) file: Utf8PathBuf,
    /// The tiers that read it, the one that is meant first.
    pub(super) tiers: Vec<&'a Gathered>,
}

impl Found<'_> {
    /// Every loader that reads the file.
    pub(super) fn dialects(&self) -> Vec<Dialect> {
        let tiers = self.tiers.iter();
        tiers
            .flat_map(|gathered| gathered.tier.dialects.iter().copied())
            .collect()
    }

    /// The name under which the file has a variable: where case does not count, `port` is PORT.
    pub(super) fn spelled<'n>(&'n self, name: &'n str) -> &'n str {
        let variables = self.tiers.iter().filter_map(|it| it.resolved.get(name));
        let mut here = variables.filter(|variable| {
            let place = variable.origin.place();
            place.is_some_and(|place| place.source.path() == self.file)
        });
        here.next().map_or(name, |variable| &variable.name)
    }

    /// What the file holds; none where it is not there yet.
    pub(super) fn read(&self, workspace: &Workspace) -> Result<Option<String>, Failure> {
        fs::read_text_if_there(&workspace.path(&self.file)).map_err(|error| failed(&error))
    }

    /// Why a line of it stays as it is.
    pub(super) fn refused(&self, what: &str, why: impl std::fmt::Display) -> Failure {
        let file = &self.file;
        Failure::new(Exit::Findings, format!("{what} {file}: {why}"))
            .help(format!("pixcrawler env check, then edit {file} by hand"))
    }
}

/// A file that the system does not hand out, or does not take.
pub(super) fn failed(error: &std::io::Error) -> Failure {
    Failure::new(Exit::Findings, error.to_string())
}

impl Place<'_> {
    /// Where a variable is, or belongs.
    pub(super) fn find<'a>(
        &self,
        context: &Context,
        workspace: &Workspace,
        environments: &'a Environments,
        name: &str,
    ) -> Result<Found<'a>, Failure> {
        let readers = |file: &Utf8Path| -> Vec<&'a Gathered> {
            environments
                .tiers()
                .iter()
                .filter(|gathered| {
                    let chain = gathered.tier.chain(context.environment);
                    chain.iter().any(|path| path == file)
                })
                .collect()
        };
        let first = |tier: Option<&str>, mut readers: Vec<&'a Gathered>| {
            // Its own tier decides first how it is read.
            readers.sort_by_key(|gathered| Some(gathered.tier.name.as_str()) != tier);
            readers
        };
        if let Some(file) = self.file {
            let file = file
                .strip_prefix(&workspace.root)
                .unwrap_or(file)
                .components()
                .collect::<Utf8PathBuf>();
            let readers = readers(&file);
            if readers.is_empty() {
                let known: Vec<String> = environments
                    .tiers()
                    .iter()
                    .map(|gathered| gathered.home.to_string())
                    .collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                return Err(Failure::usage(format!(
                    "no tier reads {file} in {}",
                    context.environment
                ))
                .help(format!("choose {}", or_list(&known))));
            }
            let own = readers
                .iter()
                .find(|gathered| file.parent() == Some(gathered.tier.dir.as_path()))
                .map(|gathered| gathered.tier.name.as_str());
            let tiers = first(self.tier.or(own), readers);
            return Ok(Found { file, tiers });
        }
        let chosen: Vec<&Gathered> = match self.tier {
            Some(tier) => environments.gathered(tier).into_iter().collect(),
            None => owners(environments, name),
        };
        let [gathered] = chosen.as_slice() else {
            let known: Vec<&str> = environments
                .tiers()
                .iter()
                .map(|gathered| gathered.tier.name.as_str())
                .collect();
            return Err(Failure::usage(if chosen.is_empty() {
                format!("no tier knows {name}")
            } else {
                format!("more than one tier has a {name} of its own")
            })
            .help(format!("say which: --tier {}", or_list(&known))));
        };
        let file = set_in(gathered, name).map(|file| {
            let own = environments.own(&gathered.tier.name, &file);
            own.filter(|_| self.is_written).unwrap_or(file)
        });
        let file = file.unwrap_or_else(|| gathered.home.clone());
        let readers = readers(&file);
        let tiers = first(Some(&gathered.tier.name), readers);
        Ok(Found { file, tiers })
    }
}

/// That a file is changed for one environment which development reads, too; with the command that sets a variable
/// for that environment alone.
pub(super) fn told_of_shared(
    context: &Context,
    environments: &Environments,
    found: &Found<'_>,
    set: Option<&str>,
) {
    let (file, environment) = (&found.file, context.environment);
    let mut tiers = found.tiers.iter();
    let Some(own) = tiers.find_map(|it| environments.own(&it.tier.name, file)) else {
        return;
    };
    let style = context.error_style();
    let mut words = format!("{} {file} is development's, too", style.sign(Sign::Warning));
    if let Some(name) = set {
        let own = quoted(own.as_str());
        let line = format!("pixcrawler env set --file {own} {name}=- --env {environment}");
        words = format!(
            "{words}\n  {} for {environment} alone: {line}",
            style.arrow()
        );
    }
    context.say(&words);
}

/// The file of a tier's chain that sets a variable.
pub(super) fn set_in(gathered: &Gathered, name: &str) -> Option<Utf8PathBuf> {
    let variable = gathered.resolved.get(name)?;
    let place = match &variable.origin {
        Origin::File(place) => Some(place),
        Origin::Process => variable.shadowed.first().map(|loser| &loser.place),
    };
    place.map(|place| place.source.path().to_owned())
}

/// The tiers that set a variable in a file of their own, else those whose schema describes it.
fn owners<'a>(environments: &'a Environments, name: &str) -> Vec<&'a Gathered> {
    let mut files: Vec<Utf8PathBuf> = Vec::new();
    let mut setting: Vec<&Gathered> = Vec::new();
    for gathered in environments.tiers() {
        if let Some(file) = set_in(gathered, name)
            && !files.contains(&file)
        {
            files.push(file);
            setting.push(gathered);
        }
    }
    if setting.is_empty() {
        let tiers = environments.tiers().iter();
        return tiers
            .filter(|gathered| gathered.schema.get(name).is_some())
            .collect();
    }
    setting
}
