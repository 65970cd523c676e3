//! A Postgres that does not let us in: what it means, and the way out.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Operation};
use crate::service::endpoint::{Endpoint, Tls, as_meant};
use crate::system::database::{DatabaseState, session};
use crate::system::postgres::Creation;
use crate::text::remedy;
use crate::workspace::Environment;

use super::super::servers::{
    Closed, Rules, Server, Situation, by_session, closed, finding, is_here, mended,
};
use super::rules::{LOGIN, POOLS, READ_ONLY, TLS, UNREACHABLE};
use super::superuser::{as_superuser, by_socket, console, on_the_server};
use super::{Database, LIMIT, hba, pooler, tls};

pub(super) const RULES: Rules = Rules {
    what: "Postgres",
    unreachable: &UNREACHABLE,
    login: &LOGIN,
};

pub(super) fn refused(
    answer: Answer,
    database: &Database,
    state: &DatabaseState,
    situation: &Situation,
) -> Answer {
    let server = &database.server;
    let endpoint = &server.endpoint;
    let address = endpoint.address();
    let user = endpoint.user.as_deref().unwrap_or("postgres");
    let holder = database.holder.as_ref();
    let told = |rule, message: String| finding(rule, server, holder, message);
    let environment = situation.environment;
    let shut = |why| closed(answer.clone(), &RULES, server, holder, situation, why);
    // What Supabase's own addresses want, where the answer is about one of them.
    let hint = |answer: Answer, applies: bool, words: &str| with_note(answer, applies, words);
    if let Some(servers) = situation.ours(server)
        && !server.is_given()
        && let Some(message) = of_login(state, endpoint)
    {
        return by_session(answer, told(&LOGIN, message), servers);
    }
    match state {
        DatabaseState::Refused => shut(Closed::Refused),
        DatabaseState::NoSocket => shut(Closed::NoSocket),
        DatabaseState::Unreachable(why) => hint(
            shut(Closed::Unreachable(why)),
            endpoint.host.starts_with("db.") && endpoint.host.ends_with(".supabase.co"),
            "this name has IPv6 addresses alone; the pooler has others: aws-0-REGION.pooler.supabase.com:5432",
        ),
        DatabaseState::TimedOut => shut(Closed::TimedOut(LIMIT.as_secs())),
        DatabaseState::Silent => shut(Closed::Silent(LIMIT.as_secs())),
        DatabaseState::HungUp => shut(Closed::HungUp),
        DatabaseState::NotPostgres(who) => {
            let who = who.as_ref().map(|who| format!(", but {who}"));
            shut(Closed::Stranger(&who.unwrap_or_default()))
        }
        DatabaseState::Starting => shut(Closed::Starting("is starting")),
        DatabaseState::Closed => {
            let message = format!(
                "Postgres at {address} is a standby that lets nobody in (hot_standby is off)"
            );
            primary(answer, told(&READ_ONLY, message), server, environment)
        }
        DatabaseState::NoSuchRole => no_role(answer, database, environment),
        DatabaseState::AuthFailed if endpoint.password.is_none() => {
            let message =
                format!("Postgres at {address} asks for a password of `{user}`, and none is given");
            let answer = no_password(answer, told(&LOGIN, message), server, environment);
            hint(answer, database.pooled, &pooler::of_password(endpoint))
        }
        DatabaseState::AuthFailed => {
            let answer = shut(Closed::Password(&format!(" of `{user}`")));
            let answer = hint(answer, server.lent().password, LENT);
            if endpoint.host.ends_with(".pooler.supabase.com") {
                let words =
                    "Supabase's poolers want the project in the user's name: postgres.PROJECT";
                return hint(answer, !user.contains('.'), words);
            }
            if database.pooled {
                return hint(answer, true, &pooler::of_password(endpoint));
            }
            let [over, nobody] = what_else_it_means(server, user, environment);
            hint(hint(answer, true, &over), true, &nobody)
        }
        DatabaseState::Behind(why) => behind(
            answer,
            told(
                &UNREACHABLE,
                format!(
                    "the pooler at {address} answers, and the server behind it does not: {why}"
                ),
            ),
            endpoint,
        ),
        DatabaseState::NoSuchDatabase => no_database(answer, database, situation),
        DatabaseState::TlsRequired if database.pooled => pooler::without_tls(answer, database),
        // TLS was offered first: it is no way in, there is none.
        DatabaseState::TlsRequired if endpoint.tls != Tls::Off => {
            let why = "pg_hba.conf has no line for us, and there is no TLS";
            hba::refused(answer, database, why, environment)
        }
        DatabaseState::TlsRequired => {
            let finding = told(&TLS, format!("Postgres at {address} insists on TLS"));
            let cure = server.encrypt(environment, "require");
            mended(answer, finding, cure, tls::words(server))
        }
        DatabaseState::TlsFailed(why) => {
            let finding = told(&TLS, format!("TLS with {} fails: {why}", server.shown()));
            tls::failed(answer, finding, server, environment, why)
        }
        // PgBouncer's words; the server behind it may have the database, or not.
        DatabaseState::Rejected(why) if hba::unknown_to_pooler(why) => {
            let message = format!("the pooler at {address} refuses: {why}");
            let finding = told(&LOGIN, message)
                .note("its settings name the databases that it knows under [databases], or the server behind it has none of that name; if the name is wrong:");
            let cure = server.change(environment, "database", "-");
            mended(answer, finding, cure, format!("correct {}", server.place()))
        }
        DatabaseState::Rejected(why) if hba::is_rule(why) => {
            hba::refused(answer, database, why, environment)
        }
        DatabaseState::Rejected(why) => {
            by_words(&answer, database, why).unwrap_or_else(|| shut(Closed::Rejected(why)))
        }
        DatabaseState::Accepts { .. } => answer,
    }
}

