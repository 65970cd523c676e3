//! The crash card: what ended (or did not get ready), how, its last words, what they mean, the way out.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::output::{Sign, Style, Tone};
use crate::service::cause::{self, Declared, Speaker};
use crate::service::event::Scene;
use crate::service::fleet::Id;
use crate::service::procfile;

use super::tail::Tail;

/// Writes the card of a service, with what happened to it as the first line.
pub(super) fn write(
    scene: Scene<'_>,
    id: Id,
    head: &str,
    tail: &Tail,
    declared: &Declared,
    style: Style,
) -> String {
    let service = scene.service(id);
    let mut out = format!(
        "{} {}\n",
        style.sign(Sign::Error),
        style.paint(Tone::Strong, head)
    );
    let bar = if style.unicode() { "│" } else { "|" };
    let bar = style.paint(Tone::Error, bar).to_string();
    if let Some((first, more)) = tail.traceback() {
        let _ = writeln!(out, "  {bar} {first}");
        let more = crate::text::plural(more, "line");
        let _ = writeln!(
            out,
            "  {bar} {}",
            style.paint(Tone::Context, format!("… {more} more"))
        );
    }
    for line in tail.lines() {
        let _ = writeln!(out, "  {bar} {line}");
    }
    let speaker = Speaker {
        service: &service.name,
        // What runs at the root may read every tier's variables.
        tier: service.tier.as_deref().filter(|tier| *tier != "root"),
        port: service.port,
        is_alone: service.origin == procfile::ORIGIN,
        declared,
    };
    let lines: Vec<Cow<'_, str>> = tail.lines().collect();
    let lines: Vec<&str> = lines.iter().map(AsRef::as_ref).collect();
    if let Some(cause) = cause::of(speaker, &lines) {
        let _ = writeln!(
            out,
            "  cause: {}\n  {} {}",
            cause.meaning,
            style.arrow(),
            style.paint(Tone::Name, cause.way_out)
        );
    }
    out
}
