//! What sessions printed, in the order in which it came: of the one that runs and of those that ended.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use crate::service::block::{Block, Open, moment};
use crate::service::level::Level;
use crate::service::record::{self, ENDED, Entry, JOURNALS, LeftOut, Lines, Note, Session};
use crate::service::replicated;
use crate::system::fs;
use crate::system::journal::{self, Place, Texts};

/// A line, or something that the tool said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The session's mark.
    pub session: String,
    /// Its number in the session; that of the line before, for what the tool said.
    pub seq: u64,
    /// When it came: RFC 3339 in UTC, with microseconds.
    pub time: String,
    /// Who printed it, or whom it is about.
    pub service: Option<String>,
    /// Its own level, or that of the error which it continues.
    pub level: Level,
    /// Whether it began something of its own.
    pub began: bool,
    /// What it leaves open.
    pub open: Open,
    /// The text without its line end, as it was printed; secrets are masked.
    pub text: Vec<u8>,
    /// Whether the tool said it.
    pub note: bool,
    /// Then its number among all that happened in the session.
    pub number: u64,
}

/// What of the history is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only of these services; of all when empty.
    pub services: Vec<String>,
    /// Nothing before.
    pub since: Option<Timestamp>,
    /// Nothing less grave.
    pub level: Option<Level>,
    /// Only of the last session.
    pub last_session: bool,
}

/// The journals of a logs folder, the oldest first.
#[must_use]
pub fn journals(logs: &Utf8Path) -> Vec<Utf8PathBuf> {
    journal::files(&logs.join(JOURNALS))
}

/// The services that something was kept of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Their names.
    pub names: Vec<String>,
    /// Those that are no replicas, though they are called so: a session began with `web` and `web-2` beside each
    /// other, and would have begun with `web-1` if that were a replica.
    pub apart: BTreeSet<String>,
}

/// The services that a logs folder has something of: a text, or a journal that tells of one.
#[must_use]
pub fn services(logs: &Utf8Path) -> Kept {
    let files = fs::list(logs).into_iter();
    let mut names: Vec<String> = files
        .filter_map(|path| {
            let file = path.file_name()?;
            record::service_of(file).filter(|_| !file.starts_with('.'))
        })
        .collect();
    let mut apart = BTreeSet::new();
    for path in journals(logs) {
        let first = journal::first_line(&path, MOST_NAMES);
        let first = first.and_then(|line| serde_json::from_str(&line).ok());
        if let Some(Entry::Session(session)) = first {
            let mut more = session.services;
            let beside = |name: &&String| {
                replicated(name).is_some_and(|group| more.iter().any(|other| other == group))
            };
            apart.extend(more.iter().filter(beside).cloned());
            more.retain(|name| !names.contains(name));
            names.extend(more);
        }
    }
    Kept { names, apart }
}

/// Bytes that the names of a session's services may take.
const MOST_NAMES: usize = 64 << 10;

/// The mark of the session that a journal belongs to: `2026-…-MARK.00000001.jsonl`.
fn mark(path: &Utf8Path) -> &str {
    let name = path.file_name().unwrap_or_default();
    let name = name.split('.').nth(1).unwrap_or_default();
    name.split_once('-').map_or("", |(_, mark)| mark)
}

/// A session that did not say that it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unended {
    /// Its mark.
    pub session: String,
    /// When it began: seconds since 1970.
    pub began: u64,
}

/// Those of the last `many` sessions that did not say that they ended. One of them may run.
#[must_use]
pub fn unended(logs: &Utf8Path, many: usize) -> Vec<Unended> {
    let mut found: Vec<Unended> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    // The newest journal of a session comes first.
    for path in journals(logs).into_iter().rev() {
        let session = mark(&path).to_owned();
        if seen.contains(&session) {
            continue;
        }
        if seen.len() == many {
            break;
        }
        seen.push(session.clone());
        let end = journal::end_of(&path, 4096);
        if !String::from_utf8_lossy(&end).contains(ENDED)
            && let Some(began) = began(&path)
        {
            found.push(Unended { session, began });
        }
    }
    found
}

