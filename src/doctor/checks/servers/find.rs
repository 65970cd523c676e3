//! Which servers the tiers name: each distinct connection once, with everybody who names it.

use std::collections::BTreeMap;

use url::Url;

use crate::doctor::{Answer, Facts};
use crate::env::{is_placeholder, says_nothing_of_tls};
use crate::gather::certificates;
use crate::gather::logins::{self, Drivers};
use crate::service::assemble;
use crate::service::endpoint::{Client, Elsewhere, Endpoint, Protocol, Secret, names_no_host};
use crate::text::and_list;
use crate::workspace::Runtime;

use super::super::place;
use super::broker::{self, Unnamed};
use super::given;
use super::naming::{Driver, Lent, Naming};
use super::service::{self, Service};
use super::unfit::{self, Part, Unfit};
use super::view::View;
use super::{Server, authorities, is_here, parts};

/// Every distinct connection of one protocol. Redis databases share one.
pub(in crate::doctor::checks) fn find(facts: &Facts, protocol: Protocol) -> Vec<Server> {
    gather(facts, protocol).servers
}

/// What an example has in the place of a server's name is no server, and who is switched off uses none: nobody
/// is asked about it.
pub(in crate::doctor::checks) fn with_unfilled(
    mut answer: Answer,
    facts: &Facts,
    protocol: Protocol,
) -> Answer {
    let Gathered {
        unfilled, apart, ..
    } = gather(facts, protocol);
    let are = if unfilled.len() == 1 {
        "is a placeholder"
    } else {
        "are placeholders"
    };
    let placeholders =
        (!unfilled.is_empty()).then(|| format!("{} {are}; env says where", and_list(&unfilled)));
    let words: Vec<String> = placeholders.into_iter().chain(apart).collect();
    if words.is_empty() {
        return answer;
    }
    let words = words.join("; ");
    if answer == Answer::default() {
        answer.skipped = Some(words);
        return answer;
    }
    answer.and(words)
}

/// What the tiers name.
#[derive(Default)]
struct Gathered {
    /// Every distinct connection.
    servers: Vec<Server>,
    /// The variables that hold a placeholder.
    unfilled: Vec<String>,
    /// Why others are not asked, in words.
    apart: Vec<String>,
    /// What no driver can make anything of.
    unfit: Vec<Unfit>,
}

/// The URLs that their drivers can make nothing of, whoever answers.
pub(super) fn unfit(facts: &Facts, protocol: Protocol) -> Vec<Unfit> {
    gather(facts, protocol).unfit
}

impl Gathered {
    fn apart(&mut self, words: String) {
        if !self.apart.contains(&words) {
            self.apart.push(words);
        }
    }

    /// What somebody names by a value.
    fn take(&mut self, view: &View<'_>, value: &str, endpoint: Endpoint) {
        let (facts, tier) = (view.facts, view.tier);
        let drivers = drivers(facts);
        let service = service::of(facts, tier, drivers, value, &endpoint);
        if let Some(Service::Decides(words) | Service::InFile(words)) = &service {
            self.apart(words.clone());
        }
        if let Some(Service::Decides(_)) = service {
            return;
        }
        let (endpoint, naming, told) = read(view, drivers, value, endpoint);
        if let Some((why, part)) = told {
            let unfit = Unfit::new(&naming, why, part, facts.questions.environment);
            self.unfit.push(unfit);
            return;
        }
        let reads =
            given::is_given(&naming) || !is_of_others(facts, &tier.name, &endpoint.variable);
        add(&mut self.servers, endpoint, naming, reads);
    }
}

