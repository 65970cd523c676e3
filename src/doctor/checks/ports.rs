//! The ports that the services of this workspace will listen on.

use url::Url;

use crate::diagnostic::Finding;
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::{moved, neighbour};
use crate::schema::Kind;
use crate::service::endpoint::Protocol;
use crate::service::moved::Stale;
use crate::service::ports::{self, Neighbour};
use crate::system::net::{self, Holder};
use crate::text::{and_list, remedy};

use super::servers::{self, Server};
use super::{place, waits};

/// A port that a service wants.
struct Port {
    service: String,
    number: u16,
    /// One that it could have.
    other: ports::Other,
    state: State,
}

enum State {
    Free,
    /// A session of this workspace serves it.
    Ours,
    /// By whom, and of which other session that is.
    Taken(Option<(Holder, Option<Neighbour>)>),
    /// The system keeps it.
    Forbidden,
    /// A server that the variables name is to listen there: how, and by which of them.
    Servers(String),
}

/// Of services that cannot be told nobody knows the ports. What is said of Postgres or Redis may be about a server
/// that only a start would find.
fn unplanned(findings: &[Finding]) -> Answer {
    let is_of_server = |finding: &&Finding| {
        let subject = finding.subject.as_deref().unwrap_or_default();
        ["postgres", "redis"]
            .iter()
            .any(|kind| subject.starts_with(kind))
    };
    let (unsure, sure): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(is_of_server);
    if sure.is_empty() && !unsure.is_empty() {
        return Answer::skipped("which services there are is told by: pixcrawler dev --dry-run");
    }
    sure.into_iter()
        .cloned()
        .fold(Answer::default(), Answer::problem)
}

pub(super) fn ask(facts: &Facts) -> Answer {
    if let Err(findings) = facts.plan() {
        return unplanned(findings);
    }
    let mut wanted = facts.ports();
    let is_api = |(name, _): &(String, u16)| name == API;
    let unsaid = unsaid(facts).filter(|_| wanted.iter().any(is_api));
    wanted.retain(|it| unsaid.is_none() || !is_api(it));
    let unsaid = unsaid.map(Answer::skipped);
    if wanted.is_empty() {
        if let Some(unsaid) = unsaid {
            return unsaid;
        }
        return waits::for_side(facts, false)
            .unwrap_or_else(|| Answer::irrelevant("no service listens"));
    }
    let mut servers = servers::find(facts, Protocol::Postgres);
    servers.extend(servers::find(facts, Protocol::Redis));
    let servers = &servers;
    let other = |name: &str| {
        let service = facts.services().iter().find(|it| it.name == name)?;
        let find = |own: &[u16], others: &[u16]| {
            net::other_ports(own, &[others, &meant(facts, servers)].concat())
        };
        Some(ports::Other::of(service, facts.services(), find))
    };
    let ports: Vec<Port> = std::thread::scope(|scope| {
        let asked: Vec<_> = wanted
            .iter()
            .map(|(service, number)| {
                scope.spawn(|| {
                    Some(Port {
                        service: service.clone(),
                        number: *number,
                        other: other(service)?,
                        state: match server_at(facts, servers, service, *number) {
                            Some(server) => State::Servers(server),
                            None => state(facts, *number),
                        },
                    })
                })
            })
            .collect();
        asked
            .into_iter()
            .filter_map(|thread| thread.join().ok().flatten())
            .collect()
    });
    let moves = |service: &str| other_port(facts, &wanted, servers, service);
    let mut found = facts.clashes();
    for finding in &mut found {
        // The plan alone knows of no server that is to be there.
        let other = finding.subject.as_deref().and_then(other);
        finding.help = other.map(|it| format!("give one of them another port, e.g. {}", it.line()));
    }
    let answer = clashes(judge(&ports, moves), found, &wanted, moves);
    let answer = addresses(facts, answer);
    let answer = unsaid.into_iter().fold(answer, Answer::beside);
    match waits::for_side(facts, false) {
        // What is not asked becomes a fact.
        Some(waiting) => answer.beside(waiting),
        None => answer,
    }
}

