//! `[rules]` of `pixcrawler.toml`: how much a rule's findings matter in this workspace.

use std::collections::BTreeMap;

use crate::diagnostic::{Finding, Severity};

use super::options::RuleLevel;

/// The findings with the severities that the workspace gives them; rules that are off are left out.
#[must_use]
pub fn apply_levels(findings: Vec<Finding>, rules: &BTreeMap<String, RuleLevel>) -> Vec<Finding> {
    if rules.is_empty() {
        return findings;
    }
    findings
        .into_iter()
        .filter_map(|finding| match rules.get(finding.rule.code) {
            None => Some(finding),
            Some(RuleLevel::Off) => None,
            Some(RuleLevel::Info) => Some(finding.severity(Severity::Info)),
            Some(RuleLevel::Warning) => Some(finding.severity(Severity::Warning)),
            Some(RuleLevel::Error) => Some(finding.severity(Severity::Error)),
        })
        .collect()
}
