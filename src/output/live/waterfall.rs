//! What a start waited for, as a waterfall: in the terminal, and as SVG.

use std::fmt::Write as _;
use std::time::Duration;

use crate::output::{Style, Tone};
use crate::service::timeline::{Row, Timeline};
use crate::text::duration;

/// Columns of the text beside the bars, but for names and lengths of time.
const BESIDE: usize = 5;

/// The waterfall as text, each line indented by two.
pub(super) fn text(timeline: &Timeline, style: Style) -> String {
    let critical = timeline.critical();
    let width = names(timeline);
    let took: Vec<String> = timeline.rows().iter().map(Row::took).collect();
    let most = took.iter().map(|took| took.chars().count()).max();
    let most = most.unwrap_or(0).max(9);
    let room = style
        .width()
        .saturating_sub(width + most + BESIDE)
        .clamp(10, 80);
    let total = timeline.end().as_secs_f64().max(0.001);
    let block = if style.unicode() { "█" } else { "#" };
    let mut out = String::new();
    // Of a start that went well the line below says it.
    if !timeline.is_all_ready() {
        let _ = writeln!(out, "  {}", style.paint(Tone::Strong, timeline.title()));
    }
    for (row, took) in timeline.rows().iter().zip(took) {
        let to = timeline.until(row);
        let column = |time: Duration| scaled(time.as_secs_f64() / total, room);
        let from = column(row.from).min(room - 1);
        if !row.started {
            let _ = writeln!(out, "  {:width$}  {took:>most$}", row.name);
            continue;
        }
        let length = column(to).saturating_sub(from).max(1);
        let tone = if critical.contains(&row) {
            Tone::Warning
        } else {
            Tone::Ok
        };
        let bar = style.paint(tone, block.repeat(length));
        let _ = writeln!(
            out,
            "  {:width$}  {took:>most$} {:from$}{bar}",
            row.name, ""
        );
    }
    let _ = writeln!(out, "  {}\n", chain(&critical, style.arrow()));
    out
}

/// `critical chain: postgres 1.2 s → backend 1.9 s`.
fn chain(critical: &[&Row], arrow: &str) -> String {
    let links = critical.iter();
    let links: Vec<String> = links
        .map(|row| format!("{} {}", row.name, row.took()))
        .collect();
    format!("critical chain: {}", links.join(&format!(" {arrow} ")))
}

fn names(timeline: &Timeline) -> usize {
    let widths = timeline.rows().iter().map(|row| row.name.chars().count());
    widths.max().unwrap_or(0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of at most a few hundred columns"
)]
fn scaled(share: f64, room: usize) -> usize {
    (share.clamp(0.0, 1.0) * room as f64).round() as usize
}

/// Height of a row, and width of the bars, in the drawing.
const ROW: usize = 24;
const BARS: usize = 640;

/// The waterfall as an SVG document.
pub(super) fn svg(timeline: &Timeline) -> String {
    let critical = timeline.critical();
    let left = names(timeline) * 8 + 24;
    let (width, height) = (left + BARS + 90, timeline.rows().len() * ROW + 72);
    let total = timeline.end().as_secs_f64().max(0.001);
    let x = |time: Duration| left + scaled(time.as_secs_f64() / total, BARS);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"ui-monospace, monospace\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"12\" y=\"22\" font-weight=\"bold\">{}</text>\n",
        escaped(&timeline.title())
    );
    for quarter in 0..=4_u32 {
        let at = timeline.end() * quarter / 4;
        let _ = writeln!(
            out,
            "<line x1=\"{0}\" x2=\"{0}\" y1=\"36\" y2=\"{1}\" stroke=\"#d0d0d0\"/><text x=\"{0}\" y=\"{2}\" fill=\"#606060\" text-anchor=\"middle\">{3}</text>",
            x(at),
            height - 34,
            height - 20,
            // A beginning is no length of time.
            if quarter == 0 {
                "0".to_owned()
            } else {
                escaped(&duration(at))
            }
        );
    }
    for (at, row) in timeline.rows().iter().enumerate() {
        let y = 40 + at * ROW;
        let to = timeline.until(row);
        let (from, to) = (x(row.from), x(to));
        let colour = if critical.contains(&row) {
            "#c77700"
        } else {
            "#3a8f3a"
        };
        let took = row.took();
        if !row.started {
            let _ = writeln!(
                out,
                "<text x=\"12\" y=\"{0}\">{1}</text><text x=\"{left}\" y=\"{0}\" fill=\"#404040\">{took}</text>",
                y + 12,
                escaped(&row.name),
            );
            continue;
        }
        let _ = writeln!(
            out,
            "<text x=\"12\" y=\"{}\">{}</text><rect x=\"{from}\" y=\"{}\" width=\"{}\" height=\"14\" rx=\"2\" fill=\"{colour}\"/><text x=\"{}\" y=\"{0}\" fill=\"#404040\">{took}</text>",
            y + 12,
            escaped(&row.name),
            y,
            to.saturating_sub(from).max(2),
            to + 6,
            took = escaped(&took)
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"12\" y=\"{}\">{}</text>\n</svg>",
        height - 4,
        escaped(&chain(&critical, "→"))
    );
    out
}

