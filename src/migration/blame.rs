//! What the server said about a statement, as a finding at the statement's place in the file.

use crate::diagnostic::{Finding, Label};
use crate::text::Span;

use super::journal::{Migration, Script};
use super::{SqlError, rules};

/// The finding for a statement that failed. `part` is what of the file was sent; none when the
/// transaction could not be committed. `before` is the number of statements in the parts before it.
#[must_use]
pub fn failed(
    migration: &Migration,
    part: Option<Span>,
    before: usize,
    of: usize,
    error: &SqlError,
) -> Finding {
    let SqlError { code, message, .. } = error;
    let tag = &migration.tag;
    let (where_, place) = match (part, &migration.script) {
        (Some(part), Some(script)) => (
            format!("statement {} of {of}", before + error.completed + 1),
            Some(place(script, part, error)),
        ),
        _ => (
            "its end".to_owned(),
            migration.file_start("while committing"),
        ),
    };
    let state = if code.is_empty() {
        String::new()
    } else {
        format!(" (SQLSTATE {code})")
    };
    let mut finding = Finding::new(
        &rules::FAILED,
        format!("{tag} failed at {where_}: {message}{state}"),
    )
    .subject(tag);
    if let Some(place) = place {
        finding = finding.at(place);
    }
    for (what, text) in [
        ("detail", &error.detail),
        ("hint", &error.hint),
        ("in", &error.context),
    ] {
        if let Some(text) = text {
            finding = finding.note(format!("{what}: {text}"));
        }
    }
    let (notes, help) = advice(code, message);
    for note in notes {
        finding = finding.note(*note);
    }
    finding.help(help)
}

/// The place: where the server points to, else the statement that did not end.
fn place(script: &Script, part: Span, error: &SqlError) -> Label {
    let text = script.source.text();
    let sent = text.get(part.start..part.end).unwrap_or_default();
    if let Some(position) = error.position
        && let Some((at, _)) = sent.char_indices().nth(position.saturating_sub(1))
    {
        let start = part.start + at;
        let length = text
            .get(start..)
            .and_then(|rest| rest.find(|c: char| !(c.is_alphanumeric() || c == '_')))
            .unwrap_or(0)
            .max(1);
        return Label::new(&script.source, Span::new(start, start + length), "here");
    }
    let statements = crate::code::sql::statements(text, part);
    let span = statements
        .get(error.completed)
        .or(statements.last())
        .copied()
        .unwrap_or(part);
    let first_line = text
        .get(span.start..span.end)
        .and_then(|statement| statement.find('\n'))
        .map_or(span.end, |end| span.start + end);
    Label::new(
        &script.source,
        Span::new(span.start, first_line),
        "this statement",
    )
}

/// What is known about an error beyond what the server says: notes, and the way out.
fn advice(code: &str, message: &str) -> (&'static [&'static str], &'static str) {
    let again = "correct the file and run pixcrawler migrate again: nothing of this migration is left in the database";
    let auth = message.contains("\"auth\"") || message.contains("auth.");
    match code {
        "3F000" | "42P01" | "42883" if auth => (
            &[
                "the schema auth with its tables and functions is Supabase's, and a plain Postgres has none",
            ],
            "run it against a Supabase database, or one that `pixcrawler dev` manages, which has stand-ins",
        ),
        "42704"
            if ["anon", "authenticated", "service_role"]
                .iter()
                .any(|role| message.contains(role)) =>
        {
            (
                &["this role is Supabase's, and a plain Postgres has none"],
                "run it against a Supabase database, or one that `pixcrawler dev` manages, which has stand-ins",
            )
        }
        "42501" => (
            &["the role of the URL lacks a right"],
            "connect as the owner of the tables (on Supabase: postgres), or let the owner GRANT what is missing",
        ),
        "55P03" => (
            &[
                "another session holds a lock on the table; waiting longer would stop every query behind us",
            ],
            "try again when it is quiet, end the other session, or wait longer: --lock-timeout 30s",
        ),
        "57014" => (
            &["the statement ran longer than the statement timeout allows"],
            "allow more: pixcrawler migrate --statement-timeout 10min",
        ),
        "55P04" => (
            &[
                "a value that is added to an enum can be used only after its transaction was committed",
            ],
            "put the use into a migration of its own, after this one",
        ),
        "25001" => (
            &["this statement cannot run inside a transaction, and each migration is one"],
            "write `-- no-transaction` as the file's first line",
        ),
        "0A000" if message.starts_with("COPY") => (
            &["drizzle-kit cannot run it either"],
            "write the rows as INSERT … VALUES: pg_dump --rows-per-insert=100",
        ),
        "25006" => (
            &["the server is read-only: a replica, or a Supabase project whose disk is full"],
            "connect to the primary; on Supabase make room on the disk first",
        ),
        "42P07" | "42710" | "42701" | "42P06" => (
            &["somebody made it before, by hand or with `drizzle-kit push`"],
            "when the database already is what the migrations make: pixcrawler migrate adopt",
        ),
        _ => (&[], again),
    }
}

/// The finding for a file that ended its transaction by itself.
#[must_use]
pub fn ended(migration: &Migration) -> Finding {
    let tag = &migration.tag;
    let finding = Finding::new(
        &rules::COMMITS,
        format!("{tag} ended its transaction by itself and is not on record"),
    )
    .subject(tag)
    .note("what it did before that stays, whatever comes after")
    .help(format!(
        "look what of it is there; then undo it by hand and take the COMMIT out, or record it as applied: pixcrawler migrate repair --mark {tag}"
    ));
    match migration.file_start("somewhere in this file") {
        Some(place) => finding.at(place),
        None => finding,
    }
}

/// The finding for a file that reset what its transaction keeps.
#[must_use]
pub fn reset(migration: &Migration) -> Finding {
    let tag = &migration.tag;
    let finding = Finding::new(
        &rules::FAILED,
        format!("{tag} resets the settings of its transaction: it cannot be put on record"),
    )
    .subject(tag)
    .note("RESET ALL and DISCARD undo what the run sets for its transaction, its timeouts too; all of it was rolled back")
    .help("reset the settings that the file sets by their names, or SET LOCAL them, which needs no reset");
    match migration.file_start("somewhere in this file") {
        Some(place) => finding.at(place),
        None => finding,
    }
}
