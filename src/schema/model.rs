//! A schema that is understood.

use std::collections::{BTreeMap, HashMap};

use compact_str::CompactString;
use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};

use crate::diagnostic::Severity;
use crate::text::{Source, Span};
use crate::workspace::Environment;

use super::Kind;

/// What one tier's environment must be.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The tier's name.
    pub tier: String,
    /// The tier's name as people say it.
    pub title: String,
    /// What these variables are for.
    pub description: String,
    /// Banners with their variables, in the order of the file.
    pub sections: Vec<Section>,
    /// The variables, in the order of the file.
    pub variables: Vec<Variable>,
    /// What must hold between variables.
    pub relations: Vec<Relation>,
    /// The file.
    pub source: Source,
    pub(super) index: HashMap<CompactString, usize, RandomState>,
    pub(super) groups: Vec<usize>,
}

/// Where each variable stands, by its name.
pub(super) fn index(variables: &[Variable]) -> HashMap<CompactString, usize, RandomState> {
    let places = variables.iter().enumerate();
    places
        .map(|(at, variable)| (CompactString::new(&variable.name), at))
        .collect()
}

/// The places of those that stand for several.
pub(super) fn groups(variables: &[Variable]) -> Vec<usize> {
    let places = variables.iter().enumerate();
    places
        .filter(|(_, variable)| variable.is_group())
        .map(|(at, _)| at)
        .collect()
}

impl Schema {
    /// One that describes nothing.
    #[must_use]
    pub fn empty(tier: impl Into<String>, source: Source) -> Self {
        Self {
            tier: tier.into(),
            title: String::new(),
            description: String::new(),
            sections: Vec::new(),
            variables: Vec::new(),
            relations: Vec::new(),
            source,
            index: HashMap::default(),
            groups: Vec::new(),
        }
    }

    /// The variable of that name, or the group (`STRIPE_*_PRICE_ID`) that it belongs to.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Variable> {
        match self.index.get(name) {
            Some(&at) => self.variables.get(at),
            None => self
                .groups
                .iter()
                .filter_map(|&at| self.variables.get(at))
                .find(|group| group.covers(name)),
        }
    }
}

/// A banner with its variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// What stands in the banner.
    pub title: String,
    /// Where in [`Schema::variables`] its variables stand.
    pub variables: std::ops::Range<usize>,
}

/// One variable.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Variable {
    /// Its name; one `*` stands for any text.
    pub name: String,
    /// What it is, one line.
    pub description: String,
    /// What it does.
    pub purpose: String,
    /// Its type.
    pub kind: Kind,
    /// What the program takes when it is not set.
    pub default: Option<String>,
    /// When it must be set.
    pub required: Required,
    /// Whether it is usually set in the root tier.
    pub inherits: bool,
    /// Whether the program sets it itself, whatever files say.
    pub set_by_runtime: bool,
    /// Whether it is never shown.
    pub secret: bool,
    /// A value for examples.
    pub example: Option<String>,
    /// What single environments ask for. Boxed: a map makes room for eleven at once, and most
    /// variables have one or none.
    pub limits: BTreeMap<Environment, Box<Limits>>,
    /// Who says its type and its conditions.
    #[serde(skip)]
    pub word: Word,
    /// Where its name stands in the schema.
    pub place: Span,
}

/// What stands behind a type and conditions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Word {
    /// The schema says it.
    #[default]
    Said,
    /// It is what is usual, and nothing in the workspace says so.
    Usual,
}

impl Variable {
    /// Whether its type and its conditions are what is usual alone.
    #[must_use]
    pub fn is_guess(&self) -> bool {
        self.word == Word::Usual
    }

    /// Whether its name stands for several.
    #[must_use]
    pub fn is_group(&self) -> bool {
        self.name.contains('*')
    }

    /// Whether `name` is meant.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        match self.name.split_once('*') {
            Some((start, end)) => {
                name.len() > start.len() + end.len()
                    && name.starts_with(start)
                    && name.ends_with(end)
            }
            None => self.name == name,
        }
    }

    /// The default in an environment.
    #[must_use]
    pub fn default_in(&self, environment: Environment) -> Option<&str> {
        let special = self
            .limits
            .get(&environment)
            .and_then(|limits| limits.default.as_deref());
        special.or(self.default.as_deref())
    }

    /// The example for an environment.
    #[must_use]
    pub fn example_in(&self, environment: Environment) -> Option<&str> {
        let limits = self.limits.get(&environment);
        limits
            .and_then(|limits| limits.example.as_deref())
            .or(limits.and_then(|limits| limits.default.as_deref()))
            .or(self.example.as_deref())
    }
}

/// When a variable must be set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Required {
    /// In these environments.
    pub environments: Vec<Environment>,
    /// When all of these hold, in any environment.
    pub when: Vec<Condition>,
    /// Unless all of these hold.
    pub unless: Vec<Condition>,
}

impl Required {
    /// Whether it must be set in every environment, whatever the other values are.
    #[must_use]
    pub fn always(&self) -> bool {
        self.environments.len() == Environment::ALL.len() && self.unless.is_empty()
    }

    /// Whether it need never be set.
    #[must_use]
    pub fn never(&self) -> bool {
        self.environments.is_empty() && self.when.is_empty()
    }
}

/// A variable with the value that it must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The variable.
    pub variable: Reference,
    /// The value; `*` is any, `*.x` any ending.
    pub value: String,
}

/// A variable of this or of another tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The other tier, or none for this one.
    pub tier: Option<String>,
    /// Its name.
    pub name: String,
}

/// What one environment asks of a variable.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// The default in this environment.
    pub default: Option<String>,
    /// The example in this environment.
    pub example: Option<String>,
    /// The values that are accepted.
    pub one_of: Option<Vec<String>>,
    /// Accepted URL schemes.
    pub schemes: Option<Vec<String>>,
    /// Whether the host must not be this machine.
    pub remote: bool,
    /// Why.
    pub because: Option<String>,
    /// How much breaking it matters.
    pub severity: Option<Severity>,
}

/// What must hold between variables.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Relation {
    /// What must hold.
    pub kind: RelationKind,
    /// Between these.
    pub variables: Vec<Reference>,
    /// Only when the variables of each pair have the same value.
    pub when_equal: Vec<(Reference, Reference)>,
    /// Only when these hold.
    pub when: Vec<Condition>,
    /// Only in these environments.
    pub environments: Vec<Environment>,
    /// How much breaking it matters.
    pub severity: Severity,
    /// Why.
    pub because: String,
    /// The way out.
    pub help: String,
}

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum RelationKind {
    /// All values are different.
    Differ,
    /// All values are the same.
    Equal,
    /// The first, a list of origins, contains the origin of each other one.
    Contains,
    /// The first, a URL of this machine, names the port that the second one is.
    PortOf,
    /// All Supabase URLs and keys belong to one project.
    SameProject,
    /// Each names the environment that is checked, in its own words.
    Environment,
    /// The numbers together are at most this.
    SumAtMost(f64),
}
