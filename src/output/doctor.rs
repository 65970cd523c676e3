//! The list of checks, for people: what is there, what is wrong, why, and the way out.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::diagnostic::{Finding, Severity};
use crate::doctor::{Answer, Check, Checked, Status};
use crate::text::{duration, plural};

use super::board;
use super::safe::harmless;
use super::wrap::{wrap, wrap_within};
use super::{Sign, Style, Tone};

/// Findings of one check that are told one by one; `env check` tells the others.
const TOLD: usize = 8;

/// What stands in front of a name: two spaces, the sign, two spaces.
const SIGN: usize = 5;

/// In a terminal of fewer columns, texts stand below the names and not beside them.
const NARROW: usize = 60;

/// Which checks are shown, and how much of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Those that concern the workspace.
    Relevant,
    /// All that were asked for, by name.
    Named,
    /// All, and all of each.
    All,
}

/// Writes the whole list with its head and its sum; `fix` is the command that runs what mends.
///
/// # Errors
///
/// Those of `out`.
pub fn render(
    head: &str,
    checked: &[Checked],
    elapsed: Duration,
    which: Shown,
    fix: &str,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let head = broken(head, style.width(), style);
    writeln!(out, "{}\n", style.paint(Tone::Strong, head))?;
    let all = which == Shown::All;
    let shown: Vec<&Checked> = checked
        .iter()
        .filter(|checked| which != Shown::Relevant || !checked.answer.irrelevant)
        .collect();
    let wide = shown.iter().map(|it| name(it).len()).max().unwrap_or(0);
    for checked in &shown {
        write!(out, "{}", row(checked, wide, all, style))?;
    }
    writeln!(out, "\n{}", sum(checked, elapsed, fix, style))
}

fn name(checked: &Checked) -> &str {
    checked.answer.label.as_deref().unwrap_or(checked.id)
}

fn sign(status: Status) -> Sign {
    match status {
        Status::Pass => Sign::Ok,
        Status::Warn => Sign::Warning,
        Status::Fail => Sign::Error,
        Status::Skipped => Sign::Skipped,
    }
}

fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Error,
        Severity::Warning => Tone::Warning,
        Severity::Info => Tone::Context,
    }
}

