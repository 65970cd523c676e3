//! The crash card: what ended (or did not get ready), how, its last words, what they mean, the way out.

use std::fmt::Write as _;

use crate::output::{Sign, Style, Tone};
use crate::service::event::Last;
use crate::text::Stand;

/// Writes the card of a service; its first line says what happened. What it printed stands there as it came.
pub(super) fn write(head: &str, last: Option<&Last>, style: Style, stand: &Stand) -> String {
    let mut out = format!(
        "{} {}\n",
        style.sign(Sign::Error),
        style.paint(Tone::Strong, stand.words(head))
    );
    let Some(last) = last else {
        return out;
    };
    let bar = if style.unicode() { "│" } else { "|" };
    let bar = style.paint(Tone::Error, bar).to_string();
    for above in &last.above {
        for line in &above.lines {
            let _ = writeln!(out, "  {bar} {line}");
        }
        if above.more > 0 {
            let more = crate::text::plural(above.more, "line");
            let more = style.paint(Tone::Context, format!("… {more} more"));
            let _ = writeln!(out, "  {bar} {more}");
        }
    }
    for line in &last.lines {
        let _ = writeln!(out, "  {bar} {line}");
    }
    if let Some(why) = &last.cause {
        out.push_str(&cause(&why.meaning, &why.way_out, style, stand));
    }
    out
}

/// What last words mean, and the way out as it is typed from there, below the line that says what happened.
pub(super) fn cause(meaning: &str, way_out: &str, style: Style, stand: &Stand) -> String {
    format!(
        "  cause: {}\n  {} {}\n",
        stand.words(meaning),
        style.arrow(),
        style.paint(Tone::Name, stand.way_out(way_out))
    )
}
