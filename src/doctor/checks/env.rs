//! The env files, as `env check` judges them.

use crate::diagnostic::{Finding, Report, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::text::plural;

pub(super) fn ask(facts: &Facts) -> Answer {
    let environment = facts.questions.environment.as_str();
    judge(&facts.tiers().findings, environment)
}

fn judge(findings: &[Finding], environment: &str) -> Answer {
    let report = Report::new(findings.to_vec());
    let summary = report.summary();
    let answer = Answer {
        findings: report.findings().to_vec(),
        ..Answer::default()
    };
    match (summary.error, summary.warning) {
        (0, 0) => answer.and("all tiers sound"),
        (errors, warnings) => {
            let certain = findings
                .iter()
                .any(|finding| finding.severity > Severity::Info && finding.fix.is_some());
            let answer = answer.and(format!(
                "{}, {}: pixcrawler env check --env {environment}",
                plural(errors, "error"),
                plural(warnings, "warning")
            ));
            if certain {
                Answer {
                    cures: vec![Cure::new(format!(
                        "pixcrawler env check --fix --env {environment}"
                    ))],
                    ..answer
                }
            } else {
                answer
            }
        }
    }
}
