//! A started Postgres becomes what the workspace's URLs and Supabase's migrations expect. Idempotent: a server that
//! has everything is asked a few questions and left alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use tokio::time::timeout;

use super::account::Account;
use super::files::private_file;
use super::{NotReady, cluster, postgres, scram};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::cause;
use crate::service::endpoint::Secret;
use crate::service::managed::{ADMIN, PostgresPlan, Role};
use crate::system::database::{DatabaseState, classify};
use crate::text::command;

/// A login on loopback that takes longer is no login.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The database that every cluster has.
const MAINTENANCE: &str = "postgres";

/// What Supabase provides in every database.
const SUPABASE: &str = include_str!("supabase.sql");

/// The roles that Supabase has beside the logins of a project.
const SUPABASE_ROLES: [&str; 4] = ["postgres", "anon", "authenticated", "service_role"];

/// See [`super::ready`].
pub(super) async fn ready(
    plan: &PostgresPlan,
    (data, password): (&Path, &PathBuf),
    account: Option<&Account>,
) -> Result<(), NotReady> {
    let admin = Admin {
        port: plan.port,
        password: postgres::password(password).map_err(failed)?,
        data,
        file: password,
    };
    // One login is most of the time that this takes: the first database serves for all questions, once it exists.
    let wanted = plan.databases.first().map_or(MAINTENANCE, String::as_str);
    let (mut server, name) = match admin.connect(wanted).await? {
        Some(server) => (server, wanted),
        None => (admin.existing(MAINTENANCE).await?, MAINTENANCE),
    };
    let renewed = roles(&mut server, plan)
        .await
        .map_err(|error| refused("create the roles of", plan, &error))?;
    if let Some(renewed) = &renewed {
        private_file(password, &format!("{renewed}\n"), account).map_err(failed)?;
    }
    let admin = Admin {
        password: renewed.unwrap_or(admin.password),
        ..admin
    };
    databases(&mut server, plan)
        .await
        .map_err(|error| refused("create the databases of", plan, &error))?;
    for database in &plan.databases {
        if database == name {
            complete(&mut server, plan).await?;
            continue;
        }
        let mut connection = admin.existing(database).await?;
        complete(&mut connection, plan).await?;
        let _ = connection.close().await;
    }
    let _ = server.close().await;
    Ok(())
}

async fn complete(database: &mut PgConnection, plan: &PostgresPlan) -> Result<(), NotReady> {
    supabase(database, plan)
        .await
        .map_err(|error| refused("provide what Supabase has in", plan, &error))
}

/// How the tool itself logs in.
struct Admin<'a> {
    port: u16,
    password: String,
    /// The data of its server, and the file that the password stands in.
    data: &'a Path,
    file: &'a Path,
}

impl Admin<'_> {
    /// A connection to a database that is known to exist.
    async fn existing(&self, database: &str) -> Result<PgConnection, NotReady> {
        let gone = || NotReady::Waiting(format!("the database {database} is gone again"));
        self.connect(database).await?.ok_or_else(gone)
    }

    /// The server is ours, and its password another one than we know. Without the file, the next start sets a new one.
    fn parted(&self) -> Failure {
        let (data, file) = (self.data.display(), self.file.display());
        let remove = if cfg!(windows) { "del" } else { "rm" };
        let remove = command::Command::new(remove).path(self.file.to_string_lossy());
        Failure::new(
            Exit::Findings,
            cause::parted(&data.to_string(), &file.to_string()),
        )
        .help(format!(
            "{remove}   the next start sets a new one, and the data stays"
        ))
    }

    /// A connection, or none when there is no such database.
    async fn connect(&self, database: &str) -> Result<Option<PgConnection>, NotReady> {
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(ADMIN)
            .password(&self.password)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
            .application_name("pixcrawler")
            // "already exists, skipping" is what idempotent means.
            .options([("client_min_messages", "warning")])
            .disable_statement_logging();
        match timeout(CONNECT_LIMIT, PgConnection::connect_with(&options)).await {
            Err(_) => Err(NotReady::Waiting(
                "it accepts connections, and does not answer yet".to_owned(),
            )),
            Ok(Ok(connection)) => Ok(Some(connection)),
            Ok(Err(error)) if classify(&error) == DatabaseState::NoSuchDatabase => Ok(None),
            Ok(Err(error)) => Err(match classify(&error) {
                DatabaseState::Refused => NotReady::Waiting("nothing listens yet".to_owned()),
                DatabaseState::Starting => NotReady::Waiting("it is starting".to_owned()),
                DatabaseState::NotPostgres(_)
                | DatabaseState::HungUp
                | DatabaseState::Silent
                | DatabaseState::TimedOut => NotReady::Waiting("it does not answer yet".to_owned()),
                // Data and password file belong together: one of the two was put there without the other.
                DatabaseState::AuthFailed if cluster::listens(self.data, self.port) => {
                    failed(self.parted())
                }
                // The password is our own and random: a server that refuses it is not the one that we started.
                DatabaseState::AuthFailed => failed(
                    Failure::new(
                        Exit::Busy,
                        format!(
                            "the Postgres on 127.0.0.1:{} is not the one of this workspace",
                            self.port
                        ),
                    )
                    .help(format!(
                        "stop the other server, or choose another port in the URL: {} is taken",
                        self.port
                    )),
                ),
                _ => failed(Failure::new(
                    Exit::Findings,
                    format!(
                        "the managed Postgres on port {} refuses its administrator: {error}",
                        self.port
                    ),
                )),
            }),
        }
    }
}