/// Why nobody knows the API's port: the variable that says it holds none. What `dev` would take in its place is not
/// what anybody means.
fn unsaid(facts: &Facts) -> Option<String> {
    let configured = facts.workspace().options.services.get(API);
    if configured.is_some_and(|it| it.port.is_some() || it.command.is_some()) {
        return None;
    }
    let number = Kind::whole(facts.value(API, "PORT")?);
    let is_none = number.is_none_or(|it| u16::try_from(it).is_err());
    let origin = facts.origin(API, "PORT");
    is_none.then(|| format!("waits for env, which says what is wrong with PORT ({origin})"))
}

/// The addresses that lead to a port that a service had before, with what corrects them.
fn addresses(facts: &Facts, answer: Answer) -> Answer {
    let environment = facts.questions.environment;
    let stale = moved::find(
        facts.workspace(),
        environment,
        facts.tiers(),
        facts.services(),
    );
    stale.into_iter().fold(answer, |answer, stale| {
        let cure = corrected(facts, &stale);
        let words = format!("correct {}", stale.variable);
        servers::mended(answer, stale.finding, cure, words)
    })
}

/// The command that writes the port into all that tells of it: `env check` compares the API's address with
/// its `PORT`.
fn corrected(facts: &Facts, stale: &Stale) -> Option<Cure> {
    let right = stale.right.as_deref().unwrap_or("-");
    let line = format!("{}={right}", stale.variable);
    let address = place::set(facts, "frontend", &stale.variable, &[&line])?;
    let own = facts.value(API, "PORT");
    if stale.service != API || own.is_some_and(|own| own.parse() == Ok(stale.port)) {
        return Some(address);
    }
    let port = place::set(facts, API, "PORT", &[&format!("PORT={}", stale.port)])?;
    place::all([port, address])
}

/// The server of this machine that is to listen on a port: `Postgres, named by DATABASE_URL (backend/.env:3)`.
/// Not where the service is one of pixcrawler.toml's own: it may be that server.
fn server_at(facts: &Facts, servers: &[Server], service: &str, number: u16) -> Option<String> {
    let written = facts.workspace().options.services.get(service);
    if written.is_some_and(|it| it.command.is_some()) {
        return None;
    }
    let server = servers
        .iter()
        .find(|server| server.endpoint.is_local() && server.endpoint.port == number)?;
    let what = match server.endpoint.protocol {
        Protocol::Postgres => "Postgres",
        Protocol::Redis => "Redis",
    };
    Some(format!("{what}, named by {}", server.named_by()))
}

/// The command that gives a service another port, where a variable says which one it has: the API's.
fn other_port(
    facts: &Facts,
    wanted: &[(String, u16)],
    servers: &[Server],
    service: &str,
) -> Option<Cure> {
    let (_, number) = wanted.iter().find(|(name, _)| name == service)?;
    let value = facts.value(API, "PORT")?;
    let configured = facts.workspace().options.services.get(service);
    let by_variable = service == API && configured.is_none_or(|it| it.port.is_none());
    if !by_variable || value.parse() != Ok(*number) {
        return None;
    }
    let mut except: Vec<u16> = wanted.iter().map(|(_, number)| *number).collect();
    except.extend(servers.iter().map(|server| server.endpoint.port));
    let called = called(facts);
    let is_good =
        |port: &u16| !except.contains(port) && !net::is_taken(*port) && !net::is_forbidden(*port);
    let set = |port: u16| place::set(facts, API, "PORT", &[&format!("PORT={port}")]);
    // Whoever calls the API expects it there already.
    if let Some(port) = called.filter(is_good) {
        return set(port);
    }
    except.extend(meant(facts, servers));
    let free = net::free_port(8000, &except);
    if called.is_none() {
        return set(free);
    }
    let part = format!("port={free}");
    let follows = place::set(facts, "frontend", CALLED, &[CALLED, "--part", &part]);
    place::all([Some(set(free)?), follows].into_iter().flatten())
}

