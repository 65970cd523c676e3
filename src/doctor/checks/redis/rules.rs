//! What can be wrong with a Redis.

use crate::diagnostic::{Rule, Severity};

/// No Redis answers.
pub(super) static UNREACHABLE: Rule = Rule {
    code: "redis/unreachable",
    severity: Severity::Error,
    summary: "no Redis answers at the address that a tier names",
    text: "\
Without its broker the worker waits silently and tasks stay where they are; without cache and
limiter every request asks the database, or is refused.

Way out: start the server (`pixcrawler dev` starts one for URLs of this machine), or correct the
variable in the file that is named. One that is there and answers nobody (a script that does not end, too
many clients, a replica without its primary) has a way out of its own, which stands with the finding.",
};

/// It does not let us in.
pub(super) static LOGIN: Rule = Rule {
    code: "redis/login",
    severity: Severity::Error,
    summary: "a Redis refuses the password or the database of a URL",
    text: "\
The server is there and answers, so the address is right; the user, the password or the database
number is not.

Way out: correct the part that is named with the finding.",
};

/// It is too old.
pub(super) static OLD: Rule = Rule {
    code: "redis/version",
    severity: Severity::Warning,
    summary: "a Redis is older than what the clients of the stack are tested with",
    text: "\
Celery's transport and the rate limiter's scripts expect Redis 6 or Valkey.

Way out: run a newer server, or let `pixcrawler dev` run one.",
};

/// Two uses share a database.
pub(super) static SHARED: Rule = Rule {
    code: "redis/shared-database",
    severity: Severity::Warning,
    summary: "two uses of Redis share one database",
    text: "\
Emptying the cache (`FLUSHDB`) would empty the limiter's counters or the broker's tasks with it, and
emptying the results would take the tasks that wait. Celery's broker and results do not disturb each
other otherwise: they are told only where each has a variable of its own in an env file, and the
server has another database.

Way out: give each use a number of its own in the file that is named.",
};

/// It takes no writes.
pub(super) static WRITES: Rule = Rule {
    code: "redis/writes",
    severity: Severity::Error,
    summary: "a Redis answers, and does not take what a tier writes there",
    text: "\
Whoever uses a Redis writes there: a cache its entries, a limiter its counters, Celery its tasks and
their results. A replica refuses that, and so do a server whose memory is full, a user without the
rights, and the nodes of a cluster and sentinels, which are something else. PING succeeds with each of
them; the first task fails. It is asked without writing: the commands are queued (`MULTI`) and dropped
(`DISCARD`).

Way out: name the server that takes writes, give the user its rights, or make room; which of them is
told with the finding. For sentinels, Celery takes `sentinel://` URLs.",
};

/// It may throw away what must stay.
pub(super) static EVICTION: Rule = Rule {
    code: "redis/eviction",
    severity: Severity::Warning,
    summary: "a Redis that holds tasks may throw keys away when its memory is full",
    text: "\
With a limit on memory and a policy such as `allkeys-lru`, Redis makes room by deleting keys: tasks
in the broker and their results vanish without a word. `volatile-lru` and its like delete only keys
that end by themselves: results do, tasks do not.

Way out: `maxmemory-policy noeviction` for the broker's server, and another server for the cache.",
};

/// It takes its time.
pub(super) static SLOW: Rule = Rule {
    code: "redis/latency",
    severity: Severity::Warning,
    summary: "a Redis takes long to answer the smallest question",
    text: "\
Every request asks the limiter and the cache, and every task goes through the broker: each question
takes at least this long. A cache that is slower than the database is none.

Way out: run the application in Redis' region, or use a Redis that is nearer. One on this machine is
held up by what others ask of it (`KEYS`, large deletes): `redis-cli slowlog get 10` shows it.",
};

pub(in crate::doctor::checks) static RULES: &[&Rule] = &[
    &UNREACHABLE,
    &LOGIN,
    &WRITES,
    &OLD,
    &SHARED,
    &EVICTION,
    &SLOW,
];
