//! The files: drizzle's journal and what it names (0.x), or a folder for each migration (1.x).

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::diagnostic::{Finding, Label};
use crate::text::command::Command;
use crate::text::{Secrets, Source, Span, hex, passwords_in_sql};

use super::rules;

/// How the files lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `meta/_journal.json` beside `NNNN_name.sql`, as drizzle-kit 0.x writes them.
    Journal,
    /// `<YYYYMMDDHHMMSS>_<name>/migration.sql`, as drizzle-kit 1.0 writes them.
    Folders,
}

/// The hashes under which a file may be on record: as it lies there, and with other line ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashes {
    /// Of the file as it is: what drizzle records.
    pub exact: String,
    /// With every line end as LF.
    pub lf: String,
    /// With every line end as CRLF.
    pub crlf: String,
}

impl Hashes {
    /// The hashes of a text as drizzle computes them.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let hash = |text: &str| hex(Sha256::digest(text.as_bytes()).as_slice());
        let exact = hash(text);
        if !text.contains('\n') {
            return Self {
                lf: exact.clone(),
                crlf: exact.clone(),
                exact,
            };
        }
        let lf = text.replace("\r\n", "\n");
        Self {
            exact,
            crlf: hash(&lf.replace('\n', "\r\n")),
            lf: hash(&lf),
        }
    }

    /// Whether `hash` is that of this file, whatever its line ends.
    #[must_use]
    pub fn fit(&self, hash: &str) -> bool {
        [&self.exact, &self.lf, &self.crlf]
            .iter()
            .any(|own| *own == hash)
    }
}

/// A migration's file.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// Its text, with U+FFFD where it is not UTF-8, as drizzle reads it.
    pub source: Source,
    /// Its hashes.
    pub hashes: Hashes,
    /// The first byte that is not UTF-8, as an offset in the text.
    pub not_utf8: Option<usize>,
}

impl Script {
    /// A file as drizzle reads it.
    #[must_use]
    pub fn new(path: impl Into<Utf8PathBuf>, bytes: &[u8]) -> Self {
        let not_utf8 = std::str::from_utf8(bytes)
            .err()
            .map(|error| error.valid_up_to());
        let text = String::from_utf8_lossy(bytes);
        Self {
            hashes: Hashes::of(&text),
            source: Source::with_secrets(path, text, passwords_in_sql),
            not_utf8,
        }
    }
}

impl Script {
    /// From here on excerpts of the file show none of these either.
    fn conceal(&mut self, secrets: &Secrets) {
        let source = &self.source;
        if secrets.found_in(source.text().as_bytes()) {
            let secrets = secrets.clone();
            let find = move |text: &str| {
                let mut found = passwords_in_sql(text);
                found.extend(secrets.spans(text));
                found
            };
            self.source = Source::with_secrets(source.path(), source.text(), find);
        }
    }
}

/// One migration.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// Its name: the journal's `tag`, or the folder.
    pub tag: String,
    /// The time at which it was generated, in milliseconds since 1970: what the database records.
    pub when: i64,
    /// Where its file is, relative to the workspace.
    pub path: Utf8PathBuf,
    /// The file; none when it is not there.
    pub script: Option<Script>,
    /// Where the journal names it.
    pub entry: Option<Label>,
    /// Where the journal says its time.
    pub when_at: Option<Label>,
}

impl Migration {
    /// The place that stands for the migration as a whole: its entry in the journal, or its file's beginning.
    #[must_use]
    pub fn place(&self, message: &str) -> Option<Label> {
        match (&self.entry, &self.script) {
            (Some(entry), _) => Some(Label {
                message: message.to_owned(),
                ..entry.clone()
            }),
            (None, Some(script)) => Some(script.start(message)),
            (None, None) => None,
        }
    }

    /// The beginning of its file.
    #[must_use]
    pub fn file_start(&self, message: &str) -> Option<Label> {
        self.script.as_ref().map(|script| script.start(message))
    }
}

impl Script {
    /// The first line.
    fn start(&self, message: &str) -> Label {
        let span = self.source.line_span(1).unwrap_or_default();
        Label::new(&self.source, span, message)
    }
}

/// The migrations of a workspace, in the order in which they run.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    /// How the files lie.
    pub layout: Layout,
    /// The folder, relative to the workspace.
    pub out: Utf8PathBuf,
    /// `meta/_journal.json`.
    pub source: Option<Source>,
    /// The migrations.
    pub migrations: Vec<Migration>,
    /// Files that look like migrations and that the journal does not name.
    pub orphans: Vec<Script>,
    /// The snapshots: their file, their `id`, and the ids they build on.
    pub snapshots: Vec<Snapshot>,
}

