//! Python's modules and the programs of an environment: not installed, misspelt, or elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::text::remedy;

use super::importer::{self, Importer};
use super::pattern::{
    has, is_package, meant, misspelt, quoted_behind, to_install, unspawned_by_uv, word_behind,
};
use super::{Cause, Speaker, cause, stdlib};

/// What a project's files say of Python modules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Modules {
    /// The folder of its manifest, relative to the root; none without a manifest.
    pub manifest: Option<String>,
    /// Whether that is a uv workspace.
    pub is_workspace: bool,
    /// The names of a uv workspace's members, each by the tier whose folder it has.
    pub members: BTreeMap<String, String>,
    /// The packages that manifests and lock name, as the index calls them.
    pub packages: BTreeSet<String>,
    /// Its own modules, each with the folder that it lies in, relative to the root.
    pub own: BTreeMap<String, String>,
    /// The packages of the web side, where there is one.
    pub web: Option<super::WebModules>,
    /// The fields of the settings class that refuses its variables.
    pub fields: Option<super::Fields>,
}

/// Modules whose package has another name, and no part of it is enough to tell.
const ELSEWHERE: &[(&str, &str)] = &[
    ("bs4", "beautifulsoup4"),
    ("Crypto", "pycryptodome"),
    ("cv2", "opencv-python"),
    ("dateutil", "python-dateutil"),
    ("distutils", "setuptools"),
    ("dotenv", "python-dotenv"),
    ("git", "gitpython"),
    ("jose", "python-jose"),
    ("jwt", "pyjwt"),
    ("magic", "python-magic"),
    ("multipart", "python-multipart"),
    ("OpenSSL", "pyopenssl"),
    ("PIL", "pillow"),
    ("pkg_resources", "setuptools"),
    ("psycopg2", "psycopg2-binary"),
    ("serial", "pyserial"),
    ("skimage", "scikit-image"),
    ("sklearn", "scikit-learn"),
    ("yaml", "pyyaml"),
];

/// Parts of Python itself that are there only if their libraries were when it was built.
const BUILT_IN: &[&str] = &[
    "_bz2", "_ctypes", "_curses", "_dbm", "_decimal", "_gdbm", "_hashlib", "_lzma", "_sqlite3",
    "_ssl", "_tkinter", "_uuid", "_zstd", "readline", "tkinter", "zlib",
];

impl Modules {
    /// The line, for who stands in the root.
    fn here(&self, line: &str) -> String {
        crate::text::command::within(self.manifest.as_deref().unwrap_or_default(), line)
    }

    /// What installs the packages that the manifests name.
    fn sync(&self) -> String {
        self.here(self.sync_line())
    }

    fn sync_line(&self) -> &'static str {
        if self.is_workspace {
            "uv sync --all-packages"
        } else {
            "uv sync"
        }
    }

    /// The same for a package whose files may be gone, while what describes it is there: uv takes that one for
    /// installed.
    fn sync_anew(&self, package: &str) -> String {
        self.here(&format!(
            "{} --reinstall-package {package}",
            self.sync_line()
        ))
    }

    /// The package of a module, where manifests or lock name it.
    fn named(&self, module: &str) -> Option<&str> {
        let name = module.to_ascii_lowercase().replace('_', "-");
        let elsewhere = elsewhere(module);
        let is_it = |package: &&String| {
            **package == name
                // `opencv-python-headless`, `psycopg2`.
                || elsewhere.is_some_and(|other| package.starts_with(other))
                || package.strip_prefix("python-") == Some(name.as_str())
                || package.strip_suffix("-python") == Some(name.as_str())
                || package.strip_suffix("-binary") == Some(name.as_str())
        };
        self.packages.iter().find(is_it).map(String::as_str)
    }
}

/// What adds a package: to the member that the service is made of, where there is one.
fn add(speaker: Speaker<'_>, package: &str) -> String {
    let modules = speaker.modules;
    let member = speaker.tier.and_then(|tier| modules.members.get(tier));
    let package = remedy::quoted(package);
    match (&modules.manifest, member) {
        (None, _) => format!("uv pip install {package}"),
        (Some(_), Some(member)) if modules.is_workspace => {
            modules.here(&format!("uv add --package {member} {package}"))
        }
        (Some(_), _) => modules.here(&format!("uv add {package}")),
    }
}

