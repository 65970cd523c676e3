//! Draws what a start waited for into a file.

use camino::Utf8PathBuf;

use crate::service::event::{Event, Scene, Sink};
use crate::service::timeline::Timeline;
use crate::system::fs;

use super::waterfall;

/// Writes an SVG when all is ready, or when the start is over without that.
pub struct Timings {
    path: Utf8PathBuf,
    timeline: Timeline,
    written: bool,
    trouble: Option<String>,
}

impl Timings {
    /// The drawing goes to `path`.
    #[must_use]
    pub fn new(path: Utf8PathBuf) -> Self {
        Self {
            path,
            timeline: Timeline::default(),
            written: false,
            trouble: None,
        }
    }

    fn write(&mut self) {
        self.written = true;
        let svg = waterfall::svg(&self.timeline);
        if let Err(error) = fs::write_atomic(&self.path, svg.as_bytes()) {
            self.trouble = Some(format!("the timings cannot be drawn: {error}"));
        }
    }
}

impl Sink for Timings {
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>) {
        if let Event::Notice(notice) = event
            && self.timeline.note(scene, notice)
        {
            self.write();
        }
    }

    fn trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }

    fn finish(&mut self, scene: Scene<'_>) {
        if !self.written {
            self.timeline.close(scene);
            self.write();
        }
    }
}
