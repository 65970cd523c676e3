//! What a start waited for: when each service began and was ready, and the chain that took longest.

use std::time::Duration;

use super::event::Scene;
use super::fleet::{Id, Notice};
use super::model::Kind;
use crate::text::{and_list, duration};

/// A service that started within this time of what it waited for, waited for nothing else.
const AT_ONCE: Duration = Duration::from_millis(50);

/// One service's first start, as times since the session began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// When it was started.
    pub from: Duration,
    /// When it was ready, or had done its work; none when it never was.
    pub to: Option<Duration>,
    /// When it had failed, while it has not been started again.
    failed: Option<Duration>,
    /// What it waited for, as rows.
    after: Vec<String>,
}

/// The start of a session.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    rows: Vec<Row>,
    end: Option<Duration>,
    all_ready: bool,
}

impl Timeline {
    /// Takes note of what happened; whether the start is over with that: all is ready, nobody is on the way
    /// any more, or the session ends.
    pub fn note(&mut self, scene: Scene<'_>, notice: &Notice) -> bool {
        if self.end.is_some() {
            return false;
        }
        match notice {
            Notice::Starting(id) => self.started(scene, *id),
            Notice::Ready(id, _) | Notice::Completed(id, _) => {
                if let Some(row) = self.row(scene, *id) {
                    row.to.get_or_insert(scene.now);
                }
            }
            Notice::NotReady(id, _)
            | Notice::LaunchFailed(id, _)
            | Notice::Died(id, ..)
            | Notice::Finished(id, ..) => {
                if let Some(row) = self.row(scene, *id) {
                    row.failed.get_or_insert(scene.now);
                }
            }
            Notice::AllReady | Notice::Settled | Notice::Stopping(_) => {
                self.all_ready = *notice == Notice::AllReady;
                self.end = Some(scene.now);
                return true;
            }
            _ => {}
        }
        false
    }

    fn row(&mut self, scene: Scene<'_>, id: Id) -> Option<&mut Row> {
        let name = &scene.service(id).name;
        self.rows.iter_mut().find(|row| row.name == *name)
    }

    fn started(&mut self, scene: Scene<'_>, id: Id) {
        let service = scene.service(id);
        // A command that waits for the services is no part of their start.
        if matches!(service.kind, Kind::Guest(_)) {
            return;
        }
        // Of a service that is started again, the first start counts.
        if let Some(row) = self.row(scene, id) {
            row.failed = None;
        } else {
            self.rows.push(Row {
                name: service.name.clone(),
                from: scene.now,
                to: None,
                failed: None,
                after: service
                    .after
                    .iter()
                    .map(|other| other.name.clone())
                    .collect(),
            });
        }
    }

    /// The services in the order in which they were started.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// When all was ready, or the start was over without that.
    #[must_use]
    pub fn end(&self) -> Duration {
        let last = self.rows.iter().map(|row| row.to.unwrap_or(row.from)).max();
        self.end.or(last).unwrap_or_default()
    }

    /// How the start went: `all ready in 3.6 s`, `not ready after 1.0 s: web`.
    #[must_use]
    pub fn title(&self) -> String {
        let end = duration(self.end());
        if self.all_ready {
            return format!("all ready in {end}");
        }
        let missing = self.rows.iter().filter(|row| row.to.is_none());
        let missing: Vec<&str> = missing.map(|row| row.name.as_str()).collect();
        if missing.is_empty() {
            format!("not all ready after {end}")
        } else {
            format!("not ready after {end}: {}", and_list(&missing))
        }
    }

    /// Whether all was ready in the end.
    #[must_use]
    pub fn is_all_ready(&self) -> bool {
        self.all_ready
    }

    /// Until when a service was starting.
    #[must_use]
    pub fn until(&self, row: &Row) -> Duration {
        row.to.or(row.failed).unwrap_or(self.end())
    }

    /// The chain that decided how long the start took: each waited for the one before it. Where not all got
    /// ready, it ends with the first that failed, or else with who was waited for longest.
    #[must_use]
    pub fn critical(&self) -> Vec<&Row> {
        let mut chain: Vec<&Row> = Vec::new();
        let missing = self.rows.iter().filter(|row| row.to.is_none());
        let missing = missing.min_by_key(|row| (self.until(row), row.from));
        let mut next = missing.or_else(|| self.rows.iter().max_by_key(|row| row.to));
        while let Some(row) = next {
            chain.push(row);
            next = self
                .rows
                .iter()
                .filter(|other| row.after.contains(&other.name) && !chain.contains(other))
                .filter(|other| other.to.is_some_and(|to| to <= row.from + AT_ONCE))
                .max_by_key(|other| other.to);
        }
        chain.reverse();
        chain
    }
}

#[cfg(test)]
pub(crate) fn example() -> Timeline {
    let row = |name: &str, from, to, after: &[&str]| Row {
        name: name.to_owned(),
        from: Duration::from_millis(from),
        to: Some(Duration::from_millis(to)),
        failed: None,
        after: after.iter().map(|name| (*name).to_owned()).collect(),
    };
    Timeline {
        rows: vec![
            row("postgres", 0, 1200, &[]),
            row("redis", 0, 300, &[]),
            row("frontend", 0, 900, &[]),
            row("migrate", 1200, 1700, &["postgres"]),
            row("backend", 1700, 3600, &["migrate", "redis"]),
            row("worker", 1700, 3000, &["migrate", "redis"]),
        ],
        end: Some(Duration::from_millis(3600)),
        all_ready: true,
    }
}

/// A start that took no time.
#[cfg(test)]
pub(crate) fn sudden(name: &str) -> Timeline {
    let row = Row {
        name: name.to_owned(),
        from: Duration::ZERO,
        to: Some(Duration::ZERO),
        failed: None,
        after: Vec::new(),
    };
    Timeline {
        rows: vec![row],
        end: Some(Duration::ZERO),
        all_ready: true,
    }
}

/// A start in which one did not get ready in time, and was given up before another began.
#[cfg(test)]
pub(crate) fn in_vain() -> Timeline {
    let row = |name: &str, from, to: Option<u64>, failed: Option<u64>| Row {
        name: name.to_owned(),
        from: Duration::from_millis(from),
        to: to.map(Duration::from_millis),
        failed: failed.map(Duration::from_millis),
        after: Vec::new(),
    };
    Timeline {
        rows: vec![
            row("x", 0, Some(1), None),
            row("slow", 0, None, None),
            row("web", 0, None, Some(1000)),
        ],
        end: Some(Duration::from_millis(1200)),
        all_ready: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_critical_chain_goes_back_through_what_was_waited_for() {
        let timeline = example();
        let names: Vec<&str> = timeline
            .critical()
            .iter()
            .map(|row| row.name.as_str())
            .collect();
        assert_eq!(names, ["postgres", "migrate", "backend"]);
        assert!(Timeline::default().critical().is_empty());
    }

    #[test]
    fn a_start_that_failed_says_so_and_names_who_failed() {
        let timeline = in_vain();
        assert_eq!(timeline.title(), "not ready after 1.2 s: slow and web");
        let chain = timeline.critical();
        assert_eq!(chain.len(), 1);
        assert_eq!(chain[0].name, "web");
        assert_eq!(timeline.until(chain[0]), Duration::from_secs(1));
        assert_eq!(Timeline::default().title(), "not all ready after <0.1 ms");
        assert_eq!(example().title(), "all ready in 3.6 s");
    }
}