fn gather(facts: &Facts, protocol: Protocol) -> Gathered {
    let mut all = Gathered::default();
    for tier in &facts.workspace().tiers {
        let view = View::of_tier(facts, tier);
        // Those of a Redis are told with its other parts.
        for words in urls_for_hosts(facts, &tier.name, &view.seen) {
            if protocol == Protocol::Postgres {
                all.apart(words);
            }
        }
        let mut endpoints = given::endpoints(&view);
        endpoints.retain(|it| !parts::is_shared(facts, &tier.name, &it.variable));
        for endpoint in endpoints {
            if endpoint.protocol == protocol && !is_foreign(facts, &tier.name, &endpoint) {
                if let Some(words) = off(&view, &endpoint) {
                    all.apart(words);
                    continue;
                }
                if let Some(words) = given::replaced(facts, &tier.name, &endpoint.variable) {
                    all.apart(words);
                    continue;
                }
                let value = view.seen.get(&endpoint.variable).map_or("", String::as_str);
                if is_unfilled(&endpoint, value) {
                    if !all.unfilled.contains(&endpoint.variable) {
                        all.unfilled.push(endpoint.variable);
                    }
                    continue;
                }
                all.take(&view, value, endpoint);
            }
        }
    }
    for (view, endpoint) in given::servers(facts, protocol) {
        let value = view.seen.get(&endpoint.variable).map_or("", String::as_str);
        if is_unfilled(&endpoint, value) {
            let (variable, place) = (&endpoint.variable, &endpoint.origin);
            all.apart(format!("{variable} ({place}) is a placeholder"));
        } else if let Some(words) = off(&view, &endpoint) {
            all.apart(words);
        } else {
            all.take(&view, value, endpoint);
        }
    }
    if protocol == Protocol::Redis {
        match broker::unnamed(facts) {
            Some(Unnamed::Server(endpoint, naming)) => {
                add(&mut all.servers, *endpoint, *naming, true);
            }
            Some(Unnamed::Apart(why)) => all.apart.push(why),
            None => {}
        }
    }
    all
}

/// An endpoint as the driver of a tier takes it, who names it, and why that can make nothing of it.
fn read(
    view: &View<'_>,
    drivers: Drivers,
    value: &str,
    endpoint: Endpoint,
) -> (Endpoint, Naming, Option<(String, Part)>) {
    let (facts, tier) = (view.facts, view.tier);
    let protocol = endpoint.protocol;
    let web = tier.runtime == Runtime::Next;
    let postgres = protocol == Protocol::Postgres;
    let client = drivers.client(value, web).filter(|_| postgres);
    let driver = driver(client);
    // Where each part has a variable of its own, the code writes all of them into the URL.
    let url = Some(value).filter(|it| postgres && it.contains("://"));
    let login = match url.zip(client) {
        Some((url, client)) => log_in(view, endpoint, (url, client), web),
        None => Taken::nothing(endpoint),
    };
    let mut endpoint = login.endpoint;
    let (lent, ignored) = (login.lent, login.ignored);
    let told = url.and_then(|url| unfit::told(url, driver, lent, &endpoint));
    endpoint = certificates::placed(facts.workspace(), &tier.dir, endpoint);
    let names_root = endpoint.root.is_some();
    let lost_root = authorities::add(facts, tier, &mut endpoint);
    let whole = value.contains("://");
    let prefix = parts::prefix(&endpoint.variable).filter(|_| !whole);
    let place = |name: &str| {
        // Next alone sets for its process what stands in its files.
        if web || view.is_given(name) || view.handed_on(name).is_some() {
            view.place(name)
        } else {
            PROCESS.to_owned()
        }
    };
    let mut places = lent.places(place);
    places.extend(lent.tls.map(|name| (name.to_owned(), place(name))));
    places.extend(own_places(view, prefix.as_deref(), &endpoint));
    let given = prefix
        .as_deref()
        .map_or_else(Vec::new, |prefix| parts::given(view, protocol, prefix));
    let set = given.iter().map(|it| &it.variable);
    places.extend(set.map(|name| (name.clone(), view.place(name))));
    let several = assemble::alternates(&endpoint.variable, value).nth(1);
    let number = given.iter().find(|it| it.part == "database");
    let naming = Naming {
        numbered_by: number.map(|it| (it.variable.clone(), it.origin.clone())),
        given,
        pasted: prefix
            .as_deref()
            .filter(|_| postgres)
            .and_then(|prefix| parts::decoded(view, prefix)),
        prefix,
        places,
        driver,
        names_root: names_root && driver != Driver::Asyncpg,
        lost_root,
        plain: web && says_nothing_of_tls(value) && lent.tls.is_none() && !drivers.prisma,
        one_of_several: several.is_some(),
        misspelt: misspelt(value, driver),
        wish: wish(value, driver, web),
        lent,
        ignored,
        hostless: hostless(url, client, &endpoint),
        behind: unfit::behind(value, driver),
        ..Naming::of(&endpoint, &tier.name)
    };
    (endpoint, naming, told)
}

