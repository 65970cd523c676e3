//! The web side: what its manifest asks for, what its lock says, and what is installed.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::{self, Platform, WebLock};
use crate::code::manifest::{self, PackageJson, Within};
use crate::code::settings::line_of_json;
use crate::system::{access, fs};
use crate::toolchain::{self, Pin};
use crate::workspace::Workspace;
use crate::workspace::stack::{Manager, Web};

use super::refusal::{self, Refusal};
use super::restraint::{self, Restraints};
use super::venv::{self, InTheWay};
use super::{entries, linked, lost_lock, manifests, members, others, patches, pins, unsourced};

pub use super::patches::LostPatch;
pub use super::unsourced::{Lack, LostWorkspace, Unsourced};

/// The web side, as files tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebPackages {
    /// Direct dependencies with their ranges.
    pub asked: BTreeMap<String, String>,
    /// What may be missing, and nothing else asks for.
    pub optional: BTreeSet<String>,
    /// Those of which another version is installed on purpose, with its range; without one where it
    /// depends on more than the name.
    pub overridden: BTreeMap<String, Option<String>>,
    /// What is installed instead within single packages, as bun does it.
    pub overridden_within: Within,
    /// The folders of bun's workspaces; none where they are not known.
    pub workspaces: Option<BTreeSet<String>>,
    /// The version of each that is installed; none while there is no `node_modules`.
    pub installed: Option<BTreeMap<String, String>>,
    /// What is in the place of `node_modules` and is no folder.
    pub in_the_way: Option<InTheWay>,
    /// What of `node_modules` refuses to be written.
    pub refusal: Option<Refusal>,
    /// Packages that others need, and that are not where the lock has them.
    pub absent: Vec<String>,
    /// Packages for machines as this one that others take where they are at hand, and that are not there.
    pub absent_here: Vec<String>,
    /// Installed packages of which only the manifest is left.
    pub hollow: Vec<String>,
    /// Installed packages whose programs are gone, while links still lead to them.
    pub gutted: BTreeSet<String>,
    /// Installed packages of which a file is gone that they say to have, with that file.
    pub holed: BTreeMap<String, String>,
    /// Whether each package lies by itself, and what others see of it is a link.
    pub is_isolated: bool,
    /// The direct dependencies that only developers need.
    pub dev_only: BTreeSet<String>,
    /// What keeps the installer from what is asked for.
    pub restraints: Restraints,
    /// Programs of installed packages that are not where scripts look for them.
    pub lost_programs: Vec<String>,
    /// The files of programs that may not be run, as seen from the workspace.
    pub shut_programs: Vec<Utf8PathBuf>,
    /// Whether packages are loaded out of archives, without a `node_modules` (yarn's Plug'n'Play).
    pub is_plug_and_play: bool,
    /// The manager's own lock, where it can be read as text, and what it says or why it cannot be read.
    pub lock: Option<(Utf8PathBuf, Result<WebLock, String>)>,
    /// Whether the manager has a lock at all.
    pub is_locked: bool,
    /// The lock that is gone and that the last commit has, where there is none: another manager's, if it was that one
    /// that installed here.
    pub lost_lock: Option<&'static str>,
    /// A lock that another manager left where this one has none.
    pub other_lock: Option<Utf8PathBuf>,
    /// `packageManager`.
    pub package_manager: Option<String>,
    /// The manifest that has it.
    pub package_manager_in: Utf8PathBuf,
    /// The line there, from 1.
    pub package_manager_at: usize,
    /// The version of Node that a file names: `.node-version`, `.nvmrc`, or one of a program that chooses
    /// versions.
    pub pinned_node: Option<Pin>,
    /// That of the package manager, where such a file names one.
    pub pinned_manager: Option<Pin>,
    /// What is to come from where nothing is.
    pub unsourced: Vec<Unsourced>,
    /// Workspaces that are named and not there.
    pub lost_workspaces: Vec<LostWorkspace>,
    /// Patches that are named and not there.
    pub lost_patches: Vec<LostPatch>,
    /// The ranges of what bun takes from a catalog.
    pub catalogued: BTreeMap<String, String>,
    /// The names of other managers, where the manifest asks for those alone.
    pub other_manager: Option<Pin>,
}

