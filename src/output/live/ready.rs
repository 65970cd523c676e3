//! The table of what runs, once all is ready.

use crate::output::{Align, Cell, Style, Table, Tone};
use crate::service::control::Stage;
use crate::service::event::Scene;
use crate::service::fleet::{Id, State};
use crate::text::duration;

/// A service's state in the words of `ps`, and how well that is. What is swept up behind one that has
/// ended changes nothing of how it ended.
fn state(scene: Scene<'_>, id: Id) -> (String, Tone) {
    let machine = scene.fleet.machine(id);
    let ended = match machine.state {
        State::Sweeping(ending) | State::Ended(ending) => Some(ending),
        _ => None,
    };
    match ended {
        Some(ending) if scene.fleet.succeeds(id, ending) => {
            (Stage::Done.as_str().to_owned(), Tone::Ok)
        }
        Some(ending) => {
            let how = machine.how_it_failed(ending);
            (format!("{}: {how}", Stage::Failed.as_str()), Tone::Error)
        }
        None => {
            let has_check = scene.service(id).ready.probe.is_some();
            let stage = match machine.state {
                // Where that is all that was wanted, they are asked to stop in the same breath.
                State::Stopping(_) if has_check => Stage::Ready,
                State::Stopping(_) => Stage::Running,
                _ => Stage::from(scene.fleet.phase(id)),
            };
            let tone = match stage {
                Stage::Ready | Stage::Running => Tone::Ok,
                Stage::Stopped => Tone::Context,
                _ => Tone::Warning,
            };
            (stage.as_str().to_owned(), tone)
        }
    }
}

/// Writes the table: name, time to ready, address, process, and what is worth knowing.
pub(super) fn write(scene: Scene<'_>, style: Style, out: &mut Vec<u8>) {
    let mut table = Table::indented(2).align([
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Left,
        Align::Left,
        Align::Left,
    ]);
    for (id, service) in scene.fleet.services().iter().enumerate() {
        let machine = scene.fleet.machine(id);
        if scene.fleet.is_guest(id) || !scene.fleet.is_shown(id) {
            continue;
        }
        let (state, tone) = state(scene, id);
        // Of a service without a check nothing is known but that it was started.
        let takes_time = service.kind.is_task() || service.ready.probe.is_some();
        let after = machine.ready_after.filter(|_| takes_time);
        let pid = machine
            .pid
            .map(|pid| format!("pid {pid}"))
            .unwrap_or_default();
        let about = if service.kind.is_managed() {
            format!("managed, .pixcrawler/{}", service.name)
        } else {
            String::new()
        };
        table.row([
            Cell::new(service.name.as_str(), Tone::Strong),
            Cell::new(state, tone),
            Cell::from(after.map(duration).unwrap_or_default()),
            Cell::new(service.url.as_deref().unwrap_or_default(), Tone::Name),
            Cell::new(pid, Tone::Context),
            Cell::new(about, Tone::Context),
        ]);
    }
    let written = table.write(style, out);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
}
