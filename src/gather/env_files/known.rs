//! What the env files tell to be secret, wherever else it stands.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::env::resolve;
use crate::system::fs;
use crate::text::{Secrets, Span};
use crate::workspace::{Environment, Workspace};

use super::files::{read_file, read_schema};
use super::{own_dialect, secret_names, secrets_of};

/// The secret values of the env files of a workspace, for whatever environment: they must not be seen in
/// another file either. Nothing but these files is asked.
fn known_secrets(workspace: &Workspace) -> Vec<String> {
    let mut broken = Vec::new();
    let tiers = workspace.tiers.iter();
    let schemas: Vec<_> = tiers
        .map(|tier| read_schema(workspace, tier, &mut broken).into())
        .collect();
    let is_secret = secret_names(&schemas);
    let is_described = |name: &str| is_secret(name);
    let mut secrets = Vec::new();
    for tier in &workspace.tiers {
        let chains = Environment::ALL.iter().flat_map(|it| tier.chain(*it));
        let mut paths: Vec<Utf8PathBuf> = chains.collect();
        paths.sort_unstable();
        paths.dedup();
        // Each by itself: none hides what another one sets.
        for path in paths {
            // A pipe gives what it has once, to whoever it is for.
            let there = fs::is_file(&workspace.path(&path));
            let file = there.then(|| read_file(workspace, &path, &is_secret));
            let Some(file) = file.flatten() else {
                continue;
            };
            let files = vec![file];
            let nothing = &BTreeMap::new();
            let resolved = resolve(&tier.name, own_dialect(tier), files, Vec::new(), nothing);
            secrets_of(&resolved, is_described, &mut secrets);
        }
    }
    secrets
}

/// What must not be seen of another file of that workspace: what `find` knows of it, and these secrets. They are
/// read when the file is first shown.
pub fn hidden_in(
    workspace: &Workspace,
    find: fn(&str) -> Vec<Span>,
) -> impl Fn(&str) -> Vec<Span> + Send + Sync + 'static {
    let workspace = workspace.clone();
    move |text| {
        let known = Secrets::new(known_secrets(&workspace));
        [find(text), known.spans(text)].concat()
    }
}
