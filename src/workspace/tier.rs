//! Tiers: folders with their own env files, their own loader and their own schema.

use camino::Utf8PathBuf;

use crate::env::dialect::Dialect;

use super::{Environment, TierOptions};

/// What reads a tier's env files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// Several readers: the root's files are read by Python, by shells and by Compose.
    Shared,
    /// pydantic-settings.
    Python,
    /// Next.js, and the scripts beside it that bun runs.
    Next,
}

/// A folder with its own env files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// `root`, `backend`, `frontend` or a declared name.
    pub name: String,
    /// Its folder, relative to the workspace; empty for the root.
    pub dir: Utf8PathBuf,
    /// What reads it.
    pub runtime: Runtime,
    /// The loaders that read its files, the one that decides first.
    pub dialects: Vec<Dialect>,
    /// Its files where `pixcrawler.toml` names them; otherwise [`Tier::chain`] knows them.
    pub files: Option<Vec<Utf8PathBuf>>,
}

impl Tier {
    /// The root tier.
    #[must_use]
    pub fn root() -> Self {
        Self::new("root", "", Runtime::Shared)
    }

    /// A tier with the loaders that its runtime usually has.
    pub fn new(name: impl Into<String>, dir: impl Into<Utf8PathBuf>, runtime: Runtime) -> Self {
        let dialects = match runtime {
            Runtime::Shared => vec![Dialect::PydanticSettings, Dialect::Bash, Dialect::Compose],
            Runtime::Python => vec![Dialect::PydanticSettings],
            Runtime::Next => vec![Dialect::Next, Dialect::Bun],
        };
        Self {
            name: name.into(),
            dir: dir.into(),
            runtime,
            dialects,
            files: None,
        }
    }

    /// This tier with what `pixcrawler.toml` says about it.
    #[must_use]
    pub fn with_options(mut self, options: &TierOptions) -> Self {
        if let Some(dir) = &options.dir {
            self.dir.clone_from(dir);
        }
        if let Some(dialects) = &options.dialects {
            self.dialects.clone_from(dialects);
            self.runtime = match self.dialects.first() {
                Some(Dialect::Next | Dialect::Bun | Dialect::NodeDotenv | Dialect::NodeEnvFile) => {
                    Runtime::Next
                }
                Some(Dialect::PydanticSettings | Dialect::PythonDotenv) => Runtime::Python,
                _ => self.runtime,
            };
        }
        self.files.clone_from(&options.files);
        self
    }

    /// The env files that the tier's loader reads, in the loader's own order, relative to the
    /// workspace. For Python a later file wins; for Next an earlier one does.
    #[must_use]
    pub fn chain(&self, environment: Environment) -> Vec<Utf8PathBuf> {
        if let Some(files) = &self.files {
            return files.clone();
        }
        let here = |name: &str| {
            if self.dir.as_str().is_empty() {
                Utf8PathBuf::from(name)
            } else {
                self.dir.join(name)
            }
        };
        let mode = environment.as_str();
        match self.runtime {
            Runtime::Shared => with_mode(Utf8PathBuf::from(".env"), environment),
            Runtime::Python => {
                let mut files = with_mode(Utf8PathBuf::from(".env"), environment);
                if !self.dir.as_str().is_empty() {
                    files.extend(with_mode(here(".env"), environment));
                }
                files
            }
            // Next knows three modes; staging deployments run `next start`, which is production.
            Runtime::Next => {
                let mode = if environment == Environment::Staging {
                    "production"
                } else {
                    mode
                };
                let mut files = vec![here(&format!(".env.{mode}.local"))];
                if environment != Environment::Test {
                    files.push(here(".env.local"));
                }
                files.extend([here(&format!(".env.{mode}")), here(".env")]);
                files
            }
        }
    }
}

/// `.env`, then its form for an environment other than development.
fn with_mode(base: Utf8PathBuf, environment: Environment) -> Vec<Utf8PathBuf> {
    let special = Utf8PathBuf::from(format!("{base}.{}", environment.as_str()));
    vec![base, special]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_follow_the_real_loaders() {
        let backend = Tier::new("backend", "backend", Runtime::Python);
        assert_eq!(
            backend.chain(Environment::Test),
            [".env", ".env.test", "backend/.env", "backend/.env.test"]
        );
        let frontend = Tier::new("frontend", "frontend", Runtime::Next);
        assert_eq!(
            frontend.chain(Environment::Staging),
            [
                "frontend/.env.production.local",
                "frontend/.env.local",
                "frontend/.env.production",
                "frontend/.env"
            ]
        );
        assert_eq!(
            frontend.chain(Environment::Test),
            [
                "frontend/.env.test.local",
                "frontend/.env.test",
                "frontend/.env"
            ]
        );
    }
}
