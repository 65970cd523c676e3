//! What can be found in the SQL of migrations. Names are squawk's where the rule is squawk's.

use crate::diagnostic::{Rule, Severity};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[
    &ADDING_FIELD_WITH_DEFAULT,
    &ADDING_FOREIGN_KEY,
    &ADDING_NOT_NULL,
    &ADDING_PRIMARY_KEY,
    &ADDING_REQUIRED_FIELD,
    &CHANGING_COLUMN_TYPE,
    &CONSTRAINT_NOT_VALID,
    &CUT_LITERAL,
    &DROP_COLUMN,
    &DROP_DATABASE,
    &DROP_NOT_NULL,
    &DROP_TABLE,
    &ENUM_VALUE,
    &IDENTIFIER_TOO_LONG,
    &INDEX_CREATION,
    &INDEX_DELETION,
    &NO_POLICY,
    &NO_ROW_LEVEL_SECURITY,
    &NOT_GENERATED,
    &NOT_UNDERSTOOD,
    &OUTSIDE_TRANSACTION,
    &RENAMING_COLUMN,
    &RENAMING_TABLE,
    &TIMESTAMP,
    &TRUNCATE_CASCADE,
    &UNIQUE_CONSTRAINT,
    &UNUSED_SILENCER,
];

/// A column whose default is made for each row.
pub(super) static ADDING_FIELD_WITH_DEFAULT: Rule = Rule {
    code: "migrate/adding-field-with-default",
    severity: Severity::Warning,
    summary: "a new column has a default that is made anew for each row",
    text: "\
A constant default costs nothing. One that differs from row to row, as gen_random_uuid() or random()
does, makes the server rewrite the table while nobody can read it.

Way out: add the column without the default, set the default in a second statement (it holds for new
rows), and fill the old rows in parts:

    ALTER TABLE t ADD COLUMN token uuid;
    ALTER TABLE t ALTER COLUMN token SET DEFAULT gen_random_uuid();",
};

/// A foreign key on a table that has rows.
pub(super) static ADDING_FOREIGN_KEY: Rule = Rule {
    code: "migrate/adding-foreign-key-constraint",
    severity: Severity::Warning,
    summary: "a foreign key is checked while both tables are locked",
    text: "\
The server reads the whole table to see that every value exists, and nobody can write to either of the
two tables meanwhile.

Way out: add it NOT VALID, which only looks at new rows, and check the old ones in a later migration,
which locks nobody out:

    ALTER TABLE a ADD CONSTRAINT a_b_fk FOREIGN KEY (b_id) REFERENCES b(id) NOT VALID;
    -- in the next migration
    ALTER TABLE a VALIDATE CONSTRAINT a_b_fk;",
};

/// `SET NOT NULL` on a table that has rows.
pub(super) static ADDING_NOT_NULL: Rule = Rule {
    code: "migrate/adding-not-null-field",
    severity: Severity::Warning,
    summary: "a column becomes NOT NULL while the table is locked",
    text: "\
The server reads the whole table under a lock that keeps readers out, and fails when one row has no
value.

Way out: a CHECK that is not valid yet, validated in the next migration; SET NOT NULL then believes it
and reads nothing:

    ALTER TABLE t ADD CONSTRAINT c CHECK (x IS NOT NULL) NOT VALID;
    -- in the next migration
    ALTER TABLE t VALIDATE CONSTRAINT c;
    ALTER TABLE t ALTER COLUMN x SET NOT NULL;",
};

/// A primary key on a table that has rows.
pub(super) static ADDING_PRIMARY_KEY: Rule = Rule {
    code: "migrate/adding-serial-primary-key-field",
    severity: Severity::Warning,
    summary: "a primary key builds its index while the table is locked",
    text: "\
The index of a new primary key is built under a lock that keeps readers out; a serial column rewrites
the table on top of that.

Way out: build a unique index CONCURRENTLY in a migration of its own, then use it:

    ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_id_index;",
};

