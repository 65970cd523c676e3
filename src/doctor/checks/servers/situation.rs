//! What else decides about a server that does not let us in.

use crate::doctor::Facts;
use crate::doctor::facts::wait;
use crate::gather::{clusters, session};
use crate::service::endpoint::{Endpoint, Protocol};
use crate::workspace::Environment;

use super::damaged::{self, Damaged};
use super::{Server, find, given};

/// What the system's own server comes to, for one that is named.
pub(super) enum Own<'a> {
    /// This starts it.
    Starts(&'a str),
    /// This does, if it is set up for that port.
    MayStart(&'a str),
    /// It has those ports, and no other.
    Elsewhere(Vec<u16>),
    /// There is none, and nothing to get one with.
    None,
}

/// What else decides about a server that does not let us in.
#[derive(Clone)]
pub(in crate::doctor::checks) struct Situation {
    /// `pixcrawler dev` would start a server of this machine.
    pub(in crate::doctor::checks) managed: bool,
    /// The addresses of which it does not know.
    pub(in crate::doctor::checks) unmanaged: Vec<String>,
    /// What the session that runs here manages, where that was asked for.
    pub(in crate::doctor::checks) session: Option<session::Servers>,
    /// The data that kept such servers from starting the last time, where that was asked for.
    pub(in crate::doctor::checks) damaged: Vec<Damaged>,
    /// Starts the one that the system has, or gets it first; none where there is no way.
    pub(in crate::doctor::checks) start: Option<String>,
    /// Those that the system has, as far as they are known by their ports, with the command that starts each.
    pub(in crate::doctor::checks) clusters: Vec<(u16, String)>,
    /// Whether the system has one.
    pub(in crate::doctor::checks) installed: bool,
    pub(in crate::doctor::checks) environment: Environment,
    /// A deployment is judged: a server of this machine is none of it.
    pub(in crate::doctor::checks) of_deployment: bool,
}

impl Situation {
    pub(in crate::doctor::checks) fn of(facts: &Facts, protocol: Protocol) -> Self {
        let options = &facts.workspace().options.managed;
        let installers = facts.installers();
        let (wanted, start) = match protocol {
            Protocol::Postgres => (options.postgres, installers.postgres()),
            Protocol::Redis => (options.redis, installers.redis()),
        };
        Self {
            managed: wanted.unwrap_or(true) && !facts.of_deployment(),
            unmanaged: given::unmanaged(facts, &find(facts, protocol)),
            session: None,
            damaged: Vec::new(),
            start: start.line,
            clusters: clusters(facts, protocol),
            installed: start.installed,
            environment: facts.questions.environment,
            of_deployment: facts.of_deployment(),
        }
    }

    /// Whether it would start that one, were it named in an env file.
    pub(in crate::doctor::checks) fn is_unmanaged(&self, server: &Server) -> bool {
        let endpoint = &server.endpoint;
        self.managed && endpoint.is_usual_loopback() && !self.manages(server)
    }

    /// What the system's own server has to do with the one that is named.
    pub(super) fn own(&self, endpoint: &Endpoint) -> Own<'_> {
        let port = endpoint.port;
        let is_usual = endpoint.is_socket() || port == endpoint.protocol.default_port();
        let Some(line) = self.start.as_deref() else {
            return Own::None;
        };
        if endpoint.is_socket() || self.clusters.is_empty() {
            return if is_usual {
                Own::Starts(line)
            } else {
                Own::MayStart(line)
            };
        }
        match self.clusters.iter().find(|(its, _)| *its == port) {
            // The usual command starts them all, as the machine's start does.
            Some(_) if is_usual => Own::Starts(line),
            Some((_, line)) => Own::Starts(line),
            None => Own::Elsewhere(self.clusters.iter().map(|(port, _)| *port).collect()),
        }
    }

    /// Asks the session that runs here, and the journal of the last one.
    pub(in crate::doctor::checks) fn learn(&mut self, facts: &Facts, protocol: Protocol) {
        self.session = wait(session::servers(facts.workspace())).flatten();
        self.damaged = damaged::of(facts, protocol);
    }

    /// The session here, where that server is one of those which it manages and which run.
    pub(in crate::doctor::checks) fn ours(&self, server: &Server) -> Option<&session::Servers> {
        let is_its = |it: &&session::Servers| it.up.contains(&server.endpoint.port);
        let session = self.session.as_ref().filter(is_its);
        session.filter(|_| server.endpoint.is_usual_loopback())
    }

    /// The service of the session here that has the port to which a URL leads.
    pub(in crate::doctor::checks) fn service_at(&self, server: &Server) -> Option<&str> {
        let running = &self.session.as_ref()?.running;
        let (name, _) = running
            .iter()
            .find(|(_, port)| *port == server.endpoint.port)?;
        server.endpoint.is_usual_loopback().then_some(name.as_str())
    }

    /// The port of the one server of that kind which the session here manages and which runs.
    pub(super) fn port_of(&self, protocol: Protocol) -> Option<u16> {
        let session = self.session.as_ref()?;
        let kind = match protocol {
            Protocol::Postgres => "postgres",
            Protocol::Redis => "redis",
        };
        let is_it = |(name, port): &&(String, u16)| {
            session.up.contains(port) && name.split('-').next() == Some(kind)
        };
        let mut running = session.running.iter().filter(is_it);
        let (_, port) = running.next()?;
        running.next().is_none().then_some(*port)
    }

    /// Whether `pixcrawler dev` would start that one.
    pub(in crate::doctor::checks) fn manages(&self, server: &Server) -> bool {
        self.managed && !self.unmanaged.contains(&server.endpoint.address())
    }
}

/// The servers of Postgres that this machine's own tool starts.
fn clusters(facts: &Facts, protocol: Protocol) -> Vec<(u16, String)> {
    let installers = facts.installers();
    let has_tool = installers.programs.contains(&"pg_ctlcluster");
    if protocol != Protocol::Postgres || !has_tool {
        return Vec::new();
    }
    let line = |name: &str| installers.as_admin(&format!("pg_ctlcluster {name} start"));
    let all = clusters::all().into_iter();
    all.map(|it| (it.port, line(&it.name))).collect()
}
