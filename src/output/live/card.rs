//! The crash card: what ended (or did not get ready), how, its last words, what they mean, the way out.

use std::fmt::Write as _;

use crate::output::{Sign, Style, Tone};
use crate::service::cause;
use crate::service::event::Scene;
use crate::service::fleet::Id;

use super::tail::Tail;

/// Writes the card of a service, with what happened to it as the first line.
pub(super) fn write(
    scene: Scene<'_>,
    id: Id,
    head: &str,
    tail: &Tail,
    style: Style,
    out: &mut String,
) {
    let service = scene.service(id);
    let _ = writeln!(
        out,
        "{} {}",
        style.sign(Sign::Error),
        style.paint(Tone::Strong, head)
    );
    let bar = if style.unicode() { "│" } else { "|" };
    for line in tail.lines() {
        let _ = writeln!(out, "  {} {line}", style.paint(Tone::Error, bar));
    }
    if let Some(cause) = cause::of(
        &service.name,
        service.tier.as_deref(),
        tail.lines().collect::<Vec<_>>().into_iter(),
    ) {
        let _ = writeln!(
            out,
            "  cause: {}\n  {} {}",
            cause.meaning,
            style.arrow(),
            style.paint(Tone::Name, cause.way_out)
        );
    }
}
