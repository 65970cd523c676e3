//! `pixcrawler doctor`: everything that can stop you, at once, with the cure.

mod fix;
mod hindered;
mod left;
mod path;
mod patience;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, json};

use crate::diagnostic::{Finding, Report, Severity};
use crate::doctor::{self, Answer, Check, Checked, Cure, Facts, Questions, Status};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Format, Run, Shown};
use crate::text::{Secrets, nearest, or_list, plural};
use crate::workspace::Workspace;
use crate::workspace::stack::Manager;

use super::{Context, env};

/// What is to be asked, and what is to be done about it.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, named at every use"
)]
pub struct Request {
    /// Only these checks; all when empty.
    pub only: Vec<String>,
    /// Not these checks.
    pub skip: Vec<String>,
    /// Nothing beyond this machine is asked.
    pub offline: bool,
    /// Run the commands that mend.
    pub fix: bool,
    /// Without asking.
    pub yes: bool,
    /// Only list the checks that there are.
    pub list: bool,
}

/// One round of asking.
struct Round {
    checked: Vec<Checked>,
    elapsed: Duration,
}

impl Round {
    fn report(&self) -> Report {
        let findings = self.checked.iter().flat_map(|it| &it.answer.findings);
        Report::new(findings.cloned().collect())
    }
}

/// Asks everything, prints the list, and mends what it may.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    if request.list {
        return list(context);
    }
    let checks = chosen(&request.only, &request.skip)?;
    let named = !request.only.is_empty();
    let mut workspace = context.find_workspace()?;
    let stand = context.stand(&workspace);
    let mut round = ask(context, &workspace, &checks, request);
    if request.fix {
        let before = path::installed(context);
        // What was mended shows what stood behind it: migrations, once there is a database.
        let mut offered = Vec::new();
        let mut failed = Vec::new();
        loop {
            let (cures, some_wait) = fix::wanted(&round.checked, &mut offered);
            if cures.is_empty() {
                break;
            }
            if context.format == Format::Human {
                print(context, &workspace, &round, named);
            }
            let asked = fix::Asked {
                checked: &round.checked,
                yes: request.yes,
            };
            let done = fix::run(context, &workspace, &stand, &cures, asked)?;
            if let Some(exit) = done.interrupted {
                return Ok(exit);
            }
            if done.succeeded == 0 && some_wait {
                // Nothing is another thing than before: those that waited are next.
                continue;
            }
            if done.succeeded == 0 && done.failed == 0 {
                break;
            }
            // What failed may have waited for what did not. Where nothing succeeded it is not run again, but
            // half of it may be done: everything is asked anew all the same.
            if done.succeeded > 0 {
                let is_again = |cure: &Cure| done.again.contains(cure) && !failed.contains(cure);
                offered.retain(|(cure, _)| !is_again(cure));
            }
            failed.extend(done.failing);
            // A tier that came back is part of it now.
            if let Ok(anew) = context.find_workspace() {
                workspace = anew;
            }
            let then = round;
            round = ask(context, &workspace, &checks, request);
            fix::compare(context, &then.checked, &round.checked, &done.tried);
        }
        path::tell_of_path(context, &before, &round.checked);
        left::tell(context, &stand, &round.checked);
    }
    let report = round.report();
    if context.format == Format::Human {
        print(context, &workspace, &round, named);
    } else {
        let environment = context.environment.to_string();
        let rules = crate::catalogue::rules();
        let run = Run {
            command: "doctor",
            environment: Some(&environment),
            elapsed: Some(round.elapsed),
            checked: plural(round.checked.len(), "check"),
            rules: &rules,
            fail_on: Severity::Error,
            checks: &round.checked,
        };
        context.report(&report, &run, Map::new());
    }
    Ok(report.verdict(Severity::Error))
}