/// `NOT NULL` without a default.
pub(super) static ADDING_REQUIRED_FIELD: Rule = Rule {
    code: "migrate/adding-required-field",
    severity: Severity::Warning,
    summary: "a new column is NOT NULL and has no default",
    text: "\
Where the table has a row, the statement fails: the row would have no value. Where it has none, programs
that do not know the column yet can no longer insert.

Way out: give it a constant default, which costs nothing, or add it without NOT NULL, fill it, and set
NOT NULL in a later migration.",
};

/// Another type.
pub(super) static CHANGING_COLUMN_TYPE: Rule = Rule {
    code: "migrate/changing-column-type",
    severity: Severity::Warning,
    summary: "a column gets another type",
    text: "\
Most changes of a type rewrite the table under a lock that keeps readers out, and programs that run
already (the backend's models among them) read a value that they do not expect.

Way out: add a new column, write both, fill the old rows in parts, change the readers, and drop the old
column in a later migration. Where the change is known to be free (varchar(50) to varchar(100), or to
text), silence the line with that reason.",
};

/// A check on a table that has rows.
pub(super) static CONSTRAINT_NOT_VALID: Rule = Rule {
    code: "migrate/constraint-missing-not-valid",
    severity: Severity::Warning,
    summary: "a constraint is checked while the table is locked",
    text: "\
A new CHECK reads the whole table under a lock that keeps writers and readers out. The same goes for a
constraint that is added NOT VALID and validated in one migration: the lock is held to its end.

Way out: add it NOT VALID, and VALIDATE CONSTRAINT in the next migration.",
};

/// A marker inside a literal.
pub(super) static CUT_LITERAL: Rule = Rule {
    code: "migrate/cut-literal",
    severity: Severity::Error,
    summary: "a statement-breakpoint stands inside a literal or a comment, or something is never closed",
    text: "\
drizzle cuts a migration at the bytes `--> statement-breakpoint`, wherever they stand. Inside a string,
the body of a function or a comment, both halves are broken, or text that was meant as a comment is
run. So is a literal that nobody closes.

Way out: move the marker between two statements; put a literal that must hold these words together from
parts: '--> statement-' || 'breakpoint'.",
};

/// `DROP COLUMN`.
pub(super) static DROP_COLUMN: Rule = Rule {
    code: "migrate/ban-drop-column",
    severity: Severity::Warning,
    summary: "a column is dropped",
    text: "\
Its data is gone. Programs that run already and still name the column fail, until all of them are the
new version.

Way out: first release the programs without the column, then drop it; silence the line with that
reason.",
};

/// `DROP DATABASE`.
pub(super) static DROP_DATABASE: Rule = Rule {
    code: "migrate/ban-drop-database",
    severity: Severity::Error,
    summary: "a database is dropped",
    text: "\
No migration of an application drops a database, and none can: the statement does not run in a
transaction.

Way out: delete the statement.",
};

/// `DROP NOT NULL`.
pub(super) static DROP_NOT_NULL: Rule = Rule {
    code: "migrate/ban-drop-not-null",
    severity: Severity::Warning,
    summary: "a column may be NULL from now on",
    text: "\
Programs that run already take the value for granted: a model that says `str` gets None.

Way out: release the programs that expect NULL first; silence the line with that reason.",
};

/// `DROP TABLE`.
pub(super) static DROP_TABLE: Rule = Rule {
    code: "migrate/ban-drop-table",
    severity: Severity::Warning,
    summary: "a table is dropped",
    text: "\
Its data is gone, and programs that run already and still use it fail.

Way out: first release the programs without the table, then drop it; silence the line with that reason.",
};

/// An enum's value used where it was added.
pub(super) static ENUM_VALUE: Rule = Rule {
    code: "migrate/enum-value-in-use",
    severity: Severity::Error,
    summary: "an enum's new value is used in the transaction that adds it",
    text: "\
A value that ALTER TYPE … ADD VALUE adds can be used when that is committed, not before (SQLSTATE 55P04).
pixcrawler migrate commits each migration by itself; drizzle-kit runs all that are pending in one
transaction, so that even the next file fails there.

Way out: put the statement that uses the value into the next migration. Where drizzle-kit must run
both, release them one after the other.",
};

/// A name that the server cuts.
pub(super) static IDENTIFIER_TOO_LONG: Rule = Rule {
    code: "migrate/identifier-too-long",
    severity: Severity::Warning,
    summary: "a name has more than 63 bytes, and the server cuts it",
    text: "\
PostgreSQL keeps the first 63 bytes of a name and says so in a notice that nobody reads. drizzle-kit
then looks for the whole name, does not find it, and wants to change the database again and again. Two
names that begin alike collide.

Way out: give it a shorter name of its own, in schema.ts: foreignKey({ name: '…', … }), unique('…'),
index('…').",
};

/// `CREATE INDEX` on a table that has rows.
pub(super) static INDEX_CREATION: Rule = Rule {
    code: "migrate/require-concurrent-index-creation",
    severity: Severity::Warning,
    summary: "an index is built while nobody can write to the table",
    text: "\
CREATE INDEX keeps writers out until it is done. On a large table that takes minutes.

Way out: a migration of its own that begins with the line `-- no-transaction`, and in it

    CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON table (column);

drizzle-kit cannot run that (it has one transaction for everything), pixcrawler migrate can. Where the
table is small, silence the line with that reason.",
};

/// `DROP INDEX` while the table is used.
pub(super) static INDEX_DELETION: Rule = Rule {
    code: "migrate/require-concurrent-index-deletion",
    severity: Severity::Warning,
    summary: "an index is dropped while nobody can use the table",
    text: "\
DROP INDEX takes the strongest lock on the table and waits for every query before it; who comes later
waits behind it.

Way out: a migration of its own that begins with the line `-- no-transaction`, and in it
DROP INDEX CONCURRENTLY IF EXISTS name;",
};

/// Row level security without a policy.
pub(super) static NO_POLICY: Rule = Rule {
    code: "migrate/no-policy",
    severity: Severity::Info,
    summary: "a table has row level security and no policy",
    text: "\
Without a policy, nobody but the table's owner and service_role sees a row. That is right for tables
that only the server uses, and a surprise everywhere else.

Way out: CREATE POLICY … ON the table in a new migration, or turn the rule off in pixcrawler.toml:

    [rules]
    \"migrate/no-policy\" = \"off\"",
};

/// A table of `public` that everybody can read.
pub(super) static NO_ROW_LEVEL_SECURITY: Rule = Rule {
    code: "migrate/no-row-level-security",
    severity: Severity::Warning,
    summary: "a table in `public` has no row level security",
    text: "\
Supabase serves the schema `public` over HTTP. A table without row level security can be read and
written by everybody who has the anon key, which stands in every browser. Drizzle's migrations turn it
on only where schema.ts says so; SQL beside the journal (production_schema.sql) is not applied by them.

Way out: pgTable.withRLS(…) or .enableRLS() and a pgPolicy in schema.ts, then drizzle-kit generate; or
pixcrawler migrate new row_level_security, and in the new file:

    ALTER TABLE t ENABLE ROW LEVEL SECURITY;
    CREATE POLICY \"own rows\" ON t USING (auth.uid() = user_id);

A database that Supabase does not serve needs none: \"migrate/no-row-level-security\" = \"off\" under
[rules] in pixcrawler.toml.",
};

/// A table of the schema that no migration makes.
pub(super) static NOT_GENERATED: Rule = Rule {
    code: "migrate/not-generated",
    severity: Severity::Error,
    summary: "the Drizzle schema and the migrations name different tables",
    text: "\
A table was declared in schema.ts and no migration creates it (or it was taken out, and no migration
drops it): `drizzle-kit generate` was forgotten, or its files were not committed. Queries that type-check
fail with `relation does not exist`.

Way out: run drizzle-kit generate (pixcrawler migrate new NAME --from-schema does), look at the SQL, and
commit the files.",
};

