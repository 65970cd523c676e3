//! What can be found about migrations. Each is declared once.

use crate::diagnostic::{Rule, Severity};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[
    &AHEAD,
    &BOM,
    &COLLISION,
    &COMMITS,
    &CONFIG_UNCLEAR,
    &DELETED,
    &EDITED,
    &FAILED,
    &FRESH_DIFFERS,
    &INVALID_INDEX,
    &JOURNAL_BROKEN,
    &LATE,
    &MISSING_FILE,
    &NOT_INCREASING,
    &NOT_UTF8,
    &NOT_THERE,
    &NO_NAME,
    &NULL_TIME,
    &ORPHAN,
    &REPEATED,
    &RESTAMPED,
    &VERIFIED_IN_PART,
];

/// A row that no file explains.
pub static AHEAD: Rule = Rule {
    code: "migrate/ahead",
    severity: Severity::Warning,
    summary: "the database has a migration that this checkout does not know",
    text: "\
A row of drizzle's table fits no migration of the journal: another branch was applied to this
database, or an entry was removed from the journal. drizzle-kit says nothing. Code of this checkout
may not fit the tables that are there.

Way out: check out the branch that has the migration, or pull. If the migration is gone for good:
pixcrawler migrate repair --forget ROW deletes the row after you undid by hand what it did.",
};

/// A byte order mark.
pub static BOM: Rule = Rule {
    code: "migrate/bom",
    severity: Severity::Error,
    summary: "a migration begins with a byte order mark",
    text: "\
The three bytes that some editors on Windows put in front of UTF-8 become a part of the first word,
and PostgreSQL refuses the statement with a syntax error that nobody can see.

Way out: save the file as UTF-8 without a byte order mark.",
};

/// Two snapshots with one parent.
pub static COLLISION: Rule = Rule {
    code: "migrate/collision",
    severity: Severity::Error,
    summary: "two snapshots build on the same one",
    text: "\
Two branches each generated a migration from the same state, and both were merged. drizzle-kit
refuses to generate another one.

Way out: delete the newer one (its .sql, its snapshot, its entry in meta/_journal.json), then run
drizzle-kit generate: it makes the difference anew, on top of the other.",
};

/// A file that ends its transaction.
pub static COMMITS: Rule = Rule {
    code: "migrate/commits",
    severity: Severity::Error,
    summary: "a migration ends its transaction by itself",
    text: "\
`COMMIT;` in a migration is the folk cure for statements that cannot run in a transaction. If
anything behind it fails, one half of the migration is in the database and the other is not.

Way out: write `-- no-transaction` as the file's first line and delete BEGIN and COMMIT: each statement
then runs by itself, and an interrupted run goes on where it stopped. Where the file was applied
elsewhere already: pixcrawler migrate repair --accept TAG there.",
};

/// A value that only running the configuration would tell.
pub static CONFIG_UNCLEAR: Rule = Rule {
    code: "migrate/config-unclear",
    severity: Severity::Warning,
    summary: "drizzle.config.ts computes a value that matters",
    text: "\
The configuration is read, not run. Constants of the same file, templates, spreads, path.join and
process.env are followed; the result of a function or of another module is not. Where the folder of the
migrations or the table of their record is computed, another one may be meant than drizzle-kit's.

Way out: write the value as a string, or as a constant in drizzle.config.ts itself.",
};

/// The file of an applied migration is gone.
pub static DELETED: Rule = Rule {
    code: "migrate/deleted",
    severity: Severity::Error,
    summary: "the file of an applied migration is gone",
    text: "\
The journal names a migration, the database has it, and its file is not there. drizzle-kit ends with
exit code 1 and without a message. A new database could not be made.

Way out: bring the file back: git checkout, where git has it (git log -- FILE), else from another checkout or a
backup. To get rid of old migrations, squash them: pixcrawler migrate adopt
puts the new journal on record in databases that have the tables already.",
};