fn elsewhere(module: &str) -> Option<&'static str> {
    let known = ELSEWHERE.iter().find(|(name, _)| *name == module);
    known.map(|(_, package)| *package)
}

/// A folder of the workspace, in words.
fn folder(dir: &str) -> String {
    if dir.is_empty() {
        "the workspace's root".to_owned()
    } else {
        format!("`{dir}`")
    }
}

pub(super) fn of(speaker: Speaker<'_>, line: &str, lines: &[&str]) -> Option<Cause> {
    // SQLAlchemy, which says behind it that there is no such module.
    if let Some((before, _)) = line.split_once(" library is required to use ")
        && let Some(package) = before.rsplit("the ").next().filter(|it| is_package(it))
    {
        return Some(uninstalled(speaker, package));
    }
    // pydantic: "email-validator is not installed, run `pip install 'pydantic[email]'`".
    if let Some((before, behind)) = line.split_once(" is not installed")
        && let Some(spec) = to_install(behind)
    {
        let named = before.rsplit(' ').next().filter(|it| is_package(it));
        return Some(uninstalled_as(speaker, named.unwrap_or(spec), spec));
    }
    if let Some((_, rest)) = line.split_once("No module named ") {
        return missing(speaker, rest, importer::of(line, lines).as_ref());
    }
    if let Some((_, import)) = line.split_once("cannot import name ") {
        let by_package = importer::of(line, lines).is_some();
        return Some(missing_name(speaker, import, by_package));
    }
    // FastAPI: `Form data requires "python-multipart" to be installed.`
    if line.contains("\" to be installed")
        && let Some(package) = quoted_behind(line, " requires", &['"'])
    {
        return Some(uninstalled(speaker, package));
    }
    if line.contains("wheel is invalid") {
        return lines.iter().rev().find_map(|line| broken_wheel(line));
    }
    if let Some(program) = unspawned_by_uv(line) {
        let is_absent = |line: &str| has(line, &["(os error 2)", "program not found"]);
        return lines
            .iter()
            .any(|line| is_absent(line))
            .then(|| unspawned(speaker, program));
    }
    // uvicorn.
    if let Some(module) = quoted_behind(line, "Could not import module", &['"']) {
        return Some(unloaded(speaker, module));
    }
    // Celery says what it could not do in the line before.
    let is_celery = |line: &str| line.contains("Unable to load celery application");
    if line.contains(" was not found") && lines.iter().any(|line| is_celery(line)) {
        return word_behind(line, "he module ").map(|module| unloaded(speaker, module));
    }
    if let Some(attribute) = quoted_behind(line, "Error loading ASGI app. Attribute", &['"']) {
        let module = quoted_behind(line, "not found in module", &['"']).unwrap_or("the module");
        return Some(cause(
            format!("`{module}` has no `{attribute}`"),
            format!(
                "define `{attribute}` there, or correct what uvicorn is given: MODULE:ATTRIBUTE"
            ),
        ));
    }
    None
}

/// The package of a wheel that uv cannot install from its cache:
/// `Failed to install: x-1.0-py3-none-any.whl (x==1.0)`.
fn broken_wheel(line: &str) -> Option<Cause> {
    let wheel = line.split_once("Failed to install: ")?.1.trim();
    let package = match wheel.split_once(" (") {
        Some((_, package)) => package.split([' ', '=', ')']).next()?,
        None => wheel.split('-').next()?,
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!package.is_empty() && package.chars().all(is_name)).then(|| {
        cause(
            format!("what uv keeps of `{package}` in its cache is broken"),
            format!("uv cache clean {package}   then start again"),
        )
    })
}

/// Python did not find a module: `'NAME'`, or `'NAME'; 'PARENT' is not a package`; `python -m` says it
/// without quotes.
fn missing(speaker: Speaker<'_>, rest: &str, importer: Option<&Importer<'_>>) -> Option<Cause> {
    let (first, behind) = rest.split_once(';').unwrap_or((rest, ""));
    let name = first.split_whitespace().next()?;
    // Without quotes it is a name only where nothing follows.
    if !name.starts_with(['\'', '"']) && name != first.trim() {
        return None;
    }
    let module = name.trim_matches(['\'', '"', '`', ',', '.', ')']);
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    if module.is_empty() || !module.chars().all(is_name) {
        return None;
    }
    let top = module.split('.').next().unwrap_or(module);
    if behind.contains("is not a package") {
        let parent = behind.split('\'').nth(1).unwrap_or(top);
        return Some(cause(
            format!(
                "`{parent}` is a single file here, and `{module}` would be in a package of that name: a file `{top}.py` beside the code hides it"
            ),
            format!(
                "python3 -c \"import {top}; print({top}.__file__)\"   shows the file; give it another name"
            ),
        ));
    }
    Some(match module.rsplit_once('.') {
        Some((parent, "__main__")) => cause(
            format!("`{parent}` is a package without a `__main__`, and cannot be run as a program"),
            format!("run a module of it: python -m {parent}.NAME"),
        ),
        Some((parent, name)) => missing_part(speaker, parent, name, importer.is_some()),
        None => missing_top(speaker, top, importer),
    })
}

