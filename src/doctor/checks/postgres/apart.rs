//! Whether the API and the frontend mean the same database.

use crate::doctor::Answer;
use crate::service::endpoint::Endpoint;
use crate::system::database::DatabaseState;
use crate::text::remedy;
use crate::workspace::Environment;

use super::super::place;
use super::super::servers::{Naming, Server, finding, is_here};
use super::Database;
use super::rules::APART;

/// The variables that name a tier's database; others are for tests, replicas and the like.
const MAIN: &[&str] = &[
    "DATABASE_URL",
    "POSTGRES_URL",
    "DATABASE_HOST",
    "DATABASE_SERVER",
    "POSTGRES_HOST",
    "POSTGRES_SERVER",
    "DB_HOST",
    "DB_SERVER",
];

/// Two databases where one is meant.
pub(super) fn judge(
    answer: Answer,
    named: &[Server],
    asked: &[Database],
    environment: Environment,
) -> Answer {
    let (Some(backend), Some(frontend)) = (main(named, "backend"), main(named, "frontend")) else {
        return answer;
    };
    let ((api, of_api), (web, of_web)) = (backend, frontend);
    if place_of(&api.endpoint) == place_of(&web.endpoint)
        || same(asked, &api.endpoint, &web.endpoint) == Some(true)
        || unclear(asked, &api.endpoint, &web.endpoint)
        || is_told(asked, &api.endpoint, &web.endpoint)
    {
        return answer;
    }
    let message = format!(
        "the backend means {} ({} in {}), the frontend {} ({} in {})",
        api.shown(),
        of_api.variable,
        of_api.origin,
        web.shown(),
        of_web.variable,
        of_web.origin
    );
    let mut finding = finding(&APART, web, None, message);
    finding.notes.clear();
    finding.subject = Some(of_web.variable.clone());
    let to_api = towards(of_web, &web.endpoint, (of_api, &api.endpoint), environment);
    let to_web = towards(of_api, &api.endpoint, (of_web, &web.endpoint), environment);
    // The one that answers is not led to where nobody does.
    let [there, beside] = [api, web].map(|server| {
        asked
            .iter()
            .find(|it| it.server.endpoint == server.endpoint)
    });
    let answers = |it: Option<&Database>| it.is_some_and(|it| it.state.is_ok());
    let (to_api, to_web, tier) = if answers(beside) && there.is_some_and(is_nowhere) {
        (None, to_web, Some("frontend"))
    } else if answers(there) && beside.is_some_and(is_nowhere) {
        (to_api, None, Some("backend"))
    } else {
        (to_api, to_web, None)
    };
    let finding = match tier.filter(|_| to_api.is_some() || to_web.is_some()) {
        Some(tier) => finding.note(format!("the {tier}'s answers; both to that one:")),
        None => finding,
    };
    // Which of the two is meant only a person knows: nothing is changed by itself.
    answer.problem(match (to_api, to_web) {
        (Some(line), Some(other)) => finding
            .note(format!("both to the frontend's: {other}"))
            .note("both to the backend's:")
            .help(line),
        (Some(line), None) | (None, Some(line)) => finding.help(line),
        (None, None) => {
            let finding = finding.note("give both the same host, port and database");
            let ask = whole(of_web, web, environment);
            finding.help(ask.unwrap_or_else(|| remedy::set_here(&of_web.variable)))
        }
    })
}

/// Whether both lead to one server of this machine, or to the same address.
pub(super) fn is_same_server(one: &Endpoint, other: &Endpoint) -> bool {
    let is_here = one.is_usual_loopback() && other.is_usual_loopback();
    one.address() == other.address() || is_here && one.port == other.port
}

/// Whether one of them is on a server that has the other's alone: of the first it is said already that it is not there.
fn is_told(asked: &[Database], one: &Endpoint, other: &Endpoint) -> bool {
    let state = |endpoint: &Endpoint| {
        let it = asked.iter().find(|it| it.server.endpoint == *endpoint)?;
        Some(it.state.as_ref().map(drop))
    };
    let is_absent = |one: &Endpoint, other: &Endpoint| {
        state(one) == Some(Err(&DatabaseState::NoSuchDatabase)) && state(other) == Some(Ok(()))
    };
    is_same_server(one, other) && (is_absent(one, other) || is_absent(other, one))
}

