//! The real drizzle-kit, 0.31 and 1.0, before, between and after.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use super::{Case, cache};

/// A folder with drizzle-kit of that version; fetched once.
fn kit(version: &str, orm: &str) -> PathBuf {
    static FETCH: Mutex<()> = Mutex::new(());
    let _one = FETCH
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let dir = cache().join(format!("drizzle-kit-{version}"));
    if !dir.join("ready").is_file() {
        std::fs::create_dir_all(&dir).expect("a folder");
        let npm = which::which("npm").expect("npm, which comes with Node");
        let output = Command::new(npm)
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(&dir)
            .args([
                format!("drizzle-kit@{version}"),
                format!("drizzle-orm@{orm}"),
                "pg@8".to_owned(),
            ])
            .output()
            .expect("npm runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        std::fs::write(dir.join("ready"), "").expect("a mark");
    }
    dir
}

/// Installs the kit in the case's frontend.
fn link(case: &Case, kit: &std::path::Path) {
    let link = case.path("frontend/node_modules");
    if !link.exists() {
        std::os::unix::fs::symlink(kit.join("node_modules"), &link).expect("a link");
    }
}

/// `drizzle-kit ARGS` in the case's frontend.
fn drizzle(case: &Case, kit: &std::path::Path, args: &[&str]) {
    link(case, kit);
    let output = Command::new("node")
        .arg(kit.join("node_modules/drizzle-kit/bin.cjs"))
        .args(args)
        .current_dir(case.path("frontend"))
        .env("DATABASE_URL", &case.url)
        .output()
        .expect("node runs");
    assert!(
        output.status.success(),
        "{args:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

const A: (&str, i64, &str) = ("0000_a", 1_767_323_045_371, "CREATE TABLE log (n int);\n");
const B: (&str, i64, &str) = (
    "0001_b",
    1_767_323_046_000,
    "INSERT INTO log VALUES (1);\r\n",
);
const C: (&str, i64, &str) = (
    "0002_c",
    1_767_323_048_000,
    "INSERT INTO log VALUES (2);--> statement-breakpoint\nINSERT INTO log VALUES (3);",
);

#[test]
fn version_0_31_runs_before_between_and_after() {
    let kit = kit("0.31.11", "0.45.4");
    let case = Case::new(&[A]);
    drizzle(&case, &kit, &["migrate"]);
    assert!(case.succeed(&[]).applied().is_empty());
    case.migrations(&[A, B]);
    assert_eq!(case.succeed(&[]).applied(), ["0001_b"]);
    drizzle(&case, &kit, &["migrate"]);
    case.migrations(&[A, B, C]);
    drizzle(&case, &kit, &["migrate"]);
    assert!(case.succeed(&[]).applied().is_empty());
    let late = (
        "0003_late",
        1_767_323_046_500,
        "INSERT INTO log VALUES (4);",
    );
    case.migrations(&[A, B, C, late]);
    case.succeed(&["--allow-late"]);
    drizzle(&case, &kit, &["migrate"]);
    assert_eq!(
        case.ask("SELECT n::text FROM log ORDER BY log.n"),
        "1,2,3,4"
    );
    assert_eq!(
        case.ask("SELECT count(*)::text FROM drizzle.__drizzle_migrations"),
        "4"
    );
}

#[test]
fn version_1_0_takes_over_a_table_of_ours_and_we_one_of_its() {
    let kit = kit("1.0.0-rc.5", "1.0.0-rc.5");
    let case = Case::new(&[]);
    std::fs::remove_dir_all(case.path("frontend/drizzle/meta")).expect("a folder");
    let write = |folder: &str, text: &str| {
        case.write(&format!("frontend/drizzle/{folder}/migration.sql"), text);
    };
    write("20260102030405_a", A.2);
    assert_eq!(case.succeed(&[]).applied(), ["20260102030405_a"]);
    drizzle(&case, &kit, &["migrate"]);
    write("20260102030406_b", B.2);
    drizzle(&case, &kit, &["migrate"]);
    assert!(case.succeed(&[]).applied().is_empty());
    write("20260102030408_c", C.2);
    assert_eq!(case.succeed(&[]).applied(), ["20260102030408_c"]);
    drizzle(&case, &kit, &["migrate"]);
    assert_eq!(case.ask("SELECT n::text FROM log ORDER BY log.n"), "1,2,3");
    assert_eq!(
        case.ask("SELECT name FROM drizzle.__drizzle_migrations ORDER BY id"),
        "20260102030405_a,20260102030406_b,20260102030408_c"
    );
}

/// A workspace with a schema that the kit can read, without migrations yet.
fn drafts(kit: &std::path::Path) -> Case {
    let case = Case::new(&[]);
    std::fs::remove_dir_all(case.path("frontend/drizzle")).expect("a folder");
    let version = std::fs::read_to_string(kit.join("node_modules/drizzle-kit/package.json"))
        .expect("the kit's package");
    let version: serde_json::Value = serde_json::from_str(&version).expect("JSON");
    case.write(
        "frontend/package.json",
        &format!(
            "{{\"name\": \"web\", \"devDependencies\": {{\"drizzle-kit\": {}}}}}",
            version["version"]
        ),
    );
    schema(&case, "one");
    case
}

fn schema(case: &Case, last: &str) {
    let mut text = "import { pgTable, integer } from 'drizzle-orm/pg-core';\n".to_owned();
    for name in ["one", "two", "three"] {
        text += "export const NAME = pgTable('NAME', { id: integer().primaryKey() });\n"
            .replace("NAME", name)
            .as_str();
        if name == last {
            break;
        }
    }
    case.write("frontend/schema.ts", &text);
}

/// Files of the migrations, without what is by chance: ids and times.
fn files(case: &Case) -> Vec<(String, String)> {
    fn walk(dir: &std::path::Path, into: &mut Vec<(String, String)>) {
        let mut paths: Vec<_> = std::fs::read_dir(dir)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                walk(&path, into);
            } else {
                let text = std::fs::read_to_string(&path).expect("a file");
                let name = path.to_string_lossy().into_owned();
                into.push((name, text));
            }
        }
    }
    let root = case.path("frontend/drizzle");
    let mut found = Vec::new();
    walk(&root, &mut found);
    let by_chance =
        regex::Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\"when\": [0-9]+|[0-9]{14}")
            .expect("a pattern");
    let root = root.to_string_lossy().into_owned();
    found
        .into_iter()
        .map(|(name, text)| {
            (
                by_chance
                    .replace_all(&name.replace(&root, ""), "?")
                    .into_owned(),
                by_chance.replace_all(&text, "?").into_owned(),
            )
        })
        .collect()
}

