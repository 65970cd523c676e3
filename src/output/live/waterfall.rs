//! What a start waited for, as a waterfall: in the terminal, and as SVG.

use std::fmt::Write as _;
use std::time::Duration;

use console::measure_text_width;

use crate::output::{Style, Tone};
use crate::service::timeline::Timeline;
use crate::text::duration;

use super::prefix::padded;

/// Columns of the text beside the bars, but for names and lengths of time.
const BESIDE: usize = 5;

/// The waterfall as text, each line indented by two.
pub(super) fn text(timeline: &Timeline, style: Style) -> String {
    let critical = timeline.critical();
    let width = names(timeline);
    let took: Vec<String> = timeline
        .rows()
        .iter()
        .map(|row| timeline.took(row))
        .collect();
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
        let name = padded(&row.name, width);
        if !row.started {
            let _ = writeln!(out, "  {name}  {took:>most$}");
            continue;
        }
        let length = column(to).saturating_sub(from).max(1);
        let tone = if row.is_failed() {
            Tone::Error
        } else if critical.contains(&row) {
            Tone::Warning
        } else {
            Tone::Ok
        };
        let bar = style.paint(tone, block.repeat(length));
        let _ = writeln!(out, "  {name}  {took:>most$} {:from$}{bar}", "");
    }
    let _ = writeln!(out, "  {}\n", chain(timeline, style.arrow()));
    out
}

/// `critical chain: postgres 1.2 s → backend 1.9 s`.
fn chain(timeline: &Timeline, arrow: &str) -> String {
    let links = timeline.critical().into_iter();
    let links: Vec<String> = links
        .map(|row| format!("{} {}", row.name, timeline.took(row)))
        .collect();
    format!("critical chain: {}", links.join(&format!(" {arrow} ")))
}

fn names(timeline: &Timeline) -> usize {
    let rows = timeline.rows().iter();
    let widths = rows.map(|row| measure_text_width(&row.name));
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
    for (at, label) in axis(timeline.end()) {
        let _ = writeln!(
            out,
            "<line x1=\"{0}\" x2=\"{0}\" y1=\"36\" y2=\"{1}\" stroke=\"#d0d0d0\"/><text x=\"{0}\" y=\"{2}\" fill=\"#606060\" text-anchor=\"middle\">{3}</text>",
            x(at),
            height - 34,
            height - 20,
            escaped(&label)
        );
    }
    for (at, row) in timeline.rows().iter().enumerate() {
        let y = 40 + at * ROW;
        let to = timeline.until(row);
        let (from, to) = (x(row.from), x(to));
        let colour = if row.is_failed() {
            "#c0362c"
        } else if critical.contains(&row) {
            "#c77700"
        } else {
            "#3a8f3a"
        };
        let took = timeline.took(row);
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
        escaped(&chain(timeline, "→"))
    );
    out
}

/// The least number of steps of an axis, where its end is not shorter than the shortest one.
const STEPS: u64 = 3;

/// Where the axis of so long a time is marked, and with what: steps of 1, 2 or 5 of a unit, all as precise as a
/// step is. Minutes are divided as clocks do.
fn axis(end: Duration) -> Vec<(Duration, String)> {
    let end = u64::try_from(end.as_micros()).unwrap_or(u64::MAX);
    // In microseconds.
    let round = (0..).map(|power| 10_u64.pow(power)).take(8);
    let round = round.flat_map(|unit| [1, 2, 5].map(|times| times * unit));
    let minutes = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1440].map(|minutes| minutes * 60_000_000);
    let steps = round.filter(|step| *step < 60_000_000);
    let mut steps = steps.chain(minutes).filter(|step| *step >= 100);
    let fits = |step: &u64| end / step <= 2 * STEPS;
    let step = steps.find(fits).unwrap_or(end.max(1));
    let marks = (0..=end / step).map(|many| many * step);
    marks
        .map(|at| (Duration::from_micros(at), label(at, step)))
        .collect()
}

/// A time as so long steps have it; the beginning is no length of time.
fn label(at: u64, step: u64) -> String {
    let (unit, name) = match step {
        _ if at == 0 => return "0".to_owned(),
        60_000_000.. => return duration(Duration::from_micros(at)),
        100_000.. => (1_000_000, "s"),
        _ => (1000, "ms"),
    };
    let (whole, rest) = (at / unit, at % unit);
    // A step is 1, 2 or 5 of a tenth at least.
    if step.is_multiple_of(unit) {
        format!("{whole} {name}")
    } else {
        format!("{whole}.{} {name}", rest / (unit / 10))
    }
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
    fn an_axis_has_round_steps_and_no_label_twice() {
        let labels = |micros| {
            let marks = axis(Duration::from_micros(micros)).into_iter();
            let labels: Vec<String> = marks.map(|(_, label)| label).collect();
            labels.join(" ")
        };
        for (micros, shown) in [
            (0, "0"),
            (50, "0"),
            (400, "0 0.1 ms 0.2 ms 0.3 ms 0.4 ms"),
            (7300, "0 2 ms 4 ms 6 ms"),
            (225_000, "0 50 ms 100 ms 150 ms 200 ms"),
            (920_000, "0 0.2 s 0.4 s 0.6 s 0.8 s"),
            (3_600_000, "0 1 s 2 s 3 s"),
            (10_000_000, "0 2 s 4 s 6 s 8 s 10 s"),
            (95_000_000, "0 20 s 40 s 60 s 80 s"),
            (1_000_000_000, "0 5 min 0 s 10 min 0 s 15 min 0 s"),
        ] {
            assert_eq!(labels(micros), shown, "{micros}");
        }
        let mut micros = 1;
        while micros < 100_000_000_000 {
            let marks = axis(Duration::from_micros(micros));
            let mut labels: Vec<&String> = marks.iter().map(|(_, label)| label).collect();
            labels.dedup();
            assert_eq!(labels.len(), marks.len(), "{micros}: {labels:?}");
            assert!(marks.len() <= 8, "{micros}: {labels:?}");
            assert!(micros < 300 || marks.len() > 2, "{micros}: {labels:?}");
            micros += micros / 7 + 1;
        }
    }

    #[test]
    fn a_start_that_failed_is_drawn_as_one() {
        let timeline = timeline::in_vain();
        let svg = svg(&timeline);
        for wanted in [
            ">not ready after 1.2 s: slow and web<",
            ">critical chain: web not ready 1.0 s<",
            ">not ready 1.0 s<",
            ">1.2 s<",
            "fill=\"#c0362c\"",
        ] {
            assert!(svg.contains(wanted), "{svg}");
        }
        insta::assert_snapshot!(text(&timeline, Style::plain()), @r"
          not ready after 1.2 s: slow and web
          x              1.0 ms █
          slow  not ready 1.2 s ████████████████████████████████████████████████████████
          web   not ready 1.0 s ███████████████████████████████████████████████
          critical chain: web not ready 1.0 s
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