/// Whether nobody is where an address leads to. On this machine a server may only not have been started yet.
fn is_nowhere(database: &Database) -> bool {
    match &database.state {
        Err(DatabaseState::Refused) => !is_here(&database.server.endpoint),
        Err(state) => matches!(
            state,
            DatabaseState::Unreachable(_)
                | DatabaseState::TimedOut
                | DatabaseState::Silent
                | DatabaseState::HungUp
                | DatabaseState::NotPostgres(_)
        ),
        Ok(_) => false,
    }
}

/// The command that asks for the address where it stands.
fn whole(naming: &Naming, server: &Server, environment: Environment) -> Option<String> {
    let cure = match naming.prefix {
        Some(_) => naming.change(server.endpoint.protocol, environment, "host", "-"),
        None => naming.ask(environment),
    };
    cure.map(|cure| cure.line)
}

/// The server that is a tier's database, and who names it.
pub(super) fn main<'a>(servers: &'a [Server], tier: &str) -> Option<(&'a Server, &'a Naming)> {
    MAIN.iter().find_map(|variable| {
        servers.iter().find_map(|server| {
            let mut named = server.named.iter();
            let naming = named.find(|it| it.tier == tier && it.variable == *variable)?;
            Some((server, naming))
        })
    })
}

/// The same place in the same words, however it is written: Supabase's poolers lead to the project that the
/// user's name has, Neon's to the host without `-pooler`.
fn place_of(endpoint: &Endpoint) -> (String, u16, String) {
    let host = endpoint.host.trim_end_matches('.').to_ascii_lowercase();
    let user = endpoint.user.as_deref().unwrap_or("postgres");
    let database = endpoint.database.as_deref().unwrap_or(user).to_owned();
    let direct = host
        .strip_prefix("db.")
        .and_then(|rest| rest.strip_suffix(".supabase.co"));
    let pooled = user
        .split_once('.')
        .filter(|_| host.ends_with(".pooler.supabase.com"))
        .map(|(_, project)| project);
    if let Some(project) = direct.or(pooled) {
        return (format!("{project}.supabase.co"), 0, database);
    }
    if host.ends_with(".neon.tech") {
        return (host.replacen("-pooler.", ".", 1), 0, database);
    }
    if endpoint.is_local() {
        return ("localhost".to_owned(), endpoint.port, database);
    }
    (host, endpoint.port, database)
}

/// What the servers say, where both let us in; a standby has what its primary has.
fn same(asked: &[Database], one: &Endpoint, other: &Endpoint) -> Option<bool> {
    let known = |endpoint: &Endpoint| {
        let mut asked = asked.iter();
        asked
            .find(|it| it.server.endpoint == *endpoint)
            .and_then(|it| it.state.as_ref().ok())
    };
    let (one, other) = (known(one)?, known(other)?);
    Some(one.identity == other.identity || one.standby || other.standby)
}

/// Where only host and port differ, nobody but the servers knows whether they are two: a socket, a pooler, a
/// forwarded port and a container's name all lead to one that has another address too.
fn unclear(asked: &[Database], one: &Endpoint, other: &Endpoint) -> bool {
    fn database(endpoint: &Endpoint) -> &str {
        let name = endpoint.database.as_deref().or(endpoint.user.as_deref());
        name.unwrap_or("postgres")
    }
    same(asked, one, other).is_none() && database(one) == database(other)
}

