//! What can be wrong with a Postgres.

use crate::diagnostic::{Rule, Severity};

/// No Postgres answers.
pub(super) static UNREACHABLE: Rule = Rule {
    code: "postgres/unreachable",
    severity: Severity::Error,
    summary: "no Postgres answers at the address that a tier names",
    text: "\
The API and the worker cannot start without their database, and migrations cannot be applied.

Where a URL leaves host or port open, its driver takes them from PGHOST and PGPORT of the process
environment, and refuses what is no port.

Way out: start the server (`pixcrawler dev` starts one for URLs of this machine, with what PGHOST and
PGPORT say of them), or correct the URL in the file that is named, or that variable.",
};

/// It does not let us in.
pub(super) static LOGIN: Rule = Rule {
    code: "postgres/login",
    severity: Severity::Error,
    summary: "a Postgres refuses the user, the password or the database of a URL",
    text: "\
The server is there and answers, so the address is right; the login is not.

A password may stand in a file (`~/.pgpass`), into which no driver looks if others than its owner may.
The name of a database is taken as it stands in the URL by SQLAlchemy and postgres.js: there `my%20db` has
no blank in it.

Way out: correct the part of the URL that is named with the finding. Characters such as `@`, `/` and
`#` in a password must be percent-encoded in a URL.",
};

/// TLS does not fit.
pub(super) static TLS: Rule = Rule {
    code: "postgres/tls",
    severity: Severity::Error,
    summary: "what a URL says about TLS and what the server does do not fit",
    text: "\
A server that insists on TLS refuses plain connections; one without it refuses URLs that insist.
Between machines, a connection without TLS shows passwords and data to everybody on the way. asyncpg
and psycopg use it where it is offered; postgres.js and node-postgres only where the URL or the code
says so.

Way out: add `?ssl=require` (asyncpg) or `?sslmode=require` (all others) to the URL, or take it out
for a server of this machine. Where the server has none, it is to be switched on there first. A certificate that does not hold wants its authority: a file that
PGSSLROOTCERT names in the process environment (Node: NODE_EXTRA_CA_CERTS). To ask for `require` in
the place of `verify-full` means to believe whoever answers; to node-postgres both are the same, in the
URL and in PGSSLMODE, and `no-verify` is what believes.",
};

/// What stands behind the `?` is nothing for the driver.
pub(super) static OPTIONS: Rule = Rule {
    code: "postgres/options",
    severity: Severity::Error,
    summary: "a URL has options that its driver does not take",
    text: "\
SQLAlchemy hands what stands behind the `?` to asyncpg as it is, and asyncpg's `connect()` knows other
names than libpq and Prisma: `sslmode` is its `ssl`. The API starts, and its first query ends with
`connect() got an unexpected keyword argument 'sslmode'`.

postgres.js knows a few options of its own, and sends all others to the server as configuration
parameters: `sslrootcert`, `channel_binding`, Prisma's `pgbouncer`, or a `password`, `host` or `dbname`
that stands there end the connection with `unrecognized configuration parameter`. Its `sslmode` is require, prefer, allow or disable; anything
else has it look at the certificate and its name, with the authorities that Node trusts
(NODE_EXTRA_CA_CERTS).

psycopg, which the worker of a workspace may get the same URL for, knows libpq's names alone: asyncpg's
`ssl` and `command_timeout` end its first task. The code has to translate them.

`target_session_attrs` asks for a server of a kind: a standby, say. Drivers log in, look, and go away again from
one that is another (`TargetServerAttributeNotMatched`).

Way out: the command that is printed writes what the driver takes. What only code can say, such as
`application_name`, belongs to `create_async_engine(…, connect_args={…})`.",
};