impl Journal {
    /// From here on no excerpt of a migration shows one of these.
    pub fn conceal(&mut self, secrets: &Secrets) {
        for migration in &mut self.migrations {
            if let Some(script) = &mut migration.script {
                script.conceal(secrets);
            }
        }
    }

    /// The migration of that name.
    #[must_use]
    pub fn get(&self, tag: &str) -> Option<&Migration> {
        self.migrations
            .iter()
            .find(|migration| migration.tag == tag)
    }

    /// The place of that name.
    #[must_use]
    pub fn position(&self, tag: &str) -> Option<usize> {
        self.migrations
            .iter()
            .position(|migration| migration.tag == tag)
    }
}

/// What a snapshot builds on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The file, relative to the workspace.
    pub path: Utf8PathBuf,
    /// Its own id.
    pub id: String,
    /// Those before it.
    pub parents: Vec<String>,
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The migration's name.
    pub tag: String,
    /// Its time.
    pub when: i64,
    /// Where the name stands.
    pub tag_at: Span,
    /// Where the time stands.
    pub when_at: Span,
}

#[derive(Deserialize)]
struct RawJournal {
    entries: Vec<RawEntry>,
    dialect: Option<String>,
}

#[derive(Deserialize)]
struct RawEntry {
    tag: String,
    when: serde_json::Number,
}

/// Reads `meta/_journal.json`.
///
/// # Errors
/// The finding that says where it cannot be understood.
pub fn read(source: &Source) -> Result<Vec<Entry>, Box<Finding>> {
    let text = source.text();
    let raw: RawJournal = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| Box::new(broken(source, &error)))?;
    if let Some(dialect) = raw.dialect.as_deref().filter(|it| *it != "postgresql") {
        let span = text
            .find(&format!("\"{dialect}\""))
            .map_or_else(Span::default, |at| Span::new(at, at + dialect.len() + 2));
        return Err(Box::new(
            Finding::new(
                &rules::JOURNAL_BROKEN,
                format!("{} is for {dialect}, not for postgresql", source.path()),
            )
            .at(Label::new(source, span, "this dialect"))
            .help("set dialect: \"postgresql\" in drizzle.config.ts and generate the migrations again"),
        ));
    }
    let mut from = text.find("\"entries\"").unwrap_or(0);
    let mut entries = Vec::with_capacity(raw.entries.len());
    for entry in raw.entries {
        // A number with a fraction cannot be recorded: drizzle's column is a bigint.
        let when = entry.when.as_i64().or_else(|| whole(entry.when.as_f64()?));
        let (tag_at, when_at) = places(text, &mut from, &entry.tag);
        let Some(when) = when else {
            return Err(Box::new(
                Finding::new(
                    &rules::JOURNAL_BROKEN,
                    format!("`when` of {} is no whole number of milliseconds", entry.tag),
                )
                .subject(entry.tag)
                .at(Label::new(source, when_at, "this one"))
                .help("write the time as whole milliseconds since 1970"),
            ));
        };
        entries.push(Entry {
            tag: entry.tag,
            when,
            tag_at,
            when_at,
        });
    }
    Ok(entries)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a whole number below 2^53 is exact"
)]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
}

/// Where an entry's name and time stand. The journal is JSON as drizzle writes it, or as somebody
/// edited it: the name is searched from the entry before, the time beside it.
fn places(text: &str, from: &mut usize, tag: &str) -> (Span, Span) {
    let quoted = serde_json::Value::from(tag).to_string();
    let rest = text.get(*from..).unwrap_or_default();
    let Some(at) = rest.find(&quoted).map(|at| *from + at) else {
        return (Span::default(), Span::default());
    };
    let tag_at = Span::new(at, at + quoted.len());
    let open = text
        .get(..at)
        .and_then(|before| before.rfind('{'))
        .unwrap_or(at);
    let close = text
        .get(at..)
        .and_then(|after| after.find('}'))
        .map_or(text.len(), |end| at + end);
    *from = close;
    let when_at = text
        .get(open..close)
        .and_then(|entry| {
            let key = entry.find("\"when\"")? + "\"when\"".len();
            let digit = entry
                .get(key..)?
                .find(|c: char| c.is_ascii_digit() || c == '-')?
                + key;
            let end = entry
                .get(digit..)?
                .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
                .map_or(entry.len(), |end| digit + end);
            Some(Span::new(open + digit, open + end))
        })
        .unwrap_or(tag_at);
    (tag_at, when_at)
}

