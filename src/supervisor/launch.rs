//! Starts a service's process, with the environment that belongs to it.

use std::collections::BTreeMap;
use std::fs::File;
use std::rc::Rc;
use std::sync::Arc;

use camino::Utf8PathBuf;
use tokio::sync::mpsc::Sender;

use crate::service::fleet::Id;
use crate::service::{Command, HealthCheck, Kind, Probe, Service, procfile};
use crate::system::notify::Socket;
use crate::system::process::{self, Account, Bound, Cage, Spec, Stamp};

use super::home::Home;
use super::managed;
use super::news::{Launched, News};

/// What every launch needs to know of the session.
#[derive(Debug, Clone)]
pub(super) struct Launcher {
    /// The session's mark.
    pub(super) session: String,
    /// The workspace's folder.
    pub(super) home: Home,
    /// What the machine offers for managed servers.
    pub(super) surroundings: managed::Surroundings,
    /// The environment that a service inherits, by tier; the empty name for services without one.
    pub(super) environments: Rc<BTreeMap<String, BTreeMap<String, String>>>,
    /// Where a guest prints, when that is not our own stdout any more.
    pub(super) guest_output: Option<Rc<File>>,
    /// A service that says nothing of it may have so many processes.
    pub(super) most: u32,
}

impl Launcher {
    /// The mark that this service's processes carry.
    pub(super) fn mark(&self, service: &Service) -> String {
        format!("{}/{}", self.session, service.name)
    }

    /// The stamp that this service's processes carry.
    pub(super) fn stamp(&self, id: Id) -> Option<Stamp> {
        Stamp::of(&self.session, id)
    }

    /// Prepares and starts a service; the reason when that is not possible.
    pub(super) async fn launch(
        self,
        id: Id,
        service: Service,
        hub: Sender<News>,
    ) -> Result<Launched, String> {
        let progress = |line: &str| {
            // A full hub has better things to show than progress.
            let _ = hub.try_send(News::Progress(id, line.to_owned()));
        };
        let cwd = &service.cwd;
        if self.home.is_strange(cwd) {
            return Err(format!("{cwd} {}", Home::fate(cwd)));
        }
        let managed = match &service.kind {
            Kind::Managed(server) => Some(
                managed::prepare(
                    server,
                    self.home.root.as_std_path(),
                    &self.surroundings,
                    progress,
                )
                .await
                .map_err(|failure| failure.in_words())?,
            ),
            Kind::Process(_) | Kind::Task(_) | Kind::Guest(_) => None,
        };
        let mut spec = self.spec(&service, managed.as_ref());
        spec.mark(&self.session, &service.name, self.stamp(id));
        if let Some(most) = service.most {
            spec.bound.cage = Cage::open(&self.session, &service.name, most).map(Arc::new);
        }
        let cage = spec.bound.cage.clone();
        let notify = self.listen(&service, &mut spec)?;
        let (child, output) = if matches!(service.kind, Kind::Guest(_)) {
            let child = process::spawn_guest(&spec, self.guest_output.as_deref());
            (child.map_err(|error| error.to_string())?, None)
        } else {
            let (child, output) = process::spawn(&spec).map_err(|error| error.to_string())?;
            (child, Some(output))
        };
        Ok(Launched {
            child,
            output,
            notify,
            managed,
            cage,
        })
    }

    /// Opens a socket for a service that says how it is.
    fn listen(&self, service: &Service, spec: &mut Spec) -> Result<Option<Socket>, String> {
        let watchdog = match service.health.as_ref().map(|health| &health.check) {
            Some(HealthCheck::Watchdog(time)) => Some(*time),
            _ => None,
        };
        if watchdog.is_none() && !matches!(service.ready.probe, Some(Probe::Notify)) {
            return Ok(None);
        }
        let socket = Socket::open(&self.mark(service))
            .map_err(|error| format!("NOTIFY_SOCKET cannot be opened: {error}"))?;
        let mut set = |name: &str, value: String| spec.env.insert(name.to_owned(), value);
        set("NOTIFY_SOCKET", socket.address().to_owned());
        if let Some(time) = watchdog {
            set("WATCHDOG_USEC", time.as_micros().to_string());
        }
        Ok(Some(socket))
    }

    /// The environment that a service's processes get.
    pub(super) fn environment(&self, service: &Service) -> BTreeMap<String, String> {
        let tier = service.tier.as_deref().unwrap_or_default();
        let mut env = self
            .environments
            .get(tier)
            .or_else(|| self.environments.get(""))
            .cloned()
            .unwrap_or_default();
        env.extend(service.env.iter().cloned());
        env
    }

    fn spec(&self, service: &Service, managed: Option<&managed::Launch>) -> Spec {
        let mut env = self.environment(service);
        let (command, cwd, account) = match (&service.kind, managed) {
            (Kind::Process(command) | Kind::Task(command) | Kind::Guest(command), _) => {
                let command = match command {
                    Command::Shell(line) => {
                        Command::Shell(procfile::expanded(line, &service.inline, &env))
                    }
                    Command::Exec(_) => command.clone(),
                };
                (command, service.cwd.clone(), None)
            }
            (Kind::Managed(_), Some(launch)) => {
                let text = |word: &std::ffi::OsStr| word.to_string_lossy().into_owned();
                env.extend(
                    launch
                        .env
                        .iter()
                        .map(|(name, value)| ((*name).to_owned(), text(value))),
                );
                let words = std::iter::once(text(launch.program.as_os_str()))
                    .chain(launch.args.iter().map(|word| text(word)))
                    .collect();
                let cwd = Utf8PathBuf::from(text(launch.cwd.as_os_str()));
                (
                    Command::Exec(words),
                    cwd,
                    launch
                        .account
                        .as_ref()
                        .and_then(|account| Account::new(account.uid, account.gid)),
                )
            }
            (Kind::Managed(_), None) => (Command::Exec(Vec::new()), service.cwd.clone(), None),
        };
        Spec {
            command,
            cwd,
            env,
            account,
            bound: Bound {
                most: Some(service.most.unwrap_or(self.most)),
                cage: None,
            },
            stamp: None,
        }
    }
}
