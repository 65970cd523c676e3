//! The env files, as `env check` judges them.

use crate::diagnostic::{Finding, Report, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::env::is_placeholder;
use crate::text::plural;
use crate::workspace::Environment;

use super::place;

/// What a variable without a value is told under.
const VALUELESS: &[&str] = &["env/missing", "env/empty", "env/placeholder"];

pub(super) fn ask(facts: &Facts) -> Answer {
    let environment = facts.questions.environment.as_str();
    let findings: Vec<Finding> = facts
        .tiers()
        .findings
        .iter()
        .map(|finding| with_command(facts, finding.clone()))
        .collect();
    let cures = facts
        .tiers()
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Info)
        .filter_map(|finding| cure(facts, finding))
        .collect();
    judge(&findings, environment, cures)
}

fn judge(findings: &[Finding], environment: &str, cures: Vec<Cure>) -> Answer {
    let report = Report::new(findings.to_vec());
    let summary = report.summary();
    let answer = Answer {
        findings: report.findings().to_vec(),
        ..Answer::default()
    };
    if (summary.error, summary.warning) == (0, 0) {
        return answer.and("all tiers sound");
    }
    let certain = findings
        .iter()
        .any(|finding| finding.severity > Severity::Info && finding.fix.is_some());
    let fix = Cure::new(format!("pixcrawler env check --fix --env {environment}"));
    let mut all: Vec<Cure> = certain.then_some(fix).into_iter().chain(cures).collect();
    all.dedup();
    Answer {
        cures: all,
        ..answer.and(format!(
            "{}, {}: pixcrawler env check --env {environment}",
            plural(summary.error, "error"),
            plural(summary.warning, "warning")
        ))
    }
}

/// The command that gives a variable its value, or makes the file of a tier.
fn cure(facts: &Facts, finding: &Finding) -> Option<Cure> {
    if let Some((copy, _)) = finding.help.as_deref()?.split_once(", then fill in ") {
        return Some(Cure::new(if cfg!(windows) {
            copy.replacen("cp ", "copy ", 1).replace('/', "\\")
        } else {
            copy.to_owned()
        }));
    }
    if !VALUELESS.contains(&finding.rule.code) {
        return None;
    }
    let (name, tier) = (finding.subject.as_deref()?, finding.tier.as_deref()?);
    let environment = facts.questions.environment;
    let origin = finding.place.as_ref().map_or_else(
        || place::DEFAULT.to_owned(),
        |label| format!("{}:{}", label.source.path(), label.start().line),
    );
    // The browser's name for what the backend has: the same value.
    if let Some(same) = name.strip_prefix("NEXT_PUBLIC_")
        && let Some(owner) = ["backend", "root"]
            .into_iter()
            .find(|tier| knows(facts, tier, same))
    {
        let like = format!("{owner}:{same}");
        return place::at(tier, &origin, environment, &[name, "--like", &like]);
    }
    let value = match local(facts, tier, name) {
        Some(example) => example,
        // A warning is for a value that may be left out.
        None if finding.severity == Severity::Error => "-",
        None => return None,
    };
    place::at(tier, &origin, environment, &[&format!("{name}={value}")])
}

/// Whether a tier has a variable, with or without a sound value.
fn knows(facts: &Facts, tier: &str, name: &str) -> bool {
    let set = facts.value(tier, name).is_some();
    let asked = || {
        facts.tiers().findings.iter().any(|finding| {
            finding.tier.as_deref() == Some(tier) && finding.subject.as_deref() == Some(name)
        })
    };
    set || asked()
}

/// A value that means this machine, where development is at home: what `pixcrawler dev` starts.
pub(super) fn local<'a>(facts: &'a Facts, tier: &str, name: &str) -> Option<&'a str> {
    let environment = facts.questions.environment;
    let schema = &facts.environments().gathered(tier)?.schema;
    let example = schema.get(name)?.example_in(environment)?;
    let here = ["localhost", "127.0.0.1"]
        .iter()
        .any(|host| example.contains(host));
    let server = example.starts_with("postgres") || example.starts_with("redis");
    (environment == Environment::Development && here && server && !is_placeholder(example))
        .then_some(example)
}

/// The finding with the command in the place of words, where there is one.
fn with_command(facts: &Facts, mut finding: Finding) -> Finding {
    if finding.severity > Severity::Info
        && VALUELESS.contains(&finding.rule.code)
        && let Some(cure) = cure(facts, &finding)
    {
        finding.notes.extend(finding.help.take());
        finding.help = Some(cure.typed());
    }
    finding
}
