//! What `migrate status` says beside Drizzle's history: alembic's, and the records of other tools.

use serde_json::{Value, json};

use crate::commands::Context;
use crate::diagnostic::Finding;
use crate::gather;
use crate::gather::bookkeeping::Beside;
use crate::migration::Journal;
use crate::migration::alembic::{self, Alembic, Obstacle, Standing};
use crate::output::{Cell, Sign, Table, Tone};
use crate::workspace::Workspace;

/// Alembic's files, and what they say by themselves.
pub(super) struct Other {
    pub(super) alembic: Alembic,
    obstacle: Option<Obstacle>,
}

/// Reads alembic's files, where there are any.
pub(super) fn find(workspace: &Workspace, journal: &Journal) -> Option<Other> {
    let alembic = gather::alembic::find(workspace)?;
    let (obstacle, _) = alembic::obstacle(&alembic, Some(journal));
    Some(Other { alembic, obstacle })
}

impl Other {
    fn standings(&self, beside: &Beside) -> Vec<(String, Standing)> {
        let rows = beside.alembic.as_deref().unwrap_or_default();
        self.alembic
            .standings(rows, self.obstacle.as_ref())
            .into_iter()
            .map(|(revision, standing)| (revision.id.clone(), standing))
            .collect()
    }

    /// What is wrong with it, seen from this database.
    pub(super) fn findings(&self, beside: &Beside) -> Vec<Finding> {
        let rows = beside.alembic.as_deref().unwrap_or_default();
        let mut findings = self.alembic.findings();
        findings.extend(self.alembic.unknown(rows));
        let applied = self.alembic.ancestors(rows.iter().map(String::as_str));
        let ahead = self
            .obstacle
            .as_ref()
            .filter(|obstacle| !applied.contains(obstacle.revision.as_str()));
        // A status tells how things are; what is broken in alembic's files is `check`'s to fail on.
        let as_warning = |finding: Finding| {
            let severity = finding.severity.min(crate::diagnostic::Severity::Warning);
            finding.severity(severity)
        };
        findings.extend(ahead.map(Obstacle::finding));
        findings.into_iter().map(as_warning).collect()
    }

    /// The revisions as lines.
    pub(super) fn table(&self, context: &Context, beside: &Beside) -> Vec<u8> {
        let style = context.style();
        let dot = style.dot();
        let standings = self.standings(beside);
        let applied = standings
            .iter()
            .filter(|(_, standing)| *standing == Standing::Applied)
            .count();
        let head = format!(
            "alembic {dot} {} {dot} {applied} of {} applied {dot} head {}",
            self.alembic.versions,
            standings.len(),
            self.alembic.heads().join(", ")
        );
        let mut text = format!("\n{}\n", style.paint(Tone::Strong, head)).into_bytes();
        let mut table = Table::indented(2);
        for (id, standing) in standings {
            let (sign, tone) = match standing {
                Standing::Applied => (Sign::Ok, Tone::Ok),
                Standing::Pending => (Sign::Skipped, Tone::Context),
                Standing::Unreachable => (Sign::Error, Tone::Error),
            };
            table.row([
                Cell::new(style.sign(sign).to_string(), tone),
                id.into(),
                Cell::new(standing.as_str(), tone),
            ]);
        }
        let written = table.write(style, &mut text);
        debug_assert!(written.is_ok(), "writing to memory cannot fail");
        text
    }

    /// The revisions as JSON.
    pub(super) fn json(&self, beside: &Beside) -> Value {
        let revisions: Vec<Value> = self
            .standings(beside)
            .into_iter()
            .map(|(id, standing)| json!({"revision": id, "state": standing.as_str()}))
            .collect();
        json!({
            "versions": self.alembic.versions,
            "heads": self.alembic.heads(),
            "rows": beside.alembic,
            "revisions": revisions,
            "obstacle": self.obstacle.as_ref().map(|it| json!({"revision": it.revision, "what": it.what})),
        })
    }
}

/// Records of other tools that the database has.
pub(super) fn tools(context: &Context, beside: &Beside) -> Vec<u8> {
    if beside.tools.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = beside
        .tools
        .iter()
        .map(|(tool, table)| format!("{tool} ({table})"))
        .collect();
    let text = format!("also on record here: {}", names.join(", "));
    format!("\n{}\n", context.style().paint(Tone::Context, text)).into_bytes()
}
