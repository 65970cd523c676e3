//! What a start waited for: when each service began and was ready, and the chain that took longest.

#[cfg(test)]
mod tests;

use std::time::Duration;

use super::event::Scene;
use super::fleet::{Id, Notice, Reason, State};
use super::model::{Condition, Kind};
use crate::text::{and_list, duration};

/// A service that started within this time of what it waited for, waited for nothing else.
const AT_ONCE: Duration = Duration::from_millis(50);

/// One service's first start, as times since the session began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// When it was started; when the start was over, where it never was.
    pub from: Duration,
    /// When it was ready, or had done its work; none when it never was.
    pub to: Option<Duration>,
    /// When it had failed, while it has not been started again.
    pub failed: Option<Duration>,
    /// Whether it was started at all.
    pub started: bool,
    /// Where its end is what failed, and not that it did not get ready: whether that was a success by itself, on
    /// which nobody counted.
    end: Option<bool>,
    /// Whether somebody waits for it to be healthy: before that, being ready is not enough.
    for_health: bool,
    /// What it waited for, as rows.
    pub after: Vec<String>,
}

impl Row {
    /// When those could go on that wait for it: some wait for its end, whatever that is.
    fn over(&self) -> Option<Duration> {
        self.to.or(self.failed.filter(|_| self.end.is_some()))
    }

    /// Whether it was started, and did not get to what was wanted of it.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.started && !self.is_there()
    }

    /// Whether it got there, and has not ended since.
    fn is_there(&self) -> bool {
        self.to.is_some() && self.failed.is_none()
    }
}

/// The start of a session.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    rows: Vec<Row>,
    end: Option<Duration>,
    all_ready: bool,
    /// Who ended it, where somebody did.
    blamed: Option<String>,
    /// Whether it came to an end by itself, and was not called off.
    settled: bool,
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
            // Who waits for its end is kept waiting until then.
            Notice::Ready(id, _) if awaits(scene, *id, is_end) => {}
            // When it is healthy shows when those start that wait for it.
            Notice::Ready(id, _) if awaits(scene, *id, is_health) => {}
            Notice::Ready(id, _) | Notice::Completed(id, _) => self.there(scene, *id),
            Notice::NotReady(id, _) => self.failed(scene, *id, None),
            // Whoever waits for any end goes on after a failure, which is one all the same.
            Notice::Finished(id, ending, _) | Notice::Died(id, ending, _)
                if awaits(scene, *id, is_end)
                    && scene.fleet.is_expected(*id, *ending)
                    && scene.fleet.succeeds(*id, *ending) =>
            {
                self.there(scene, *id);
            }
            Notice::Finished(id, ending, _) | Notice::Died(id, ending, _) => {
                self.failed(scene, *id, Some(scene.fleet.succeeds(*id, *ending)));
            }
            Notice::LaunchFailed(id, _) => self.failed(scene, *id, Some(false)),
            Notice::AllReady | Notice::Settled | Notice::Stopping(_) => {
                self.all_ready = *notice == Notice::AllReady;
                // A session that keeps going ends for nobody: it ends when nobody is on the way any more.
                let keeps_going = scene.fleet.keeps_going();
                let (settled, blamed) = match notice {
                    Notice::Stopping(Reason::Service(_) | Reason::TooSlow) if keeps_going => {
                        (true, None)
                    }
                    Notice::Stopping(Reason::Service(id) | Reason::Without(id)) => {
                        (false, Some(*id))
                    }
                    Notice::Stopping(_) => (false, None),
                    _ => (true, None),
                };
                self.settled = settled;
                self.blamed = blamed.map(|id| scene.service(id).name.clone());
                self.end = Some(scene.now);
                if self.all_ready {
                    // Whoever waits for health may have been stopped by hand.
                    for row in self.rows.iter_mut().filter(|row| row.for_health) {
                        row.to.get_or_insert(scene.now);
                    }
                }
                self.never_started(scene);
                return true;
            }
            _ => {}
        }
        false
    }

    /// The session is over; whether the start is with that: nobody was left to say so.
    pub fn close(&mut self, scene: Scene<'_>) -> bool {
        if self.end.is_some() {
            return false;
        }
        (self.end, self.settled) = (Some(scene.now), true);
        self.never_started(scene);
        true
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
        for on in &service.after {
            if on.condition == Condition::Healthy
                && let Some(row) = self.rows.iter_mut().find(|row| row.name == on.name)
            {
                row.to.get_or_insert(scene.now);
            }
        }
        // Of a service that is started again, the first start counts.
        if let Some(row) = self.row(scene, id) {
            (row.failed, row.end) = (None, None);
        } else {
            self.add(scene, id, true);
        }
    }

    fn add(&mut self, scene: Scene<'_>, id: Id, started: bool) {
        let service = scene.service(id);
        self.rows.push(Row {
            name: service.name.clone(),
            from: scene.now,
            to: None,
            failed: None,
            started,
            end: None,
            for_health: awaits(scene, id, is_health),
            after: service.after.iter().map(|on| on.name.clone()).collect(),
        });
    }

    /// It is there, as others wait for it.
    fn there(&mut self, scene: Scene<'_>, id: Id) {
        if let Some(row) = self.row(scene, id) {
            row.to.get_or_insert(scene.now);
        }
    }

    /// It is not there; with its end, whether that was a success by itself.
    fn failed(&mut self, scene: Scene<'_>, id: Id, end: Option<bool>) {
        if let Some(row) = self.row(scene, id)
            && row.failed.is_none()
        {
            (row.failed, row.end) = (Some(scene.now), end);
        }
    }

    /// Those that were to be started and had not been when the start was over.
    fn never_started(&mut self, scene: Scene<'_>) {
        for (id, service) in scene.fleet.services().iter().enumerate() {
            let by_hand = scene.fleet.machine(id).state == State::Stopped;
            let is_guest = matches!(service.kind, Kind::Guest(_));
            if scene.fleet.is_shown(id) && !by_hand && !is_guest && self.row(scene, id).is_none() {
                self.add(scene, id, false);
            }
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
        let missing = self.rows.iter().filter(|row| !row.is_there());
        let missing: Vec<Missing<'_>> = missing
            .map(|row| Missing {
                name: &row.name,
                started: row.started,
                after: row.after.iter().map(String::as_str).collect(),
            })
            .collect();
        match causes_first(&missing) {
            (names, _) if names.is_empty() => format!("not all ready after {end}"),
            (names, None) => format!("not ready after {end}: {names}"),
            (names, Some(behind)) => format!("not ready after {end}: {names}, and so {behind}"),
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
        row.failed.or(row.to).unwrap_or(self.end())
    }

    /// How long a service took to get ready; why it did not, and after how long.
    #[must_use]
    pub fn took(&self, row: &Row) -> String {
        let took = duration(self.until(row).saturating_sub(row.from));
        match row {
            row if row.is_there() => took,
            Row { started: false, .. } => "not started".to_owned(),
            Row {
                end: Some(true), ..
            } => format!("ended {took}"),
            Row { end: Some(_), .. } => format!("failed {took}"),
            Row {
                for_health: true, ..
            } => format!("not healthy {took}"),
            _ => format!("not ready {took}"),
        }
    }

    /// The chain that decided how long the start took: each waited for the one before it. Where somebody ended
    /// the start, it ends with that one; where it was called off, with the first that failed, or else with who
    /// was waited for longest.
    #[must_use]
    pub fn critical(&self) -> Vec<&Row> {
        let mut chain: Vec<&Row> = Vec::new();
        let blamed = self.blamed.as_ref();
        let blamed = self.rows.iter().find(|row| Some(&row.name) == blamed);
        let missing = self.rows.iter().filter(|row| row.is_failed());
        let missing = missing.min_by_key(|row| (self.until(row), row.from));
        let last = self.rows.iter().filter(|row| row.started);
        let last = last.max_by_key(|row| self.until(row));
        let mut next = match blamed {
            None if self.settled => last,
            None => missing.or(last),
            blamed => blamed,
        };
        while let Some(row) = next {
            chain.push(row);
            let waited_for = self.rows.iter();
            let waited_for = waited_for
                .filter(|other| row.after.contains(&other.name) && !chain.contains(other));
            next = if row.started {
                waited_for
                    .filter(|other| other.over().is_some_and(|at| at <= row.from + AT_ONCE))
                    .max_by_key(|other| other.over())
            } else {
                // For want of whom it was not started.
                waited_for
                    .filter(|other| other.to.is_none())
                    .min_by_key(|other| self.until(other))
            };
        }
        chain.reverse();
        chain
    }
}

/// A service that did not get to what was wanted of it.
#[derive(Debug, Clone)]
pub struct Missing<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it was started: then it is missing by itself.
    pub started: bool,
    /// The services that it waits for.
    pub after: Vec<&'a str>,
}