/// Where the password is from that no URL has.
const LENT: &str = "the URL has none: it is that of PGPASSWORD, or of the password file (PGPASSFILE, ~/.pgpass); one in the URL comes before both";

/// Where its words say enough: a pooler's, or those of the server, or of the one behind the pooler.
fn by_words(answer: &Answer, database: &Database, why: &str) -> Option<Answer> {
    let endpoint = &database.server.endpoint;
    let (pooled, address) = (database.pooled, endpoint.address());
    if pooled && let Some(answer) = pooler::refused(answer, database, why) {
        return Some(answer);
    }
    let (rule, words, help) = turned_away(endpoint, pooled, why)?;
    let message = if pooled {
        format!("the server behind the pooler at {address} refuses: {why}")
    } else {
        format!("Postgres at {address} refuses: {why}")
    };
    let told = finding(rule, &database.server, database.holder.as_ref(), message);
    let told = if pooled {
        told.note(
            "what follows is for the machine of that server: the pooler leads nobody else to it",
        )
    } else {
        told
    };
    let told = told.severity(Severity::Error).note(words).help(help);
    Some(answer.clone().problem(told))
}

/// What a refused password may mean beside a wrong one. Who is told which of them it is could try names: the server
/// has the same words for all.
fn what_else_it_means(server: &Server, user: &str, environment: Environment) -> [String; 2] {
    let sql = format!("ALTER ROLE {} VALID UNTIL 'infinity'", session::name(user));
    let lift = as_superuser(&server.endpoint, &sql);
    let other = match server.change(environment, "user", "-") {
        Some(cure) => format!(": {}", cure.typed()),
        None => format!(", in {}", server.place()),
    };
    [
        format!(
            "it says so, too, of a right one whose time is over (VALID UNTIL); a superuser lifts that: {lift}"
        ),
        format!(
            "and of a role that is not there: where `{user}` is misspelt, name the right one{other}"
        ),
    ]
}

/// A password is asked for and there is none. One that stands in a file which others may read is as good as there.
fn no_password(
    answer: Answer,
    finding: Finding,
    server: &Server,
    environment: Environment,
) -> Answer {
    if let Some(file) = server.named.iter().find_map(|it| it.ignored.as_ref()) {
        let finding = finding.note(format!(
            "{file} has it, and others than its owner may read that file: no driver looks into it then"
        ));
        let line = format!("chmod 600 {}", remedy::quoted(file));
        return answer.mended_by(finding, Cure::new(line));
    }
    let finding = if server.lent().host.is_some() {
        finding.note("PGPASSWORD, where the host is said, would do as well")
    } else {
        finding
    };
    let cure = server.change(environment, "password", "-");
    if cure.is_none() && server.named.iter().any(|it| it.hostless.is_some()) {
        // A URL without a host can have none.
        return answer.problem(finding.help(remedy::set_here("PGPASSWORD")));
    }
    let words = format!("add one to {}", server.place());
    mended(answer, finding, cure, words)
}

