//! Remembers that packages were installed, the moment they are.

use crate::gather::install;
use crate::service::assemble::{INSTALL_PYTHON, Install};
use crate::service::event::{Event, Scene, Sink};
use crate::service::fleet::Notice;
use crate::workspace::Workspace;
use crate::workspace::stack::Stack;

/// Writes the stamp of a finished installation.
pub(super) struct Stamps {
    workspace: Workspace,
    stack: Stack,
}

impl Stamps {
    pub(super) fn new(workspace: Workspace, stack: Stack) -> Self {
        Self { workspace, stack }
    }
}

impl Sink for Stamps {
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>) {
        if let Event::Notice(Notice::Completed(id, _)) = event {
            let name = &scene.service(*id).name;
            let done = Install {
                python: name == INSTALL_PYTHON,
                web: name.ends_with("-install"),
            };
            if done != Install::default() {
                install::remember(&self.workspace, &self.stack, done);
            }
        }
    }
}
