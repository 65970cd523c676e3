//! Every way out is a line that can be pasted: what a source says in words becomes a reason, and the
//! line opens the place, or the long text about the rule.

use crate::diagnostic::Finding;
use crate::text::Stand;
use crate::text::remedy::{is_command, open_at, set_by, set_in_ci};

use super::Answer;

/// The answer with a command in each of its findings, each for the terminal in which it will be typed. The
/// cures stay as they are run: in their folder of the workspace.
#[must_use]
pub fn typed(mut answer: Answer, stand: &Stand) -> Answer {
    let told = answer.findings.into_iter();
    answer.findings = told.map(|it| with_command(it, stand)).collect();
    let helps = answer.findings.iter_mut().filter_map(|it| it.help.as_mut());
    helps.for_each(|line| *line = stand.line(line));
    let notes = answer.findings.iter_mut().flat_map(|it| &mut it.notes);
    notes.for_each(|note| others(note, stand));
    let at_root = stand.at_root();
    let meant = |line: &mut String| *line = at_root.line(line);
    for cure in &mut answer.cures {
        meant(&mut cure.line);
        cure.or.iter_mut().for_each(meant);
        cure.after.iter_mut().for_each(meant);
    }
    answer
}

/// What a note has of other ways out is typed in the same terminal: `or: npm install -g x, or: …`.
fn others(note: &mut String, stand: &Stand) {
    const OR: &str = "or: ";
    let Some(lines) = note.strip_prefix(OR) else {
        *note = ours(note, stand);
        return;
    };
    let separator = format!(", {OR}");
    let each = lines.split(&separator).map(|line| {
        if is_command(line) {
            stand.line(line)
        } else {
            line.to_owned()
        }
    });
    *note = format!("{OR}{}", each.collect::<Vec<_>>().join(&separator));
}

/// A command of ours that ends a part of a note is told what a way out is: `… is misspelt, name the right one: …`.
fn ours(note: &str, stand: &Stand) -> String {
    const BETWEEN: &str = "; ";
    let each = note
        .split(BETWEEN)
        .map(|part| match part.rsplit_once(": ") {
            Some((words, line)) if line.starts_with("pixcrawler ") && is_command(line) => {
                format!("{words}: {}", stand.line(line))
            }
            _ => part.to_owned(),
        });
    each.collect::<Vec<_>>().join(BETWEEN)
}

fn with_command(mut finding: Finding, stand: &Stand) -> Finding {
    let words = finding.help.take().unwrap_or_default();
    let (command, rest) = split(&words);
    let asked = command.and_then(set_by);
    let command = command.filter(|_| asked.is_none() || !stand.is_ci);
    if let Some(name) = asked.filter(|_| stand.is_ci) {
        finding.notes.push(set_in_ci(name));
    } else if let Some(name) = asked {
        let note = format!("{name} is set for as long as this terminal is open, and in no other");
        finding.notes.push(note);
    }
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
    use crate::doctor::Cure;
    use crate::text::remedy::{set_here, set_to};
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
        let answer = typed(Answer::default().problem(finding), &Stand::default());
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
    fn what_lasts_no_longer_than_the_terminal_is_told() {
        let (help, notes) = told(&set_here("PGPASSWORD"), false);
        assert_eq!(help, set_here("PGPASSWORD"));
        assert_eq!(
            notes,
            ["PGPASSWORD is set for as long as this terminal is open, and in no other"]
        );
        assert!(told(&set_to("PGPASSWORD", "x"), false).1.is_empty());
    }

    #[test]
    fn a_ci_types_nothing() {
        let stand = Stand {
            is_ci: true,
            ..Stand::default()
        };
        let finding = Finding::new(&RULE, "m").help(set_here("PGPASSWORD"));
        let answer = typed(Answer::default().problem(finding), &stand);
        let [finding] = answer.findings.as_slice() else {
            panic!("one finding");
        };
        assert_eq!(
            finding.help.as_deref(),
            Some("pixcrawler explain doctor/some")
        );
        assert_eq!(finding.notes, [set_in_ci("PGPASSWORD")]);
        let other = Finding::new(&RULE, "m").help("uv sync");
        let answer = typed(Answer::default().problem(other), &stand);
        assert_eq!(answer.findings[0].help.as_deref(), Some("uv sync"));
    }

    #[test]
    fn a_way_out_is_for_the_terminal_and_a_cure_for_the_workspace() {
        let stand = Stand {
            root: Some("/w".to_owned()),
            is_told: true,
            environment: Some("test"),
            is_ci: false,
        };
        let line = "rm a && pixcrawler migrate";
        let finding = Finding::new(&RULE, "m");
        let answer = Answer::default().mended_by(finding, Cure::new(line));
        let answer = typed(answer, &stand);
        let help = answer.findings[0].help.as_deref();
        assert_eq!(help, Some(stand.line(line).as_str()));
        assert_eq!(answer.cures, [Cure::new(format!("{line} --env test"))]);
        let finding = Finding::new(&RULE, "m")
            .help("rm a")
            .note("or: rm b, or: uv sync")
            .note("or change a file")
            .note("where it hangs: pixcrawler env set A=-; pixcrawler dev starts one: if not:");
        let answer = typed(Answer::default().problem(finding), &stand);
        let lines = ["rm b", "uv sync"].map(|line| stand.line(line));
        assert_eq!(
            answer.findings[0].notes,
            [
                format!("or: {}", lines.join(", or: ")),
                "or change a file".to_owned(),
                format!(
                    "where it hangs: {}; pixcrawler dev starts one: if not:",
                    stand.line("pixcrawler env set A=-")
                ),
            ]
        );
    }
}