/// Reads what the manifests ask for.
pub(super) fn asked(
    workspace: &Workspace,
    web: &Web,
    variables: &BTreeMap<String, String>,
) -> WebPackages {
    let read = |dir: &Utf8Path| {
        let package = manifests::package_json(workspace, dir).and_then(Result::ok);
        package.unwrap_or_default()
    };
    let package = read(&web.dir);
    let top = if web.top == web.dir {
        PackageJson::default()
    } else {
        read(&web.top)
    };
    // Overrides count only where the installation runs.
    let there = if web.top == web.dir { &package } else { &top };
    let overridden = there.overridden(web.manager == Manager::Bun);
    let manager_in = if package.package_manager.is_some() {
        &web.dir
    } else {
        &web.top
    };
    let manager_in = manager_in.join("package.json");
    let text = fs::read_text(&workspace.path(&manager_in)).unwrap_or_default();
    // npm and bun prefer what developers need, the others what everybody does.
    let asked = package.asked(matches!(web.manager, Manager::Npm | Manager::Bun));
    let catalogued = if web.manager == Manager::Bun {
        there.catalogs().versions(&asked)
    } else {
        BTreeMap::new()
    };
    WebPackages {
        asked,
        optional: package.optional(),
        catalogued,
        overridden_within: there.overridden_within(),
        workspaces: workspaces(workspace, web, there),
        lost_patches: patches::lost(workspace, web, there),
        lost_workspaces: unsourced::lost(workspace, web, there),
        dev_only: dev_only(&package),
        unsourced: unsourced::unsourced(workspace, web, &package, there, variables),
        overridden,
        package_manager_at: line_of_json(&text, &["packageManager"]),
        package_manager_in: manager_in,
        package_manager: package.package_manager.or(top.package_manager),
        pinned_node: pins::node(workspace, web),
        pinned_manager: pins::manager(workspace, web),
        other_manager: pins::other_manager(workspace, web),
        ..WebPackages::default()
    }
}

/// The folders that patterns lead to and in which a package with a name is, relative to the top.
fn workspaces(workspace: &Workspace, web: &Web, top: &PackageJson) -> Option<BTreeSet<String>> {
    let dirs = members::of_web(workspace, &web.top, &top.patterns())?;
    let is_package = |dir: &&Utf8PathBuf| {
        let package = manifests::package_json(workspace, dir).and_then(Result::ok);
        package.is_some_and(|it| it.name.is_some())
    };
    let below = |dir: &Utf8PathBuf| {
        let below = dir.strip_prefix(&web.top).unwrap_or(dir);
        below.as_str().replace('\\', "/")
    };
    let all = dirs.iter().filter(is_package).map(below);
    Some(all.filter(|dir| !dir.is_empty()).collect())
}

/// The packages that a manifest names only for those who work on it.
fn dev_only(package: &PackageJson) -> BTreeSet<String> {
    let names = package.dev_dependencies.keys();
    let is_for_all = |name: &&String| package.dependencies.contains_key(*name);
    names.filter(|name| !is_for_all(name)).cloned().collect()
}

/// Adds what of it is installed, and what the lock says.
pub(super) fn complete(
    side: &mut WebPackages,
    workspace: &Workspace,
    web: &Web,
    variables: &BTreeMap<String, String>,
) {
    let top = workspace.path(&web.top);
    side.restraints = restraint::of(workspace, web, variables);
    side.lock = lock(workspace, web, side);
    let modules = top.join("node_modules");
    side.in_the_way = venv::no_folder(&modules).map(|what| InTheWay {
        path: "node_modules".into(),
        what,
    });
    side.refusal = refusal::of(&top, &modules, || fs::list(&modules));
    let has = |name: &str| fs::is_file(&top.join(name));
    let is_ours = |name: &&str| web.manager.locks().contains(name);
    side.is_locked = web.manager.locks().iter().any(|name| has(name));
    let mut others = Manager::all_locks();
    side.other_lock = others
        .find(|name| !side.is_locked && !is_ours(name) && has(name))
        .map(|name| web.top.join(name));
    if !side.is_locked {
        let ours = web.manager.locks().iter().copied();
        // Which manager it is nothing but the lock said.
        let is_open = side.package_manager.is_none() && side.other_lock.is_none();
        let others = Manager::all_locks().filter(|it| is_open && !is_ours(it));
        side.lost_lock = lost_lock::of(workspace, &web.top, ours.chain(others), variables);
    }
    installed(side, workspace, web);
}

