//! The worker's own variable where its settings do not look for it.

use camino::Utf8Path;

use crate::diagnostic::{Finding, Severity};
use crate::doctor::{Answer, Facts};
use crate::env::is_placeholder;
use crate::service::assemble::{Broker, WORKER};
use crate::system::fs;
use crate::text::remedy::open_at;
use crate::workspace::CONFIG;
use crate::workspace::stack::{CeleryApp, Reads, Setting};

use super::super::reached::{home, is_unread};
use super::super::{place, redis};
use super::fallback::Fallback;
use super::leads::{Logins, leads_to, logins};
use super::transport::Use;
use super::unread::UNREAD;
use super::{Named, no_redis, objection, unsaid};

/// With what is wrong where the worker's own variables are set, and its settings pass them over.
pub(super) fn told(
    facts: &Facts,
    celery: &CeleryApp,
    read: &Broker<'_>,
    fallback: &Fallback,
    answer: Answer,
) -> Answer {
    let broker = celery
        .broker
        .as_ref()
        .filter(|_| matches!(read, Broker::Default { .. }));
    let answer = match broker {
        Some(own) => {
            let default = fallback.leads_to.as_deref();
            let default = default.map(|it| (it, &fallback.logins));
            passed_over(facts, celery, (Use::Broker, own), default, answer)
        }
        None => answer,
    };
    let results = celery.results.as_ref();
    // Whether somebody loads files into the process environment may not be known.
    let is_known = |own: &&Setting| {
        let may_load = || facts.tiers().sight().may_load_files(celery);
        !own.reads.is_process() || (own.is_unsaid && !may_load())
    };
    match results.filter(is_known) {
        Some(own) => {
            let of = |url| Some((leads_to(&own.variable, url)?, logins(&own.variable, url)));
            let default = own.default.as_deref().and_then(of);
            let default = default.as_ref().map(|(target, it)| (target.as_str(), it));
            passed_over(facts, celery, (Use::Results, own), default, answer)
        }
        None => answer,
    }
}

/// The same of the broker, of which a validator makes another one.
pub(super) fn changed(facts: &Facts, celery: &CeleryApp, own: &Setting) -> Answer {
    passed_over(facts, celery, (Use::Broker, own), None, Answer::default())
}

/// The same for one of them; `default` is where it leads without, and whom that names there.
fn passed_over(
    facts: &Facts,
    celery: &CeleryApp,
    (of, own): (Use, &Setting),
    default: Option<(&str, &Logins)>,
    answer: Answer,
) -> Answer {
    let set = ["backend", "root"].into_iter().flat_map(|tier| {
        let names = std::iter::once(&own.variable).chain(&own.others);
        names.filter_map(move |name| Some((tier, name, facts.value(tier, name)?)))
    });
    let (unread, read): (Vec<_>, Vec<_>) =
        set.partition(|(tier, name, _)| is_unread(facts, celery, tier, name));
    let (Some((tier, name, value)), true) = (unread.first().copied(), read.is_empty()) else {
        return answer;
    };
    let variable = own.exact.as_deref().unwrap_or(&own.variable);
    let place = facts.origin(tier, name);
    let at = format!("{}:{}", own.file, own.line);
    let target = leads_to(name, value);
    let is_there = target.is_some() && target.as_deref() == default.map(|(target, _)| target);
    let is_same = is_there && default.is_some_and(|(_, it)| *it == logins(name, value));
    let default = default.map(|(target, _)| target);
    // One that the code does not give results a place for keeps none: that is a choice.
    let is_unkept = own.is_unsaid && of == Use::Results;
    let finding = if own.exact.is_some() {
        Finding::new(
            &UNREAD,
            format!(
                "`{name}` is set, but the worker ({}) reads `{variable}`: case counts in its settings",
                celery.target
            ),
        )
    } else {
        Finding::new(
            &UNREAD,
            format!(
                "`{name}` is set in {}, which the worker ({}) does not read",
                place::file(&place).unwrap_or(&place),
                celery.target
            ),
        )
    };
    let finding = finding
        .severity(if is_same || is_unkept {
            Severity::Info
        } else {
            Severity::Error
        })
        .subject(name.clone())
        .note(if own.is_unsaid {
            format!("it stands at {place}; the application at {at}")
        } else {
            format!("it stands at {place}; the settings at {at}")
        });
    let finding = if own.is_unsaid {
        finding.note(unsaid::words(of))
    } else {
        finding
    };
    let finding = match &own.reads {
        Reads::Files(files) => {
            let files: Vec<&str> = files.iter().map(|file| file.as_str()).collect();
            finding.note(format!("they read {}", crate::text::and_list(&files)))
        }
        Reads::Process | Reads::Loaded(_) if is_unkept => finding,
        Reads::Process | Reads::Loaded(_) => {
            let file = place::file(&place).unwrap_or(&place);
            by_process(facts, celery, own, (tier, file), finding)
        }
        Reads::Tiers => finding,
    };
    let does = match of {
        Use::Broker => "the worker listens on its default,",
        Use::Results => "results go to the default,",
    };
    let finding = match default {
        Some(default) if is_there && !is_same => finding.note(format!(
            "so {does} {default}, without the login that {name} has"
        )),
        Some(default) if !is_same => finding.note(format!(
            "so {does} {default}, and {name} leads to {}",
            target.as_deref().unwrap_or("no Redis")
        )),
        Some(default) => finding.note(format!("both lead to {default} at present")),
        None => finding,
    };
    // In which file it stands does not matter to a process that reads none.
    if own.reads.is_process() {
        return answer.problem(finding.help(open_at(own.file.as_str(), own.line)));
    }
    let (home, origin) = home(facts, celery, Some(own), variable);
    let like = format!("{tier}:{name}");
    let what = [variable, "--like", &like];
    let origin = place::changed(facts, &home, &origin);
    match place::at(&home, &origin, facts.questions.environment, &what) {
        Some(cure) if !is_same => answer.mended_by(finding, cure),
        Some(cure) => answer.problem(finding.help(cure.line)),
        None => answer.problem(finding.help(open_at(own.file.as_str(), own.line))),
    }
}

