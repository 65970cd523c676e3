//! The process environment, read once and handed on as a value.

use std::collections::BTreeMap;

/// The process environment. Names and values that are not Unicode are left out: no loader of an
/// env file can produce them, so none can be compared with them.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the boundary")]
pub fn snapshot() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The folder in which the command was typed.
///
/// # Errors
/// When the folder is gone or its name is not Unicode.
#[expect(clippy::disallowed_methods, reason = "this is the boundary")]
pub fn current_dir() -> std::io::Result<camino::Utf8PathBuf> {
    camino::Utf8PathBuf::from_path_buf(std::env::current_dir()?).map_err(|path| {
        std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            format!("the folder's name is not Unicode: {}", path.display()),
        )
    })
}

/// The program that runs here, for a task that is done by another process of it. Where the running
/// file was replaced meanwhile, Linux marks its path; the new file has the same name.
#[must_use]
pub fn own_program() -> Option<camino::Utf8PathBuf> {
    let path = camino::Utf8PathBuf::from_path_buf(std::env::current_exe().ok()?).ok()?;
    Some(match path.as_str().strip_suffix(" (deleted)") {
        Some(path) => path.into(),
        None => path,
    })
}