/// The checks that the command line chooses.
fn chosen(only: &[String], skip: &[String]) -> Result<Vec<&'static Check>, Failure> {
    let (wanted, unwanted) = (named("--only", only)?, named("--skip", skip)?);
    let checks: Vec<&'static Check> = doctor::checks()
        .iter()
        .filter(|check| wanted.is_empty() || wanted.contains(&check.id))
        .filter(|check| !unwanted.contains(&check.id))
        .collect();
    if checks.is_empty() {
        return Err(Failure::usage("no check is left").help("leave out a --skip"));
    }
    Ok(checks)
}

/// The checks that an option names: spaces around a comma and the case mean nothing, a comma at the end
/// is none too many. An option that names nothing is a variable that a script did not set, and must not
/// mean everything.
fn named(option: &str, words: &[String]) -> Result<Vec<&'static str>, Failure> {
    let ids = || doctor::checks().iter().map(|check| check.id);
    let mut named = Vec::new();
    // What installs the frontend's packages is shown by its own name.
    let is_manager = |word: &str| {
        let mut all = Manager::ALL.into_iter();
        all.any(|it| it.program().eq_ignore_ascii_case(word))
    };
    for word in words.iter().map(|word| word.trim()) {
        let word = if is_manager(word) { "bun" } else { word };
        if word.is_empty() {
            continue;
        }
        let Some(id) = ids().find(|id| id.eq_ignore_ascii_case(word)) else {
            let known: Vec<&str> = ids().collect();
            return Err(
                Failure::usage(format!("there is no check `{word}`")).help(
                    match nearest(&word.to_ascii_lowercase(), ids()) {
                        Some(near) => format!("did you mean: {near}"),
                        None => format!("choose {}", or_list(&known)),
                    },
                ),
            );
        };
        named.push(id);
    }
    if named.is_empty() && !words.is_empty() {
        return Err(Failure::usage(format!("{option} names no check"))
            .help(format!("{option} redis,celery; pixcrawler doctor --list")));
    }
    Ok(named)
}

