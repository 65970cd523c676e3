//! A finding about a variable stands at its line in the env file: editors and reviews that read a report
//! open what a person would.

use crate::diagnostic::{Finding, Label};
use crate::env::Origin;
use crate::gather::env_files::Environments;

use super::{Answer, Facts};

/// The answer with the place of each variable that one of its findings is about.
pub(super) fn placed(mut answer: Answer, facts: &Facts) -> Answer {
    for finding in &mut answer.findings {
        if finding.place.is_some() || finding.file.is_some() {
            continue;
        }
        let Some(variable) = finding.subject.as_deref().filter(|it| is_variable(it)) else {
            continue;
        };
        let labels = labels(facts.environments(), variable);
        finding.place = chosen(finding, labels);
    }
    answer
}

/// Subjects are also tools, hosts and parts of the machine: no env file is read for those.
fn is_variable(subject: &str) -> bool {
    let letter = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    subject.contains('_') && subject.chars().all(letter)
}

/// Where a tier has a variable from, if from a file.
pub(super) fn label(environments: &Environments, tier: &str, variable: &str) -> Option<Label> {
    let Origin::File(place) = &environments.tier(tier)?.get(variable)?.origin else {
        return None;
    };
    Some(Label::new(&place.source, place.name, ""))
}

/// Where each tier has it from.
fn labels(environments: &Environments, variable: &str) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    for gathered in environments.tiers() {
        if let Some(label) = label(environments, &gathered.tier.name, variable)
            && !labels.iter().any(|it| at(it) == at(&label))
        {
            labels.push(label);
        }
    }
    labels
}

/// The one that the finding speaks of. Several tiers may have a variable of that name; the words say which is
/// meant, or there is but one.
fn chosen(finding: &Finding, mut labels: Vec<Label>) -> Option<Label> {
    let spoken = labels.iter().position(|label| says(finding, &at(label)));
    match spoken {
        Some(place) => Some(labels.swap_remove(place)),
        None if labels.len() == 1 => labels.pop(),
        None => None,
    }
}

/// `backend/.env:14`.
fn at(label: &Label) -> String {
    format!("{}:{}", label.source.path(), label.start().line)
}

/// Whether a finding's words name a place: that one, not `backend/.env:140`.
fn says(finding: &Finding, at: &str) -> bool {
    let mut words = std::iter::once(&finding.message).chain(&finding.notes);
    words.any(|text| {
        let mut found = text.match_indices(at);
        found.any(|(start, _)| {
            let behind = text.get(start + at.len()..).unwrap_or_default();
            !behind.starts_with(|c: char| c.is_ascii_digit())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Rule, Severity};
    use crate::text::Source;

    static RULE: Rule = Rule {
        code: "test/rule",
        severity: Severity::Error,
        summary: "",
        text: "",
    };

    fn label(file: &str, line: usize) -> Label {
        let source = Source::new(file, format!("{}NAME=x\n", "\n".repeat(line - 1)));
        Label::new(&source, line - 1..line + 3, "")
    }

    #[test]
    fn the_line_that_the_words_name_is_taken() {
        let two = || vec![label("backend/.env", 1), label("backend/.env.x", 14)];
        let told = |note: &str| {
            let finding = Finding::new(&RULE, "refused").note(note);
            chosen(&finding, two()).map(|it| at(&it))
        };
        assert_eq!(
            told("named by NAME (backend/.env.x:14)").as_deref(),
            Some("backend/.env.x:14")
        );
        assert_eq!(
            told("named by NAME (backend/.env:1)").as_deref(),
            Some("backend/.env:1")
        );
        assert_eq!(told("named by NAME (backend/.env:140)"), None);
        let alone = chosen(&Finding::new(&RULE, "refused"), vec![label("a/.env", 2)]);
        assert_eq!(alone.map(|it| at(&it)).as_deref(), Some("a/.env:2"));
    }

    #[test]
    fn tools_and_hosts_are_no_variables() {
        assert!(is_variable("DATABASE_URL"));
        for other in [
            "python",
            "open-files",
            "db.example.com",
            "disk",
            "127.0.0.1",
        ] {
            assert!(!is_variable(other), "{other}");
        }
    }
}