/// The lock of the manager that installs. Of one in bytes there is only to tell that it is broken.
fn lock(
    workspace: &Workspace,
    web: &Web,
    side: &WebPackages,
) -> Option<(Utf8PathBuf, Result<WebLock, String>)> {
    let dir = web.dir.strip_prefix(&web.top).unwrap_or(&web.dir);
    let slashed = dir.as_str().replace('\\', "/");
    web.manager.locks().iter().find_map(|name| {
        let path = web.top.join(name);
        if fs::is_dir(&workspace.path(&path)) {
            return Some((path, Err(lock::FOLDER.to_owned())));
        }
        if let Some(target) = fs::leads_nowhere(&workspace.path(&path)) {
            return Some((path, Err(lock::leads_nowhere(target.as_str()))));
        }
        let read = || fs::read(&workspace.path(&path)).ok();
        let text = || String::from_utf8(read()?).ok();
        let said = match *name {
            "bun.lockb" => Err(lock::bun_binary_lock(&read()?).err()?),
            "bun.lock" | "package-lock.json" | "npm-shrinkwrap.json" => String::from_utf8(read()?)
                .map_err(|_| "it is not UTF-8".to_owned())
                .and_then(|text| {
                    let said = lock::web_lock(&text, &slashed);
                    said.map_err(|why| lock::or_unfinished(&text, why))
                })
                .transpose()?,
            // Of a form that is not understood there is nothing to tell.
            "pnpm-lock.yaml" => Ok(lock::pnpm_lock(&text()?, &slashed)?),
            "yarn.lock" => {
                // Beside what is installed instead it keeps what is asked for, which nobody gets.
                let is_plain = |name: &String| !side.overridden.contains_key(name);
                let plain = side.asked.iter().filter(|(name, _)| is_plain(name));
                let plain = plain.map(|(name, range)| (name.clone(), range.clone()));
                Ok(lock::yarn_lock(&text()?, &plain.collect())?)
            }
            _ => return None,
        };
        Some((path, said))
    })
}

