//! For people: each finding with its line, the place underlined, why it matters, the way out.

use std::io::{self, Write};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diagnostic::{Finding, Label, Report, Severity};
use crate::failure::Failure;
use crate::text::{duration, plural};

use super::excerpt::Excerpt;
use super::safe::harmless;
use super::wrap::wrap;
use super::{Run, Sign, Style, Tone};

/// What the decoration of a note takes from a line: `   = note: `, and the line number's digits.
const NOTE_INDENT: usize = 14;

/// Every finding, then one line that sums up, then where to read more.
pub(super) fn render(
    report: &Report,
    run: &Run<'_>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    for finding in report.findings() {
        writeln!(out, "{}\n", finding_text(finding, style))?;
    }
    summary(report, run, style, out)
}

/// One finding without a line end behind it.
pub(super) fn finding_text(finding: &Finding, style: Style) -> String {
    // The message stays on one line, however long: people search for it.
    let title = level(finding.severity)
        .primary_title(harmless(&finding.message))
        .id(finding.rule.code);
    let mut group = Group::with_title(title).elements(by_file(finding).iter().map(snippet));
    for note in &finding.notes {
        let note = wrap(&harmless(note), style.width().saturating_sub(NOTE_INDENT));
        group = group.element(Level::NOTE.message(note));
    }
    // The way out is there to be pasted: it is never wrapped.
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(harmless(help).into_owned()));
    }
    if let Some(fix) = &finding.fix {
        group = group.element(
            Level::HELP
                .with_name("fix")
                .message(harmless(&fix.title).into_owned()),
        );
    }
    trim_line_ends(&renderer(style).render(&[group]))
}

/// An expected failure: what happened, the findings that explain it, the way out.
pub(super) fn failure(failure: &Failure, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in &failure.findings {
        writeln!(out, "{}\n", finding_text(finding, style))?;
    }
    let mut group = Group::with_title(Level::ERROR.primary_title(harmless(&failure.message)));
    if let Some(help) = &failure.help {
        group = group.element(Level::HELP.message(harmless(help).into_owned()));
    }
    writeln!(out, "{}", trim_line_ends(&renderer(style).render(&[group])))
}

fn summary(report: &Report, run: &Run<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.summary();
    let told = [
        (counts.error, "error", Tone::Error),
        (counts.warning, "warning", Tone::Warning),
        (counts.info, "info", Tone::Strong),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, noun, tone)| style.paint(tone, plural(count, noun)).to_string())
    .collect::<Vec<_>>();

    let mut line = format!("checked {}", run.checked);
    if let Some(environment) = run.environment {
        line.push_str(" for ");
        line.push_str(environment);
    }
    if told.is_empty() {
        write!(
            out,
            "{} {line}: {}",
            style.sign(Sign::Ok),
            style.paint(Tone::Ok, "no findings")
        )?;
    } else {
        write!(out, "{line}: {}", told.join(", "))?;
    }
    if let Some(elapsed) = run.elapsed {
        write!(
            out,
            "{}",
            style.paint(
                Tone::Context,
                format_args!(" {} {}", style.dot(), duration(elapsed))
            )
        )?;
    }
    writeln!(out)?;

    if let Some(worst) = report
        .findings()
        .iter()
        .rev()
        .max_by_key(|finding| finding.severity)
    {
        let command = format_args!("pixcrawler explain {}", worst.rule.code);
        writeln!(out, "explain one: {}", style.paint(Tone::Name, command))?;
    }
    Ok(())
}

/// The labels of one file; the first one is the finding's own place where the file has it.
struct File<'a> {
    labels: Vec<&'a Label>,
    primary: bool,
}

/// The finding's own file first, then the others in the order in which they are told.
fn by_file(finding: &Finding) -> Vec<File<'_>> {
    let mut files: Vec<File<'_>> = Vec::new();
    for (index, label) in finding.place.iter().chain(&finding.related).enumerate() {
        let primary = index == 0 && finding.place.is_some();
        match files.iter_mut().find(|file| {
            file.labels
                .first()
                .is_some_and(|known| known.source == label.source)
        }) {
            Some(file) => file.labels.push(label),
            None => files.push(File {
                labels: vec![label],
                primary,
            }),
        }
    }
    files
}

fn snippet<'a>(file: &File<'a>) -> Snippet<'a, Annotation<'a>> {
    let path = file
        .labels
        .first()
        .map(|label| harmless(label.source.path().as_str()));
    let excerpt = Excerpt::new(&file.labels);
    let annotations =
        file.labels
            .iter()
            .zip(excerpt.spans)
            .enumerate()
            .map(|(index, (label, span))| {
                let kind = if file.primary && index == 0 {
                    AnnotationKind::Primary
                } else {
                    AnnotationKind::Context
                };
                let message = harmless(&label.message).replace('\n', " ");
                kind.span(span)
                    .label(Some(message).filter(|message| !message.is_empty()))
            });
    Snippet::source(excerpt.text)
        .line_start(excerpt.first_line)
        .path(path)
        .annotations(annotations)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

fn renderer(style: Style) -> Renderer {
    // rustc's own signs: `-->` and `|` are what people and editors know and search for.
    Renderer::plain()
        .decor_style(DecorStyle::Ascii)
        .term_width(style.width())
        .error(style.ansi(Tone::Error))
        .warning(style.ansi(Tone::Warning))
        .info(style.ansi(Tone::Strong))
        .note(style.ansi(Tone::Strong))
        .help(style.ansi(Tone::Ok))
        .emphasis(style.ansi(Tone::Strong))
        .line_num(style.ansi(Tone::Context))
        .context(style.ansi(Tone::Name))
}

fn trim_line_ends(text: &str) -> String {
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}
