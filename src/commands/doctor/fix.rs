//! `doctor --fix`: the commands that mend, each shown and asked about, then everything asked anew.

use std::io::{self, IsTerminal, Write};
use std::time::Instant;

use crate::doctor::{Checked, Cure, Status};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Sign, Tone};
use crate::settings;
use crate::system::answer;
use crate::system::line::{self, Ran};
use crate::text::{Stand, duration};
use crate::workspace::Workspace;

use crate::commands::Context;

use super::path::with_usual_folders;
use super::{hindered, patience};

/// A cure with the checks that ask for it.
pub(super) struct Wanted {
    cure: Cure,
    by: Vec<&'static str>,
}

/// What a round of commands is for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// What the checks came to.
    pub(super) checked: &'a [Checked],
    /// Nobody is to be asked.
    pub(super) yes: bool,
}

/// A cure that was offered, and the check that asked for it. What mended one check may be needed by
/// another, later: servers are started for the URLs that there are.
pub(super) type Offered = (Cure, &'static str);

/// Whether a cure starts servers.
fn starts_servers(cure: &Cure) -> bool {
    cure.line.contains("pixcrawler dev --servers")
}

/// Whether a cure changes what env files say: which servers are needed may be another thing afterwards.
fn changes_variables(cure: &Cure) -> bool {
    ["pixcrawler env set", "pixcrawler env unset"]
        .iter()
        .any(|words| cure.line.contains(words))
}

/// The commands of all checks that are not fine, each once, in the order of the checks; not those that
/// were `offered` to the same check before. Servers are started for what the env files say: where these are
/// changed first, those wait until all is asked anew. Whether any do is the second value. A line that does both
/// has its order in it: it waits for other changes, and the starts of others for it.
pub(super) fn wanted(checked: &[Checked], offered: &mut Vec<Offered>) -> (Vec<Wanted>, bool) {
    let mut wanted: Vec<Wanted> = Vec::new();
    for it in checked
        .iter()
        .filter(|it| it.answer.status() >= Status::Warn)
    {
        for cure in it.answer.cures.iter().filter(|cure| {
            !offered
                .iter()
                .any(|(known, by)| known == *cure && *by == it.id)
        }) {
            match wanted.iter_mut().find(|known| known.cure == *cure) {
                Some(known) => known.by.push(it.id),
                None => wanted.push(Wanted {
                    cure: cure.clone(),
                    by: vec![it.id],
                }),
            }
        }
    }
    let all = wanted.len();
    let only_changes = |it: &Wanted| changes_variables(&it.cure) && !starts_servers(&it.cure);
    if wanted.iter().any(only_changes) {
        wanted.retain(|it| !starts_servers(&it.cure));
    } else if let Some(first) = wanted.iter().position(|it| changes_variables(&it.cure)) {
        let mut at = 0..;
        wanted.retain(|it| at.next() == Some(first) || !starts_servers(&it.cure));
    }
    for Wanted { cure, by } in &wanted {
        offered.extend(by.iter().map(|id| (cure.clone(), *id)));
    }
    let some_wait = wanted.len() < all;
    (wanted, some_wait)
}

/// What mends without asking.
const WITHOUT_ASKING: &str = "pixcrawler doctor --fix --yes";

/// What came of a round of commands.
#[derive(Default)]
pub(super) struct Done {
    /// How many were run with success.
    pub(super) succeeded: usize,
    /// How many were run without.
    pub(super) failed: usize,
    /// Those that may succeed once others have: they failed before one that did not, or waited.
    pub(super) again: Vec<Cure>,
    /// Those that were run and failed.
    pub(super) failing: Vec<Cure>,
    /// The checks for which one was run.
    pub(super) tried: Vec<&'static str>,
    /// Somebody asked us to end while one was run, which has ended by now.
    pub(super) interrupted: Option<Exit>,
}

/// Runs them, asking first unless `yes`.
pub(super) fn run(
    context: &Context,
    workspace: &Workspace,
    stand: &Stand,
    cures: &[Wanted],
    Asked { checked, yes }: Asked<'_>,
) -> Result<Done, Failure> {
    let asks = !yes;
    if asks && !io::stdin().is_terminal() {
        return Err(Failure::usage("nobody is there to be asked").help(stand.line(WITHOUT_ASKING)));
    }
    let style = context.error_style();
    let skipped = |why: &str| context.say(&format!("  {} {why}", style.sign(Sign::Skipped)));
    let mut done = Done::default();
    let mut left: Vec<&str> = Vec::new();
    let mut mended: Vec<&'static str> = Vec::new();
    let mut set: Vec<(&str, &str)> = Vec::new();
    for Wanted { cure, by } in cures {
        // One before it has given that variable its value: whether this one is still wanted is told next.
        if sets(&cure.line).is_some_and(|it| set.contains(&it)) {
            done.again.push(cure.clone());
            continue;
        }
        let line = style.paint(Tone::Name, stand.line(&cure.typed()));
        let checks = by.join(", ");
        context.say(&format!("\n{} {line}   for {checks}", style.arrow()));
        if let Some(operation) = &cure.own {
            context.say(&format!("  {}", operation.in_words()));
        }
        if let Some(first) = &cure.after
            && left.contains(&first.as_str())
        {
            skipped("left out: it comes to nothing without one before it");
            left.push(&cure.line);
            continue;
        }
        if let Some(why) = hindered::by(cure, by, checked, &mended) {
            left.push(&cure.line);
            skipped(&format!("left out: {why}"));
            done.again.push(cure.clone());
            continue;
        }
        if cure.asks && !io::stdin().is_terminal() {
            left.push(&cure.line);
            skipped(
                "left out: it asks for something that only a person knows; run it in a terminal",
            );
            continue;
        }
        if cure.ends_others && yes {
            left.push(&cure.line);
            skipped(
                "left out: it ends a program that somebody started, or sets the clock; type it yourself, or leave out --yes to be asked",
            );
            continue;
        }
        if asks && !agreed(stand)? {
            left.push(&cure.line);
            skipped("left out");
            continue;
        }
        let mut ran = perform(context, workspace, cure, &cure.line);
        for other in &cure.or {
            if ran != Performed::Failed {
                break;
            }
            let typed = cure.clone().line(other.as_str()).typed();
            let line = style.paint(Tone::Name, stand.line(&typed));
            context.say(&format!("\n{} or: {line}   for {checks}", style.arrow()));
            if asks && !agreed(stand)? {
                skipped("left out");
                continue;
            }
            ran = perform(context, workspace, cure, other);
        }
        done.tried.extend(by.iter().copied());
        match ran {
            Performed::Succeeded => {
                done.succeeded += 1;
                // What failed before may succeed now; where nothing changes after it, it would only fail again.
                let before = done.failing.iter();
                let before = before.filter(|it| !done.again.contains(it)).cloned();
                let before: Vec<Cure> = before.collect();
                done.again.extend(before);
                mended.extend(by.iter().copied());
                set.extend(sets(&cure.line));
            }
            Performed::Failed => {
                done.failed += 1;
                done.failing.push(cure.clone());
            }
            Performed::Interrupted(signal) => {
                done.interrupted = Some(Exit::Signal(signal));
                return Ok(done);
            }
        }
    }
    context.say("");
    Ok(done)
}

/// Where a line sets a variable, and which: `--file backend/.env A=-`, `--file backend/.env A --like root:B`. None of
/// lines that do more, or that change a part of a value.
fn sets(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("pixcrawler env set ")?;
    if [" && ", " --part "].iter().any(|more| rest.contains(more)) {
        return None;
    }
    let mut words = rest.split(' ');
    let how = words.next()?;
    let place = words
        .next()
        .filter(|_| matches!(how, "--file" | "--tier"))?;
    let name = words.next()?;
    Some((place, name.split('=').next().unwrap_or(name)))
}

/// What came of one line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Performed {
    Succeeded,
    Failed,
    Interrupted(i32),
}

