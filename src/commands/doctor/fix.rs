//! `doctor --fix`: the commands that mend, each shown and asked about, then everything asked anew.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal, Write};
use std::time::Instant;

use crate::doctor::{Checked, Cure, Status};
use crate::failure::Failure;
use crate::output::{Sign, Tone};
use crate::system::program;
use crate::text::duration;
use crate::workspace::Workspace;

use crate::commands::Context;

/// A cure with the checks that ask for it.
pub(super) struct Wanted {
    cure: Cure,
    by: Vec<&'static str>,
}

/// The commands of all checks that are not fine, each once, in the order of the checks; not those that
/// were `offered` before.
pub(super) fn wanted(checked: &[Checked], offered: &mut Vec<Cure>) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for it in checked
        .iter()
        .filter(|it| it.answer.status() >= Status::Warn)
    {
        for cure in it
            .answer
            .cures
            .iter()
            .filter(|cure| !offered.contains(cure))
        {
            match wanted.iter_mut().find(|known| known.cure == *cure) {
                Some(known) => known.by.push(it.id),
                None => wanted.push(Wanted {
                    cure: cure.clone(),
                    by: vec![it.id],
                }),
            }
        }
    }
    offered.extend(wanted.iter().map(|wanted| wanted.cure.clone()));
    wanted
}

/// Runs them, asking first unless `yes`. True when one was run.
pub(super) fn run(
    context: &Context,
    workspace: &Workspace,
    cures: &[Wanted],
    yes: bool,
) -> Result<bool, Failure> {
    let asks = !yes;
    if asks && !io::stdin().is_terminal() {
        return Err(
            Failure::usage("nobody is there to be asked").help("pixcrawler doctor --fix --yes")
        );
    }
    let style = context.error_style();
    let mut done = false;
    for Wanted { cure, by } in cures {
        let line = style.paint(Tone::Name, cure.typed());
        context.say(&format!(
            "\n{} {line}   for {}",
            style.arrow(),
            by.join(", ")
        ));
        let skipped = |why: &str| context.say(&format!("  {} {why}", style.sign(Sign::Skipped)));
        if let Some(operation) = &cure.own {
            context.say(&format!("  {}", operation.in_words()));
        }
        if cure.asks && !io::stdin().is_terminal() {
            skipped(
                "left out: it asks for something that only a person knows; run it in a terminal",
            );
            continue;
        }
        if asks && !agreed()? {
            skipped("left out");
            continue;
        }
        let began = Instant::now();
        let ran = match &cure.own {
            Some(operation) => operation.perform().map(|()| true),
            None => {
                let variables = with_usual_folders(&context.variables, true);
                let dir = workspace.path(&cure.dir);
                program::run_line(&cure.line, &dir, &variables, cure.asks)
                    .map_err(|error| format!("cannot be run: {error}"))
            }
        };
        done = true;
        let took = duration(began.elapsed());
        let (sign, words) = match ran {
            Ok(true) => (Sign::Ok, format!("done in {took}")),
            Ok(false) => (
                Sign::Error,
                format!("failed after {took}; its words stand above"),
            ),
            Err(why) => (Sign::Error, why),
        };
        context.say(&format!("  {} {words}", style.sign(sign)));
    }
    if done {
        context.say("");
    }
    Ok(done)
}

fn agreed() -> Result<bool, Failure> {
    let mut out = io::stderr().lock();
    let mut answer = String::new();
    let asked = out
        .write_all(b"  run it? [Y/n] ")
        .and_then(|()| out.flush())
        .and_then(|()| io::stdin().lock().read_line(&mut answer));
    match asked {
        // The end of the input is no answer.
        Ok(0) | Err(_) => {
            Err(Failure::usage("nobody answered").help("pixcrawler doctor --fix --yes"))
        }
        Ok(_) => Ok(matches!(
            answer.trim().to_ascii_lowercase().as_str(),
            "" | "y" | "yes"
        )),
    }
}

/// What each check was and is.
pub(super) fn compare(context: &Context, before: &[Checked], after: &[Checked]) {
    let style = context.error_style();
    for now in after {
        let Some(then) = before.iter().find(|then| then.id == now.id) else {
            continue;
        };
        let (was, is) = (then.answer.status(), now.answer.status());
        let words = match (was, is) {
            (Status::Fail | Status::Warn, Status::Pass) => "mended",
            (Status::Fail, Status::Warn) => "better, not yet fine",
            (Status::Fail | Status::Warn, Status::Fail | Status::Warn)
                if !then.answer.cures.is_empty() =>
            {
                "not mended"
            }
            _ => continue,
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

/// The environment with our own folder on PATH, so that `pixcrawler …` is found, and those into which
/// the cures install.
pub(super) fn with_usual_folders(
    variables: &BTreeMap<String, String>,
    fixing: bool,
) -> BTreeMap<String, String> {
    let mut variables = variables.clone();
    if !fixing {
        return variables;
    }
    let name = variables
        .keys()
        .find(|name| name.eq_ignore_ascii_case("PATH"))
        .cloned()
        .unwrap_or_else(|| "PATH".to_owned());
    let separator = if cfg!(windows) { ';' } else { ':' };
    let mut path = variables.get(&name).cloned().unwrap_or_default();
    if let Some(own) = program::own_folder() {
        path = format!("{path}{separator}{own}");
    }
    variables.insert(name, path);
    variables
}