fn failed(failure: Failure) -> NotReady {
    NotReady::Failed(Box::new(failure))
}

fn refused(what: &str, plan: &PostgresPlan, error: &sqlx::Error) -> NotReady {
    let lost =
        matches!(error, sqlx::Error::Io(_)) || matches!(classify(error), DatabaseState::Starting);
    if lost {
        return NotReady::Waiting(format!("it went away: {error}"));
    }
    failed(Failure::new(
        Exit::Findings,
        format!(
            "cannot {what} the managed Postgres (.pixcrawler/{}): {error}",
            plan.name
        ),
    ))
}

/// Creates the logins and keeps their passwords in step with the URLs. Returns the administrator's new password when
/// a URL uses the administrator itself and gives it another one.
async fn roles(
    server: &mut PgConnection,
    plan: &PostgresPlan,
) -> Result<Option<String>, sqlx::Error> {
    let existing = sqlx::raw_sql("SELECT rolname::text, coalesce(rolpassword, ''), (rolsuper AND rolcanlogin AND coalesce(rolvaliduntil > now(), true))::text FROM pg_authid")
        .fetch_all(&mut *server)
        .await?;
    let mut known = Vec::with_capacity(existing.len());
    for row in &existing {
        known.push((
            row.try_get::<String, _>(0)?,
            row.try_get::<String, _>(1)?,
            row.try_get::<String, _>(2)? == "true",
        ));
    }
    let mut statements = String::new();
    let mut renewed = None;
    for role in &plan.roles {
        let found = known.iter().find(|(name, ..)| *name == role.name);
        let current = role.password.as_ref().map(Secret::expose);
        let in_step = found.is_some_and(|(_, stored, able)| {
            *able && current.is_none_or(|password| scram::verifies(stored, password))
        });
        if in_step {
            continue;
        }
        if role.name == ADMIN {
            renewed = current.map(str::to_owned);
        }
        statements.push_str(&role_statement(role, found.is_some()));
    }
    execute(server, statements).await?;
    Ok(renewed)
}

fn role_statement(role: &Role, exists: bool) -> String {
    let verb = if exists { "ALTER" } else { "CREATE" };
    let password = match &role.password {
        Some(password) => format!(" PASSWORD {}", literal(&sealed(password.expose()))),
        None => String::new(),
    };
    // A password whose time is over is refused as a wrong one is.
    let time = if exists {
        " VALID UNTIL 'infinity'"
    } else {
        ""
    };
    format!(
        "{verb} ROLE {} WITH LOGIN SUPERUSER{password}{time};\n",
        identifier(&role.name)
    )
}

/// The password as it may stand in a statement. Postgres normalises other alphabets before it salts: it gets those
/// as they are.
fn sealed(password: &str) -> String {
    let mut salt = [0_u8; 16];
    match getrandom::fill(&mut salt) {
        Ok(()) if password.is_ascii() => scram::verifier(password, &salt),
        _ => password.to_owned(),
    }
}

async fn databases(server: &mut PgConnection, plan: &PostgresPlan) -> Result<(), sqlx::Error> {
    let existing = sqlx::raw_sql("SELECT datname::text FROM pg_database")
        .fetch_all(&mut *server)
        .await?;
    let existing = existing
        .iter()
        .map(|row| row.try_get::<String, _>(0))
        .collect::<Result<Vec<_>, _>>()?;
    let owner = plan.roles.first().map_or(ADMIN, |role| &role.name);
    for database in plan
        .databases
        .iter()
        .filter(|database| !existing.contains(database))
    {
        execute(
            server,
            format!(
                "CREATE DATABASE {} OWNER {}",
                identifier(database),
                identifier(owner)
            ),
        )
        .await?;
    }
    Ok(())
}