/// The command that gives the API another port, where the one that its variable says is a second service's, a
/// server's, or the system's: nobody is to follow it there.
pub(super) fn apart(facts: &Facts) -> Option<Cure> {
    let wanted = facts.ports();
    let (_, number) = wanted.iter().find(|(name, _)| name == API)?;
    let mut servers = servers::find(facts, Protocol::Postgres);
    servers.extend(servers::find(facts, Protocol::Redis));
    let is_its = |(name, other): &(String, u16)| name != API && other == number;
    let is_barred = || !net::is_taken(*number) && net::is_forbidden(*number);
    let is_wrong = wanted.iter().any(is_its)
        || server_at(facts, &servers, API, *number).is_some()
        || is_barred();
    is_wrong.then(|| other_port(facts, &wanted, &servers, API))?
}

/// The variable that says where pages call the API.
const CALLED: &str = "NEXT_PUBLIC_API_URL";

/// The port of this machine at which pages call the API.
fn called(facts: &Facts) -> Option<u16> {
    let url = Url::parse(facts.value("frontend", CALLED)?).ok()?;
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.port_or_known_default().filter(|_| is_here)
}

/// The ports that the workspace means for something, be it that nobody listens there yet.
fn meant(facts: &Facts, servers: &[Server]) -> Vec<u16> {
    let of_servers = servers.iter().map(|server| server.endpoint.port);
    of_servers.chain(facts.tiers().given().ports).collect()
}

/// The service whose port stands in a variable.
const API: &str = "backend";

/// Services that want the same port: the one whose port a command can change is the one to move.
fn clashes(
    answer: Answer,
    findings: Vec<Finding>,
    wanted: &[(String, u16)],
    moves: impl Fn(&str) -> Option<Cure>,
) -> Answer {
    findings.into_iter().fold(answer, |answer, finding| {
        let number = |name: &str| {
            let found = wanted.iter().find(|(known, _)| known == name);
            found.map(|(_, number)| *number)
        };
        let at = finding.subject.as_deref().and_then(number);
        let mut same = wanted.iter().filter(|(_, number)| Some(*number) == at);
        let cure = same.find_map(|(name, _)| moves(name));
        moved(answer, finding, cure)
    })
}

fn state(facts: &Facts, number: u16) -> State {
    if !net::is_taken(number) {
        return if net::is_forbidden(number) {
            State::Forbidden
        } else {
            State::Free
        };
    }
    let holder = net::holder(number);
    let ours = holder.as_ref().is_some_and(|holder| {
        facts
            .residents()
            .iter()
            .any(|process| process.pid == holder.pid && process.supervised == Some(true))
    });
    if ours {
        State::Ours
    } else {
        State::Taken(holder.map(|holder| {
            let of = neighbour::of(facts.workspace(), holder.pid);
            (holder, of)
        }))
    }
}

