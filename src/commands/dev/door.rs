//! The door for other terminals: where a session says that it can be spoken to.

use camino::Utf8PathBuf;

use crate::gather::session;
use crate::output::live::Broadcast;
use crate::service::control::{Feeds, PROTOCOL, Phase, SessionView, Whereabouts, encode};
use crate::supervisor::control::{Control, Desk};
use crate::system::fs;
use crate::system::socket::{Listener, Place};
use crate::text::Secrets;
use crate::workspace::Workspace;

use super::Context;

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

    /// Opens it, inside the supervisor's runtime. A session without a door is a session still.
    pub(super) fn open(&self, context: &Context) -> Control {
        if !self.can_open {
            return self.control(None);
        }
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
        };
        if let Err(error) = fs::write_private(&session::file(&self.state), &encode(&told)) {
            context.say(&format!(
                "! other terminals cannot find this session: {error}"
            ));
        }
        self.control(listener)
    }

    fn control(&self, listener: Option<Listener>) -> Control {
        Control {
            listener,
            desk: Desk::default(),
            feeds: self.feeds.clone(),
            session: self.session.clone(),
            mark: self.mark.clone(),
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if self.can_open {
            fs::remove(&session::file(&self.state));
        }
    }
}
