//! A session for those who follow it from another terminal: costs nothing while nobody does.

use serde_json::Value;

use crate::service::control::{self, Feeds, Happened, Printed, Reply};
use crate::service::event::{Event, Scene, Sink};
use crate::service::screen::harmless;
use crate::text::Secrets;

use super::asking::Asking;
use super::clock::timestamp;
use super::json_lines;
use super::words::{self, Mood};

/// Hands everything to everybody who follows.
pub struct Broadcast {
    feeds: Feeds,
    secrets: Secrets,
    /// The number of the next line.
    next: u64,
    /// How much else has happened.
    happened: u64,
    asking: Asking,
}

impl Broadcast {
    /// Tells `feeds` about the session.
    #[must_use]
    pub fn new(feeds: Feeds, secrets: Secrets) -> Self {
        Self {
            feeds,
            secrets,
            next: 1,
            happened: 0,
            asking: Asking::default(),
        }
    }

    /// Lines come masked.
    fn lines(&self, scene: Scene<'_>, id: usize, seq: u64, whole: &[u8]) {
        let mut text = Vec::with_capacity(whole.len());
        for line in whole.split_inclusive(|byte| *byte == b'\n') {
            harmless(line.strip_suffix(b"\n").unwrap_or(line), true, &mut text);
            text.push(b'\n');
        }
        self.feeds.push(Reply::Printed(Printed {
            time: timestamp(),
            service: scene.service(id).name.clone(),
            seq,
            text: String::from_utf8_lossy(&text).into_owned(),
        }));
    }

    /// A service stopped in the middle of a line, as for a question: no history has that, so it is kept
    /// for those who come while it waits.
    fn unfinished(&mut self, scene: Scene<'_>, id: usize, line: &[u8]) {
        if let Some(text) = self.asking.text(id, line, &self.secrets) {
            let event = json_lines::unfinished(scene, id, &text);
            let name = &scene.service(id).name;
            let told = format!("{name} waits behind: {text}");
            // It is no step of the session: no record has it, and it has no number.
            let reply = self.reply(0, Mood::Calm, &told, event);
            self.feeds.stand(name, reply);
        }
    }

    fn happened(&self, mood: Mood, text: &str, event: Value) {
        let reply = self.reply(self.happened, mood, text, event);
        self.feeds.push(reply);
    }

    fn reply(&self, number: u64, mood: Mood, text: &str, event: Value) -> Reply {
        let mood = match mood {
            Mood::Calm => control::Mood::Calm,
            Mood::Good => control::Mood::Good,
            Mood::Careful => control::Mood::Careful,
            Mood::Bad => control::Mood::Bad,
        };
        let text = self.secrets.mask_text(text);
        Reply::Happened(Happened {
            number,
            mood,
            text,
            event,
        })
    }
}

impl Sink for Broadcast {
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>) {
        if let Event::Unfinished(id, line) = event {
            return self.unfinished(scene, *id, line);
        }
        let output = matches!(event, Event::Lines(..));
        let seq = self.next;
        if let Event::Lines(id, whole) = event {
            if self.asking.ended(*id) {
                self.feeds.settle(&scene.service(*id).name);
            }
            self.next += memchr::memchr_iter(b'\n', whole).count() as u64;
        }
        self.happened += u64::from(!output);
        if !self.feeds.any(output) {
            return;
        }
        match event {
            Event::Lines(id, whole) => self.lines(scene, *id, seq, whole),
            other => {
                let (mood, text) = words::told(scene, other).unwrap_or((Mood::Calm, String::new()));
                let event = json_lines::object(scene, &timestamp(), other, &self.secrets);
                self.happened(mood, &text, event);
            }
        }
    }

    fn finish(&mut self, scene: Scene<'_>) {
        self.happened += 1;
        let after = crate::text::duration(scene.now);
        self.happened(
            Mood::Calm,
            &format!("everything stopped after {after}"),
            json_lines::stopped(scene),
        );
        self.feeds.finish();
    }
}
