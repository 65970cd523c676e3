//! What each tier's runtime sees.

use std::collections::BTreeMap;

use crate::diagnostic::Finding;
use crate::service::assemble::Variables;
use crate::system::fs;
use crate::workspace::{Environment, Workspace};

/// Tiers.
#[derive(Debug, Default)]
pub struct Tiers {
    /// x
    pub seen: BTreeMap<String, Variables>,
    /// x
    pub origins: BTreeMap<(String, String), String>,
    /// x
    pub secrets: Vec<String>,
    /// x
    pub findings: Vec<Finding>,
}

/// stub
#[must_use]
pub fn load(workspace: &Workspace, environment: Environment, variables: &BTreeMap<String, String>) -> Tiers {
    let mut tiers = Tiers::default();
    for tier in &workspace.tiers {
        let mut seen = Variables::new();
        for file in tier.chain(environment) {
            let Ok(text) = fs::read_text(&workspace.path(&file)) else { continue };
            for (n, line) in text.lines().enumerate() {
                if let Some((name, value)) = line.trim().split_once('=') && !name.starts_with('#') {
                    seen.insert(name.to_owned(), value.trim_matches(['"', '\'']).to_owned());
                    tiers.origins.insert((tier.name.clone(), name.to_owned()), format!("{file}:{}", n + 1));
                    if name.contains("PASSWORD") || name.contains("SECRET") { tiers.secrets.push(value.to_owned()); }
                }
            }
        }
        seen.extend(variables.iter().map(|(a, b)| (a.clone(), b.clone())));
        tiers.seen.insert(tier.name.clone(), seen);
    }
    tiers
}

impl Tiers {
    /// x
    #[must_use]
    pub fn origin(&self, tier: &str, name: &str) -> String {
        self.origins.get(&(tier.to_owned(), name.to_owned())).cloned().unwrap_or_else(|| "the process environment".to_owned())
    }

    /// x
    #[must_use]
    pub fn from_files(&self, tier: &str) -> BTreeMap<String, String> {
        let seen = self.seen.get(tier).cloned().unwrap_or_default();
        seen.into_iter().filter(|(name, _)| self.origins.contains_key(&(tier.to_owned(), name.clone()))).collect()
    }
}
