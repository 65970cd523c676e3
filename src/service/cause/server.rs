//! Servers that do not answer, refuse, or are not found at all.

use std::collections::BTreeSet;

use crate::text::{command, remedy};

use super::pattern::{has, word_behind};
use super::port::{self, Place};
use super::{Cause, Speaker, Stage, cause};

/// Words for a server that does not answer.
const REFUSED: &[&str] = &[
    "onnection refused",
    "ECONNREFUSED",
    "Connect call failed",
    "actively refused",
];

/// Words for a name that no name server knows. `getaddrinfo` alone is a line of a traceback.
const UNKNOWN: &[&str] = &[
    "ould not resolve host",
    "ouldn't resolve host",
    "unable to resolve host",
    "could not translate host name",
    "Name or service not known",
    "nodename nor servname provided",
    "Name does not resolve",
    "No address associated with hostname",
    "No such host is known",
    ": no such host",
    "emporary failure in name resolution",
    "getaddrinfo failed",
    "ENOTFOUND",
    "EAI_AGAIN",
];

/// Words that a host's name stands behind.
const BEFORE_NAME: &[&str] = &[
    "getaddrinfo ENOTFOUND ",
    "getaddrinfo EAI_AGAIN ",
    "resolve hostname ",
    "resolve host address ",
    "resolve host: ",
    "resolve host ",
    "translate host name ",
    "dial tcp: lookup ",
    "connecting to ",
    "hostname: ",
];

pub(super) fn of(speaker: Speaker<'_>, line: &str, lines: &[&str]) -> Option<Cause> {
    if has(line, UNKNOWN) {
        return Some(unknown(line, lines));
    }
    if has(line, REFUSED) {
        let place = port::of(line, lines, |line| has(line, REFUSED));
        let late = place.and_then(|place| of_session(speaker, place));
        return Some(late.unwrap_or_else(|| refused(speaker, line, place)));
    }
    if has(
        line,
        &[
            "too many clients already",
            "remaining connection slots are reserved",
        ],
    ) {
        return Some(cause(
            "Postgres has given away all of its connections",
            "psql -c \"select usename, application_name, count(*) from pg_stat_activity group by 1, 2\"   shows who has them; end those, or make the pools smaller",
        ));
    }
    // Celery, which says nothing else where it may try only once.
    if line.contains("onnection to the message broker") && line.contains("has been disabled") {
        return Some(cause(
            "Celery gets no connection to its broker, and is told not to try again",
            format!("start it, or {}", broker(speaker)),
        ));
    }
    if let Some(refusal) = password(speaker, line) {
        return Some(refusal);
    }
    nothing(speaker, line)
}

/// What a database server does not have.
fn nothing(speaker: Speaker<'_>, line: &str) -> Option<Cause> {
    if !line.contains("does not exist") {
        return None;
    }
    if line.contains("relation \"") {
        return Some(cause(
            "the database server has nothing of that name",
            migrated(speaker),
        ));
    }
    let kinds = [("database", "createdb"), ("role", "createuser --login")];
    kinds.iter().find_map(|(kind, make)| {
        let name = behind_quote(line, kind)?;
        let way = if speaker.is_alone {
            let name = remedy::quoted(name);
            format!("{make} {name}   makes it on this machine's server; or correct the name in .env, beside the Procfile")
        } else {
            "pixcrawler doctor --only postgres".to_owned()
        };
        Some(cause(
            format!("the database server has no {kind} `{name}`"),
            way,
        ))
    })
}

/// What stands in quotes behind a word: `role "NAME"`.
fn behind_quote<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let behind = line.split_once(&format!("{word} \""))?.1;
    let name = &behind[..behind.find('"')?];
    (!name.is_empty() && !name.starts_with('-')).then_some(name)
}

