//! What a run looks like while it runs.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::commands::Context;
use crate::migrator::{Applied, Event, Holder};
use crate::output::{Format, Sign, Style, Tone, harmless};
use crate::text::{duration, plural};

/// Time between two redraws of the moving line.
const TICK: Duration = Duration::from_millis(120);

/// Shows events: results on stdout, the talk on stderr.
pub(super) struct Progress<'a> {
    context: &'a Context,
    style: Style,
    database: String,
    /// The moving line, where stderr is a terminal.
    line: Option<ProgressBar>,
    /// Width of the longest name.
    width: usize,
    /// When a plain line about a running statement was last written.
    told: Option<Duration>,
}

impl<'a> Progress<'a> {
    pub(super) fn new(context: &'a Context, database: String) -> Self {
        let terminal = context.error_terminal;
        let moving = terminal.is_terminal && !terminal.ci && !context.quiet;
        let line = moving.then(|| {
            let ticks = if context.error_style().unicode() {
                "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "
            } else {
                "-\\|/ "
            };
            let style = ProgressStyle::with_template("  {spinner} {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner())
                .tick_chars(ticks);
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
        });
        Self {
            style: context.style(),
            context,
            database,
            line,
            width: 0,
            told: None,
        }
    }

    fn is_human(&self) -> bool {
        self.context.format == Format::Human
    }

    /// Writes a line of the result.
    fn print(&self, text: &str) {
        if !self.is_human() {
            return;
        }
        let write = || self.context.print(format!("{text}\n").as_bytes());
        match &self.line {
            Some(line) => line.suspend(write),
            None => write(),
        }
    }

    /// Writes a line of talk.
    fn say(&self, text: &str) {
        let write = || self.context.say(text);
        match &self.line {
            Some(line) => line.suspend(write),
            None => write(),
        }
    }

    /// Shows something in the moving line.
    fn moving(&self, text: String) {
        if let Some(line) = &self.line {
            line.set_message(text);
            line.enable_steady_tick(TICK);
        }
    }

    fn still(&self) {
        if let Some(line) = &self.line {
            line.disable_steady_tick();
            line.set_message("");
            line.suspend(|| ());
        }
    }

    /// Takes the moving line away.
    pub(super) fn end(&self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
        let _ = std::io::stderr().flush();
    }

    /// Shows an event.
    pub(super) fn show(&mut self, event: &Event) {
        let dot = self.style.dot();
        match event {
            Event::Waiting { why } => {
                let text = format!("waiting for {}: {why}", self.database);
                if self.line.is_some() {
                    self.moving(text);
                } else {
                    self.say(&text);
                }
            }
            Event::Locked { holders } => {
                self.say(&format!("waiting for another runner{}", held_by(holders)));
            }
            Event::Plan {
                applied,
                total,
                steps,
            } => {
                self.still();
                self.width = steps.iter().map(|tag| tag.chars().count()).max().unwrap_or(0);
                let head = format!("pixcrawler migrate {dot} {} {dot} {applied} of {total} applied", self.database);
                self.print(&self.style.paint(Tone::Strong, head).to_string());
            }
            Event::Begin { tag } => {
                self.told = None;
                self.moving(tag.clone());
            }
            Event::Running {
                tag,
                statement,
                of,
                text,
                time,
                blocked_by,
            } => {
                let what = format!(
                    "{tag} {dot} statement {statement} of {of} {dot} {}{} {dot} {}",
                    duration(*time),
                    blocked(blocked_by),
                    harmless(text)
                );
                if self.line.is_some() {
                    self.moving(what);
                } else if self.told.is_none_or(|told| *time >= told * 2) {
                    self.told = Some(*time);
                    self.say(&format!("  {what}"));
                }
            }
            Event::Notice { tag, warning, text } => {
                if *warning || self.context.verbose > 0 {
                    let kind = if *warning { "warning" } else { "notice" };
                    self.say(&format!("  {tag} {dot} {kind}: {}", harmless(text)));
                }
            }
            Event::Retry {
                tag,
                attempt,
                of,
                pause,
                blocked_by,
            } => self.say(&format!(
                "  {tag} {dot} no lock in time (attempt {attempt} of {of}){}; rolled back, again in {}",
                blocked(blocked_by),
                duration(*pause)
            )),
            Event::Done(applied) => {
                self.still();
                self.print(&self.row(applied));
            }
            Event::Elsewhere { tag } => {
                self.print(&format!("  {tag:<width$}  applied by another runner", width = self.width));
            }
        }
    }

    fn row(&self, applied: &Applied) -> String {
        let outside = if applied.outside {
            "   outside a transaction"
        } else {
            ""
        };
        format!(
            "  {:<width$}  {:>13}  {:>7}  {}{outside}",
            harmless(&applied.tag),
            plural(applied.statements, "statement"),
            duration(applied.time),
            self.style.paint(Tone::Ok, self.style.sign(Sign::Ok)),
            width = self.width
        )
    }

    /// The last line of a run that went well.
    pub(super) fn verdict(&self, applied: usize, on_record: (usize, usize), time: Duration) {
        let (done, total) = on_record;
        let text = match (applied, done == total) {
            (0, true) => format!("nothing to do {} {}", self.style.dot(), duration(time)),
            _ => format!("{done} of {total} applied in {}", duration(time)),
        };
        self.print(&text);
    }
}

fn held_by(holders: &[Holder]) -> String {
    match holders {
        [] => String::new(),
        [holder, ..] => format!(": {}", harmless(&holder.in_words())),
    }
}

fn blocked(holders: &[Holder]) -> String {
    match holders {
        [] => String::new(),
        [holder, ..] => format!(", waits for {}", harmless(&holder.in_words())),
    }
}
