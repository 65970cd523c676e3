//! What the last session told of the last start of a service.

use std::ops::ControlFlow;

use crate::service::record::CAUSE;
use crate::workspace::Workspace;

use super::history::{self, Wanted};

/// Why it failed, in words, where it did and that is known.
#[must_use]
pub fn trouble(workspace: &Workspace, service: &str) -> Option<String> {
    let wanted = Wanted {
        services: vec![service.to_owned()],
        last_session: true,
        ..Wanted::default()
    };
    let mut trouble = None;
    // Who cannot read it knows of none.
    let _ = history::read(&workspace.state().join("logs"), &wanted, &mut |line| {
        let text = String::from_utf8_lossy(&line.text);
        if line.note && line.service.as_deref() == Some(service) {
            if let Some(cause) = text.strip_prefix(CAUSE) {
                trouble = Some(cause.split(" → ").next().unwrap_or(cause).to_owned());
            } else if text == "started" || text.starts_with("ready in ") {
                trouble = None;
            }
        }
        ControlFlow::Continue(())
    });
    trouble
}
