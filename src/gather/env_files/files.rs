//! Reads schemas, env files and examples; decides nothing.

use std::io;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Finding;
use crate::env::{EnvFile, Problem, hidden_spans};
use crate::schema::{self, Schema};
use crate::system::{access, fs};
use crate::text::{Source, merge};
use crate::workspace::{Environment, Tier, Workspace};

use super::super::closed;
use super::{IsSecret, SCHEMAS};

/// The workspace's own schema of a tier, else the built-in one, else an empty one.
pub(super) fn read_schema(workspace: &Workspace, tier: &Tier, broken: &mut Vec<Finding>) -> Schema {
    let name = workspace
        .options
        .tiers
        .get(&tier.name)
        .and_then(|written| written.schema.clone())
        .unwrap_or_else(|| tier.name.clone());
    let path = Utf8PathBuf::from(SCHEMAS).join(format!("{name}.toml"));
    let built_in = || {
        schema::built_in(&tier.name, &name)
            .unwrap_or_else(|| Schema::empty(&tier.name, Source::new(path.as_path(), "")))
    };
    let absolute = workspace.path(&path);
    let source = match fs::read_text_if_there(&absolute) {
        Ok(Some(text)) => Source::new(path.as_path(), text),
        Ok(None) => return built_in(),
        Err(error) => {
            let message = error.to_string();
            let why = without_path(&message, &absolute);
            broken.push(
                Finding::new(&schema::BROKEN, format!("{path} cannot be read: {why}"))
                    .subject(path.as_str())
                    .in_file(&path)
                    .tier(&tier.name)
                    .note("the built-in schema counts meanwhile, where there is one")
                    .help(format!("make it a readable UTF-8 file: ls -ld {path}")),
            );
            return built_in();
        }
    };
    schema::read(&tier.name, &source).unwrap_or_else(|findings| {
        broken.extend(findings.into_iter().map(|finding| finding.tier(&tier.name)));
        Schema::empty(&tier.name, Source::new(source.path(), ""))
    })
}

/// A file of the chain, or none when it is not there.
pub(super) fn read_chain_file(
    workspace: &Workspace,
    path: &Utf8Path,
    secret: &IsSecret,
) -> Option<EnvFile> {
    let mut file = read_file(workspace, path, secret)?;
    file.exposed = access::readable_by_others(&workspace.path(path));
    Some(file)
}

/// An env file or an example, or none when it is not there.
pub(super) fn read_file(
    workspace: &Workspace,
    path: &Utf8Path,
    secret: &IsSecret,
) -> Option<EnvFile> {
    let absolute = workspace.path(path);
    let bytes = match fs::read(&absolute) {
        Ok(bytes) => bytes,
        // A folder on the way that is a file (`ENOTDIR`) means the same as a file that is not there.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return None;
        }
        Err(error) => {
            let message = error.to_string();
            let why = without_path(&message, &absolute);
            return Some(if error.kind() == io::ErrorKind::PermissionDenied {
                EnvFile::closed(path, why, closed::cure(workspace, path))
            } else {
                EnvFile::refused(path, why)
            });
        }
    };
    let (text, problem) = match String::from_utf8(bytes) {
        Ok(text) => {
            let merge = merge::unfinished(&text);
            (text, merge.map(Problem::Unmerged))
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            (
                String::from_utf8_lossy(error.as_bytes()).into_owned(),
                Some(Problem::NotUtf8(at)),
            )
        }
    };
    let secret = Arc::clone(secret);
    let mut file = EnvFile::new(Source::with_secrets(path, text, move |text| {
        hidden_spans(text, |name| secret(name))
    }));
    file.problem = problem;
    Some(file)
}

/// What an error says behind the file's name.
fn without_path<'m>(message: &'m str, path: &Utf8Path) -> &'m str {
    message
        .strip_prefix(path.as_str())
        .map_or(message, |rest| rest.trim_start_matches(": "))
}

/// The names that a tier's example may have, the one for the environment first.
pub(super) fn example_names(environment: Environment) -> [String; 3] {
    let mode = environment.as_str();
    [
        format!(".env.{mode}.example"),
        format!(".env.example.{mode}"),
        ".env.example".to_owned(),
    ]
}

/// The names of the example files in a folder.
pub(super) fn example_files(dir: &Utf8Path) -> Vec<String> {
    fs::names(dir, |name| name.starts_with(".env") && is_example(name))
}

/// Whether a file of that name is an example, which everybody starts from.
pub(super) fn is_example(name: &str) -> bool {
    name.contains(".example")
}
