//! The broker that a Celery worker reads.

use std::collections::BTreeMap;

use crate::workspace::stack::{ByCode, CeleryApp, Reads, Setting};

use super::super::commanded::Loads;
use super::super::endpoint::Endpoint;
use super::handed::{Handed, OVER_ALL};
use super::{Variables, alternates};

/// Where Celery's Redis broker is, where nobody says it.
pub const DEFAULT_BROKER: &str = "redis://localhost:6379/0";

/// What its workers look at before that.
pub const READ_OVER_ALL: &str = "CELERY_BROKER_READ_URL";

/// What tiers see, and where that stands.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// What each tier's runtime sees, by the tier's name.
    pub tiers: &'a BTreeMap<String, Variables>,
    /// The file that sets a variable of a tier, and the line there; none where it is the process environment.
    pub origins: &'a BTreeMap<(String, String), (String, usize)>,
    /// How it is written there, where it goes by another name.
    pub spelled: &'a BTreeMap<(String, String), String>,
    /// What the worker's process alone is given.
    pub handed: &'a [Handed],
    /// What is loaded into the environment of that process, as far as it is known.
    pub loads: &'a [Loads],
    /// Whether `pixcrawler.toml` says how the worker is started.
    pub has_own_command: bool,
}

/// What the worker has for its broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broker<'a> {
    /// A variable that is set, maybe to nothing.
    Set {
        /// Its name.
        variable: &'a str,
        /// The tier that sees it.
        tier: &'static str,
        /// What it says.
        value: &'a str,
    },
    /// A file sets it that the settings read, and no tier does; maybe to nothing.
    Outside {
        /// Its name.
        variable: &'a str,
        /// What it says.
        url: &'a str,
        /// Where it stands.
        place: String,
    },
    /// Nobody sets the variable.
    Default {
        /// Its name.
        variable: &'a str,
        /// What counts in its place, as far as the code says it.
        url: Option<&'a str>,
    },
    /// The worker's process alone is given it.
    Given {
        /// How that is called.
        name: &'a str,
        /// The URL.
        url: &'a str,
        /// Where it stands.
        place: &'a str,
    },
    /// It stands in the code.
    Text {
        /// The URL.
        url: &'a str,
        /// Where it stands.
        place: String,
    },
    /// It cannot be told.
    Beyond {
        /// Why, in words.
        why: String,
    },
}

impl<'a> Sight<'a> {
    fn origin(&self, tier: &str, name: &str) -> Option<&(String, usize)> {
        self.origins.get(&(tier.to_owned(), name.to_owned()))
    }

    /// What the worker's process alone is given under a name.
    fn given(&self, setting: Option<&Setting>, name: &str) -> Option<Broker<'a>> {
        let exact = setting.and_then(|it| it.exact.as_ref().filter(|_| name == it.variable));
        let is_it = |it: &&Handed| match exact {
            Some(exact) => it.variable == *exact,
            None => it.variable.eq_ignore_ascii_case(name),
        };
        let handed = self.handed.iter().find(is_it)?;
        if handed.is_computed() {
            let why = format!(
                "the worker's command gives it a broker that its shell makes ({})",
                handed.place
            );
            return Some(Broker::Beyond { why });
        }
        Some(Broker::Given {
            name: handed.name(),
            url: &handed.value,
            place: &handed.place,
        })
    }

    /// Whether somebody may load files for a worker that does not read any by itself.
    #[must_use]
    pub fn may_load_files(&self, celery: &CeleryApp) -> bool {
        celery.may_load_files() || self.may_be_loaded_for()
    }

    /// Whether others than its code may.
    fn may_be_loaded_for(&self) -> bool {
        const UV: &str = "UV_ENV_FILE";
        let asks_uv = || {
            self.tiers.values().any(|seen| seen.contains_key(UV))
                || self.handed.iter().any(|it| it.variable == UV)
        };
        self.has_own_command || asks_uv()
    }

    /// Whether what a tier has from a file gets into the environment of the worker's process.
    fn is_loaded(&self, celery: &CeleryApp, tier: &str, file: &str) -> bool {
        self.loads.iter().any(|loads| match loads {
            Loads::Tier(loaded) => loaded == tier,
            Loads::File(way) => {
                let way = way.strip_prefix("./").unwrap_or(way);
                celery.cwd.join(way).as_str().replace('\\', "/") == file
            }
        })
    }

    /// Whether settings read what a tier sees of their variable.
    #[must_use]
    pub fn counts(
        &self,
        celery: &CeleryApp,
        setting: Option<&Setting>,
        tier: &str,
        name: &str,
    ) -> bool {
        let (Some(setting), Some((file, _))) = (setting, self.origin(tier, name)) else {
            return true;
        };
        let spelled = self.spelled.get(&(tier.to_owned(), name.to_owned()));
        let is_exact = setting.exact.as_ref().is_none_or(|exact| {
            name != setting.variable || spelled.map_or(name, String::as_str) == exact
        });
        is_exact
            && match &setting.reads {
                Reads::Tiers => true,
                // An environment has files of its own beside those of development.
                Reads::Files(files) => {
                    let place = files.iter().rposition(|known| {
                        let rest = file.strip_prefix(known.as_str());
                        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                    });
                    let outside = setting.outside.as_ref();
                    place.is_some_and(|place| outside.is_none_or(|it| it.at < place))
                }
                reads if reads.has_loaded(file) || self.is_loaded(celery, tier, file) => true,
                // A session hands on what the root's files alone set.
                Reads::Process | Reads::Loaded(_) => {
                    let own = self.tiers.get("backend");
                    tier == "root" && own.is_some_and(|own| !own.contains_key(name))
                }
            }
    }
}

