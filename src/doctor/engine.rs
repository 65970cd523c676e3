//! Asks all checks at once, each within its own time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::diagnostic::{Finding, Rule, Severity};

use super::checks::limits;
use super::gives_way::settled;
use super::placed::placed;
use super::{Answer, Check, Facts, typed};

/// A check did not answer.
pub(super) static SILENT: Rule = Rule {
    code: "doctor/silent",
    severity: Severity::Error,
    summary: "a check did not come to an answer",
    text: "\
Each check has a time of its own; this one was not done when it was over, or it failed in a way
that nobody foresaw. The others are not held up by it.

Way out: look at what the check asks for (a network drive that is gone, a program that hangs), or
leave the check out with `--skip ID`.",
};

/// As the main thread has it: code that is read may be long, and a check is no place to run out of it. What
/// is not used costs nothing.
const STACK: usize = 8 << 20;

/// The check of the env files, which says what is wrong with a value.
const ENV: &str = "env";

/// A check with what it came to.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The check.
    pub id: &'static str,
    /// What it came to.
    pub answer: Answer,
    /// How long it took.
    pub elapsed: Duration,
}

/// Asks all of them at once. `finished` hears of each as it ends; the result has their own order.
pub fn run(
    facts: &Arc<Facts>,
    checks: &[&'static Check],
    mut finished: impl FnMut(usize, &Checked),
) -> Vec<Checked> {
    let began = Instant::now();
    facts.choose(checks.iter().map(|check| check.id));
    let (told, heard) = mpsc::channel();
    let hindered = limits::too_few_files();
    for (at, check) in in_order_of_start(checks) {
        if let Some(why) = hindered.as_ref().filter(|_| check.id != limits::ID) {
            let _ = told.send((at, Answer::skipped(why)));
            continue;
        }
        let (facts, told) = (Arc::clone(facts), told.clone());
        let ask = move || {
            let answer = catch_unwind(AssertUnwindSafe(|| check.answer(&facts)));
            let answer = answer.unwrap_or_else(|_| broken(check));
            // Whoever waited for too long has gone.
            let _ = told.send((at, answer));
        };
        let thread = std::thread::Builder::new()
            .name(check.id.to_owned())
            .stack_size(STACK);
        if let Err(error) = thread.spawn(ask.clone()) {
            // A limit on processes: then one after the other.
            tracing::debug!("no thread for {}: {error}", check.id);
            ask();
        }
    }
    drop(told);
    let mut done: Vec<Option<Checked>> = checks.iter().map(|_| None).collect();
    let mut end = |at: usize, answer: Answer, done: &mut Vec<Option<Checked>>| {
        let (Some(check), Some(slot)) = (checks.get(at), done.get_mut(at)) else {
            return;
        };
        if slot.is_none() {
            let checked = Checked {
                id: check.id,
                answer: placed(answer, facts),
                elapsed: began.elapsed(),
            };
            finished(at, &checked);
            *slot = Some(checked);
        }
    };
    loop {
        let waiting = || {
            let open = checks.iter().enumerate().zip(&done);
            open.filter(|(_, done)| done.is_none()).map(|(it, _)| it)
        };
        let Some(next) = waiting().map(|(_, check)| check.limit).min() else {
            break;
        };
        match heard.recv_timeout(next.saturating_sub(began.elapsed())) {
            Ok((at, answer)) => end(at, answer, &mut done),
            Err(RecvTimeoutError::Timeout) => {
                let elapsed = began.elapsed();
                let late: Vec<usize> = waiting()
                    .filter(|(_, check)| check.limit <= elapsed)
                    .map(|(at, _)| at)
                    .collect();
                for at in late {
                    if let Some(check) = checks.get(at) {
                        end(at, too_late(check), &mut done);
                    }
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let mut done: Vec<Checked> = done.into_iter().flatten().collect();
    if let Some(at) = done.iter().position(|it| it.id == ENV) {
        let (before, rest) = done.split_at_mut(at);
        if let Some((env, after)) = rest.split_first_mut() {
            let others = before.iter_mut().chain(after).map(|it| &mut it.answer);
            settled(&mut env.answer, others);
        }
    }
    for it in &mut done {
        let answer = std::mem::take(&mut it.answer);
        it.answer = rooted(typed(answer, &facts.questions.stand), facts);
    }
    done
}

/// The answer with its lines for an administrator as this machine takes them: a container has no `sudo`.
fn rooted(mut answer: Answer, facts: &Facts) -> Answer {
    let helps = answer.findings.iter_mut().filter_map(|it| it.help.as_mut());
    let cures = answer.cures.iter_mut().map(|it| &mut it.line);
    for line in helps.chain(cures).filter(|it| it.contains("sudo ")) {
        *line = facts.installers().as_root(line);
    }
    answer
}

/// Each with its place: first those who wait.
fn in_order_of_start(checks: &[&'static Check]) -> impl Iterator<Item = (usize, &'static Check)> {
    let of = |waits| {
        let all = checks.iter().copied().enumerate();
        all.filter(move |(_, check)| check.waits == waits)
    };
    of(true).chain(of(false))
}

fn too_late(check: &Check) -> Answer {
    silent(
        check,
        format!(
            "{}: no answer within {} s",
            check.id,
            check.limit.as_secs_f32()
        ),
    )
}

fn broken(check: &Check) -> Answer {
    silent(
        check,
        format!("{}: the check itself failed, a bug of ours", check.id),
    )
}

fn silent(check: &Check, message: String) -> Answer {
    Answer::default().problem(
        Finding::new(&SILENT, message)
            .subject(check.id)
            .help(format!("pixcrawler doctor --skip {}", check.id)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_started_first_and_everybody_once() {
        let checks: Vec<&'static Check> = crate::doctor::checks().iter().collect();
        let order: Vec<(usize, &Check)> = in_order_of_start(&checks).collect();
        assert!(order.is_sorted_by_key(|(_, check)| !check.waits));
        let waiting = order.iter().filter(|(_, check)| check.waits);
        let ids: Vec<&str> = waiting.map(|(_, check)| check.id).collect();
        for id in ["uv", "node", "bun", "postgres", "migrations", "redis"] {
            assert!(ids.contains(&id), "{id}");
        }
        let mut places: Vec<usize> = order.iter().map(|(at, _)| *at).collect();
        places.sort_unstable();
        assert!(places.into_iter().eq(0..checks.len()));
    }
}
