//! The tables that the migrations leave behind: are they closed, and does `schema.ts` know them.

use std::collections::BTreeSet;

use crate::code::sql::{self, Kind, Name, TableAction};
use crate::diagnostic::{Finding, Label};
use crate::text::Source;

use super::{Declared, Read, Surroundings, rules};

/// A table as the migrations left it.
struct Table {
    name: Name,
    place: Label,
    tag: String,
    secured: bool,
    policies: BTreeSet<String>,
}

/// A file beside the journal with what it says.
type Beside<'a> = (&'a Source, sql::Script);

pub(super) fn check(migrations: &[Read<'_>], surroundings: &Surroundings) -> Vec<Finding> {
    let beside: Vec<Beside<'_>> = surroundings
        .beside
        .iter()
        .map(|source| (source, sql::read_whole(source.text())))
        .collect();
    let mut tables: Vec<Table> = Vec::new();
    for migration in migrations {
        for statement in &migration.facts.statements {
            let text = migration
                .text()
                .get(statement.span.start..statement.span.end)
                .unwrap_or_default();
            let place = migration.at(statement.span, "");
            take(&mut tables, &statement.kind, text, &place, migration.tag);
        }
    }
    let mut findings: Vec<Finding> = tables
        .iter()
        .filter(|table| table.name.schema() == "public")
        .filter_map(|table| secured(table, &beside))
        .collect();
    findings.extend(
        surroundings
            .declared
            .iter()
            .filter(|declared| {
                !tables.iter().any(|table| table.name.is(&declared.name))
                    && !surroundings
                        .snapshot
                        .iter()
                        .any(|known| known.is(&declared.name))
            })
            .map(|declared| not_generated(declared, &beside)),
    );
    findings
}

fn take(tables: &mut Vec<Table>, kind: &Kind, text: &str, place: &Label, tag: &str) {
    fn find<'t>(tables: &'t mut [Table], name: &Name) -> Option<&'t mut Table> {
        tables.iter_mut().find(|table| table.name.is(name))
    }
    match kind {
        Kind::CreateTable {
            table,
            temporary: false,
            ..
        } if find(tables, table).is_none() => tables.push(Table {
            name: table.clone(),
            place: head(place),
            tag: tag.to_owned(),
            secured: false,
            policies: BTreeSet::new(),
        }),
        Kind::DropTable { tables: names, .. } => {
            tables.retain(|table| !names.iter().any(|name| name.is(&table.name)));
        }
        Kind::AlterTable { table, actions, .. } => {
            let Some(table) = find(tables, table) else {
                return;
            };
            for action in actions {
                match action {
                    TableAction::EnableRls => table.secured = true,
                    TableAction::DisableRls => table.secured = false,
                    TableAction::Rename(to) => table.name.name.clone_from(to),
                    TableAction::SetSchema(to) => table.name.schema = Some(to.clone()),
                    _ => {}
                }
            }
        }
        Kind::CreatePolicy { name, table } => {
            if let Some(table) = find(tables, table) {
                table.policies.insert(name.clone());
            }
        }
        Kind::DropPolicy { name, table } => {
            if let Some(table) = find(tables, table) {
                table.policies.remove(name);
            }
        }
        // Nobody runs the body; where it speaks of row level security, it means the tables that it names,
        // or all of them if it puts their names together.
        Kind::Do => {
            let words = text.to_ascii_lowercase();
            let squeezed = words.split_whitespace().collect::<Vec<_>>().join(" ");
            if squeezed.contains("enable row level security") {
                let dynamic = squeezed.contains("execute");
                for table in tables.iter_mut() {
                    if dynamic || words.contains(&table.name.name.to_ascii_lowercase()) {
                        table.secured = true;
                        table.policies.insert(String::new());
                    }
                }
            }
        }
        _ => {}
    }
}

/// The first line of a statement: who underlines a whole table shows nothing.
fn head(place: &Label) -> Label {
    let text = place
        .source
        .text()
        .get(place.span.start..place.span.end)
        .unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let end = place.span.start + line.trim_end_matches(['(', ' ', '\r']).len();
    Label::new(
        &place.source,
        crate::text::Span::new(place.span.start, end),
        "",
    )
}

fn secured(table: &Table, beside: &[Beside<'_>]) -> Option<Finding> {
    let name = table.name.shown();
    if !table.secured {
        let mut finding = Finding::new(
            &rules::NO_ROW_LEVEL_SECURITY,
            format!("`{name}` has no row level security"),
        )
        .subject(&name)
        .at(table.place.clone())
        .help(format!(
            "pixcrawler migrate new row_level_security, and in it: ALTER TABLE \"{}\" ENABLE ROW LEVEL SECURITY;",
            table.name.name
        ));
        if let Some(label) = beside.iter().find_map(|file| enabled_in(file, &table.name)) {
            finding = finding
                .note(format!(
                    "{} turns it on, and no migration applies that file",
                    label.source.path()
                ))
                .related(label);
        }
        return Some(finding);
    }
    table.policies.is_empty().then(|| {
        Finding::new(
            &rules::NO_POLICY,
            format!("`{name}` has row level security and no policy: only its owner sees a row"),
        )
        .subject(&name)
        .at(table.place.clone())
        .help(format!(
            "CREATE POLICY … ON \"{}\" in a migration after {}, if others shall see rows",
            table.name.name, table.tag
        ))
    })
}

/// Where a file beside the journal turns row level security on.
fn enabled_in((source, script): &Beside<'_>, name: &Name) -> Option<Label> {
    let statement = script.statements.iter().find(|statement| {
        matches!(&statement.kind, Kind::AlterTable { table, actions, .. }
            if table.is(name) && actions.contains(&TableAction::EnableRls))
    })?;
    Some(Label::new(source, statement.span, "turned on here"))
}

fn not_generated(declared: &Declared, beside: &[Beside<'_>]) -> Finding {
    let name = declared.name.shown();
    let mut finding = Finding::new(
        &rules::NOT_GENERATED,
        format!("no migration creates `{name}`, which the schema declares"),
    )
    .subject(&name)
    .at(declared.place.clone())
    .help("pixcrawler migrate new NAME --from-schema, and commit its files");
    let made = beside.iter().find_map(|(source, script)| {
        script.statements.iter().find_map(|statement| {
            matches!(&statement.kind, Kind::CreateTable { table, .. } if table.is(&declared.name))
                .then(|| head(&Label::new(source, statement.span, "")))
        })
    });
    if let Some(label) = made {
        finding = finding
            .note(format!(
                "{} creates it, and no migration applies that file",
                label.source.path()
            ))
            .related(label);
    }
    finding
}
