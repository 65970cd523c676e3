//! What a change of env files means for the services that run.

use std::collections::{BTreeMap, BTreeSet};

use super::assemble::{HOSTS, Variables};
use super::commanded::Commanded;
use super::{Kind, OnEnv, Service, Template};

/// What the services of a session get of their env files at one moment.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// What a service's process inherits, by tier; the empty name for services without one.
    pub inherited: BTreeMap<String, Variables>,
    /// What each tier's runtime sees, by the tier's name: its files, under the process environment.
    pub seen: BTreeMap<String, Variables>,
    /// The services as they are to be started.
    pub services: Vec<Service>,
    /// What more replicas are made of.
    pub templates: Vec<Template>,
}

/// A service that gets other variables than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub service: String,
    /// The name that all its replicas share.
    pub group: String,
    /// Its tier.
    pub tier: Option<String>,
    /// The names of the variables that are new, gone, or have another value.
    pub names: Vec<String>,
    /// What is to be done about it.
    pub consequence: OnEnv,
}

impl Given {
    /// What the environment of a service's process is.
    #[must_use]
    pub fn handed(&self, service: &Service) -> Variables {
        let tier = service.tier.as_deref().unwrap_or_default();
        let inherited = self
            .inherited
            .get(tier)
            .or_else(|| self.inherited.get(""))
            .cloned();
        let mut handed = inherited.unwrap_or_default();
        handed.extend(service.env.iter().cloned());
        handed
    }

    /// What a service's program sees once it has read its tier's files, or was given those of another one.
    fn resolved(&self, service: &Service) -> Variables {
        let tier = given_tier(service).unwrap_or_default();
        let mut resolved = self.seen.get(tier).cloned().unwrap_or_default();
        resolved.extend(self.handed(service));
        resolved
    }
}

/// The tier whose files a service's program gets: the one that its command asks for, `pixcrawler env run
/// --tier NAME -- …`, else its own.
fn given_tier(service: &Service) -> Option<&str> {
    let asked = match &service.kind {
        Kind::Process(command) => Commanded::from(command).asked_tier(),
        _ => None,
    };
    asked.or(service.tier.as_deref())
}

/// The services that get other variables than before. `only_at_start` says of a variable that a
/// service that reads its files again does not read this one again.
#[must_use]
pub fn changes(
    before: &Given,
    after: &Given,
    only_at_start: &dyn Fn(&Service, &str) -> bool,
) -> Vec<Change> {
    let runs_on = |service: &&Service| matches!(service.kind, Kind::Process(_));
    let change = |service: &Service| {
        let old = before
            .services
            .iter()
            .find(|old| old.name == service.name)?;
        let names = differing(&before.resolved(old), &after.resolved(service));
        if names.is_empty() {
            return None;
        }
        let handed = differing(&before.handed(old), &after.handed(service));
        let is_late = |name: &String| handed.contains(name) || only_at_start(service, name);
        let consequence = match service.on_env {
            OnEnv::ReadsAgain if names.iter().any(is_late) => OnEnv::Restart,
            other => other,
        };
        Some(Change {
            service: service.name.clone(),
            group: service.group().to_owned(),
            tier: given_tier(service).map(str::to_owned),
            names: names.into_iter().collect(),
            consequence,
        })
    };
    let services = after.services.iter();
    let programs = services.clone().filter(runs_on).filter_map(change);
    let servers = services.filter_map(|service| server_change(before, after, service));
    servers.chain(programs).collect()
}

