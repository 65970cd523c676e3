//! What stands in a plan's way on this machine: taken ports, servers that do not answer.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::text::remedy;

use crate::text::and_list;

use super::Service;
use super::endpoint::{Endpoint, Protocol};
use super::managed::{Problem, ProblemKind};

/// Somebody listens on a port that a service needs.
pub static PORT_TAKEN: Rule = Rule {
    code: "plan/port-taken",
    severity: Severity::Error,
    summary: "a port that a service needs is taken",
    text: "\
Another process listens where a service of this workspace is to listen. The service would fail, or
(Next.js) silently move to another port, and whoever answers there is not yours.

Way out: stop the process that is named, or give the service another port in its env file or in
pixcrawler.toml. Where the process is a service of another workspace's session, that would start it again:
end the session there, with the command that is printed.",
};

/// The system does not let us have a port.
pub static PORT_FORBIDDEN: Rule = Rule {
    code: "plan/port-forbidden",
    severity: Severity::Error,
    summary: "the system keeps a port that a service needs",
    text: "\
On Unix the ports below 1024 are root's, unless the system is told otherwise; Windows sets ranges aside
for itself. The service would end with `permission denied`.

Way out: give the service a port from 1024 in its env file or in pixcrawler.toml. On Linux,
`sudo sysctl net.ipv4.ip_unprivileged_port_start=80` lets everybody have those from 80.",
};

/// A server on this machine does not answer, and none is to be started.
pub static SERVER_MISSING: Rule = Rule {
    code: "plan/server-missing",
    severity: Severity::Error,
    summary: "a server on this machine is named that does not answer",
    text: "\
An env file names a Postgres or Redis on this machine, nothing answers there, and managed servers
are switched off with `--no-managed` or in pixcrawler.toml.

Way out: start the server, correct the URL, or let `pixcrawler dev` start one.",
};

/// A server does not accept what the URL says.
pub static SERVER_REFUSES: Rule = Rule {
    code: "plan/server-refuses",
    severity: Severity::Error,
    summary: "a server is there but does not accept the URL",
    text: "\
Something listens at the address that an env file names, but it is not the server that the URL
speaks of, or it refuses the user, the password or the database.

Way out: correct the variable that is named with the finding, or stop the server so that
`pixcrawler dev` can start its own.",
};

/// A server that a URL leads to is another workspace's.
pub static SERVER_SHARED: Rule = Rule {
    code: "plan/server-shared",
    severity: Severity::Warning,
    summary: "a server that an env file names is one of another workspace's session",
    text: "\
Another workspace's session runs the Postgres or Redis that an env file of this one names: a copy of the
checkout, or a second worktree, has the same ports in its env files. Both write into one database,
migrations of one branch change the tables of the other, and the server ends with the other session.

Way out: give this workspace ports of its own in its env files, or leave it so where that is meant.",
};

/// A URL asks for something that a managed server does not give.
pub static MANAGED_URL: Rule = Rule {
    code: "plan/managed-url",
    severity: Severity::Error,
    summary: "a URL asks for something that a managed server does not give",
    text: "\
Managed servers listen on this machine without TLS, with one password per user, one server a port.

Way out: change the URL as the finding says, or run a server of your own and use `--no-managed`.",
};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[
    &PORT_TAKEN,
    &PORT_FORBIDDEN,
    &SERVER_MISSING,
    &SERVER_REFUSES,
    &SERVER_SHARED,
    &MANAGED_URL,
];

/// Another port that a service could have, and where that one is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// The table in pixcrawler.toml: replicas have none of their own.
    table: String,
    port: u16,
    /// The one that it has, where its own command names that.
    instead_of: Option<u16>,
    /// It is the first of several that go with each other.
    is_first: bool,
}

