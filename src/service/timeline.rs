//! What a start waited for: when each service began and was ready, and the chain that took longest.

use std::time::Duration;

use super::event::Scene;
use super::fleet::{Id, Notice};
use super::model::Kind;

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
    /// What it waited for, as rows.
    after: Vec<String>,
}

/// The start of a session.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    rows: Vec<Row>,
    end: Option<Duration>,
}

impl Timeline {
    /// Takes note of what happened.
    pub fn note(&mut self, scene: Scene<'_>, notice: &Notice) {
        match notice {
            Notice::Starting(id) if self.end.is_none() => self.started(scene, *id),
            Notice::Ready(id, _) | Notice::Completed(id, _) if self.end.is_none() => {
                let name = &scene.service(*id).name;
                if let Some(row) = self.rows.iter_mut().find(|row| row.name == *name) {
                    row.to.get_or_insert(scene.now);
                }
            }
            Notice::AllReady => self.end = Some(scene.now),
            _ => {}
        }
    }

    fn started(&mut self, scene: Scene<'_>, id: Id) {
        let service = scene.service(id);
        // A command that waits for the services is no part of their start.
        if matches!(service.kind, Kind::Guest(_)) {
            return;
        }
        // Of a service that is started again, the first start counts.
        if self.rows.iter().all(|row| row.name != service.name) {
            self.rows.push(Row {
                name: service.name.clone(),
                from: scene.now,
                to: None,
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

    /// When all was ready; of a start that did not end, when the last thing happened.
    #[must_use]
    pub fn end(&self) -> Duration {
        let last = self.rows.iter().map(|row| row.to.unwrap_or(row.from)).max();
        self.end.or(last).unwrap_or_default()
    }

    /// The chain that decided how long the start took: each waited for the one before it.
    #[must_use]
    pub fn critical(&self) -> Vec<&Row> {
        let mut chain: Vec<&Row> = Vec::new();
        let mut next = self.rows.iter().max_by_key(|row| row.to);
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
    }
}

/// A start that took no time.
#[cfg(test)]
pub(crate) fn sudden(name: &str) -> Timeline {
    let row = Row {
        name: name.to_owned(),
        from: Duration::ZERO,
        to: Some(Duration::ZERO),
        after: Vec::new(),
    };
    Timeline {
        rows: vec![row],
        end: Some(Duration::ZERO),
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
}
