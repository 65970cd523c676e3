//! A pooler in transaction mode, and those who prepare statements behind it.

use crate::code::python::Bears;
use crate::code::typescript::clients::Prepares;
use crate::doctor::{Answer, Facts};
use crate::gather::clients::{self, Client};
use crate::gather::engines::{self, Engine};
use crate::system::postgres::{Pooler, PostgresFacts};
use crate::text::remedy;
use crate::toolchain::Version;
use crate::workspace::Environment;

use super::super::place;
use super::super::servers::{Driver, Naming, Server, finding, mended};
use super::driver::versions;
use super::rules::POOLER;

/// What those who name a server say of prepared statements.
#[derive(Default)]
pub(super) struct Habits {
    /// The backend's code was told that there is a pooler.
    pub(super) backend_told: bool,
    /// The connections that its code makes with asyncpg.
    pub(super) engines: Vec<Engine>,
    /// Whether its asyncpg parses anew what has no name, where its version is known.
    pub(super) parses_anew: Option<bool>,
    /// The URL tells `SQLAlchemy` to keep no statements.
    pub(super) is_uncached: bool,
    /// The connections that the frontend's code makes.
    pub(super) clients: Vec<Client>,
}

impl Habits {
    fn bears(&self, engine: &Engine) -> bool {
        match engine.bears {
            Bears::Always => true,
            Bears::Unnamed => self.parses_anew != Some(false),
            Bears::Uncached => self.is_uncached,
            Bears::Never => false,
        }
    }
}

/// The first asyncpg that parses each statement without a name anew, be it one that `SQLAlchemy` had it prepare: up to
/// 0.30 it gives that a name, which another client of the pooler may have.
const PARSES_ANEW: &str = "0.31";

fn parses_anew(facts: &Facts) -> Option<bool> {
    let versions = versions(facts, "asyncpg");
    let first = Version::parse(PARSES_ANEW)?;
    let parsed: Option<Vec<Version>> = versions.iter().map(|it| Version::parse(it)).collect();
    let parsed = parsed.filter(|it| !it.is_empty())?;
    Some(parsed.iter().all(|it| *it >= first))
}

/// They are looked for only where they count.
pub(super) fn habits(facts: &Facts, server: &Server, known: &PostgresFacts) -> Habits {
    if known.pooler != Some(Pooler::Transaction) {
        return Habits::default();
    }
    // postgres.js takes it out of the URL, too.
    let is_told = |variable: &str| {
        let url = facts.value("frontend", variable).unwrap_or_default();
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let mut pairs = query.split('&');
        pairs.any(|it| matches!(it, "prepare=false" | "prepare=disable"))
    };
    let named = server.named.iter().filter(|it| is_of_web(it));
    let variables: Vec<&str> = named.map(|it| it.variable.as_str()).collect();
    let variables: Vec<&str> = variables.into_iter().filter(|it| !is_told(it)).collect();
    let tiers = &facts.workspace().tiers;
    let backend = tiers.iter().find(|it| it.name == "backend");
    let backend = backend.filter(|tier| server.is_of(&tier.name));
    let web = facts.stack().web.as_ref().filter(|_| !variables.is_empty());
    let of_backend = || server.named.iter().filter(|it| it.tier == "backend");
    let mut urls = of_backend().filter_map(|it| facts.value("backend", &it.variable));
    let keeps_none = |url: &str| {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let mut pairs = query.split('&');
        pairs.any(|it| it == "prepared_statement_cache_size=0")
    };
    Habits {
        // The code switches prepared statements off then.
        backend_told: facts
            .value("backend", "DATABASE_CONNECTION_MODE")
            .is_some_and(|mode| mode == "transaction_pooler"),
        engines: backend.map_or_else(Vec::new, |tier| engines::of(facts.workspace(), &tier.dir)),
        parses_anew: backend.and_then(|_| parses_anew(facts)),
        is_uncached: urls.all(keeps_none) && of_backend().next().is_some(),
        clients: web.map_or_else(Vec::new, |web| {
            clients::of(facts.workspace(), &web.dir, &variables)
        }),
    }
}

fn is_of_web(naming: &Naming) -> bool {
    naming.tier == "frontend" || naming.driver == Driver::PostgresJs
}

pub(super) fn judge(
    answer: Answer,
    server: &Server,
    habits: &Habits,
    environment: Environment,
) -> Answer {
    let engines = &habits.engines;
    let bear_it = !engines.is_empty() && engines.iter().all(|it| habits.bears(it));
    let answer = if habits.backend_told || bear_it {
        answer
    } else {
        backend(answer, server, habits, environment)
    };
    let prepares = |it: &&Client| it.prepares == Prepares::Yes;
    let clients = habits.clients.iter().filter(prepares);
    clients.fold(answer, |answer, client| {
        frontend(answer, server, client, environment)
    })
}

