//! The crash card: what ended, how, its last words, what they mean, the way out.

use std::fmt::Write as _;

use crate::output::{Sign, Style, Tone};
use crate::service::event::Scene;
use crate::service::fleet::Id;
use crate::service::{Ending, cause};
use crate::text::duration;

use super::tail::Tail;

/// Writes the card of a service that ended without being asked.
pub(super) fn write(scene: Scene<'_>, id: Id, ending: Ending, ran: std::time::Duration, tail: &Tail, style: Style, out: &mut String) {
    let service = scene.service(id);
    let head = format!("{} ended after {} with {ending}", service.name, duration(ran));
    let _ = writeln!(out, "{} {}", style.sign(Sign::Error), style.paint(Tone::Strong, head));
    let bar = if style.unicode() { "│" } else { "|" };
    for line in tail.lines() {
        let _ = writeln!(out, "  {} {line}", style.paint(Tone::Error, bar));
    }
    if let Some(cause) = cause::of(&service.name, service.tier.as_deref(), tail.lines().collect::<Vec<_>>().into_iter()) {
        let _ = writeln!(out, "  cause: {}\n  {} {}", cause.meaning, style.arrow(), style.paint(Tone::Name, cause.way_out));
    }
}