/// What makes a table that is not there. Migrations that have been applied did not.
fn migrated(speaker: Speaker<'_>) -> String {
    let tables = speaker.tables;
    let alembic = tables.alembic.as_deref();
    let alembic = alembic.map(|dir| command::within(dir, "uv run alembic upgrade head"));
    match (tables.by_us, alembic) {
        _ if speaker.is_alone => "run the program's migrations".to_owned(),
        (true, None) => "pixcrawler dev --migrate".to_owned(),
        (true, Some(alembic)) => {
            format!("pixcrawler dev --migrate   or, where Alembic makes it: {alembic}")
        }
        (false, Some(alembic)) => alembic,
        (false, None) => "run the migrations of whoever makes it, or correct its name".to_owned(),
    }
}

/// A server wants another password, or any.
fn password(speaker: Speaker<'_>, line: &str) -> Option<Cause> {
    let is_redis = line.contains("redis.");
    let wants_one = is_redis && line.contains("Authentication required");
    let (what, says) = if wants_one || line.contains("NOAUTH") {
        ("Redis", "wants a password, and is given none")
    } else if line.contains("without any password configured") {
        ("Redis", "is given a password, and has none")
    } else if has(line, &["WRONGPASS", "invalid username-password pair"])
        || is_redis && line.contains("AuthenticationError")
    {
        ("Redis", "refuses the password that it is given")
    } else if line.contains("fe_sendauth: no password supplied") {
        ("Postgres", "wants a password, and is given none")
    } else if line.contains("password authentication failed") {
        ("Postgres", "refuses the password that it is given")
    } else {
        return None;
    };
    let todo = match says {
        "wants a password, and is given none" => "add the password to",
        "is given a password, and has none" => "leave out the password in",
        _ => "correct the password in",
    };
    let (names, asks) = if what == "Redis" {
        (REDIS, "pixcrawler doctor --only redis")
    } else {
        (POSTGRES, "pixcrawler doctor --only postgres")
    };
    let way = if speaker.is_alone {
        format!("{todo} its address, in .env beside the Procfile")
    } else if let Some(name) = address(speaker, names) {
        format!("{todo} {name}   and {asks} tries it")
    } else if speaker.declared.is_empty() {
        format!(
            "{todo} the address that `{}` is given: SCHEME://USER:PASSWORD@HOST:PORT",
            speaker.service
        )
    } else {
        // No look at the files tells which password a server takes.
        asks.to_owned()
    };
    Some(cause(format!("{what} {says}"), way))
}

/// Words in the names of variables with the address of each.
const REDIS: &[&str] = &["REDIS"];
const POSTGRES: &[&str] = &["POSTGRES", "DATABASE", "PG"];

/// The one variable with the address of a server that is called so; none where several may be it.
fn address<'a>(speaker: Speaker<'a>, names: &[&str]) -> Option<&'a str> {
    let is_read = |tier: &str| speaker.tier.is_none_or(|own| tier == own || tier == "root");
    let tiers = speaker.declared.iter().filter(|(tier, _)| is_read(tier));
    let known = tiers.flat_map(|(_, names)| names.keys());
    let is_address = |name: &&String| {
        let end = name.rsplit('_').next().unwrap_or_default();
        matches!(end, "URL" | "URI" | "DSN") && name.split('_').any(|word| names.contains(&word))
    };
    let found: BTreeSet<&str> = known.filter(is_address).map(String::as_str).collect();
    let mut found = found.into_iter();
    found.next().filter(|_| found.next().is_none())
}

/// The host's name in a line that says one of the words in front of one.
fn host(line: &str) -> Option<&str> {
    let word = BEFORE_NAME
        .iter()
        .find_map(|words| word_behind(line, words))?;
    let name = word.split(':').next().unwrap_or(word);
    let is_name = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    };
    (!name.is_empty() && !name.starts_with('-') && is_name(name)).then_some(name)
}

