//! What can be found about alembic's revisions.

use crate::diagnostic::{Rule, Severity};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[
    &AHEAD,
    &HEADS,
    &LONG_ID,
    &MISSING_PARENT,
    &NO_ID,
    &REPEATED,
    &TWICE,
    &UNREACHABLE,
];

/// A row that no file explains.
pub(super) static AHEAD: Rule = Rule {
    code: "alembic/ahead",
    severity: Severity::Warning,
    summary: "the database is at a revision that this checkout does not know",
    text: "\
alembic keeps the heads that a database has reached in alembic_version. One of them fits no file:
another branch was applied, or the file was deleted. alembic refuses every command until it is there.

Way out: check out the branch that has the revision, or pull.",
};

/// More than one head.
pub(super) static HEADS: Rule = Rule {
    code: "alembic/heads",
    severity: Severity::Warning,
    summary: "alembic's history has several heads",
    text: "\
Two revisions build on the same one, as after a merge of two branches. `alembic upgrade head` refuses
that (`Multiple head revisions are present`).

Way out: alembic merge heads makes a revision that joins them.",
};

/// An id that does not fit.
pub(super) static LONG_ID: Rule = Rule {
    code: "alembic/long-id",
    severity: Severity::Error,
    summary: "a revision's id has more than 32 characters",
    text: "\
alembic_version.version_num is varchar(32). The revision runs, and the record of it fails: everything is
rolled back at the very end.

Way out: a shorter id, in the file and in those that build on it.",
};

/// A parent that is not there.
pub(super) static MISSING_PARENT: Rule = Rule {
    code: "alembic/missing-parent",
    severity: Severity::Error,
    summary: "a revision builds on one that no file says",
    text: "\
alembic cannot even load its history (`Revision … referenced from … is not present`).

Way out: bring the file back (git log --diff-filter=D -- versions/), or name the right parent.",
};

/// A file without an id.
pub(super) static NO_ID: Rule = Rule {
    code: "alembic/no-id",
    severity: Severity::Warning,
    summary: "a file among alembic's revisions says no revision",
    text: "\
alembic takes the id from `revision = '…'` in the file, never from its name. Here it is missing or
computed, so that the history cannot be read without running it.

Way out: write the id as a string, or move the file out of the folder.",
};

/// One id twice.
pub(super) static REPEATED: Rule = Rule {
    code: "alembic/repeated",
    severity: Severity::Error,
    summary: "two files say the same revision",
    text: "\
alembic warns and takes one of them; which one is nobody's choice.

Way out: give one of them another id.",
};

/// A table of both histories.
pub(super) static TWICE: Rule = Rule {
    code: "alembic/table-of-both",
    severity: Severity::Warning,
    summary: "a table is created by Drizzle's migrations and by alembic's",
    text: "\
Whichever runs second fails with `relation already exists`.

Way out: let one of the two own the table; in this kind of workspace Drizzle does. Delete the
create_table from the revision, or guard it with if_not_exists=True.",
};

/// A revision that cannot be applied.
pub(super) static UNREACHABLE: Rule = Rule {
    code: "alembic/unreachable",
    severity: Severity::Error,
    summary: "alembic's head cannot be reached: a revision drops what nothing creates",
    text: "\
The revisions were followed from the first one on, after Drizzle's migrations, without a database. One of
them drops a table, an index or a constraint that neither history creates (it was made by hand, by
metadata.create_all(), or by a migration that is gone). `alembic upgrade head` fails there on every new
database, and alembic's one transaction takes everything before it back.

Way out: delete the step if the thing never was meant to be, or guard it:
op.drop_index('ix', if_exists=True); op.execute('ALTER TABLE t DROP CONSTRAINT IF EXISTS c').",
};
