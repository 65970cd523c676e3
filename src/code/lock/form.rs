//! The form of `uv.lock`: what has to stand in it before any package.

/// The form of a lock that uv knows.
const FORM: i64 = 1;

/// What uv refuses a lock for, whatever its packages are.
pub(super) fn let_in(document: &toml::Table) -> Result<(), String> {
    match document.get("version").and_then(toml::Value::as_integer) {
        None => Err("it has no number as its `version`".to_owned()),
        Some(form) if form > FORM => Err(format!(
            "its `version` is {form}, and the last one that uv is known to read is {FORM}"
        )),
        Some(_) if document.get("requires-python").is_none() => {
            Err("it has no `requires-python`".to_owned())
        }
        Some(_) => Ok(()),
    }
}
