//! A Postgres that does not let us in: what it means, and the way out.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure};
use crate::service::endpoint::{Secret, Tls};
use crate::system::database::DatabaseState;
use crate::text::remedy;

use super::rules::{LOGIN, TLS, UNREACHABLE};
use super::{Database, LIMIT, Situation, is_here, is_plain, tls_option};

#[expect(clippy::too_many_lines, reason = "one arm a state, each a sentence")]
pub(super) fn refused(
    answer: Answer,
    database: &Database,
    state: &DatabaseState,
    situation: &Situation,
    asyncpg: bool,
) -> Answer {
    let server = &database.server;
    let endpoint = &server.endpoint;
    let (at, place) = (server.shown(), server.place());
    let address = endpoint.address();
    let user = endpoint.user.as_deref().unwrap_or("postgres");
    let finding = |rule: &'static Rule, message: String, help: String| {
        let mut finding = Finding::new(rule, message)
            .subject(endpoint.variable.clone())
            .note(format!("named by {}", server.named_by()));
        if let Some(holder) = &database.holder {
            finding = finding.note(format!("listening there: {holder}"));
        }
        finding.help(help)
    };
    match state {
        DatabaseState::Refused if is_here(endpoint) => {
            let start = remedy::start_postgres();
            let message = format!("Postgres at {address} refuses connections");
            answer.problem(if situation.managed {
                finding(&UNREACHABLE, message, "pixcrawler dev".to_owned())
                    .note(format!("pixcrawler dev starts one; your own: {start}"))
            } else {
                finding(&UNREACHABLE, message, start.to_owned())
            })
        }
        DatabaseState::Refused => answer.problem(finding(
            &UNREACHABLE,
            format!("Postgres at {address} refuses connections"),
            format!("start it, or correct {place}"),
        )),
        DatabaseState::Unreachable(why) => {
            let mut finding = finding(
                &UNREACHABLE,
                format!("Postgres at {address} cannot be reached: {why}"),
                format!("check the network, or correct {place}"),
            );
            if endpoint.host.starts_with("db.") && endpoint.host.ends_with(".supabase.co") {
                finding = finding.note("this name has IPv6 addresses alone; the pooler has others: aws-0-REGION.pooler.supabase.com:5432");
            }
            answer.problem(finding)
        }
        DatabaseState::TimedOut => answer.problem(finding(
            &UNREACHABLE,
            format!(
                "Postgres at {address} does not answer within {} s",
                LIMIT.as_secs()
            ),
            format!("check the network and its firewall, or correct {place}"),
        )),
        DatabaseState::NotPostgres => answer.problem(finding(
            &UNREACHABLE,
            format!("what answers at {address} is no Postgres"),
            format!("give {place} the port of the Postgres"),
        )),
        DatabaseState::Starting => answer.problem(
            finding(
                &UNREACHABLE,
                format!("Postgres at {address} is starting"),
                "pixcrawler doctor --only postgres".to_owned(),
            )
            .severity(Severity::Warning),
        ),
        DatabaseState::AuthFailed => {
            let mut finding = finding(
                &LOGIN,
                format!("Postgres at {address} refuses the password of `{user}`"),
                format!("correct the password in {place}"),
            );
            if endpoint.host.ends_with(".pooler.supabase.com") && !user.contains('.') {
                finding = finding.note(
                    "Supabase's poolers want the project in the user's name: postgres.PROJECT",
                );
            }
            answer.problem(finding)
        }
        DatabaseState::NoSuchDatabase => {
            let name = endpoint.database.as_deref().unwrap_or(user);
            let line = format!(
                "createdb -h {} -p {} -U {user} -w {name}",
                endpoint.host, endpoint.port
            );
            let finding = finding(
                &LOGIN,
                format!("Postgres at {address} has no database `{name}`"),
                line.clone(),
            );
            let sound = [name, user, endpoint.host.as_str()]
                .iter()
                .all(|word| is_plain(word));
            if situation.createdb && sound {
                let password = endpoint
                    .password
                    .as_ref()
                    .map(Secret::expose)
                    .unwrap_or_default();
                answer.mended_by(finding, Cure::new(line).with_secret("PGPASSWORD", password))
            } else {
                answer.problem(finding)
            }
        }
        DatabaseState::TlsRequired => answer.problem(finding(
            &TLS,
            format!("Postgres at {address} insists on TLS"),
            format!("add {} to {place}", tls_option(asyncpg)),
        )),
        DatabaseState::TlsFailed(why) => {
            let way = if endpoint.tls == Tls::Verified {
                "use a certificate that holds, or require"
            } else {
                "take the ssl option out"
            };
            answer.problem(finding(
                &TLS,
                format!("TLS with {at} fails: {why}"),
                format!("{way} in {place}"),
            ))
        }
        DatabaseState::Rejected(why) => answer.problem(finding(
            &LOGIN,
            format!("Postgres at {at} refuses: {why}"),
            format!("see the server's log, or correct {place}"),
        )),
        DatabaseState::Accepts { .. } => answer,
    }
}
