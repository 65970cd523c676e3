//! Which servers the tool would start for a workspace, from the URLs that its tiers name.

mod names;

use crate::service::endpoint::{Endpoint, Protocol, Secret, Tls};

pub use names::{Kept, port_in_configuration, port_of_start};

/// The superuser of a managed Postgres, named as Supabase names its own.
pub const ADMIN: &str = "supabase_admin";

/// How many databases a Redis has when nobody says otherwise.
const REDIS_DATABASES: u16 = 16;

/// A login that URLs use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// User name.
    pub name: String,
    /// Its password, none when no URL gives one.
    pub password: Option<Secret>,
}

/// One Postgres server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresPlan {
    /// Folder in `.pixcrawler/`: `postgres`, and `postgres-PORT` for further servers.
    pub name: String,
    /// TCP port on loopback.
    pub port: u16,
    /// Logins, the first one owns the databases.
    pub roles: Vec<Role>,
    /// Databases that must exist.
    pub databases: Vec<String>,
    /// Variables that lead here, for messages.
    pub variables: Vec<String>,
}

/// One Valkey (or Redis) server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValkeyPlan {
    /// Folder in `.pixcrawler/`: `redis`, and `redis-PORT` for further servers.
    pub name: String,
    /// TCP port on loopback.
    pub port: u16,
    /// Logins; a URL without a user name means the user `default`.
    pub users: Vec<Role>,
    /// How many databases it has: 16, or more when a URL names a higher one.
    pub databases: u16,
    /// Variables that lead here, for messages.
    pub variables: Vec<String>,
}

/// One server to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Managed {
    /// Postgres with what Supabase provides.
    Postgres(PostgresPlan),
    /// Valkey or Redis.
    Valkey(ValkeyPlan),
}

/// Why a URL cannot be served as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// Two URLs give one user different passwords; the first one counts.
    PasswordsDiffer,
    /// A managed Postgres always asks for a password, this URL has none.
    PasswordMissing,
    /// A managed server does not speak TLS, this URL insists on it.
    Tls,
    /// One port cannot be Postgres and Redis at once; the first one counts.
    PortShared,
}

/// A URL that cannot be served as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// The variable, and where it is set.
    pub variable: String,
    /// Place of that variable.
    pub origin: String,
    /// The variable that it disagrees with.
    pub other: Option<String>,
    /// Place of that one.
    pub other_origin: Option<String>,
}

impl Problem {
    /// A variable that leads to the server that it is about.
    #[must_use]
    pub fn leads_to(&self) -> &str {
        match (self.kind, &self.other) {
            (ProblemKind::PortShared, Some(other)) => other,
            _ => &self.variable,
        }
    }
}

/// Everything that would be started, in the order in which the endpoints name it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ManagedPlan {
    /// The servers.
    pub services: Vec<Managed>,
    /// What stands in the way of single URLs.
    pub problems: Vec<Problem>,
}

impl Managed {
    /// TCP port on loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        match self {
            Self::Postgres(plan) => plan.port,
            Self::Valkey(plan) => plan.port,
        }
    }

    /// Its name, which is its folder in `.pixcrawler/` too.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Postgres(plan) => &plan.name,
            Self::Valkey(plan) => &plan.name,
        }
    }
}

/// Plans one server per port for the endpoints on this machine; others are left alone, and so are those on
/// an address of loopback on which no managed server listens.
///
/// The first server of a kind keeps the plain name, so its data stays where it is when its port changes.
#[must_use]
pub fn plan(endpoints: &[Endpoint]) -> ManagedPlan {
    plan_over(endpoints, &[])
}

/// The same where servers ran before: of several of a kind, the one at the port that the data of the plain name
/// had last keeps that data, in whatever order they are named.
#[must_use]
pub fn plan_over(endpoints: &[Endpoint], kept: &[Kept]) -> ManagedPlan {
    let mut plan = ManagedPlan::default();
    let mut before: Vec<&Endpoint> = Vec::new();
    for endpoint in endpoints.iter().filter(|one| one.is_usual_loopback()) {
        plan.add(endpoint, &before);
        before.push(endpoint);
    }
    names::keep(&mut plan.services, kept);
    plan
}

impl ManagedPlan {
    /// With one more endpoint, behind those that came `before`.
    fn add(&mut self, endpoint: &Endpoint, before: &[&Endpoint]) {
        if let Some(kind) = unserved_tls(endpoint) {
            self.problem(kind, endpoint, None);
        }
        let at = match self
            .services
            .iter()
            .position(|service| service.port() == endpoint.port)
        {
            Some(at) => at,
            None => self.insert(endpoint),
        };
        let problem = match (self.services.get_mut(at), endpoint.protocol) {
            (Some(Managed::Postgres(plan)), Protocol::Postgres) => plan.merge(endpoint),
            (Some(Managed::Valkey(plan)), Protocol::Redis) => plan.merge(endpoint),
            (Some(_), _) => Some(ProblemKind::PortShared),
            (None, _) => None,
        };
        if let Some(kind) = problem {
            let mut before = before.iter();
            let other = before.find(|it| disagree(kind, it, endpoint));
            self.problem(kind, endpoint, other.copied());
        }
    }