/// SQL that the grammar does not know.
pub(super) static NOT_UNDERSTOOD: Rule = Rule {
    code: "migrate/not-understood",
    severity: Severity::Warning,
    summary: "a statement is no SQL that PostgreSQL's grammar knows",
    text: "\
The statement would fail with a syntax error, or is newer than the grammar that is built in (PostgreSQL
17). Nothing else is checked in it.

Way out: correct the statement; if the server accepts it, silence the line with that reason.",
};

/// A statement that runs in no transaction.
pub(super) static OUTSIDE_TRANSACTION: Rule = Rule {
    code: "migrate/outside-transaction",
    severity: Severity::Error,
    summary: "a statement cannot run in a transaction, and the migration has one",
    text: "\
CREATE INDEX CONCURRENTLY, VACUUM and their kind refuse to run in a transaction (SQLSTATE 25001). Each
migration has one, unless its first line says otherwise.

Way out: put the statement into a migration of its own that begins with this line:

    -- no-transaction

drizzle-kit has one transaction for all pending migrations and cannot run it; pixcrawler migrate can.",
};

/// `RENAME COLUMN`.
pub(super) static RENAMING_COLUMN: Rule = Rule {
    code: "migrate/renaming-column",
    severity: Severity::Warning,
    summary: "a column is renamed",
    text: "\
Programs that run already ask for the old name and fail, until all of them are the new version.

Way out: keep the name in the database and rename the property in schema.ts alone:
newName: text('old_name'). Or add a column, write both, and drop the old one later.",
};

