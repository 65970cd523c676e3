//! One slip in an env file is told once: the check of the env files says what is wrong with a value, and a check of
//! what the value leads to, which can only say the same again, gives way. What it knows of a way out stays.

use camino::Utf8PathBuf;

use crate::diagnostic::{Finding, Severity};
use crate::text::and_list;
use crate::text::remedy::is_command;

use super::{Answer, Cure};

/// What says of a value that its reader cannot take it.
const WRONG: &[&str] = &[
    "env/wrong-type",
    "env/out-of-range",
    "env/empty",
    "env/refused",
    "env/wrong-credential",
    // A number of a database that Redis may not have.
    "env/doubtful",
];

/// What says that variables do not go together: one of them may be written wrongly.
const CONTRADICTION: &str = "env/contradiction";

/// What says that browsers download a secret: another key belongs there.
const LEAKED: &str = "env/leaked-secret";

/// What says that a program sees another value than the one that is written: what that leads to is no fact.
const ALTERED: &str = "env/altered-value";

/// A variable where it stands: its name, and the file and line, where it is from a file.
type Spot = (String, Option<(Utf8PathBuf, usize)>);

/// Leaves each slip to one of the answers. `env` is that of the env files' check.
pub(super) fn settled<'a>(env: &mut Answer, others: impl Iterator<Item = &'a mut Answer>) {
    let mut offered: Vec<(Spot, Cure)> = Vec::new();
    within(env, &mut offered);
    for answer in others {
        give_way(answer, &mut env.findings, &mut offered);
    }
    let Answer {
        findings, cures, ..
    } = env;
    for finding in findings {
        let Some(cure) = best(finding, &offered) else {
            continue;
        };
        finding.notes.extend(finding.help.take());
        finding.help = Some(cure.typed());
        if !cures.contains(cure) {
            cures.push(cure.clone());
        }
    }
}

/// What the code's own class refuses for the reason that the schema has against it, too, is one finding.
fn within(env: &mut Answer, offered: &mut Vec<(Spot, Cure)>) {
    let of_class = |it: &Finding| it.is_of_value;
    let (again, mut kept): (Vec<Finding>, Vec<Finding>) =
        env.findings.drain(..).partition(of_class);
    for finding in again {
        let cure = cure_of(&env.cures, &finding).cloned();
        let mut told = kept.iter_mut();
        let told = told.find(|it| !it.is_of_value && is_told(it, &finding, cure.as_ref()));
        let Some(told) = told else {
            kept.push(finding);
            continue;
        };
        take_over(told, &finding);
        told.notes.extend(finding.notes);
        if let Some((spot, cure)) = spot(told).zip(cure) {
            env.cures.retain(|it| *it != cure);
            offered.push((spot, cure));
        }
    }
    env.findings = kept;
}

/// Takes what `env` says already from an answer, and leaves the ways out to it.
fn give_way(answer: &mut Answer, env: &mut [Finding], offered: &mut Vec<(Spot, Cure)>) {
    let mut gone: Vec<(Finding, Spot, Option<Cure>)> = Vec::new();
    for finding in std::mem::take(&mut answer.findings) {
        let cure = cure_of(&answer.cures, &finding).cloned();
        let mut told = env.iter_mut();
        let told = told.find(|told| says(told, &finding, cure.as_ref()));
        let Some((told, spot)) = told.and_then(|told| spot(told).map(|spot| (told, spot))) else {
            answer.findings.push(finding);
            continue;
        };
        // What is copied from there is wrong as well.
        if is_copied(told, cure.as_ref()) {
            answer.cures.retain(|it| Some(it) != cure.as_ref());
            gone.push((finding, spot, None));
            continue;
        }
        take_over(told, &finding);
        gone.push((finding, spot, cure));
    }
    if gone.is_empty() {
        return;
    }
    let mut waiting: Vec<String> = Vec::new();
    for (finding, told, cure) in gone {
        let words = in_words(&told);
        if !waiting.contains(&words) {
            waiting.push(words);
        }
        let Some(spot) = spot(&finding) else { continue };
        // What such a value leads to is no fact.
        let of_it = format!("{} ", spot.0);
        answer.found.retain(|fact| !fact.starts_with(&of_it));
        let Some(cure) = cure else { continue };
        let mut left = answer.findings.iter();
        if !left.any(|it| it.help.as_deref() == Some(cure.typed().as_str())) {
            answer.cures.retain(|it| *it != cure);
        }
        offered.push((spot, cure));
    }
    if !answer.findings.is_empty() {
        return;
    }
    let why = format!(
        "waits for env, which says what is wrong with {}",
        and_list(&waiting)
    );
    // Beside what was asked it is one fact more.
    match &mut answer.skipped {
        Some(first) => *first = format!("{first}; {why}"),
        None if answer.found.is_empty() => answer.skipped = Some(why),
        None => answer.found.push(why),
    }
}

