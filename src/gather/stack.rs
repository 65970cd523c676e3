//! Finds the applications of a workspace by reading its manifests and Python files.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::normal_name;
use crate::code::manifest::{self, PackageJson, PyProject};
use crate::code::python::{self, Framework};
use crate::system::{fs, variables};
use crate::text::Source;
use crate::workspace::Workspace;
use crate::workspace::stack::{
    Api, Broken, CeleryApp, LOADERS, Manager, Migrations, Python, Stack, Web,
};

use super::broker::{self, File};
use super::python_files::{DEPTH, collect_all, is_imported};
use super::{closed, manifests, members, migrations as drizzle};

/// Reads what the workspace is made of.
#[must_use]
pub fn find(workspace: &Workspace) -> Stack {
    complete(sides(workspace), workspace)
}

/// What the manifests alone tell, which is read in a moment: enough to know which tools are needed.
#[must_use]
pub fn sides(workspace: &Workspace) -> Stack {
    let mut stack = Stack::default();
    match python_side(workspace).transpose() {
        Ok(python) => stack.python = python,
        Err(broken) => stack.broken.push(broken),
    }
    stack.web = web(workspace, &mut stack.broken);
    stack
}

/// The same with the applications, which are looked for in every Python file, and the migrations.
#[must_use]
pub fn complete(sides: Stack, workspace: &Workspace) -> Stack {
    let (mut files, mut mentions) = (Vec::new(), BTreeSet::new());
    let (mut configuring, mut loading) = (Vec::new(), Vec::new());
    let mut unasked = None;
    let mut found = |path: &Utf8Path, text: String| {
        mentions.extend(words_of_celery(&text));
        let own = loaders(path, &text);
        if !own.is_empty() {
            loading.push(path.to_owned());
        }
        mentions.extend(own);
        if !is_test(path) && broker::may_configure(&text) {
            configuring.push(path.to_owned());
        }
        if unasked.is_none() && !is_test(path) {
            unasked = broker::unasked(path, &text);
        }
        if is_worth_parsing(&text) {
            let module = python::read(&text);
            for field in &module.fields {
                mentions.extend(
                    std::iter::once(&field.variable)
                        .chain(&field.others)
                        .cloned(),
                );
            }
            files.push(File {
                module,
                source: Source::new(path, text),
                path: path.to_owned(),
            });
        }
    };
    let mut refused = drizzle::config_files(workspace);
    let top = Utf8Path::new("");
    collect_all(&workspace.root, top, DEPTH, &mut found, &mut refused);
    let top = &workspace.root;
    refused.retain(|it| !fs::is_dir(&top.join(it)) || is_imported(top, it));
    // The shallowest application is the one that is started.
    files.sort_by_key(|file| (file.path.components().count(), file.path.clone()));
    let api = files.iter().find_map(|file| api(workspace, file, &files));
    let celery = files
        .iter()
        .find_map(|file| celery(workspace, file, &files, &configuring, &loading));
    let celery = celery.map(|celery| CeleryApp {
        mentions: mentions.into_iter().collect(),
        unasked,
        ..celery
    });
    Stack {
        api,
        celery,
        migrations: migrations(workspace),
        closed: closed::each(workspace, refused),
        ..sides
    }
}

/// Where an API says that it works, the usual place first.
const HEALTH: &[&str] = &["/health", "/healthz", "/livez", "/ping"];

/// Names of variables for Celery's servers, and the settings that say more of them than a URL does.
fn words_of_celery(text: &str) -> Vec<String> {
    const PARTS: &[&str] = &[
        "BROKER",
        "RESULT",
        "_use_ssl",
        "master_name",
        "global_keyprefix",
        "env_nested_delimiter",
    ];
    if !PARTS.iter().any(|part| text.contains(part)) {
        return Vec::new();
    }
    words(text, PARTS).collect()
}

fn words<'a>(text: &'a str, parts: &'a [&str]) -> impl Iterator<Item = String> + 'a {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| parts.iter().any(|part| word.contains(part)))
        .map(str::to_owned)
}

