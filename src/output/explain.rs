//! `pixcrawler explain`: the long text of a rule.

use std::io::{self, Write};

use crate::diagnostic::{Rule, Severity};

use super::wrap::wrap;
use super::{Style, Tone};

/// Writes what a rule finds, why that matters, and how to silence it.
///
/// # Errors
///
/// Those of `out`.
pub fn explain(rule: &Rule, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let tone = match rule.severity {
        Severity::Error => Tone::Error,
        Severity::Warning => Tone::Warning,
        Severity::Info => Tone::Strong,
    };
    writeln!(
        out,
        "{} {} {}",
        style.paint(Tone::Name, rule.code),
        style.dot(),
        style.paint(tone, rule.severity)
    )?;
    writeln!(out, "{}\n", style.paint(Tone::Strong, rule.summary))?;

    let mut paragraph = String::new();
    let mut fenced = false;
    for line in rule.text.trim().lines() {
        let fence = line.trim_start().starts_with("```");
        if fenced && !fence {
            writeln!(out, "    {}", style.paint(Tone::Name, line))?;
        } else if fence || line.trim().is_empty() || line.starts_with([' ', '\t', '|', '-', '*']) {
            flush(&mut paragraph, style, out)?;
            if !fence {
                writeln!(out, "{}", highlight(line, style))?;
            }
        } else {
            // Prose takes the width there is, not the one its author had.
            paragraph.push_str(line.trim());
            paragraph.push(' ');
        }
        fenced ^= fence;
    }
    flush(&mut paragraph, style, out)?;

    // Only what stands in a file of the workspace can be silenced there.
    let comment = match rule.code.split('/').next() {
        Some("env") => "#",
        Some("migrate") => "--",
        _ => return Ok(()),
    };
    let silencer = format_args!("{comment} pixcrawler: ignore[{}] the reason", rule.code);
    writeln!(
        out,
        "\nwhere it does not apply: {}",
        style.paint(Tone::Name, silencer)
    )
}

fn flush(paragraph: &mut String, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if paragraph.is_empty() {
        return Ok(());
    }
    let text = wrap(&std::mem::take(paragraph), style.width());
    writeln!(out, "{}", highlight(&text, style))
}

/// Text between backticks in the colour of names; the backticks stay, colour is never the only cue.
fn highlight(text: &str, style: Style) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        if index > 0 {
            out.push('`');
        }
        if index % 2 == 1 {
            out.push_str(&style.paint(Tone::Name, part).to_string());
        } else {
            out.push_str(part);
        }
    }
    out
}
