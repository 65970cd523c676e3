//! The value of a variable that has lost it, taken from what the workspace says of the same server elsewhere.
//! No password is written out: the commands name the variable that has it.

use url::Url;

use crate::doctor::facts::wait;
use crate::doctor::{Cure, Facts};
use crate::env::{is_for_asyncpg, is_placeholder, of_libpq, unfit_for_asyncpg, with_part};
use crate::gather::session;
use crate::service::endpoint::{Endpoint, Protocol, Tls};
use crate::system::net;
use crate::workspace::Environment;

use super::super::place;
use super::closed::renewal;
use super::naming::Naming;
use super::{Server, Situation, find, parts};

/// The variables that name a tier's database; others are for tests, replicas and the like.
const DATABASES: [&str; 3] = ["DATABASE_URL", "POSTGRES_URL", "DIRECT_URL"];

/// The last number of a Redis whose configuration says nothing of them.
const LAST: u16 = 15;

/// The command that gives the URL of a server, which has no value at `origin`, in development: as the
/// workspace names that server elsewhere; else the one that `pixcrawler dev` starts, unless somebody else
/// answers there; else it asks. None for a variable that is no server's.
pub(in crate::doctor::checks) fn cure(
    facts: &Facts,
    tier: &str,
    name: &str,
    origin: &str,
) -> Option<Cure> {
    let example = usual(facts, tier, name)?;
    let set = |what: &[&str]| place::at(tier, origin, facts.questions.environment, what);
    let redis = example.starts_with("redis");
    let steps = if redis {
        let usable = |naming: &Naming| {
            let value = facts.value(&naming.tier, &naming.variable);
            !value.is_some_and(|it| is_placeholder(it) || it.contains("db="))
        };
        let wanted = Endpoint::redis(example, name, "").ok()?.redis_database();
        of_redis(&find(facts, Protocol::Redis), name, wanted, usable)
    } else {
        of_postgres(facts, tier, name, example)
    };
    if let Some(steps) = steps {
        return place::all(steps.iter().filter_map(|step| {
            let words: Vec<&str> = step.iter().map(String::as_str).collect();
            set(&words)
        }));
    }
    let value = if is_ours(facts, example) {
        example
    } else {
        "-"
    };
    set(&[&format!("{name}={value}")])
}

/// The schema's example, where it is a server of this machine.
fn usual<'a>(facts: &'a Facts, tier: &str, name: &str) -> Option<&'a str> {
    let environment = facts.questions.environment;
    let schema = &facts.environments().gathered(tier)?.schema;
    let example = schema.get(name)?.example_in(environment)?;
    let here = ["localhost", "127.0.0.1"]
        .iter()
        .any(|host| example.contains(host));
    let server = example.starts_with("postgres") || example.starts_with("redis");
    (environment == Environment::Development && here && server && !is_placeholder(example))
        .then_some(example)
}

/// Whether `pixcrawler dev` may have that port, or has it: who else answers there is somebody's own server,
/// in which nobody is to write because of an empty line.
fn is_ours(facts: &Facts, example: &str) -> bool {
    let Some(port) = port(example) else {
        return true;
    };
    let managed = || wait(session::servers(facts.workspace())).flatten();
    !net::answers(port) || managed().is_some_and(|it| it.ports.contains(&port))
}

fn port(url: &str) -> Option<u16> {
    let postgres = || Endpoint::postgres(url, "", "").ok();
    let endpoint = Endpoint::redis(url, "", "").ok().or_else(postgres);
    endpoint.map(|endpoint| endpoint.port)
}