fn is_test(path: &Utf8Path) -> bool {
    let name = path.file_stem().unwrap_or_default();
    name == "conftest" || name.starts_with("test_") || name.ends_with("_test")
}

/// The words of those who load env files into the process environment, or write to that what is not seen here.
/// What tests do happens in no worker.
fn loaders(path: &Utf8Path, text: &str) -> Vec<String> {
    if is_test(path) {
        return Vec::new();
    }
    let computed = |behind: &str| {
        let behind = behind.trim_start();
        let first = behind.split([',', ']', ')']).next().unwrap_or_default();
        !behind.starts_with(['"', '\''])
            || ["BROKER", "RESULT_BACKEND"]
                .iter()
                .any(|it| first.contains(it))
    };
    let is_assigned = |behind: &str| {
        let rest = behind
            .split_once(']')
            .map_or("", |(_, rest)| rest.trim_start());
        rest.starts_with('=') && !rest.starts_with("==")
    };
    let after = |words: &'static str| text.split(words).skip(1);
    let writes = text.contains("environ.update(")
        || after("environ.setdefault(").any(computed)
        || after("environ[").any(|behind| is_assigned(behind) && computed(behind));
    let writes = writes.then(|| "putenv".to_owned());
    let is_named = LOADERS.iter().any(|part| text.contains(part));
    let named = is_named.then(|| words(text, LOADERS)).into_iter().flatten();
    named.chain(writes).collect()
}

/// Only files that may hold an application are: parsing all of a backend would take as long as all the
/// rest of a check.
fn is_worth_parsing(text: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    has(&["FastAPI(", "Celery("])
        || (has(&["env_prefix"]) && has(&["CELERY", "celery"]))
        || (has(&["Settings"])
            && has(&[
                "broker",
                "BROKER",
                "redis_url",
                "REDIS_URL",
                "result_backend",
            ]))
        || has(&["env_nested_delimiter"])
        || (has(&["BaseSettings"]) && has(&["celery:", "CelerySettings"]))
        || (has(&[".get(", ".add_api_route("]) && has(HEALTH))
}

/// The folder that holds the code where a project keeps its modules apart from its manifest.
const SRC: &str = "src";

/// Where a module is started, and as what.
struct Home {
    /// The folder to start from.
    cwd: Utf8PathBuf,
    /// The folder that it is imported from.
    imports: Utf8PathBuf,
    /// Its dotted name there.
    module: String,
}

/// Where a module is started. A package that imports itself by its full name (`from backend.core …`) only works from
/// above, and what lies in `src` belongs to the project around it: there its env files are, and everybody starts it.
fn home_of(workspace: &Workspace, file: &File) -> Home {
    let mut top = file.path.parent().unwrap_or(Utf8Path::new("")).to_owned();
    while fs::is_file(&workspace.path(top.join("__init__.py"))) {
        top = top.parent().unwrap_or(Utf8Path::new("")).to_owned();
    }
    let package = file
        .path
        .components()
        .next()
        .map(|part| part.as_str().to_owned())
        .unwrap_or_default();
    if file.module.imports.contains(&package) {
        top = Utf8PathBuf::new();
    }
    let mut cwd = top.clone();
    if let Some(project) = project_around(workspace, &top) {
        project.clone_into(&mut cwd);
        // `from src.config import …` works from above alone.
        if file.module.imports.iter().any(|it| it == SRC) {
            top.clone_from(&cwd);
        }
    }
    let inner = file
        .path
        .strip_prefix(&top)
        .unwrap_or(&file.path)
        .with_extension("");
    let parts: Vec<&str> = inner.components().map(|part| part.as_str()).collect();
    Home {
        cwd,
        module: parts.join("."),
        imports: top,
    }
}

/// The project whose `src` a folder is. One with a manifest or an env file of its own is started by itself.
fn project_around<'d>(workspace: &Workspace, src: &'d Utf8Path) -> Option<&'d Utf8Path> {
    let project = src.parent().filter(|_| src.file_name() == Some(SRC))?;
    let has = |dir: &Utf8Path, name: &str| fs::is_file(&workspace.path(dir.join(name)));
    let is_own = has(src, MANIFEST) || has(src, ".env");
    (has(project, MANIFEST) && !is_own).then_some(project)
}

