//! Remembers that packages were installed, the moment they are.

use crate::gather::install;
use crate::gather::tiers::Tiers;
use crate::service::assemble::{INSTALL_PYTHON, Install};
use crate::service::event::{Event, Scene, Sink};
use crate::service::fleet::Notice;
use crate::workspace::Workspace;
use crate::workspace::stack::Stack;

/// Writes the stamp of a finished installation.
pub(super) struct Stamps {
    workspace: Workspace,
    stack: Stack,
    /// The extras that were installed.
    extras: Vec<String>,
}

impl Stamps {
    pub(super) fn new(workspace: Workspace, stack: Stack, tiers: &Tiers) -> Self {
        let python = stack.python.as_ref();
        let extras = python.map(|python| python.chosen_extras(&tiers.seen));
        Self {
            extras: extras.unwrap_or_default(),
            workspace,
            stack,
        }
    }
}

impl Sink for Stamps {
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>) {
        if let Event::Notice(Notice::Completed(id, _)) = event {
            let name = &scene.service(*id).name;
            let done = Install {
                python: name == INSTALL_PYTHON,
                web: name.ends_with("-install"),
                ..Install::default()
            };
            if done != Install::default() {
                install::remember(&self.workspace, &self.stack, &self.extras, done);
            }
        }
    }
}
