//! Finds the workspace and reads its settings.

use camino::{Utf8Path, Utf8PathBuf};

use crate::env::secrets_in_settings;
use crate::failure::Failure;
use crate::system::fs;
use crate::text::{Source, Span, encoding};
use crate::workspace::{self, CONFIG, Options, Runtime, STATE, Tier, Workspace};

use super::env_files::hidden_in;
use super::session;

/// The folders that hold a Python backend or a web frontend when nothing else is said.
const BACKEND: &str = "backend";
const FRONTEND: &str = "frontend";

/// Finds the workspace that `start` lies in and reads its settings.
pub fn find(start: &Utf8Path) -> Result<Workspace, Failure> {
    open(find_root(start)?)
}

/// Finds the workspace that `start` lies in, and reads no settings. A folder with a session in it is one,
/// whatever has become of what made it one.
pub fn find_place(start: &Utf8Path) -> Result<Workspace, Failure> {
    let root = find_root(start).or_else(|failure| {
        let mut folders = start.ancestors();
        folders
            .find(|dir| has_session(dir))
            .map(Utf8Path::to_owned)
            .ok_or(failure)
    })?;
    let options = Options::default();
    Ok(Workspace {
        tiers: tiers(&root, &options),
        root,
        options,
        settings: None,
    })
}

fn find_root(start: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    if !fs::is_dir(start) {
        return Err(Failure::usage(format!("there is no folder {start}"))
            .help("pixcrawler new DIR makes a starter workspace"));
    }
    root(start).ok_or_else(|| {
        Failure::usage(format!("no workspace here: neither {start} nor a folder above it has {CONFIG}, or {BACKEND}/ with a Python package, or {FRONTEND}/ with a package.json"))
            .help("cd into your checkout, name it with --workspace DIR, or make a starter: pixcrawler new DIR")
    })
}

/// What makes a settings file UTF-8 that is not.
fn as_utf8(path: &Utf8Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let good = text.split('\u{fffd}').next().unwrap_or_default();
    let line = 1 + good.matches('\n').count();
    encoding::mended(&text, path.as_str(), line)
}

/// Reads the settings of the workspace at `root`.
pub fn open(root: Utf8PathBuf) -> Result<Workspace, Failure> {
    let settings = match fs::read_text_if_there(&root.join(CONFIG)) {
        Ok(text) => text.map(|text| {
            let root = root.clone();
            Source::with_secrets(CONFIG, text, move |text| hidden(&root, text))
        }),
        Err(error) => {
            let way_out = if error.kind() == std::io::ErrorKind::InvalidData {
                as_utf8(&root.join(CONFIG))
            } else {
                "make it a readable UTF-8 file".to_owned()
            };
            let why = error.to_string().replace(&format!("{root}/"), "");
            let finding = workspace::unreadable(why, way_out);
            return Err(Failure::usage(format!("{CONFIG} cannot be read")).findings(vec![finding]));
        }
    };
    let options = match &settings {
        Some(source) => workspace::parse(source).map_err(|findings| {
            Failure::usage(format!("{CONFIG} cannot be understood")).findings(findings)
        })?,
        None => Options::default(),
    };
    let tiers = tiers(&root, &options);
    Ok(Workspace {
        root,
        options,
        settings,
        tiers,
    })
}

/// What must not be seen of the settings, be they sound or not.
fn hidden(root: &Utf8Path, text: &str) -> Vec<Span> {
    let options = workspace::parse(&Source::new(CONFIG, text)).unwrap_or_default();
    let workspace = Workspace {
        tiers: tiers(root, &options),
        root: root.to_owned(),
        options,
        settings: None,
    };
    hidden_in(&workspace, secrets_in_settings)(text)
}

/// The nearest folder with `pixcrawler.toml` or with both tiers, else the git root that has one of
/// them, else the nearest folder that clearly has one.
fn root(start: &Utf8Path) -> Option<Utf8PathBuf> {
    let nearest = |test: fn(&Utf8Path) -> bool| {
        start
            .ancestors()
            .find(|dir| !dir.as_str().is_empty() && test(dir))
            .map(Utf8Path::to_owned)
    };
    // A checkout inside a folder with settings of its own is still the nearer one.
    nearest(|dir| fs::is_file(&dir.join(CONFIG)) || (has_backend(dir) && has_frontend(dir)))
        .or_else(|| {
            nearest(|dir| dir.join(".git").exists() && (has_backend(dir) || has_frontend(dir)))
        })
        .or_else(|| nearest(|dir| has_python_backend(dir) || has_frontend(dir)))
}

fn has_session(dir: &Utf8Path) -> bool {
    !dir.as_str().is_empty() && fs::is_file(&session::file(&dir.join(STATE)))
}

fn has_frontend(dir: &Utf8Path) -> bool {
    fs::is_file(&dir.join(FRONTEND).join("package.json"))
}

fn has_backend(dir: &Utf8Path) -> bool {
    fs::is_dir(&dir.join(BACKEND))
        || fs::read_text(&dir.join("pyproject.toml"))
            .is_ok_and(|text| text.contains("[tool.uv.workspace]"))
}

/// Any folder may be called `backend`: alone, it must hold a Python package.
fn has_python_backend(dir: &Utf8Path) -> bool {
    let backend = dir.join(BACKEND);
    ["pyproject.toml", "requirements.txt", "main.py"]
        .iter()
        .any(|file| fs::is_file(&backend.join(file)))
}

/// Root, backend and frontend where they are there, then the declared ones.
fn tiers(root: &Utf8Path, options: &Options) -> Vec<Tier> {
    let mut tiers = Vec::new();
    // A folder with nothing but services of its own has no shared settings to ask for.
    if has_backend(root) || has_frontend(root) || fs::is_file(&root.join(".env")) {
        tiers.push(Tier::root());
    }
    if fs::is_dir(&root.join(BACKEND)) {
        tiers.push(Tier::new(BACKEND, BACKEND, Runtime::Python));
    }
    if has_frontend(root) {
        tiers.push(Tier::new(FRONTEND, FRONTEND, Runtime::Next));
    }
    for (name, written) in &options.tiers {
        match tiers.iter_mut().find(|tier| &tier.name == name) {
            Some(tier) => *tier = tier.clone().with_options(written),
            None => {
                tiers.push(Tier::new(name, name.as_str(), Runtime::Python).with_options(written));
            }
        }
    }
    tiers
}
