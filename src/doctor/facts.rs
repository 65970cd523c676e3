//! What the checks ask about, each thing found out once, by whoever needs it first.

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::OnceLock;

use camino::Utf8Path;
use tokio::runtime::Runtime;

use crate::diagnostic::Finding;
use crate::gather::declared::{self, Declared};
use crate::gather::env_files::{self, Environments};
use crate::gather::lost_files::{self, Lost};
use crate::gather::occupied::{self, Occupied};
use crate::gather::packages::{self, Packages};
use crate::gather::tiers::{self, Tiers};
use crate::gather::tools::{Stepped, UvSaid};
use crate::gather::{closed, git, stack, stripped, tools};
use crate::service::managed::ManagedPlan;
use crate::service::{Plan, Selection, Service, assemble};
use crate::system::fs;
use crate::system::process::{self, Resident};
use crate::text::Stand;
use crate::toolchain::{self, Installers, Tool, Version};
use crate::workspace::stack::{Closed, Manager, Stack};
use crate::workspace::{Environment, Workspace};

use super::unmade::Unmade;
use super::{Files, Reads};

/// What several checks want to know of others, who are asked once for all of them. Of which kind the
/// answers are is the business of the check that asks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    /// The Postgres servers that the tiers name.
    Databases,
    /// The Redis servers that the tiers name.
    Caches,
    /// The Supabase projects that the tiers name.
    Projects,
}

/// What a run is about.
#[derive(Debug, Clone)]
pub struct Questions {
    /// The checkout.
    pub workspace: Workspace,
    /// The environment that is judged.
    pub environment: Environment,
    /// Where what helps will be typed.
    pub stand: Stand,
    /// The process environment.
    pub variables: BTreeMap<String, String>,
    /// Nothing beyond this machine is asked.
    pub offline: bool,
    /// What is wrong with the rules that the settings name: which there are, only the catalogue knows.
    pub rules: Vec<Finding>,
}

/// What is there.
pub struct Facts {
    /// What the run is about.
    pub questions: Questions,
    sides: OnceLock<Stack>,
    stack: OnceLock<Stack>,
    environments: OnceLock<Environments>,
    tiers: OnceLock<Tiers>,
    declared: OnceLock<Vec<Declared>>,
    manifests: OnceLock<Packages>,
    packages: OnceLock<Packages>,
    closed: [OnceLock<Vec<Closed>>; 3],
    lost: OnceLock<Vec<Lost>>,
    tools: OnceLock<Vec<Tool>>,
    uv: OnceLock<Option<UvSaid>>,
    versions: [OnceLock<Option<toolchain::Answer>>; 2],
    in_step: [OnceLock<Stepped>; 2],
    chosen: OnceLock<Vec<&'static str>>,
    installers: OnceLock<Installers>,
    services: OnceLock<Result<Vec<Service>, Vec<Finding>>>,
    git: git::Asked,
    tracked: OnceLock<git::Tracked>,
    residents: OnceLock<Vec<Resident>>,
    occupied: OnceLock<Option<Occupied>>,
    asked: [OnceLock<Box<dyn Any + Send + Sync>>; 3],
}

impl Facts {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(questions: Questions) -> Self {
        Self {
            questions,
            sides: OnceLock::new(),
            stack: OnceLock::new(),
            environments: OnceLock::new(),
            tiers: OnceLock::new(),
            declared: OnceLock::new(),
            manifests: OnceLock::new(),
            packages: OnceLock::new(),
            closed: Default::default(),
            lost: OnceLock::new(),
            tools: OnceLock::new(),
            uv: OnceLock::new(),
            versions: Default::default(),
            in_step: Default::default(),
            chosen: OnceLock::new(),
            installers: OnceLock::new(),
            services: OnceLock::new(),
            git: git::Asked::default(),
            tracked: OnceLock::new(),
            residents: OnceLock::new(),
            occupied: OnceLock::new(),
            asked: Default::default(),
        }
    }