fn broken(source: &Source, error: &serde_json::Error) -> Finding {
    let line = source.line_span(error.line().max(1)).unwrap_or_default();
    let at = source
        .text()
        .get(line.start..line.end)
        .and_then(|text| text.char_indices().nth(error.column().saturating_sub(1)))
        .map_or(line.end, |(at, _)| line.start + at);
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or(&what).to_owned();
    let conflict = ["<<<<<<<", "=======", ">>>>>>>"]
        .iter()
        .any(|mark| source.text().lines().any(|line| line.starts_with(mark)));
    let finding = Finding::new(
        &rules::JOURNAL_BROKEN,
        format!("{} cannot be read: {what}", source.path()),
    )
    .at(Label::new(source, Span::new(at, at), "here"));
    if conflict {
        finding.note("a merge left its marks in the file").help(
            "keep the entries of both sides, in the order of their `when`, and delete the marks",
        )
    } else {
        finding.help(
            Command::new("git checkout --")
                .path(source.path())
                .to_string(),
        )
    }
}

/// The time in a 1.x folder's name, in milliseconds since 1970; none when it does not begin with 14 digits of a date.
#[must_use]
pub fn folder_time(name: &str) -> Option<i64> {
    let digits = name.get(..14)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i8>().ok();
    let date = jiff::civil::DateTime::new(
        digits.get(..4)?.parse().ok()?,
        part(4..6)?,
        part(6..8)?,
        part(8..10)?,
        part(10..12)?,
        part(12..14)?,
        0,
    )
    .ok()?;
    let time = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(time.timestamp().as_millisecond())
}

/// The name under which drizzle-kit 1.0 keeps a migration: its folder, or the one that `drizzle-kit up` would make.
#[must_use]
pub fn folder_name(migration: &Migration) -> String {
    if migration.entry.is_none() {
        return migration.tag.clone();
    }
    let time = jiff::Timestamp::from_millisecond(migration.when)
        .map(|time| time.strftime("%Y%m%d%H%M%S").to_string())
        .unwrap_or_default();
    let rest = migration.tag.split_once('_').map_or("", |(_, rest)| rest);
    format!("{time}_{rest}")
}

/// Whether a file's name is that of a migration: digits, `_`, `.sql`.
#[must_use]
pub fn looks_like_migration(path: &Utf8Path) -> bool {
    path.extension() == Some("sql")
        && path.file_stem().is_some_and(|stem| {
            let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
            digits > 0 && stem.as_bytes().get(digits) == Some(&b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_drizzles_and_line_ends_do_not_count() {
        // sha256sum of the bytes, as drizzle-kit recorded them.
        let unix = Hashes::of("SELECT 1;\n");
        assert_eq!(
            unix.exact,
            "b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd"
        );
        let windows = Hashes::of("SELECT 1;\r\n");
        assert_ne!(unix.exact, windows.exact);
        assert!(unix.fit(&windows.exact) && windows.fit(&unix.exact));
        assert!(!unix.fit(&Hashes::of("SELECT 2;\n").exact));
        let broken = Script::new("a.sql", b"SELECT '\xff\xfe';");
        assert_eq!(broken.not_utf8, Some(8));
        assert_eq!(broken.hashes, Hashes::of("SELECT '\u{fffd}\u{fffd}';"));
    }

    #[test]
    fn entries_have_places() {
        let source = Source::new(
            "meta/_journal.json",
            "{\"entries\": [\n{\"idx\":0,\"when\": 17,\"tag\":\"0000_a\"},\n{\"when\":1.8e1,\"tag\":\"0000_a\"}]}",
        );
        let entries = read(&source).expect("a journal");
        let at = |span: Span| (source.position(span.start).line, source.shown(span));
        assert_eq!(entries[1].when, 18);
        assert_eq!(at(entries[0].tag_at), (2, "\"0000_a\"".to_owned()));
        assert_eq!(at(entries[0].when_at), (2, "17".to_owned()));
        assert_eq!(at(entries[1].tag_at), (3, "\"0000_a\"".to_owned()));
        assert_eq!(at(entries[1].when_at), (3, "1.8e1".to_owned()));
    }

    #[test]
    fn a_broken_journal_is_named_with_its_line() {
        let text = "{\"entries\": [\n<<<<<<< HEAD\n";
        let finding = read(&Source::new("j.json", text)).expect_err("no journal");
        let at = finding.place.as_ref().map(|label| label.start().line);
        assert_eq!(at, Some(2));
        assert!(
            finding
                .help
                .as_deref()
                .is_some_and(|help| help.contains("both sides"))
        );
    }

    #[test]
    fn folders_carry_their_time() {
        assert_eq!(folder_time("20260102030405_name"), Some(1_767_323_045_000));
        assert_eq!(folder_time("20261302030405_name"), None);
        assert_eq!(folder_time("0000_name"), None);
        let source = Source::new("j", "x");
        let migration = Migration {
            tag: "0003_new_table".to_owned(),
            when: 1_767_323_045_371,
            path: "0003_new_table.sql".into(),
            script: None,
            entry: Some(Label::new(&source, Span::new(0, 1), "")),
            when_at: None,
        };
        assert_eq!(folder_name(&migration), "20260102030405_new_table");
    }
}