/// A text as XML: a length of time may begin with `<` too.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::timeline;

    #[test]
    fn bars_stand_where_the_time_was() {
        let text = text(&timeline::example(), Style::plain());
        insta::assert_snapshot!(text, @r"
          postgres      1.2 s ███████████████████
          redis         0.3 s █████
          frontend      0.9 s ███████████████
          migrate       0.5 s                    ████████
          backend       1.9 s                            ███████████████████████████████
          worker        1.3 s                            █████████████████████
          critical chain: postgres 1.2 s → migrate 0.5 s → backend 1.9 s
        ");
    }

    #[test]
    fn a_drawing_has_every_service_and_the_chain() {
        let svg = svg(&timeline::example());
        assert_eq!(svg.matches("<rect x=").count(), 6);
        assert!(
            svg.contains("critical chain: postgres 1.2 s → migrate 0.5 s → backend 1.9 s"),
            "{svg}"
        );
        assert!(svg.ends_with("</svg>\n"));
        assert!(
            svg.contains(">all ready in 3.6 s<") && svg.contains(">0<"),
            "{svg}"
        );
    }

    #[test]
    fn a_start_that_failed_is_drawn_as_one() {
        let timeline = timeline::in_vain();
        let svg = svg(&timeline);
        for wanted in [
            ">not ready after 1.2 s: slow and web<",
            ">critical chain: web not ready<",
            ">1.2 s<",
        ] {
            assert!(svg.contains(wanted), "{svg}");
        }
        insta::assert_snapshot!(text(&timeline, Style::plain()), @r"
          not ready after 1.2 s: slow and web
          x        1.0 ms █
          slow  not ready ██████████████████████████████████████████████████████████████
          web   not ready ████████████████████████████████████████████████████
          critical chain: web not ready
        ");
    }

    /// What is no XML in a document: a tag that nobody closes, a `<` or `&` that stands for itself.
    fn fault(document: &str) -> Option<String> {
        let mut open: Vec<&str> = Vec::new();
        let mut rest = document.trim_end();
        while !rest.is_empty() {
            let (text, tag) = rest.split_once('<').unwrap_or((rest, ""));
            for entity in text.split('&').skip(1) {
                let known = ["amp;", "lt;", "gt;", "quot;"];
                if !known.iter().any(|known| entity.starts_with(known)) {
                    return Some(format!("&{entity}"));
                }
            }
            if tag.is_empty() {
                break;
            }
            let Some((tag, behind)) = tag.split_once('>') else {
                return Some(format!("<{tag}"));
            };
            rest = behind;
            let name = tag.split([' ', '/']).find(|name| !name.is_empty());
            let name = name.unwrap_or_default();
            if tag.contains('<') || !name.chars().all(|c| c.is_ascii_lowercase()) {
                return Some(format!("<{tag}>"));
            }
            if tag.starts_with('/') {
                if open.pop() != Some(name) {
                    return Some(format!("<{tag}>"));
                }
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        open.pop().map(|name| format!("<{name}> stays open"))
    }

    #[test]
    fn a_drawing_is_well_formed_whatever_stands_in_it() {
        for wrong in ["<a>", "<a>&</a>", "<a><0.1 ms</a>", "<a></b>", "<a>< b</a>"] {
            assert!(fault(wrong).is_some(), "{wrong}");
        }
        assert_eq!(fault(&svg(&Timeline::default())), None);
        let example = timeline::example();
        assert_eq!(fault(&svg(&example)), None);
        // A start of no time at all is `<0.1 ms`; a name is whatever somebody called it.
        let drawn = svg(&timeline::sudden("a<b> & \"c\""));
        assert_eq!(fault(&drawn), None, "{drawn}");
        assert!(drawn.contains("&lt;0.1 ms"), "{drawn}");
        assert!(drawn.contains("a&lt;b&gt; &amp; &quot;c&quot;"), "{drawn}");
    }
}