/// One check: its facts, then each finding with its reasons and its way out.
fn row(checked: &Checked, wide: usize, all: bool, style: Style) -> String {
    let answer = &checked.answer;
    let is_narrow = style.width() < NARROW;
    let left = if is_narrow { SIGN } else { SIGN + wide + 2 };
    let room = style.width().saturating_sub(left).max(20);
    let mut lines: Vec<String> = Vec::new();
    if let Some(why) = &answer.skipped
        && answer.findings.is_empty()
    {
        lines.extend(painted(
            &format!("skipped: {why}"),
            room,
            style,
            Tone::Context,
        ));
    }
    let mut facts: Vec<String> = Vec::new();
    for fact in &answer.found {
        facts.extend(broken(fact, room, style).lines().map(str::to_owned));
    }
    if let Some(first) = facts.first_mut().filter(|_| !answer.needs.is_empty()) {
        let needs = style.paint(Tone::Context, harmless(&answer.needs));
        let both = format!("{first:<10}   {needs}");
        if is_narrow && console::measure_text_width(&both) > room {
            facts.insert(1, needs.to_string());
        } else {
            *first = both;
        }
    }
    lines.extend(facts);
    let told: Vec<&Finding> = answer
        .findings
        .iter()
        .filter(|finding| all || finding.severity > Severity::Info)
        .collect();
    // One alone has the list's own sign.
    let marked = told.len() > 1;
    for finding in told.iter().take(if all { usize::MAX } else { TOLD }) {
        lines.extend(finding_lines(finding, marked, room, style));
    }
    if !all && told.len() > TOLD {
        let more = format!("and {} more; all of them: -v", told.len() - TOLD);
        lines.push(style.paint(Tone::Context, more).to_string());
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    let sign = style.sign(sign(answer.status()));
    let mut text = format!("  {sign}  {:<wide$}  ", name(checked));
    // What is short enough may stand beside its name in a narrow terminal, too.
    let is_beside = match lines.as_slice() {
        _ if !is_narrow => true,
        [one] => {
            console::measure_text_width(&text) + console::measure_text_width(one) <= style.width()
        }
        _ => false,
    };
    let between = format!("\n{}", " ".repeat(left));
    if !is_beside {
        text.truncate(text.trim_end().len());
        text.push_str(&between);
    }
    text.push_str(&lines.join(&between));
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn finding_lines(finding: &Finding, marked: bool, room: usize, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    // A coloured sign is never the only difference: the list's own sign says the worst.
    let mark = match finding.severity {
        Severity::Error => style.sign(Sign::Error).to_string(),
        Severity::Warning => style.sign(Sign::Warning).to_string(),
        Severity::Info => style.dot().to_owned(),
    };
    let indent = if marked { "  " } else { "" };
    let message = broken(&finding.message, room.saturating_sub(2), style);
    for (at, line) in message.lines().enumerate() {
        let begin = match (marked, at) {
            (true, 0) => format!("{mark} "),
            _ => indent.to_owned(),
        };
        let line = style.paint(tone(finding.severity), line);
        lines.push(format!("{begin}{line}"));
    }
    if let Some(place) = &finding.place {
        let at = format!("{}:{}", place.source.path(), place.start().line);
        let mut words = std::iter::once(&finding.message).chain(&finding.notes);
        if !words.any(|text| text.contains(&at)) {
            lines.push(format!(
                "{indent}{}",
                style.paint(Tone::Name, harmless(&at))
            ));
        }
    }
    for note in &finding.notes {
        let note = painted(note, room.saturating_sub(2), style, Tone::Context);
        lines.extend(note.into_iter().map(|line| format!("{indent}{line}")));
    }
    // The way out is there to be pasted: it is never wrapped.
    for line in finding.help.iter().flat_map(|help| help.lines()) {
        let line = style.paint(Tone::Name, harmless(line)).to_string();
        lines.push(format!("{indent}{} {line}", style.arrow()));
    }
    lines
}

/// A text in lines. What is quoted stays whole where a line of its own has room for it.
fn broken(text: &str, room: usize, style: Style) -> String {
    let text = harmless(text);
    if style.width() >= NARROW {
        return wrap(&text, room);
    }
    wrap_within(&text, room, style.width().saturating_sub(SIGN))
}

fn painted(text: &str, room: usize, style: Style, tone: Tone) -> Vec<String> {
    broken(text, room, style)
        .lines()
        .map(|line| style.paint(tone, line).to_string())
        .collect()
}

fn sum(checked: &[Checked], elapsed: Duration, fix: &str, style: Style) -> String {
    // As every other format counts.
    let findings = || checked.iter().flat_map(|it| &it.answer.findings);
    let count = |severity: Severity| findings().filter(|it| it.severity == severity).count();
    let (fails, warnings) = (count(Severity::Error), count(Severity::Warning));
    let time = style.paint(
        Tone::Context,
        format!("{} {}", style.dot(), duration(elapsed)),
    );
    if fails + warnings == 0 {
        return format!("{} {time}", style.paint(Tone::Ok, "no problems"));
    }
    let mut words = Vec::new();
    if fails > 0 {
        words.push(
            style
                .paint(Tone::Error, plural(fails, "problem"))
                .to_string(),
        );
    }
    if warnings > 0 {
        words.push(
            style
                .paint(Tone::Warning, plural(warnings, "warning"))
                .to_string(),
        );
    }
    let cures = checked.iter().any(|it| !it.answer.cures.is_empty());
    let command = style.paint(Tone::Name, harmless(fix));
    let fix = match cures {
        true if style.width() < NARROW => format!("\n{} {command}", style.arrow()),
        true => format!(" {} run what mends: {command}", style.dot()),
        false => String::new(),
    };
    format!("{} {time}{fix}", words.join(", "))
}

/// A check in one line, in words that the list has, too: the worst that it found, where that is told there, else
/// its first fact.
fn said(answer: &Answer) -> String {
    let told = answer.findings.iter();
    let told = told.filter(|finding| finding.severity > Severity::Info);
    let skipped = answer.skipped.as_ref();
    let skipped = skipped.filter(|_| answer.findings.is_empty());
    match (told.max_by_key(|finding| finding.severity), skipped) {
        (Some(finding), _) => finding.message.clone(),
        (None, Some(why)) => format!("skipped: {why}"),
        (None, None) => answer.found.first().cloned().unwrap_or_default(),
    }
}

/// The list while it is being worked on, on a terminal: a line a check, gone when all are done.
pub struct Watch {
    screen: Option<MultiProgress>,
    lines: Vec<ProgressBar>,
    style: Style,
}

impl Watch {
    /// A line for each check; nothing where there is no terminal.
    #[must_use]
    pub fn new(checks: &[&Check], on_terminal: bool, style: Style) -> Self {
        if !on_terminal {
            return Self {
                screen: None,
                lines: Vec::new(),
                style,
            };
        }
        let screen = MultiProgress::with_draw_target(board::target());
        let ticks = if style.unicode() {
            "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "
        } else {
            "-\\|/ "
        };
        let waiting = ProgressStyle::with_template("  {spinner}  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .tick_chars(ticks);
        let lines = checks
            .iter()
            .map(|check| {
                let line = screen.add(ProgressBar::new_spinner().with_style(waiting.clone()));
                line.set_message(check.id);
                line.enable_steady_tick(Duration::from_millis(100));
                line
            })
            .collect();
        Self {
            screen: Some(screen),
            lines,
            style,
        }
    }

    /// A check is done.
    pub fn finished(&self, at: usize, checked: &Checked) {
        let Some(line) = self.lines.get(at) else {
            return;
        };
        let sign = self.style.sign(sign(checked.answer.status()));
        let said = said(&checked.answer);
        let said = harmless(said.lines().next().unwrap_or_default());
        if let Ok(style) = ProgressStyle::with_template("  {msg}") {
            line.set_style(style);
        }
        line.finish_with_message(format!("{sign}  {:<16} {said}", name(checked)));
    }

    /// The list goes; the result follows.
    pub fn clear(&self) {
        if let Some(screen) = &self.screen {
            let _ = screen.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ColorChoice, Terminal};
    use super::*;
    use crate::diagnostic::Rule;

    static RULE: Rule = Rule {
        code: "a/b",
        severity: Severity::Error,
        summary: "",
        text: "",
    };

    #[test]
    fn a_check_that_passes_says_while_it_runs_what_the_list_says() {
        let with = |severity| {
            let finding = Finding::new(&RULE, "something").severity(severity);
            said(&Answer::found("all sound").problem(finding))
        };
        assert_eq!(with(Severity::Info), "all sound");
        assert_eq!(with(Severity::Warning), "something");
        assert_eq!(said(&Answer::skipped("offline")), "skipped: offline");
        assert_eq!(said(&Answer::default()), "");
    }

    fn shown(width: usize, answers: Vec<Answer>) -> String {
        let terminal = Terminal {
            is_terminal: true,
            width: Some(width),
            unicode: true,
            ..Terminal::default()
        };
        let checked: Vec<Checked> = answers
            .into_iter()
            .map(|answer| Checked {
                id: "database",
                answer,
                elapsed: Duration::ZERO,
            })
            .collect();
        let mut out = Vec::new();
        let style = Style::new(ColorChoice::Never, &terminal);
        render(
            "head",
            &checked,
            Duration::ZERO,
            Shown::Relevant,
            "",
            style,
            &mut out,
        )
        .expect("memory");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn in_a_narrow_terminal_what_is_needed_stands_below_what_is_found() {
        let answer = |needs: &str| {
            let mut answer = Answer::found("3.11.7 of uv");
            needs.clone_into(&mut answer.needs);
            answer
        };
        let text = shown(
            40,
            vec![answer("needs >=3.11,!=3.13.0,<3.16"), answer(">=3")],
        );
        assert!(
            text.contains("  ✓  database\n     3.11.7 of uv\n     needs >=3.11,!=3.13.0,<3.16\n"),
            "{text}"
        );
        assert!(
            text.contains("  ✓  database  3.11.7 of uv   >=3\n"),
            "{text}"
        );
        let text = shown(80, vec![answer("needs >=3")]);
        assert!(
            text.contains("  ✓  database  3.11.7 of uv   needs >=3\n"),
            "{text}"
        );
    }

    #[test]
    fn in_a_narrow_terminal_words_stay_whole() {
        let place = "http://127.0.0.1:44314/health";
        let quoted = "`pixcrawler env set --file backend/.env PORT=-`";
        let message = format!("{place} answers 200; {quoted} helps");
        let finding = || Finding::new(&RULE, message.clone()).severity(Severity::Warning);
        let answer = || Answer::default().problem(finding());
        let text = shown(40, vec![answer(), answer().problem(finding())]);
        assert!(text.lines().all(|it| it.chars().count() <= 40), "{text}");
        assert!(text.lines().any(|it| it.trim() == place), "{text}");
        assert!(text.lines().any(|it| it == "  !  database"), "{text}");
        assert!(text.contains("3 warnings"), "{text}");
        let text = shown(80, vec![answer()]);
        assert!(
            text.contains(&format!("database  {place} answers")),
            "{text}"
        );
        assert!(text.contains(quoted), "{text}");
    }
}
