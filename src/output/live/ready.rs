//! The table of what runs, once all is ready.

use crate::output::{Align, Cell, Style, Table, Tone};
use crate::service::event::Scene;
use crate::text::duration;

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
        let Some(after) = machine.ready_after else {
            continue;
        };
        let (state, after) = if service.kind.is_task() {
            ("done", duration(after))
        } else if service.ready.probe.is_some() {
            ("ready", duration(after))
        } else {
            ("running", String::new())
        };
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
            Cell::new(state, Tone::Ok),
            Cell::from(after),
            Cell::new(service.url.as_deref().unwrap_or_default(), Tone::Name),
            Cell::new(pid, Tone::Context),
            Cell::new(about, Tone::Context),
        ]);
    }
    let written = table.write(style, out);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
}
