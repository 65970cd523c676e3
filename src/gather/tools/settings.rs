//! What uv is told beside the workspace's own files.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::fs;
use crate::toolchain::{Pin, UV_PYTHON};

/// The settings of every user of a machine.
const OF_ALL: &str = if cfg!(windows) {
    "C:\\ProgramData\\uv\\uv.toml"
} else {
    "/etc/uv/uv.toml"
};

/// The Python that the process environment asks for, before any file.
pub(super) fn python(variables: &BTreeMap<String, String>) -> Option<Pin> {
    let wanted = variables.get(UV_PYTHON).map(|value| value.trim())?;
    (!wanted.is_empty()).then(|| Pin::of_variable(UV_PYTHON, wanted))
}

/// Whether there is something that may lead uv astray. Its version it tells without a look at that.
pub(super) fn are_there(variables: &BTreeMap<String, String>) -> bool {
    let mut files = files(variables).into_iter();
    variables.keys().any(|name| name.starts_with("UV_")) || files.any(|file| fs::exists(&file))
}

/// The files with settings of the user and of the machine.
fn files(variables: &BTreeMap<String, String>) -> Vec<Utf8PathBuf> {
    let folder = |name: &str| {
        let value = variables.get(name).filter(|value| !value.is_empty())?;
        Some(Utf8PathBuf::from(value))
    };
    let own = if cfg!(windows) {
        folder("APPDATA")
    } else {
        folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))
    };
    let own = own.map(|own| own.join("uv").join("uv.toml"));
    own.into_iter()
        .chain([Utf8Path::new(OF_ALL).to_owned()])
        .collect()
}