impl Other {
    /// For a service: `find` finds one for who has these ports, and passes over the others of `wanted`. The
    /// ports of replicas keep their distances.
    #[must_use]
    pub fn of<'a>(
        service: &Service,
        wanted: impl IntoIterator<Item = &'a Service>,
        find: impl Fn(&[u16], &[u16]) -> u16,
    ) -> Self {
        let is_first = service.replica.is_some();
        let goes_with =
            |other: &&Service| other.name == service.name || is_first && is_sibling(other, service);
        let (own, others): (Vec<&Service>, Vec<&Service>) = wanted.into_iter().partition(goes_with);
        let ports = |services: Vec<&Service>| -> Vec<u16> {
            services.iter().filter_map(|service| service.port).collect()
        };
        Self {
            table: service.group().to_owned(),
            instead_of: service.port.filter(|_| service.names_port),
            port: find(&ports(own), &ports(others)),
            is_first,
        }
    }

    /// What stands in pixcrawler.toml then.
    #[must_use]
    pub fn line(&self) -> String {
        line(&self.table, self.port, self.instead_of)
    }

    /// The line that gives a service this port.
    #[must_use]
    pub fn way(&self) -> String {
        let line = self.line();
        if self.is_first {
            format!("give all of its group other ports, of which this is the first: {line}")
        } else {
            format!("give it another port: {line}")
        }
    }
}

/// What gives the service of that table another port; `instead_of` the one that its command names.
pub(super) fn line(table: &str, port: u16, instead_of: Option<u16>) -> String {
    match instead_of {
        Some(old) => format!("{port} instead of {old} in [services.{table}] of pixcrawler.toml"),
        None => format!("[services.{table}] port = {port} in pixcrawler.toml"),
    }
}

fn is_sibling(one: &Service, other: &Service) -> bool {
    one.replica.is_some() && one.group() == other.group()
}

/// The session of another workspace that a process belongs to. Whoever ends the process alone may have it
/// back at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// The service that the process is of, where that can be seen.
    pub service: Option<String>,
    /// The workspace; a Procfile's session has none.
    pub root: Option<String>,
    /// The process that ends all of the session when it is asked to end.
    pub keeper: u32,
}

impl Neighbour {
    /// Which session it is, for people: the service `api` of the session in `/work/other`.
    #[must_use]
    pub fn words(&self) -> String {
        let session = match &self.root {
            Some(root) => format!("the session in {root}"),
            None => format!("another session (pid {})", self.keeper),
        };
        match &self.service {
            Some(service) => format!("`{service}` of {session}"),
            None => format!("of {session}"),
        }
    }

    /// The command that ends the session.
    #[must_use]
    pub fn stop(&self) -> String {
        match &self.root {
            Some(root) => format!("pixcrawler stop --workspace {}", remedy::quoted(root)),
            None => remedy::end_process(self.keeper),
        }
    }
}

/// The finding for a taken port. `holder` is its name, number and command, when they can be seen.
#[must_use]
pub fn port_taken(
    service: &str,
    port: u16,
    holder: Option<(&str, u32, &str)>,
    other: &Other,
) -> Finding {
    let finding = match holder {
        Some((name, pid, command)) => Finding::new(
            &PORT_TAKEN,
            format!("port {port} of `{service}` is taken by {name} (pid {pid})"),
        )
        .note(format!("its command: {command}")),
        None => Finding::new(
            &PORT_TAKEN,
            format!("port {port} of `{service}` is taken by a process that we may not see"),
        ),
    };
    let stop = match holder {
        Some((_, pid, _)) => remedy::end_process(pid),
        None => remedy::show_listener(port),
    };
    finding
        .subject(service)
        .help(format!("{stop}   or {}", other.way()))
}

/// The finding for a port that a session of another workspace has.
#[must_use]
pub fn port_of_neighbour(
    service: &str,
    port: u16,
    holder: (&str, u32, &str),
    other: &Other,
    neighbour: &Neighbour,
) -> Finding {
    let mut finding = port_taken(service, port, Some(holder), other);
    finding.message = format!("{}, {}", finding.message, neighbour.words());
    finding.help(format!("{}   or {}", neighbour.stop(), other.way()))
}

/// The finding for a service that is to listen where a server does; `server` is it, and who names it.
#[must_use]
pub fn port_of_server(service: &str, port: u16, server: &str, other: &Other) -> Finding {
    Finding::new(
        &PORT_TAKEN,
        format!("port {port} of `{service}` is that of {server}"),
    )
    .subject(service)
    .help(other.way())
}