/// What `pixcrawler env set` is to be told, in one step or two, for the URL of a Redis: the server of another
/// use, with a number that nobody has.
fn of_redis(
    servers: &[Server],
    name: &str,
    wanted: u16,
    usable: impl Fn(&Naming) -> bool,
) -> Option<Vec<Vec<String>>> {
    let of_celery = |variable: &str| ["BROKER", "RESULT"].iter().any(|it| variable.contains(it));
    // Another name of the same thing: who writes there and who reads there are to meet.
    let is_same = |variable: &str| {
        let mut uses = ["BROKER", "RESULT"].iter();
        uses.any(|it| variable.contains(it) && name.contains(it))
    };
    let rank = |naming: &Naming| match &naming.variable {
        variable if is_same(variable) => 0,
        variable if of_celery(variable) => 1,
        variable if variable.contains("LIMIT") => 2,
        variable if variable.contains("CACHE") => 3,
        _ => 4,
    };
    let all = || {
        servers
            .iter()
            .flat_map(|server| server.named.iter().map(move |naming| (server, naming)))
    };
    let (server, naming) = all()
        .filter(|(server, naming)| {
            let endpoint = &server.endpoint;
            naming.variable != name
                && naming.tier != "frontend"
                && stands_in_env(naming)
                && naming.meant.is_none()
                && !naming.one_of_several
                && !endpoint.is_socket()
                && !is_placeholder(&endpoint.host)
                // Whether Celery is to look at the certificate the parts do not say.
                && (naming.prefix.is_none() || endpoint.tls == Tls::Off)
                && usable(naming)
        })
        .min_by_key(|(_, naming)| rank(naming))?;
    let like = format!("{}:{}", naming.tier, naming.variable);
    if is_same(&naming.variable) && naming.prefix.is_none() {
        return Some(vec![words(&[name, "--like", &like])]);
    }
    let taken: Vec<u16> = all()
        .filter(|(other, it)| other.is_beside(server) && it.variable != name)
        .map(|(_, it)| it.database)
        .collect();
    let number = std::iter::once(wanted)
        .chain(0..=LAST)
        .find(|number| !taken.contains(number))?;
    let Some(prefix) = &naming.prefix else {
        let part = format!("database={number}");
        return Some(vec![words(&[name, "--like", &like, "--part", &part])]);
    };
    let address = server.endpoint.address();
    let mut steps = vec![words(&[&format!("{name}=redis://{address}/{number}")])];
    if server.endpoint.password.is_some() {
        let password = parts::name(Protocol::Redis, prefix, "password")?;
        let like = format!("{}:{password}", naming.tier);
        steps.push(words(&[name, "--part", "password", "--like", &like]));
    }
    Some(steps)
}

/// The same for the URL of a Postgres: another tier's, in the words of this tier's driver.
fn of_postgres(facts: &Facts, tier: &str, name: &str, example: &str) -> Option<Vec<Vec<String>>> {
    let servers = find(facts, Protocol::Postgres);
    let named = servers.iter().flat_map(|server| &server.named);
    let rank = |naming: &Naming| DATABASES.iter().position(|it| *it == naming.variable);
    let mut usable: Vec<(usize, &Naming)> = named
        .filter(|it| it.prefix.is_none() && !(it.variable == name && it.tier == tier))
        .filter(|it| stands_in_env(it))
        .filter_map(|it| Some((rank(it)?, it)))
        .collect();
    usable.sort_by_key(|(rank, _)| *rank);
    usable.into_iter().find_map(|(_, naming)| {
        let value = facts.value(&naming.tier, &naming.variable)?;
        let parts = respelt(value, example)?;
        let like = format!("{}:{}", naming.tier, naming.variable);
        let mut step = words(&[name, "--like", &like]);
        for (part, value) in parts {
            step.extend(["--part".to_owned(), format!("{part}={value}")]);
        }
        Some(vec![step])
    })
}

/// The parts in which a URL changes so that the driver of `example` takes it; none for what is none.
fn respelt(url: &str, example: &str) -> Option<Vec<(String, String)>> {
    if is_placeholder(url) {
        return None;
    }
    let scheme = |url: &str| Some(url.trim().split_once("://")?.0.to_ascii_lowercase());
    let (has, wanted) = (scheme(url)?, scheme(example)?);
    let mut parts = Vec::new();
    // `postgres://` is `postgresql://`, but for SQLAlchemy.
    let driver = |scheme: &str| scheme.split_once('+').map(|(_, driver)| driver.to_owned());
    if driver(&has) != driver(&wanted) {
        parts.push(("scheme".to_owned(), wanted.clone()));
    }
    let there = with_part(url, "scheme", &wanted).ok()?;
    if is_for_asyncpg(example) {
        parts.extend(unfit_for_asyncpg(&there, false).map_or_else(Vec::new, |it| it.parts));
    } else if is_for_asyncpg(url) {
        parts.extend(of_libpq(&Url::parse(&there).ok()?));
    }
    Some(parts)
}

