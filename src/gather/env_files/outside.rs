//! Env files of no tier, which a settings class alone reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::env::dialect::Dialect;
use crate::env::resolve;
use crate::workspace::stack::Outside;
use crate::workspace::{Environment, Workspace};

use super::IsSecret;
use super::files::read_file;

/// What the last of these files that is no tier's sets one of these variables to; `exact` is how it must be written
/// where case counts. Of two files the later one wins, as pydantic-settings reads them.
#[must_use]
pub fn outside<'a>(
    workspace: &Workspace,
    files: &[Utf8PathBuf],
    names: &(impl Iterator<Item = &'a str> + Clone),
    exact: Option<&str>,
) -> Option<Outside> {
    let is_of_tier = |file: &Utf8PathBuf| {
        let mut tiers = workspace.tiers.iter();
        tiers.any(|tier| {
            Environment::ALL
                .iter()
                .any(|it| tier.chain(*it).contains(file))
        })
    };
    let is_secret: IsSecret = Arc::new(|_| true);
    let mut files = files.iter().enumerate().rev();
    files.find_map(|(at, path)| {
        if is_of_tier(path) {
            return None;
        }
        let file = read_file(workspace, path, &is_secret)?;
        let dialect = Dialect::PydanticSettings;
        let resolved = resolve("", dialect, vec![file], Vec::new(), &BTreeMap::new());
        let mut names = names.clone();
        names.find_map(|name| {
            let variable = resolved.get(name)?;
            let place = variable.origin.place()?;
            let is_read = exact.is_none_or(|exact| variable.name == exact);
            is_read.then(|| Outside {
                variable: name.to_owned(),
                value: variable.value.to_string(),
                line: place.source.position(place.name.start).line,
                file: path.clone(),
                at,
            })
        })
    })
}
