//! What services print, kept in `.pixcrawler/logs/`: the text in one file a service, what came when
//! in a journal a session, secrets masked in both.

use std::borrow::Cow;
use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::Timestamp;

use crate::service::event::{Event, Scene, Sink};
use crate::service::fleet::Notice;
use crate::service::record::{ENDED, Entry, JOURNALS, Lines, Note, Session};
use crate::system::journal::{Done, Journal, Limits, Lost, Numbered, Place, micros};
use crate::text::Secrets;

use super::words::{self, Mood};

/// After a failure, a file is tried again after this time.
const AGAIN: Duration = Duration::from_secs(5);

struct File {
    journal: Journal,
    /// After a failure: when to try again, and what was left out.
    broken: Option<(Duration, Hole)>,
}

/// What could not be written.
#[derive(Debug, Clone, Copy, Default)]
struct Hole {
    bytes: u64,
    lines: u64,
}

impl Hole {
    fn and(self, lines: &[u8]) -> Self {
        Self {
            bytes: self.bytes + lines.len() as u64,
            lines: self.lines + count(lines),
        }
    }

    fn in_words(self) -> String {
        let (lines, are) = told(self.lines);
        let bytes = self.bytes;
        format!("{lines} ({bytes} bytes) {are} missing here: the log file could not be written")
    }
}

/// How many whole lines these are.
fn count(lines: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', lines).count() as u64
}

/// What may stand before the name in words about a service, and what stands there without it.
const LEADS: [(&str, &str); 2] = [
    ("restarting ", "restarting"),
    ("waiting for ", "waiting for it"),
];

/// Words about a service without its name, beside which they stand.
fn of_service<'w>(service: Option<&str>, words: &'w str) -> Cow<'w, str> {
    let Some(name) = service else {
        return words.into();
    };
    let behind = |words: &'w str| words.strip_prefix(name);
    if let Some(rest) = behind(words).and_then(|rest| rest.strip_prefix(' ')) {
        return rest.into();
    }
    for (lead, alone) in LEADS {
        let rest = words.strip_prefix(lead).and_then(behind);
        if let Some(rest) = rest.filter(|rest| rest.starts_with([':', ' ', ','])) {
            return format!("{alone}{rest}").into();
        }
    }
    words.into()
}

fn told(lines: u64) -> (String, &'static str) {
    match lines {
        1 => ("1 line".to_owned(), "is"),
        more => (format!("{more} lines"), "are"),
    }
}

/// Keeps what services print; the lines themselves come to it masked.
pub struct LogFiles {
    dir: Utf8PathBuf,
    mark: String,
    limits: Limits,
    secrets: Secrets,
    files: Vec<File>,
    journal: Option<Numbered>,
    /// How that began.
    session: Option<Session>,
    /// Lines so far.
    seq: u64,
    /// How much else has happened.
    happened: u64,
    /// Lines of which nothing could be written into the journal, though they are in the service's file.
    unentered: u64,
    entry: Vec<u8>,
    trouble: Option<String>,
}

impl LogFiles {
    /// Log files in the folder `dir`, of the session with this mark.
    #[must_use]
    pub fn new(dir: Utf8PathBuf, mark: String, limits: Limits, secrets: Secrets) -> Self {
        Self {
            dir,
            mark,
            limits,
            secrets,
            files: Vec::new(),
            journal: None,
            session: None,
            seq: 0,
            happened: 0,
            unentered: 0,
            entry: Vec::new(),
            trouble: None,
        }
    }

    fn begin(&mut self, scene: Scene<'_>) {
        let services: Vec<String> = scene
            .fleet
            .services()
            .iter()
            .map(|service| service.name.clone())
            .collect();
        while self.files.len() < services.len() {
            let name = &services[self.files.len()];
            self.files.push(File {
                journal: Journal::new(&self.dir, name, self.limits),
                broken: None,
            });
        }
        if self.journal.is_none() {
            let began = Timestamp::now();
            let stamp = began.strftime("%Y-%m-%dT%H-%M-%S.%3f");
            self.journal = Some(Numbered::new(
                self.dir.join(JOURNALS),
                format!("{stamp}-{}", self.mark),
                self.limits,
            ));
            let session = Session {
                session: self.mark.clone(),
                began: micros(began),
                services,
                left_out: Vec::new(),
            };
            self.session = Some(session.clone());
            self.enter(&Entry::Session(session));
        }
    }