/// `RENAME TO`.
pub(super) static RENAMING_TABLE: Rule = Rule {
    code: "migrate/renaming-table",
    severity: Severity::Warning,
    summary: "a table is renamed",
    text: "\
Programs that run already ask for the old name and fail, until all of them are the new version.

Way out: keep the name in the database and rename the constant in schema.ts alone; or leave a view under
the old name: CREATE VIEW old AS SELECT * FROM new.",
};

/// `timestamp` without a time zone.
pub(super) static TIMESTAMP: Rule = Rule {
    code: "migrate/prefer-timestamptz",
    severity: Severity::Info,
    summary: "a column keeps a time without its zone",
    text: "\
`timestamp` keeps what the clock on the wall showed, not when it was: a program in another zone reads
another time. Python's naive datetime comes back as a naive one.

Way out: timestamp('x', { withTimezone: true }) in schema.ts, DateTime(timezone=True) in SQLAlchemy.",
};

/// `TRUNCATE … CASCADE`.
pub(super) static TRUNCATE_CASCADE: Rule = Rule {
    code: "migrate/ban-truncate-cascade",
    severity: Severity::Warning,
    summary: "a table is emptied together with all that refer to it",
    text: "\
CASCADE empties every table whose foreign keys lead here, however many those are by now.

Way out: name the tables: TRUNCATE a, b;",
};

/// A unique constraint on a table that has rows.
pub(super) static UNIQUE_CONSTRAINT: Rule = Rule {
    code: "migrate/disallowed-unique-constraint",
    severity: Severity::Warning,
    summary: "a unique constraint builds its index while the table is locked",
    text: "\
The index is built under a lock that keeps readers out, and the statement fails when two rows are alike.

Way out: build the index in a migration of its own (`-- no-transaction`), then use it:

    CREATE UNIQUE INDEX CONCURRENTLY t_x_unique ON t (x);
    -- in the next migration
    ALTER TABLE t ADD CONSTRAINT t_x_unique UNIQUE USING INDEX t_x_unique;",
};

/// A silencer that silences nothing.
pub(super) static UNUSED_SILENCER: Rule = Rule {
    code: "migrate/unused-silencer",
    severity: Severity::Warning,
    summary: "a silencer has nothing to silence, names no rule, or gives no reason",
    text: "\
A finding that is understood and accepted is silenced where it stands, at the end of its line or above its
statement, with the rule and the reason:

    -- pixcrawler: ignore[migrate/ban-drop-column] nothing has read it since March
    ALTER TABLE users DROP COLUMN nickname;

One that silences nothing would hide the next mistake; one without a reason tells nobody whether it may
go. A comment changes the file's hash: once a migration has run somewhere, say instead in pixcrawler.toml
that it and those before it were looked at:

    [migrate]
    reviewed = \"0007_tag\"

Way out: delete the comment, or add the rule and the reason.",
};