/// Does what one line says, and tells how that went.
fn perform(context: &Context, workspace: &Workspace, cure: &Cure, line: &str) -> Performed {
    let style = context.error_style();
    let began = Instant::now();
    let ran = if let Some(operation) = &cure.own {
        operation.perform().map(|()| Ran::Ended(Some(0)))
    } else {
        let mut variables = with_usual_folders(&context.variables, true);
        // One that was relative means another folder there.
        variables.insert(settings::WORKSPACE.to_owned(), workspace.root.to_string());
        let dir = workspace.path(&cure.dir);
        let run = || {
            line::run(line, &dir, &variables, cure.asks)
                .map_err(|error| format!("cannot be run: {error}"))
        };
        // Who asks a person waits for that one.
        if cure.asks {
            run()
        } else {
            let tell = |elapsed| {
                context.say(&format!(
                    "  {} still running after {}; Ctrl+C ends it",
                    style.dot(),
                    duration(elapsed)
                ));
            };
            patience::with(patience::QUIET, tell, run)
        }
    };
    let took = duration(began.elapsed());
    let (sign, words) = match &ran {
        Ok(Ran::Ended(Some(0))) => (Sign::Ok, format!("done in {took}")),
        Ok(Ran::Ended(Some(1))) if cure.leaves_some => (
            Sign::Ok,
            format!("done in {took}; what it leaves is told again"),
        ),
        Ok(Ran::Interrupted(_)) => (Sign::Error, format!("ended with us after {took}")),
        Ok(_) => (
            Sign::Error,
            format!("failed after {took}; its words stand above"),
        ),
        Err(why) => (Sign::Error, why.clone()),
    };
    context.say(&format!("  {} {words}", style.sign(sign)));
    match ran {
        Ok(Ran::Interrupted(signal)) => Performed::Interrupted(signal),
        Ok(Ran::Ended(Some(0))) => Performed::Succeeded,
        Ok(Ran::Ended(Some(1))) if cure.leaves_some => Performed::Succeeded,
        _ => Performed::Failed,
    }
}

