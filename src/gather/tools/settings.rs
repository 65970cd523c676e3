//! What uv is told beside the workspace's own files.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::SETTINGS;
use crate::code::settings;
use crate::system::{access, fs};
use crate::toolchain::{Allowed, Pin, Setting, UV_PYTHON};
use crate::workspace::Workspace;

/// The settings of every user of a machine.
const OF_ALL: &str = if cfg!(windows) {
    "C:\\ProgramData\\uv\\uv.toml"
} else {
    "/etc/uv/uv.toml"
};

/// With it uv reads none of them, and no pin.
pub(super) const NO_CONFIG: &str = "UV_NO_CONFIG";

/// The Python that the process environment asks for, before any file.
pub(super) fn python(variables: &BTreeMap<String, String>) -> Option<Pin> {
    let wanted = variables.get(UV_PYTHON).map(|value| value.trim())?;
    (!wanted.is_empty()).then(|| Pin::of_variable(UV_PYTHON, wanted))
}

/// Whether there is something that may keep uv from its work: it tells its version without a look at that.
/// Files are looked at in these folders of the workspace, the first of which is where uv is started.
pub(super) fn may_hinder<'a>(
    workspace: &Workspace,
    mut dirs: impl Iterator<Item = &'a Utf8PathBuf> + Clone,
    variables: &BTreeMap<String, String>,
) -> bool {
    let own = dirs.clone().next().map(|dir| dir.join("uv.toml"));
    let own = own.is_some_and(|file| fs::exists(&workspace.path(&file)));
    let is_plain = |dir: &Utf8PathBuf| {
        let manifest = fs::read_text(&workspace.path(dir.join("pyproject.toml")));
        manifest.is_ok_and(|text| settings::is_plain_uv(&text))
    };
    variables.keys().any(|name| name.starts_with("UV_"))
        || own
        || files(variables).iter().any(|file| fs::exists(file))
        || !has_cache(variables)
        || !dirs.all(is_plain)
}

/// Whether the folder that uv keeps things in is there, or can be made.
fn has_cache(variables: &BTreeMap<String, String>) -> bool {
    if cfg!(windows) {
        return true;
    }
    let of = |name: &str| variables.get(name).map(Utf8PathBuf::from);
    let home = || of("HOME").or_else(access::home);
    // Further up may be a folder in which nobody makes another one, whoever may write it: `/proc`.
    let (folder, steps) = match of("XDG_CACHE_HOME") {
        Some(folder) => (Some(folder), 2),
        None => (home().map(|home| home.join(".cache")), 3),
    };
    let Some(folder) = folder.filter(|folder| folder.is_absolute()) else {
        return false;
    };
    let cache = folder.join("uv");
    let mut near = cache.ancestors().take(steps);
    let there = near.find(|folder| fs::exists(folder));
    there.is_some_and(|there| fs::is_dir(there) && access::writable(there))
}

/// A variable that has uv keep nothing: whoever is only asked makes no folder where none was.
pub(super) const NO_CACHE: &[(&str, &str)] = &[("UV_NO_CACHE", "1")];

/// What uv gets where it would make the folder in which it keeps things. Where nobody can make that, it is to say so.
pub(super) fn sparing(
    workspace: &Workspace,
    dir: &Utf8Path,
    variables: &BTreeMap<String, String>,
) -> &'static [(&'static str, &'static str)] {
    // There it is elsewhere, and the folder for it is always there.
    if cfg!(windows) {
        return &[];
    }
    let below = match of_cache(workspace, dir, variables) {
        Some(it) if it.key == "HOME" => Utf8Path::new(&it.value).join(".cache/uv"),
        Some(it) if it.key == "XDG_CACHE_HOME" => Utf8Path::new(&it.value).join("uv"),
        Some(it) => Utf8PathBuf::from(it.value),
        None => match access::home() {
            Some(home) => home.join(".cache/uv"),
            None => return &[],
        },
    };
    let cache = workspace.path(dir).join(below);
    let near = cache.ancestors().find(|folder| fs::exists(folder));
    let is_made = |near: &Utf8Path| {
        near != cache && fs::is_dir(near) && access::writable(near) && !is_systems(near)
    };
    if near.is_some_and(is_made) {
        NO_CACHE
    } else {
        &[]
    }
}

/// Whether that is a folder of the system itself, in which nobody makes another one, whoever may write it.
fn is_systems(folder: &Utf8Path) -> bool {
    ["/proc", "/sys"].iter().any(|it| folder.starts_with(it))
}

/// What says where the folder is that uv keeps things in: a variable, or a setting.
pub(super) fn of_cache(
    workspace: &Workspace,
    dir: &Utf8Path,
    variables: &BTreeMap<String, String>,
) -> Option<Setting> {
    of_variable("UV_CACHE_DIR", variables)
        .or_else(|| of_files(workspace, dir, "cache-dir", variables))
        .or_else(|| of_variable("XDG_CACHE_HOME", variables))
        .or_else(|| of_variable("HOME", variables))
}

