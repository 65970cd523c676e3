//! All findings of one run, and the verdict that becomes the exit code.

use serde::Serialize;

use crate::exit::Exit;

use super::{Finding, Severity};

/// How many findings of each severity there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Summary {
    /// Findings that are errors.
    pub error: usize,
    /// Findings that are warnings.
    pub warning: usize,
    /// Findings that are only worth knowing.
    pub info: usize,
}

/// The findings of one run, in reading order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// Sorts the findings into reading order.
    #[must_use]
    pub fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_cached_key(Finding::order);
        Self { findings }
    }

    /// The findings in reading order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many of each severity.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for finding in &self.findings {
            match finding.severity {
                Severity::Error => summary.error += 1,
                Severity::Warning => summary.warning += 1,
                Severity::Info => summary.info += 1,
            }
        }
        summary
    }

    /// Fails when a finding is at least as severe as `threshold`.
    #[must_use]
    pub fn verdict(&self, threshold: Severity) -> Exit {
        if self
            .findings
            .iter()
            .any(|finding| finding.severity >= threshold)
        {
            Exit::Findings
        } else {
            Exit::Clean
        }
    }
}