    fn insert(&mut self, endpoint: &Endpoint) -> usize {
        let port = endpoint.port;
        let first = |taken: bool, name: &str| {
            if taken {
                format!("{name}-{port}")
            } else {
                name.to_owned()
            }
        };
        self.services.push(match endpoint.protocol {
            Protocol::Postgres => Managed::Postgres(PostgresPlan {
                name: first(
                    self.services
                        .iter()
                        .any(|service| matches!(service, Managed::Postgres(_))),
                    "postgres",
                ),
                port,
                roles: Vec::new(),
                databases: Vec::new(),
                variables: Vec::new(),
            }),
            Protocol::Redis => Managed::Valkey(ValkeyPlan {
                name: first(
                    self.services
                        .iter()
                        .any(|service| matches!(service, Managed::Valkey(_))),
                    "redis",
                ),
                port,
                users: Vec::new(),
                databases: REDIS_DATABASES,
                variables: Vec::new(),
            }),
        });
        self.services.len() - 1
    }

    fn problem(&mut self, kind: ProblemKind, endpoint: &Endpoint, other: Option<&Endpoint>) {
        self.problems.push(Problem {
            kind,
            variable: endpoint.variable.clone(),
            origin: endpoint.origin.clone(),
            other: other.map(|it| it.variable.clone()),
            other_origin: other.map(|it| it.origin.clone()),
        });
    }
}

impl ManagedPlan {
    /// The servers of which two URLs give one user different passwords, and the others.
    #[must_use]
    pub fn doubtful(&self) -> (Vec<Managed>, Vec<Managed>) {
        let differs = |server: &&Managed| {
            let mut problems = self.problems.iter();
            problems.any(|it| {
                it.kind == ProblemKind::PasswordsDiffer && server.variables().contains(&it.variable)
            })
        };
        let of = |wanted: bool| {
            let services = self.services.iter();
            let some = services.filter(|server| differs(server) == wanted);
            some.cloned().collect()
        };
        (of(true), of(false))
    }
}

impl ManagedPlan {
    /// Takes out the servers by which nobody who names them would be served.
    pub fn leave_out_unserved(&mut self) {
        let problems = &self.problems;
        let is_served = |name: &String| {
            let mut own = problems.iter().filter(|it| it.variable == *name);
            !own.any(|it| matches!(it.kind, ProblemKind::Tls | ProblemKind::PasswordMissing))
        };
        self.services
            .retain(|server| server.variables().iter().any(is_served));
    }
}

/// Whether it is the other one that stands in the way of the second.
fn disagree(kind: ProblemKind, one: &Endpoint, second: &Endpoint) -> bool {
    let is_same = one.port == second.port && one.protocol == second.protocol;
    match kind {
        ProblemKind::PasswordsDiffer => {
            is_same && one.login() == second.login() && one.password != second.password
        }
        ProblemKind::PortShared => one.port == second.port && !is_same,
        ProblemKind::PasswordMissing | ProblemKind::Tls => false,
    }
}

impl Endpoint {
    /// Whom it logs in as.
    fn login(&self) -> &str {
        let usual = match self.protocol {
            Protocol::Postgres => "postgres",
            Protocol::Redis => "default",
        };
        self.user.as_deref().unwrap_or(usual)
    }
}

impl PostgresPlan {
    fn merge(&mut self, endpoint: &Endpoint) -> Option<ProblemKind> {
        let user = endpoint.login().to_owned();
        let database = endpoint.database.clone().unwrap_or_else(|| user.clone());
        push_new(&mut self.databases, database);
        let trouble = unserved(endpoint).find(|it| *it == ProblemKind::PasswordMissing);
        let agreed = join_role(&mut self.roles, user, endpoint.password.clone());
        push_new(&mut self.variables, endpoint.variable.clone());
        if agreed {
            trouble
        } else {
            Some(ProblemKind::PasswordsDiffer)
        }
    }
}

impl ValkeyPlan {
    fn merge(&mut self, endpoint: &Endpoint) -> Option<ProblemKind> {
        self.databases = self
            .databases
            .max(endpoint.redis_database().saturating_add(1));
        let name = endpoint.login().to_owned();
        let agreed = match self.users.iter().find(|user| user.name == name) {
            Some(user) => user.password == endpoint.password,
            None => join_role(&mut self.users, name, endpoint.password.clone()),
        };
        push_new(&mut self.variables, endpoint.variable.clone());
        (!agreed).then_some(ProblemKind::PasswordsDiffer)
    }
}

fn unserved_tls(endpoint: &Endpoint) -> Option<ProblemKind> {
    (endpoint.tls > Tls::Preferred).then_some(ProblemKind::Tls)
}

/// What a URL asks for, or leaves out, that keeps a managed server from serving it, whoever else is served there.
pub fn unserved(endpoint: &Endpoint) -> impl Iterator<Item = ProblemKind> {
    let is_open = endpoint.protocol == Protocol::Postgres && endpoint.password.is_none();
    let password = is_open.then_some(ProblemKind::PasswordMissing);
    unserved_tls(endpoint).into_iter().chain(password)
}

