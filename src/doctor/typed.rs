//! Every way out is a line that can be pasted: what a source says in words becomes a reason, and the
//! line opens the place, or the long text about the rule.

use crate::diagnostic::Finding;
use crate::text::remedy::{is_command, open_at};
use crate::workspace::Environment;

use super::Answer;

/// The answer with a command in each of its findings, each for the environment that was judged.
pub fn typed(mut answer: Answer, environment: Environment) -> Answer {
    let meant = |line: &mut String| *line = meant_for(environment, line);
    answer.findings = answer.findings.into_iter().map(with_command).collect();
    let helps = answer.findings.iter_mut().filter_map(|it| it.help.as_mut());
    helps.for_each(meant);
    for cure in &mut answer.cures {
        meant(&mut cure.line);
        cure.or.iter_mut().for_each(meant);
        cure.after.iter_mut().for_each(meant);
    }
    answer
}

/// Our commands that do something else in each environment.
const ASK_WHERE: [&str; 5] = ["dev", "doctor", "env", "health", "migrate"];

/// A line in which each command of ours is about the environment that was judged: what mends the tests'
/// database must not touch that of development.
fn meant_for(environment: Environment, line: &str) -> String {
    if environment == Environment::default() {
        return line.to_owned();
    }
    let each = line.split(" && ").map(|command| {
        let (open, inner) = match command.strip_suffix(')') {
            Some(inner) if !command.contains('(') => (inner, ")"),
            _ => (command, ""),
        };
        let ours = open
            .strip_prefix("pixcrawler ")
            .and_then(|rest| rest.split(' ').next())
            .is_some_and(|word| ASK_WHERE.contains(&word));
        if ours && !open.contains(" --env ") {
            format!("{open} --env {environment}{inner}")
        } else {
            command.to_owned()
        }
    });
    each.collect::<Vec<_>>().join(" && ")
}

fn with_command(mut finding: Finding) -> Finding {
    let words = finding.help.take().unwrap_or_default();
    let (command, rest) = split(&words);
    finding.help = Some(command.map_or_else(|| by_hand(&finding), str::to_owned));
    if !rest.is_empty() {
        finding.notes.push(rest.to_owned());
    }
    finding
}

/// The command in a way out, and what it has beside it: `save it as UTF-8: iconv …`, `kill 7   or …`.
fn split(words: &str) -> (Option<&str>, &str) {
    if is_command(words) {
        return match words.split_once("   or ") {
            Some((command, rest)) => (Some(command), rest),
            None => (Some(words), ""),
        };
    }
    match words.split_once(": ") {
        Some((before, command)) if is_command(command) => (Some(command), before),
        _ => (None, words),
    }
}

/// Only a person can decide: the line to look at, or else what the rule is about.
fn by_hand(finding: &Finding) -> String {
    match (&finding.place, finding.path()) {
        (Some(label), Some(path)) => open_at(path.as_str(), label.start().line),
        (None, Some(path)) => open_at(path.as_str(), 1),
        (_, None) => format!("pixcrawler explain {}", finding.rule.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Label, Rule, Severity};
    use crate::text::{Source, Span};

    static RULE: Rule = Rule {
        code: "doctor/some",
        severity: Severity::Error,
        summary: "",
        text: "",
    };

    fn told(help: &str, place: bool) -> (String, Vec<String>) {
        let mut finding = Finding::new(&RULE, "m").help(help);
        if place {
            let source = Source::new("backend/.env", "A=1\nB=2\n");
            finding = finding.at(Label::new(&source, Span::new(4, 5), ""));
        }
        let answer = typed(Answer::default().problem(finding), Environment::Development);
        let finding = answer.findings.into_iter().next().expect("it stays");
        (finding.help.unwrap_or_default(), finding.notes)
    }

    #[test]
    fn a_command_stays_and_words_get_one() {
        assert_eq!(told("git rm x", true), ("git rm x".to_owned(), vec![]));
        assert_eq!(
            told("kill 7   or give it another port", false),
            ("kill 7".to_owned(), vec!["give it another port".to_owned()])
        );
        assert_eq!(
            told("make it readable: ls -ld x", false),
            ("ls -ld x".to_owned(), vec!["make it readable".to_owned()])
        );
        let words = "use the same project in all tiers";
        assert_eq!(
            told(words, true),
            (open_at("backend/.env", 2), vec![words.to_owned()])
        );
        assert_eq!(told(words, false).0, "pixcrawler explain doctor/some");
    }

    #[test]
    fn our_commands_are_about_the_environment_that_was_judged() {
        let test = |line| meant_for(Environment::Test, line);
        assert_eq!(test("pixcrawler migrate"), "pixcrawler migrate --env test");
        assert_eq!(
            test("pixcrawler env set A=1 && pixcrawler dev --servers"),
            "pixcrawler env set A=1 --env test && pixcrawler dev --servers --env test"
        );
        assert_eq!(
            test("(cd x && pixcrawler migrate)"),
            "(cd x && pixcrawler migrate --env test)"
        );
        for same in [
            "git update-index --force-remove .env",
            "pixcrawler explain env/missing",
            "pixcrawler env check --env production",
        ] {
            assert_eq!(test(same), same);
        }
        let line = "pixcrawler migrate";
        assert_eq!(meant_for(Environment::Development, line), line);
    }
}