/// A managed server whose URLs ask for something else than before: it reads nothing by itself.
fn server_change(before: &Given, after: &Given, service: &Service) -> Option<Change> {
    let old = before.services.iter().find(|it| it.name == service.name)?;
    let (Kind::Managed(was), Kind::Managed(is)) = (&old.kind, &service.kind) else {
        return None;
    };
    if is.serves_as(was) {
        return None;
    }
    // A host stands for what its address is made of beside it.
    let is_named_by = |name: &str, variable: &String| {
        let prefix = HOSTS.iter().find_map(|host| variable.strip_suffix(host));
        let is_part = prefix.is_some_and(|it| it.ends_with('_') && name.starts_with(it));
        is_part || variable == name
    };
    let leads_there = |name: &String| {
        let mut all = is.variables().iter().chain(was.variables());
        all.any(|variable| is_named_by(name, variable))
    };
    let none = Variables::new();
    let (mut names, mut first) = (BTreeSet::new(), None);
    for (tier, seen) in &after.seen {
        let others = differing(before.seen.get(tier).unwrap_or(&none), seen);
        let its: Vec<String> = others.into_iter().filter(leads_there).collect();
        if !its.is_empty() {
            first.get_or_insert(tier);
            names.extend(its);
        }
    }
    Some(Change {
        service: service.name.clone(),
        group: service.group().to_owned(),
        tier: first.cloned(),
        names: names.into_iter().collect(),
        consequence: OnEnv::Restart,
    })
}