/// The tiers do not mean the same one.
pub(super) static APART: Rule = Rule {
    code: "postgres/apart",
    severity: Severity::Warning,
    summary: "the backend and the frontend name two different databases",
    text: "\
The frontend's migrations make the tables that the API works with. Where the two go to different
databases, the API finds no tables, or old ones, and each side shows what the other does not have.

Other names of one place are understood: localhost and 127.0.0.1, the poolers of Supabase and Neon.
Where both servers answer, they are compared by what they say about themselves.

Way out: one of the two commands that are printed.",
};

/// It takes no writes.
pub(super) static READ_ONLY: Rule = Rule {
    code: "postgres/read-only",
    severity: Severity::Error,
    summary: "the backend's Postgres takes no writes",
    text: "\
A standby follows another server and refuses each INSERT, and each migration, with `cannot execute …
in a read-only transaction`. So does a database whose `default_transaction_read_only` is on; Supabase
switches that on when a project's disk is full. With `hot_standby` off a standby lets nobody in at all.

Way out: name the primary in the URL, or make room and switch it off.",
};

/// It is too old.
pub(super) static OLD: Rule = Rule {
    code: "postgres/version",
    severity: Severity::Warning,
    summary: "a Postgres is older than the oldest version that gets corrections",
    text: "\
Version 13 had its last release in November 2025; Supabase runs 15 and 17. Migrations that are
written for those may fail on an older server, and holes in it stay open.

Way out: move the data to a newer server (`pg_dumpall`), or let `pixcrawler dev` run one.",
};

/// A pooler hands out sessions by transaction.
pub(super) static POOLER: Rule = Rule {
    code: "postgres/pooler",
    severity: Severity::Warning,
    summary: "a URL leads to a pooler in transaction mode, or in statement mode",
    text: "\
In transaction mode each transaction may run in another session. Prepared statements, which asyncpg
and SQLAlchemy use by default, then fail now and then with `prepared statement does not exist`, and
so do `LISTEN`, session variables and session locks. postgres.js prepares by default, too: behind such a
pooler its queries hang or fail, `drizzle(postgres(url))` among them.

In statement mode a pooler takes no transaction at all. SQLAlchemy, asyncpg's own `transaction()`, Drizzle
and migrations begin with one: there everything fails, and this is an error.

Way out: use the session pooler or the direct address (Supabase: port 5432 instead of 6543) for the
backend, or switch prepared statements off: `statement_cache_size=0` for asyncpg and `{ prepare: false }` in
postgres.js. In SQLAlchemy's `connect_args` that is enough with asyncpg 0.31 and later; before it takes
`prepared_statement_cache_size=0` and a `prepared_statement_name_func` of your own beside it. Such names without
`prepared_statement_cache_size=0` fail with every version, unless the engine has a `NullPool`.",
};

/// Pools are larger than the server allows.
pub(super) static POOLS: Rule = Rule {
    code: "postgres/connections",
    severity: Severity::Warning,
    summary: "the processes' pools may ask for more connections than the server allows",
    text: "\
Each process of the API and of the worker has a pool of its own. Under load the pools of the API fill,
and then the server refuses with `sorry, too many clients already`. A process of the worker runs one
task at a time, and is counted with two connections. A role and a database may have limits of their own
(`CONNECTION LIMIT`), which count for everybody but superusers; the least of them all decides.

Way out: make `DATABASE_POOL_SIZE` and `DATABASE_MAX_OVERFLOW` smaller, run fewer processes, or
raise `max_connections`, or that limit.",
};

/// It is far away.
pub(super) static SLOW: Rule = Rule {
    code: "postgres/latency",
    severity: Severity::Warning,
    summary: "a Postgres takes long to answer the smallest question",
    text: "\
A request of the API asks the database several times; each question takes at least this long.

Way out: run the application in the database's region, or use a database that is nearer for
development.",
};

pub(in crate::doctor::checks) static RULES: &[&Rule] = &[
    &UNREACHABLE,
    &LOGIN,
    &TLS,
    &OPTIONS,
    &APART,
    &READ_ONLY,
    &OLD,
    &POOLER,
    &POOLS,
    &SLOW,
];