/// There is no user of that name. It is asked for no password, so the rules of the server would let it in.
fn no_role(answer: Answer, database: &Database, environment: Environment) -> Answer {
    let server = &database.server;
    let endpoint = &server.endpoint;
    let user = endpoint.user.as_deref().unwrap_or("postgres");
    let sql = format!("CREATE ROLE {} LOGIN", session::name(user));
    let (who, line) = if database.pooled {
        ("the server behind the pooler", on_the_server(None, &sql))
    } else if endpoint.is_socket() {
        ("Postgres", by_socket(endpoint, &sql))
    } else {
        ("Postgres", as_superuser(endpoint, &sql))
    };
    let message = format!("{who} at {} has no role `{user}`", endpoint.address());
    let finding = finding(&LOGIN, server, None, message);
    let finding = if server.lent().user {
        finding.note("the URL names no user: it is whom PGUSER names, or else the account that the program runs as")
    } else {
        finding
    };
    let finding = match server.change(environment, "user", "-") {
        Some(other) => finding.note(format!("where it is another one: {}", other.typed())),
        None => finding.note(format!(
            "where it is another one, name it in {}",
            server.place()
        )),
    };
    answer.problem(finding.note("a superuser makes it:").help(line))
}

/// There is no database of that name: whoever may make one is led to.
fn no_database(answer: Answer, database: &Database, situation: &Situation) -> Answer {
    let server = &database.server;
    let endpoint = &server.endpoint;
    let address = endpoint.address();
    let user = endpoint.user.as_deref().unwrap_or("postgres");
    let name = endpoint.database.as_deref().unwrap_or(user);
    let finding = finding(
        &LOGIN,
        server,
        None,
        format!("Postgres at {address} has no database `{name}`"),
    );
    if let Some((short, _)) = name.split_once('#').filter(|(short, _)| !short.is_empty()) {
        let finding = finding
            .note("SQLAlchemy takes a # and what follows it for a part of the name; without that:");
        let cure = server.change(situation.environment, "database", short);
        let words = format!("take the # out of {}", server.place());
        return mended(answer, finding, cure, words);
    }
    if let Some(meant) = as_others_read(name) {
        // Both may be there: which of them is meant only a person knows.
        let finding = finding.note(format!(
            "SQLAlchemy and postgres.js take the name as it stands in the URL; `{meant}`, which others make of it, is best renamed to one without such signs; the right name:"
        ));
        let cure = server.change(situation.environment, "database", "-");
        return mended(answer, finding, cure, format!("correct {}", server.place()));
    }
    if database.creation == Some(Creation::Standby) {
        let finding = finding
            .note("it is a standby, which takes no writes: made on its primary, the database comes here too");
        return primary(answer, finding, server, situation.environment);
    }
    if database.creation == Some(Creation::Barred) {
        let sql = format!(
            "CREATE DATABASE {} OWNER {}",
            session::name(name),
            session::name(user)
        );
        return answer.problem(
            finding
                .note(format!("`{user}` may make none; a superuser makes it:"))
                .help(as_superuser(endpoint, &sql)),
        );
    }
    let named = Endpoint {
        database: Some(name.to_owned()),
        ..endpoint.clone()
    };
    // What a service alone is given no session looks at.
    let ours = situation.ours(server).filter(|_| !server.is_given());
    if let Some(servers) = ours {
        return by_session(answer, finding, servers);
    }
    answer.mended_by(
        finding,
        Cure::own("postgres", Operation::CreateDatabase(named)),
    )
}

/// What others than those who take a name as it stands make of it, where that is another one.
fn as_others_read(name: &str) -> Option<String> {
    let meant = as_meant(name);
    (meant != name).then_some(meant)
}

/// With the command that names the server which a standby follows.
pub(super) fn primary(
    answer: Answer,
    finding: Finding,
    server: &Server,
    environment: Environment,
) -> Answer {
    let cure = server.change(environment, "host", "-");
    let words = format!("name the primary in {}", server.place());
    mended(answer, finding.note("name the primary:"), cure, words)
}

/// What is wrong with the login at a server, where one that we start ourselves puts it right.
fn of_login(state: &DatabaseState, endpoint: &Endpoint) -> Option<String> {
    let address = endpoint.address();
    let user = endpoint.user.as_deref().unwrap_or("postgres");
    Some(match state {
        DatabaseState::NoSuchRole => format!("Postgres at {address} has no role `{user}`"),
        // One without a password is for a person to choose.
        DatabaseState::AuthFailed if endpoint.password.is_some() => {
            format!("Postgres at {address} refuses the password of `{user}`")
        }
        DatabaseState::Rejected(why) if why.contains("not permitted to log in") => {
            format!("Postgres at {address} refuses: {why}")
        }
        _ => return None,
    })
}

