//! Tiers as they resolve, against their schemas → findings.

mod addition;
mod by_code;
mod examples;
mod lookup;
mod names;
mod ports;
mod relations;
mod required;
mod rules;
mod same;
mod values;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Finding;
use crate::env::Resolved;
use crate::workspace::Environment;

use super::{Reader, Schema};

pub use by_code::LEFT_OUT;
pub use examples::{environment_of, example};
pub use names::nested;
pub use rules::*;
pub use values::OVER_DEFAULT;

/// One tier with all that its checks need.
#[derive(Debug, Clone, Copy)]
pub struct Tier<'a> {
    /// What its program sees.
    pub resolved: &'a Resolved,
    /// What it must see.
    pub schema: &'a Schema,
    /// What parses the values.
    pub reader: Reader,
    /// The file into which values for this environment belong, whether it is there or not.
    pub home: &'a Utf8Path,
    /// An example that the file can be made from.
    pub example: Option<&'a Utf8Path>,
    /// Whether a file of the chain lies in the tier's own folder.
    pub has_files: bool,
    /// Whether no file counts at all, as in a container: the platform sets the variables.
    pub deployed: bool,
    /// What the code says of single variables, where it was read.
    pub said: &'a [Said],
    /// Values that the code refuses.
    pub refused: &'a [Refused],
    /// The port that its application is started on, where something else than its URL says that.
    pub listens: Option<&'a Listens>,
}

impl<'a> Tier<'a> {
    /// Whether a file of its chain cannot be read here: nobody knows what it sets.
    pub(super) fn is_closed(&self) -> bool {
        self.resolved.unread().is_some()
    }

    /// What the code says of a variable.
    pub(super) fn said(&self, name: &str) -> Option<&'a Said> {
        self.said.iter().find(|it| it.name == name)
    }

    /// The tier's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.resolved.tier
    }
}

/// What the code of a tier's application says of a variable by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The variable.
    pub name: String,
    /// What the code takes where it is not set; without it the application does not start.
    pub default: Option<String>,
    /// Where it says so: `frontend/lib/env.ts:7`.
    pub place: String,
    /// What else is known of it.
    pub note: Option<String>,
    /// The env file that the code reads it from, where that is its own choice.
    pub home: Option<Utf8PathBuf>,
}

/// Where an application is started, whatever its own URL says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listens {
    /// The port.
    pub port: u16,
    /// Where that is said, if its URL is to be held against it: `frontend/package.json:6`.
    pub place: Option<String>,
    /// Ports that are given to other services: one of them may have the pages, too.
    pub others: Vec<u16>,
}

/// A value that the code of a tier's application refuses by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The variable.
    pub name: String,
    /// Where it is refused: `frontend/lib/env.ts:7`.
    pub place: String,
    /// What is wanted: `a URL`.
    pub wanted: String,
    /// Whether the application starts without the variable.
    pub may_lack: bool,
    /// The same value as it is taken, where that is certain.
    pub instead: Option<String>,
    /// What alone is taken, where no text is.
    pub never: Option<&'static str>,
}

/// What is to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The environment that the values are for.
    pub environment: Environment,
    /// Whether values that are missing are findings; not so where images are built without secrets.
    pub values: bool,
}

/// Everything that the schemas have to say about some tiers. `chosen` are the tiers that are asked
/// about; the others are there because relations look at them.
#[must_use]
pub fn check(tiers: &[Tier<'_>], chosen: &dyn Fn(&str) -> bool, scope: Scope) -> Vec<Finding> {
    let mut findings = Vec::new();
    let beside: Vec<&Tier<'_>> = tiers.iter().filter(|tier| chosen(tier.name())).collect();
    for tier in beside.iter().copied() {
        let names = names::check(tier, tiers);
        findings.extend(names.findings);
        if scope.values {
            findings.extend(required::check(
                tier,
                tiers,
                &names.meant,
                scope.environment,
            ));
        }
        findings.extend(values::check(tier, &beside, scope));
        if scope.values {
            findings.extend(by_code::missing(tier, &findings));
        }
        findings.extend(by_code::refused(tier, &findings));
        findings.extend(ports::own(tier));
    }
    findings.extend(relations::check(tiers, chosen, scope.environment));
    findings
}

/// What the schemas have to say about what one program of a tier is given: each value by itself, and with `names`
/// those that are misspelt.
#[must_use]
pub fn given(tier: &Tier<'_>, tiers: &[Tier<'_>], names: bool, scope: Scope) -> Vec<Finding> {
    let mut findings = values::check(tier, &[], scope);
    if names {
        findings.extend(names::check(tier, tiers).findings);
    }
    findings
}

/// The relations that look at one tier, and do not hold between what `tiers` see; where it is `alone`, those that look
/// at no other.
#[must_use]
pub fn related(
    tiers: &[Tier<'_>],
    own: &str,
    alone: bool,
    environment: Environment,
) -> Vec<Finding> {
    relations::of(tiers, own, alone, environment)
}

/// What the schemas have to say about tiers of one file each: names and values, each by itself.
#[must_use]
pub fn alone(files: &[Tier<'_>], scope: Scope) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        findings.extend(names::check(file, std::slice::from_ref(file)).findings);
        findings.extend(values::check(file, &[], scope));
    }
    findings
}

/// The file into which a tier's values for an environment belong.
#[must_use]
pub fn home(
    dir: &Utf8Path,
    environment: Environment,
    there: &dyn Fn(&Utf8Path) -> bool,
    next: bool,
) -> Utf8PathBuf {
    let here = |name: &str| {
        if dir.as_str().is_empty() {
            Utf8PathBuf::from(name)
        } else {
            dir.join(name)
        }
    };
    let mode = match environment {
        Environment::Development => {
            return [".env", ".env.local", ".env.development"]
                .iter()
                .map(|name| here(name))
                .find(|path| there(path))
                .unwrap_or_else(|| here(".env"));
        }
        Environment::Staging if next => Environment::Production.as_str(),
        other => other.as_str(),
    };
    here(&format!(".env.{mode}"))
}