/// The command that gives a server's namings the password that another one has for it, where that one is
/// let in.
pub(in crate::doctor::checks) fn password(
    server: &Server,
    known: &Server,
    environment: Environment,
) -> Option<Cure> {
    let protocol = server.endpoint.protocol;
    let mut others = known.named.iter();
    let like = others.find_map(|it| it.password_to_take(protocol))?;
    let (user, its) = (&server.endpoint.user, &known.endpoint.user);
    // A password of a Redis without a `:` in front of it is a user to whoever reads it.
    let alone = protocol == Protocol::Redis && user.is_some() && its.is_none();
    if !known.is_beside(server) || !(alone || user == its) {
        return None;
    }
    known.endpoint.password.as_ref()?;
    server.for_all(|naming| naming.password_like(protocol, environment, &like, alone))
}

/// The commands for a server of ours that refuses the passwords of all who name it, where those differ: it can be
/// given one alone, that of the first who is named.
pub(in crate::doctor::checks) fn alike<'a>(
    server: &Server,
    all: impl Iterator<Item = &'a Server>,
    situation: &Situation,
) -> Option<Vec<Cure>> {
    let ours = situation.ours(server)?;
    let is_same = |it: &&Server| it.is_beside(server) && it.endpoint.user == server.endpoint.user;
    let mut same = all.filter(is_same);
    let first = same.next()?;
    let differ = same.filter(|it| it.endpoint.password != first.endpoint.password);
    let steps: Option<Vec<Cure>> = differ
        .map(|it| password(it, first, situation.environment))
        .collect();
    let mut steps = steps.filter(|steps| !steps.is_empty())?;
    steps.push(renewal(ours));
    Some(steps)
}

/// Whether a command that takes a value from a variable finds it: what stands in code or settings has no such name.
fn stands_in_env(naming: &Naming) -> bool {
    place::open(&naming.origin).is_none()
}