/// The command that leads one to where the other is, which another variable names; nothing secret is in it.
fn towards(
    naming: &Naming,
    from: &Endpoint,
    (towards, to): (&Naming, &Endpoint),
    environment: Environment,
) -> Option<String> {
    if from.is_socket() || to.is_socket() {
        return None;
    }
    let host = if to.host.contains(':') {
        format!("[{}]", to.host)
    } else {
        to.host.clone()
    };
    let user = to.user.as_deref().unwrap_or("postgres");
    let mut parts = vec![
        ("host", host, from.host != to.host),
        ("port", to.port.to_string(), from.port != to.port),
        ("user", user.to_owned(), from.user != to.user),
        ("password", "-".to_owned(), from.password != to.password),
    ];
    let database = to.database.as_deref().unwrap_or(user);
    parts.push((
        "database",
        database.to_owned(),
        from.database.as_deref() != Some(database),
    ));
    // One that the other tier's variable has is taken from there.
    let is_asked = from.password != to.password && to.password.is_some();
    let known = (is_asked && naming.prefix.is_none())
        .then(|| towards.password_to_take(to.protocol))
        .flatten();
    let each: Option<Vec<_>> = parts
        .into_iter()
        .filter(|(.., differs)| *differs)
        .map(|(part, value, _)| (part, value))
        .map(|(part, value)| {
            if naming.prefix.is_some() {
                naming
                    .change(to.protocol, environment, part, &value)
                    .map(Err)
            } else {
                Some(Ok((part.to_owned(), value)))
            }
        })
        .collect();
    let (mut parts, mut cures) = (Vec::new(), Vec::new());
    for one in each? {
        match one {
            Ok(part) => parts.push(part),
            Err(cure) => cures.push(cure),
        }
    }
    if !parts.is_empty() {
        cures.extend(match known {
            Some(like) => naming.rewrite_like(environment, &parts, &like),
            None => naming.rewrite(environment, &parts),
        });
    }
    place::all(cures).map(|cure| cure.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(tier: &str, url: &str) -> Server {
        let origin = format!("{tier}/.env:3");
        let endpoint = Endpoint::postgres(url, "DATABASE_URL", origin).expect(url);
        let named = vec![Naming::of(&endpoint, tier)];
        Server { endpoint, named }
    }

    fn judged(backend: &str, frontend: &str) -> Answer {
        let named = [server("backend", backend), server("frontend", frontend)];
        judge(Answer::default(), &named, &[], Environment::Development)
    }

    #[test]
    fn other_names_of_one_place_are_one_place() {
        let here = "postgresql+asyncpg://a:pw@localhost/d";
        let project = "postgresql+asyncpg://postgres:pw@db.abc.supabase.co:5432/postgres";
        let pooler = "postgresql://postgres.abc:pw@aws-0-eu.pooler.supabase.com:6543/postgres";
        for (one, other) in [
            (here, "postgresql://b:pw@127.0.0.1:5432/d"),
            (here, "postgresql:///d?host=/run/postgresql"),
            (project, pooler),
            (
                "postgresql://u:p@ep-a-pooler.eu.aws.neon.tech/d",
                "postgresql://u:p@ep-a.eu.aws.neon.tech:5432/d",
            ),
        ] {
            assert_eq!(judged(one, other).findings, [], "{one} {other}");
        }
    }

    #[test]
    fn two_places_are_told_with_a_command_for_each_direction() {
        let answer = judged(
            "postgresql+asyncpg://app:one@localhost:5433/pix",
            "postgresql://app:two@db.example.com/other",
        );
        assert_eq!(
            answer.findings[0].message,
            "the backend means localhost:5433/pix (DATABASE_URL in backend/.env:3), the frontend db.example.com:5432/other (DATABASE_URL in frontend/.env:3)"
        );
        assert_eq!(
            answer.findings[0].help.as_deref(),
            Some(
                "pixcrawler env set --file frontend/.env DATABASE_URL --part host=localhost --part port=5433 --part password --part database=pix --like 'backend:DATABASE_URL#password'"
            )
        );
        assert!(answer.cures.is_empty());
        // Nobody was asked: another port may be a pooler's, another host a container's.
        for other in ["localhost:6432", "host.docker.internal:5433", "db"] {
            let answer = judged(
                "postgresql+asyncpg://app:pw@localhost:5433/pix",
                &format!("postgresql://app:pw@{other}/pix"),
            );
            assert_eq!(answer.findings, [], "{other}");
        }
        // No part of a URL says that it is a socket: all of it is asked for.
        let socket = judged(
            "postgresql+asyncpg://a:p@/one?host=/run/pg",
            "postgresql://a:p@localhost/two",
        );
        assert_eq!(
            socket.findings[0].help.as_deref(),
            Some("pixcrawler env set --file frontend/.env DATABASE_URL=-")
        );
        let other = judged(
            "postgresql://a:p@localhost/one",
            "postgresql://a:p@localhost/two",
        );
        assert_eq!(other.findings.len(), 1);
    }
}
