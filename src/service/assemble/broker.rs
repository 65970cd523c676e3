//! The broker that a Celery worker reads.

use std::collections::BTreeMap;

use crate::workspace::stack::{ByCode, CeleryApp, Reads, Setting};

use super::super::endpoint::Endpoint;
use super::{Variables, alternates};

/// Where Celery's Redis broker is, where nobody says it.
pub const DEFAULT_BROKER: &str = "redis://localhost:6379/0";

/// What Celery itself reads, whatever the code gives it.
const OVER_ALL: &str = "CELERY_BROKER_URL";

/// What tiers see, and where that stands.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// What each tier's runtime sees, by the tier's name.
    pub tiers: &'a BTreeMap<String, Variables>,
    /// The file that sets a variable of a tier, and the line there; none where it is the process environment.
    pub origins: &'a BTreeMap<(String, String), (String, usize)>,
    /// How it is written there, where it goes by another name.
    pub spelled: &'a BTreeMap<(String, String), String>,
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
    /// Nobody sets the variable.
    Default {
        /// Its name.
        variable: &'a str,
        /// What counts in its place, as far as the code says it.
        url: Option<&'a str>,
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

impl Sight<'_> {
    fn origin(&self, tier: &str, name: &str) -> Option<&(String, usize)> {
        self.origins.get(&(tier.to_owned(), name.to_owned()))
    }

    /// Whether settings read what a tier sees of their variable.
    #[must_use]
    pub fn counts(&self, setting: Option<&Setting>, tier: &str, name: &str) -> bool {
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
                Reads::Files(files) => files.iter().any(|known| {
                    let rest = file.strip_prefix(known.as_str());
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                }),
                // What only the root has is given to whoever we start.
                Reads::Process => {
                    let backend = self.tiers.get("backend");
                    tier == "root" && backend.is_some_and(|it| !it.contains_key(name))
                }
            }
    }
}

/// Those tiers whose variables a worker may read.
const TIERS: [&str; 2] = ["backend", "root"];