/// Those tiers whose variables a worker may read.
const TIERS: [&str; 2] = ["backend", "root"];

/// What a Celery application's worker has for its broker.
#[must_use]
pub fn broker_of<'a>(celery: &'a CeleryApp, sight: Sight<'a>) -> Broker<'a> {
    sight
        .over_all(celery)
        .or_else(|| by_code(celery))
        .or_else(|| sight.set(celery))
        .unwrap_or_else(|| sight.left(celery))
}

/// What the code gives it whatever is set, or that the code cannot be followed.
fn by_code(celery: &CeleryApp) -> Option<Broker<'_>> {
    match &celery.by_code {
        ByCode::Text { url, file, line } => Some(Broker::Text {
            url,
            place: format!("{file}:{line}"),
        }),
        ByCode::Beyond { file, line } => Some(Broker::Beyond {
            why: format!(
                "which broker the worker reads cannot be told from its code ({file}:{line})"
            ),
        }),
        ByCode::Lost { module, file, line } => Some(Broker::Beyond {
            why: format!(
                "{module}, which is to configure the worker ({file}:{line}), is not there"
            ),
        }),
        ByCode::Variable => None,
    }
}

impl<'a> Sight<'a> {
    /// A variable in each tier that the worker may read: the tier, its name, and what it says.
    fn seen(self, name: &str) -> Vec<(&'static str, &'a str, &'a str)> {
        let of = |tier| {
            let (name, value) = self.tiers.get(tier)?.get_key_value(name)?;
            Some((tier, name.as_str(), value.as_str()))
        };
        TIERS.into_iter().filter_map(of).collect()
    }

