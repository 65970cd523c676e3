//! Snapshots of drizzle-kit 0.x. It reads the last one through its schema and writes it again: the
//! content stays, the keys come in the schema's order.

use serde_json::{Map, Value, json};

const WHOLE: &[&str] = &[
    "id",
    "prevId",
    "version",
    "dialect",
    "tables",
    "enums",
    "schemas",
    "views",
    "sequences",
    "roles",
    "policies",
    "_meta",
];
const TABLE: &[&str] = &[
    "name",
    "schema",
    "columns",
    "indexes",
    "foreignKeys",
    "compositePrimaryKeys",
    "uniqueConstraints",
    "policies",
    "checkConstraints",
    "isRLSEnabled",
];
const COLUMN: &[&str] = &[
    "name",
    "type",
    "typeSchema",
    "primaryKey",
    "notNull",
    "default",
    "isUnique",
    "uniqueName",
    "nullsNotDistinct",
    "generated",
    "identity",
];
const INDEX: &[&str] = &[
    "name",
    "columns",
    "isUnique",
    "with",
    "method",
    "where",
    "concurrently",
];
const INDEX_COLUMN: &[&str] = &["expression", "isExpression", "asc", "nulls", "opclass"];
const FOREIGN_KEY: &[&str] = &[
    "name",
    "tableFrom",
    "columnsFrom",
    "tableTo",
    "schemaTo",
    "columnsTo",
    "onUpdate",
    "onDelete",
];
const UNIQUE: &[&str] = &["name", "columns", "nullsNotDistinct"];
const POLICY: &[&str] = &[
    "name",
    "as",
    "for",
    "to",
    "using",
    "withCheck",
    "on",
    "schema",
];
const SEQUENCE: &[&str] = &[
    "name",
    "increment",
    "minValue",
    "maxValue",
    "startWith",
    "cache",
    "cycle",
    "schema",
    "type",
];
const VIEW: &[&str] = &[
    "name",
    "schema",
    "columns",
    "definition",
    "materialized",
    "with",
    "isExisting",
    "withNoData",
    "using",
    "tablespace",
];
const NAMED: &[&str] = &["name", "schema", "values", "value", "columns"];

/// The snapshot of a database in which nothing is.
pub(super) fn empty(id: &str, before: &str) -> Value {
    json!({
        "id": id,
        "prevId": before,
        "version": "7",
        "dialect": "postgresql",
        "tables": {},
        "enums": {},
        "schemas": {},
        "views": {},
        "sequences": {},
        "roles": {},
        "policies": {},
        "_meta": {"columns": {}, "schemas": {}, "tables": {}}
    })
}

/// The same content under a new id, building on the one it came from.
pub(super) fn follow(snapshot: &Value, id: &str) -> Option<Value> {
    let old = snapshot.as_object()?;
    let before = old.get("id")?.as_str()?;
    let mut new = ordered(old, WHOLE);
    new.insert("id".to_owned(), json!(id));
    new.insert("prevId".to_owned(), json!(before));
    for (key, order) in [
        ("views", VIEW),
        ("sequences", SEQUENCE),
        ("policies", POLICY),
        ("enums", NAMED),
    ] {
        each(&mut new, key, order, |_| {});
    }
    each(&mut new, "tables", TABLE, |table| {
        each(table, "columns", COLUMN, |column| {
            if let Some(Value::Object(identity)) = column.get_mut("identity") {
                *identity = ordered(identity, SEQUENCE);
            }
        });
        each(table, "indexes", INDEX, |index| {
            if let Some(Value::Array(columns)) = index.get_mut("columns") {
                for column in columns {
                    if let Value::Object(column) = column {
                        *column = ordered(column, INDEX_COLUMN);
                    }
                }
            }
        });
        each(table, "foreignKeys", FOREIGN_KEY, |_| {});
        each(table, "compositePrimaryKeys", NAMED, |_| {});
        each(table, "uniqueConstraints", UNIQUE, |_| {});
        each(table, "policies", POLICY, |_| {});
        each(table, "checkConstraints", NAMED, |_| {});
    });
    Some(Value::Object(new))
}

/// Orders every object of a record, and what is in it.
fn each(
    object: &mut Map<String, Value>,
    key: &str,
    order: &[&str],
    mut inside: impl FnMut(&mut Map<String, Value>),
) {
    if let Some(Value::Object(record)) = object.get_mut(key) {
        for (_, value) in record.iter_mut() {
            if let Value::Object(value) = value {
                *value = ordered(value, order);
                inside(value);
            }
        }
    }
}

/// An object with the keys of `order` first; what else it has follows.
fn ordered(object: &Map<String, Value>, order: &[&str]) -> Map<String, Value> {
    let known = order
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), object.get(*key)?.clone())));
    let rest = object
        .iter()
        .filter(|(key, _)| !order.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()));
    known.chain(rest).collect()
}
