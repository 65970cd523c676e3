//! A session as JSON lines, for programs: one object a line.

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use crate::diagnostic::{Finding, Label};
use crate::output::Style;
use crate::service::block::Block;
use crate::service::event::{Event, Scene, Sink};
use crate::service::fleet::Notice;
use crate::service::level::{self, Level};
use crate::service::screen::harmless;
use crate::service::timeline::{Row, Timeline};
use crate::text::{Secrets, Stand};

use super::asking::Asking;
use super::clock::timestamp;
use super::status::Status;
use super::words;
use super::writer::{Gone, Writer};

/// Prints every event as a JSON object: `{"time", "event", "service", …}`.
pub struct JsonLines {
    secrets: Secrets,
    writer: Writer,
    least: Option<Level>,
    blocks: Vec<Block>,
    asking: Asking,
    /// Where ways out will be typed.
    stand: Stand,
    /// What the start waited for, until that was told, where somebody wants to know.
    timeline: Option<Timeline>,
    seq: u64,
    plain: Vec<u8>,
    out: Vec<u8>,
}

impl JsonLines {
    /// JSON lines on stdout, of services from the level `least` on. `spool` is where output waits for a slow reader; `gone` is told when it goes away.
    #[must_use]
    pub fn new(secrets: Secrets, least: Option<Level>, spool: Utf8PathBuf, gone: Gone) -> Self {
        Self {
            timeline: None,
            stand: Stand::default(),
            least,
            blocks: Vec::new(),
            asking: Asking::default(),
            seq: 0,
            plain: Vec::new(),
            out: Vec::new(),
            secrets,
            writer: Writer::new(spool, Status::new(false, Style::plain()), gone),
        }
    }

    /// With ways out that do the same from there.
    #[must_use]
    pub fn typed_at(mut self, stand: Stand) -> Self {
        self.stand = stand;
        self
    }

    /// With what the start waited for, once it is over.
    #[must_use]
    pub fn with_timings(mut self, wanted: bool) -> Self {
        self.timeline = wanted.then(Timeline::default);
        self
    }

    /// What the start waited for, once.
    fn tell_timings(&mut self, time: &str) {
        if let Some(timeline) = self.timeline.take() {
            self.write(&timings(time, &timeline));
        }
    }

    fn lines(&mut self, scene: Scene<'_>, time: &str, id: usize, whole: &[u8]) {
        let service = scene.service(id).name.as_str();
        if self.blocks.len() <= id {
            self.blocks.resize_with(id + 1, Block::default);
        }
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        for line in whole.split_inclusive(|byte| *byte == b'\n') {
            self.seq += 1;
            let level = self.blocks[id].level(line, scene.now);
            if self.least.is_some_and(|least| level < least) {
                continue;
            }
            // As `logs` and `attach` print it: a program has no use for colours.
            self.plain.clear();
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            harmless(line, false, &mut self.plain);
            let object = Printed {
                time,
                event: "line",
                seq: self.seq,
                service,
                level: level.name(),
                line: &String::from_utf8_lossy(&self.plain),
            };
            // Text and numbers: nothing in it can fail.
            if serde_json::to_writer(&mut out, &object).is_ok() {
                out.push(b'\n');
            }
        }
        self.writer.hand(&mut out);
        self.out = out;
    }

    /// A service stopped in the middle of a line.
    fn unfinished(&mut self, scene: Scene<'_>, id: usize, line: &[u8]) {
        let is_shown = |text: &str| {
            let level = level::alone(text.as_bytes());
            self.least.is_none_or(|least| level >= least)
        };
        if let Some(text) = self.asking.text(id, line, &self.secrets)
            && is_shown(&text)
        {
            self.write(&unfinished(scene, id, &text));
        }
    }

    fn write(&self, value: &Value) {
        self.writer.push(format!("{value}\n").as_bytes());
    }
}

#[derive(serde::Serialize)]
struct Printed<'a> {
    time: &'a str,
    event: &'static str,
    seq: u64,
    service: &'a str,
    level: &'static str,
    line: &'a str,
}

impl Sink for JsonLines {
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>) {
        let time = timestamp();
        match event {
            Event::Lines(id, whole) => {
                self.asking.ended(*id);
                self.lines(scene, &time, *id, whole);
            }
            Event::Unfinished(id, line) => self.unfinished(scene, *id, line),
            other => {
                let mut object = object(scene, &time, other, &self.secrets);
                words::typed(&mut object, &self.stand);
                self.write(&object);
            }
        }
        if let (Event::Notice(notice), Some(timeline)) = (event, &mut self.timeline)
            && timeline.note(scene, notice)
        {
            self.tell_timings(&time);
        }
    }

    fn finish(&mut self, scene: Scene<'_>) {
        if let Some(timeline) = &mut self.timeline {
            timeline.close(scene);
        }
        self.tell_timings(&timestamp());
        self.write(&stopped(scene));
        self.writer.finish();
    }

    fn unread(&self) -> Option<u64> {
        self.writer.unread()
    }

    fn give_up(&mut self) -> u64 {
        self.writer.give_up()
    }
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The last object of a session.
pub(super) fn stopped(scene: Scene<'_>) -> Value {
    json!({"time": timestamp(), "event": "stopped", "after_ms": millis(scene.now)})
}

