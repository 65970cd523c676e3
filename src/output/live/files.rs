//! Full logs in `.pixcrawler/logs/`, one file a service, secrets masked.

use std::time::Duration;

use camino::Utf8PathBuf;

use crate::service::event::{Event, Scene, Sink};
use crate::service::fleet::Notice;
use crate::system::journal::Journal;
use crate::text::Secrets;

use super::clock::timestamp;

/// After a failure, the file is tried again after this time.
const AGAIN: Duration = Duration::from_secs(5);

struct File {
    journal: Journal,
    /// After a failure: when to try again, and how many bytes were left out.
    broken: Option<(Duration, u64)>,
}

/// Keeps what services print.
pub struct LogFiles {
    dir: Utf8PathBuf,
    secrets: Secrets,
    files: Vec<File>,
    masked: Vec<u8>,
    trouble: Option<String>,
}

impl LogFiles {
    /// Log files in the folder `dir`.
    #[must_use]
    pub fn new(dir: Utf8PathBuf, secrets: Secrets) -> Self {
        Self {
            dir,
            secrets,
            files: Vec::new(),
            masked: Vec::new(),
            trouble: None,
        }
    }

    fn append(&mut self, now: Duration, id: usize, lines: &[u8]) {
        let Some(file) = self.files.get_mut(id) else {
            return;
        };
        let mut left_out = 0;
        if let Some((again, bytes)) = file.broken {
            if now < again {
                file.broken = Some((again, bytes + lines.len() as u64));
                return;
            }
            left_out = bytes;
        }
        let note = if left_out > 0 {
            format!("--- {left_out} bytes are missing here: the file could not be written\n")
        } else {
            String::new()
        };
        let result = if note.is_empty() {
            Ok(())
        } else {
            file.journal.append(note.as_bytes())
        };
        match result.and_then(|()| file.journal.append(lines)) {
            Ok(()) => file.broken = None,
            Err(error) => {
                if file.broken.is_none() {
                    self.trouble = Some(format!(
                        "logs cannot be written: {}: {}; output goes on here, the files are tried again",
                        self.dir,
                        crate::system::fs::plain(&error)
                    ));
                }
                file.broken = Some((now + AGAIN, left_out + lines.len() as u64));
            }
        }
    }
}

impl Sink for LogFiles {
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>) {
        if self.files.is_empty() {
            let names = scene
                .fleet
                .services()
                .iter()
                .map(|service| self.dir.join(format!("{}.log", service.name)));
            self.files = names
                .map(|path| File {
                    journal: Journal::new(path),
                    broken: None,
                })
                .collect();
        }
        match event {
            Event::Lines(id, whole) => {
                let mut masked = std::mem::take(&mut self.masked);
                if self.secrets.found_in(whole) {
                    masked.clear();
                    self.secrets.mask_into(whole, &mut masked);
                    self.append(scene.now, *id, &masked);
                } else {
                    self.append(scene.now, *id, whole);
                }
                self.masked = masked;
            }
            Event::Notice(Notice::Starting(id)) => self.append(
                scene.now,
                *id,
                format!("--- {} started\n", timestamp()).as_bytes(),
            ),
            Event::Notice(Notice::Died(id, ending, _)) => {
                self.append(
                    scene.now,
                    *id,
                    format!("--- {} ended with {ending}\n", timestamp()).as_bytes(),
                );
            }
            Event::Notice(Notice::Stopped(id, _)) => self.append(
                scene.now,
                *id,
                format!("--- {} stopped\n", timestamp()).as_bytes(),
            ),
            _ => {}
        }
    }

    fn trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }
}