/// An applied file was changed.
pub static EDITED: Rule = Rule {
    code: "migrate/edited",
    severity: Severity::Error,
    summary: "a migration was changed after it was applied",
    text: "\
The file's hash is not the one on record. What ran here is not what would run on a new database, so
that two databases of the same version differ. drizzle-kit stores the hash and never reads it. Line
ends do not count: a checkout on Windows is no change.

Way out: bring the file back as it was and put the change into a new migration. When the change is
harmless, a comment for instance: pixcrawler migrate repair --accept TAG records the new hash.",
};

/// A statement failed.
pub static FAILED: Rule = Rule {
    code: "migrate/failed",
    severity: Severity::Error,
    summary: "a statement of a migration failed",
    text: "\
The server refused a statement. Everything that the migration did before was rolled back, and it is
not on record; the migrations before it are applied and stay.

Way out: correct the file at the place that is named and run pixcrawler migrate again. The SQLSTATE is
explained in PostgreSQL's manual, appendix A.",
};

/// A whole schema that makes something else.
pub static FRESH_DIFFERS: Rule = Rule {
    code: "migrate/fresh-differs",
    severity: Severity::Error,
    summary: "the whole schema in one file makes something else than the migrations",
    text: "\
pixcrawler migrate fresh runs the migrations and the file (production_schema.sql) into an empty database,
each in a transaction that is rolled back, and compares what the server then has: tables, columns,
defaults, constraints, indexes, policies, types, triggers, functions, sequences, extensions and grants.
Names of constraints and indexes, the order of columns, a unique constraint where the other has a unique
index, and spellings that mean the same do not count. Where anything differs,
a new database would not be what a migrated one is, and nothing is written.

Way out: bring the two together (put what the file has and the migrations lack into a new migration,
and the other way round), or fill the database with pixcrawler migrate.",
};

/// An index that was not built to its end.
pub static INVALID_INDEX: Rule = Rule {
    code: "migrate/invalid-index",
    severity: Severity::Warning,
    summary: "an index is there and invalid: it costs every write and helps no query",
    text: "\
CREATE INDEX CONCURRENTLY that fails or is stopped (a duplicate in a unique index, a deadlock, a
connection that broke) leaves its index behind, marked INVALID. The server keeps it up to date and never
uses it, and IF NOT EXISTS takes it for the one that is wanted.

Way out: remove the cause, DROP INDEX CONCURRENTLY, and create it again. A migration that stopped there
does both by itself: pixcrawler migrate.",
};

/// The journal is no journal.
pub static JOURNAL_BROKEN: Rule = Rule {
    code: "migrate/journal-broken",
    severity: Severity::Error,
    summary: "the journal of the migrations cannot be read",
    text: "\
meta/_journal.json is what drizzle-kit and this tool go by. After a merge it often holds conflict
marks.

Way out: keep the entries of both sides, ordered by `when`, with `idx` counting up; or git checkout
the file.",
};

/// Not applied, and older than what is.
pub static LATE: Rule = Rule {
    code: "migrate/late",
    severity: Severity::Error,
    summary: "a migration was not applied, and something newer was",
    text: "\
drizzle-kit 0.x applies what is newer than the newest row of its table. A migration from a branch
that was merged later, or an entry with a date typed by hand, is therefore skipped for ever, with
`migrations applied successfully` and exit code 0.

Way out: if it can run after the ones that did, pixcrawler migrate --allow-late applies it and records
its own time, so that drizzle-kit has nothing to do afterwards. On a branch that is not merged yet,
delete it and generate it anew.",
};

/// The journal names a file that is not there.
pub static MISSING_FILE: Rule = Rule {
    code: "migrate/missing-file",
    severity: Severity::Error,
    summary: "the journal names a file that is not there",
    text: "\
A migration is in the journal and its .sql file is not in the folder: it was not committed, or it was
deleted by hand.

Way out: bring the file back. If the migration was never applied anywhere and is not wanted, delete
its entry and its snapshot too.",
};

