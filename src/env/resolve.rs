//! A chain of files and the process environment → what the program sees, and where it came from.

mod amended;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use camino::Utf8PathBuf;
use compact_str::CompactString;

use crate::text::{Source, Span, encoding};

use super::dialect::{self, Ambient, Dialect, Loaded};
use super::{EnvFile, Problem};

/// Where in a file a value was set.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The file.
    pub source: Source,
    /// The name.
    pub name: Span,
    /// The value with its quotes.
    pub value: Span,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// The environment of the calling process: it wins over every file.
    Process,
    /// An env file.
    File(Place),
}

impl Origin {
    /// The place in a file, if it is one.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Process => None,
            Self::File(place) => Some(place),
        }
    }
}

/// A value that lost against another one.
#[derive(Clone)]
pub struct Shadowed {
    /// Where it is set.
    pub place: Place,
    /// What it would be.
    pub value: CompactString,
}

/// What the program sees under one name.
#[derive(Clone)]
pub struct Variable {
    /// The name as it is written.
    pub name: CompactString,
    /// Its value; may be secret.
    pub value: CompactString,
    /// Where that came from.
    pub origin: Origin,
    /// The values that lost, the strongest first.
    pub shadowed: Vec<Shadowed>,
}

/// The name alone: the value may be secret.
impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variable")
            .field("name", &self.name)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// What a program of one tier sees.
#[derive(Clone)]
pub struct Resolved {
    /// The tier's name.
    pub tier: String,
    /// The loader that decides.
    pub dialect: Dialect,
    /// The files of the chain that are there, in the loader's order, as it reads them.
    pub files: Vec<(EnvFile, Loaded)>,
    /// The files of the chain that are not there.
    pub absent: Vec<Utf8PathBuf>,
    /// Sorted by what the loader compares.
    variables: Vec<Variable>,
}

impl Resolved {
    /// The variable of that name, as the tier's loader compares names.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Variable> {
        let found = self
            .variables
            .binary_search_by(|variable| order(self.dialect, &variable.name, name));
        self.variables.get(found.ok()?)
    }

    /// The value of that name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.get(name).map(|variable| variable.value.as_str())
    }

    /// The value of that name, unless it is empty.
    #[must_use]
    pub fn nonempty(&self, name: &str) -> Option<&str> {
        self.value(name).filter(|value| !value.trim().is_empty())
    }

    /// Whether a file that cannot be read here could set the variable anew: what is seen of it is no fact then.
    #[must_use]
    pub fn is_doubtful(&self, variable: &Variable) -> bool {
        let Some(place) = variable.origin.place() else {
            return false;
        };
        let mut files = self.files.iter();
        let own = files.position(|(file, _)| file.path() == place.source.path());
        let Some(own) = own else { return false };
        let stronger = if first_wins(self.dialect) {
            &self.files[..own]
        } else {
            &self.files[own + 1..]
        };
        let mut files = stronger.iter();
        files.any(|(file, _)| is_unread(self.dialect, file))
    }

    /// The first file of the chain of which nothing is known: what it sets has no default either.
    #[must_use]
    pub fn unread(&self) -> Option<&EnvFile> {
        let mut files = self.files.iter().map(|(file, _)| file);
        files.find(|file| is_unread(self.dialect, file))
    }

    /// Every variable, the process environment's included, by name.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.variables.iter()
    }

    /// What the files add to the process environment.
    #[must_use]
    pub fn from_files(&self) -> BTreeMap<String, String> {
        self.variables
            .iter()
            .filter(|variable| variable.origin.place().is_some())
            .map(|variable| (variable.name.to_string(), variable.value.to_string()))
            .collect()
    }

    /// Everything that a program of this tier sees.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, String> {
        self.variables
            .iter()
            .map(|variable| (variable.name.to_string(), variable.value.to_string()))
            .collect()
    }
}

/// The paths alone: values may be secret.
impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<_> = self.files.iter().map(|(file, _)| file.path()).collect();
        f.debug_struct("Resolved")
            .field("tier", &self.tier)
            .field("files", &files)
            .finish_non_exhaustive()
    }
}