/// What the start of a session waited for.
fn timings(time: &str, timeline: &Timeline) -> Value {
    let since = |row: &Row| row.started.then(|| millis(row.from));
    let service = |row: &Row| {
        json!({
            "service": row.name,
            "after": row.after,
            "from_ms": since(row),
            "ready_ms": row.to.map(millis),
            "failed_ms": row.failed.map(millis),
        })
    };
    let services: Vec<Value> = timeline.rows().iter().map(service).collect();
    let critical = timeline.critical();
    let critical: Vec<&str> = critical.iter().map(|row| row.name.as_str()).collect();
    json!({
        "time": time,
        "event": "timings",
        "after_ms": millis(timeline.end()),
        "all_ready": timeline.is_all_ready(),
        "services": services,
        "critical": critical,
    })
}

/// What a service has said of a line that it has not ended.
pub(super) fn unfinished(scene: Scene<'_>, id: usize, text: &str) -> Value {
    let name = &scene.service(id).name;
    json!({"time": timestamp(), "event": "unfinished", "service": name, "line": text})
}

/// An event that is no output of a service.
pub(super) fn object(scene: Scene<'_>, time: &str, event: &Event<'_>, secrets: &Secrets) -> Value {
    match event {
        Event::Progress(id, line) => {
            let name = scene.service(*id).name.as_str();
            json!({"time": time, "event": "progress", "service": name, "message": secrets.mask_text(line)})
        }
        Event::Trouble(line) => json!({"time": time, "event": "trouble", "message": line}),
        Event::Remark(line) => {
            json!({"time": time, "event": "remark", "message": secrets.mask_text(line)})
        }
        Event::Finding(finding) => found(time, finding, secrets),
        Event::Notice(notice) => describe(scene, time, notice, secrets),
        Event::Lines(..) | Event::Unfinished(..) => Value::Null,
    }
}

fn found(time: &str, finding: &Finding, secrets: &Secrets) -> Value {
    let place = finding.place.as_ref().map(Label::start);
    json!({
        "time": time,
        "event": "finding",
        "rule": finding.rule.code,
        "severity": finding.severity.as_str(),
        "subject": finding.subject,
        "tier": finding.tier,
        "message": secrets.mask_text(&finding.message),
        "file": finding.path(),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "help": finding.help.as_deref().map(|help| secrets.mask_text(help)),
    })
}

fn describe(scene: Scene<'_>, time: &str, notice: &Notice, secrets: &Secrets) -> Value {
    let (event, after) = match notice {
        Notice::Starting(_) => ("starting", None),
        Notice::Ready(_, after) => ("ready", Some(*after)),
        Notice::AllReady => ("all-ready", Some(scene.now)),
        Notice::Settled => ("settled", Some(scene.now)),
        Notice::Completed(_, after) => ("completed", Some(*after)),
        Notice::LaunchFailed(..) => ("launch-failed", None),
        Notice::Finished(_, _, after) => ("finished", Some(*after)),
        Notice::Died(_, _, after) => ("died", Some(*after)),
        Notice::NotReady(..) => ("not-ready", None),
        Notice::Stalled(_) => ("stalled", None),
        Notice::Skipped(..) => ("skipped", None),
        Notice::WaitsForHealth(..) => ("waits-for-health", None),
        Notice::Needed(..) => ("needed", None),
        Notice::Restarting(_, after) => ("restarting", Some(*after)),
        Notice::Unhealthy(..) => ("unhealthy", None),
        Notice::Refused(_) => ("process-refused", None),
        Notice::Overgrown(..) => ("too-many-processes", None),
        Notice::Recovered(_) => ("recovered", None),
        Notice::Renewing(..) => ("renewing", None),
        Notice::CrashLoop(_) => ("crash-loop", None),
        Notice::Stopping(_) => ("stopping", None),
        Notice::Stopped(_, after) => ("service-stopped", Some(*after)),
        Notice::WaitingFor(_, after) => ("waiting-for", Some(*after)),
        Notice::Killing(_) => ("killing", None),
    };
    let mut object = json!({"time": time, "event": event});
    if let Some(id) = notice.service() {
        object["service"] = json!(scene.service(id).name);
        object["pid"] = json!(scene.fleet.machine(id).pid);
        object["url"] = json!(scene.service(id).url);
        if let Notice::Needed(_, by) = notice {
            object["by"] = json!(scene.service(*by).name);
        }
        if matches!(notice, Notice::WaitingFor(..)) {
            object["tasks"] = json!(scene.fleet.machine(id).busy);
        }
    }
    if let Some(after) = after {
        object["after_ms"] = json!(millis(after));
    }
    match notice {
        Notice::Died(_, ending, _) | Notice::Finished(_, ending, _) => {
            let id = notice.service();
            let named = id.map(|id| scene.fleet.machine(id).named(*ending));
            object["ending"] = json!(named);
            object["code"] = json!(ending.shell_code());
        }
        other => {
            if let Some((_, message)) = words::line(scene, other) {
                object["message"] = json!(secrets.mask_text(&message));
            }
        }
    }
    if let Some(cause) = scene.cause() {
        object["cause"] = json!(secrets.mask_text(&cause.meaning));
        object["help"] = json!(secrets.mask_text(&cause.way_out));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::timeline;

    #[test]
    fn what_a_start_waited_for_is_an_object() {
        let told = timings("now", &timeline::in_vain());
        assert_eq!(
            (&told["event"], &told["after_ms"], &told["all_ready"]),
            (&json!("timings"), &json!(1200), &json!(false))
        );
        assert_eq!(told["critical"], json!(["web"]));
        assert_eq!(
            told["services"][0],
            json!({"service": "x", "after": [], "from_ms": 0, "ready_ms": 1, "failed_ms": null})
        );
        assert_eq!(told["services"][2]["failed_ms"], json!(1000));
        let told = timings("now", &timeline::example());
        assert_eq!(told["critical"], json!(["postgres", "migrate", "backend"]));
        assert_eq!(told["services"][3]["after"], json!(["postgres"]));
    }
}
