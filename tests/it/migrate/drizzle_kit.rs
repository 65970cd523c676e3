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

/// `drizzle-kit ARGS` in the case's frontend.
fn drizzle(case: &Case, kit: &std::path::Path, args: &[&str]) {
    let link = case.path("frontend/node_modules");
    if !link.exists() {
        std::os::unix::fs::symlink(kit.join("node_modules"), &link).expect("a link");
    }
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