/// What a Celery application's worker has for its broker.
#[must_use]
pub fn broker_of<'a>(celery: &'a CeleryApp, sight: Sight<'a>) -> Broker<'a> {
    let seen = |name: &str| -> Vec<(&'static str, &'a str, &'a str)> {
        let of = |tier| {
            let (name, value) = sight.tiers.get(tier)?.get_key_value(name)?;
            Some((tier, name.as_str(), value.as_str()))
        };
        TIERS.into_iter().filter_map(of).collect()
    };
    let over_all = seen(OVER_ALL)
        .into_iter()
        .find(|(tier, name, value)| sight.origin(tier, name).is_none() && !value.is_empty());
    if let Some((tier, variable, value)) = over_all {
        return Broker::Set {
            variable,
            tier,
            value,
        };
    }
    match &celery.by_code {
        ByCode::Text { url, file, line } => {
            return Broker::Text {
                url,
                place: format!("{file}:{line}"),
            };
        }
        ByCode::Beyond { file, line } => {
            return Broker::Beyond {
                why: format!(
                    "which broker the worker reads cannot be told from its code ({file}:{line})"
                ),
            };
        }
        ByCode::Variable => {}
    }
    let own = celery.broker.as_ref();
    let counted = celery.broker_variables.iter().flat_map(|name| seen(name));
    let mut counted = counted.filter(|(tier, name, _)| sight.counts(own, tier, name));
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
        return Broker::Set {
            variable,
            tier,
            value,
        };
    }
    let Some(variable) = celery.broker_variables.first() else {
        return Broker::Beyond {
            why: "the application's settings name no broker".to_owned(),
        };
    };
    let Some(own) = own else {
        return Broker::Default {
            variable,
            url: Some(DEFAULT_BROKER),
        };
    };
    // What stands in files that are loaded by others may count or not.
    let loaded = || {
        let mut all = celery.broker_variables.iter().flat_map(|name| seen(name));
        all.find_map(|(tier, name, _)| {
            let (file, line) = sight.origin(tier, name)?;
            Some(format!("{name} ({file}:{line})"))
        })
    };
    if own.reads == Reads::Process
        && let Some(standing) = loaded()
    {
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
        Broker::Default {
            variable,
            url: Some(url),
        } => (variable, url, "default".to_owned()),
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
mod tests {
    use super::*;

    fn celery(variables: &[&str]) -> CeleryApp {
        CeleryApp {
            target: "celery_core.app".to_owned(),
            cwd: "".into(),
            file: "celery_core/app.py".into(),
            line: 1,
            broker_variables: variables.iter().map(|it| (*it).to_owned()).collect(),
            by_code: ByCode::Variable,
            broker: None,
            results: None,
            mentions: Vec::new(),
        }
    }

    fn setting(variable: &str) -> Setting {
        Setting {
            variable: variable.to_owned(),
            others: Vec::new(),
            exact: None,
            ignores_empty: false,
            reads: Reads::Tiers,
            default: Some("redis://localhost/2".to_owned()),
            is_required: false,
            file: "core/settings.py".into(),
            line: 4,
        }
    }

    /// What one tier sees, with the files that it stands in.
    #[derive(Default)]
    struct Tier {
        tiers: BTreeMap<String, Variables>,
        origins: BTreeMap<(String, String), (String, usize)>,
        spelled: BTreeMap<(String, String), String>,
    }

    impl Tier {
        fn set(mut self, tier: &str, name: &str, value: &str, file: Option<&str>) -> Self {
            let key = (tier.to_owned(), name.to_ascii_uppercase());
            let seen = self.tiers.entry(tier.to_owned()).or_default();
            seen.insert(key.1.clone(), value.to_owned());
            if key.1 != name {
                self.spelled.insert(key.clone(), name.to_owned());
            }
            if let Some(file) = file {
                self.origins.insert(key, (file.to_owned(), 3));
            }
            self
        }

        fn sight(&self) -> Sight<'_> {
            Sight {
                tiers: &self.tiers,
                origins: &self.origins,
                spelled: &self.spelled,
            }
        }

        fn told(&self, celery: &CeleryApp) -> String {
            let all: Vec<String> = brokers(celery, self.sight())
                .iter()
                .map(|it| format!("{}/{}", it.address(), it.redis_database()))
                .collect();
            all.join(" ")
        }
    }

    #[test]
    fn a_list_of_brokers_is_read_in_its_order() {
        let celery = celery(&["CELERY_BROKER_URL"]);
        let list = "redis://one/1;amqp://two;redis://three:7/2";
        let tier = Tier::default().set("root", "CELERY_BROKER_URL", list, None);
        assert_eq!(tier.told(&celery), "one:6379/1 three:7/2");
        let first = broker(&celery, tier.sight()).map(|it| it.address());
        assert_eq!(first.as_deref(), Some("one:6379"));
        assert_eq!(Tier::default().told(&celery), "localhost:6379/0");
    }

    #[test]
    fn the_worker_reads_the_broker_variable_of_its_own_settings() {
        let celery = celery(&["PIXCRAWLER_CELERY_BROKER_URL", "CELERY_BROKER_URL"]);
        let root = ".env";
        let tier = Tier::default()
            .set(
                "root",
                "PIXCRAWLER_CELERY_BROKER_URL",
                "redis://h/1",
                Some(root),
            )
            .set("backend", "CELERY_BROKER_URL", "redis://h/7", Some(root));
        assert_eq!(tier.told(&celery), "h:6379/1");
        // Celery itself looks there first.
        let tier = tier.set("root", "CELERY_BROKER_URL", "redis://h/9", None);
        assert_eq!(tier.told(&celery), "h:6379/9");
    }

    #[test]
    fn what_its_settings_do_not_read_leaves_their_default() {
        let read = |setting: Setting, name: &str, value: &str, file: Option<&str>| {
            let tier = Tier::default().set("backend", name, value, file);
            tier.told(&CeleryApp {
                broker: Some(setting),
                ..celery(&["Q_BROKER_URL"])
            })
        };
        let own = || setting("Q_BROKER_URL");
        let file = Some("backend/.env");
        let url = "redis://h/1";
        assert_eq!(read(own(), "Q_BROKER_URL", url, file), "h:6379/1");
        let default = "localhost:6379/2";
        assert_eq!(read(own(), "CELERY_BROKER_URL", url, file), default);
        let files = |files: &[&str]| Setting {
            reads: Reads::Files(files.iter().map(|it| (*it).into()).collect()),
            ..own()
        };
        assert_eq!(
            read(files(&["celery.env"]), "Q_BROKER_URL", url, file),
            default
        );
        assert_eq!(
            read(files(&["celery.env"]), "Q_BROKER_URL", url, None),
            "h:6379/1"
        );
        let both = || files(&[".env", "backend/.env"]);
        assert_eq!(read(both(), "Q_BROKER_URL", url, file), "h:6379/1");
        let of_production = Some("backend/.env.production");
        assert_eq!(read(both(), "Q_BROKER_URL", url, of_production), "h:6379/1");
        let exact = || Setting {
            exact: Some("Q_broker_url".to_owned()),
            ..own()
        };
        assert_eq!(read(exact(), "Q_BROKER_URL", url, file), default);
        assert_eq!(read(exact(), "Q_broker_url", url, file), "h:6379/1");
        let passes_over = Setting {
            ignores_empty: true,
            ..own()
        };
        assert_eq!(read(passes_over, "Q_BROKER_URL", "", file), default);
        assert_eq!(read(own(), "Q_BROKER_URL", "", file), "");
        let of_process = || Setting {
            reads: Reads::Process,
            ..own()
        };
        assert_eq!(read(of_process(), "Q_BROKER_URL", url, None), "h:6379/1");
        assert_eq!(read(of_process(), "Q_BROKER_URL", url, file), "");
        assert_eq!(read(of_process(), "X", url, file), default);
        let of_root = Tier::default().set("backend", "OTHER", "", file);
        let of_root = of_root.set("root", "Q_BROKER_URL", url, Some(".env"));
        let given = CeleryApp {
            broker: Some(of_process()),
            ..celery(&["Q_BROKER_URL"])
        };
        assert_eq!(of_root.told(&given), "h:6379/1");
        let hidden = of_root.set("backend", "Q_BROKER_URL", "", file);
        assert_eq!(hidden.told(&given), "");
    }

    #[test]
    fn what_stands_in_the_code_counts_and_what_is_computed_is_nobodys() {
        let tier = Tier::default().set("backend", "CELERY_BROKER_URL", "redis://h/1", Some(".env"));
        let told = |by_code| {
            tier.told(&CeleryApp {
                by_code,
                ..celery(&["CELERY_BROKER_URL"])
            })
        };
        let text = ByCode::Text {
            url: "redis://code:7/5".to_owned(),
            file: "a.py".into(),
            line: 2,
        };
        assert_eq!(told(text), "code:7/5");
        let beyond = ByCode::Beyond {
            file: "a.py".into(),
            line: 2,
        };
        assert_eq!(told(beyond), "");
    }
}
