//! For code scanning: SARIF 2.1.0.

mod build;
mod fingerprint;
mod log;

use std::io::{self, Write};

use crate::diagnostic::Report;

use super::Run;

pub(super) fn render(report: &Report, run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &build::log(report, run))?;
    writeln!(out)
}