/// When the session of a journal began, by the journal's name: `2026-11-24T15-00-00.123-MARK…`.
fn began(path: &Utf8Path) -> Option<u64> {
    let name = path.file_name()?.get(..19)?;
    let began = jiff::civil::DateTime::strptime("%Y-%m-%dT%H-%M-%S", name).ok()?;
    let began = began.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    u64::try_from(began.timestamp().as_second()).ok()
}

/// What remains when a history was read.
#[derive(Debug, Clone, Default)]
pub struct Rest {
    /// When the oldest entry is of, where journals of the first session in it that came before are not kept.
    pub begins: Option<String>,
    /// Lines that it knows of whose text is not kept any more.
    pub gone: Missing,
    /// Lines of these services for which the journals had no room.
    pub unplaced: (Missing, BTreeSet<String>),
    /// Lines whose text somebody took away, with the log files of these services.
    pub taken: (u64, BTreeSet<String>),
    /// What the last lines leave open, by the service: the next one may go on with it.
    pub blocks: BTreeMap<String, Block>,
}

/// Hands on what is wanted of a logs folder (`.pixcrawler/logs`), the oldest first, until `each` has enough.
///
/// # Errors
/// When a journal is there and cannot be read.
pub fn read(
    logs: &Utf8Path,
    wanted: &Wanted,
    each: &mut dyn FnMut(Line) -> ControlFlow<()>,
) -> std::io::Result<Rest> {
    let mut journals = journals(logs);
    if wanted.last_session
        && let Some(last) = journals.last().map(|path| mark(path).to_owned())
    {
        journals.retain(|path| mark(path) == last);
    }
    let mut reader = Reader {
        texts: Texts::new(logs),
        rest: Rest::default(),
        missing: BTreeMap::new(),
        lost: BTreeSet::new(),
        wanted,
        since: wanted.since.map(journal::micros).unwrap_or_default(),
        last: Last::default(),
    };
    let mut is_first = true;
    for path in journals {
        let session = mark(&path).to_owned();
        let Some(text) = fs::read_text_if_there(&path)? else {
            continue;
        };
        // The last line may be half written: the session runs, or was killed.
        for entry in text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
        {
            if std::mem::take(&mut is_first) {
                reader.rest.begins = time_of(&entry).filter(|time| *time > reader.since);
            }
            let flow = match entry {
                Entry::Session(head) => {
                    reader.begin(head);
                    ControlFlow::Continue(())
                }
                entry if reader.last.has(&session, &entry) => ControlFlow::Continue(()),
                Entry::Note(note) => reader.note(&session, note, each),
                Entry::Lines(lines) => reader.lines(&session, &lines, each),
            };
            if flow.is_break() {
                return Ok(reader.finish());
            }
        }
    }
    Ok(reader.finish())
}

/// The time of an entry with which no session begins.
fn time_of(entry: &Entry) -> Option<String> {
    match entry {
        Entry::Session(_) => None,
        Entry::Note(note) => Some(note.time.clone()),
        Entry::Lines(lines) => Some(lines.time.clone()),
    }
}

/// Lines that are not there.
#[derive(Debug, Clone, Default)]
pub struct Missing {
    /// How many.
    pub lines: u64,
    /// When the oldest and the newest of them came.
    pub between: Option<(String, String)>,
}

impl Missing {
    fn add(&mut self, lines: u64, (from, to): (&str, &str)) {
        self.lines += lines;
        let (oldest, newest) = self
            .between
            .get_or_insert_with(|| (from.to_owned(), to.to_owned()));
        // RFC 3339 in UTC sorts by time.
        if from < oldest.as_str() {
            from.clone_into(oldest);
        }
        if to > newest.as_str() {
            to.clone_into(newest);
        }
    }
}

/// How far a session was read.
#[derive(Default)]
struct Last {
    session: String,
    seq: u64,
    place: Option<Place>,
    /// Of what happened in it.
    number: u64,
}

