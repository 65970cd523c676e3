//! Runners that are killed at any point, several at once, past a pooler and through it: the next one goes
//! on, and everything happened once.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::Case;
use crate::support::{Mode, Pooler, within};

/// How many runners are killed.
const KILLS: usize = 300;

/// How many are at work at once.
const AT_ONCE: usize = 3;

/// Numbers that look like chance, the same for the same seed.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self(u64::from(now.expect("after 1970").subsec_nanos()) | 1)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }
}

/// A commit that takes its time: a check at the end of the transaction sleeps.
const SLOW_COMMIT: &str = "CREATE TABLE log (n int);--> statement-breakpoint
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.02); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow();";

const ALONE: &str = "-- no-transaction
INSERT INTO log VALUES (30);
CREATE INDEX CONCURRENTLY log_n ON log (n);
INSERT INTO log VALUES (31);";

/// Six migrations; with `alone` one of them runs outside a transaction.
fn case(alone: bool) -> Case {
    let insert = |n: i32| {
        format!(
            "INSERT INTO log VALUES ({n});--> statement-breakpoint\nCREATE TABLE t{n} (id int);"
        )
    };
    let (one, two, four, five) = (insert(1), insert(2), insert(4), insert(5));
    let three = if alone { ALONE.to_owned() } else { insert(3) };
    Case::new(&[
        ("0000_log", 1000, SLOW_COMMIT),
        ("0001_a", 1001, &one),
        ("0002_b", 1002, &two),
        ("0003_c", 1003, &three),
        ("0004_d", 1004, &four),
        ("0005_e", 1005, &five),
    ])
}

fn start(case: &Case, url: &str) -> Child {
    case.command(&["-q"])
        .env("DATABASE_URL", url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a runner")
}

/// Kills up to `limit` runners, until all is applied. Gives how many were alive when their time came.
fn kill(case: &Case, urls: &[String], chance: &mut Chance, limit: usize) -> usize {
    let mut killed = 0;
    while killed < limit {
        let began = Instant::now();
        let mut runners: Vec<(Child, Duration)> = (0..AT_ONCE)
            .map(|_| {
                let at = usize::try_from(chance.below(urls.len() as u64)).expect("few");
                // A whole run takes about as long.
                let end = Duration::from_millis(5 + chance.below(250));
                (start(case, &urls[at]), end)
            })
            .collect();
        let mut all_done = true;
        runners.sort_by_key(|(_, end)| *end);
        for (mut runner, end) in runners {
            // It dies at its moment, or it is done before.
            let done = within(end.saturating_sub(began.elapsed()), || {
                runner.try_wait().expect("wait").is_some()
            });
            if !done {
                runner.kill().expect("ours");
                killed += 1;
                all_done = false;
            }
            runner.wait().expect("ours");
        }
        if all_done {
            break;
        }
    }
    killed
}

#[test]
fn killed_at_any_point_everything_is_applied_once() {
    let mut chance = Chance::new();
    let seed = chance.0;
    let mut killed = 0;
    let mut rounds = 0;
    while killed < KILLS {
        // Every other time through a pooler too, which carries no migration without a transaction.
        let alone = rounds % 2 == 0;
        rounds += 1;
        let case = case(alone);
        let pooler = (!alone)
            .then(|| Pooler::start(case.server.port, "app", "hunter2222", Mode::Transaction))
            .flatten();
        let mut urls = vec![case.url.clone()];
        urls.extend(
            pooler
                .iter()
                .map(|pooler| case.through(pooler.port(), "?pgbouncer=true")),
        );
        killed += kill(&case, &urls, &mut chance, KILLS - killed);
        let left = case.run(&["--lock-wait", "20s"]);
        assert_eq!(
            left.code,
            Some(0),
            "seed {seed}, round {rounds}: {}",
            left.text
        );
        let numbers = if alone { "1,2,30,31,4,5" } else { "1,2,3,4,5" };
        assert_eq!(
            case.ask("SELECT n::text FROM log ORDER BY n::text"),
            numbers,
            "seed {seed}, round {rounds}"
        );
        assert_eq!(case.record(), "1000,1001,1002,1003,1004,1005");
        assert_eq!(
            case.ask("SELECT count(*)::text FROM pg_index WHERE NOT indisvalid"),
            "0"
        );
        assert_eq!(
            case.ask("SELECT count(*)::text FROM pg_namespace WHERE nspname = 'pixcrawler'"),
            "0"
        );
    }
}