/// The names of those that are missing, and apart from them those that were not started for want of one of
/// the others, be it by way of others again.
#[must_use]
pub fn causes_first(missing: &[Missing<'_>]) -> (String, Option<String>) {
    let mut causes: Vec<&str> = missing
        .iter()
        .filter(|one| one.started)
        .map(|one| one.name)
        .collect();
    let mut known = causes.clone();
    loop {
        let before = known.len();
        for one in missing {
            let is_behind = one.after.iter().any(|name| known.contains(name));
            if is_behind && !known.contains(&one.name) {
                known.push(one.name);
            }
        }
        if known.len() == before {
            break;
        }
    }
    let unexplained = missing.iter().filter(|one| !known.contains(&one.name));
    causes.extend(unexplained.map(|one| one.name));
    let behind = missing.iter().filter(|one| !causes.contains(&one.name));
    let behind: Vec<&str> = behind.map(|one| one.name).collect();
    let behind = (!behind.is_empty()).then(|| and_list(&behind));
    (and_list(&causes), behind)
}

/// Whether somebody waits for a service, and for this of it.
fn awaits(scene: Scene<'_>, id: Id, is_wanted: fn(Condition) -> bool) -> bool {
    let name = &scene.service(id).name;
    let mut needs = scene.fleet.services().iter().flat_map(|one| &one.after);
    needs.any(|on| is_wanted(on.condition) && on.name == *name)
}

/// Its end, and not that it is ready.
fn is_end(condition: Condition) -> bool {
    matches!(
        condition,
        Condition::Completed | Condition::CompletedSuccessfully
    )
}

fn is_health(condition: Condition) -> bool {
    condition == Condition::Healthy
}

#[cfg(test)]
pub(crate) fn example() -> Timeline {
    let row = |name: &str, from, to, after: &[&str]| Row {
        name: name.to_owned(),
        from: Duration::from_millis(from),
        to: Some(Duration::from_millis(to)),
        failed: None,
        started: true,
        end: None,
        for_health: false,
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
        settled: true,
        ..Timeline::default()
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
        started: true,
        end: None,
        for_health: false,
        after: Vec::new(),
    };
    Timeline {
        rows: vec![row],
        end: Some(Duration::ZERO),
        all_ready: true,
        settled: true,
        ..Timeline::default()
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
        started: true,
        end: None,
        for_health: false,
        after: Vec::new(),
    };
    Timeline {
        rows: vec![
            row("x", 0, Some(1), None),
            row("slow", 0, None, None),
            row("web", 0, None, Some(1000)),
        ],
        end: Some(Duration::from_millis(1200)),
        ..Timeline::default()
    }
}
