//! What a file itself has wrong, whatever its variables mean.

use camino::Utf8Path;

use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::text::command::Command;
use crate::text::encoding;
use crate::text::remedy::quoted;
use crate::text::{Span, gitignore, plural};

use super::dialect::{Dialect, Loaded, Note, NoteKind, Status};
use super::duplicate::duplicates;
use super::unmerged::unmerged;
use super::{EnvFile, Problem, Resolved};

/// A file that cannot be read.
pub(super) static UNREADABLE: Rule = Rule {
    code: "env/unreadable",
    severity: Severity::Error,
    summary: "an env file is there and cannot be read",
    text: "\
Where it may not be opened, a Python program ends with PermissionError, and Next.js goes on without it; a
folder in its place all loaders pass over, and what it should set is silently not set. A single byte that
is not UTF-8, even in a comment, stops every pydantic settings class; Next.js and bun put a
replacement character in its place, and read nothing at all from a UTF-16 file.

Way out: make it a readable file in UTF-8. Which encoding it has is told where that is sure, with the line that
writes it anew; a NUL in the midst of other text is taken out by hand.",
};

/// A line that a loader drops.
pub(super) static DROPPED_LINE: Rule = Rule {
    code: "env/dropped-line",
    severity: Severity::Warning,
    summary: "the loader drops a line, or reads it as nobody would expect",
    text: "\
Loaders say nothing, or only a line in a log, when they cannot understand a line: a quote that is not
closed, text behind a closing quote, a name without `=`. The variable is then not set, or has another
value than the line seems to say.

Way out: close the quote, or write the line as NAME=value.",
};

/// A file with secrets that git tracks.
pub static TRACKED: Rule = Rule {
    code: "env/tracked",
    severity: Severity::Error,
    summary: "git tracks an env file",
    text: "\
What git tracks is in every clone and stays in the history for ever, also after it was deleted. Env
files are local; only examples (`.env.example`, `.env.production.example`) belong into the repository.

Way out: git update-index --force-remove .env (the file itself stays), and replace every secret that was in
it: it has to count as published. Where nothing ignores the file, `pixcrawler doctor --only git-files` prints
the line for .gitignore. Where a damaged index keeps git from telling whether it tracks them,
`pixcrawler doctor --only git-files` says what mends it.",
};

/// A file with secrets that others can read.
pub static EXPOSED: Rule = Rule {
    code: "env/exposed",
    severity: Severity::Warning,
    summary: "other users of this machine can read an env file with secrets",
    text: "\
The file's permissions, and those of all folders above it, let every user of the machine read it:
other people, and every service that runs here under another account.

Way out: chmod 600 .env",
};

/// A value that another one hides.
pub(super) static SHADOWED: Rule = Rule {
    code: "env/shadowed",
    severity: Severity::Warning,
    summary: "a value in a file has no effect: another one wins",
    text: "\
The process environment wins over every file, also when it is empty there. A variable that is still
exported in a shell makes edits of the file useless, until the shell is closed. Among files, the
tier's own one wins over the root's.

Way out: unset the variable in the shell, or delete the line that has no effect.
`pixcrawler env show` prints for each variable which place won.",
};

/// What the files of a tier have wrong by themselves. `secret` says whether a name's value is one.
#[must_use]
pub fn inspect(resolved: &Resolved, secret: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, loaded) in &resolved.files {
        findings.extend(unreadable(file, resolved.dialect));
        if file.problem.is_none() {
            findings.extend(dropped(file, loaded, resolved.dialect));
        }
        findings.extend(duplicates(file, loaded, resolved.dialect));
        if file.tracked.is_some() || file.exposed {
            let secrets = loaded
                .bindings
                .iter()
                .filter(|binding| holds_secret(binding.value.as_deref(), &binding.name, secret))
                .count();
            findings.extend(hygiene(file, secrets));
        }
    }
    findings.extend(shadowed(resolved));
    for finding in &mut findings {
        finding.tier = Some(resolved.tier.clone());
    }
    findings
}

/// Whether a value that is set is one that nobody is to see.
#[must_use]
pub fn holds_secret(value: Option<&str>, name: &str, secret: &dyn Fn(&str) -> bool) -> bool {
    value.is_some_and(|value| {
        !value.is_empty()
            && !super::is_placeholder(value)
            && (secret(name)
                || super::names_secret(name, value)
                || super::is_secret_value(value)
                || super::has_secret_part(name, value))
    })
}