    /// Appends to a service's file; where it stands, unless it could not be written.
    fn append(&mut self, scene: Scene<'_>, id: usize, lines: &[u8]) -> Option<Place> {
        let file = self.files.get_mut(id)?;
        let mut left_out = Hole::default();
        if let Some((again, hole)) = file.broken {
            if scene.now < again {
                file.broken = Some((again, hole.and(lines)));
                return None;
            }
            left_out = hole;
        }
        let result = if left_out.bytes > 0 {
            let note = format!("--- {}\n", left_out.in_words());
            file.journal.append(note.as_bytes()).map(|_| ())
        } else {
            Ok(())
        };
        match result.and_then(|()| file.journal.append(lines)) {
            Ok(place) => {
                file.broken = None;
                if let Some(lost) = file.journal.lost() {
                    self.tell_lost(&scene.service(id).name, lost);
                }
                if left_out.bytes > 0 {
                    // Whoever reads the lines in their order has to know, too.
                    let name = scene.service(id).name.as_str();
                    self.note(Some(name), Mood::Careful, &left_out.in_words());
                }
                Some(place)
            }
            Err(error) => {
                if file.broken.is_none() {
                    self.trouble = Some(format!(
                        "logs cannot be written: {}: {}; output goes on here, the files are tried again",
                        self.dir,
                        crate::system::fs::plain(&error)
                    ));
                }
                file.broken = Some((scene.now + AGAIN, left_out.and(lines)));
                None
            }
        }
    }

    /// Something of the log files themselves that whoever reads them has to know.
    fn warning(&self, service: Option<&str>, note: &str, lost: Option<i64>) -> Entry {
        Entry::Note(Note {
            seq: self.seq,
            time: micros(Timestamp::now()),
            service: service.map(str::to_owned),
            level: "warn".to_owned(),
            note: note.to_owned(),
            number: self.happened,
            lost,
        })
    }

    /// Says in its place that somebody had a log file, and what that cost.
    fn tell_lost(&mut self, service: &str, lost: Lost) {
        let note = match lost.done {
            Done::Emptied => "its log file was emptied: what stood in it is gone",
            Done::Removed => "its log file was removed: what stood in it is gone",
            Done::Changed => "its log file was changed: what stood in it may be gone",
        };
        let note = self.warning(Some(service), note, Some(lost.part));
        self.enter(&note);
    }

    /// Says at the beginning of a journal what became of the one before it.
    fn tell_lost_journal(&mut self, lost: Lost) {
        let done = match lost.done {
            Done::Emptied => "emptied",
            Done::Removed => "removed",
            Done::Changed => "changed",
        };
        let note = format!(
            "the journal of this session was {done}: what came before stands here no more; what there is of its text is in .pixcrawler/logs/"
        );
        if let Some(session) = self.session.clone() {
            self.write(&Entry::Session(session));
        }
        let note = self.warning(None, &note, Some(lost.part));
        self.write(&note);
    }

    /// Writes into the journal. What cannot be written there is in the service's file all the same; that
    /// it is not in its order is said there.
    fn enter(&mut self, entry: &Entry) {
        if let Some(lost) = self.journal.as_mut().and_then(Numbered::look) {
            self.tell_lost_journal(lost);
        }
        let mut is_written = true;
        if self.unentered > 0 {
            let (lines, are) = told(self.unentered);
            let note = format!(
                "{lines} {are} missing here: the journal could not be written; the text is in .pixcrawler/logs/"
            );
            let note = self.warning(None, &note, None);
            is_written = self.write(&note);
        }
        if is_written {
            self.unentered = 0;
            is_written = self.write(entry);
        }
        if let (Entry::Lines(lines), false) = (entry, is_written) {
            self.unentered += lines.lines;
        }
    }

    fn write(&mut self, entry: &Entry) -> bool {
        self.entry.clear();
        if serde_json::to_writer(&mut self.entry, entry).is_err() {
            return false;
        }
        self.entry.push(b'\n');
        let journal = self.journal.as_mut();
        journal.is_some_and(|journal| journal.append(&self.entry).is_ok())
    }

