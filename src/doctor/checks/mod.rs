//! The checks, in the order in which they are shown.

pub(super) mod azure;
mod celery;
pub(super) mod checkout;
mod clock;
mod cors;
mod disk;
mod env;
mod extras;
mod fields;
mod foreign;
mod git_files;
mod git_keys;
mod kept;
mod leftovers;
pub(super) mod limits;
mod memory;
mod migrations;
pub(super) mod patterns;
mod place;
mod ports;
pub(super) mod postgres;
mod python_packages;
mod reached;
mod redis;
mod servers;
mod shut;
mod supabase;
mod tools;
mod waits;
mod web_packages;

use std::time::Duration;

use crate::diagnostic::Rule;

use super::{Answer, Check, Facts, Files, Reads};

/// A check that reads files of this machine.
const LOCAL: Duration = Duration::from_secs(20);

/// A check that waits for others: longer than what each of its questions may take.
const REMOTE: Duration = Duration::from_secs(15);

const fn check(
    id: &'static str,
    about: &'static str,
    limit: Duration,
    of_machine: bool,
    ask: fn(&Facts) -> Answer,
) -> Check {
    Check {
        id,
        about,
        limit,
        of_machine,
        waits: false,
        reads: Reads::Nothing,
        by_tier: false,
        files: &[],
        ask,
    }
}

impl Check {
    /// The same, started before those who do not wait.
    const fn waiting(self) -> Self {
        Self {
            waits: true,
            ..self
        }
    }

    /// The same, which needs the env files of these tiers.
    const fn reading(self, reads: Reads) -> Self {
        Self { reads, ..self }
    }

    /// The same, which judges what each tier names by itself.
    const fn by_tier(self) -> Self {
        Self {
            by_tier: true,
            ..self
        }
    }

    /// The same, which needs these files.
    const fn judging_by(self, files: &'static [Files]) -> Self {
        Self { files, ..self }
    }
}

/// All of them.
pub(super) static ALL: &[Check] = &[
    check(
        "python",
        "the Python that uv will use",
        LOCAL,
        true,
        tools::python,
    )
    .judging_by(&[Files::Python])
    .waiting(),
    check("uv", "uv and its version", LOCAL, true, tools::uv)
        .judging_by(&[Files::Python])
        .waiting(),
    check("node", "Node and its version", LOCAL, true, tools::node)
        .judging_by(&[Files::Web])
        .waiting(),
    check(
        "bun",
        "the frontend's package manager",
        LOCAL,
        true,
        tools::web_manager,
    )
    .judging_by(&[Files::Web])
    .waiting(),
    check("git", "git and its version", LOCAL, true, tools::git).waiting(),
    check(
        checkout::ID,
        "the code: all there, merged, and such that Python can load it",
        LOCAL,
        false,
        checkout::ask,
    ),
    check(
        "python-packages",
        "Python packages installed, in step, not pruned",
        LOCAL,
        true,
        python_packages::ask,
    )
    .judging_by(&[Files::Python])
    .waiting(),
    check(
        "web-packages",
        "the frontend's packages installed and in step",
        LOCAL,
        true,
        web_packages::ask,
    )
    .judging_by(&[Files::Web])
    .waiting(),
    check(
        "ports",
        "the services' ports free, or held by whom",
        LOCAL,
        true,
        ports::ask,
    )
    .judging_by(&[Files::Python, Files::Web, Files::Code])
    .reading(Reads::All),
    check(
        "disk",
        "room on the disk, and the right to read and write the workspace",
        LOCAL,
        true,
        disk::ask,
    ),
    check("memory", "memory that is left", LOCAL, true, memory::ask),
    check(
        limits::ID,
        "files that a process may have open",
        LOCAL,
        true,
        limits::open_files,
    ),
    check(
        "watches",
        "files that may be watched for changes",
        LOCAL,
        true,
        limits::watches,
    ),
    check(
        "clock",
        "this machine's clock against others'",
        REMOTE,
        true,
        clock::ask,
    ),
    check(
        "env",
        "the env files, as `env check` judges them",
        LOCAL,
        false,
        env::ask,
    ),
    check(
        "postgres",
        "each Postgres URL: reachable, logged in, version, TLS, pooler, connections",
        REMOTE,
        false,
        postgres::ask,
    )
    .reading(Reads::All)
    .by_tier()
    .waiting(),
    check(
        "migrations",
        "Drizzle's migrations against the database",
        REMOTE,
        false,
        migrations::ask,
    )
    .judging_by(&[Files::Migrations])
    .reading(Reads::All)
    .by_tier()
    .waiting(),
    check(
        "redis",
        "each Redis: reachable, logged in, version, databases, eviction",
        REMOTE,
        false,
        redis::ask,
    )
    .judging_by(&[Files::Code])
    .reading(Reads::Python)
    .waiting(),
    check(
        "celery",
        "the broker that the worker really reads",
        REMOTE,
        false,
        celery::ask,
    )
    .judging_by(&[Files::Code])
    .reading(Reads::Python),
    check(
        "supabase",
        "the project's URL and keys",
        REMOTE,
        false,
        supabase::judge_project,
    )
    .reading(Reads::All)
    .by_tier(),
    check(
        "azure",
        "the storage account and its container",
        REMOTE,
        false,
        azure::ask,
    )
    .reading(Reads::Python),
    check(
        "cors",
        "whether the API lets the app's pages call it",
        REMOTE,
        false,
        cors::ask,
    )
    .judging_by(&[Files::Code])
    .reading(Reads::All),
    check(
        "git-files",
        "env files ignored by git and not tracked",
        LOCAL,
        false,
        git_files::ask,
    ),
    check(
        "git-keys",
        "no keys in files that git tracks",
        LOCAL,
        false,
        git_keys::ask,
    ),
    check(
        "leftovers",
        "what earlier start scripts left behind",
        LOCAL,
        true,
        leftovers::ask,
    ),
];

/// The rules of all checks.
pub(super) fn rules() -> Vec<&'static Rule> {
    [
        patterns::RULES,
        extras::RULES,
        python_packages::RULES,
        disk::RULES,
        memory::RULES,
        limits::RULES,
        clock::RULES,
        postgres::RULES,
        migrations::RULES,
        redis::RULES,
        celery::RULES,
        supabase::RULES,
        azure::RULES,
        cors::RULES,
        checkout::RULES,
        git_files::RULES,
        git_keys::RULES,
        leftovers::RULES,
    ]
    .into_iter()
    .flatten()
    .copied()
    .collect()
}