/// Python names the first part that is not there: the one before it is.
fn missing_part(speaker: Speaker<'_>, parent: &str, name: &str, by_package: bool) -> Cause {
    let modules = speaker.modules;
    let top = parent.split('.').next().unwrap_or(parent);
    if modules.own.contains_key(top) || modules.named(top).is_none() {
        return cause(
            format!("`{parent}` is there, and has no module `{name}`"),
            "correct the import, or restore the file",
        );
    }
    let what = format!("the installed `{parent}` has no module `{name}`");
    not_in_package(speaker, top, &what, None, by_package)
}

/// A name that an installed package does not have. Which of the two it is nobody can tell from here; what other
/// packages import is spelt as they want it.
fn not_in_package(
    speaker: Speaker<'_>,
    top: &str,
    what: &str,
    meant: Option<&str>,
    by_package: bool,
) -> Cause {
    let package = speaker.modules.named(top).or_else(|| elsewhere(top));
    let package = package.map_or_else(|| top.replace('_', "-"), str::to_owned);
    let misspelt = if by_package {
        "whoever imports it".to_owned()
    } else {
        format!("{}, or the code", misspelt(meant))
    };
    let pin = add(speaker, &format!("{package}==VERSION"));
    let show = speaker.modules.here(&format!("uv pip show {package}"));
    let meaning = format!("{what}: {misspelt} was written for another version of `{package}`");
    match meant.filter(|_| !by_package) {
        Some(name) => cause(
            meaning,
            format!("import `{name}`, or see which version is there: {show}"),
        ),
        None => cause(
            format!("{meaning}, which `{pin}` would pin, with the one that has it for VERSION"),
            show,
        ),
    }
}

/// What to do about a name in an import, where Python has an idea of what was meant or has none.
fn corrected(meant: Option<&str>) -> String {
    match meant {
        Some(name) => format!("import `{name}`"),
        None => "correct the import".to_owned(),
    }
}

fn missing_top(speaker: Speaker<'_>, module: &str, importer: Option<&Importer<'_>>) -> Cause {
    let (service, modules) = (speaker.service, speaker.modules);
    if let Some(dir) = modules.own.get(module) {
        return misplaced(speaker, module, dir);
    }
    if let Some(package) = modules.named(module) {
        let which = if package == module {
            format!("`{module}`")
        } else {
            format!("`{package}` (module `{module}`)")
        };
        return cause(
            format!("the Python package {which} is not installed where `{service}` runs"),
            modules.sync(),
        );
    }
    if BUILT_IN.contains(&module) {
        return cause(
            format!(
                "`{module}` is a part of Python itself, and the Python that runs `{service}` was built without it"
            ),
            "uv venv --clear --managed-python && uv sync   makes the environment anew, with a Python that has it",
        );
    }
    if let Some(cause) = stdlib::module(speaker, module) {
        return cause;
    }
    if let Some(importer) = importer {
        return unbrought(speaker, module, importer);
    }
    let add = add(speaker, elsewhere(module).unwrap_or("PACKAGE"));
    if modules.manifest.is_none() {
        return cause(
            format!(
                "there is no Python module `{module}`: it is misspelt, or its package is not installed"
            ),
            format!("correct the import, or install its package: {add}"),
        );
    }
    cause(
        format!(
            "there is no Python module `{module}`: it is misspelt, or its package is not in pyproject.toml"
        ),
        format!("correct the import, or add its package: {add}"),
    )
}

/// An installed package imports a module that none of the others brings: an extra of it, as a rule.
fn unbrought(speaker: Speaker<'_>, module: &str, importer: &Importer<'_>) -> Cause {
    let package = match (importer.wants, elsewhere(module)) {
        (Some(wanted), _) => wanted.to_owned(),
        (None, Some(package)) => package.to_owned(),
        (None, None) => module.replace('_', "-"),
    };
    cause(
        format!(
            "the installed `{}` needs the Python module `{module}`, and nothing that is installed brings it",
            importer.package
        ),
        add(speaker, &package),
    )
}

