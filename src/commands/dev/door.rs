//! The door for other terminals: where a session says that it can be spoken to.

use std::sync::Arc;

use camino::Utf8PathBuf;
use tokio::sync::mpsc;

use crate::gather::session;
use crate::output::live::Broadcast;
use crate::service::control::{Feeds, PROTOCOL, Phase, SessionView, Whereabouts, encode};
use crate::supervisor::control::{Control, Desk};
use crate::system::lock::Lock;
use crate::system::socket::{Listener, Place};
use crate::system::{fs, same};
use crate::text::Secrets;
use crate::workspace::Workspace;

use super::Context;
use super::traces::Traces;

/// The door, closed.
pub(super) struct Door {
    state: Utf8PathBuf,
    feeds: Feeds,
    session: SessionView,
    mark: String,
    /// Whether there is a workspace in which others would look for it.
    can_open: bool,
    /// Whether the session runs in the background.
    detached: bool,
}

impl Door {
    pub(super) fn new(
        context: &Context,
        workspace: &Workspace,
        mark: &str,
        can_open: bool,
        detached: bool,
    ) -> Self {
        Self {
            can_open,
            detached,
            state: workspace.state(),
            feeds: Feeds::default(),
            session: SessionView {
                pid: std::process::id(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                environment: context.environment.to_string(),
                root: workspace.root.to_string(),
                phase: Phase::Starting,
                uptime_ms: 0,
            },
            mark: mark.to_owned(),
        }
    }

    /// What tells those who follow.
    pub(super) fn broadcast(&self, secrets: &Secrets) -> Broadcast {
        Broadcast::new(self.feeds.clone(), secrets.clone())
    }

    /// Opens it, inside the supervisor's runtime, and keeps it where it is found; `says`: there are lines
    /// to say something in. A session without a door is a session still.
    pub(super) fn open(&self, context: &Context, lock: Option<&Arc<Lock>>, says: bool) -> Control {
        let (renewed, receiver) = mpsc::channel(1);
        let Some(lock) = lock.filter(|_| self.can_open) else {
            return self.control(None, receiver);
        };
        let place = Place {
            dir: self.state.clone(),
            runtime: context
                .variables
                .get("XDG_RUNTIME_DIR")
                .map(Utf8PathBuf::from),
            unique: self.mark.clone(),
        };
        let listener = match Listener::bind(&place) {
            Ok(listener) => Some(listener),
            Err(error) => {
                context.say(&format!(
                    "! other terminals cannot speak with this session: {}",
                    fs::plain(&error)
                ));
                None
            }
        };
        let told = Whereabouts {
            protocol: PROTOCOL,
            pid: self.session.pid,
            mark: self.mark.clone(),
            socket: listener
                .as_ref()
                .map(|listener| listener.address().to_owned()),
            detached: self.detached,
            folder: same::identity(&self.state),
        };
        if let Err(error) = fs::write_private(&session::file(&self.state), &encode(&told)) {
            context.say(&format!(
                "! other terminals cannot find this session: {error}"
            ));
        }
        let control = self.control(listener, receiver);
        let root = Utf8PathBuf::from(&self.session.root);
        let traces = Traces {
            identity: same::identity(&root),
            root,
            state: self.state.clone(),
            told,
            place,
            lock: Arc::clone(lock),
            renewed,
            asks: control.desk.sender.clone(),
            context: says.then(|| context.clone()),
        };
        tokio::spawn(traces.keep());
        control
    }

    fn control(&self, listener: Option<Listener>, renewed: mpsc::Receiver<Listener>) -> Control {
        Control {
            listener,
            renewed,
            desk: Desk::default(),
            feeds: self.feeds.clone(),
            session: self.session.clone(),
            mark: self.mark.clone(),
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // Where the workspace was renamed, what another session said of itself may stand there by now.
        let is_ours = session::told(&self.state).is_some_and(|told| told.mark == self.mark);
        if self.can_open && is_ours {
            fs::remove(&session::file(&self.state));
        }
    }
}