/// What gives way is as bad there, and said there where that says something else.
fn take_over(told: &mut Finding, again: &Finding) {
    let is_other = told.rule.code == CONTRADICTION
        || told.severity < again.severity && told.rule.code != ALTERED;
    if is_other && !told.notes.contains(&again.message) {
        told.notes.push(again.message.clone());
    }
    told.severity = told.severity.max(again.severity);
}

/// Whether `told` of the env files' check is about the slip that `again` is about, too.
fn says(told: &Finding, again: &Finding, cure: Option<&Cure>) -> bool {
    let is_same_spot = || spot(told).is_some_and(|it| Some(it) == spot(again));
    match told.rule.code {
        _ if told.severity == Severity::Info => false,
        _ if is_copied(told, cure) => true,
        // A command that sets a value names its variable and its file; one that asks may do so for another reason.
        _ if is_same_way(told, again)
            && (again.is_of_value || cure.is_some_and(|cure| !cure.asks)) =>
        {
            true
        }
        ALTERED => has_command(told) && is_same_spot(),
        CONTRADICTION => again.is_of_value && has_command(told) && is_same_spot(),
        LEAKED => again.is_of_value && cure.is_some() && is_same_spot(),
        _ => again.is_of_value && is_told(told, again, cure),
    }
}

/// Whether a command copies the value that `told` says is wrong to another name.
fn is_copied(told: &Finding, cure: Option<&Cure>) -> bool {
    let source = told.tier.as_ref().zip(told.subject.as_ref());
    let source = source.map(|(tier, name)| format!(" --like {tier}:{name}"));
    let copies = |line: &str| {
        let mut parts = line.split(" && ");
        source
            .as_ref()
            .is_some_and(|it| parts.any(|part| part.ends_with(it.as_str())))
    };
    told.severity == Severity::Error
        && WRONG.contains(&told.rule.code)
        && cure.is_some_and(|cure| copies(&cure.line))
}

/// Whether both have the same value set.
fn is_same_way(told: &Finding, again: &Finding) -> bool {
    let sets = |help: &&String| help.starts_with("pixcrawler env set ");
    let help = told.help.as_ref().filter(sets);
    help.is_some() && help == again.help.as_ref()
}

/// Where the variable of a finding stands.
fn spot(finding: &Finding) -> Option<Spot> {
    let place = finding.place.as_ref();
    let place = place.map(|it| (it.source.path().to_owned(), it.start().line));
    Some((finding.subject.clone()?, place))
}

/// `PORT (backend/.env:3)`.
fn in_words((name, place): &Spot) -> String {
    match place {
        Some((file, line)) => format!("{name} ({file}:{line})"),
        None => name.clone(),
    }
}

/// Whether `told` says of the same value that it is wrong, and the way out is as good there: it has a command, or
/// takes the other's, where there is one.
fn is_told(told: &Finding, again: &Finding, cure: Option<&Cure>) -> bool {
    told.severity > Severity::Info
        && WRONG.contains(&told.rule.code)
        && spot(told).is_some_and(|it| Some(it) == spot(again))
        && (has_command(told) || cure.is_none_or(|cure| worth(told, cure).is_some()))
}

fn has_command(finding: &Finding) -> bool {
    finding.help.as_deref().is_some_and(is_command)
}

/// The command that another check knows for a finding without one.
fn best<'a>(finding: &Finding, offered: &'a [(Spot, Cure)]) -> Option<&'a Cure> {
    let is_of_value = WRONG.contains(&finding.rule.code) || finding.rule.code == LEAKED;
    if has_command(finding) || !is_of_value {
        return None;
    }
    let at = spot(finding)?;
    let of_it = offered.iter().filter(|(spot, _)| *spot == at);
    let worth = of_it.filter_map(|(_, cure)| Some((worth(finding, cure)?, cure)));
    worth.min_by_key(|(worth, _)| *worth).map(|(_, cure)| cure)
}