/// A pooler without its server: whose turn it is only the pooler's settings tell, which its console shows.
fn behind(answer: Answer, finding: Finding, endpoint: &Endpoint) -> Answer {
    let user = endpoint.user.as_deref().unwrap_or("postgres");
    let line = console(endpoint, user, "SHOW DATABASES");
    answer.problem(
        finding
            .note("the address is right: start the server that it leads to, or correct it in the pooler's [databases]; RESUME in its console lets a paused one go on")
            .note("where that is and whether it is paused, asked by one of the pooler's admin_users or stats_users:")
            .help(line),
    )
}

/// What a server says to whom it knows and does not let in: the rule, what mends it, and the command. Each is
/// for a superuser of that server, and so never run by itself.
fn turned_away(
    endpoint: &Endpoint,
    pooled: bool,
    why: &str,
) -> Option<(&'static Rule, &'static str, String)> {
    let user = endpoint.user.as_deref().unwrap_or("postgres");
    let database = endpoint.database.as_deref().unwrap_or(user);
    let (user, database) = (session::name(user), session::name(database));
    let client = |sql: &str| {
        if pooled {
            on_the_server(None, sql)
        } else {
            as_superuser(endpoint, sql)
        }
    };
    let full = ["connection slots", "too many connections"];
    Some(if why.contains("too many connections for role") {
        (
            &POOLS,
            "the role has a limit of its own, and as many connections; a superuser lifts it:",
            client(&format!("ALTER ROLE {user} CONNECTION LIMIT -1")),
        )
    } else if why.contains("too many connections for database") {
        (
            &POOLS,
            "the database has a limit of its own, and as many connections; a superuser lifts it:",
            client(&format!("ALTER DATABASE {database} CONNECTION LIMIT -1")),
        )
    } else if why.contains("too many clients") {
        // Those that are kept for superusers are gone, too: nobody is let in, whoever asks.
        if is_here(endpoint) || pooled {
            (
                &POOLS,
                "nobody gets in, its superusers neither, until one of them has gone: end a program that holds some, or one of the server's own processes, as this shows them on its machine, with kill PID; a restart of the server ends all",
                holders(),
            )
        } else {
            (
                &POOLS,
                "nobody gets in, its superusers neither, until one of them has gone: end a program that holds some, or start the server anew; then a superuser sees who holds them:",
                client(HOLDERS),
            )
        }
    } else if full.iter().any(|words| why.contains(words)) {
        (
            &POOLS,
            "who holds them, asked by a superuser, for whom some are kept; they may be ended, or a limit raised",
            client(HOLDERS),
        )
    } else if why.contains("not permitted to log in") {
        (
            &LOGIN,
            "the role is one without LOGIN; a superuser gives it that:",
            client(&format!("ALTER ROLE {user} LOGIN")),
        )
    } else if why.contains("not currently accepting connections") {
        (
            &LOGIN,
            "the database is closed to everybody; a superuser opens it:",
            client(&format!("ALTER DATABASE {database} ALLOW_CONNECTIONS true")),
        )
    } else if why.contains("permission denied for database") {
        (
            &LOGIN,
            "the role may not use this database; a superuser lets it:",
            client(&format!("GRANT CONNECT ON DATABASE {database} TO {user}")),
        )
    } else if !pooled && why.contains("valid client certificate") {
        (
            &TLS,
            "what is asked for is the file with the certificate; its key goes to PGSSLKEY in the same way",
            remedy::set_here("PGSSLCERT"),
        )
    } else {
        return None;
    })
}

/// Who holds the connections of a server, asked as one more.
const HOLDERS: &str = "SELECT pid, usename, datname, application_name, state FROM pg_stat_activity";

/// The same on the server's machine: the title of each process has its user, its database and its client. Windows
/// shows none.
fn holders() -> String {
    if cfg!(windows) {
        "tasklist /fi \"imagename eq postgres.exe\"".to_owned()
    } else {
        "ps -eo pid,args | grep '[p]ostgres: '".to_owned()
    }
}

fn with_note(mut answer: Answer, applies: bool, words: &str) -> Answer {
    if applies && let Some(finding) = answer.findings.last_mut() {
        finding.notes.push(words.to_owned());
    }
    answer
}
