//! What cannot work in any database: cut literals, a transaction's ends, statements that refuse one.

use crate::code::sql::{Control, Cut, Kind, Statement};
use crate::diagnostic::Finding;

use super::{Read, rules};
use crate::migration::rules::COMMITS;

pub(super) fn check(migration: &Read<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = migration
        .facts
        .cuts
        .iter()
        .map(|found| cut(migration, found))
        .collect();
    // A cut literal makes both halves unreadable: nothing in them is what it looks like.
    if findings.is_empty() {
        for statement in &migration.facts.statements {
            findings.extend(transaction(migration, statement));
            findings.extend(outside(migration, statement));
            findings.extend(not_understood(migration, statement));
        }
    }
    findings
}

fn cut(migration: &Read<'_>, cut: &Cut) -> Finding {
    let closed = cut.at.end > cut.at.start;
    let finding = if closed {
        Finding::new(
            &rules::CUT_LITERAL,
            format!(
                "drizzle cuts {} in two: a statement-breakpoint stands in it",
                cut.kind
            ),
        )
        .at(migration.at(cut.at, "cut here"))
        .help("move the marker between two statements")
    } else {
        Finding::new(&rules::CUT_LITERAL, format!("{} is never closed", cut.kind))
            .at(migration.at(
                crate::text::Span::new(cut.what.start, cut.what.start + 1),
                "opened here",
            ))
            .help("close it")
    };
    let finding = finding.subject(migration.tag);
    if closed {
        finding.related(migration.at(
            crate::text::Span::new(cut.what.start, cut.what.start + 1),
            "opened here",
        ))
    } else {
        finding
    }
}

fn transaction(migration: &Read<'_>, statement: &Statement) -> Option<Finding> {
    let Kind::Transaction(control) = &statement.kind else {
        return None;
    };
    let message = match (control, migration.alone) {
        (Control::Savepoint, false) => return None,
        (Control::Begin, false) => "BEGIN inside the migration's own transaction only warns",
        (Control::Commit, false) => {
            "COMMIT ends the migration's own transaction: what follows runs without one"
        }
        (Control::Rollback, false) => {
            "ROLLBACK takes back what the migration did before it, and ends its transaction"
        }
        (_, true) => "the first line says that there is no transaction, and this opens or ends one",
    };
    Some(
        Finding::new(&COMMITS, message)
            .subject(migration.tag)
            .at(migration.at(statement.span, ""))
            .help("delete the statement"),
    )
}

fn outside(migration: &Read<'_>, statement: &Statement) -> Option<Finding> {
    let words = statement.outside_transaction?;
    if migration.alone {
        return None;
    }
    let others = migration.facts.statements.len() > 1;
    let help = if others {
        "put it into a migration of its own whose first line is: -- no-transaction"
    } else {
        "make this the first line of the file: -- no-transaction"
    };
    Some(
        Finding::new(
            &rules::OUTSIDE_TRANSACTION,
            format!("{words} cannot run in a transaction, and this migration has one"),
        )
        .subject(migration.tag)
        .at(migration.at(statement.span, ""))
        .note("drizzle-kit runs all pending migrations in one transaction and cannot run it at all")
        .help(help),
    )
}

fn not_understood(migration: &Read<'_>, statement: &Statement) -> Option<Finding> {
    let problem = statement.problem.as_ref()?;
    Some(
        Finding::new(
            &rules::NOT_UNDERSTOOD,
            format!("a statement cannot be understood: {}", problem.message),
        )
        .subject(migration.tag)
        .at(migration.at(problem.span, "here"))
        .help("correct the statement"),
    )
}