    /// What Celery itself reads from the process environment, whatever the code gives it.
    fn over_all(self, celery: &CeleryApp) -> Option<Broker<'a>> {
        let own = celery.broker.as_ref();
        // A URL for reading stands in the code before the one that is for all.
        let names = if celery.is_for_reading {
            &[READ_OVER_ALL][..]
        } else {
            &[READ_OVER_ALL, OVER_ALL]
        };
        let mut names = names.iter();
        names.find_map(|name| self.given(own, name).or_else(|| self.of_process(own, name)))
    }

    /// What the process environment has under a name, also by files that the code has loaded into it.
    fn of_process(self, own: Option<&Setting>, name: &str) -> Option<Broker<'a>> {
        let is_there = |tier: &str, name: &str| match self.origin(tier, name) {
            Some((file, _)) => own.is_some_and(|own| own.reads.has_loaded(file)),
            None => true,
        };
        let mut seen = self.seen(name).into_iter();
        let (tier, variable, value) =
            seen.find(|(tier, name, value)| is_there(tier, name) && !value.is_empty())?;
        Some(Broker::Set {
            variable,
            tier,
            value,
        })
    }

    /// What leads into the model that the setting belongs to. What is one variable counts before the whole model.
    fn within(self, celery: &CeleryApp, own: &'a Setting) -> Option<Broker<'a>> {
        let counted = |name: &str| {
            let mut seen = self.seen(name).into_iter();
            seen.find(|(tier, name, value)| {
                !value.trim().is_empty() && self.counts(celery, Some(own), tier, name)
            })
        };
        let mut singles = own.within.iter().filter_map(|it| it.single.as_ref());
        let single = singles.find_map(|name| {
            let set = || {
                counted(name).map(|(tier, variable, value)| Broker::Set {
                    variable,
                    tier,
                    value,
                })
            };
            self.given(None, name).or_else(set)
        });
        single.or_else(|| {
            own.within.iter().find_map(|within| {
                let (tier, name, _) =
                    counted(&within.whole).filter(|(.., value)| value.contains(&within.key))?;
                let place = self.origin(tier, name);
                let place = place.map_or_else(
                    || "the process environment".to_owned(),
                    |(file, line)| format!("{file}:{line}"),
                );
                Some(Broker::Beyond {
                    why: format!(
                        "{name} ({place}) has `{}` as a part of its JSON: which broker the worker reads cannot be told",
                        within.key
                    ),
                })
            })
        })
    }

    /// What its settings read: the process environment counts before every file.
    fn set(self, celery: &'a CeleryApp) -> Option<Broker<'a>> {
        let own = celery.broker.as_ref();
        if let Some(within) = own.and_then(|own| self.within(celery, own)) {
            return Some(within);
        }
        let mut variables = celery.broker_variables.iter();
        if let Some(given) = variables.find_map(|name| self.given(own, name)) {
            return Some(given);
        }
        let counted = celery
            .broker_variables
            .iter()
            .flat_map(|name| self.seen(name));
        let mut counted = counted.filter(|(tier, name, _)| self.counts(celery, own, tier, name));
        let ignores_empty = own.is_some_and(|own| own.ignores_empty);
        let mut empty = None;
        let set = counted.find(|it| {
            let is_empty = it.2.trim().is_empty();
            if is_empty && empty.is_none() {
                empty = Some(*it);
            }
            !is_empty
        });
        if let Some((tier, variable, value)) = set.or(empty.filter(|_| !ignores_empty)) {
            return Some(Broker::Set {
                variable,
                tier,
                value,
            });
        }
        let outside = own?.outside.as_ref()?;
        Some(Broker::Outside {
            variable: &outside.variable,
            url: &outside.value,
            place: format!("{}:{}", outside.file, outside.line),
        })
    }

    /// What is left where nobody sets it.
    fn left(self, celery: &'a CeleryApp) -> Broker<'a> {
        let Some(variable) = celery.broker_variables.first() else {
            return Broker::Beyond {
                why: "the application's settings name no broker".to_owned(),
            };
        };
        let Some(own) = celery.broker.as_ref() else {
            return Broker::Default {
                variable,
                url: Some(DEFAULT_BROKER),
            };
        };
        // What stands in files that are loaded by others may count or not.
        let loaded = || {
            let mut all = celery
                .broker_variables
                .iter()
                .flat_map(|name| self.seen(name));
            all.find_map(|(tier, name, _)| {
                let (file, line) = self.origin(tier, name)?;
                Some(format!("{name} ({file}:{line})"))
            })
        };
        let may_load = match own.reads {
            Reads::Process => self.may_load_files(celery),
            // What its code loads is known.
            Reads::Loaded(_) => self.may_be_loaded_for(),
            Reads::Tiers | Reads::Files(_) => false,
        };
        if may_load && let Some(standing) = loaded() {
            return Broker::Beyond {
                why: format!(
                    "{standing} stands in a file, and the code reads the process environment ({}:{}): whether the worker gets it cannot be told",
                    own.file, own.line
                ),
            };
        }
        Broker::Default {
            variable: own.exact.as_deref().unwrap_or(variable),
            url: own.default.as_deref(),
        }
    }
}

/// The broker that a Celery application's worker connects to, as far as that is a Redis. The first of a list
/// is the one that is used as long as it answers.
#[must_use]
pub fn broker(celery: &CeleryApp, sight: Sight<'_>) -> Option<Endpoint> {
    read_brokers(celery, sight).into_iter().next()?
}

/// The same with those that follow it in its list, in the order in which they are used; none that makes no
/// sense.
#[must_use]
pub fn brokers(celery: &CeleryApp, sight: Sight<'_>) -> Vec<Endpoint> {
    read_brokers(celery, sight).into_iter().flatten().collect()
}

fn read_brokers(celery: &CeleryApp, sight: Sight<'_>) -> Vec<Option<Endpoint>> {
    let (name, value, origin) = match broker_of(celery, sight) {
        Broker::Set {
            variable, value, ..
        } => (variable, value, String::new()),
        Broker::Outside {
            variable,
            url,
            place,
        } => (variable, url, place),
        Broker::Default {
            variable,
            url: Some(url),
        } => (variable, url, "default".to_owned()),
        Broker::Given { name, url, place } => (name, url, place.to_owned()),
        Broker::Text { url, place } => ("the broker", url, place),
        Broker::Default { .. } | Broker::Beyond { .. } => return Vec::new(),
    };
    let list = if name.contains("BROKER") {
        name
    } else {
        "BROKER"
    };
    alternates(list, value)
        .map(|url| Endpoint::broker(url, name, origin.clone()).ok())
        .collect()
}

#[cfg(test)]
mod tests;
