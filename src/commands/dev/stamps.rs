//! Remembers that packages were installed, the moment they are, and says who is started without those that the
//! manifests ask for since then.

use std::collections::BTreeMap;

use crate::gather::asked::{Asked, Side};
use crate::gather::install;
use crate::service::assemble::{INSTALL_PYTHON, Install};
use crate::service::event::{Event, Scene, Sink};
use crate::service::fleet::{Id, Notice};
use crate::service::{Command, Kind, Service};
use crate::text::{and_list, command};
use crate::workspace::Workspace;
use crate::workspace::stack::Stack;

use super::Context;
use super::preflight::Prepared;

/// Writes the stamp of a finished installation.
pub(super) struct Stamps {
    workspace: Workspace,
    stack: Stack,
    /// The variables of the terminal, which may name another environment.
    variables: BTreeMap<String, String>,
    /// The extras that were installed.
    extras: Vec<String>,
    /// What the manifests asked for when the packages were installed last, or the session began.
    asked: Asked,
    trouble: Option<String>,
}

impl Stamps {
    pub(super) fn new(context: &Context, workspace: &Workspace, prepared: &Prepared) -> Self {
        let stack = &prepared.stack;
        let python = stack.python.as_ref();
        let extras = python.map(|python| python.chosen_extras(&prepared.tiers.seen));
        Self {
            extras: extras.unwrap_or_default(),
            asked: Asked::read(workspace, stack),
            workspace: workspace.clone(),
            stack: stack.clone(),
            variables: context.variables.clone(),
            trouble: None,
        }
    }

    /// What is to be said of a service that is started again and lacks packages that were added meanwhile: it would
    /// fail, and say no more than that there is no such module.
    fn lacks(&self, scene: Scene<'_>, id: Id) -> Option<String> {
        let service = scene.service(id);
        let side = side(service)?;
        let place = (&self.workspace, &self.stack);
        let now = Asked::read(&self.workspace, &self.stack);
        let lacking = now.lacking(&self.asked, side, place, &self.variables);
        let (_, manifest) = lacking.first()?;
        let names: Vec<String> = lacking
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        let (name, names) = (&service.name, and_list(&names));
        // Whoever waits for the task is started behind it. A line for the shell may make the environment anew, under
        // those who run in it.
        let is_meant = |task: &&Service| {
            let is_plain = matches!(task.kind, Kind::Task(Command::Exec(_)));
            is_plain && installs(task) == Some(side)
        };
        let task = scene.fleet.services().iter().find(is_meant);
        let way_out = match task {
            Some(task) => format!("pixcrawler restart {} {name}", task.name),
            None => format!("{} && pixcrawler restart {name}", self.installs(side)),
        };
        Some(format!(
            "{name} starts without {names}, which {manifest} asks for by now: {way_out}"
        ))
    }

    /// The line that installs the packages of a side, for who stands at the root.
    fn installs(&self, side: Side) -> String {
        match (side, &self.stack.python, &self.stack.web) {
            (Side::Python, Some(python), _) => {
                let words = python.sync(&self.extras).join(" ");
                command::within(python.dir.as_str(), &words)
            }
            (Side::Web, _, Some(web)) => {
                let line = format!("{} install", web.manager.program());
                command::within(web.top.as_str(), &line)
            }
            _ => String::new(),
        }
    }
}

/// The side whose packages a task installs.
fn installs(task: &Service) -> Option<Side> {
    match task.name.as_str() {
        INSTALL_PYTHON => Some(Side::Python),
        name if task.kind.is_task() && name.ends_with("-install") => Some(Side::Web),
        _ => None,
    }
}

/// The side whose packages a service runs with: it waits for the task that installs them, or is started by the
/// program that does.
fn side(service: &Service) -> Option<Side> {
    let waits_for = |is: fn(&str) -> bool| service.after.iter().any(|one| is(&one.name));
    if waits_for(|name| name == INSTALL_PYTHON) {
        return Some(Side::Python);
    }
    if waits_for(|name| name.ends_with("-install")) {
        return Some(Side::Web);
    }
    let (Kind::Process(command) | Kind::Task(command)) = &service.kind else {
        return None;
    };
    let program = match command {
        Command::Exec(words) => words.first().map(String::as_str),
        Command::Shell(line) => line.split_whitespace().next(),
    };
    match program? {
        _ if installs(service).is_some() => None,
        "uv" => Some(Side::Python),
        "bun" | "bunx" | "pnpm" | "yarn" | "npm" | "npx" => Some(Side::Web),
        _ => None,
    }
}

impl Sink for Stamps {
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>) {
        match event {
            Event::Notice(Notice::Completed(id, _)) => {
                let task = scene.service(*id);
                let done = Install {
                    python: task.name == INSTALL_PYTHON,
                    web: task.name.ends_with("-install"),
                    ..Install::default()
                };
                if done != Install::default() {
                    install::remember(&self.workspace, &self.stack, &self.extras, done);
                    self.asked = Asked::read(&self.workspace, &self.stack);
                }
            }
            Event::Notice(Notice::Starting(id)) if scene.fleet.machine(*id).restarts > 0 => {
                self.trouble = self.lacks(scene, *id);
            }
            _ => {}
        }
    }

    fn trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }
}