/// The user's own folder of uv's.
pub(super) fn home(variables: &BTreeMap<String, String>) -> Option<Utf8PathBuf> {
    // What depends on where somebody stands is no home.
    let folder = |name: &str| {
        let folder = Utf8PathBuf::from(variables.get(name)?);
        folder.is_absolute().then_some(folder)
    };
    let own = if cfg!(windows) {
        folder("APPDATA")
    } else {
        folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))
    };
    Some(own?.join("uv"))
}

/// The files with settings of the user and of the machine.
pub(super) fn files(variables: &BTreeMap<String, String>) -> Vec<Utf8PathBuf> {
    let own = home(variables).map(|home| home.join("uv.toml"));
    own.into_iter()
        .chain([Utf8Path::new(OF_ALL).to_owned()])
        .collect()
}

/// What uv is told, in a project's folder or beside it, of the Pythons that it may take.
#[must_use]
pub fn allowed(
    workspace: &Workspace,
    dir: &Utf8Path,
    variables: &BTreeMap<String, String>,
) -> Allowed {
    let switch = |key: &'static str| of_variable(key, variables).filter(|_| is_on(key, variables));
    let is = |found: &Option<Setting>, value: &str| {
        let found = found.as_ref().filter(|it| it.value == value);
        found.cloned()
    };
    let of = |variable, key| {
        of_variable(variable, variables).or_else(|| of_files(workspace, dir, key, variables))
    };
    let preference = of("UV_PYTHON_PREFERENCE", "python-preference");
    let downloads = of("UV_PYTHON_DOWNLOADS", "python-downloads");
    let only_managed = switch("UV_MANAGED_PYTHON");
    let only_system = switch("UV_NO_MANAGED_PYTHON");
    let is_switched = only_managed.is_some() || only_system.is_some();
    let preference = preference.filter(|_| !is_switched);
    Allowed {
        only_managed: only_managed.or_else(|| is(&preference, "only-managed")),
        only_system: only_system.or_else(|| is(&preference, "only-system")),
        never_fetched: is(&downloads, "never"),
        not_fetched: is(&downloads, "manual"),
    }
}

/// The settings by which uv chooses versions, each with its value where one is set. One that a variable of the
/// process environment has is no matter of files, and of none is known where that leads uv elsewhere.
#[must_use]
pub fn locking(
    workspace: &Workspace,
    dir: &Utf8Path,
    variables: &BTreeMap<String, String>,
) -> BTreeMap<String, Option<String>> {
    let of_files = |(key, variable): &(&'static str, &'static str)| {
        let set = of_files(workspace, dir, key, variables);
        let is_ours = of_variable(variable, variables).is_none();
        is_ours.then(|| ((*key).to_owned(), set.map(|it| it.value)))
    };
    let is_told = is_on(NO_CONFIG, variables) || of_variable("UV_CONFIG_FILE", variables).is_some();
    let settings = SETTINGS.iter().filter(|_| !is_told);
    settings.filter_map(of_files).collect()
}

/// Whether a variable of uv's that is a switch is on.
pub(super) fn is_on(key: &str, variables: &BTreeMap<String, String>) -> bool {
    let words = ["1", "true", "yes", "on", "t", "y"];
    let value = variables.get(key).map(|value| value.to_ascii_lowercase());
    value.is_some_and(|value| words.contains(&value.as_str()))
}

fn of_variable(key: &'static str, variables: &BTreeMap<String, String>) -> Option<Setting> {
    let value = variables.get(key).filter(|value| !value.is_empty())?;
    Some(Setting {
        key,
        value: value.clone(),
        file: None,
    })
}

/// The first file that has it: the project's own, then those of the user and of the machine.
fn of_files(
    workspace: &Workspace,
    dir: &Utf8Path,
    key: &'static str,
    variables: &BTreeMap<String, String>,
) -> Option<Setting> {
    let set = |name: &str| variables.get(name).filter(|value| !value.is_empty());
    let read = |file: Utf8PathBuf, is_manifest: bool| {
        let text = fs::read_text(&workspace.path(&file)).ok()?;
        let value = settings::of_uv(&text, is_manifest, key)?;
        let line = settings::line_of(&text, key);
        Some(Setting {
            key,
            value,
            file: Some((file.into_string(), line)),
        })
    };
    if is_on(NO_CONFIG, variables) {
        return None;
    }
    if let Some(file) = set("UV_CONFIG_FILE") {
        return read(Utf8PathBuf::from(file), false);
    }
    let own = dir.join("uv.toml");
    // With a file of its own uv does not look into the manifest.
    let of_project = if fs::is_file(&workspace.path(&own)) {
        read(own, false)
    } else {
        read(dir.join("pyproject.toml"), true)
    };
    let others = || files(variables).into_iter();
    of_project.or_else(|| others().find_map(|file| read(file, false)))
}