/// What `migrate new` writes is what the kit writes, and the kit goes on from it.
fn goes_on_from_ours(kit: &std::path::Path) {
    let (ours, its) = (drafts(kit), drafts(kit));
    for case in [&ours, &its] {
        drizzle(case, kit, &["generate", "--name", "first"]);
    }
    let made = ours
        .command(&["new", "second"])
        .output()
        .expect("the binary runs");
    assert!(made.status.success());
    drizzle(&its, kit, &["generate", "--custom", "--name", "second"]);
    assert_eq!(files(&ours), files(&its));
    // With the words of the command line: 0.31.11 takes a `url` in the configuration for one of another driver.
    drizzle(
        &ours,
        kit,
        &["check", "--dialect", "postgresql", "--out", "./drizzle"],
    );
    schema(&ours, "two");
    drizzle(&ours, kit, &["generate", "--name", "third"]);
    assert_eq!(ours.run(&["check"]).code, Some(0));
    let applied = ours.succeed(&[]);
    let names: Vec<&str> = applied
        .applied()
        .into_iter()
        .filter_map(|tag| tag.rsplit_once('_').map(|(_, name)| name))
        .collect();
    assert_eq!(names, ["first", "second", "third"]);
    assert_eq!(
        ours.ask("SELECT to_regclass('one')::text, to_regclass('two')::text"),
        "one|two"
    );
    drizzle(&ours, kit, &["migrate"]);
    assert_eq!(
        ours.ask("SELECT count(*)::text FROM drizzle.__drizzle_migrations"),
        "3"
    );
    // The project's own kit, called by us.
    schema(&ours, "three");
    let generated = ours
        .command(&["new", "fourth", "--from-schema"])
        .output()
        .expect("the binary runs");
    assert!(
        generated.status.success(),
        "{}",
        String::from_utf8_lossy(&generated.stderr)
    );
    assert_eq!(ours.succeed(&[]).applied().len(), 1);
    assert_eq!(ours.ask("SELECT to_regclass('three')::text"), "three");
}

#[test]
fn version_0_31_goes_on_from_a_migration_that_we_began() {
    goes_on_from_ours(&kit("0.31.11", "0.45.4"));
}

#[test]
fn version_1_0_goes_on_from_a_migration_that_we_began() {
    goes_on_from_ours(&kit("1.0.0-rc.5", "1.0.0-rc.5"));
}

/// drizzle-kit has no lock: four of them apply one insert four times. With the index one of them wins.
#[test]
fn hardened_even_several_drizzle_kits_apply_once() {
    let kit = kit("0.31.11", "0.45.4");
    let insert = (
        "0001_b",
        1_767_323_046_000,
        "SELECT pg_sleep(1);--> statement-breakpoint\nINSERT INTO log VALUES (1);",
    );
    let case = Case::new(&[A]);
    case.succeed(&[]);
    case.migrations(&[A, insert, ("0002_c", 1_767_323_046_000, "SELECT 1;")]);
    let refused = case.run(&["harden"]);
    assert_eq!(
        refused.code,
        Some(1),
        "two entries have one time: {}",
        refused.text
    );
    case.migrations(&[A, insert]);
    case.succeed(&["harden"]);
    case.succeed(&["harden"]);
    link(&case, &kit);
    let runners: Vec<_> = (0..3)
        .map(|_| {
            Command::new("node")
                .arg(kit.join("node_modules/drizzle-kit/bin.cjs"))
                .arg("migrate")
                .current_dir(case.path("frontend"))
                .env("DATABASE_URL", &case.url)
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .expect("node runs")
        })
        .collect();
    let mut won = 0;
    for mut runner in runners {
        won += usize::from(runner.wait().expect("an end").success());
    }
    assert!(won >= 1);
    assert_eq!(case.ask("SELECT count(*)::text FROM log"), "1");
    assert!(case.succeed(&[]).applied().is_empty());
    assert_eq!(case.record(), "1767323045371,1767323046000");
}
