//! Moving through the log, and finding things in it.

use super::model::{Anchor, Model};
use super::store::find;
use super::text::Layout;

impl Model {
    /// The newest line stands at the bottom, whatever comes.
    pub(super) fn follow(&mut self) {
        self.anchor = Anchor::Newest;
    }

    /// The oldest line stands at the top.
    pub(super) fn oldest(&mut self) {
        self.stand_at(0);
    }

    /// The position of the line at the top, and how many of its rows are above it.
    pub(super) fn top(&self, layout: &Layout, height: u16) -> (usize, usize) {
        let height = usize::from(height);
        match self.anchor {
            Anchor::Top(place) => (self.store.position(place), 0),
            Anchor::Newest => {
                let (mut at, mut rows) = (self.store.len(), 0);
                while at > 0 && rows < height {
                    at -= 1;
                    rows += self.store.line(at).map_or(0, |line| layout.rows(line));
                }
                (at, rows.saturating_sub(height))
            }
        }
    }

    pub(super) fn scroll_up(&mut self, lines: usize) {
        let (layout, height) = self.pane();
        let (mut top, _) = self.top(&layout, height);
        for _ in 0..lines {
            while top > 0 {
                top -= 1;
                if self.store.line(top).is_some() {
                    break;
                }
            }
        }
        self.stand_at(top);
    }

    pub(super) fn scroll_down(&mut self, lines: usize) {
        if self.anchor == Anchor::Newest {
            return;
        }
        let (layout, height) = self.pane();
        let (top, _) = self.top(&layout, height);
        self.stand_at(top + lines);
    }

    fn pane(&self) -> (Layout, u16) {
        let log = self.areas().log;
        (Layout::new(self, log.width), log.height)
    }

    /// The line at this position stands at the top; where nothing would be below the last one, the
    /// newest stands at the bottom.
    fn stand_at(&mut self, top: usize) {
        let (layout, height) = self.pane();
        let rows = (top..self.store.len())
            .filter_map(|at| self.store.line(at))
            .map(|line| layout.rows(line));
        let mut below = 0;
        for taken in rows {
            below += taken;
            if below > usize::from(height) {
                break;
            }
        }
        self.anchor = match self.store.place(top) {
            Some(place) if below > usize::from(height) => Anchor::Top(place),
            _ => Anchor::Newest,
        };
    }

    /// Goes to the next line with what is searched for, towards newer ones or older ones, and round
    /// at the end.
    pub(super) fn find(&mut self, newer: bool) {
        // What the last search came to.
        self.message = None;
        if self.search.is_empty() {
            self.say("nothing is searched for: / begins a search");
            return;
        }
        let count = self.store.len();
        let start = if let Some(place) = self.found {
            self.store.position(place)
        } else {
            // From what is seen: the newest line backwards.
            let (layout, height) = self.pane();
            let (top, _) = self.top(&layout, height);
            (top + usize::from(height)).min(count)
        };
        let mut order: Box<dyn Iterator<Item = usize>> = if newer {
            Box::new((start + 1..count).chain(0..(start + 1).min(count)))
        } else {
            Box::new((0..start.min(count)).rev().chain((start..count).rev()))
        };
        let hit = order.find(|at| {
            let line = self.store.line(*at);
            line.is_some_and(|line| find(&line.text, &self.search).is_some())
        });
        let Some(hit) = hit else {
            self.found = None;
            let search = self.search.clone();
            self.say(format!("no line has `{search}`"));
            return;
        };
        self.found = self.store.place(hit);
        self.show(hit);
    }

    /// Scrolls only when a line is not seen already.
    fn show(&mut self, at: usize) {
        let (layout, height) = self.pane();
        let (top, _) = self.top(&layout, height);
        let mut rows = 0;
        let mut last = top;
        while last < self.store.len() && rows < usize::from(height) {
            rows += self.store.line(last).map_or(0, |line| layout.rows(line));
            last += 1;
        }
        if at < top || at >= last {
            self.stand_at(at.saturating_sub(usize::from(height) / 3));
        } else if let (Anchor::Newest, Some(place)) = (self.anchor, self.store.place(top)) {
            // What was found does not run away.
            self.anchor = Anchor::Top(place);
        }
    }
}
