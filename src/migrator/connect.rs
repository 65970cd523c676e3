//! Getting in, or saying why not.

use std::time::{Duration, Instant};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::migration::{Config, Target};
use crate::system::database::session::{NoConnection, Session, SqlError};
use crate::system::database::{self, DatabaseState};
use crate::system::tls;
use crate::text::{Secrets, duration, remedy};

use super::watch::Watch;
use super::{Event, Stop};

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(250);

/// Connects, and waits `patience` for a server that is not there yet.
pub(super) async fn wait(
    target: &Target,
    patience: Duration,
    watch: &mut Watch<'_>,
) -> Result<Session, Stop> {
    let began = Instant::now();
    let mut told = false;
    loop {
        let refused = tokio::select! {
            biased;
            number = watch.interrupts.next() => return Err(Stop::Interrupted(number)),
            result = Session::connect(target, ATTEMPT) => match result {
                Ok(session) => return Ok(session),
                Err(refused) => refused,
            },
        };
        let left = patience.saturating_sub(began.elapsed());
        if left.is_zero() || !may_come(&refused.state) {
            return Err(Stop::Failure(unreachable(target, &refused, patience)));
        }
        if !told {
            told = true;
            (watch.report)(&Event::Waiting {
                why: in_words(&refused),
            });
        }
        watch
            .pause(PAUSE.min(left))
            .await
            .map_err(Stop::Interrupted)?;
    }
}

/// Whether a server that answers like that may answer otherwise soon.
fn may_come(state: &DatabaseState) -> bool {
    matches!(
        state,
        DatabaseState::Refused
            | DatabaseState::NoSocket
            | DatabaseState::Unreachable(_)
            | DatabaseState::TimedOut
            | DatabaseState::Silent
            | DatabaseState::HungUp
            | DatabaseState::Behind(_)
            | DatabaseState::NotPostgres(_)
            | DatabaseState::Starting
    )
}

fn in_words(refused: &NoConnection) -> String {
    match &refused.state {
        DatabaseState::Refused => "nothing listens there".to_owned(),
        DatabaseState::NoSocket => "there is no such socket".to_owned(),
        DatabaseState::Closed => {
            "it is a standby that lets nobody in (hot_standby is off)".to_owned()
        }
        DatabaseState::TimedOut => "no answer".to_owned(),
        DatabaseState::Silent => {
            "something accepts the connection and does not answer: it hangs, or is no Postgres"
                .to_owned()
        }
        DatabaseState::HungUp => {
            "something accepts the connection and breaks it off: it is ending, or is no Postgres"
                .to_owned()
        }
        DatabaseState::NotPostgres(Some(who)) => {
            format!("what listens there is no Postgres, but {who}")
        }
        DatabaseState::NotPostgres(None) => format!(
            "what listens there does not speak Postgres: {}",
            refused.words
        ),
        DatabaseState::Behind(why) => {
            format!("a pooler answers, and the server behind it does not: {why}")
        }
        DatabaseState::Starting => "the server is starting".to_owned(),
        _ => refused.words.clone(),
    }
}