/// Times that do not grow.
pub static NOT_INCREASING: Rule = Rule {
    code: "migrate/not-increasing",
    severity: Severity::Warning,
    summary: "a migration's time is not above those before it",
    text: "\
drizzle-kit compares times and nothing else. On an empty database, as in CI, both migrations run; on
one where the earlier entry is applied, the later one is skipped for ever.

Way out: give the entry a `when` above the one before it, unless it is applied somewhere already.",
};

/// Bytes that are no UTF-8.
pub static NOT_UTF8: Rule = Rule {
    code: "migrate/not-utf8",
    severity: Severity::Error,
    summary: "a migration is not UTF-8",
    text: "\
drizzle-kit replaces every byte that is not UTF-8 by U+FFFD and sends that, so that texts arrive
broken and nobody is told.

Way out: save the file as UTF-8.",
};

/// Adopted, and not there.
pub static NOT_THERE: Rule = Rule {
    code: "migrate/not-there",
    severity: Severity::Error,
    summary: "the database is not what the migrations make",
    text: "\
`migrate adopt --verify` runs the migrations into an empty database of its own on the same server,
pixcrawler_verify_NAME, which it drops afterwards, and compares what the server then has with the database
that is to be adopted: tables, columns, defaults, constraints, indexes, policies, types, triggers, functions,
views, sequences, extensions, grants. What is missing or different would never be made: a migration that is
on record does not run. What the database has beside it in the same tables is a warning; other tables are
nobody's business here.

Way out: bring the database to it by hand, or adopt only the migrations that it has, with --to TAG, and
apply the others.",
};

/// Adopted after half a look.
pub static VERIFIED_IN_PART: Rule = Rule {
    code: "migrate/verified-in-part",
    severity: Severity::Warning,
    summary: "only tables and columns were compared",
    text: "\
`migrate adopt --verify` compares whole catalogues where it can run the migrations into an empty database on
the same server. Where the role may not create one, or the migrations do not run there, it looks for the
tables and columns that the files make, and for nothing else.

Way out: connect with a role that may create databases (ALTER ROLE name CREATEDB), past a pooler.",
};

/// A row of a named table without a name.
pub static NO_NAME: Rule = Rule {
    code: "migrate/no-name",
    severity: Severity::Warning,
    summary: "a row on record has no name, and drizzle-kit 1.0 goes by names",
    text: "\
drizzle-kit 1.0 keeps the name of each migration and applies what has none on record. A row that 0.x
or another tool wrote after the upgrade has no name, so that 1.0 would run the migration a second time.

Way out: pixcrawler migrate repair fills in the names.",
};

/// A row without a time.
pub static NULL_TIME: Rule = Rule {
    code: "migrate/null-time",
    severity: Severity::Error,
    summary: "a row on record has no time",
    text: "\
drizzle-kit 0.x sorts rows by created_at, newest first. NULL comes first there and counts as 0: every
migration of the journal would run again.

Way out: pixcrawler migrate repair writes the time of the migration whose hash the row has, and
shows the rows that fit none.",
};

/// A file that nobody applies.
pub static ORPHAN: Rule = Rule {
    code: "migrate/orphan",
    severity: Severity::Warning,
    summary: "a file looks like a migration, and the journal does not name it",
    text: "\
drizzle-kit applies what the journal names. A file that was written by hand, or whose entry was lost
in a merge, is never applied, and nobody says so.

Way out: pixcrawler migrate new NAME makes a migration with an entry; put the SQL there. Or move the
file out of the folder.",
};

/// One tag twice.
pub static REPEATED: Rule = Rule {
    code: "migrate/repeated",
    severity: Severity::Error,
    summary: "a migration stands twice in the journal",
    text: "\
Two entries with one name are one file that would run twice.

Way out: delete one of the entries.",
};

/// On record under another time.
pub static RESTAMPED: Rule = Rule {
    code: "migrate/restamped",
    severity: Severity::Warning,
    summary: "a migration is on record under another time than the journal's",
    text: "\
The file is the one that ran, but its `when` in the journal is newer than all times on record:
drizzle-kit, which goes by times, would apply it again.

Way out: pixcrawler migrate repair records the journal's time.",
};