/// A module of the project's own, and whoever needs it looks elsewhere.
fn misplaced(speaker: Speaker<'_>, module: &str, dir: &str) -> Cause {
    let place = folder(dir);
    let path = if dir.is_empty() { "." } else { dir };
    let installs = match speaker.modules.named(module) {
        Some(_) => format!(
            "; where it is installed as a package: {}",
            speaker.modules.sync()
        ),
        None => String::new(),
    };
    cause(
        format!(
            "`{module}` is the project's own, in {place}, where `{}` does not look",
            speaker.service
        ),
        format!(
            "start it in {place} (cwd = \"{path}\"), or put that folder on PYTHONPATH{installs}"
        ),
    )
}

/// A server did not find the module that it is to load.
fn unloaded(speaker: Speaker<'_>, module: &str) -> Cause {
    let (parent, name) = module.rsplit_once('.').unwrap_or(("", module));
    if let Some(dir) = speaker
        .modules
        .own
        .get(module.split('.').next().unwrap_or(module))
    {
        if parent.is_empty() {
            return misplaced(speaker, module, dir);
        }
        return cause(
            format!(
                "`{parent}` is in {}, and `{name}` is not in it, or not found from where `{}` runs",
                folder(dir),
                speaker.service
            ),
            format!("correct the name, or start it in {}", folder(dir)),
        );
    }
    cause(
        format!(
            "there is no module `{module}` where `{}` looks",
            speaker.service
        ),
        "correct the name, or start it in the folder where that module lies",
    )
}

/// uv found no such program in the environment.
fn unspawned(speaker: Speaker<'_>, program: &str) -> Cause {
    let (service, modules) = (speaker.service, speaker.modules);
    if program.contains('/') {
        return super::program::missing(speaker, program);
    }
    let meaning = format!("the Python environment of `{service}` has no program `{program}`");
    let package = modules.named(program);
    if modules.manifest.is_some() && package.is_none() {
        return cause(
            meaning,
            format!(
                "{}   or, where its package is not in pyproject.toml: {}",
                modules.sync(),
                add(speaker, "PACKAGE")
            ),
        );
    }
    if modules.manifest.is_none() {
        return cause(meaning, "uv sync   in the folder of its pyproject.toml");
    }
    cause(
        meaning,
        package.map_or_else(|| modules.sync(), |package| modules.sync_anew(package)),
    )
}

/// One package asks for another, by the name that the index has for it.
fn uninstalled(speaker: Speaker<'_>, package: &str) -> Cause {
    uninstalled_as(speaker, package, package)
}

/// The same where it comes with another one, as an extra of that: `pydantic[email]`.
fn uninstalled_as(speaker: Speaker<'_>, package: &str, spec: &str) -> Cause {
    let modules = speaker.modules;
    let way = if modules.packages.contains(package) {
        modules.sync()
    } else {
        add(speaker, spec)
    };
    cause(
        format!(
            "the Python package `{package}` is not installed where `{}` runs",
            speaker.service
        ),
        way,
    )
}

/// Python found a module, and not the name in it: `'NAME' from 'MODULE' (PATH)`.
fn missing_name(speaker: Speaker<'_>, import: &str, by_package: bool) -> Cause {
    let mut quoted = import.split('\'').skip(1).step_by(2);
    let name = quoted.next().unwrap_or("a name");
    // A circle is told as `partially initialized module 'MODULE'`.
    let module = quoted.next().unwrap_or("a module");
    if import.contains("partially initialized") {
        return cause(
            format!("`{module}` imports, by way of others, the one that imports `{name}` from it"),
            format!("import `{name}` inside the function that needs it"),
        );
    }
    let meant = meant(import);
    if import.contains("site-packages") {
        let package = module.split('.').next().unwrap_or(module);
        let what = format!("the installed `{module}` has no `{name}`");
        return not_in_package(speaker, package, &what, meant, by_package);
    }
    if let Some(cause) = stdlib::name(speaker, module, name, import) {
        return cause;
    }
    cause(
        format!("`{module}` has no `{name}`"),
        format!("{}, or define `{name}` there", corrected(meant)),
    )
}