fn ask(
    context: &Context,
    workspace: &Workspace,
    checks: &[&'static Check],
    request: &Request,
) -> Round {
    let began = Instant::now();
    let facts = Arc::new(Facts::new(Questions {
        workspace: workspace.clone(),
        environment: context.environment,
        stand: context.stand(workspace),
        variables: path::with_usual_folders(&context.variables, request.fix),
        offline: request.offline,
        rules: env::check::unknown_rules(workspace),
    }));
    // A deployment is judged from any machine: what that machine is like says nothing about it.
    let (asked, left): (Vec<&'static Check>, Vec<&'static Check>) = checks
        .iter()
        .partition(|check| !(check.of_machine && facts.of_deployment() && request.only.is_empty()));
    let on_terminal = context.error_terminal.is_terminal
        && !context.error_terminal.ci
        && !context.quiet
        && context.format == Format::Human;
    let watch = output::Watch::new(&asked, on_terminal, context.error_style());
    let mut checked = doctor::run(&facts, &asked, |at, checked| watch.finished(at, checked));
    doctor::farewell(&facts);
    watch.clear();
    checked.extend(left.into_iter().map(|check| Checked {
        id: check.id,
        answer: Answer::irrelevant(format!(
            "{} is judged, not this machine",
            context.environment
        )),
        elapsed: Duration::ZERO,
    }));
    checked.sort_by_key(|it| checks.iter().position(|check| check.id == it.id));
    let elapsed = began.elapsed();
    let secrets = Secrets::new(&facts.tiers().secrets);
    for it in &mut checked {
        mask(&mut it.answer, &secrets);
    }
    Round { checked, elapsed }
}

/// Whatever a server said back: no secret of the env files leaves in it.
pub(super) fn mask(answer: &mut Answer, secrets: &Secrets) {
    let clean = |text: &mut String| {
        if secrets.found_in(text.as_bytes()) {
            *text = secrets.mask_text(text);
        }
    };
    answer.found.iter_mut().for_each(clean);
    answer.skipped.iter_mut().for_each(clean);
    for finding in &mut answer.findings {
        let Finding {
            message,
            notes,
            help,
            subject,
            ..
        } = finding;
        clean(message);
        subject.iter_mut().for_each(clean);
        notes.iter_mut().for_each(clean);
        help.iter_mut().for_each(clean);
    }
}

/// Prints the list; of checks that were `named`, also those of what is not there.
fn print(context: &Context, workspace: &Workspace, round: &Round, named: bool) {
    let style = context.style();
    let home = context.variables.get("HOME").filter(|home| home.len() > 1);
    let root = workspace.root.as_str();
    let root = home
        .and_then(|home| root.strip_prefix(home.as_str()))
        .filter(|rest| rest.starts_with('/'))
        .map_or_else(|| root.to_owned(), |rest| format!("~{rest}"));
    let head = format!(
        "pixcrawler doctor {dot} {root} {dot} {}",
        context.environment,
        dot = style.dot()
    );
    let told: Vec<Checked>;
    let shown = if context.quiet {
        let is_wrong = |it: &&Checked| it.answer.status() >= Status::Warn;
        told = round.checked.iter().filter(is_wrong).cloned().collect();
        if told.is_empty() {
            return;
        }
        told.as_slice()
    } else {
        &round.checked
    };
    let mut text = Vec::new();
    let which = match (context.verbose > 0, named) {
        (true, _) => Shown::All,
        (false, true) => Shown::Named,
        (false, false) => Shown::Relevant,
    };
    let written = output::checks(
        &head,
        shown,
        round.elapsed,
        which,
        &context.stand(workspace).line("pixcrawler doctor --fix"),
        style,
        &mut text,
    );
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    context.print(&text);
}

fn list(context: &Context) -> Result<Exit, Failure> {
    context.only_human_or_json("doctor --list")?;
    if context.format == Format::Json {
        let known = doctor::checks().iter();
        let known = known.map(|check| json!({"id": check.id, "about": check.about}));
        let extra = Map::from_iter([("known".to_owned(), known.collect())]);
        context.result("doctor", extra);
        return Ok(Exit::Clean);
    }
    let mut table = output::Table::default();
    for check in doctor::checks() {
        table.row([
            output::Cell::new(check.id, output::Tone::Name),
            check.about.into(),
        ]);
    }
    let mut text = Vec::new();
    let written = table.write(context.style(), &mut text);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    context.print(&text);
    Ok(Exit::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(only: &[&str], skip: &[&str]) -> Result<Vec<&'static str>, String> {
        let words = |list: &[&str]| {
            list.iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        chosen(&words(only), &words(skip))
            .map(|checks| checks.iter().map(|check| check.id).collect())
            .map_err(|failure| failure.in_words())
    }

    #[test]
    fn checks_are_named_as_people_type_them() {
        let both = Ok(vec!["redis", "celery"]);
        assert_eq!(ids(&["redis", " celery"], &[]), both);
        assert_eq!(ids(&["Redis", "CELERY ", ""], &[]), both);
        assert_eq!(ids(&["redis", "celery", "env"], &[" Env", ""]), both);
        for manager in ["bun", "npm", "PNPM", "yarn"] {
            assert_eq!(ids(&[manager], &[]), Ok(vec!["bun"]), "{manager}");
        }
        assert_eq!(
            ids(&["Postgre"], &[]),
            Err("there is no check `Postgre` → did you mean: postgres".to_owned())
        );
        for nothing in [&[""][..], &["", " "]] {
            let told = ids(nothing, &[]).expect_err("it names nothing");
            assert!(told.starts_with("--only names no check"), "{told}");
            let told = ids(&[], nothing).expect_err("it names nothing");
            assert!(told.starts_with("--skip names no check"), "{told}");
        }
        assert!(ids(&["redis"], &["redis"]).is_err());
    }
}
