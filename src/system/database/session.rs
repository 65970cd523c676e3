//! One connection that speaks the simple protocol alone: no prepared statements that a pooler could
//! mix up, and whole scripts in one message, as drizzle-kit sends them.

use std::cell::Cell;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::postgres::{
    PgConnectOptions, PgConnection, PgDatabaseError, PgErrorPosition, PgRow, PgSslMode,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Either, Row, raw_sql};
use tokio::time::timeout;

pub use crate::migration::SqlError;
use crate::migration::target::{Pooling, SslMode, Target};
use crate::service::endpoint::Secret;
use crate::text::Secrets;

use super::super::tls;
use super::notice::Ear;
use super::{DatabaseState, classify, named, patient};

/// The name under which the server knows us.
pub const APPLICATION: &str = "pixcrawler migrate";

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoConnection {
    /// What it comes to.
    pub state: DatabaseState,
    /// The same in the driver's or the server's words, masked.
    pub words: String,
}

/// An open connection.
#[derive(Debug)]
pub struct Session {
    connection: PgConnection,
    secrets: Secrets,
    ear: Ear,
    /// Whether each transaction may meet another session of the server.
    pub pooling: Pooling,
}

/// How to connect to a target.
#[must_use]
pub fn options(target: &Target) -> PgConnectOptions {
    let endpoint = &target.endpoint;
    // `PG*` variables fill in what nobody has completed, as in libpq.
    let mut options = PgConnectOptions::new_without_pgpass().port(endpoint.port);
    options = if endpoint.is_socket() {
        options.socket(&endpoint.host)
    } else {
        options.host(&endpoint.host)
    };
    if let Some(user) = &endpoint.user {
        options = options.username(user);
    }
    options = options.database(target.database());
    match endpoint.password.as_ref().map(Secret::expose) {
        Some(password) if !password.is_empty() => options = options.password(password),
        _ => {}
    }
    if let Some(root) = target.root_cert.as_deref().filter(|root| *root != "system") {
        options = options.ssl_root_cert(root);
    }
    if let (Some(cert), Some(key)) = (&target.client_cert, &target.client_key) {
        options = options.ssl_client_cert(cert).ssl_client_key(key);
    }
    let options = options
        .application_name(APPLICATION)
        .statement_cache_capacity(0)
        .ssl_mode(match target.tls {
            SslMode::Disable => PgSslMode::Disable,
            SslMode::Allow => PgSslMode::Allow,
            SslMode::Prefer => PgSslMode::Prefer,
            SslMode::Require => PgSslMode::Require,
            SslMode::VerifyCa => PgSslMode::VerifyCa,
            SslMode::VerifyFull => PgSslMode::VerifyFull,
        })
        .disable_statement_logging();
    match target.pooling {
        Pooling::Transaction => options.extra_float_digits(None),
        // A pooler refuses the parameter, and so tells that it is one.
        Pooling::Session => options,
    }
}

impl Session {
    /// Connects once, within `patience`. A pooler that nobody announced is noticed here.
    ///
    /// # Errors
    /// Why there is no connection.
    pub async fn connect(target: &Target, patience: Duration) -> Result<Self, NoConnection> {
        match Self::try_connect(target, patience).await {
            Err(refused) if refused.words.contains("unsupported startup parameter") => {
                let pooled = Target {
                    pooling: Pooling::Transaction,
                    ..target.clone()
                };
                let mut session = Self::try_connect(&pooled, patience).await?;
                if !session.is_shared(&pooled, patience).await {
                    session.pooling = Pooling::Session;
                }
                Ok(session)
            }
            result => result,
        }
    }

    /// A session over a connection that is open already.
    #[must_use]
    pub fn over(connection: PgConnection, target: &Target) -> Self {
        let secrets = Secrets::new(&target.secrets);
        Self {
            connection,
            ear: Ear::new(secrets.clone()),
            secrets,
            pooling: target.pooling,
        }
    }

    /// Whether the server's session is another one's as soon as we are idle: then a second connection gets it,
    /// and we get another one while that has it. A pooler that gives its clients whole sessions, and a server,
    /// let us keep ours.
    pub async fn is_shared(&mut self, target: &Target, patience: Duration) -> bool {
        let pooled = Target {
            pooling: Pooling::Transaction,
            ..target.clone()
        };
        let ours = self.process().await;
        let Ok(mut second) = Self::try_connect(&pooled, patience).await else {
            return false;
        };
        let begun = second.query("BEGIN").await.is_ok();
        let theirs = second.process().await;
        let after = self.process().await;
        if begun {
            let _ = second.query("ROLLBACK").await;
        }
        second.close().await;
        ours.is_some() && (ours == theirs || ours != after)
    }