/// No name server knows the name, or there is none.
fn unknown(line: &str, lines: &[&str]) -> Cause {
    // Node says the name in a line of its own behind the error.
    let about = |line: &&&str| has(line, UNKNOWN) || line.trim_start().starts_with("hostname: ");
    let named = host(line).or_else(|| lines.iter().rev().filter(about).find_map(|line| host(line)));
    let Some(name) = named else {
        return cause(
            "the name of a server is not known here, or there is no network",
            "correct the address, or connect to the network",
        );
    };
    // A name without a domain is one of Docker's own: it is known within its network alone.
    if !name.contains('.') {
        return cause(
            format!("no server of the name `{name}` is known here"),
            "correct the address: the names of a compose file are known in its containers only; outside it is localhost, with the port that is published",
        );
    }
    cause(
        format!("the name `{name}` of a server is not known here, or there is no network"),
        format!("nslookup {name}   shows whether it is known; correct the address where it is not"),
    )
}

/// A service of the same session that is not there yet, or not any more.
fn of_session(speaker: Speaker<'_>, place: Place<'_>) -> Option<Cause> {
    if place.elsewhere().is_some() {
        return None;
    }
    let (service, port) = (speaker.service, place.port);
    let other = speaker.neighbour(port)?;
    let name = &other.name;
    let is = match other.stage {
        Stage::Waiting | Stage::Starting => "is not ready yet",
        Stage::Gone => "does not run",
        Stage::Ready => return None,
    };
    let way = match &other.wait {
        Some(wait) if other.stage != Stage::Gone && !speaker.is_alone => wait.clone(),
        _ if other.stage == Stage::Gone && !speaker.is_alone => {
            let name = remedy::quoted(name);
            format!("pixcrawler logs {name}   shows why")
        }
        _ => format!("let `{service}` try again until `{name}` answers"),
    };
    Some(cause(
        format!(
            "the server at port {port} that `{service}` needs is `{name}` of this session, which {is}"
        ),
        way,
    ))
}

/// Whose connection was refused, by the words around it or by its port.
fn refused(speaker: Speaker<'_>, line: &str, place: Option<Place<'_>>) -> Cause {
    let port = place.map(|place| place.port);
    let elsewhere = place.and_then(Place::elsewhere);
    let service = speaker.service;
    // Celery names both to whoever has neither.
    let lower = line.replace("(e.g., RabbitMQ or Redis)", "");
    let lower = lower.to_ascii_lowercase();
    let at = match (elsewhere, port) {
        (Some(host), Some(port)) if host.contains(':') => format!(" at [{host}]:{port}"),
        (Some(host), Some(port)) => format!(" at {host}:{port}"),
        (None, Some(port)) => format!(" at port {port}"),
        (_, None) => String::new(),
    };
    let says = |words: &[&str]| has(&lower, words);
    // At a port that may be anybody's a word is not enough: it has to be the server's own name.
    let names = |word: &str| match port {
        None => lower.contains(word),
        Some(_) => is_named(&lower, word),
    };
    let is_redis = says(&["redis://", "rediss://"]) || matches!(port, Some(6379..=6389));
    let is_rabbit = says(&["amqp://", "amqps://", "amqp."])
        || ["amqp", "rabbitmq"].into_iter().any(names)
        || matches!(port, Some(5671 | 5672));
    if !is_redis && is_rabbit {
        return rabbit(speaker, &lower, &at);
    }
    let (what, variables, way, (usual, name)) =
        if is_redis || says(&["ioredis", "@redis/"]) || names("redis") {
            let usual = (6379, "REDIS_URL");
            ("Redis", REDIS, remedy::start_redis(), usual)
        } else if says(&[
            "psycopg",
            "asyncpg",
            "connection to server at ",
            "connection to server on ",
        ]) || ["postgres", "postgresql"].into_iter().any(names)
            || matches!(port, Some(5432..=5439 | 54320..=54329))
        {
            let usual = (5432, "DATABASE_URL");
            ("Postgres", POSTGRES, remedy::start_postgres(), usual)
        } else if says(&["message broker", "kombu.exceptions"]) {
            return cause(
                format!("the broker{at} that Celery is to use does not answer"),
                format!("start it, or {}", broker(speaker)),
            );
        } else {
            let who = if at.is_empty() {
                "a server".to_owned()
            } else {
                format!("the server{at}")
            };
            return cause(
                format!("{who} that `{service}` needs does not answer"),
                speaker.way("pixcrawler doctor", "start it, or correct its address"),
            );
        };
    let way = if elsewhere.is_some() {
        // What runs on another machine is not to be started on this one.
        let todo = "start it there, or correct its address";
        match address(speaker, variables) {
            _ if speaker.is_alone => format!("{todo}, in .env beside the Procfile"),
            Some(name) => format!("{todo} in {name}   and pixcrawler doctor tries it"),
            None => format!("{todo}   and pixcrawler doctor tries it"),
        }
    } else if let Some(port) = port.filter(|port| *port != usual) {
        // What this machine has as a service is at the usual port.
        return elsewhere_here(
            speaker,
            what,
            address(speaker, variables).unwrap_or(name),
            port,
        );
    } else if speaker.is_alone {
        way.to_owned()
    } else {
        format!("let pixcrawler dev start it (without --no-managed), or: {way}")
    };
    cause(format!("{what}{at} does not answer"), way)
}