/// The finding for a port that the system keeps.
#[must_use]
pub fn port_forbidden(service: &str, port: u16, other: &Other) -> Finding {
    Finding::new(
        &PORT_FORBIDDEN,
        format!("port {port} of `{service}` is one that the system keeps: we may not listen there"),
    )
    .subject(service)
    .help(format!("give it a port from 1024: {}", other.line()))
}

/// The finding for a port that an earlier session's process still holds; that session began at `began`.
#[must_use]
pub fn port_left(
    service: &str,
    port: u16,
    holder: Option<(&str, u32, &str)>,
    other: &Other,
    began: &str,
) -> Finding {
    let mut finding = port_taken(service, port, holder, other);
    finding.message = format!("{}, left by your session of {began}", finding.message);
    finding.help =
        Some("pixcrawler dev --takeover   ends what that session left, then starts".to_owned());
    finding
}

/// The finding for a server that does not answer. `named_by` lists every variable that names it,
/// with its place.
#[must_use]
pub fn server_missing(endpoint: &Endpoint, named_by: &[String], switched_off: bool) -> Finding {
    let (what, start) = match endpoint.protocol {
        Protocol::Postgres => ("Postgres", remedy::start_postgres()),
        Protocol::Redis => ("Redis", remedy::start_redis()),
    };
    // Unless somebody set it up for another port, the one of the system would not answer there.
    let is_usual = endpoint.is_socket() || endpoint.port == endpoint.protocol.default_port();
    let way = match (switched_off, is_usual) {
        (true, true) => format!("leave out --no-managed, or: {start}"),
        (true, false) => format!(
            "leave out --no-managed, or start the one that is set up for port {}",
            endpoint.port
        ),
        (false, true) => start.to_owned(),
        (false, false) => format!(
            "pixcrawler doctor   says what would start one at port {}",
            endpoint.port
        ),
    };
    Finding::new(
        &SERVER_MISSING,
        format!("{what} at {} does not answer", endpoint.address()),
    )
    .subject(endpoint.variable.clone())
    .note(format!("named by {}", and_list(named_by)))
    .help(way)
}

/// The finding for a server that the session of another workspace runs.
#[must_use]
pub fn server_shared(endpoint: &Endpoint, named_by: &[String], neighbour: &Neighbour) -> Finding {
    let a_server = neighbour.service.is_none().then_some("a server ");
    let message = format!(
        "{} leads to {}{}, at {}",
        endpoint.variable,
        a_server.unwrap_or_default(),
        neighbour.words(),
        endpoint.address()
    );
    Finding::new(&SERVER_SHARED, message)
        .subject(endpoint.variable.clone())
        .note(format!("named by {}", and_list(named_by)))
        .note("both workspaces write into it, and it ends with that session")
        .help("give this workspace a port of its own there, or leave it so where that is meant")
}

/// The finding for a server that is there and refuses; `why` in words, `holder` who listens there, and the
/// session that it is of.
#[must_use]
pub fn server_refuses(
    endpoint: &Endpoint,
    why: &str,
    holder: Option<&str>,
    neighbour: Option<&Neighbour>,
) -> Finding {
    let end = match neighbour {
        Some(neighbour) => format!(
            "end the session that has that server, so that pixcrawler dev starts its own: {}",
            neighbour.stop()
        ),
        None => "stop that server so that pixcrawler dev starts its own".to_owned(),
    };
    let finding = Finding::new(&SERVER_REFUSES, format!("{} {why}", endpoint.address()))
        .subject(endpoint.variable.clone())
        .note(format!(
            "{} is set at {}",
            endpoint.variable, endpoint.origin
        ))
        .help(format!("correct {}, or {end}", endpoint.variable));
    let finding = match holder {
        Some(holder) => finding.note(format!("listening there: {holder}")),
        None => finding,
    };
    match neighbour {
        Some(neighbour) => finding.note(format!("it is {}", neighbour.words())),
        None => finding,
    }
}