/// Where the variables of an address stand: each part's, where those have their own.
fn own_places(
    view: &View<'_>,
    prefix: Option<&str>,
    endpoint: &Endpoint,
) -> impl Iterator<Item = (String, String)> {
    let names = prefix.map_or_else(Vec::new, |it| parts::names(endpoint.protocol, it));
    let names = names.into_iter().chain([endpoint.variable.clone()]);
    names.map(move |name| {
        let place = view.place(&name);
        (name, place)
    })
}

/// The host that is meant where a URL names none.
fn hostless(url: Option<&str>, client: Option<Client>, endpoint: &Endpoint) -> Option<String> {
    names_no_host(url?, client?).then(|| endpoint.host.clone())
}

fn driver(client: Option<Client>) -> Driver {
    match client {
        Some(Client::Asyncpg) => Driver::Asyncpg,
        Some(Client::PostgresJs) => Driver::PostgresJs,
        Some(Client::NodePostgres) => Driver::NodePostgres,
        Some(Client::Libpq) | None => Driver::Other,
    }
}

/// Where a variable stands that no file sets.
const PROCESS: &str = "the process environment";

/// Where a URL stands in a variable that is a Postgres' host: it leads nowhere.
fn urls_for_hosts<'a>(
    facts: &'a Facts,
    tier: &'a str,
    seen: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = String> + 'a {
    let urls = seen.iter().filter(|(name, value)| {
        parts::of_host(name, &facts.tiers().groups) == Some(Protocol::Postgres)
            && assemble::is_url_for_a_host(name, value)
    });
    urls.map(move |(name, _)| {
        let origin = facts.origin(tier, name);
        format!("{name} ({origin}) is a URL where a host alone is meant")
    })
}

/// That a server is used by nobody, in words.
fn off(view: &View<'_>, endpoint: &Endpoint) -> Option<String> {
    let switch = assemble::switched_off(|name| view.value(name), &endpoint.variable)?;
    Some(format!(
        "{} is not used: {switch} is false",
        endpoint.variable
    ))
}

/// Whether an address is what an example has. A server of this machine may be set up with such a password.
fn is_unfilled(endpoint: &Endpoint, value: &str) -> bool {
    let password = || endpoint.password.as_ref().map_or("", Secret::expose);
    let login = || is_placeholder(value) || !value.contains("://") && is_placeholder(password());
    is_placeholder(&endpoint.host) || !is_here(endpoint) && login()
}

/// Whether the parts of an address stand in the process environment for another tier: every tier sees that,
/// and only those whose schema knows the name read it.
fn is_foreign(facts: &Facts, tier: &str, endpoint: &Endpoint) -> bool {
    let name = endpoint.variable.as_str();
    let whole = facts.value(tier, name).is_some_and(|it| it.contains("://"));
    !whole && is_of_others(facts, tier, name)
}

/// Whether a variable of the process environment is in the schema of another tier alone.
fn is_of_others(facts: &Facts, tier: &str, name: &str) -> bool {
    let knows = |tier: &str| {
        let gathered = facts.environments().gathered(tier);
        gathered.is_some_and(|it| it.schema.get(name).is_some())
    };
    let mut tiers = facts.workspace().tiers.iter();
    place::file(&facts.origin(tier, name)).is_none()
        && !knows(tier)
        && tiers.any(|other| knows(&other.name))
}

/// What the frontend connects with.
fn drivers(facts: &Facts) -> Drivers {
    let web = facts.manifests().web.as_ref();
    web.map_or_else(Drivers::default, |web| Drivers::among(&web.asked))
}

/// An option behind the `?` of a URL that has a value.
fn option(value: &str, name: &str) -> Option<String> {
    let url = Url::parse(value.trim()).ok()?;
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(known, value)| known == name && !value.is_empty())?;
    Some(found.1.into_owned())
}

/// The name under which others than the driver of a URL are told whether to use TLS, where that stands there.
fn misspelt(value: &str, driver: Driver) -> Option<&'static str> {
    let other = if driver == Driver::Asyncpg {
        "sslmode"
    } else {
        "ssl"
    };
    option(value, other).map(|_| other)
}

