//! What `pixcrawler.toml` gives the process of one service: variables on top, and the worker the broker of its command.

use std::collections::BTreeMap;

use super::super::commanded::{Commanded, Loads};
use crate::text::Source;
use crate::workspace::{CONFIG, Places, Workspace};

/// The service that runs the Celery application.
pub const WORKER: &str = "worker";

/// The option of Celery's command, which it puts into the environment as [`OVER_ALL`].
const OPTION: &str = "the broker by -b";

/// What Celery itself reads, whatever the code gives it.
pub(super) const OVER_ALL: &str = "CELERY_BROKER_URL";

/// A variable that nobody but one service sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// Its name.
    pub variable: String,
    /// What it says.
    pub value: String,
    /// Whether it is an option of the command.
    pub is_option: bool,
    /// Whether a shell reads it before its process does.
    pub by_shell: bool,
    /// Where it stands: `pixcrawler.toml:3`.
    pub place: String,
}

impl Handed {
    /// Whether a shell makes its value, so that nobody else can tell it.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        self.by_shell && self.value.contains(['$', '`'])
    }

    /// How it is named for people.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.is_option {
            OPTION
        } else {
            &self.variable
        }
    }
}

/// What the worker gets, what counts first before the others. What is set to nothing is left out.
#[must_use]
pub fn handed(workspace: &Workspace) -> Vec<Handed> {
    handed_to(workspace, WORKER)
}

/// The same of any service.
#[must_use]
pub fn handed_to(workspace: &Workspace, service: &str) -> Vec<Handed> {
    if !workspace.options.services.contains_key(service) {
        return Vec::new();
    }
    let lines = Lines::of(workspace);
    let command = command(workspace, service);
    let option = command.and_then(|command| {
        Some(Handed {
            variable: OVER_ALL.to_owned(),
            value: command.broker().filter(|it| !it.trim().is_empty())?,
            is_option: true,
            by_shell: command.is_shell(),
            place: lines.place(service, &["command"]),
        })
    });
    let all = set_in(workspace, service, &lines).into_iter();
    let filled = all.filter(|it| !it.value.trim().is_empty());
    option.into_iter().chain(filled).collect()
}

/// The variables that a service gets on top of what it would see otherwise. What is set to nothing is left out.
#[must_use]
pub fn variables(workspace: &Workspace, service: &str) -> Vec<Handed> {
    let mut all = set(workspace, service);
    all.retain(|it| !it.value.trim().is_empty());
    all
}

/// The same with what is set to nothing.
#[must_use]
pub fn set(workspace: &Workspace, service: &str) -> Vec<Handed> {
    if !workspace.options.services.contains_key(service) {
        return Vec::new();
    }
    set_in(workspace, service, &Lines::of(workspace))
}

fn set_in(workspace: &Workspace, service: &str, lines: &Lines<'_>) -> Vec<Handed> {
    let Some(written) = workspace.options.services.get(service) else {
        return Vec::new();
    };
    let command = written.command.as_ref().map(Commanded::from);
    let own = command
        .map(Commanded::assigned)
        .unwrap_or_default()
        .into_iter();
    let mut all: Vec<Handed> = own
        .map(|(variable, value)| Handed {
            variable,
            value,
            is_option: false,
            by_shell: command.is_some_and(Commanded::is_shell),
            place: lines.place(service, &["command"]),
        })
        .collect();
    for (name, value) in &written.env {
        // What the command sets its process has in the place of that.
        if all.iter().any(|it| it.variable == *name) {
            continue;
        }
        all.push(Handed {
            variable: name.clone(),
            value: value.clone(),
            is_option: false,
            by_shell: false,
            place: lines.place(service, &["env", name]),
        });
    }
    all
}

/// Where each service is given a variable, maybe empty: the service, its name, and the line in `pixcrawler.toml`.
#[must_use]
pub fn places(workspace: &Workspace) -> BTreeMap<(String, String), usize> {
    let lines = Lines::of(workspace);
    let services = workspace.options.services.keys();
    let all = services.flat_map(|service| {
        set_in(workspace, service, &lines)
            .into_iter()
            .filter_map(|it| {
                let line = it.place.rsplit_once(':')?.1.parse().ok()?;
                Some(((service.clone(), it.variable), line))
            })
    });
    all.collect()
}

/// The settings, read once for all that stands in them.
struct Lines<'w>(Option<(&'w Source, Places<'w>)>);

impl<'w> Lines<'w> {
    fn of(workspace: &'w Workspace) -> Self {
        let settings = workspace.settings.as_ref();
        Self(settings.map(|source| (source, Places::of(source))))
    }

    /// Where something of a service stands: `pixcrawler.toml:3`.
    fn place(&self, service: &str, path: &[&str]) -> String {
        let path = [&["services", service], path].concat();
        let found = self.0.as_ref().and_then(|(source, places)| {
            let key = places.nearest(&path)?;
            Some(source.position(key.start).line)
        });
        format!("{CONFIG}:{}", found.unwrap_or(1))
    }
}

/// What the worker's process is known to have loaded into its environment before it begins.
#[must_use]
pub fn loads(workspace: &Workspace) -> Vec<Loads> {
    let command = command(workspace, WORKER);
    let mut all = command.map_or_else(Vec::new, Commanded::loads);
    let files = variables(workspace, WORKER).into_iter();
    let mut files = files.filter(|it| it.variable == "UV_ENV_FILE" && !it.is_computed());
    // A way begins where the worker runs, which its settings may change.
    let service = workspace.options.services.get(WORKER);
    if service.is_some_and(|it| it.cwd.is_some()) {
        all.retain(|it| matches!(it, Loads::Tier(_)));
        return all;
    }
    // Where nobody says how it is started, uv runs it.
    if command.is_none_or(Commanded::is_run_by_uv)
        && let Some(named) = files.next()
    {
        let each = named.value.split_whitespace();
        all.extend(each.map(|it| Loads::File(it.to_owned())));
    }
    all
}

/// Whether the worker is started by a command of `pixcrawler.toml`, which may load what it likes.
#[must_use]
pub fn has_own_command(workspace: &Workspace) -> bool {
    command(workspace, WORKER).is_some()
}

/// Whether a service is a worker of Celery's, as far as that is known.
#[must_use]
pub fn listens(workspace: &Workspace, service: &str) -> bool {
    command(workspace, service).map_or(service == WORKER, Commanded::is_worker)
}

/// Whether a service may queue tasks of its own accord.
#[must_use]
pub fn queues(workspace: &Workspace, service: &str) -> bool {
    service != WORKER && command(workspace, service).is_none_or(Commanded::may_queue)
}

fn command<'a>(workspace: &'a Workspace, service: &str) -> Option<Commanded<'a>> {
    let command = workspace.options.services.get(service)?.command.as_ref();
    command.map(Commanded::from)
}
