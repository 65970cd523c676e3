//! What the migrations make, seen in an empty database of their own on the same server, beside what a
//! database has.

use std::time::Duration;

use crate::failure::Failure;
use crate::gather::contents;
use crate::gather::migrations::Project;
use crate::migration::Target;
use crate::migration::likeness::{self, Difference};
use crate::system::database::session::{Session, literal, name};

use super::Stop;
use super::connect;
use super::fresh::Fresh;

/// How long an attempt to connect may take.
const ATTEMPT: Duration = Duration::from_secs(10);

/// What the comparison came to.
#[derive(Debug)]
pub enum Verified {
    /// Left is what the migrations make, right what the database has.
    Compared(Vec<Difference>),
    /// The migrations could not be run anywhere: why, in words.
    NotPossible(String),
}

/// What of Supabase the migrations refer to; nothing of it is compared.
const AUTH: &str = "\
CREATE SCHEMA IF NOT EXISTS auth;
CREATE TABLE IF NOT EXISTS auth.users (id uuid PRIMARY KEY, email varchar(255), phone text, role varchar(255), raw_app_meta_data jsonb, raw_user_meta_data jsonb, created_at timestamptz, updated_at timestamptz);
CREATE OR REPLACE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT NULL::jsonb';
CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid';
CREATE OR REPLACE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL::text';
CREATE OR REPLACE FUNCTION auth.email() RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL::text';";

/// Compares the whole catalogue of a database with what the migrations up to and with `last` make.
///
/// # Errors
/// When the database itself cannot be asked.
pub async fn verify(target: &Target, project: &Project, last: usize) -> Result<Verified, Failure> {
    let refused = |error| connect::refused(target, &project.config, &error);
    let mut session = Session::connect(target, ATTEMPT)
        .await
        .map_err(|refused| connect::unreachable(target, &refused, Duration::ZERO))?;
    session.query("BEGIN").await.map_err(refused)?;
    let there = contents::read(&mut session, &project.config)
        .await
        .map_err(refused)?;
    session.query("ROLLBACK").await.map_err(refused)?;
    let scratch = scratch_of(target);
    let verified = match make(&mut session, &scratch).await {
        Err(why) => Verified::NotPossible(why),
        Ok(()) => match replay(&mut session, &scratch, project, last).await {
            Ok(made) => Verified::Compared(likeness::compare(&made, &there)),
            Err(why) => Verified::NotPossible(why),
        },
    };
    let _ = session
        .query(&format!(
            "DROP DATABASE IF EXISTS {}",
            name(scratch.database())
        ))
        .await;
    session.close().await;
    Ok(verified)
}

/// A database beside the target's, with a name that tells what it is for.
fn scratch_of(target: &Target) -> Target {
    const LONGEST: usize = 63;
    let mut scratch = target.clone();
    let mut name = format!("pixcrawler_verify_{}", target.database());
    name.truncate(name.floor_char_boundary(LONGEST));
    scratch.endpoint.database = Some(name);
    scratch
}

/// Makes the empty database. One that an earlier run left behind goes first.
async fn make(session: &mut Session, scratch: &Target) -> Result<(), String> {
    let database = scratch.database();
    let used = session
        .query(&format!(
            "SELECT pid::text FROM pg_catalog.pg_stat_activity WHERE datname = {}",
            literal(database)
        ))
        .await
        .map_err(|error| error.in_words())?;
    if !used.is_empty() {
        return Err(format!(
            "{database} is in use: another one verifies at this moment"
        ));
    }
    for sql in [
        format!("DROP DATABASE IF EXISTS {}", name(database)),
        format!("CREATE DATABASE {} TEMPLATE template0", name(database)),
    ] {
        session.query(&sql).await.map_err(|error| {
            format!(
                "no empty database can be made beside it: {}",
                error.in_words()
            )
        })?;
    }
    Ok(())
}

/// Runs the migrations there, and reads what they made.
async fn replay(
    session: &mut Session,
    scratch: &Target,
    project: &Project,
    last: usize,
) -> Result<Vec<likeness::Thing>, String> {
    let extensions = session
        .query("SELECT e.extname::text, n.nspname::text FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'")
        .await
        .map_err(|error| error.in_words())?;
    let path = session
        .query("SHOW search_path")
        .await
        .map_err(|error| error.in_words())?;
    let mut empty = Session::connect(scratch, ATTEMPT)
        .await
        .map_err(|refused| format!("the empty database cannot be reached: {}", refused.words))?;
    let mut prelude = Vec::new();
    for row in extensions {
        if let [Some(extension), Some(schema)] = row.as_slice() {
            let (extension, schema) = (name(extension), name(schema));
            prelude.push(format!("CREATE SCHEMA IF NOT EXISTS {schema}"));
            prelude.push(format!(
                "CREATE EXTENSION IF NOT EXISTS {extension} WITH SCHEMA {schema} CASCADE"
            ));
        }
    }
    prelude.push(AUTH.to_owned());
    prelude.extend(
        path.into_iter()
            .flatten()
            .flatten()
            .map(|path| format!("SET search_path TO {path}")),
    );
    for sql in prelude {
        // What cannot be made is missed by the statement that needs it, which says so.
        let _ = empty.query(&sql).await;
    }
    let made = Fresh {
        session: &mut empty,
        target: scratch,
        project,
    }
    .replay(last)
    .await;
    empty.close().await;
    made.map_err(|stop| match stop {
        Stop::Failed(finding) => format!(
            "in an empty database {}{}",
            finding
                .place
                .as_ref()
                .map(|place| {
                    let at = place.source.position(place.span.start);
                    format!("{}:{}: ", place.source.path(), at.line)
                })
                .unwrap_or_default(),
            finding.message
        ),
        Stop::Failure(failure) => failure.message,
        Stop::Refused(findings) => findings
            .first()
            .map(|finding| finding.message.clone())
            .unwrap_or_default(),
        Stop::Interrupted(_) => "interrupted".to_owned(),
    })
}