const MANIFEST: &str = "pyproject.toml";

fn api(workspace: &Workspace, file: &File, files: &[File]) -> Option<Api> {
    let app = file
        .module
        .applications
        .iter()
        .find(|app| app.framework == Framework::FastApi)?;
    let Home {
        cwd,
        imports,
        module,
    } = home_of(workspace, file);
    let routes = std::iter::once(file)
        .chain(files)
        .flat_map(|file| &file.module.get_routes);
    let health = HEALTH
        .iter()
        .copied()
        .find(|known| routes.clone().any(|route| route == known));
    Some(Api {
        target: format!("{module}:{}", app.name),
        cwd,
        imports,
        file: file.path.clone(),
        line: file.source.position(app.offset).line,
        health: health.map(str::to_owned),
        // Moved, or switched off.
        has_schema: !file.source.text().contains("openapi_url"),
    })
}

/// `configuring` are the files that may configure an application of another one, `loading` those that may load env files.
fn celery(
    workspace: &Workspace,
    file: &File,
    files: &[File],
    configuring: &[Utf8PathBuf],
    loading: &[Utf8PathBuf],
) -> Option<CeleryApp> {
    let app = file
        .module
        .applications
        .iter()
        .find(|app| app.framework == Framework::Celery)?;
    let Home {
        cwd,
        imports,
        module,
    } = home_of(workspace, file);
    let broker::Found {
        variables,
        by_code,
        is_for_reading,
        queued,
        broker,
        results,
    } = broker::find(
        workspace,
        file,
        files,
        &cwd,
        configuring.iter().any(|other| *other != file.path),
        loading
            .iter()
            .any(|other| broker::may_come_before(file, other)),
    );
    // `celery -A module` finds `app` and `celery` by itself.
    let target = if matches!(app.name.as_str(), "app" | "celery") {
        module
    } else {
        format!("{module}:{}", app.name)
    };
    Some(CeleryApp {
        target,
        cwd,
        imports,
        file: file.path.clone(),
        line: file.source.position(app.offset).line,
        broker_variables: variables,
        by_code,
        is_for_reading,
        queued,
        broker,
        results,
        mentions: Vec::new(),
        unasked: None,
    })
}

/// The uv workspace at the root, else the backend's own project. One that cannot be read is not passed
/// over: what is installed in a member alone lacks what the others need.
fn python_side(workspace: &Workspace) -> Option<Result<Python, Broken>> {
    let tiers = workspace.tiers.iter().map(|tier| tier.dir.clone());
    std::iter::once(Utf8PathBuf::new())
        .chain(tiers)
        .find_map(|dir| {
            let project = manifests::pyproject(workspace, &dir)?;
            Some(project.map(|project| Python {
                extras: extras(workspace, &dir, &project),
                dir,
                is_workspace: project.members.is_some(),
                requires: project.requires_python,
            }))
        })
}

/// The extras of a project and of its workspace's members.
fn extras(workspace: &Workspace, dir: &Utf8Path, project: &PyProject) -> BTreeSet<String> {
    let members = members::of_uv(workspace, dir, project).into_iter();
    let members = members.filter_map(|member| manifests::pyproject(workspace, &member)?.ok());
    let members = members.filter(|member| !member.is_unmanaged);
    let of_members = members.flat_map(|member| member.extras.into_keys());
    let own = project.extras.keys().cloned();
    own.chain(of_members)
        .map(|extra| normal_name(&extra))
        .collect()
}

/// Where a frontend is when nothing else is said.
const FRONTEND: &str = "frontend";