fn judge(ports: &[Port], moves: impl Fn(&str) -> Option<Cure>) -> Answer {
    let mut answer = Answer::default();
    let numbers = |wanted: fn(&State) -> bool| {
        let chosen = ports.iter().filter(|port| wanted(&port.state));
        let mut numbers: Vec<String> = chosen.map(|port| port.number.to_string()).collect();
        numbers.dedup();
        numbers
    };
    let free = numbers(|state| matches!(state, State::Free));
    if !free.is_empty() {
        answer = answer.and(format!("{} free", and_list(&free)));
    }
    let ours = numbers(|state| matches!(state, State::Ours));
    if !ours.is_empty() {
        answer = answer.and(format!("{} served by this workspace", and_list(&ours)));
    }
    for port in ports {
        let holder = match &port.state {
            State::Taken(holder) => holder,
            State::Forbidden => {
                let finding = ports::port_forbidden(&port.service, port.number, &port.other);
                answer = moved(answer, finding, moves(&port.service));
                continue;
            }
            State::Servers(server) => {
                let finding =
                    ports::port_of_server(&port.service, port.number, server, &port.other);
                answer = moved(answer, finding, moves(&port.service));
                continue;
            }
            State::Free | State::Ours => continue,
        };
        let Some((holder, of)) = holder else {
            let finding = ports::port_taken(&port.service, port.number, None, &port.other);
            answer = answer.problem(finding);
            continue;
        };
        let words = (holder.name.as_str(), holder.pid, holder.command.as_str());
        let (service, number, other) = (&port.service, port.number, &port.other);
        let (finding, stop) = match of {
            Some(of) => (
                ports::port_of_neighbour(service, number, words, other, of),
                of.stop(),
            ),
            None => (
                ports::port_taken(service, number, Some(words), other),
                remedy::end_process(holder.pid),
            ),
        };
        let finding = finding.note(format!("or {}", other.way()));
        answer = answer.mended_by(finding.help(stop.clone()), Cure::ending(stop));
    }
    answer
}

/// With the command in the place of words, where there is one.
fn moved(answer: Answer, mut finding: Finding, cure: Option<Cure>) -> Answer {
    let Some(cure) = cure else {
        return answer.problem(finding);
    };
    finding.notes.extend(finding.help.take());
    answer.mended_by(finding, cure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::service::{Command, Kind, Service};

    fn other(port: u16) -> ports::Other {
        let kind = Kind::Process(Command::Shell("x".to_owned()));
        ports::Other::of(&Service::new("backend", kind, "/".into()), [], |_, _| port)
    }

    #[test]
    fn a_stranger_is_named_and_our_own_session_is_none() {
        let port = |number, state| Port {
            service: "backend".to_owned(),
            number,
            other: other(number + 1),
            state,
        };
        let nobody = |_: &str| None;
        let ours = judge(&[port(8000, State::Ours)], nobody);
        assert_eq!(ours.status(), Status::Pass);
        let holder = Holder {
            pid: 4711,
            name: "python3".to_owned(),
            command: "python3 -m http.server 8000".to_owned(),
        };
        let other_session = Neighbour {
            service: Some("web".to_owned()),
            root: Some("/w/other".to_owned()),
            keeper: 4700,
        };
        let neighbours = State::Taken(Some((holder.clone(), Some(other_session))));
        let taken = judge(
            &[
                port(3000, State::Free),
                port(8000, State::Taken(Some((holder, None)))),
            ],
            nobody,
        );
        assert_eq!(taken.found, ["3000 free"]);
        assert_eq!(
            taken.findings[0].message,
            "port 8000 of `backend` is taken by python3 (pid 4711)"
        );
        assert_eq!(taken.cures, [Cure::ending(remedy::end_process(4711))]);
        let taken = judge(&[port(8000, neighbours)], nobody);
        assert_eq!(
            taken.findings[0].message,
            "port 8000 of `backend` is taken by python3 (pid 4711), `web` of the session in /w/other"
        );
        let stop = "pixcrawler stop --workspace /w/other";
        assert_eq!(taken.cures, [Cure::ending(stop)]);
    }

    #[test]
    fn a_port_that_nobody_may_have_is_not_free() {
        let port = |state| Port {
            service: "backend".to_owned(),
            number: 80,
            other: other(8080),
            state,
        };
        let cure = || Cure::new("pixcrawler env set --file backend/.env PORT=8000");
        let server = "Postgres, named by DATABASE_URL (backend/.env:3)".to_owned();
        for (state, words) in [
            (State::Forbidden, "we may not listen there"),
            (State::Servers(server), "is that of Postgres, named by"),
        ] {
            let answer = judge(&[port(state)], |_| Some(cure()));
            assert!(answer.found.is_empty());
            assert!(answer.findings[0].message.contains(words));
            assert_eq!(answer.cures, [cure()]);
        }
    }
}