/// How a loader compares names: pydantic-settings ignores case.
pub(super) fn key(dialect: Dialect, name: &str) -> Cow<'_, str> {
    let ignores_case = dialect == Dialect::PydanticSettings;
    if ignores_case && name.bytes().any(|b| b.is_ascii_lowercase()) {
        name.to_ascii_uppercase().into()
    } else {
        name.into()
    }
}

/// Whether the first file of a chain that sets a variable is the one that counts.
fn first_wins(dialect: Dialect) -> bool {
    matches!(
        dialect,
        Dialect::Next | Dialect::Bun | Dialect::NodeDotenv | Dialect::Dotenvy
    )
}

/// The order of [`key`]s, without making them.
fn order(dialect: Dialect, one: &str, other: &str) -> Ordering {
    if dialect != Dialect::PydanticSettings {
        return one.cmp(other);
    }
    // Where they are the same there is nothing to fold.
    let pairs = one.bytes().zip(other.bytes());
    let unlike = pairs
        .filter(|(one, other)| one != other)
        .map(|(one, other)| one.to_ascii_uppercase().cmp(&other.to_ascii_uppercase()))
        .find(|order| order.is_ne());
    unlike.unwrap_or_else(|| one.len().cmp(&other.len()))
}

/// Resolves a chain: `files` in the loader's own order, `process` on top.
#[must_use]
pub fn resolve(
    tier: &str,
    dialect: Dialect,
    files: Vec<EnvFile>,
    absent: Vec<Utf8PathBuf>,
    process: &BTreeMap<String, String>,
) -> Resolved {
    let ambient: Ambient = process
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let sources: Vec<dialect::Source<'_>> = files
        .iter()
        .map(|file| dialect::Source::new(text_for(dialect, file).as_bytes()))
        .collect();
    let chain = dialect::load_chain(dialect, &sources, &ambient);
    let mut process = Process::new(dialect, process);
    let most: usize = chain.files.iter().map(|loaded| loaded.values.len()).sum();
    let mut found: Vec<Variable> = Vec::with_capacity(most + process.left.len());
    for entry in chain.entries() {
        let name = entry.name;
        let Some(place) = files
            .get(entry.file)
            .zip(chain.files.get(entry.file))
            .and_then(|(file, loaded)| place_of(file, loaded, entry.binding))
        else {
            continue;
        };
        let has_value = entry.value.is_some();
        let value = entry.value.cloned().unwrap_or_default();
        let mut variable = match process.take(name) {
            Some(process) if dialect.process_wins() => {
                let in_file = own_value(&chain.files, entry.file, name).unwrap_or(value.clone());
                // Next expands what the process environment holds, if a file names it.
                let value = if entry.origin == dialect::Origin::Ambient {
                    value
                } else {
                    process.value.clone()
                };
                Variable {
                    value,
                    shadowed: vec![Shadowed {
                        place,
                        value: in_file,
                    }],
                    ..process
                }
            }
            // pydantic takes a name without `=` as one that is not set, whatever weaker files say.
            _ if !has_value => continue,
            _ => Variable {
                name: written(&place),
                value,
                origin: Origin::File(place),
                shadowed: Vec::new(),
            },
        };
        let weaker = files
            .iter()
            .zip(&chain.files)
            .enumerate()
            .filter(|(at, _)| *at != entry.file);
        let mut losers: Vec<Shadowed> = weaker
            .filter_map(|(_, (file, loaded))| {
                let loser = loaded.values.get(name)?;
                Some(Shadowed {
                    place: place_of(file, loaded, loser.binding)?,
                    value: loser.value.clone()?,
                })
            })
            .collect();
        if !first_wins(dialect) {
            // The later a file, the stronger.
            losers.reverse();
        }
        variable.shadowed.extend(losers);
        found.push(variable);
    }
    found.extend(process.left.into_iter().flatten());
    found.sort_by(|one, other| order(dialect, &one.name, &other.name));
    Resolved {
        tier: tier.to_owned(),
        dialect,
        files: files.into_iter().zip(chain.files).collect(),
        absent,
        variables: found,
    }
}

/// The process environment, of which files take what they set too.
struct Process {
    dialect: Dialect,
    /// By name as the dialect compares it; what was taken is none.
    left: Vec<Option<Variable>>,
    names: Vec<CompactString>,
}