    fn lines(&mut self, scene: Scene<'_>, id: usize, whole: &[u8]) {
        let place = self.append(scene, id, whole);
        let lines = count(whole);
        let seq = self.seq + 1;
        self.seq += lines;
        if let Some(Place { part, at }) = place {
            self.enter(&Entry::Lines(Lines {
                seq,
                time: micros(Timestamp::now()),
                service: scene.service(id).name.clone(),
                part,
                at,
                bytes: whole.len() as u64,
                lines,
            }));
        }
    }

    /// What the tool says of a service stands between its lines.
    fn say(&mut self, scene: Scene<'_>, id: usize, words: &str) {
        let stamp = super::clock::timestamp();
        self.append(scene, id, format!("--- {stamp} {words}\n").as_bytes());
    }

    fn note(&mut self, service: Option<&str>, mood: Mood, note: &str) {
        let level = match mood {
            Mood::Calm | Mood::Good => "info",
            Mood::Careful => "warn",
            Mood::Bad => "error",
        };
        self.enter(&Entry::Note(Note {
            seq: self.seq,
            time: micros(Timestamp::now()),
            service: service.map(str::to_owned),
            level: level.to_owned(),
            note: self.secrets.mask_text(note),
            number: self.happened,
            lost: None,
        }));
    }

    fn notice(&mut self, scene: Scene<'_>, notice: &Notice) {
        let name = |id: usize| Some(scene.service(id).name.as_str());
        match notice {
            Notice::Starting(id) => {
                self.say(scene, *id, "started");
                self.note(name(*id), Mood::Calm, "started");
            }
            Notice::Died(id, ending, _) => {
                let words = format!("ended with {}", scene.fleet.machine(*id).named(*ending));
                self.say(scene, *id, &words);
                self.note(name(*id), Mood::Bad, &words);
            }
            Notice::Finished(id, ending, _) => {
                let words = format!("ended with {ending}");
                self.say(scene, *id, &words);
                self.note(name(*id), Mood::Calm, &words);
            }
            Notice::Stopped(id, _) => {
                self.say(scene, *id, "stopped");
                self.note(name(*id), Mood::Calm, "stopped");
            }
            // That it started is noted, and nothing more is known of it.
            Notice::Ready(id, _) if scene.service(*id).ready.probe.is_none() => {}
            Notice::AllReady => self.note(None, Mood::Good, "all ready"),
            other => {
                let service = other.service().and_then(name);
                if let Some((mood, words)) = words::told(scene, &Event::Notice(other)) {
                    self.note(service, mood, &of_service(service, &words));
                }
            }
        }
    }
}

impl Sink for LogFiles {
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>) {
        if self.files.len() < scene.fleet.services().len() {
            self.begin(scene);
        }
        let output = matches!(event, Event::Lines(..) | Event::Unfinished(..));
        self.happened += u64::from(!output);
        match event {
            Event::Lines(id, whole) => self.lines(scene, *id, whole),
            Event::Notice(notice) => {
                self.notice(scene, notice);
                if let (Some(id), Some(cause)) = (notice.service(), scene.cause()) {
                    let name = Some(scene.service(id).name.as_str());
                    self.note(name, Mood::Bad, &words::cause(cause));
                }
            }
            Event::Trouble(words) => self.note(None, Mood::Careful, words),
            Event::Remark(..) | Event::Finding(..) => {
                if let Some((mood, words)) = words::told(scene, event) {
                    self.note(None, mood, &words);
                }
            }
            Event::Unfinished(..) | Event::Progress(..) => {}
        }
    }

    fn finish(&mut self, _scene: Scene<'_>) {
        self.happened += 1;
        self.note(None, Mood::Calm, ENDED);
    }

    fn trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_beside_itself() {
        for (words, alone) in [
            ("api is unhealthy: no answer", "is unhealthy: no answer"),
            ("restarting api: asked to", "restarting: asked to"),
            (
                "waiting for api (pid 7), up to 4.3 s more",
                "waiting for it (pid 7), up to 4.3 s more",
            ),
            (
                "waiting for api, up to 4.3 s more",
                "waiting for it, up to 4.3 s more",
            ),
            ("restarting api-2: asked to", "restarting api-2: asked to"),
            ("apis", "apis"),
        ] {
            assert_eq!(of_service(Some("api"), words), alone);
            assert_eq!(of_service(None, words), words);
        }
    }
}