fn unreadable(file: &EnvFile, dialect: Dialect) -> Option<Finding> {
    let path = file.path();
    let Some(problem) = &file.problem else {
        return zeros(file);
    };
    match problem {
        Problem::Refused(why) => Some(
            Finding::new(
                &UNREADABLE,
                format!("{path} is there and cannot be read: {why}"),
            )
            .subject(path.as_str())
            .in_file(path)
            .note("loaders skip it without a word, and what it sets is not set")
            .help(format!(
                "make it a regular file that you may read: ls -ld {path}"
            )),
        ),
        Problem::Closed { why, cure } => {
            let look = || format!("see whose it is: ls -ld {}", quoted(path.as_str()));
            Some(
                Finding::new(&UNREADABLE, format!("{path} is closed to you: {why}"))
                    .subject(path.as_str())
                    .in_file(path)
                    .note(without(dialect))
                    .help(cure.clone().unwrap_or_else(look)),
            )
        }
        Problem::Unmerged(_) => unmerged(file),
        Problem::NotUtf8(at) => {
            let survives = super::resolve::survives_bad_bytes(dialect);
            let note = if survives {
                "this loader puts U+FFFD in its place"
            } else {
                "the settings cannot be built, even if it is in a comment"
            };
            Some(
                Finding::new(&UNREADABLE, format!("{path} is not UTF-8"))
                    .subject(path.as_str())
                    .at(Label::new(
                        &file.source,
                        Span::new(*at, *at + '\u{fffd}'.len_utf8()),
                        "this byte is not UTF-8",
                    ))
                    .note(note)
                    .help(mended(file, *at)),
            )
        }
    }
}

/// What a program does without a file that it may not read.
fn without(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::PydanticSettings | Dialect::PythonDotenv => {
            "a Python program that runs as you ends with PermissionError there; what it sets is not judged"
        }
        Dialect::Next => {
            "Next.js goes on without it: what it sets is not set, and is not judged here"
        }
        _ => "a program that runs as you does not get what it sets, which is not judged here",
    }
}

/// The way out of what stands at a place of a file and is no text.
fn mended(file: &EnvFile, at: usize) -> String {
    let source = &file.source;
    encoding::mended(
        source.text(),
        source.path().as_str(),
        source.position(at).line,
    )
}

/// NUL characters are valid UTF-8 and no text: it is UTF-16 without a mark where every second one is.
fn zeros(file: &EnvFile) -> Option<Finding> {
    let path = file.path();
    let at = memchr::memchr(0, file.source.text().as_bytes())?;
    let note = if encoding::is_utf16(file.source.text()) {
        "it is UTF-16: names and values are not what they look like"
    } else {
        "no text has them, and no environment can hold one: what stands in that line does not reach the program as it \
         is"
    };
    Some(
        Finding::new(&UNREADABLE, format!("{path} has NUL characters in it"))
            .subject(path.as_str())
            .at(Label::new(&file.source, Span::new(at, at + 1), "a NUL"))
            .note(note)
            .help(mended(file, at)),
    )
}

/// Lines that the loader drops, and what it does behind the author's back.
fn dropped(file: &EnvFile, loaded: &Loaded, dialect: Dialect) -> Vec<Finding> {
    let fatal = match &loaded.status {
        Status::Fatal(note) => Some(note),
        Status::Ok => None,
    };
    let mut findings = Vec::new();
    if let Some(note) = fatal {
        let (what, help) = words(note.kind);
        findings.push(
            Finding::new(
                &DROPPED_LINE,
                format!("{dialect} gives up on {}: {what}", file.path()),
            )
            .severity(Severity::Error)
            .subject(file.path().as_str())
            .at(Label::new(&file.source, note.span.clone(), "here"))
            .note("nothing of the file reaches the program")
            .help(help),
        );
    }
    for note in loaded
        .notes
        .iter()
        .filter(|note| Some(*note) != fatal && matters(note.kind))
    {
        let (what, help) = words(note.kind);
        findings.push(
            Finding::new(
                &DROPPED_LINE,
                format!("{dialect} drops or changes this line: {what}"),
            )
            .at(label(file, note))
            .help(help),
        );
    }
    findings
}

fn label(file: &EnvFile, note: &Note) -> Label {
    Label::new(&file.source, note.span.clone(), "here")
}

/// Whether a note is worth a finding: a name without `=` is common and harmless.
fn matters(kind: NoteKind) -> bool {
    !matches!(kind, NoteKind::NoValue | NoteKind::NotUtf8)
}