/// Looks at what is installed.
fn installed(side: &mut WebPackages, workspace: &Workspace, web: &Web) {
    let (dir, top) = (workspace.path(&web.dir), workspace.path(&web.top));
    side.is_plug_and_play = [&dir, &top]
        .iter()
        .any(|folder| fs::is_file(&folder.join(".pnp.cjs")));
    // Who looks for a package looks in the folders above, too.
    let mut places: Vec<Utf8PathBuf> = Vec::new();
    for folder in [dir.as_path(), &top, &workspace.root] {
        let place = folder.join("node_modules");
        if !places.contains(&place) && fs::is_dir(&place) {
            places.push(place);
        }
    }
    if places.is_empty() {
        return;
    }
    let programs: BTreeSet<String> = places
        .iter()
        .flat_map(|place| fs::names(&place.join(".bin"), |_| true))
        .map(|name| match name.rsplit_once('.') {
            Some((stem, "cmd" | "exe" | "bunx" | "ps1")) => stem.to_owned(),
            _ => name,
        })
        .collect();
    side.gutted = places.iter().flat_map(|place| gutted(place)).collect();
    side.is_isolated = isolated(&places).is_some();
    let mut versions = BTreeMap::new();
    for (name, asked) in &side.asked {
        let found = places.iter().find_map(|place| {
            let folder = place.join(name);
            let text = fs::read_text(&folder.join("package.json")).ok()?;
            Some((place, folder, manifest::installed_package(&text)?))
        });
        let Some((place, folder, package)) = found else {
            continue;
        };
        if others::is_hollow(&folder, &package, false) {
            side.hollow.push(name.clone());
        } else if !side.gutted.contains(name)
            && let Some(file) = entries::gone(place, name, asked, &package)
        {
            side.holed.insert(name.clone(), file);
        }
        for (program, _) in package.programs(name) {
            let mut files = places.iter().map(|place| place.join(".bin").join(program));
            if let Some(file) = files.find(|file| fs::is_file(file))
                && !access::executable(&file)
            {
                let own = file.strip_prefix(&workspace.root).unwrap_or(&file);
                side.shut_programs.push(own.to_owned());
            }
        }
        // One whose file is made only later, or never, has no place there.
        let lost = package.programs(name).filter(|(program, file)| {
            !programs.contains(*program) && fs::is_file(&folder.join(file))
        });
        side.lost_programs
            .extend(lost.map(|(program, _)| program.to_owned()));
        versions.insert(name.clone(), package.version);
    }
    side.gutted.retain(|name| !side.hollow.contains(name));
    let is_told = |name: &str| side.asked.contains_key(name) || side.gutted.contains(name);
    if side.is_isolated {
        let asked = versions.keys();
        let asked = asked.flat_map(|name| places.iter().map(move |place| place.join(name)));
        let damage = linked::damage(&places, asked, is_told);
        side.hollow.extend(damage.hollow);
        side.holed.extend(damage.holed);
    }
    side.installed = Some(versions);
    if let Some((_, Ok(lock))) = &side.lock {
        side.absent = absent(lock, &top, &places, &side.asked);
        if !side.is_isolated {
            let of_here = of_here(lock);
            if !leaves_out(&top) {
                side.absent_here = absent_here(&of_here, &top);
            }
            let damage = others::damage(lock, &top, &of_here, is_told);
            side.hollow.extend(damage.hollow);
            side.holed.extend(damage.holed);
        }
    }
}

/// The packages below a `node_modules` whose programs are gone: links that lead to none tell. Where a package
/// makes its programs itself when it is installed, they may never have been there.
fn gutted(place: &Utf8Path) -> BTreeSet<String> {
    let bin = place.join(".bin");
    let of_link = |program: String| {
        let link = bin.join(&program);
        if !fs::is_link(&link) || link.exists() {
            return None;
        }
        let target = link.read_link_utf8().ok()?;
        let below = target.as_str().strip_prefix("../")?;
        let end = usize::from(below.starts_with('@'));
        let name = below.split('/').take(end + 1).collect::<Vec<_>>().join("/");
        let text = fs::read_text(&place.join(&name).join("package.json")).ok()?;
        let package = manifest::installed_package(&text)?;
        let is_own = package.programs(&name).any(|(own, _)| own == program);
        (is_own && !text.contains("\"postinstall\"")).then_some(name)
    };
    let programs = fs::names(&bin, |_| true).into_iter();
    programs.filter_map(of_link).collect()
}

/// What bun keeps in a place of its own, where each package sees only what it asks for, is
/// `.bun/@types+node@24.10.1/node_modules/@types/node`, with a hash behind the version where it depends
/// on who asks.
fn absent_from_store(lock: &WebLock, store: &Utf8Path) -> Vec<String> {
    let kept = fs::names(store, |_| true);
    let is_kept = |name: &str, called: &str| {
        let folder = called.replace('/', "+");
        let first = kept.partition_point(|kept| *kept < folder);
        let ours = kept[first..].iter().map_while(|kept| {
            let rest = kept.strip_prefix(&folder)?;
            Some((kept, rest.is_empty() || rest.starts_with('+')))
        });
        ours.filter(|(_, is_it)| *is_it).any(|(kept, _)| {
            let place = store.join(kept).join("node_modules").join(name);
            fs::is_file(&place.join("package.json"))
        })
    };
    let named = lock.folders.values().filter_map(|called| {
        let (name, _) = called.rsplit_once('@')?;
        Some((name, called))
    });
    let absent: BTreeSet<&str> = named
        .filter(|(name, called)| !is_kept(name, called))
        .map(|(name, _)| name)
        .collect();
    absent.into_iter().map(str::to_owned).collect()
}