impl Process {
    fn new(dialect: Dialect, variables: &BTreeMap<String, String>) -> Self {
        let mut sorted: Vec<(&String, &String)> = variables.iter().collect();
        sorted.sort_by(|(one, _), (other, _)| order(dialect, one, other));
        // Of names that are the same to the loader the last one counts.
        sorted.reverse();
        sorted.dedup_by(|(one, _), (other, _)| order(dialect, one, other).is_eq());
        sorted.reverse();
        let variable = |(name, value): &(&String, &String)| {
            Some(Variable {
                name: name.as_str().into(),
                value: value.as_str().into(),
                origin: Origin::Process,
                shadowed: Vec::new(),
            })
        };
        Self {
            dialect,
            left: sorted.iter().map(variable).collect(),
            names: sorted
                .iter()
                .map(|(name, _)| name.as_str().into())
                .collect(),
        }
    }

    fn take(&mut self, name: &str) -> Option<Variable> {
        let at = self
            .names
            .binary_search_by(|other| order(self.dialect, other, name));
        self.left.get_mut(at.ok()?)?.take()
    }
}

/// What a file says by itself, where the process environment has the last word.
fn own_value(files: &[Loaded], at: usize, name: &str) -> Option<CompactString> {
    let loaded = files.get(at)?;
    loaded
        .bindings
        .get(loaded.values.get(name)?.binding)?
        .value
        .clone()
}

fn place_of(file: &EnvFile, loaded: &Loaded, binding: usize) -> Option<Place> {
    let binding = loaded.bindings.get(binding)?;
    Some(Place {
        source: file.source.clone(),
        name: binding.name_span.clone().into(),
        value: binding.value_span.clone().into(),
    })
}

/// The name as the file spells it.
fn written(place: &Place) -> CompactString {
    place
        .source
        .text()
        .get(place.name.start..place.name.end)
        .unwrap_or_default()
        .into()
}

/// What a loader gets to see of a file: nothing when it cannot read it.
fn text_for(dialect: Dialect, file: &EnvFile) -> &str {
    match &file.problem {
        Some(Problem::Refused(_) | Problem::Closed { .. }) => "",
        Some(Problem::NotUtf8(_)) if !survives_bad_bytes(dialect) => "",
        _ => file.source.text(),
    }
}

/// Whether nothing is known of what a file is to set: we or its loader cannot read it, or not as what it is.
fn is_unread(dialect: Dialect, file: &EnvFile) -> bool {
    match &file.problem {
        Some(Problem::Refused(_) | Problem::Closed { .. } | Problem::Unmerged(_)) => true,
        Some(Problem::NotUtf8(_)) if !survives_bad_bytes(dialect) => true,
        _ => encoding::is_utf16(file.source.text()),
    }
}

/// Whether a loader goes on when a byte is not UTF-8, with U+FFFD in its place.
#[must_use]
pub(super) fn survives_bad_bytes(dialect: Dialect) -> bool {
    matches!(
        dialect,
        Dialect::Next
            | Dialect::Bun
            | Dialect::NodeDotenv
            | Dialect::NodeEnvFile
            | Dialect::Compose
            | Dialect::Bash
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> EnvFile {
        EnvFile::new(Source::new(path, text))
    }

    #[test]
    fn a_later_file_wins_for_pydantic_and_an_earlier_one_for_next() {
        let files = || vec![file("a", "A=1\nB=2\n"), file("b", "A=3\n")];
        let none = BTreeMap::new();
        let python = resolve(
            "backend",
            Dialect::PydanticSettings,
            files(),
            Vec::new(),
            &none,
        );
        assert_eq!(
            (python.value("a"), python.value("B")),
            (Some("3"), Some("2"))
        );
        let next = resolve("frontend", Dialect::Next, files(), Vec::new(), &none);
        assert_eq!((next.value("A"), next.value("a")), (Some("1"), None));
        assert_eq!(
            next.get("A").map(|variable| variable.shadowed.len()),
            Some(1)
        );
    }

    #[test]
    fn the_process_environment_wins_even_when_it_is_empty() {
        let process = BTreeMap::from([("A".to_owned(), String::new())]);
        let resolved = resolve(
            "backend",
            Dialect::PydanticSettings,
            vec![file("a", "A=1\n")],
            Vec::new(),
            &process,
        );
        assert_eq!(resolved.value("A"), Some(""));
        assert_eq!(resolved.from_files(), BTreeMap::new());
    }
}