/// What happened, and the way out.
fn words(kind: NoteKind) -> (&'static str, &'static str) {
    let plain = "write it as NAME=value";
    match kind {
        NoteKind::InvalidLine => ("it is no assignment", plain),
        NoteKind::InvalidName => (
            "the name has characters that it does not allow",
            "use letters, digits and underscores",
        ),
        NoteKind::UnclosedQuote => ("a quote is opened and never closed", "close the quote"),
        NoteKind::InvalidEscape => (
            "a backslash stands before a character that needs none",
            "write the backslash twice, or use single quotes",
        ),
        NoteKind::TrailingText => (
            "text follows behind the value",
            "put the whole value into quotes, or a blank and # before a comment",
        ),
        NoteKind::NotUtf8 => ("it is not UTF-8", "save the file as UTF-8"),
        NoteKind::Bom => (
            "a byte order mark becomes a part of the first name",
            "save the file as UTF-8 without a byte order mark",
        ),
        NoteKind::LostName => ("no environment can hold this name", "rename it"),
        NoteKind::SelfReference => (
            "the value refers to itself, so that expansion never ends",
            "write the value out",
        ),
        NoteKind::InvalidExpansion => ("it does not know this kind of ${…}", "write the value out"),
        NoteKind::RequiredUnset => (
            "${NAME:?…} asks for a variable that is not set",
            "set that variable first",
        ),
        NoteKind::ExpansionLimit => ("expansion would fill the memory", "write the values out"),
        NoteKind::LineTooLong => (
            "the line is longer than it reads",
            "shorten the value, or keep it in a file of its own",
        ),
        NoteKind::NoValue => ("the name has no value", plain),
        NoteKind::Command => (
            "a shell would run a command here",
            "put the value into single quotes",
        ),
        NoteKind::Unsupported => ("this is shell code, not an assignment", plain),
        NoteKind::SyntaxError => ("a shell stops reading here", plain),
    }
}

/// A path from where its repository begins.
fn relative<'a>(path: &'a Utf8Path, base: &Utf8Path) -> &'a str {
    path.strip_prefix(base).unwrap_or(path).as_str()
}

/// Who else has the file: the repository, or everybody on the machine.
fn hygiene(file: &EnvFile, secrets: usize) -> Vec<Finding> {
    let path = file.path();
    let mut findings = Vec::new();
    let holds = if secrets == 0 {
        "it holds no secret yet".to_owned()
    } else {
        format!("it holds {}", plural(secrets, "secret"))
    };
    if let Some(base) = &file.tracked {
        let finding = Finding::new(&TRACKED, format!("git tracks {path}"))
            .subject(path.as_str())
            .in_file(path)
            .note(format!(
                "{holds}; whatever was committed stays in the history"
            ))
            .note("whether git ignores it after that: pixcrawler doctor --only git-files")
            .help(gitignore::untrack([relative(path, base)]).within(base));
        findings.push(if secrets == 0 {
            finding.severity(Severity::Warning)
        } else {
            finding
        });
    }
    if file.exposed && secrets > 0 {
        findings.push(
            Finding::new(
                &EXPOSED,
                format!("every user of this machine can read {path}"),
            )
            .subject(path.as_str())
            .in_file(path)
            .note(holds)
            .help(Command::new("chmod 600").path(path).to_string()),
        );
    }
    findings
}

/// Values in files that lose: against the process environment, or against another file.
fn shadowed(resolved: &Resolved) -> Vec<Finding> {
    let mut findings = Vec::new();
    for variable in resolved.variables() {
        let Some(loser) = variable
            .shadowed
            .first()
            .filter(|loser| loser.value != variable.value)
        else {
            continue;
        };
        let place = Label::new(&loser.place.source, loser.place.name, "has no effect");
        match variable.origin.place() {
            None => findings.push(
                Finding::new(
                    &SHADOWED,
                    format!(
                        "`{}` in {} has no effect: the process environment sets it too",
                        variable.name,
                        loser.place.source.path()
                    ),
                )
                .subject(variable.name.as_str())
                .at(place)
                .note("the process environment wins over every file")
                .help(format!(
                    "unset {} in the calling shell, or delete the line",
                    variable.name
                )),
            ),
            // A file for one environment or one machine is there to win over the general one.
            Some(winner)
                if is_form_of(
                    winner.source.path().as_str(),
                    loser.place.source.path().as_str(),
                ) => {}
            Some(winner) => findings.push(
                Finding::new(
                    &SHADOWED,
                    format!(
                        "`{}` in {} has no effect on the {}: {} sets it too",
                        variable.name,
                        loser.place.source.path(),
                        resolved.tier,
                        winner.source.path()
                    ),
                )
                .severity(Severity::Info)
                .subject(variable.name.as_str())
                .at(place)
                .related(Label::new(&winner.source, winner.name, "this one counts"))
                .help(format!(
                    "pixcrawler env show --tier {} prints which place won",
                    resolved.tier
                )),
            ),
        }
    }
    findings
}

/// Whether `special` is `general` for one environment or one machine: `.env.production`, `.env.local`.
fn is_form_of(special: &str, general: &str) -> bool {
    let folder = |path: &str| path.rfind('/').map_or(0, |at| at + 1);
    special.get(..folder(special)) == general.get(..folder(general))
}