/// The finding for a URL that a managed server cannot serve.
#[must_use]
pub fn managed_url(problem: &Problem) -> Finding {
    let other = problem.other.as_deref().unwrap_or("another variable");
    // Of two tiers that have the same name for it, the place tells which one it is.
    let is_same = problem.other.as_ref() == Some(&problem.variable);
    let placed = |name: &str, at: Option<&str>| match at.filter(|_| is_same) {
        Some(at) => format!("{name} ({at})"),
        None => name.to_owned(),
    };
    let other = &placed(other, problem.other_origin.as_deref());
    let own = placed(&problem.variable, Some(&problem.origin));
    let (what, way, severity) = match problem.kind {
        ProblemKind::PasswordsDiffer => (
            format!("gives one user another password than {other}"),
            "use the same password in both",
            Severity::Error,
        ),
        ProblemKind::PasswordMissing => (
            "names a user without a password".to_owned(),
            "add a password: postgresql://user:password@…",
            Severity::Error,
        ),
        ProblemKind::Tls => (
            "insists on TLS, which a managed server does not speak".to_owned(),
            "remove the option ssl or sslmode from it, or use redis:// for rediss://, without what begins with ssl_ behind its `?`",
            Severity::Error,
        ),
        ProblemKind::PortShared => (
            format!("names the port that {other} uses for another kind of server"),
            "give one of them another port",
            Severity::Error,
        ),
    };
    let place = match problem.other.as_ref().zip(problem.other_origin.as_ref()) {
        _ if is_same => None,
        Some((other, at)) => Some(format!("it is set at {}, {other} at {at}", problem.origin)),
        None => Some(format!("it is set at {}", problem.origin)),
    };
    let mut finding = Finding::new(&MANAGED_URL, format!("{own} {what}"))
        .severity(severity)
        .subject(problem.variable.clone())
        .help(way);
    finding.notes.extend(place);
    finding
}

#[cfg(test)]
mod tests {
    use super::super::model::Replica;
    use super::super::{Command, Kind};
    use super::*;

    #[test]
    fn a_session_is_ended_by_its_workspace_or_by_its_process() {
        let mut neighbour = Neighbour {
            service: Some("api".to_owned()),
            root: Some("/work/my shop".to_owned()),
            keeper: 4711,
        };
        let told = (neighbour.words(), neighbour.stop());
        let root = remedy::quoted("/work/my shop");
        let wanted = "`api` of the session in /work/my shop".to_owned();
        assert_eq!(
            told,
            (wanted, format!("pixcrawler stop --workspace {root}"))
        );
        neighbour.root = None;
        neighbour.service = None;
        let told = (neighbour.words(), neighbour.stop());
        let wanted = "of another session (pid 4711)".to_owned();
        assert_eq!(told, (wanted, remedy::end_process(4711)));
    }

    #[test]
    fn the_systems_own_server_is_started_for_its_usual_port_alone() {
        for (port, switched_off, is_started) in [
            (5432, false, true),
            (5432, true, true),
            (5433, false, false),
            (5433, true, false),
        ] {
            let url = format!("postgresql://a@localhost:{port}/b");
            let endpoint = Endpoint::postgres(&url, "DATABASE_URL", "backend/.env:1");
            let finding = server_missing(&endpoint.expect("a URL"), &[], switched_off);
            let help = finding.help.unwrap_or_default();
            assert_eq!(
                help.contains(remedy::start_postgres()),
                is_started,
                "{help}"
            );
            assert_eq!(help.contains("--no-managed"), switched_off, "{help}");
            assert!(is_started || help.contains("port 5433"), "{help}");
        }
    }

    #[test]
    fn a_replica_gets_another_port_with_its_group() {
        let service = |name: &str, port, number| {
            let kind = Kind::Process(Command::Shell("x".to_owned()));
            let mut service = Service::new(name, kind, "/".into());
            service.port = Some(port);
            service.replica = (number > 0).then(|| Replica {
                of: "web".to_owned(),
                number,
            });
            service
        };
        let all = [
            service("web-1", 7800, 1),
            service("web-2", 7810, 2),
            service("api", 8000, 0),
        ];
        let other = |at: usize| {
            let find = |own: &[u16], others: &[u16]| {
                assert_eq!(own.len() + others.len(), 3);
                own[0] + 1
            };
            Other::of(&all[at], &all, find).way()
        };
        assert_eq!(
            other(1),
            "give all of its group other ports, of which this is the first: [services.web] port = 7801 in pixcrawler.toml"
        );
        assert_eq!(
            other(2),
            "give it another port: [services.api] port = 8001 in pixcrawler.toml"
        );
    }
}