fn words(each: &[&str]) -> Vec<String> {
    each.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str, variable: &str, prefix: Option<&str>) -> Server {
        let endpoint = Endpoint::redis(url, variable, "backend/.env:3").expect(url);
        let named = vec![Naming {
            prefix: prefix.map(str::to_owned),
            ..Naming::of(&endpoint, "backend")
        }];
        Server { endpoint, named }
    }

    fn told(servers: &[Server], name: &str, wanted: u16) -> Option<Vec<String>> {
        let steps = of_redis(servers, name, wanted, |_| true)?;
        Some(steps.iter().map(|step| step.join(" ")).collect())
    }

    #[test]
    fn another_name_of_the_broker_has_the_same_value() {
        let other = server("redis://h:6379/1", "PIXCRAWLER_CELERY_BROKER_URL", None);
        let results = server("redis://h:6379/2", "CELERY_RESULT_BACKEND", None);
        let all = [results, other];
        let like = "CELERY_BROKER_URL --like backend:PIXCRAWLER_CELERY_BROKER_URL";
        assert_eq!(
            told(&all, "CELERY_BROKER_URL", 0),
            Some(vec![like.to_owned()])
        );
    }

    #[test]
    fn a_broker_is_where_the_cache_is_with_a_number_of_its_own() {
        let cache = server(
            "redis://:secret@127.0.0.1:6384/0",
            "CACHE_REDIS_HOST",
            Some("CACHE_REDIS_"),
        );
        let limiter = server(
            "redis://localhost:6384/2",
            "LIMITER_REDIS_PORT",
            Some("LIMITER_REDIS_"),
        );
        assert_eq!(
            told(std::slice::from_ref(&cache), "CELERY_BROKER_URL", 2),
            Some(vec![
                "CELERY_BROKER_URL=redis://127.0.0.1:6384/2".to_owned(),
                "CELERY_BROKER_URL --part password --like backend:CACHE_REDIS_PASSWORD".to_owned(),
            ])
        );
        // Another use has the number: the lowest that nobody has.
        assert_eq!(
            told(&[cache, limiter], "CELERY_BROKER_URL", 2),
            Some(vec![
                "CELERY_BROKER_URL=redis://localhost:6384/1".to_owned()
            ])
        );
    }

    #[test]
    fn results_go_to_the_brokers_server_and_nothing_is_made_of_nothing() {
        let broker = server("rediss://:secret@far:6380/2", "CELERY_BROKER_URL", None);
        assert_eq!(
            told(std::slice::from_ref(&broker), "CELERY_RESULT_BACKEND", 3),
            Some(vec![
                "CELERY_RESULT_BACKEND --like backend:CELERY_BROKER_URL --part database=3"
                    .to_owned()
            ])
        );
        assert_eq!(told(&[broker], "CELERY_BROKER_URL", 2), None);
        assert_eq!(told(&[], "CELERY_BROKER_URL", 2), None);
        let socket = server("unix:///run/redis.sock?db=1", "CACHE_REDIS_URL", None);
        assert_eq!(told(&[socket], "CELERY_BROKER_URL", 2), None);
    }

    #[test]
    fn a_database_is_told_in_the_words_of_each_driver() {
        let asyncpg = "postgresql+asyncpg://postgres:postgres@localhost:5432/pixcrawler";
        let node = "postgresql://postgres:postgres@localhost:5432/pixcrawler";
        let told = |url, example| {
            let parts = respelt(url, example)?;
            let words: Vec<String> = parts.iter().map(|(a, b)| format!("{a}={b}")).collect();
            Some(words.join(" "))
        };
        assert_eq!(
            told(
                "postgresql://u:p@127.0.0.1:5433/shop?sslmode=require",
                asyncpg
            )
            .as_deref(),
            Some("scheme=postgresql+asyncpg sslmode= ssl=require")
        );
        assert_eq!(
            told(
                "postgresql+asyncpg://u:p@h/d?ssl=verify-full&command_timeout=5",
                node
            )
            .as_deref(),
            Some("scheme=postgresql command_timeout= ssl= sslmode=verify-full")
        );
        assert_eq!(told("postgres://u:p@h/d", node).as_deref(), Some(""));
        assert_eq!(told("postgresql://u:your-password@h/d", asyncpg), None);
    }

    #[test]
    fn a_password_is_taken_from_who_is_let_in() {
        let cache = server(
            "redis://localhost:6384/0",
            "CACHE_REDIS_HOST",
            Some("CACHE_REDIS_"),
        );
        let broker = server(
            "redis://:secret@127.0.0.1:6384/2",
            "CELERY_BROKER_URL",
            None,
        );
        let cure =
            |server, known| password(server, known, Environment::Development).map(|cure| cure.line);
        let set = "pixcrawler env set --file backend/.env";
        let like = crate::text::remedy::quoted("backend:CELERY_BROKER_URL#password");
        assert_eq!(
            cure(&cache, &broker),
            Some(format!("{set} CACHE_REDIS_PASSWORD --like {like}"))
        );
        assert_eq!(cure(&broker, &cache), None);
        // The password stands where a user does: it goes.
        let as_user = server(
            "redis://secret@localhost:6384/3",
            "CELERY_RESULT_BACKEND",
            None,
        );
        assert_eq!(
            cure(&as_user, &broker),
            Some(format!(
                "{set} CELERY_RESULT_BACKEND --part user= --part password --like {like}"
            ))
        );
        let elsewhere = server("redis://:secret@other:6384/2", "CELERY_BROKER_URL", None);
        assert_eq!(cure(&cache, &elsewhere), None);
        let bare = server("redis://localhost:6384/3", "CELERY_RESULT_BACKEND", None);
        assert_eq!(
            cure(&bare, &broker),
            Some(format!(
                "{set} CELERY_RESULT_BACKEND --part password --like {like}"
            ))
        );
    }
}
