//! What a statement does.

use squawk_syntax::ast::{self, AstNode, NameLike, Stmt};

use super::expressions::{path, path_ref};
use super::{Control, Kind, Name, tables};

/// What a statement does.
pub(super) fn kind(statement: &Stmt) -> Kind {
    known(statement).unwrap_or(Kind::Other)
}

fn known(statement: &Stmt) -> Option<Kind> {
    Some(match statement {
        Stmt::CreateTable(create) => tables::create(create)?,
        Stmt::CreateTableAs(create) => tables::create_as(create)?,
        Stmt::AlterTable(alter) => tables::alter(alter)?,
        Stmt::DropTable(drop) => Kind::DropTable {
            tables: drop
                .table_name_refs()
                .filter_map(|table| Some(path_ref(&table.path_ref()?)))
                .collect(),
            if_exists: drop.if_exists().is_some(),
        },
        Stmt::CreateIndex(create) => Kind::CreateIndex {
            name: create
                .index()
                .and_then(|index| index.path())
                .map(|name| path(&name)),
            table: path_ref(&create.table_relation_name()?.table_name_ref()?.path_ref()?),
            concurrently: create.concurrently_token().is_some(),
        },
        Stmt::DropIndex(drop) => Kind::DropIndex {
            names: drop
                .index_refs()
                .filter_map(|index| Some(path_ref(&index.path_ref()?)))
                .collect(),
            concurrently: drop.concurrently_token().is_some(),
            if_exists: drop.if_exists().is_some(),
        },
        Stmt::AlterIndex(alter) => rename_index(alter)?,
        Stmt::CreatePolicy(create) => Kind::CreatePolicy {
            name: create.policy()?.text(),
            table: on_table(create.on_table())?,
        },
        Stmt::DropPolicy(drop) => Kind::DropPolicy {
            name: drop.policy_ref()?.text(),
            table: on_table(drop.on_table())?,
        },
        Stmt::CreateType(create) => Kind::CreateType {
            name: path(&create.type_name()?.path()?),
            values: create
                .syntax()
                .descendants()
                .filter_map(ast::Variant::cast)
                .filter_map(|variant| variant.literal()?.string_value())
                .collect(),
        },
        Stmt::DropType(drop) => Kind::DropType {
            names: drop
                .type_name_refs()
                .filter_map(|name| Some(path_ref(&name.path_ref()?)))
                .collect(),
        },
        Stmt::AlterType(alter) => match alter.action()? {
            ast::AlterTypeAction::AddValue(add) => Kind::AddEnumValue {
                name: path_ref(&alter.type_name_ref()?.path_ref()?),
                value: add.literal()?.string_value()?,
            },
            _ => return None,
        },
        Stmt::CreateSchema(create) => {
            Kind::CreateSchema(ast::normalize_name_node(&create.schema_name()?))
        }
        Stmt::Begin(_) => Kind::Transaction(Control::Begin),
        Stmt::Commit(_) | Stmt::PrepareTransaction(_) => Kind::Transaction(Control::Commit),
        Stmt::Rollback(ast::Rollback::RollbackToSavepoint(_))
        | Stmt::SavepointCreate(_)
        | Stmt::ReleaseSavepoint(_) => Kind::Transaction(Control::Savepoint),
        Stmt::Rollback(_) => Kind::Transaction(Control::Rollback),
        Stmt::Do(_) => Kind::Do,
        _ => return None,
    })
}

fn on_table(table: Option<ast::OnTable>) -> Option<Name> {
    Some(path_ref(&table?.table_name_ref()?.path_ref()?))
}

fn rename_index(alter: &ast::AlterIndex) -> Option<Kind> {
    let from = path_ref(&alter.index_ref()?.path_ref()?);
    let Some(ast::AlterIndexAction::IndexRenameTo(rename)) = alter.action() else {
        return None;
    };
    let to = rename.syntax().descendants().find_map(ast::Path::cast)?;
    Some(Kind::RenameIndex {
        from,
        to: path(&to).name,
    })
}

/// Why a statement cannot run inside a transaction block: the words that say so.
pub(super) fn outside_transaction(statement: &Stmt) -> Option<&'static str> {
    Some(match statement {
        Stmt::CreateIndex(create) if create.concurrently_token().is_some() => {
            "CREATE INDEX CONCURRENTLY"
        }
        Stmt::DropIndex(drop) if drop.concurrently_token().is_some() => "DROP INDEX CONCURRENTLY",
        Stmt::Reindex(reindex) if reindex.is_concurrently() => "REINDEX CONCURRENTLY",
        Stmt::Reindex(reindex)
            if matches!(
                reindex.reindex_target(),
                Some(
                    ast::ReindexTarget::ReindexTargetDatabase(_)
                        | ast::ReindexTarget::ReindexTargetSchema(_)
                        | ast::ReindexTarget::ReindexTargetSystem(_)
                )
            ) =>
        {
            "REINDEX of more than one table"
        }
        Stmt::AlterTable(alter)
            if alter.actions().any(|action| {
                matches!(&action, ast::AlterTableAction::DetachPartition(detach)
                    if detach.syntax().to_string().to_ascii_lowercase().contains("concurrently"))
            }) =>
        {
            "DETACH PARTITION CONCURRENTLY"
        }
        Stmt::Vacuum(_) => "VACUUM",
        Stmt::CreateDatabase(_) => "CREATE DATABASE",
        Stmt::DropDatabase(_) => "DROP DATABASE",
        Stmt::CreateTablespace(_) => "CREATE TABLESPACE",
        Stmt::DropTablespace(_) => "DROP TABLESPACE",
        Stmt::AlterSystem(_) => "ALTER SYSTEM",
        Stmt::CreateSubscription(_) => "CREATE SUBSCRIPTION",
        Stmt::DropSubscription(_) => "DROP SUBSCRIPTION",
        Stmt::Cluster(cluster) if cluster.table_name_ref().is_none() => "CLUSTER of every table",
        _ => return None,
    })
}
