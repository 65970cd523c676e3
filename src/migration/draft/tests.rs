use super::*;
use crate::code::typescript::drizzle::Written;
use crate::migration::journal::{Migration, Snapshot};
use crate::text::Source;

fn config(prefix: &str) -> Config {
    let written = Written {
        prefix: Some(prefix.to_owned()),
        ..Written::default()
    };
    Config::new("web".into(), None, written)
}

/// 2026-11-24T15:39:12Z.
const NOW: i64 = 1_795_534_752_000;

fn journal(layout: Layout, tags: &[(&str, i64)], snapshots: &[(&str, &str, &str)]) -> Journal {
    let entries: Vec<String> = tags
        .iter()
        .enumerate()
        .map(|(idx, (tag, when))| {
            format!("{{\"idx\":{idx},\"version\":\"7\",\"when\":{when},\"tag\":\"{tag}\",\"breakpoints\":true}}")
        })
        .collect();
    let text = format!(
        "{{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[{}]}}",
        entries.join(",")
    );
    Journal {
        layout,
        out: "web/drizzle".into(),
        source: Some(Source::new("web/drizzle/meta/_journal.json", text)),
        migrations: tags
            .iter()
            .map(|(tag, when)| Migration {
                tag: (*tag).to_owned(),
                when: *when,
                path: format!("web/drizzle/{tag}.sql").into(),
                script: None,
                entry: None,
                when_at: None,
            })
            .collect(),
        orphans: Vec::new(),
        snapshots: snapshots
            .iter()
            .map(|(path, id, parent)| Snapshot {
                path: format!("web/drizzle/meta/{path}").into(),
                id: (*id).to_owned(),
                parents: vec![(*parent).to_owned()],
            })
            .collect(),
    }
}

#[test]
fn the_first_one_is_as_drizzle_kit_writes_it() {
    let before = Before {
        journal: None,
        layout: Layout::Journal,
        snapshot: None,
    };
    let made = draft(&config("index"), &before, "x", NOW, "new").expect("a draft");
    assert_eq!(made.tag, "0000_x");
    assert_eq!(made.files[1].1, CUSTOM);
    assert_eq!(
        made.files[2].1,
        "{\n  \"version\": \"7\",\n  \"dialect\": \"postgresql\",\n  \"entries\": [\n    {\n      \"idx\": 0,\n      \"version\": \"7\",\n      \"when\": 1795534752000,\n      \"tag\": \"0000_x\",\n      \"breakpoints\": true\n    }\n  ]\n}"
    );
    assert!(made.files[0].1.starts_with(
        "{\n  \"id\": \"new\",\n  \"prevId\": \"00000000-0000-0000-0000-000000000000\",\n  \"version\": \"7\","
    ));
    let before = Before {
        layout: Layout::Folders,
        ..before
    };
    let made = draft(&config("index"), &before, "x", NOW, "new").expect("a draft");
    assert_eq!(made.script, "web/drizzle/20261124153912_x/migration.sql");
    assert!(
        made.files[0]
            .1
            .ends_with("\"footprints\": [],\n  \"ddl\": []\n}")
    );
}

#[test]
fn times_grow_whatever_the_clock_says() {
    let there = journal(
        Layout::Journal,
        &[("0000_a", NOW + 5_000)],
        &[("0000_snapshot.json", "a", NOTHING)],
    );
    let before = Before {
        journal: Some(&there),
        layout: Layout::Journal,
        snapshot: Some(
            "{\"id\":\"a\",\"prevId\":\"0\",\"version\":\"7\",\"views\":{},\"tables\":{}}",
        ),
    };
    let made = draft(&config("index"), &before, "b", NOW, "b").expect("a draft");
    assert!(made.files[2].1.contains(&(NOW + 5_001).to_string()));
    assert!(made.files[0].1.contains("\"prevId\": \"a\""));
    for (prefix, tag) in [
        ("timestamp", "20261124153912_b"),
        ("unix", "1795534752_b"),
        ("none", "_b"),
    ] {
        let made = draft(&config(prefix), &before, "b", NOW, "b").expect("a draft");
        assert_eq!(made.tag, tag);
    }
    let there = journal(
        Layout::Folders,
        &[("20261124153912_a", NOW)],
        &[("a", "a", NOTHING), ("c", "c", NOTHING)],
    );
    let before = Before {
        journal: Some(&there),
        ..before
    };
    let made = draft(&config("index"), &before, "b", NOW, "b").expect("a draft");
    assert_eq!(made.tag, "20261124153913_b");
    assert!(
        made.files[0]
            .1
            .contains("\"prevIds\": [\n    \"a\",\n    \"c\"\n  ]")
    );
}

#[test]
fn what_drizzle_kit_would_overwrite_or_refuse_is_an_obstacle() {
    let there = journal(
        Layout::Journal,
        &[("0000_a", 1)],
        &[
            ("0000_snapshot.json", "a", NOTHING),
            ("0001_snapshot.json", "b", "a"),
        ],
    );
    let before = |snapshot| Before {
        journal: Some(&there),
        layout: Layout::Journal,
        snapshot,
    };
    let path = Utf8PathBuf::from("web/drizzle/meta/0001_snapshot.json");
    assert_eq!(
        draft(&config("index"), &before(Some("{}")), "b", NOW, "b"),
        Err(Obstacle::SnapshotThere(path))
    );
    assert_eq!(
        draft(&config("unix"), &before(None), "b", NOW, "b"),
        Err(Obstacle::NoSnapshot(
            "web/drizzle/meta/0000_snapshot.json".into()
        ))
    );
    let there = journal(
        Layout::Journal,
        &[("0000_a", 1)],
        &[
            ("0000_snapshot.json", "a", NOTHING),
            ("9_snapshot.json", "b", NOTHING),
        ],
    );
    let before = Before {
        journal: Some(&there),
        layout: Layout::Journal,
        snapshot: Some("{}"),
    };
    assert!(matches!(
        draft(&config("index"), &before, "b", NOW, "b"),
        Err(Obstacle::Collision(paths)) if paths.len() == 2
    ));
}