/// The names whose values differ, or that only one of the two has.
fn differing(before: &Variables, after: &Variables) -> BTreeSet<String> {
    let names = before.keys().chain(after.keys());
    names
        .filter(|name| before.get(*name) != after.get(*name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::endpoint::Endpoint;
    use super::super::managed::{self, Managed};
    use super::*;

    fn service(name: &str, tier: &str, on_env: OnEnv) -> Service {
        let command = Kind::Process(Command::Shell(name.to_owned()));
        Service {
            tier: Some(tier.to_owned()),
            env: vec![("PORT".to_owned(), "3000".to_owned())],
            on_env,
            ..Service::new(name, command, "/w".into())
        }
    }

    /// A backend, a worker that keeps what it has, a website that reads its files again.
    fn given(root: &[(&str, &str)], backend: &[(&str, &str)], frontend: &[(&str, &str)]) -> Given {
        let map = |pairs: &[&[(&str, &str)]]| -> Variables {
            let pairs = pairs.iter().flat_map(|pairs| pairs.iter());
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let inherited = |own: &[(&str, &str)]| {
            let mut rest = map(&[root]);
            rest.retain(|name, _| !map(&[own]).contains_key(name));
            rest
        };
        Given {
            inherited: BTreeMap::from([
                ("backend".to_owned(), inherited(backend)),
                ("frontend".to_owned(), inherited(frontend)),
            ]),
            seen: BTreeMap::from([
                ("backend".to_owned(), map(&[root, backend])),
                ("frontend".to_owned(), map(&[frontend])),
            ]),
            services: vec![
                service("backend", "backend", OnEnv::Restart),
                service("kept", "backend", OnEnv::Keep),
                service("web", "frontend", OnEnv::ReadsAgain),
            ],
            templates: Vec::new(),
        }
    }

    fn told(before: &Given, after: &Given) -> Vec<(String, String, OnEnv)> {
        changes(before, after, &|_, name| name == "BASE_PATH")
            .into_iter()
            .map(|change| (change.service, change.names.join(" "), change.consequence))
            .collect()
    }

    fn expected(list: &[(&str, &str, OnEnv)]) -> Vec<(String, String, OnEnv)> {
        list.iter()
            .map(|(service, names, what)| ((*service).to_owned(), (*names).to_owned(), *what))
            .collect()
    }

    #[test]
    fn only_those_are_concerned_who_get_another_value() {
        let before = given(&[("A", "1")], &[("B", "1")], &[("C", "1")]);
        assert_eq!(told(&before, &before), []);
        let after = given(&[("A", "1")], &[("B", "2"), ("D", "1")], &[("C", "1")]);
        assert_eq!(
            told(&before, &after),
            expected(&[
                ("backend", "B D", OnEnv::Restart),
                ("kept", "B D", OnEnv::Keep)
            ])
        );
    }

    #[test]
    fn what_a_tier_sets_itself_hides_a_change_of_the_root() {
        let before = given(&[("A", "1")], &[("A", "x")], &[("C", "1")]);
        let after = given(&[("A", "2")], &[("A", "x")], &[("C", "1")]);
        assert_eq!(
            told(&before, &after),
            expected(&[("web", "A", OnEnv::Restart)])
        );
    }

    #[test]
    fn who_reads_its_files_again_is_left_alone_unless_we_hand_it_something_else() {
        let before = given(&[("A", "1")], &[], &[("C", "1")]);
        let own = given(&[("A", "1")], &[], &[("C", "2")]);
        assert_eq!(
            told(&before, &own),
            expected(&[("web", "C", OnEnv::ReadsAgain)])
        );
        let at_start = given(&[("A", "1")], &[], &[("BASE_PATH", "/x"), ("C", "1")]);
        assert_eq!(
            told(&before, &at_start),
            expected(&[("web", "BASE_PATH", OnEnv::Restart)])
        );
        // What its own file sets from now on, the root does not hand to it any more.
        let taken = given(&[("A", "1")], &[], &[("A", "1"), ("C", "1")]);
        assert_eq!(told(&before, &taken), []);
    }

    #[test]
    fn whose_command_asks_for_a_tier_gets_that_ones_values() {
        let line = |line: &str| Command::Shell(line.to_owned());
        let exec = ["/opt/pixcrawler", "env", "run", "--tier=backend", "--", "x"];
        for (command, tier) in [
            (line("pixcrawler env run --tier backend -- ./x"), "backend"),
            (
                line("cd a && exec 'pixcrawler' env run --tier backend -- ./x"),
                "backend",
            ),
            (Command::Exec(exec.map(str::to_owned).to_vec()), "backend"),
            (
                line("cd /x/pixcrawler && pixcrawler -q --env test env run --tier backend -- x"),
                "backend",
            ),
            (line("pixcrawler env run -- ./x --tier backend"), "root"),
            (line("pixcrawler env check --tier backend"), "root"),
        ] {
            let mut one = service("prog", "root", OnEnv::Restart);
            one.kind = Kind::Process(command);
            assert_eq!(given_tier(&one), Some(tier), "{one:?}");
            let mut before = given(&[], &[("X", "1")], &[]);
            let mut after = given(&[], &[("X", "2")], &[]);
            (before.services, after.services) = (vec![one.clone()], vec![one]);
            assert_eq!(told(&before, &after).len(), usize::from(tier == "backend"));
        }
    }

    #[test]
    fn a_managed_server_is_started_again_for_what_its_urls_say() {
        let given = |url: &str| {
            let endpoint = Endpoint::redis(url, "REDIS_URL", ".env").expect(url);
            let server = managed::plan(&[endpoint]).services.remove(0);
            let mut given = given(&[], &[("REDIS_URL", url)], &[]);
            given.services = vec![Service::new("redis", Kind::Managed(server), "/w".into())];
            given
        };
        let before = given("redis://:one@localhost/0");
        assert_eq!(told(&before, &given("redis://:one@127.0.0.1/1")), []);
        let other = given("redis://:two@localhost/0");
        assert_eq!(
            told(&before, &other),
            expected(&[("redis", "REDIS_URL", OnEnv::Restart)])
        );
        // The address may stand in parts.
        let in_parts = |given: &Given, password: &str| {
            let mut given = given.clone();
            if let Kind::Managed(Managed::Valkey(plan)) = &mut given.services[0].kind {
                plan.variables = vec!["CACHE_REDIS_HOST".to_owned()];
            }
            let seen = [
                ("CACHE_REDIS_HOST", "localhost"),
                ("CACHE_REDIS_PASSWORD", password),
            ];
            let seen = seen.map(|(name, value)| (name.to_owned(), value.to_owned()));
            given.seen = BTreeMap::from([("backend".to_owned(), seen.into())]);
            given
        };
        assert_eq!(
            told(&in_parts(&before, "one"), &in_parts(&other, "two")),
            expected(&[("redis", "CACHE_REDIS_PASSWORD", OnEnv::Restart)])
        );
    }

    #[test]
    fn a_port_is_a_variable_too() {
        let before = given(&[], &[], &[]);
        let mut after = before.clone();
        after.services[2].env[0].1 = "4000".to_owned();
        assert_eq!(
            told(&before, &after),
            expected(&[("web", "PORT", OnEnv::Restart)])
        );
    }
}
