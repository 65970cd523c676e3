//! Single files, wherever they lie: each read and judged by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Finding;
use crate::env::{EnvFile, resolve};
use crate::gather::git::Asked;
use crate::schema::Schema;
use crate::system::fs;
use crate::text::Source;
use crate::workspace::{Environment, Runtime, Tier, Workspace};

use super::files::{is_example, read_chain_file, read_file, read_schema};
use super::tracked::known;
use super::{Environments, Gathered, Values, secret_names};

/// Reads these files, relative to the workspace or absolute. In a tier's own folder its loaders and its
/// schema judge a file; elsewhere the loaders that usually read such a folder do. Files that are not
/// there are left out. `variables` has the `PATH` on which git is found.
#[must_use]
pub fn load_files(
    workspace: &Workspace,
    environment: Environment,
    variables: &BTreeMap<String, String>,
    paths: &[Utf8PathBuf],
) -> Environments {
    let mut broken = Vec::new();
    let tiers: Vec<(Tier, Arc<Schema>)> = paths
        .iter()
        .map(|path| tier_of(workspace, path, &mut broken))
        .collect();
    let schemas: Vec<Arc<Schema>> = tiers.iter().map(|(_, schema)| Arc::clone(schema)).collect();
    let secret = secret_names(&schemas);
    let files = paths.iter().map(Utf8PathBuf::as_path);
    let (tracked, untold) = known(&workspace.root, variables, files, &Asked::default());
    let mut gathered = Vec::new();
    for (path, (tier, schema)) in paths.iter().zip(tiers) {
        let example = is_example(path.file_name().unwrap_or_default());
        let file = if example {
            read_file(workspace, path, &secret)
        } else {
            read_chain_file(workspace, path, &secret)
        };
        let Some(mut file) = file else {
            continue;
        };
        file.tracked = tracked.get(path).filter(|_| !example).cloned();
        let (files, examples): (Vec<EnvFile>, Vec<EnvFile>) = if example {
            (Vec::new(), vec![file])
        } else {
            (vec![file], Vec::new())
        };
        let dialect = super::own_dialect(&tier);
        let resolved = resolve(&tier.name, dialect, files, Vec::new(), &BTreeMap::new());
        gathered.push(Gathered {
            tier,
            schema,
            resolved,
            home: path.clone(),
            example: None,
            examples,
            said: Vec::new(),
            refused: Vec::new(),
            listens: None,
            claims: Vec::new(),
        });
    }
    Environments {
        environment,
        root: workspace.root.clone(),
        tiers: gathered,
        broken: without_doubles(broken),
        untold,
        given: Vec::new(),
        settings: None,
        config: None,
        held: Vec::new(),
        process: BTreeMap::new(),
        levels: workspace.options.rules.clone(),
        from: Values::Files,
        alone: true,
    }
}

/// The tier in whose folder a file lies, with its schema; else one that is named like the folder.
fn tier_of(
    workspace: &Workspace,
    path: &Utf8Path,
    broken: &mut Vec<Finding>,
) -> (Tier, Arc<Schema>) {
    let dir = path.parent().unwrap_or(Utf8Path::new(""));
    let own = workspace.tiers.iter().find(|tier| {
        let named = || {
            tier.files
                .as_ref()
                .is_some_and(|files| files.iter().any(|file| file == path))
        };
        tier.dir == dir || named()
    });
    if let Some(tier) = own {
        return (tier.clone(), Arc::new(read_schema(workspace, tier, broken)));
    }
    let runtime = if fs::is_file(&workspace.path(dir).join("package.json")) {
        Runtime::Next
    } else {
        Runtime::Shared
    };
    let name = if dir.as_str().is_empty() {
        "root"
    } else {
        dir.as_str()
    };
    (
        Tier::new(name, dir, runtime),
        Arc::new(Schema::empty(name, Source::new("", ""))),
    )
}

/// Several files of one tier have one schema.
fn without_doubles(findings: Vec<Finding>) -> Vec<Finding> {
    let mut once: Vec<Finding> = Vec::new();
    for finding in findings {
        if !once.contains(&finding) {
            once.push(finding);
        }
    }
    once
}