/// Why there is no connection, with the way out.
#[must_use]
pub fn unreachable(target: &Target, refused: &NoConnection, waited: Duration) -> Failure {
    let endpoint = &target.endpoint;
    let (variable, origin) = (&endpoint.variable, &endpoint.origin);
    let after = if waited.is_zero() {
        String::new()
    } else {
        format!(" after {}", duration(waited))
    };
    let message = format!(
        "{} ({variable}, {origin}) cannot be reached{after}: {}",
        target.shown(),
        in_words(refused)
    );
    let supabase = endpoint.host.ends_with(".supabase.co");
    let help = match &refused.state {
        DatabaseState::Unreachable(_) | DatabaseState::TimedOut if supabase => {
            "direct hosts of Supabase have IPv6 alone; from a network without it use the session pooler: postgresql://postgres.REF:PASSWORD@aws-0-REGION.pooler.supabase.com:5432/postgres".to_owned()
        }
        DatabaseState::Refused if target.managed => {
            "start it: pixcrawler dev starts one for you; where it is on its way: --wait 60s".to_owned()
        }
        DatabaseState::Closed => format!("a standby takes no migrations: name its primary in {variable}"),
        DatabaseState::NoSocket => format!("correct the folder of the socket in {variable}; where the server is on its way: --wait 60s"),
        DatabaseState::Refused
        | DatabaseState::TimedOut
        | DatabaseState::HungUp
        | DatabaseState::Starting => {
            format!("check host and port in {variable}; where it is on its way: --wait 60s")
        }
        DatabaseState::Unreachable(_) | DatabaseState::NotPostgres(_) | DatabaseState::Silent => {
            format!("check host and port in {variable}")
        }
        DatabaseState::Behind(_) => {
            "look at the server behind the pooler: SHOW DATABASES in its console tells where it is and whether it is paused; where it is on its way: --wait 60s".to_owned()
        }
        DatabaseState::AuthFailed if target.ignored.is_some() => {
            let file = remedy::quoted(target.ignored.as_deref().unwrap_or_default());
            format!("{file} has the password, and others may read it: no driver looks into it before chmod 600 {file}")
        }
        DatabaseState::AuthFailed if target.lacks_password() => {
            format!("{variable} has no password: write postgresql://USER:PASSWORD@…, or set PGPASSWORD")
        }
        DatabaseState::AuthFailed => {
            format!("correct user and password in {variable}; characters such as @ / # % in the password are written %40 %2F %23 %25")
        }
        DatabaseState::NoSuchRole => format!(
            "create it: createuser -h {} -p {} {}; or name another user in {variable}",
            remedy::quoted(&endpoint.host),
            endpoint.port,
            remedy::quoted(endpoint.user.as_deref().unwrap_or("postgres"))
        ),
        DatabaseState::NoSuchDatabase => format!(
            "create it: createdb -h {} -p {} {}",
            endpoint.host,
            endpoint.port,
            target.database()
        ),
        DatabaseState::TlsRequired => format!("the server insists on TLS: sslmode=require in {variable}"),
        DatabaseState::TlsFailed(why) if why.contains(tls::ANOTHER_NAME) => {
            format!("the certificate is for another name: in {variable}, write the host as the certificate has it; or check the authority alone: sslmode=verify-ca")
        }
        DatabaseState::TlsFailed(why) if why.contains(tls::EXPIRED) || why.contains(tls::NOT_YET) => {
            "give the server a new certificate, or set this machine's clock: pixcrawler doctor --only clock compares it".to_owned()
        }
        DatabaseState::TlsFailed(why) if why.contains(tls::AUTHORITY) => {
            "give the server one of its own: openssl makes it with -addext basicConstraints=critical,CA:FALSE; or let that authority sign one, and name it with sslrootcert=PATH".to_owned()
        }
        DatabaseState::TlsFailed(why) if is_about_authorities(why) => {
            "give the authority that signed the server's certificate: sslrootcert=PATH (Supabase: Database settings, SSL configuration, download the certificate)".to_owned()
        }
        DatabaseState::TlsFailed(why) if why.contains("certificate") => {
            "give the server another certificate; openssl s_client -starttls postgres shows what it has".to_owned()
        }
        DatabaseState::TlsFailed(_) => {
            format!("a server without TLS, in a network that you trust: sslmode=disable in {variable}")
        }
        DatabaseState::Rejected(_) | DatabaseState::Accepts { .. } => {
            format!("see what the server says; the URL is {variable} of {origin}")
        }
    };
    Failure::unreachable(Secrets::new(&target.secrets).mask_text(&message)).help(help)
}

/// Whether another file of authorities would help; one that is none is called an invalid certificate.
fn is_about_authorities(why: &str) -> bool {
    [tls::UNTRUSTED, "authorities", "Invalid certificate"]
        .iter()
        .any(|words| why.contains(words))
}

/// What the server has against our own statements.
#[must_use]
pub fn refused(target: &Target, config: &Config, error: &SqlError) -> Failure {
    if database::has_no_transactions(&error.message) {
        return without_transactions(target);
    }
    if error.is_disconnect() {
        return Failure::unreachable(format!(
            "the connection to {} broke: {}",
            target.shown(),
            error.in_words()
        ))
        .help("run it again: what is on record decides what is left to do");
    }
    let user = target.endpoint.user.as_deref().unwrap_or("the role");
    let failure = Failure::new(
        Exit::Findings,
        format!("{} refuses: {}", target.shown(), error.in_words()),
    );
    match error.code.as_str() {
        "42501" if error.message.contains("database") => failure.help(format!(
            "as an owner: CREATE SCHEMA {0} AUTHORIZATION {user}; or connect with a role that may create schemas",
            config.schema
        )),
        "42501" => failure.help(format!(
            "as an owner: GRANT ALL ON SCHEMA {0} TO {user}; GRANT ALL ON ALL TABLES IN SCHEMA {0} TO {user}; GRANT ALL ON ALL SEQUENCES IN SCHEMA {0} TO {user};",
            config.schema
        )),
        "25006" => failure.help("the server is read-only: connect to the primary; a Supabase project is so when its disk is full"),
        _ => failure.help(format!("look at {} in the database", config.shown_table())),
    }
}

/// A pooler that takes no transaction takes no migration: another try comes to the same.
pub(super) fn without_transactions(target: &Target) -> Failure {
    Failure::new(
        Exit::Findings,
        format!(
            "{} is a pooler in statement mode, which takes no transaction",
            target.shown()
        ),
    )
    .help("name the server itself: DIRECT_URL=postgresql://USER:PASSWORD@…; or set pool_mode = session in the pooler's configuration")
}
