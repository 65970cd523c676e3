//! A Postgres that does not let us in: what it means, and the way out.

use crate::doctor::{Answer, Cure, Operation};
use crate::system::database::DatabaseState;

use super::super::servers::{Closed, Rules, Situation, closed, finding, mended};
use super::rules::{LOGIN, TLS, UNREACHABLE};
use super::{Database, LIMIT, tls};

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
    let holder = database.holder.as_deref();
    let told = |rule, message: String| finding(rule, server, holder, message);
    let environment = situation.environment;
    let shut = |why| closed(answer.clone(), &RULES, server, holder, situation, why);
    // What Supabase's own addresses want, where the answer is about one of them.
    let hint = |answer: Answer, applies: bool, words: &str| with_note(answer, applies, words);
    match state {
        DatabaseState::Refused => shut(Closed::Refused),
        DatabaseState::Unreachable(why) => hint(
            shut(Closed::Unreachable(why)),
            endpoint.host.starts_with("db.") && endpoint.host.ends_with(".supabase.co"),
            "this name has IPv6 addresses alone; the pooler has others: aws-0-REGION.pooler.supabase.com:5432",
        ),
        DatabaseState::TimedOut => shut(Closed::TimedOut(LIMIT.as_secs())),
        DatabaseState::Silent => shut(Closed::Silent(LIMIT.as_secs())),
        DatabaseState::NotPostgres => shut(Closed::Stranger("")),
        DatabaseState::Starting => shut(Closed::Starting("is starting")),
        DatabaseState::AuthFailed => hint(
            shut(Closed::Password(&format!(" of `{user}`"))),
            endpoint.host.ends_with(".pooler.supabase.com") && !user.contains('.'),
            "Supabase's poolers want the project in the user's name: postgres.PROJECT",
        ),
        DatabaseState::NoSuchDatabase => {
            let name = endpoint.database.as_deref().unwrap_or(user);
            let finding = told(
                &LOGIN,
                format!("Postgres at {address} has no database `{name}`"),
            );
            let named = crate::service::endpoint::Endpoint {
                database: Some(name.to_owned()),
                ..endpoint.clone()
            };
            answer.mended_by(
                finding,
                Cure::own("postgres", Operation::CreateDatabase(named)),
            )
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
        DatabaseState::Rejected(why) => shut(Closed::Rejected(why)),
        DatabaseState::Accepts { .. } => answer,
    }
}

fn with_note(mut answer: Answer, applies: bool, words: &str) -> Answer {
    if applies && let Some(finding) = answer.findings.last_mut() {
        finding.notes.push(words.to_owned());
    }
    answer
}