/// What became of a check, in words, where that is to be said.
fn became(was: Status, is: Status, is_tried: bool) -> Option<&'static str> {
    match (was, is) {
        (Status::Fail | Status::Warn, Status::Pass) => Some("mended"),
        (Status::Fail, Status::Warn) => Some("better, not yet fine"),
        (Status::Fail | Status::Warn, Status::Fail | Status::Warn) => {
            is_tried.then_some("not mended")
        }
        _ => None,
    }
}

fn agreed(stand: &Stand) -> Result<bool, Failure> {
    let mut out = io::stderr().lock();
    let asked = out
        .write_all(b"  run it? [Y/n] ")
        .and_then(|()| out.flush())
        .and_then(|()| answer::line());
    match asked {
        // The end of the input is no answer.
        Ok(None) | Err(_) => {
            Err(Failure::usage("nobody answered").help(stand.line(WITHOUT_ASKING)))
        }
        Ok(Some(answer)) => Ok(matches!(
            answer.trim().to_ascii_lowercase().as_str(),
            "" | "y" | "yes"
        )),
    }
}

/// What each check was and is; of one for which nothing was `tried` there is no telling that it was not mended.
pub(super) fn compare(
    context: &Context,
    before: &[Checked],
    after: &[Checked],
    tried: &[&'static str],
) {
    let style = context.error_style();
    for now in after {
        let Some(then) = before.iter().find(|then| then.id == now.id) else {
            continue;
        };
        let (was, is) = (then.answer.status(), now.answer.status());
        let Some(words) = became(was, is, tried.contains(&now.id)) else {
            continue;
        };
        let sign = if is == Status::Pass {
            Sign::Ok
        } else {
            Sign::Warning
        };
        context.say(&format!("{} {}: {words}", style.sign(sign), now.id));
    }
    context.say("");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::diagnostic::{Finding, Rule, Severity};
    use crate::doctor::Answer;

    static RULE: Rule = Rule {
        code: "doctor/some",
        severity: Severity::Error,
        summary: "",
        text: "",
    };

    #[test]
    fn a_variable_is_set_by_whatever_gives_it_a_value() {
        let like = "pixcrawler env set --file a/.env X --like root:Y";
        let asks = "pixcrawler env set --file a/.env X=-";
        assert_eq!(sets(like), Some(("a/.env", "X")));
        assert_eq!(sets(asks), sets(like));
        assert_ne!(sets("pixcrawler env set --file b/.env X=-"), sets(like));
        for other in [
            "uv sync",
            "pixcrawler env set --file a/.env X=- && pixcrawler migrate",
            "pixcrawler env set --file a/.env X --part port=1",
        ] {
            assert_eq!(sets(other), None, "{other}");
        }
    }

    #[test]
    fn what_was_not_tried_is_not_called_not_mended() {
        use Status::{Fail, Pass, Warn};
        for (was, is, is_tried, words) in [
            (Fail, Fail, true, Some("not mended")),
            (Fail, Fail, false, None),
            (Warn, Fail, false, None),
            (Fail, Warn, false, Some("better, not yet fine")),
            (Warn, Pass, false, Some("mended")),
            (Pass, Fail, true, None),
        ] {
            assert_eq!(became(was, is, is_tried), words);
        }
    }

    #[test]
    fn servers_are_started_once_variables_are_mended() {
        let checked = |id, line: &str| Checked {
            id,
            answer: Answer::default().mended_by(Finding::new(&RULE, "m"), Cure::new(line)),
            elapsed: Duration::ZERO,
        };
        let start = "pixcrawler dev --servers --detach";
        let set = "pixcrawler env set --tier root A=b";
        let all = [checked("redis", start), checked("celery", set)];
        let mut offered = Vec::new();
        let mut next = |all: &[Checked]| {
            let (cures, some_wait) = wanted(all, &mut offered);
            let lines = cures.into_iter().map(|it| it.cure.line);
            (lines.collect::<Vec<_>>(), some_wait)
        };
        assert_eq!(next(&all), (vec![set.to_owned()], true));
        // It was not run, or did not help: what waited is next.
        assert_eq!(next(&all), (vec![start.to_owned()], false));
        assert_eq!(next(&all), (Vec::new(), false));
    }

    #[test]
    fn a_line_that_changes_variables_and_starts_servers_is_run() {
        let checked = |id, line: &str| Checked {
            id,
            answer: Answer::default().mended_by(Finding::new(&RULE, "m"), Cure::new(line)),
            elapsed: Duration::ZERO,
        };
        let rounds = |all: &[Checked]| {
            let mut offered = Vec::new();
            let mut rounds: Vec<Vec<String>> = Vec::new();
            loop {
                let (cures, some_wait) = wanted(all, &mut offered);
                let is_last = !some_wait;
                rounds.push(cures.into_iter().map(|it| it.cure.line).collect());
                if is_last {
                    break rounds;
                }
            }
        };
        let start = "pixcrawler dev --servers --detach";
        let set = "pixcrawler env set --tier root A=b";
        let both = format!("{set} && pixcrawler stop && {start}");
        let other = format!("pixcrawler env set --tier root C=d && {start}");
        let all = [
            checked("redis", start),
            checked("postgres", &both),
            checked("celery", &other),
            checked("cors", set),
            checked("uv", "uv sync"),
        ];
        assert_eq!(rounds(&all[1..2]), [[both.as_str()]]);
        assert_eq!(
            rounds(&all),
            [
                vec![set, "uv sync"],
                vec![both.as_str()],
                vec![other.as_str()],
                vec![start],
            ]
        );
    }
}