impl Last {
    /// Goes on to an entry; whether it was read before: a file may have been taken into the next one in between.
    fn has(&mut self, session: &str, entry: &Entry) -> bool {
        if self.session != session {
            *self = Self {
                session: session.to_owned(),
                ..Self::default()
            };
        }
        match entry {
            Entry::Session(_) => false,
            Entry::Lines(lines) => {
                let place = Some(place(lines));
                let had = lines.seq < self.seq || lines.seq == self.seq && place == self.place;
                if !had {
                    (self.seq, self.place) = (lines.seq, place);
                }
                had
            }
            Entry::Note(note) => {
                let had = note.seq < self.seq || note.seq == self.seq && note.number < self.number;
                self.number = self.number.max(note.number);
                had
            }
        }
    }
}

/// Where lines stand.
fn place(lines: &Lines) -> Place {
    Place {
        part: lines.part,
        at: lines.at,
    }
}

struct Reader<'a> {
    texts: Texts,
    rest: Rest,
    /// Lines whose text is not there, by the service and the part of its log.
    missing: BTreeMap<(String, i64), Missing>,
    /// The parts that somebody took away while they were written.
    lost: BTreeSet<(String, i64)>,
    wanted: &'a Wanted,
    /// RFC 3339 in UTC sorts by time.
    since: String,
    /// How far the session was read that was read last.
    last: Last,
}

impl Reader<'_> {
    fn wants(&self, service: Option<&str>, time: &str) -> bool {
        let services = &self.wanted.services;
        (services.is_empty() || service.is_some_and(|name| services.iter().any(|own| own == name)))
            && time >= self.since.as_str()
    }

    fn begin(&mut self, session: Session) {
        self.rest.blocks.clear();
        for LeftOut {
            service,
            lines,
            from,
            to,
        } in session.left_out
        {
            if self.wants(Some(&service), &to) {
                let (missing, services) = &mut self.rest.unplaced;
                missing.add(lines, (&from, &to));
                services.insert(service);
            }
        }
    }

    fn lines(
        &mut self,
        session: &str,
        lines: &Lines,
        each: &mut dyn FnMut(Line) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if !self.wants(Some(&lines.service), &lines.time) {
            return ControlFlow::Continue(());
        }
        let Some(text) = self.texts.read(&lines.service, place(lines), lines.bytes) else {
            let part = (lines.service.clone(), lines.part);
            let missing = self.missing.entry(part).or_default();
            missing.add(lines.lines, (&lines.time, &lines.time));
            return ControlFlow::Continue(());
        };
        let block = self.rest.blocks.entry(lines.service.clone()).or_default();
        let body = text.strip_suffix(b"\n").unwrap_or(&text);
        let at = moment(&lines.time);
        for (seq, line) in (lines.seq..).zip(body.split(|byte| *byte == b'\n')) {
            let level = block.level(line, at);
            if self.wanted.level.is_none_or(|least| level >= least) {
                each(Line {
                    session: session.to_owned(),
                    seq,
                    time: lines.time.clone(),
                    service: Some(lines.service.clone()),
                    level,
                    began: block.began(),
                    open: block.open(),
                    text: line.to_vec(),
                    note: false,
                    number: 0,
                })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// What remains: why lines are missing is known when all was read.
    fn finish(mut self) -> Rest {
        for ((service, part), missing) in std::mem::take(&mut self.missing) {
            let key = (service, part);
            if self.lost.contains(&key) || self.texts.was_taken(&key.0, part) {
                self.rest.taken.0 += missing.lines;
                self.rest.taken.1.insert(key.0);
            } else if let Some((from, to)) = &missing.between {
                self.rest.gone.add(missing.lines, (from, to));
            }
        }
        self.rest
    }

    fn note(
        &mut self,
        session: &str,
        note: Note,
        each: &mut dyn FnMut(Line) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let level = note.level();
        if let (Some(part), Some(service)) = (note.lost, &note.service) {
            self.lost.insert((service.clone(), part));
        }
        // With the journal of a session, something of every service is lost.
        let is_wanted = match note.service.as_deref() {
            None if note.lost.is_some() => note.time >= self.since,
            service => self.wants(service, &note.time),
        };
        if !is_wanted || self.wanted.level.is_some_and(|least| level < least) {
            return ControlFlow::Continue(());
        }
        each(Line {
            session: session.to_owned(),
            seq: note.seq,
            time: note.time,
            service: note.service,
            level,
            began: true,
            open: Open::No,
            text: note.note.into_bytes(),
            note: true,
            number: note.number,
        })
    }
}
