//! `CREATE TABLE` and `ALTER TABLE` as facts.

use squawk_syntax::ast::{self, AstNode, NameLike};

use super::expressions::{path, path_ref, type_text};
use super::{Column, Kind, Name, TableAction};

/// What a `CREATE TABLE` makes.
pub(super) fn create(table: &ast::CreateTable) -> Option<Kind> {
    let parts = table.table_arg_list().into_iter();
    let columns = parts
        .flat_map(|list| list.args())
        .filter_map(|part| match part {
            ast::TableArg::Column(column) => Some(Column {
                name: column.name()?.text(),
                kind: column.ty().map(|kind| type_text(&kind)).unwrap_or_default(),
            }),
            _ => None,
        });
    let parent = table.partition_of();
    Some(Kind::CreateTable {
        table: path(&table.table_name()?.path()?),
        columns: columns.collect(),
        constraints: table
            .syntax()
            .descendants()
            .filter_map(ast::ConstraintName::cast)
            .map(|name| name.text())
            .collect(),
        references: references(table.syntax()),
        temporary: is_temporary(table.persistence().as_ref()),
        if_not_exists: table.if_not_exists().is_some(),
        partition_of: parent
            .and_then(|parent| parent.syntax().descendants().find_map(ast::PathRef::cast))
            .map(|parent| path_ref(&parent)),
    })
}

/// What a `CREATE TABLE … AS` makes.
pub(super) fn create_as(table: &ast::CreateTableAs) -> Option<Kind> {
    Some(Kind::CreateTable {
        table: path(&table.table_name()?.path()?),
        columns: Vec::new(),
        constraints: Vec::new(),
        references: Vec::new(),
        temporary: is_temporary(table.persistence().as_ref()),
        if_not_exists: table.if_not_exists().is_some(),
        partition_of: None,
    })
}

fn is_temporary(persistence: Option<&ast::Persistence>) -> bool {
    matches!(persistence, Some(ast::Persistence::Temp(_)))
}

/// The tables that foreign keys below a node name.
fn references(node: &squawk_syntax::SyntaxNode) -> Vec<Name> {
    node.descendants()
        .filter_map(|node| {
            let table = match ast::ForeignKeyConstraint::cast(node.clone()) {
                Some(key) => key.table_name_ref(),
                None => ast::ReferencesConstraint::cast(node)?.table(),
            };
            Some(path_ref(&table?.path_ref()?))
        })
        .collect()
}

/// What an `ALTER TABLE` does.
pub(super) fn alter(statement: &ast::AlterTable) -> Option<Kind> {
    let table = statement.table_relation_name()?.table_name_ref()?;
    Some(Kind::AlterTable {
        table: path_ref(&table.path_ref()?),
        if_exists: statement.if_exists().is_some(),
        actions: statement.actions().map(|part| action(&part)).collect(),
    })
}

fn action(part: &ast::AlterTableAction) -> TableAction {
    use ast::AlterTableAction as Part;
    let known = match part {
        Part::AddColumn(add) => add.column_name().map(|name| {
            TableAction::AddColumn(Column {
                name: name.text(),
                kind: add.ty().map(|kind| type_text(&kind)).unwrap_or_default(),
            })
        }),
        Part::DropColumn(drop) => drop
            .column_name_ref()
            .map(|name| TableAction::DropColumn(name.text())),
        Part::AddConstraint(add) => Some(TableAction::AddConstraint {
            name: add
                .constraint()
                .and_then(|constraint| constraint.constraint_name())
                .map(|name| name.text()),
            references: references(add.syntax()).into_iter().next(),
        }),
        Part::DropConstraint(drop) => drop
            .constraint_name_ref()
            .and_then(|name| name.path_ref())
            .map(|name| TableAction::DropConstraint(path_ref(&name).name)),
        Part::RenameConstraint(rename) => rename
            .constraint_name_ref()
            .and_then(|name| name.path_ref())
            .zip(rename.constraint_name())
            .map(|(from, to)| TableAction::RenameConstraint {
                from: path_ref(&from).name,
                to: to.text(),
            }),
        Part::RenameColumn(rename) => {
            rename
                .column_name_ref()
                .zip(rename.column_name())
                .map(|(from, to)| TableAction::RenameColumn {
                    from: from.text(),
                    to: to.text(),
                })
        }
        Part::TableRenameTo(rename) => rename
            .table_name()
            .and_then(|name| name.path())
            .map(|to| TableAction::Rename(path(&to).name)),
        Part::SetSchema(set) => set
            .schema_ref()
            .map(|schema| TableAction::SetSchema(schema.text())),
        Part::EnableRls(_) => Some(TableAction::EnableRls),
        Part::DisableRls(_) => Some(TableAction::DisableRls),
        _ => None,
    };
    known.unwrap_or_else(|| TableAction::Other(super::title::words(&part.syntax().to_string())))
}