/// How good a command is for a finding, the best first: one that knows the value, one that asks for the part that
/// the finding speaks of, one that asks for all of it. None where it sets other parts: they mend something else, and
/// a scheme that suits one reader may be what the finding is about.
fn worth(finding: &Finding, cure: &Cure) -> Option<u8> {
    let mut parts = cure.line.split(" --part ").skip(1).peekable();
    let is_part = parts.peek().is_some();
    let is_meant = |part: &str| {
        let name = part.trim_start_matches('\'').split('=').next();
        name.is_some_and(|it| it != "scheme" && finding.message.contains(it))
    };
    match (is_part, cure.asks) {
        (true, _) if !parts.all(is_meant) => None,
        (_, false) => Some(0),
        (true, true) => Some(1),
        (false, true) => Some(2),
    }
}

/// The command that a finding has for its way out.
fn cure_of<'a>(cures: &'a [Cure], finding: &Finding) -> Option<&'a Cure> {
    let help = finding.help.as_deref()?;
    cures.iter().find(|cure| cure.typed() == help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Label, Rule};
    use crate::doctor::Status;
    use crate::text::Source;

    static WRONG_TYPE: Rule = rule("env/wrong-type");
    static REFUSED: Rule = rule("env/refused");
    static OTHER: Rule = rule("redis/unreachable");
    static APART: Rule = rule(CONTRADICTION);
    static CUT: Rule = rule(ALTERED);

    const fn rule(code: &'static str) -> Rule {
        Rule {
            code,
            severity: Severity::Error,
            summary: "",
            text: "",
        }
    }

    fn finding(rule: &'static Rule, message: &str) -> Finding {
        let source = Source::new("backend/.env", "BROKER_URL=x\n");
        let place = Label::new(&source, 0..3, "");
        Finding::new(rule, message).subject("BROKER_URL").at(place)
    }

    fn asking(what: &str) -> Cure {
        Cure::asking(format!(
            "pixcrawler env set --file backend/.env BROKER_URL{what}"
        ))
    }

    fn told(answer: Answer, message: &str, cure: Cure) -> Answer {
        answer.mended_by(finding(&OTHER, message).of_value(), cure)
    }

    const NO_NUMBER: &str = "names a database that is no number";

    #[test]
    fn one_slip_is_told_once_with_the_best_way_out() {
        let mut env =
            Answer::default().problem(finding(&WRONG_TYPE, NO_NUMBER).help("end it with /0"));
        let refused = finding(&REFUSED, "must begin").of_value().note("class");
        env = env.mended_by(refused, asking("=-"));
        let mut redis = told(Answer::found("9.1"), "no number", asking("=-"));
        let mut celery = told(
            Answer::found("BROKER_URL leads nowhere"),
            "none",
            asking(" --part database=-"),
        );
        settled(&mut env, [&mut redis, &mut celery].into_iter());
        let [one] = env.findings.as_slice() else {
            panic!("{env:?}");
        };
        assert_eq!(one.notes, ["class", "end it with /0"]);
        assert_eq!(env.cures, [asking(" --part database=-")]);
        assert_eq!(one.help.as_deref(), Some(env.cures[0].line.as_str()));
        let waits = "waits for env, which says what is wrong with BROKER_URL (backend/.env:1)";
        assert_eq!(redis.found, ["9.1", waits]);
        assert_eq!(redis.status(), Status::Pass);
        assert_eq!(celery.skipped.as_deref(), Some(waits));
        assert!(celery.found.is_empty() && celery.cures.is_empty());
    }

    #[test]
    fn a_value_that_is_wrong_is_not_copied() {
        let wrong = finding(&WRONG_TYPE, "has `:/` behind its scheme").tier("backend");
        let mut env = Answer::default().problem(wrong);
        let copied = |tail: &str| {
            let line = format!("pixcrawler env set --tier root OTHER --like {tail}");
            Answer::default().mended_by(
                Finding::new(&OTHER, "not read").subject("X"),
                Cure::new(line),
            )
        };
        let mut celery = copied("backend:BROKER_URL && pixcrawler env unset BROKER_URL");
        let mut other = copied("backend:BROKER_URL_2");
        settled(&mut env, [&mut celery, &mut other].into_iter());
        let waits = "waits for env, which says what is wrong with BROKER_URL (backend/.env:1)";
        assert_eq!(celery.skipped.as_deref(), Some(waits));
        assert!(celery.cures.is_empty() && env.findings[0].help.is_none());
        assert_eq!(other.findings.len(), 1);
    }

    #[test]
    fn what_is_another_matter_stays() {
        let env = || Answer::default().problem(finding(&WRONG_TYPE, "has the scheme `unix`"));
        let stays = |env: &mut Answer, other: Answer| {
            let mut after = other.clone();
            settled(env, std::iter::once(&mut after));
            after == other
        };
        // It is not about how the value is written, or sets a part of which nothing was said.
        let unreachable = Answer::default().mended_by(finding(&OTHER, "refuses"), asking("=-"));
        assert!(stays(&mut env(), unreachable));
        for part in [" --part scheme=redis+socket", " --part database=-"] {
            assert!(stays(
                &mut env(),
                told(Answer::default(), "x", asking(part))
            ));
        }
        assert!(!stays(
            &mut env(),
            told(Answer::default(), "x", asking("=-"))
        ));
        // Another file, another variable, and nothing that the env files' check would say.
        let mut elsewhere = env();
        elsewhere.findings[0].place = None;
        assert!(stays(
            &mut elsewhere,
            told(Answer::default(), "x", asking("=-"))
        ));
        let mut noted = env();
        noted.findings[0].severity = Severity::Info;
        assert!(stays(
            &mut noted,
            told(Answer::default(), "x", asking("=-"))
        ));
        let sound = &mut Answer::default();
        assert!(stays(sound, told(Answer::default(), "x", asking("=-"))));
    }

    #[test]
    fn what_is_only_doubtful_to_env_is_as_bad_as_who_asked_says() {
        let mut env = Answer::default().problem(finding(&WRONG_TYPE, "names the database 99"));
        env.findings[0].severity = Severity::Warning;
        let mut redis = told(Answer::default(), "has none", asking(" --part database=2"));
        settled(&mut env, std::iter::once(&mut redis));
        assert_eq!(env.findings[0].severity, Severity::Error);
        assert_eq!(env.findings[0].notes, ["has none"]);
        assert_eq!(env.cures, [asking(" --part database=2")]);
        assert_eq!(redis.status(), Status::Skipped);
    }

    #[test]
    fn one_value_to_set_is_one_slip_whoever_tells_of_it() {
        let set = |line: &str| Cure::new(format!("pixcrawler env set --file .env {line}"));
        let env = || {
            let finding = finding(&APART, "are not the same").subject("WEB_URL");
            Answer::default().mended_by(finding, set("BROKER_URL=y"))
        };
        let mut other =
            Answer::found("up").mended_by(finding(&OTHER, "has a path"), set("BROKER_URL=y"));
        let mut told = env();
        settled(&mut told, std::iter::once(&mut other));
        assert_eq!(told.findings[0].notes, ["has a path"]);
        assert_eq!((told.findings.len(), told.cures.len()), (1, 1));
        let waits = "waits for env, which says what is wrong with WEB_URL (backend/.env:1)";
        assert_eq!(other.found, ["up", waits]);
        // Another value, or one that is asked for because nobody answers.
        for cure in [set("BROKER_URL=z"), asking("=-")] {
            let mut other = Answer::default().mended_by(finding(&OTHER, "refuses"), cure.clone());
            let mut told = Answer::default().mended_by(finding(&APART, "differs"), asking("=-"));
            settled(&mut told, std::iter::once(&mut other));
            assert_eq!(other.findings.len(), 1, "{cure:?}");
        }
    }

    #[test]
    fn what_an_altered_value_leads_to_is_no_fact() {
        let fix = "pixcrawler env check --fix --env development";
        let mut env = Answer::default().problem(finding(&CUT, "is cut").help(fix));
        env.findings[0].severity = Severity::Warning;
        let mut server = Answer::default().mended_by(
            finding(&OTHER, "Postgres at ss:5432 cannot be reached"),
            asking("=-"),
        );
        settled(&mut env, std::iter::once(&mut server));
        assert_eq!(env.findings[0].severity, Severity::Error);
        assert!(env.findings[0].notes.is_empty());
        assert_eq!(server.status(), Status::Skipped);
        assert!(server.cures.is_empty() && server.findings.is_empty());
    }

    #[test]
    fn a_command_that_is_there_already_stays() {
        let fix = "pixcrawler env check --fix --env development";
        let mut env = Answer::default().problem(finding(&WRONG_TYPE, "is JSON").help(fix));
        let mut cors = told(
            Answer::default(),
            "is JSON",
            Cure::new("pixcrawler env set X=1"),
        );
        settled(&mut env, std::iter::once(&mut cors));
        assert_eq!(env.findings[0].help.as_deref(), Some(fix));
        assert!(env.cures.is_empty());
        assert_eq!(cors.status(), Status::Skipped);
    }
}
