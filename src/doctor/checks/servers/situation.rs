//! What else decides about a server that does not let us in.

use crate::doctor::Facts;
use crate::doctor::facts::wait;
use crate::gather::session;
use crate::service::endpoint::Protocol;
use crate::workspace::Environment;

use super::damaged::{self, Damaged};
use super::{Server, find, given};

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
    pub(super) fn service_at(&self, server: &Server) -> Option<&str> {
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
