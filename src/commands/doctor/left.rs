//! What `doctor --fix` leaves to a person, and why: no printed line is passed over without a word.

use crate::commands::Context;
use crate::diagnostic::Severity;
use crate::doctor::{Checked, Cure};
use crate::output::{Sign, Tone};
use crate::text::Stand;
use crate::text::line::{Kind, kind};

/// Tells of the ways out that no command of ours went, those with one reason together.
pub(super) fn tell(context: &Context, stand: &Stand, checked: &[Checked]) {
    let style = context.error_style();
    for (why, lines) in left(stand, checked) {
        for (line, id) in lines {
            let line = style.paint(Tone::Name, line);
            context.say(&format!("{} {line}   for {id}", style.arrow()));
        }
        let sign = style.sign(Sign::Skipped);
        context.say(&format!("  {sign} left out: {why}\n"));
    }
}

/// Lines with the checks that print them.
type Lines<'a> = Vec<(&'a str, &'static str)>;

/// The lines that are left, by the reason, in the order of the checks.
fn left<'a>(stand: &Stand, checked: &'a [Checked]) -> Vec<(&'static str, Lines<'a>)> {
    let mut left: Vec<(&'static str, Lines<'a>)> = Vec::new();
    for it in checked {
        let cures: Vec<String> = it
            .answer
            .cures
            .iter()
            .map(|cure| typed(stand, cure))
            .collect();
        let findings = it.answer.findings.iter();
        let wrong = findings.filter(|finding| finding.severity > Severity::Info);
        for line in wrong.filter_map(|finding| finding.help.as_deref()) {
            // A command for several findings holds the line of each.
            if cures
                .iter()
                .any(|cure| cure.contains(line) || line.contains(cure.as_str()))
            {
                continue;
            }
            let why = reason(line);
            match left.iter_mut().find(|(known, _)| *known == why) {
                Some((_, lines)) if lines.contains(&(line, it.id)) => (),
                Some((_, lines)) => lines.push((line, it.id)),
                None => left.push((why, vec![(line, it.id)])),
            }
        }
    }
    left
}

fn typed(stand: &Stand, cure: &Cure) -> String {
    stand.line(&cure.typed())
}

/// Why a line is not run.
fn reason(line: &str) -> &'static str {
    match kind(line) {
        Kind::Opens => "what is to stand there is for a person to say",
        Kind::Terminal => "it is for this terminal, which no other program changes; type it",
        Kind::Looks => "it shows more, and changes nothing",
        Kind::Changes => "whether that is wanted is for a person to say; type it",
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::diagnostic::{Finding, Rule};
    use crate::doctor::Answer;

    static RULE: Rule = Rule {
        code: "doctor/some",
        severity: Severity::Error,
        summary: "",
        text: "",
    };

    #[test]
    fn every_line_that_is_not_run_has_its_reason() {
        let told = |line: &str| Finding::new(&RULE, "m").help(line);
        let mended = Cure::new("uv sync").within("app");
        let answer = Answer::default()
            .problem(told("git checkout HEAD -- uv.lock && uv lock"))
            .problem(told("read -r A && export A"))
            .problem(told("${EDITOR:-vi} +8 a/.env"))
            .problem(told("curl -vI http://localhost"))
            .problem(told("mv /x/node /x/node.off"))
            .problem(told("mv /x/node /x/node.off"))
            .problem(told("pixcrawler doctor").severity(Severity::Info))
            .mended_by(Finding::new(&RULE, "m"), mended);
        let checked = [Checked {
            id: "tools",
            answer,
            elapsed: Duration::ZERO,
        }];
        let lines: Vec<Vec<&str>> = left(&Stand::default(), &checked)
            .into_iter()
            .map(|(_, lines)| lines.into_iter().map(|(line, _)| line).collect())
            .collect();
        assert_eq!(
            lines,
            [
                vec![
                    "git checkout HEAD -- uv.lock && uv lock",
                    "mv /x/node /x/node.off"
                ],
                vec!["read -r A && export A"],
                vec!["${EDITOR:-vi} +8 a/.env"],
                vec!["curl -vI http://localhost"],
            ]
        );
    }
}
