//! `migrate fresh` and what `migrate status` says beside Drizzle, in a real database.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::{World, ask, free_port, postgres, run};

const MIGRATION: &str = "CREATE TYPE \"mood\" AS ENUM('sad', 'ok');--> statement-breakpoint
CREATE TABLE \"people\" (
	\"id\" serial PRIMARY KEY NOT NULL,
	\"feels\" \"mood\" DEFAULT 'ok' NOT NULL,
	\"score\" numeric(5, 2) DEFAULT '0.00' NOT NULL,
	\"seen\" timestamp with time zone DEFAULT now()
);
--> statement-breakpoint
ALTER TABLE \"people\" ENABLE ROW LEVEL SECURITY;";

/// The same in other words: order, names of constraints and indexes, spelling of defaults.
const SCHEMA: &str = "BEGIN;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE IF NOT EXISTS people (
  seen timestamptz DEFAULT CURRENT_TIMESTAMP,
  score numeric(5, 2) NOT NULL DEFAULT 0.00,
  feels mood NOT NULL DEFAULT 'ok',
  id serial NOT NULL,
  CONSTRAINT another_name PRIMARY KEY (id)
);
CREATE INDEX CONCURRENTLY their_name ON people (score);
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
COMMIT;
";

const INDEX: &str = "-- no-transaction\nCREATE INDEX CONCURRENTLY \"people_score\" ON \"people\" USING btree (\"score\");";

fn workspace(root: &Path, schema: &str) {
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("files");
    };
    write("pixcrawler.toml", "");
    write("frontend/package.json", "{}");
    write(
        "frontend/drizzle.config.ts",
        "export default { out: './m', dialect: 'postgresql' }",
    );
    write("frontend/m/0000_people.sql", MIGRATION);
    write("frontend/m/0001_index.sql", INDEX);
    write(
        "frontend/m/meta/_journal.json",
        "{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[{\"idx\":0,\"when\":1700000000000,\"tag\":\"0000_people\"},{\"idx\":1,\"when\":1700000001000,\"tag\":\"0001_index\"}]}",
    );
    write("production_schema.sql", schema);
    write("alembic.ini", "[alembic]\nscript_location = alembic\n");
    write(
        "alembic/versions/one.py",
        "revision = 'a1'\ndown_revision = None\n",
    );
    write(
        "alembic/versions/two.py",
        "revision = 'b2'\ndown_revision = 'a1'\ndef upgrade():\n    op.drop_index('nowhere', table_name='people')\n",
    );
}

fn pixcrawler(root: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pixcrawler"))
        .args([
            "--workspace",
            root.to_str().expect("UTF-8"),
            "--color",
            "never",
        ])
        .args(arguments)
        .output()
        .expect("the binary runs")
}

/// Both streams with single spaces: lines are wrapped for people.
fn said(output: &Output) -> String {
    let both = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    both.concat()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_whole_schema_fills_an_empty_database_only_if_it_is_what_the_migrations_make() {
    let world = World::open();
    let url = format!("postgresql://app:secret@localhost:{}/app", free_port());
    let (service, endpoint) = postgres(&url);
    let running = world.start(&service);
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();

    workspace(
        root,
        "CREATE TABLE people (id serial PRIMARY KEY, feels text); CREATE TABLE more (id int);",
    );
    let refused = pixcrawler(root, &["migrate", "fresh", "--database-url", &url]);
    let text = said(&refused);
    assert_eq!(refused.status.code(), Some(1), "{text}");
    for part in [
        "`people` is not the same",
        "column people.feels: `text` in the file, `public.mood NOT NULL DEFAULT 'ok'` in the migrations",
        "table more: only in the file",
        "nothing was changed",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let count = "SELECT count(*)::text FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(ask(&endpoint, count), "0");

    workspace(
        root,
        "CREATE TABLE people (id serial);\nCREATE TABLE broken (id nonsense);\n",
    );
    let failed = pixcrawler(root, &["migrate", "fresh", "--database-url", &url]);
    let text = said(&failed);
    assert!(
        failed.status.code() == Some(1)
            && text.contains("production_schema.sql:2:1")
            && text.contains("SQLSTATE 42704"),
        "{text}"
    );
    assert_eq!(ask(&endpoint, count), "0");

    workspace(root, SCHEMA);
    let filled = pixcrawler(root, &["migrate", "fresh", "--database-url", &url]);
    assert_eq!(filled.status.code(), Some(0), "{}", said(&filled));
    let rows =
        "SELECT string_agg(created_at::text, ' ' ORDER BY id) FROM drizzle.__drizzle_migrations";
    assert_eq!(ask(&endpoint, rows), "1700000000000 1700000001000");
    let again = pixcrawler(root, &["migrate", "fresh", "--database-url", &url]);
    assert!(
        again.status.code() == Some(1)
            && said(&again).contains("is not empty: 2 migrations on record"),
        "{}",
        said(&again)
    );
    let up = pixcrawler(root, &["migrate", "--database-url", &url]);
    assert!(said(&up).contains("nothing to do"), "{}", said(&up));

    run(
        &endpoint,
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('a1'), ('zz');
         CREATE TABLE schema_migrations (version varchar PRIMARY KEY);",
    );
    let status = pixcrawler(
        root,
        &[
            "migrate",
            "status",
            "--database-url",
            &url,
            "--format",
            "json",
        ],
    );
    let told: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
    assert_eq!(
        told["alembic"]["revisions"],
        serde_json::json!([{"revision": "a1", "state": "applied"}, {"revision": "b2", "state": "unreachable"}])
    );
    assert_eq!(told["other_tools"], serde_json::json!(["dbmate"]));
    let rules: Vec<&str> = told["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|finding| finding["rule"].as_str())
        .collect();
    assert_eq!(rules, ["alembic/ahead", "alembic/unreachable"]);
    drop(running);
}