/// Provides what Supabase has, in one transaction, unless it is all there.
async fn supabase(database: &mut PgConnection, plan: &PostgresPlan) -> Result<(), sqlx::Error> {
    // Default privileges belong to the role that will create the tables: every login, and the administrator.
    let mut creators: Vec<&str> = plan
        .roles
        .iter()
        .map(|role| role.name.as_str())
        .chain([ADMIN, "postgres"])
        .collect();
    creators.sort_unstable();
    creators.dedup();
    let complete = sqlx::raw_sql(AssertSqlSafe(completeness(&creators)))
        .fetch_one(&mut *database)
        .await?;
    if complete.try_get::<String, _>(0)? == "true" {
        return Ok(());
    }
    let mut script = format!("BEGIN;\n{SUPABASE}\n");
    for creator in creators {
        for objects in ["TABLES", "FUNCTIONS", "SEQUENCES"] {
            let (creator, grantees) = (identifier(creator), SUPABASE_ROLES.join(", "));
            let _ = writeln!(
                script,
                "ALTER DEFAULT PRIVILEGES FOR ROLE {creator} IN SCHEMA public GRANT ALL ON {objects} TO {grantees};"
            );
        }
    }
    script.push_str("COMMIT;");
    execute(database, script).await
}

/// One question that is true when [`SUPABASE`] and the default privileges are in place.
fn completeness(creators: &[&str]) -> String {
    let creators: Vec<String> = creators.iter().map(|name| literal(name)).collect();
    let roles: Vec<String> = SUPABASE_ROLES.iter().map(|name| literal(name)).collect();
    format!(
        "SELECT (to_regclass('auth.users') IS NOT NULL AND to_regprocedure('auth.uid()') IS NOT NULL \
         AND to_regprocedure('auth.role()') IS NOT NULL AND to_regprocedure('auth.jwt()') IS NOT NULL \
         AND to_regnamespace('extensions') IS NOT NULL \
         AND (SELECT count(*) FROM pg_roles WHERE rolname IN ({roles})) = {count} \
         AND NOT EXISTS (SELECT FROM unnest(ARRAY[{creators}]::name[]) AS wanted (creator) WHERE NOT EXISTS (\
         SELECT FROM pg_default_acl JOIN pg_roles ON pg_roles.oid = defaclrole \
         JOIN pg_namespace ON pg_namespace.oid = defaclnamespace \
         WHERE rolname = creator AND nspname = 'public' AND defaclobjtype = 'r')))::text",
        roles = roles.join(", "),
        count = roles.len(),
        creators = creators.join(", "),
    )
}

async fn execute(connection: &mut PgConnection, statements: String) -> Result<(), sqlx::Error> {
    if statements.is_empty() {
        return Ok(());
    }
    sqlx::raw_sql(AssertSqlSafe(statements))
        .execute(connection)
        .await
        .map(drop)
}

/// A quoted name. NUL cannot be part of a name or a literal in Postgres, and would cut the statement.
fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('\0', "").replace('"', "\"\""))
}

/// A quoted string, right with `standard_conforming_strings` on or off.
fn literal(text: &str) -> String {
    format!(
        " E'{}'",
        text.replace('\0', "")
            .replace('\\', "\\\\")
            .replace('\'', "''")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_literals_are_quoted() {
        assert_eq!(identifier("a\"b; drop"), "\"a\"\"b; drop\"");
        assert_eq!(literal("it's \\ here"), " E'it''s \\\\ here'");
    }

    #[test]
    fn no_statement_holds_a_password() {
        let role = Role {
            name: "app".into(),
            password: Some(Secret::new("hunter22")),
        };
        let statement = role_statement(&role, false);
        assert!(
            statement.starts_with(
                "CREATE ROLE \"app\" WITH LOGIN SUPERUSER PASSWORD  E'SCRAM-SHA-256$4096:"
            ),
            "{statement}"
        );
        assert!(!statement.contains("hunter22"));
        let again = role_statement(&role, true);
        assert!(again.ends_with(" VALID UNTIL 'infinity';\n"), "{again}");
    }
}
