//! One finding: rule, words, places, way out.

use camino::{Utf8Path, Utf8PathBuf};

use crate::text::{Position, Source, Span};

use super::{Rule, Severity};

/// A place in a file with what is to be said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// The file.
    pub source: Source,
    /// The part that is underlined.
    pub span: Span,
    /// What stands beside the underline; may be empty.
    pub message: String,
}

impl Label {
    /// A place in a file.
    pub fn new(source: &Source, span: impl Into<Span>, message: impl Into<String>) -> Self {
        Self {
            source: source.clone(),
            span: span.into(),
            message: message.into(),
        }
    }

    /// Where the underlined part begins.
    #[must_use]
    pub fn start(&self) -> Position {
        self.source.position(self.span.start)
    }

    /// Where the underlined part ends.
    #[must_use]
    pub fn end(&self) -> Position {
        self.source.position(self.span.end)
    }
}

/// One replacement in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The file as it was when the edit was made up.
    pub source: Source,
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

/// A change that mends a finding without asking anybody anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    /// What it does, as a person would say it: "quote the value".
    pub title: String,
    /// The replacements, all or none.
    pub edits: Vec<Edit>,
}

/// One thing that a check has to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What was found.
    pub rule: &'static Rule,
    /// How much it matters here.
    pub severity: Severity,
    /// The thing meant: a variable, a `table.column`, a service.
    pub subject: Option<String>,
    /// The tier it concerns.
    pub tier: Option<String>,
    /// What happened, one line.
    pub message: String,
    /// Where.
    pub place: Option<Label>,
    /// The file, relative to the workspace, that is meant as a whole: its permissions, its absence.
    pub file: Option<Utf8PathBuf>,
    /// Other places that explain it.
    pub related: Vec<Label>,
    /// Why it matters; consequences.
    pub notes: Vec<String>,
    /// The way out: a command or a line that can be pasted.
    pub help: Option<String>,
    /// The way out, done by `--fix`.
    pub fix: Option<Fix>,
    /// It is about how the value of the variable is written, whoever answers there: who looks after the env files
    /// may say the same.
    pub is_of_value: bool,
}

impl Finding {
    /// A finding with the rule's own severity.
    pub fn new(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            subject: None,
            tier: None,
            message: message.into(),
            place: None,
            file: None,
            related: Vec::new(),
            notes: Vec::new(),
            help: None,
            fix: None,
            is_of_value: false,
        }
    }

    /// With another severity than the rule's own.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// With the thing that it is about.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// With the tier that it concerns.
    #[must_use]
    pub fn tier(mut self, tier: impl Into<String>) -> Self {
        self.tier = Some(tier.into());
        self
    }

    /// As one about how a value is written.
    #[must_use]
    pub fn of_value(mut self) -> Self {
        self.is_of_value = true;
        self
    }

    /// With its place.
    #[must_use]
    pub fn at(mut self, place: Label) -> Self {
        self.place = Some(place);
        self
    }

    /// With the file that is meant as a whole.
    #[must_use]
    pub fn in_file(mut self, path: impl Into<Utf8PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// The file of its place, or the one that is meant as a whole.
    #[must_use]
    pub fn path(&self) -> Option<&Utf8Path> {
        self.place
            .as_ref()
            .map(|label| label.source.path())
            .or(self.file.as_deref())
    }

    /// With another place that explains it.
    #[must_use]
    pub fn related(mut self, place: Label) -> Self {
        self.related.push(place);
        self
    }

    /// With a reason or a consequence.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// With the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the way out as an edit.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Orders findings as people read: by file, by line, then by rule.
    #[must_use]
    pub fn order(&self) -> (String, Position, &'static str, String) {
        let file = self.path().map_or_else(String::new, Utf8Path::to_string);
        let position = self
            .place
            .as_ref()
            .map_or(Position { line: 0, column: 0 }, Label::start);
        (
            file,
            position,
            self.rule.code,
            self.subject.clone().unwrap_or_default(),
        )
    }
}