/// A server at another port of this machine than the usual one. We start one where a variable says so.
fn elsewhere_here(speaker: Speaker<'_>, what: &str, name: &str, port: u16) -> Cause {
    let meaning = format!("{what} at port {port} does not answer");
    if speaker.is_alone {
        let way = "start it there, or correct its address, in .env beside the Procfile";
        return cause(meaning, way);
    }
    if speaker.given.ports.contains(&port) {
        let way = "let pixcrawler dev start it (without --no-managed), or start it there";
        return cause(meaning, way);
    }
    cause(
        format!("{meaning}, and no env file names that port"),
        format!(
            "correct the address that `{}` is given; where the port is right, say so in {name}: pixcrawler dev starts a server there",
            speaker.service
        ),
    )
}

/// Programs that have a server's name in theirs: `redis exporter`.
const COMPANIONS: &[&str] = &[
    "admin",
    "backup",
    "commander",
    "dashboard",
    "exporter",
    "gateway",
    "insight",
    "metrics",
    "proxy",
    "stats",
    "ui",
];

/// Whether a word names a server in a line in lower case: it is no part of a path, nor of another
/// program's name, as `postgres_exporter` and `/redis-stats` are.
fn is_named(lower: &str, word: &str) -> bool {
    lower.match_indices(word).any(|(at, _)| {
        let joins = |c: char| c.is_alphanumeric() || "_-/".contains(c);
        let behind = &lower[at + word.len()..];
        let next = behind.split_whitespace().next().unwrap_or_default();
        let next = next.trim_matches(|c: char| !c.is_alphanumeric());
        !lower[..at].ends_with(joins) && !behind.starts_with(joins) && !COMPANIONS.contains(&next)
    })
}

/// `RabbitMQ` does not answer. Where nobody sets a broker, Celery looks for one of its own accord.
fn rabbit(speaker: Speaker<'_>, lower: &str, at: &str) -> Cause {
    let defaults = [
        "amqp://guest:**@127.0.0.1:5672",
        "amqp://guest:**@localhost:5672",
    ];
    if has(lower, &defaults) {
        return cause(
            "the broker at amqp://localhost:5672 does not answer: Celery takes that one where nobody sets another",
            format!("{}; or start RabbitMQ", broker(speaker)),
        );
    }
    cause(
        format!("RabbitMQ{at} does not answer"),
        "start it, or correct its address",
    )
}

/// How a broker is named to Celery, which reads one variable by itself.
fn broker(speaker: Speaker<'_>) -> &'static str {
    speaker.way(
        "set the broker's variable, CELERY_BROKER_URL where the application reads no other (pixcrawler doctor --only celery says which it reads)",
        "set the broker's variable in .env, beside the Procfile: CELERY_BROKER_URL where the application reads no other",
    )
}