/// The frontend: the first application, and the root last, which often only holds the others together. Adds
/// the manifests that cannot be read; one that may be the frontend's is not passed over.
fn web(workspace: &Workspace, broken: &mut Vec<Broken>) -> Option<Web> {
    let (root, others): (Vec<Utf8PathBuf>, Vec<Utf8PathBuf>) = workspace
        .tiers
        .iter()
        .map(|tier| tier.dir.clone())
        .partition(|dir| dir.as_str().is_empty());
    let mut found = Vec::new();
    for dir in others.into_iter().chain(root) {
        match manifests::package_json(workspace, &dir) {
            Some(Ok(package)) => found.push((dir, package)),
            Some(Err(unreadable)) => {
                broken.push(unreadable);
                if !found.iter().any(|(_, package)| package.is_application()) {
                    return None;
                }
            }
            None => {}
        }
    }
    // Without its manifest the usual folder is no tier.
    if workspace.tier(FRONTEND).is_none()
        && let Some(Err(lost)) = manifests::package_json(workspace, Utf8Path::new(FRONTEND))
    {
        broken.push(lost);
        return None;
    }
    let chosen = found
        .iter()
        .find(|(_, package)| package.is_application())
        .or_else(|| found.first())?;
    // The root need be no tier to hold the others together.
    let root = manifests::package_json(workspace, Utf8Path::new("")).and_then(Result::ok);
    Some(web_of(workspace, &chosen.0, &chosen.1, root.as_ref()))
}

fn web_of(
    workspace: &Workspace,
    side: &Utf8Path,
    package: &PackageJson,
    root: Option<&PackageJson>,
) -> Web {
    let slashed = side.as_str().replace('\\', "/");
    let of_pnpm = || {
        let has = |dir: &Utf8Path, name: &str| fs::is_file(&workspace.path(dir).join(name));
        has("".into(), "pnpm-workspace.yaml") && !has(side, "pnpm-lock.yaml")
    };
    let root = root.filter(|_| !slashed.is_empty());
    let is_member = |root: &&PackageJson| members::covers(&root.patterns(), &slashed) || of_pnpm();
    let root = root.filter(is_member);
    let top = if root.is_some() {
        Utf8Path::new("")
    } else {
        side
    };
    let dev = package.scripts.get("dev");
    let named = package.package_manager.as_deref();
    let named = named.or_else(|| root?.package_manager.as_deref());
    let dir = workspace.path(top);
    Web {
        manager: Manager::choose(named, |name| fs::is_file(&dir.join(name))),
        fixed_port: dev.and_then(|script| manifest::script_port(script)),
        has_dev: dev.is_some(),
        is_next: dev.is_some_and(|script| manifest::runs_next(script)),
        dir: side.to_owned(),
        top: top.to_owned(),
    }
}

/// Where Drizzle keeps its migrations.
fn migrations(workspace: &Workspace) -> Option<Migrations> {
    let (tier, config) = drizzle::config_of(workspace)?;
    fs::is_dir(&workspace.path(&config.out)).then_some(())?;
    Some(Migrations {
        tier,
        out: config.out,
        program: variables::own_program()?,
    })
}

/// The version ranges that the frontend's `engines` asks for, and those of the workspaces that it is in.
#[must_use]
pub fn engines(workspace: &Workspace, stack: &Stack) -> BTreeMap<String, String> {
    let of = |dir: &Utf8Path| {
        let package = manifests::package_json(workspace, dir).and_then(Result::ok);
        package.unwrap_or_default().engines
    };
    let Some(web) = &stack.web else {
        return BTreeMap::new();
    };
    let mut engines = if web.top == web.dir {
        BTreeMap::new()
    } else {
        of(&web.top)
    };
    engines.extend(of(&web.dir));
    engines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fills_the_process_environment_is_seen() {
        for (text, fills) in [
            ("from dotenv import load_dotenv", true),
            ("os.environ.update(read())", true),
            ("os.environ[name] = value", true),
            ("os.environ['CELERY_BROKER_URL'] = make()", true),
            ("os.environ.setdefault(key, value)", true),
            (
                "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')",
                false,
            ),
            ("os.environ['TZ'] = 'UTC'", false),
            ("if os.environ[name] == 'x': table.setdefault(1, 2)", false),
        ] {
            let found = |path: &str| !loaders(Utf8Path::new(path), text).is_empty();
            assert_eq!(found("celery_core/app.py"), fills, "{text}");
            assert!(!found("conftest.py"), "{text}");
        }
    }
}