    /// The checkout.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.questions.workspace
    }

    /// Whether a deployment is judged, not this machine.
    #[must_use]
    pub fn of_deployment(&self) -> bool {
        matches!(
            self.questions.environment,
            Environment::Staging | Environment::Production
        )
    }

    /// The package managers, without the applications: the tools, which take longest, are chosen by them.
    pub fn sides(&self) -> &Stack {
        self.sides.get_or_init(|| stack::sides(self.workspace()))
    }

    /// The applications and package managers.
    pub fn stack(&self) -> &Stack {
        self.stack
            .get_or_init(|| stack::complete(self.sides().clone(), self.workspace()))
    }

    /// Env files and schemas.
    pub fn environments(&self) -> &Environments {
        self.environments.get_or_init(|| {
            let Questions {
                workspace,
                environment,
                variables,
                ..
            } = &self.questions;
            env_files::load_beside(workspace, *environment, variables, &self.git)
        })
    }

    /// What each tier's runtime sees, and what is wrong with it.
    pub fn tiers(&self) -> &Tiers {
        self.tiers
            .get_or_init(|| tiers::of(self.workspace(), self.environments()))
    }

    /// What the code's settings classes say of variables.
    pub fn declared(&self) -> &[Declared] {
        self.declared.get_or_init(|| declared::of(self.workspace()))
    }

    /// A variable as a tier's runtime sees it, if it is not empty.
    pub fn value(&self, tier: &str, name: &str) -> Option<&str> {
        let value = self.tiers().seen.get(tier)?.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// Where a tier sets a variable.
    pub fn origin(&self, tier: &str, name: &str) -> String {
        self.tiers().origin(tier, name)
    }

    /// The first of these tiers that sets one of these variables: tier, name, value.
    pub fn first_set<'a>(
        &'a self,
        tiers: &[&'a str],
        names: &[&'a str],
    ) -> Option<(&'a str, &'a str, &'a str)> {
        tiers.iter().find_map(|tier| {
            names
                .iter()
                .find_map(|name| Some((*tier, *name, self.value(tier, name)?)))
        })
    }

    /// What the manifests ask for: what the tools, which take longest, are chosen by.
    pub fn manifests(&self) -> &Packages {
        self.manifests.get_or_init(|| {
            packages::manifests(self.workspace(), self.sides(), &self.questions.variables)
        })
    }

    /// Manifests, locks, and what is installed.
    pub fn packages(&self) -> &Packages {
        self.packages.get_or_init(|| {
            let manifests = self.manifests().clone();
            let variables = &self.questions.variables;
            let (workspace, sides) = (self.workspace(), self.sides());
            let mut packages = packages::complete(manifests, workspace, sides, variables);
            let stripped = stripped::of(workspace, sides, &packages);
            packages.broken.extend(stripped);
            packages
        })
    }

    /// The files of a kind that this user may not read.
    pub fn closed(&self, of: Files) -> &[Closed] {
        let [python, web, sources] = &self.closed;
        let settings = |is_python| closed::settings(self.workspace(), is_python);
        match of {
            Files::Python => python.get_or_init(|| settings(true)),
            Files::Web => web.get_or_init(|| settings(false)),
            Files::Code | Files::Migrations => &self.stack().closed,
            Files::Sources => {
                sources.get_or_init(|| closed::sources(self.workspace(), self.sides()))
            }
        }
    }

    /// The code that git has and that is not in the folder.
    pub fn lost(&self) -> &[Lost] {
        self.lost
            .get_or_init(|| lost_files::find(self.workspace(), || self.stack()))
    }

    /// The env file of one of these tiers that is still to be made of its example.
    pub(super) fn unmade(&self, of: Reads) -> Option<Unmade> {
        Unmade::of(self.workspace(), &self.tiers().findings, of)
    }

    /// The tools that the workspace needs.
    pub fn tools(&self) -> &[Tool] {
        self.tools.get_or_init(|| {
            tools::needed(
                self.workspace(),
                self.sides(),
                self.manifests(),
                self.installers(),
                &self.questions.variables,
            )
        })
    }

    /// What uv said when it was asked for a Python; nothing where Python is found without it.
    pub fn uv(&self) -> Option<&UvSaid> {
        self.uv
            .get_or_init(|| {
                tools::ask_uv(self.workspace(), self.tools(), &self.questions.variables)
            })
            .as_ref()
    }

    /// What uv said when it was asked for its version, and for more where something may keep it from its work.
    pub fn uv_itself(&self) -> Option<&toolchain::Answer> {
        let [of_uv, _] = &self.versions;
        of_uv.get_or_init(|| self.version_of("uv")).as_ref()
    }

    /// What bun said when it was asked for its version; nothing where it is not the frontend's package manager.
    pub fn bun(&self) -> Option<&toolchain::Answer> {
        let [_, of_bun] = &self.versions;
        of_bun.get_or_init(|| self.version_of("bun")).as_ref()
    }

    fn version_of(&self, name: &str) -> Option<toolchain::Answer> {
        let tool = self.tools().iter().find(|tool| tool.name == name)?;
        let variables = &self.questions.variables;
        let said = tools::ask_one(self.workspace(), tool, variables, || self.uv());
        Some(said)
    }

    /// What uv says of the Python side's manifests and lock.
    pub fn uv_lock(&self) -> &Stepped {
        let ask = || {
            let (python, files) = (self.sides().python.as_ref()?, &self.manifests().python);
            let variables = &self.questions.variables;
            Some(tools::uv_lock(
                self.workspace(),
                python,
                files.as_ref()?,
                variables,
            ))
        };
        let [of_uv, _] = &self.in_step;
        of_uv.get_or_init(|| ask().unwrap_or_default())
    }

    /// What bun says of the frontend's manifests and lock, where it is one that stays offline when it is told to.
    pub fn bun_lock(&self) -> &Stepped {
        let ask = || {
            let web = self.sides().web.as_ref()?;
            if web.manager != Manager::Bun || !tools::has_bun_lock(self.workspace(), web) {
                return None;
            }
            let toolchain::Answer::Said { text, .. } = self.bun()? else {
                return None;
            };
            let variables = &self.questions.variables;
            toolchain::stays_offline(&Version::find(text)?)
                .then(|| tools::bun_lock(self.workspace(), web, variables))
        };
        let [_, of_bun] = &self.in_step;
        of_bun.get_or_init(|| ask().unwrap_or_default())
    }

    /// The checks that are asked.
    pub(super) fn choose(&self, checks: impl Iterator<Item = &'static str>) {
        // A second run about the same is not meant to be.
        let _ = self.chosen.set(checks.collect());
    }

    /// Whether a check is asked, which then tells what is its matter.
    pub fn is_asked(&self, id: &str) -> bool {
        self.chosen.get().is_some_and(|chosen| chosen.contains(&id))
    }

    /// What is there to install with.
    pub fn installers(&self) -> &Installers {
        self.installers
            .get_or_init(|| tools::installers(&self.questions.variables))
    }

    /// The services that would be started, without servers; none where they cannot be told.
    pub fn services(&self) -> &[Service] {
        self.plan().map_or(&[], Vec::as_slice)
    }

    /// The same, or what is wrong with them in `pixcrawler.toml`.
    pub fn plan(&self) -> Result<&Vec<Service>, &Vec<Finding>> {
        self.services
            .get_or_init(|| {
                let managed = ManagedPlan::default();
                let inputs = assemble::Inputs {
                    workspace: self.workspace(),
                    stack: self.stack(),
                    tiers: &self.tiers().seen,
                    sight: self.tiers().sight(),
                    managed: &managed,
                    environment: self.questions.environment,
                    install: assemble::Install::default(),
                    migrate: false,
                    colour: false,
                    reload: false,
                    scale: &BTreeMap::new(),
                };
                assemble::services(&inputs).map(|assembled| assembled.services)
            })
            .as_ref()
    }

    /// The services that listen, with their ports. Port 0 is none; env says so.
    pub fn ports(&self) -> Vec<(String, u16)> {
        let services = self.services().iter();
        let listening = services.filter_map(|service| Some((service.name.clone(), service.port?)));
        listening.filter(|(_, port)| *port != 0).collect()
    }

    /// Services that want one port, of those that `dev` starts when nobody is chosen.
    pub fn clashes(&self) -> Vec<Finding> {
        let plan = Plan::new(self.services().to_vec(), &Selection::default());
        let mut findings = plan.err().unwrap_or_default();
        findings.retain(|finding| finding.rule.code == "plan/port-clash");
        findings
    }

    /// Every path that git tracks.
    pub fn tracked(&self) -> &git::Tracked {
        self.tracked
            .get_or_init(|| self.tracked_in(&self.workspace().root, &|_| true))
    }

    /// Those below a folder that are wanted.
    pub fn tracked_in(&self, dir: &Utf8Path, wanted: &dyn Fn(&str) -> bool) -> git::Tracked {
        git::tracked(dir, &self.questions.variables, wanted, &self.git)
    }

    /// The processes that work in the workspace.
    pub fn residents(&self) -> &[Resident] {
        self.residents
            .get_or_init(|| process::residents(&self.workspace().root))
    }

    /// What runs from the workspace, be it another user's.
    pub fn occupied(&self) -> Option<&Occupied> {
        let found = self
            .occupied
            .get_or_init(|| occupied::find(self.workspace()));
        found.as_ref()
    }

    /// What the others answer, who are asked by whichever check needs it first.
    pub(super) fn asked<T: Send + Sync + 'static>(
        &self,
        of: Asked,
        ask: impl FnOnce(&Self) -> T,
    ) -> &T {
        let answer = self.asked[of as usize].get_or_init(|| Box::new(ask(self)));
        answer.downcast_ref().expect("one check asks each of them")
    }

    /// What they answered, if anybody asked.
    pub(super) fn if_asked<T: 'static>(&self, of: Asked) -> Option<&T> {
        self.asked[of as usize].get()?.downcast_ref()
    }
}

/// Does both at the same time, or one after the other where there may be no further thread.
pub(super) fn at_once<T: Send, U>(
    one: impl Fn() -> T + Send + Sync,
    other: impl FnOnce() -> U,
) -> (T, U) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().spawn_scoped(scope, &one);
        let other = other();
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(one)) => (one, other),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => (one(), other),
        }
    })
}

/// Runs what waits for the network; none when this system gives us no way to wait. All checks share
/// one runtime, so that a connection that one of them made can be used by another. Nobody ever ends
/// it: a name that is still being looked up must not hold us up.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> Option<T> {
    Some(runtime().as_ref().ok()?.block_on(future))
}

/// Why [`wait`] cannot wait: what it needs is a few open files.
pub(super) fn unable() -> Option<String> {
    let why = runtime().as_ref().err()?;
    Some(format!(
        "nobody can be asked from here: {why}; see open-files"
    ))
}

fn runtime() -> &'static Result<Runtime, String> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| fs::plain(&error))
    })
}