    async fn process(&mut self) -> Option<String> {
        let rows = self.query("SELECT pg_catalog.pg_backend_pid()::text").await;
        rows.ok()?.into_iter().flatten().flatten().next()
    }

    async fn try_connect(target: &Target, patience: Duration) -> Result<Self, NoConnection> {
        let secrets = Secrets::new(&target.secrets);
        // A certificate of ours is shown by the library alone.
        let root = target.root_cert.as_deref();
        let root = root.filter(|root| *root != "system" && target.client_cert.is_none());
        let connected = timeout(patience, patient(&options(target), root)).await;
        match connected {
            Err(_) => Err(NoConnection {
                state: DatabaseState::TimedOut,
                words: "no answer in time".to_owned(),
            }),
            Ok(Err(error)) => Err(NoConnection {
                state: named(&target.endpoint, classify(&error)).await,
                words: secrets.mask_text(&words(&error)),
            }),
            Ok(Ok((connection, _))) => Ok(Self {
                connection,
                ear: Ear::new(secrets.clone()),
                secrets,
                pooling: target.pooling,
            }),
        }
    }

    /// Version as `150018` for 15.18; 0 where the server does not tell.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.connection.server_version_num().unwrap_or(0)
    }

    /// Sends `sql` as one message and waits until all of it has run. `each` is told how many
    /// statements have ended. Gives the rows of all of them.
    ///
    /// # Errors
    /// What the server has against one of the statements; those behind it did not run.
    pub async fn run(
        &mut self,
        sql: &str,
        each: &Cell<usize>,
    ) -> Result<Vec<Vec<Option<String>>>, SqlError> {
        each.set(0);
        let mut rows = Vec::new();
        let mut error = None;
        {
            let mut stream = raw_sql(AssertSqlSafe(sql)).fetch_many(&mut self.connection);
            while let Some(step) = std::future::poll_fn(|context| {
                self.ear.during(|| stream.as_mut().poll_next(context))
            })
            .await
            {
                match step {
                    Ok(Either::Left(_)) => each.set(each.get() + 1),
                    Ok(Either::Right(row)) => rows.push(texts(&row)),
                    Err(found) => {
                        error = Some(found);
                        break;
                    }
                }
            }
        }
        match error {
            None => Ok(rows),
            Some(error) => Err(self.explain(&error, each.get())),
        }
    }

    /// As [`Session::run`], for those who do not count.
    ///
    /// # Errors
    /// As there.
    pub async fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, SqlError> {
        self.run(sql, &Cell::new(0)).await
    }

    fn explain(&self, error: &sqlx::Error, completed: usize) -> SqlError {
        let masked = |text: &str| self.secrets.mask_text(text);
        let server = match error {
            sqlx::Error::Database(error) => error.try_downcast_ref::<PgDatabaseError>(),
            _ => None,
        };
        let Some(server) = server else {
            // The driver gives up where a statement wants to be fed, or to feed somebody.
            let copies = matches!(error, sqlx::Error::Protocol(words) if words.contains("CopyInResponse") || words.contains("CopyOutResponse"));
            if copies {
                return SqlError {
                    code: "0A000".to_owned(),
                    message: "COPY … FROM STDIN and TO STDOUT need a program that sends or takes the rows".to_owned(),
                    completed,
                    ..SqlError::default()
                };
            }
            return SqlError {
                message: masked(&words(error)),
                completed,
                ..SqlError::default()
            };
        };
        SqlError {
            code: server.code().to_owned(),
            message: masked(server.message()),
            detail: server.detail().map(masked),
            hint: server.hint().map(masked),
            context: server.r#where().map(masked),
            position: match server.position() {
                Some(PgErrorPosition::Original(at)) => Some(at),
                _ => None,
            },
            completed,
        }
    }

    /// What hears the server's notices.
    #[must_use]
    pub fn ear(&self) -> Ear {
        self.ear.clone()
    }

    /// Says goodbye; without it the server logs a connection reset.
    pub async fn close(self) {
        let _ = timeout(Duration::from_millis(500), self.connection.close()).await;
    }
}

/// A row's cells; the statements that are sent ask for text alone.
fn texts(row: &PgRow) -> Vec<Option<String>> {
    (0..row.len())
        .map(|at| row.try_get::<Option<String>, _>(at).ok().flatten())
        .collect()
}

/// An error of the driver in words, without the place in the server's source that its `Display` adds.
fn words(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => DatabaseError::message(error.as_ref()).to_owned(),
        sqlx::Error::Io(error) => tls::in_words(&crate::system::fs::plain(error)),
        sqlx::Error::Tls(error) => tls::in_words(&error.to_string()),
        other => other.to_string(),
    }
}

/// A text as a literal of SQL, whatever the server's `standard_conforming_strings` says.
#[must_use]
pub fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// A name as SQL writes it.
#[must_use]
pub fn name(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