/// What a URL asks of the server; of the drivers of Node postgres.js alone looks at that.
fn wish(value: &str, driver: Driver, web: bool) -> Option<String> {
    let looks = match driver {
        Driver::Asyncpg | Driver::PostgresJs => true,
        Driver::NodePostgres => false,
        Driver::Other => !web,
    };
    option(value, "target_session_attrs").filter(|_| looks)
}

/// A login with what its driver takes from elsewhere.
struct Taken {
    endpoint: Endpoint,
    lent: Lent,
    /// The file of passwords that has its password, and is not looked into.
    ignored: Option<String>,
}

impl Taken {
    fn nothing(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            lent: Lent::default(),
            ignored: None,
        }
    }
}

/// What the driver makes of a URL, with what it takes from its process' environment: that of the servers which
/// `dev` starts is ours. Next sets there what its env files say, too.
fn log_in(view: &View<'_>, endpoint: Endpoint, (url, client): (&str, Client), web: bool) -> Taken {
    let variables = &view.facts.questions.variables;
    let written = logins::as_taken(endpoint, url, client);
    let login = logins::completed(written.clone(), url, client, &|name| {
        let own = view.seen.get(name).filter(|_| web);
        let around = || own.or_else(|| variables.get(name));
        let known = view.beside.get(name).or_else(around).cloned();
        known.or_else(|| view.handed_on(name))
    });
    let Elsewhere {
        host,
        port,
        unfit,
        tls,
        unfit_tls,
    } = login.elsewhere;
    Taken {
        lent: Lent {
            host,
            port,
            unfit,
            tls,
            unfit_tls: tls.filter(|_| unfit_tls),
            ..Lent::between(&written, &login.endpoint)
        },
        endpoint: login.endpoint,
        ignored: login.ignored.map(camino::Utf8PathBuf::into_string),
    }
}

/// `reads` is whether the tier has a use for the variable that it sees.
fn add(servers: &mut Vec<Server>, endpoint: Endpoint, naming: Naming, reads: bool) {
    let same = |known: &Endpoint| {
        known.protocol == endpoint.protocol
            && known.address() == endpoint.address()
            && known.user == endpoint.user
            && known.password == endpoint.password
            && known.tls == endpoint.tls
            && known.root == endpoint.root
            && known.client == endpoint.client
            && known.certified == endpoint.certified
            && (endpoint.protocol == Protocol::Redis || known.database == endpoint.database)
    };
    match servers.iter_mut().find(|server| same(&server.endpoint)) {
        // The root's file is in the chains of other tiers, too.
        Some(server) => {
            let known = server
                .named
                .iter_mut()
                .find(|known| known.variable == naming.variable && known.origin == naming.origin);
            match known {
                Some(known) if known.tier == "root" => {
                    (known.tier, known.places) = (naming.tier, naming.places);
                    known.plain |= naming.plain;
                    if reads {
                        known.driver = naming.driver;
                    }
                }
                // Another driver reads the same URL otherwise.
                Some(known) if reads && naming.tier != "root" && known.driver != naming.driver => {
                    server.named.push(naming);
                }
                Some(_) => {}
                None => server.named.push(naming),
            }
        }
        None => servers.push(Server {
            endpoint,
            named: vec![naming],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_driver_of_a_url_that_all_tiers_see_has_a_say() {
        let url = "postgresql://app:pw@127.0.0.1/shop";
        let endpoint = Endpoint::postgres(url, "POSTGRES_URL", "the process environment");
        let endpoint = endpoint.expect("a URL");
        let asked = |web_reads: bool| {
            let mut servers = Vec::new();
            for (tier, driver, reads) in [
                ("root", Driver::Other, true),
                ("backend", Driver::Other, false),
                ("frontend", Driver::PostgresJs, web_reads),
            ] {
                let naming = Naming {
                    driver,
                    ..Naming::of(&endpoint, tier)
                };
                add(&mut servers, endpoint.clone(), naming, reads);
            }
            let named = servers.iter().flat_map(|it| &it.named);
            let drivers: Vec<Driver> = named.map(|it| it.driver).collect();
            (drivers, servers[0].named_by())
        };
        let named = "POSTGRES_URL (the process environment)".to_owned();
        let both = vec![Driver::Other, Driver::PostgresJs];
        assert_eq!(asked(true), (both, named.clone()));
        assert_eq!(asked(false), (vec![Driver::Other], named));
    }
}
