//! What the session in the background said, as its journal has it.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use crate::gather::history::{self, Line, Wanted};
use crate::service::control::{Snapshot, Stage};
use crate::service::level::Level;
use crate::service::record::CAUSE;
use crate::service::screen::harmless;
use crate::workspace::Workspace;

use super::Context;

/// Lines of a session that failed which are shown: how one ended, what that means, and what it said.
const LAST_WORDS: usize = 6;

/// Lines of a service before its end that are shown beside what is an error.
const LAST: usize = 3;

/// Whether it says that a service ended as it should not.
fn is_end(line: &Line) -> bool {
    line.note && line.text.starts_with(b"ended with ")
}

/// The journal of the last session there was.
pub(super) fn last_session(workspace: &Workspace) -> Option<Utf8PathBuf> {
    history::journals(&workspace.state().join("logs")).pop()
}

/// Tells what the last session said of its end, which nobody saw; the same for a program.
pub(super) fn tell_why(context: &Context, workspace: &Workspace) -> Vec<Value> {
    let said = tell_errors(context, workspace, Vec::new());
    context.say("✗ the session in the background has ended; all that it said: pixcrawler logs");
    said
}

/// What each of these services of the last session said last of what is wrong.
pub(super) fn tell_last_words(context: &Context, workspace: &Workspace, services: Vec<String>) {
    for service in services {
        tell_errors(context, workspace, vec![service]);
    }
}

/// Tells the last errors of these services in the last session, those of all when there are none; the same
/// for a program.
fn tell_errors(context: &Context, workspace: &Workspace, services: Vec<String>) -> Vec<Value> {
    let wanted = Wanted {
        services,
        last_session: true,
        ..Wanted::default()
    };
    let mut last: VecDeque<Line> = VecDeque::new();
    // What a service printed since its start and before its end, whatever its level: few programs say `ERROR`.
    let mut before: BTreeMap<String, VecDeque<Line>> = BTreeMap::new();
    // What cannot be read is told by the command that is printed.
    let _ = history::read(&workspace.state().join("logs"), &wanted, &mut |line| {
        let service = line.service.clone().unwrap_or_default();
        let own = before.entry(service).or_default();
        if line.level >= Level::Error {
            if is_end(&line) {
                last.extend(own.drain(..));
            }
            last.push_back(line);
        } else if line.note && line.text == b"started" {
            own.clear();
        } else if !line.note && !line.text.trim_ascii().is_empty() {
            own.push_back(line);
        }
        while own.len() > LAST {
            own.pop_front();
        }
        while last.len() > LAST_WORDS {
            last.pop_front();
        }
        ControlFlow::Continue(())
    });
    let mut said = Vec::new();
    for line in last {
        let mut text = Vec::new();
        harmless(&line.text, false, &mut text);
        let text = String::from_utf8_lossy(&text);
        said.push(json!({"time": line.time, "service": line.service, "message": text}));
        let service = line
            .service
            .map_or(String::new(), |name| format!("{name}: "));
        context.repeat(&format!("{service}{text}"));
    }
    said
}

/// Why services failed, as far as their last words told.
pub(super) fn causes(workspace: &Workspace, snapshot: &Snapshot) -> BTreeMap<String, String> {
    let services = snapshot.services.iter();
    let failed = services.filter(|service| service.state == Stage::Failed);
    let failed: Vec<String> = failed.map(|service| service.name.clone()).collect();
    let mut causes = BTreeMap::new();
    if failed.is_empty() {
        return causes;
    }
    let wanted = Wanted {
        services: failed,
        level: Some(Level::Error),
        last_session: true,
        ..Wanted::default()
    };
    // What cannot be read is told by the command that is printed.
    let _ = history::read(&workspace.state().join("logs"), &wanted, &mut |line| {
        let text = String::from_utf8_lossy(&line.text);
        if let (true, Some(service)) = (line.note && text.starts_with(CAUSE), line.service) {
            causes.insert(service, text.into_owned());
        }
        ControlFlow::Continue(())
    });
    causes
}
