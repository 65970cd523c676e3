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
    /// The outcome per name, sorted by name.
    pub values: Vec<(CompactString, ChainEntry)>,
    /// Where each name stands, from the second file on.
    index: HashMap<CompactString, usize, RandomState>,
}

/// What a name is after the whole chain.
#[derive(Clone, PartialEq, Eq)]
pub struct ChainEntry {
    /// The value; `None` for a name without `=` where the loader keeps such a name.
    pub value: Option<CompactString>,
    /// The index of the file that won, in the order given.
    pub file: usize,
    /// The index of the winning binding in that file's [`Loaded::bindings`].
    pub binding: usize,
    /// [`Origin::Ambient`] where the process environment has the say.
    pub origin: Origin,
}

impl std::fmt::Debug for ChainEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "file {} binding {} {:?}",
            self.file, self.binding, self.origin
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
        values: Vec::new(),
        index: HashMap::default(),
    };
    match dialect {
        Dialect::Next => {
            let mut environment = next::Environment::new(ambient);
            for source in sources {
                let loaded = environment.load(*source);
                chain.add(loaded, First::Wins);
            }
            for (name, entry) in &mut chain.values {
                if entry.origin == Origin::Ambient {
                    entry.value = environment.process(name).map(CompactString::from);
                }
            }
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
    chain.values.sort_by(|(one, _), (other, _)| one.cmp(other));
    chain.index.clear();
    chain
}

#[derive(Clone, Copy, PartialEq)]
enum First {
    Wins,
    Loses,
}

impl Chain {
    fn add(&mut self, loaded: Loaded, first: First) {
        let file = self.files.len();
        let usable = if loaded.is_fatal() {
            None
        } else {
            Some(&loaded.values)
        };
        let entries = usable
            .into_iter()
            .flat_map(Values::shared)
            .map(|(name, entry)| {
                let entry = ChainEntry {
                    value: entry.value.clone(),
                    file,
                    binding: entry.binding,
                    origin: entry.origin,
                };
                (name.clone(), entry)
            });
        if self.values.is_empty() {
            self.values = entries.collect();
        } else {
            if self.index.is_empty() {
                let names = self.values.iter().enumerate();
                self.index = names.map(|(at, (name, _))| (name.clone(), at)).collect();
            }
            for (name, entry) in entries {
                match self
                    .index
                    .get(&name)
                    .and_then(|&at| self.values.get_mut(at))
                {
                    Some((_, known)) if first == First::Loses => *known = entry,
                    Some(_) => {}
                    None => {
                        self.index.insert(name.clone(), self.values.len());
                        self.values.push((name, entry));
                    }
                }
            }
        }
        self.files.push(loaded);
    }
}