/// The place in which each package lies by itself, if there is one: the lock says nothing about folders then.
fn isolated(places: &[Utf8PathBuf]) -> Option<&Utf8PathBuf> {
    places.iter().find(|place| linked::is_store(place))
}

/// The package that lies in a folder.
fn name(folder: &str) -> String {
    let name = folder.rsplit("node_modules/").next();
    name.unwrap_or_default().to_owned()
}

/// Whether somebody may have chosen to install nothing that is optional.
fn leaves_out(top: &Utf8Path) -> bool {
    let says = |name: &&str| {
        let text = fs::read_text(&top.join(name));
        text.is_ok_and(|text| text.contains("optional"))
    };
    [".npmrc", "bunfig.toml"].iter().any(says)
}

/// The folders of packages that are made for machines as this one.
fn of_here(lock: &WebLock) -> Vec<&str> {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        os => os,
    };
    let cpu = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        cpu => cpu,
    };
    // Where programs for both run, nobody knows of which Node is.
    let has_musl = fs::exists(Utf8Path::new("/lib/ld-musl-x86_64.so.1"))
        || fs::exists(Utf8Path::new("/lib/ld-musl-aarch64.so.1"));
    let libc = (os == "linux" && !has_musl).then_some("glibc");
    // Older locks do not note the C library.
    let is_noted = |folder: &str, platform: &Platform| {
        platform.libc.is_some() || os != "linux" || libc.is_some() && !folder.contains("musl")
    };
    let all = lock.of_platform.iter();
    let fit = all.filter(|(_, platform)| platform.fits(os, cpu, libc));
    let noted = fit.filter(|(folder, platform)| is_noted(folder, platform));
    noted.map(|(folder, _)| folder.as_str()).collect()
}

/// Those of them that are not there. One may be wanted in several places, and is told once.
fn absent_here(of_here: &[&str], top: &Utf8Path) -> Vec<String> {
    let is_here = |folder: &str| fs::is_file(&top.join(folder).join("package.json"));
    let absent = of_here.iter().filter(|folder| !is_here(folder));
    let absent = absent.filter(|folder| {
        let name = name(folder);
        let stand_in = toolchain::native(&name).and_then(|it| it.stand_in);
        !stand_in.is_some_and(|(beside, beginning)| {
            let place = top.join(folder.strip_suffix(&name).unwrap_or(folder));
            !fs::names(&place.join(beside), |it| it.starts_with(beginning)).is_empty()
        })
    });
    let names: BTreeSet<String> = absent.map(|folder| name(folder)).collect();
    names.into_iter().collect()
}

/// What is not where the lock has it. The direct dependencies are told by themselves.
fn absent(
    lock: &WebLock,
    top: &Utf8Path,
    places: &[Utf8PathBuf],
    asked: &BTreeMap<String, String>,
) -> Vec<String> {
    if let Some(place) = isolated(places) {
        let store = place.join(".bun");
        let mut absent = Vec::new();
        if fs::is_dir(&store) {
            absent = absent_from_store(lock, &store);
            absent.retain(|name| !asked.contains_key(name));
        }
        return absent;
    }
    let absent: Vec<&String> = lock
        .folders
        .keys()
        .filter(|folder| !fs::is_file(&top.join(folder).join("package.json")))
        .collect();
    // Where hardly anything is in its place, the packages lie in another order.
    if absent.len() * 2 > lock.folders.len() {
        return Vec::new();
    }
    let names: BTreeSet<String> = absent.into_iter().map(|folder| name(folder)).collect();
    let others = names.into_iter().filter(|name| !asked.contains_key(name));
    others.collect()
}
