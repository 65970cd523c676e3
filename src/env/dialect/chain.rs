//! Several files read one after the other by one loader.

use super::model::{Ambient, Loaded, Origin, Source, Values};
use super::{Dialect, bun, load, next};
use compact_str::CompactString;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// The files of a chain and what they come to.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Each file as the loader read it, in the order given.
    pub files: Vec<Loaded>,
    winners: Winners,
    /// What the loader makes of values that the process environment has.
    expanded: HashMap<CompactString, CompactString, RandomState>,
}

/// Which entries of which files count. Most chains are one file long, and all of it counts.
#[derive(Clone, Debug)]
enum Winners {
    None,
    /// All of this file.
    All(usize),
    Several {
        /// File and entry, in the order in which the names came first.
        entries: Vec<(usize, usize)>,
        index: HashMap<CompactString, usize, RandomState>,
    },
}

/// What a name is after the whole chain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ChainEntry<'a> {
    /// The name as the loader holds it.
    pub name: &'a str,
    /// The value; `None` for a name without `=` where the loader keeps such a name.
    pub value: Option<&'a CompactString>,
    /// The index of the file that won, in the order given.
    pub file: usize,
    /// The index of the winning binding in that file's [`Loaded::bindings`].
    pub binding: usize,
    /// [`Origin::Ambient`] where the process environment has the say.
    pub origin: Origin,
}

impl std::fmt::Debug for ChainEntry<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: file {} binding {} {:?}",
            self.name, self.file, self.binding, self.origin
        )
    }
}

/// Loads files in the order in which the loader is given them.
///
/// Next and bun want the file of highest precedence first (`.env.production.local` … `.env`), as they read them; the
/// first wins and later files see what it set. npm dotenv and dotenvy keep the first, too. For all others the last
/// file wins; of these only bash lets a file see the ones before. A file that the loader cannot read ([`Loaded`] is
/// fatal) adds nothing; whether the others still count is up to the caller: Next logs and goes on, the rest stop.
#[must_use]
pub fn load_chain(dialect: Dialect, sources: &[Source<'_>], ambient: &Ambient) -> Chain {
    let mut chain = Chain {
        files: Vec::with_capacity(sources.len()),
        winners: Winners::None,
        expanded: HashMap::default(),
    };
    match dialect {
        Dialect::Next => {
            let mut environment = next::Environment::new(ambient);
            for source in sources {
                let loaded = environment.load(*source);
                chain.add(loaded, First::Wins);
            }
            let set = chain
                .entries()
                .filter(|entry| entry.origin == Origin::Ambient)
                .filter_map(|entry| Some((entry.name, environment.process(entry.name)?)));
            chain.expanded = set
                .map(|(name, value)| (name.into(), value.into()))
                .collect();
        }
        Dialect::Bun => {
            let mut environment = ambient.clone();
            for source in sources {
                let loaded = bun::load(*source, &mut environment);
                chain.add(loaded, First::Wins);
            }
        }
        Dialect::Bash => {
            let mut environment = ambient.clone();
            for source in sources {
                let loaded = load(dialect, *source, &environment);
                for (name, entry) in loaded.values.iter() {
                    environment.set(name, entry.value.as_deref().unwrap_or(""));
                }
                chain.add(loaded, First::Loses);
            }
        }
        Dialect::Dotenvy => {
            let mut environment = ambient.clone();
            for source in sources {
                let loaded = load(dialect, *source, &environment);
                for (name, entry) in loaded
                    .values
                    .iter()
                    .filter(|(_, entry)| entry.origin == Origin::File)
                {
                    environment.set(name, entry.value.as_deref().unwrap_or(""));
                }
                chain.add(loaded, First::Wins);
            }
        }
        Dialect::NodeDotenv => {
            for source in sources {
                chain.add(load(dialect, *source, ambient), First::Wins);
            }
        }
        _ => {
            for source in sources {
                chain.add(load(dialect, *source, ambient), First::Loses);
            }
        }
    }
    chain
}

#[derive(Clone, Copy, PartialEq)]
enum First {
    Wins,
    Loses,
}

impl Chain {
    /// The outcome per name, in the order in which the names came first.
    pub fn entries(&self) -> impl Iterator<Item = ChainEntry<'_>> {
        let count = match &self.winners {
            Winners::None => 0,
            Winners::All(file) => self
                .files
                .get(*file)
                .map_or(0, |loaded| loaded.values.len()),
            Winners::Several { entries, .. } => entries.len(),
        };
        (0..count).filter_map(|at| {
            let (file, entry) = match &self.winners {
                Winners::None => return None,
                Winners::All(file) => (*file, at),
                Winners::Several { entries, .. } => *entries.get(at)?,
            };
            let (name, entry) = self.files.get(file)?.values.at(entry)?;
            let value = entry.value.as_ref();
            let expanded = || self.expanded.get(name).or(value);
            Some(ChainEntry {
                name,
                value: match entry.origin {
                    Origin::Ambient => expanded(),
                    Origin::File => value,
                },
                file,
                binding: entry.binding,
                origin: entry.origin,
            })
        })
    }

    fn add(&mut self, loaded: Loaded, first: First) {
        let file = self.files.len();
        if loaded.is_fatal() {
            self.files.push(loaded);
            return;
        }
        self.winners = match std::mem::replace(&mut self.winners, Winners::None) {
            Winners::None => Winners::All(file),
            Winners::All(before) => {
                let names = self.files.get(before).map(|loaded| &loaded.values);
                let names = names.into_iter().flat_map(Values::shared).enumerate();
                let index: HashMap<CompactString, usize, RandomState> =
                    names.map(|(at, (name, _))| (name.clone(), at)).collect();
                let entries = (0..index.len()).map(|at| (before, at)).collect();
                joined(entries, index, &loaded, file, first)
            }
            Winners::Several { entries, index } => joined(entries, index, &loaded, file, first),
        };
        self.files.push(loaded);
    }
}

/// The next file's names among those of the files before.
fn joined(
    mut entries: Vec<(usize, usize)>,
    mut index: HashMap<CompactString, usize, RandomState>,
    loaded: &Loaded,
    file: usize,
    first: First,
) -> Winners {
    for (at, (name, _)) in loaded.values.shared().enumerate() {
        match index.get(name).and_then(|&known| entries.get_mut(known)) {
            Some(known) if first == First::Loses => *known = (file, at),
            Some(_) => {}
            None => {
                index.insert(name.clone(), entries.len());
                entries.push((file, at));
            }
        }
    }
    Winners::Several { entries, index }
}