/// Adds a login, or completes the one of that name; false when the two passwords differ.
fn join_role(roles: &mut Vec<Role>, name: String, password: Option<Secret>) -> bool {
    match roles.iter_mut().find(|role| role.name == name) {
        None => {
            roles.push(Role { name, password });
            true
        }
        Some(role) if role.password.is_none() => {
            role.password = password;
            true
        }
        Some(role) => password.is_none() || role.password == password,
    }
}

fn push_new(items: &mut Vec<String>, item: String) {
    if !items.contains(&item) {
        items.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(urls: &[&str]) -> ManagedPlan {
        let endpoints: Vec<Endpoint> = urls
            .iter()
            .enumerate()
            .map(|(at, url)| {
                let read = |url: &str| {
                    if url.starts_with("postgres") {
                        Endpoint::postgres(url, format!("V{at}"), ".env")
                    } else {
                        Endpoint::redis(url, format!("V{at}"), ".env")
                    }
                };
                read(url).expect(url)
            })
            .collect();
        plan(&endpoints)
    }

    #[test]
    fn urls_of_one_port_share_a_server() {
        let plan = planned(&[
            "postgresql+asyncpg://app:one@localhost/pix",
            "postgresql://app:one@127.0.0.1:5432/pix_test",
            "postgresql://reader:two@localhost/pix",
            "postgresql://x:y@db.example.com/elsewhere",
            "postgresql://x:y@127.0.0.2:5433/on_another_address",
        ]);
        let [Managed::Postgres(server)] = plan.services.as_slice() else {
            panic!("{plan:?}")
        };
        assert_eq!((server.name.as_str(), server.port), ("postgres", 5432));
        assert_eq!(server.databases, ["pix", "pix_test"]);
        assert_eq!(
            server
                .roles
                .iter()
                .map(|role| role.name.as_str())
                .collect::<Vec<_>>(),
            ["app", "reader"]
        );
        assert_eq!(plan.problems, []);
    }

    #[test]
    fn several_ports_are_several_servers() {
        let plan = planned(&[
            "redis://localhost/0",
            "redis://localhost:6380/20",
            "postgresql://a:b@localhost/c",
        ]);
        let names: Vec<(&str, u16)> = plan
            .services
            .iter()
            .map(|service| (service.name(), service.port()))
            .collect();
        assert_eq!(
            names,
            [("redis", 6379), ("redis-6380", 6380), ("postgres", 5432)]
        );
        assert!(matches!(&plan.services[1], Managed::Valkey(server) if server.databases == 21));
    }

    #[test]
    fn urls_that_cannot_be_served_are_problems() {
        let plan = planned(&[
            "redis://:one@localhost/0",
            "redis://:two@localhost/1",
            "postgresql://app@localhost/c?sslmode=require",
            "postgresql://app:pw@localhost:6379/c",
        ]);
        let kinds: Vec<(&str, ProblemKind)> = plan
            .problems
            .iter()
            .map(|problem| (problem.variable.as_str(), problem.kind))
            .collect();
        assert_eq!(
            kinds,
            [
                ("V1", ProblemKind::PasswordsDiffer),
                ("V2", ProblemKind::Tls),
                ("V2", ProblemKind::PasswordMissing),
                ("V3", ProblemKind::PortShared)
            ]
        );
        let others: Vec<Option<&str>> =
            plan.problems.iter().map(|it| it.other.as_deref()).collect();
        assert_eq!(others, [Some("V0"), None, None, Some("V0")]);
    }

    #[test]
    fn a_server_that_would_serve_nobody_is_left_out() {
        let left = |urls: &[&str]| {
            let mut plan = planned(urls);
            plan.leave_out_unserved();
            plan.services.iter().map(Managed::port).collect::<Vec<_>>()
        };
        assert_eq!(
            left(&[
                "rediss://:one@localhost/0",
                "redis://:one@localhost:6380/0",
                "postgresql://app@localhost/c",
            ]),
            [6380]
        );
        // Somebody else is.
        let shared = ["rediss://:one@localhost/0", "redis://:one@localhost/1"];
        assert_eq!(left(&shared), [6379]);
    }

    #[test]
    fn who_gives_a_user_another_password_is_told_with_whom_it_disagrees() {
        let plan = planned(&[
            "postgresql://app:one@localhost/pix",
            "postgresql://reader:two@localhost/pix",
            "postgresql://reader:three@localhost/pix",
            "redis://:one@localhost/0",
        ]);
        let [problem] = plan.problems.as_slice() else {
            panic!("{plan:?}")
        };
        assert_eq!(problem.other.as_deref(), Some("V1"));
        assert_eq!(problem.other_origin.as_deref(), Some(".env"));
        let names = |servers: Vec<Managed>| -> Vec<String> {
            servers.iter().map(|it| it.name().to_owned()).collect()
        };
        let (doubtful, sure) = plan.doubtful();
        assert_eq!(
            (names(doubtful), names(sure)),
            (vec!["postgres".to_owned()], vec!["redis".to_owned()])
        );
    }
}
