//! Runners that are killed at any point: the next one goes on, and everything happened once.

use std::process::Stdio;
use std::time::Duration;

use super::Case;

/// A kill every few milliseconds later than the last, and then a run that is left alone.
#[test]
fn killed_at_any_point_everything_is_applied_once() {
    let inserts = |n: i64| {
        format!(
            "INSERT INTO log VALUES ({n});--> statement-breakpoint\nSELECT pg_sleep(0.01);--> statement-breakpoint\nCREATE TABLE t{n} (id int);"
        )
    };
    let texts: Vec<String> = (1..5).map(inserts).collect();
    let alone = "-- no-transaction\nINSERT INTO log VALUES (10);\nCREATE INDEX CONCURRENTLY log_n ON log (n);\nINSERT INTO log VALUES (11);";
    let mut migrations = vec![("0000_log", 1000, "CREATE TABLE log (n int);")];
    let tags = ["0001_a", "0002_b", "0003_c", "0004_d"];
    for ((tag, text), when) in tags.into_iter().zip(&texts).zip(2000..) {
        migrations.push((tag, when, text));
    }
    migrations.insert(3, ("0003_alone", 2001, alone));
    for (at, migration) in migrations.iter_mut().enumerate() {
        migration.1 = 1000 + i64::try_from(at).expect("few");
    }
    let case = Case::new(&migrations);
    for kill in 0..24 {
        let mut runner = case
            .command(&["-q"])
            .stdout(Stdio::null())
            .spawn()
            .expect("a runner");
        std::thread::sleep(Duration::from_millis(15 + 9 * kill));
        let _ = runner.kill();
        let _ = runner.wait();
    }
    case.succeed(&[]);
    assert_eq!(
        case.ask("SELECT n::text FROM log ORDER BY log.n"),
        "1,2,3,4,10,11"
    );
    assert_eq!(case.record(), "1000,1001,1002,1003,1004,1005");
    assert_eq!(
        case.ask("SELECT count(*)::text FROM pg_index WHERE NOT indisvalid"),
        "0"
    );
}
