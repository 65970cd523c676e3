//! Which file speaks for one environment alone.

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::fs;
use crate::workspace::{Environment, Runtime};

use super::Environments;

impl Environments {
    /// The file that decides for this environment in the place of `shared`, which development reads, too; it need
    /// not be there yet. None where `shared` is none of development's, and where a tier has no other one.
    #[must_use]
    pub fn own(&self, tier: &str, shared: &Utf8Path) -> Option<Utf8PathBuf> {
        let gathered = self.gathered(tier)?;
        let tier = &gathered.tier;
        let development = tier.chain(Environment::Development);
        if !development.iter().any(|file| file == shared) {
            return None;
        }
        let mut chain = tier.chain(self.environment);
        // Next takes the first that sets a variable, the others the last.
        if tier.runtime == Runtime::Next {
            chain.reverse();
        }
        let at = chain.iter().position(|file| file == shared)?;
        // What comes before it does not win.
        let mut own = chain.split_off(at + 1);
        own.retain(|file| !development.contains(file));
        let last = own.len().checked_sub(1)?;
        let is_there = |file: &Utf8PathBuf| fs::is_file(&self.root.join(file));
        let there = own.iter().rposition(is_there);
        let home = own.iter().position(|file| *file == gathered.home);
        let beside = own
            .iter()
            .rposition(|file| file.parent() == shared.parent());
        let at = if shared.parent() == Some(tier.dir.as_path()) {
            // The later one wins.
            there.max(home)
        } else {
            // Other tiers read the root's file, too, and are to see the same.
            beside.or(home)
        };
        let at = at.unwrap_or(last);
        Some(own.swap_remove(at))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gather::env_files;
    use crate::workspace::{Options, Tier, Workspace};

    #[test]
    fn the_file_that_wins_is_named_whether_it_is_there_or_not() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = Utf8PathBuf::try_from(dir.path().to_owned()).expect("UTF-8");
        for folder in ["backend", "frontend"] {
            std::fs::create_dir(root.join(folder)).expect("a folder");
        }
        let workspace = Workspace {
            tiers: vec![
                Tier::new("backend", "backend", Runtime::Python),
                Tier::new("frontend", "frontend", Runtime::Next),
            ],
            root: root.clone(),
            options: Options::default(),
            settings: None,
        };
        let own = |environment, tier: &str, shared: &str| {
            let all = env_files::load(&workspace, environment, &BTreeMap::new());
            all.own(tier, Utf8Path::new(shared)).map(String::from)
        };
        let (production, staging) = (Environment::Production, Environment::Staging);
        for (environment, tier, shared, wanted) in [
            (
                production,
                "backend",
                "backend/.env",
                Some("backend/.env.production"),
            ),
            // Other tiers read it, too.
            (production, "backend", ".env", Some(".env.production")),
            (production, "backend", "backend/.env.production", None),
            (Environment::Development, "backend", "backend/.env", None),
            (
                staging,
                "backend",
                "backend/.env",
                Some("backend/.env.staging"),
            ),
            (
                staging,
                "frontend",
                "frontend/.env",
                Some("frontend/.env.production"),
            ),
            // That one wins over `.env.production`.
            (
                production,
                "frontend",
                "frontend/.env.local",
                Some("frontend/.env.production.local"),
            ),
        ] {
            assert_eq!(
                own(environment, tier, shared).as_deref(),
                wanted,
                "{shared}"
            );
        }
        // One that is there wins where it comes later.
        for file in [".env.production", "frontend/.env.production.local"] {
            fs::write_private(&root.join(file), b"A=1\n").expect("a file");
        }
        for (tier, shared, wanted) in [
            ("backend", ".env", ".env.production"),
            (
                "frontend",
                "frontend/.env",
                "frontend/.env.production.local",
            ),
        ] {
            assert_eq!(
                own(production, tier, shared).as_deref(),
                Some(wanted),
                "{shared}"
            );
        }
    }
}
