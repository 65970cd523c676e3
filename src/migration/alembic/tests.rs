use super::*;
use crate::code::alembic::revision;
use crate::migration::journal::Script;
use crate::migration::{Journal, Layout, Migration};

fn alembic(files: &[&str]) -> Alembic {
    let file = |(at, text): (usize, &&str)| File {
        source: Source::new(format!("versions/{at}.py"), *text),
        revision: revision(text),
    };
    Alembic {
        versions: "versions".into(),
        table: crate::code::sql::Name::new("alembic_version"),
        files: files.iter().enumerate().map(file).collect(),
    }
}

fn drizzle(text: &str) -> Journal {
    Journal {
        layout: Layout::Folders,
        out: "m".into(),
        source: None,
        migrations: vec![Migration {
            tag: "20260101000000_a".into(),
            when: 0,
            path: "m/a.sql".into(),
            script: Some(Script::new("m/a.sql", text.as_bytes())),
            entry: None,
            when_at: None,
        }],
        orphans: Vec::new(),
        snapshots: Vec::new(),
    }
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.code).collect()
}

#[test]
fn heads_branches_and_merges() {
    let branched = [
        "revision = 'a'\ndown_revision = None",
        "revision = 'c'\ndown_revision = 'a'",
        "revision: str = 'b'\ndown_revision: str = 'a'",
    ];
    let found = alembic(&branched);
    assert_eq!(found.heads(), ["c", "b"]);
    assert_eq!(codes(&found.findings()), ["alembic/heads"]);
    let merged: Vec<&str> = branched
        .into_iter()
        .chain(["revision = 'm'\ndown_revision = ('b', 'c')"])
        .collect();
    let found = alembic(&merged);
    assert_eq!((found.heads(), found.findings().len()), (vec!["m"], 0));
    assert_eq!(
        found.ancestors(["b"]).into_iter().collect::<Vec<_>>(),
        ["a", "b"]
    );
    let order: Vec<&str> = found
        .ordered()
        .iter()
        .map(|(_, it)| it.id.as_str())
        .collect();
    assert_eq!(order, ["a", "c", "b", "m"]);
    let standings: Vec<&str> = found
        .standings(&["b".to_owned()], None)
        .into_iter()
        .map(|(_, standing)| standing.as_str())
        .collect();
    assert_eq!(standings, ["applied", "pending", "applied", "pending"]);
    assert_eq!(
        codes(&found.unknown(&["x".to_owned(), "m".to_owned()])),
        ["alembic/ahead"]
    );
}

#[test]
fn what_is_wrong_with_the_files() {
    let found = alembic(&[
        "revision = 'a'\ndown_revision = 'gone'",
        "revision = 'a'\ndown_revision = 'gone'",
        "revision = 'a_name_that_somebody_thought_was_better'\ndown_revision = 'a'",
        "# nothing",
        "revision = 'x'\ndown_revision = 'y'",
        "revision = 'y'\ndown_revision = 'x'",
    ]);
    assert_eq!(
        codes(&found.findings()),
        [
            "alembic/missing-parent",
            "alembic/repeated",
            "alembic/missing-parent",
            "alembic/long-id",
            "alembic/no-id"
        ]
    );
    assert_eq!(found.ordered().len(), 3);
}

#[test]
fn a_head_behind_a_step_that_fails_is_unreachable() {
    let first = "revision = 'a'\ndown_revision = None\ndef upgrade():\n    op.create_table('p', sa.Column('id'))\n    op.create_index('ix_p', 'p', ['id'])\n    op.execute('ALTER TABLE jobs ADD CONSTRAINT named CHECK (true)')\n";
    let good = "revision = 'b'\ndown_revision = 'a'\ndef upgrade():\n    op.drop_index(op.f('ix_p'), table_name='p')\n    op.drop_index('jobs_created', table_name='jobs')\n    op.drop_table('p')\n    op.drop_constraint('named', 'jobs')\n    op.drop_constraint('jobs_team_id_fkey', 'jobs')\n    if x:\n        op.drop_table('unknown')\n";
    let bad = "revision = 'c'\ndown_revision = 'b'\ndef upgrade():\n    op.create_table('jobs')\n    op.drop_constraint(op.f('jobs_dataset_id_datasets_id_fk'), 'jobs', type_='foreignkey')\n";
    let head = "revision = 'd'\ndown_revision = 'c'";
    let journal = drizzle("CREATE TABLE jobs (id int); CREATE INDEX jobs_created ON jobs (id);");
    let found = alembic(&[first, good]);
    assert_eq!(obstacle(&found, Some(&journal)).0, None);
    let found = alembic(&[first, good, bad, head]);
    let (blocked, twice) = obstacle(&found, Some(&journal));
    let blocked = blocked.expect("an obstacle");
    assert_eq!(
        blocked.finding().message,
        "alembic's head d is unreachable: c drops the constraint jobs_dataset_id_datasets_id_fk of jobs, which no migration creates"
    );
    assert_eq!(codes(&twice), ["alembic/table-of-both"]);
    let standings: Vec<&str> = found
        .standings(&["a".to_owned()], Some(&blocked))
        .into_iter()
        .map(|(_, standing)| standing.as_str())
        .collect();
    assert_eq!(
        standings,
        ["applied", "pending", "unreachable", "unreachable"]
    );
    // Without Drizzle's migrations, the very first drop of something of theirs fails.
    assert_eq!(
        obstacle(&found, None).0.map(|obstacle| obstacle.revision),
        Some("b".to_owned())
    );
}