/// With what gets a file of a tier into the environment of the worker's process, and what its code does in place of that.
fn by_process(
    facts: &Facts,
    celery: &CeleryApp,
    own: &Setting,
    (tier, file): (&str, &str),
    finding: Finding,
) -> Finding {
    let finding = match &own.reads {
        Reads::Loaded(loaded) if !fs::is_file(&facts.workspace().path(loaded)) => {
            let home = Some(celery.cwd.as_str()).filter(|it| !it.is_empty());
            let home = home.unwrap_or("the workspace");
            finding.note(format!(
                "its load_dotenv looks for {loaded}, which is not there: it starts in {home}"
            ))
        }
        Reads::Loaded(loaded) => finding.note(format!("its load_dotenv loads {loaded}")),
        _ => finding,
    };
    let way = way_from(&celery.cwd, file);
    finding.note(format!(
        "it reads its process environment, and nothing is seen in the code that loads {file} into that: load_dotenv(\"{way}\") does, as well as command = \"pixcrawler env run --tier {tier} -- …\" in [services.{WORKER}] of {CONFIG}"
    ))
}

/// How a file of the workspace is called by a process that runs in one of its folders.
fn way_from(cwd: &Utf8Path, file: &str) -> String {
    let (mut up, mut home) = (String::new(), Some(cwd));
    while let Some(dir) = home.filter(|it| !it.as_str().is_empty()) {
        if let Ok(rest) = Utf8Path::new(file).strip_prefix(dir) {
            return format!("{up}{rest}");
        }
        up.push_str("../");
        home = dir.parent();
    }
    format!("{up}{file}")
}

/// The worker's own variable, where a file has it that no tier reads.
pub(super) fn outside(facts: &Facts, celery: &CeleryApp, read: &Broker<'_>) -> Option<Named> {
    let Broker::Outside {
        variable,
        url,
        place,
    } = read
    else {
        return None;
    };
    if url.trim().is_empty() {
        return None;
    }
    let is_unfilled = is_placeholder(url);
    let origin = place::apart(place);
    let speaks_tls = || redis::speaks_tls(facts, variable);
    Some(Named {
        variable: (*variable).to_owned(),
        tier: "backend".to_owned(),
        origin: origin.clone(),
        place: origin.clone(),
        leads_to: if is_unfilled {
            Some("a placeholder".to_owned())
        } else {
            leads_to(variable, url)
        },
        logins: logins(variable, url),
        transport: no_redis(url),
        meant: None,
        objection: if is_unfilled {
            None
        } else {
            objection(celery, Use::Broker, variable, url, &origin, &speaks_tls)
        },
    })
}

#[cfg(test)]
mod tests {
    use super::way_from;

    #[test]
    fn a_file_is_called_from_where_the_worker_runs() {
        for (cwd, file, way) in [
            ("", "backend/.env", "backend/.env"),
            ("backend", "backend/.env", ".env"),
            ("backend", ".env", "../.env"),
            ("backend/app", "backend/.env", "../.env"),
            ("worker", "backend/.env", "../backend/.env"),
        ] {
            assert_eq!(way_from(cwd.into(), file), way, "{cwd}");
        }
    }
}