/// The server as these alone name it.
fn only(server: &Server, is_it: impl Fn(&Naming) -> bool) -> Option<Server> {
    let mut server = server.clone();
    server.named.retain(|naming| is_it(naming));
    server.endpoint.variable = server.named.first()?.variable.clone();
    Some(server)
}

/// Supabase has its session pooler beside it; of any other only its owner knows the port.
fn session_port(server: &Server) -> Option<&'static str> {
    let host = &server.endpoint.host;
    host.ends_with(".pooler.supabase.com").then_some("5432")
}

/// What has asyncpg get on with a pooler. Names of its own are what does whatever its version is; without them less
/// is enough.
fn in_code(engine: Option<&Engine>, habits: &Habits) -> String {
    let is_named = engine.is_some_and(|it| it.is_named);
    let what = if habits.parses_anew == Some(true) && !is_named {
        "\"statement_cache_size\": 0"
    } else {
        "\"statement_cache_size\": 0, \"prepared_statement_cache_size\": 0 and a \"prepared_statement_name_func\" that makes a new name each time"
    };
    format!(
        "{what} among the connect_args of create_async_engine (asyncpg without SQLAlchemy: statement_cache_size=0)"
    )
}

fn backend(answer: Answer, server: &Server, habits: &Habits, environment: Environment) -> Answer {
    let Some(server) = only(server, |it| it.tier == "backend") else {
        return answer;
    };
    let message = format!(
        "{} is a pooler in transaction mode: prepared statements fail",
        server.shown()
    );
    let finding = finding(&POOLER, &server, None, message);
    let port = session_port(&server).unwrap_or("-");
    let cure = server
        .named
        .iter()
        .filter_map(|naming| naming.change(server.endpoint.protocol, environment, "port", port));
    let finding =
        finding.note("the port of the server itself, or of a session pooler, is what it needs");
    let asyncpg = |it: &Naming| it.driver == Driver::Asyncpg;
    let engine = habits.engines.iter().find(|it| !habits.bears(it));
    let finding = match engine.map(|it| it.bears) {
        Some(Bears::Uncached) => finding.note(
            "SQLAlchemy looks for a statement by its name again, in whatever session the pooler gives it then, unless \"prepared_statement_cache_size\" is 0",
        ),
        Some(Bears::Unnamed) => finding.note(format!(
            "asyncpg before {PARSES_ANEW} gives a statement without a name one that another client may have"
        )),
        _ => finding,
    };
    let open = engine.map(|it| {
        let open = remedy::open_at(it.file.as_str(), it.line);
        format!(", at {}:{}: {open}", it.file, it.line)
    });
    let finding = if open.is_some() || server.named.iter().any(asyncpg) {
        let open = open.unwrap_or_default();
        let in_code = in_code(engine, habits);
        finding.note(format!("or keep this one, with {in_code}{open}"))
    } else {
        finding
    };
    mended(
        answer,
        finding,
        place::all(cure),
        format!(
            "use the session pooler or the direct port in {}",
            server.place()
        ),
    )
}

/// postgres.js prepares what it is asked, unless it is told not to.
fn frontend(answer: Answer, server: &Server, client: &Client, environment: Environment) -> Answer {
    let reads = |it: &Naming| is_of_web(it) && client.variables.contains(&it.variable);
    let Some(server) = only(server, reads) else {
        return answer;
    };
    let at = format!("{}:{}", client.file, client.line);
    let open = remedy::open_at(client.file.as_str(), client.line);
    let shown = server.shown();
    if client.is_unread {
        let message = format!(
            "{shown} is a pooler in transaction mode, and the client at {at} prepares its statements: if its URL, which the code there does not tell, is this one, queries hang or fail"
        );
        let told = finding(&POOLER, &server, None, message);
        let told = told.note("{ prepare: false } among its options is right behind every pooler");
        return answer.problem(told.help(open));
    }
    let message = format!(
        "{shown} is a pooler in transaction mode, and the client at {at} prepares its statements: queries hang or fail"
    );
    let finding = finding(&POOLER, &server, None, message);
    let Some(port) = session_port(&server) else {
        return answer.problem(
            finding
                .note("{ prepare: false } among its options mends it; so does the port of the server itself, or of a session pooler, in the URL")
                .help(open),
        );
    };
    let cure = server
        .named
        .iter()
        .filter_map(|naming| naming.change(server.endpoint.protocol, environment, "port", port));
    let finding = finding.note(format!(
        "the session pooler bears them; or keep this one, with {{ prepare: false }} among the client's options: {open}"
    ));
    mended(
        answer,
        finding,
        place::all(cure),
        format!("use the session pooler in {}", server.place()),
    )
}
