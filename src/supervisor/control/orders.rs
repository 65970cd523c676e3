//! What other terminals asked for, and what has become of it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::exit::Exit;
use crate::service::control::{Ask, Feed, Feeds, Goal, Refusal, Reply, SessionView, Snapshot};
use crate::service::fleet::{Effect, Fleet, Id, Input, Reason, State, Why};
use crate::service::replicated;
use crate::text::{and_list, nearest};
use crate::workspace::CONFIG;

use super::Asked;
use super::outcome::{self, Come};

/// An order that is being carried out.
#[derive(Debug)]
struct Open {
    /// The services that it names, with what each is to come to.
    goals: Vec<(Id, Goal)>,
    /// When it was given.
    since: Duration,
    feed: Feed,
}

/// What an order comes to for each service that it names.
type ToInput = fn(&Fleet, Id) -> Input;

/// Takes orders and reports on them.
#[derive(Debug)]
pub(crate) struct Orders {
    feeds: Feeds,
    session: SessionView,
    mark: String,
    open: Vec<Open>,
    /// When to look again whether what was started stays.
    due: Option<Duration>,
    /// What those who follow know of the session and its services.
    session_told: (Option<Reason>, bool),
    told: Vec<(State, Option<u32>)>,
    /// What people have to know of services, by their names.
    warnings: BTreeMap<String, Vec<String>>,
}

impl Orders {
    /// Orders to a session whose processes carry `mark`.
    pub(crate) fn new(feeds: Feeds, session: SessionView, mark: String) -> Self {
        Self {
            feeds,
            session,
            mark,
            open: Vec::new(),
            due: None,
            session_told: (None, false),
            told: Vec::new(),
            warnings: BTreeMap::new(),
        }
    }

    /// Whoever asks for this service's state is told that, too, until it is started again.
    pub(crate) fn warn(&mut self, service: &str, warnings: &[String]) {
        self.warnings.insert(service.to_owned(), warnings.to_vec());
    }

    /// Takes an order; what it means for the machine.
    pub(crate) fn take(&mut self, asked: Asked, fleet: &Fleet, now: Duration) -> Vec<Input> {
        let Asked { ask, feed } = asked;
        if ask == Ask::State {
            feed.push(self.state(fleet, now));
            self.feeds.tell_standing(&feed);
            feed.end();
            return Vec::new();
        }
        let (names, input): (&[String], ToInput) = match &ask {
            Ask::Stop { services } if !services.is_empty() => {
                (services, |_, id| Input::StopOne(id))
            }
            Ask::Start { services } => (services, |_, id| Input::StartOne(id)),
            Ask::Restart { services } => (services, |fleet, id| {
                // What is down is started, by another of the same order perhaps: once is enough.
                if fleet.machine(id).state.is_up() {
                    Input::RestartOne(id, Why::Asked)
                } else {
                    Input::StartOne(id)
                }
            }),
            other => {
                feed.push(self.state(fleet, now));
                self.feeds.add(feed);
                return match other {
                    Ask::Kill => vec![Input::Kill],
                    Ask::Stop { .. } if fleet.stopping().is_none() => {
                        vec![Input::Stop(Reason::Asked)]
                    }
                    _ => Vec::new(),
                };
            }
        };
        let stops = matches!(ask, Ask::Stop { .. });
        match resolve(fleet, names, stops) {
            Err(refusal) => {
                feed.finish(Reply::Refused(refusal));
                Vec::new()
            }
            Ok(_) if !stops && let Some(refusal) = outcome::stopping(fleet) => {
                feed.finish(Reply::Refused(refusal));
                Vec::new()
            }
            Ok(ids) => {
                feed.push(self.state(fleet, now));
                self.feeds.add(feed.clone());
                let goals = ids
                    .iter()
                    .map(|id| (*id, Goal::of(&ask, fleet.machine(*id))))
                    .collect();
                self.open.push(Open {
                    goals,
                    since: now,
                    feed,
                });
                // Nothing is to be done for one that was scaled away, and is gone.
                let there = ids.into_iter().filter(|id| fleet.is_shown(*id));
                there.map(|id| input(fleet, id)).collect()
            }
        }
    }

    /// Takes note of what came of an order to scale a service; what is to be done for it.
    pub(crate) fn scaled(
        &mut self,
        asked: Asked,
        scaled: Result<Vec<Effect>, String>,
        fleet: &Fleet,
        now: Duration,
    ) -> Vec<Effect> {
        let Asked { ask, feed } = asked;
        let Ask::Scale { service, .. } = &ask else {
            return Vec::new();
        };
        // Also those that were scaled away.
        let known = fleet.members(service);
        match scaled {
            Err(_) if known.is_empty() && !fleet.scalable().any(|name| name == service) => {
                let names: Vec<&str> = fleet.scalable().collect();
                feed.finish(Reply::Refused(unknown(service, &names)));
                Vec::new()
            }
            Err(_) if let Some(refusal) = outcome::stopping(fleet) => {
                feed.finish(Reply::Refused(refusal));
                Vec::new()
            }
            Err(_) if let Some(id) = none_left(fleet, &known) => {
                feed.finish(Reply::Refused(retired(fleet, service, id)));
                Vec::new()
            }
            Err(why) => {
                let group = known.first().map(|id| fleet.services()[*id].group());
                let help = match group {
                    Some(group) if group != service => {
                        format!("scale them all: pixcrawler scale {group}=N")
                    }
                    _ => format!("see [services.{service}] in pixcrawler.toml"),
                };
                let message = format!("`{service}` cannot be scaled so: {why}");
                feed.finish(Reply::Refused(Refusal::new(Exit::Usage, message, help)));
                Vec::new()
            }
            Ok(effects) => {
                feed.push(self.state(fleet, now));
                self.feeds.add(feed.clone());
                let goal = |id: Id| {
                    if fleet.machine(id).retired {
                        Goal::Stopped
                    } else {
                        Goal::Running
                    }
                };
                let goals = known.into_iter().map(|id| (id, goal(id))).collect();
                self.open.push(Open {
                    goals,
                    since: now,
                    feed,
                });
                effects
            }
        }
    }

    fn state(&self, fleet: &Fleet, now: Duration) -> Reply {
        let mut state = Snapshot::of(fleet, now, &self.session, &self.mark);
        for service in &mut state.services {
            service.warnings = self
                .warnings
                .get(&service.name)
                .cloned()
                .unwrap_or_default();
        }
        Reply::State(Box::new(state))
    }

    /// Tells those who follow when a state has changed, also where nothing is said about it.
    fn tell(&mut self, fleet: &Fleet, now: Duration) {
        if !self.feeds.any(false) {
            return self.told.clear();
        }
        let session = (fleet.stopping(), fleet.has_started());
        let services = (0..fleet.services().len()).map(|id| {
            let machine = fleet.machine(id);
            (machine.state, machine.pid)
        });
        if self.session_told == session && services.clone().eq(self.told.iter().copied()) {
            return;
        }
        self.session_told = session;
        self.told.clear();
        self.told.extend(services);
        self.feeds.push(self.state(fleet, now));
    }

    /// When [`Self::look`] is due, be there news or not.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.due
    }

    /// Looks which orders were carried out, and what there is to be told.
    pub(crate) fn look(&mut self, fleet: &Fleet, now: Duration) {
        self.tell(fleet, now);
        self.due = None;
        let mut open = std::mem::take(&mut self.open);
        open.retain(
            |order| match outcome::of(fleet, &order.goals, order.since, now) {
                Come::NotYet(due) => {
                    self.due = [self.due, due].into_iter().flatten().min();
                    true
                }
                Come::To(reply) => {
                    order.feed.push(self.state(fleet, now));
                    order.feed.finish(reply);
                    false
                }
            },
        );
        self.open = open;
    }
}

/// The services of those names, each once, in the plan's order. A name that replicas share stands
/// for all of them. One that was scaled away can be stopped, also where it is already, and nothing else.
fn resolve(fleet: &Fleet, names: &[String], stops: bool) -> Result<Vec<Id>, Refusal> {
    let mut ids: Vec<Id> = Vec::new();
    for name in names {
        let members = fleet.members(name);
        let mut found = members.clone();
        found.retain(|id| fleet.is_shown(*id) && (stops || !fleet.machine(*id).retired));
        if found.is_empty() && stops {
            let comes_back = |id: &&Id| fleet.brought_back_by(**id).is_some();
            found.extend(members.iter().filter(comes_back));
        }
        if found.is_empty() {
            return Err(match members.first() {
                Some(id) => retired(fleet, name, *id),
                None => beyond(fleet, name).unwrap_or_else(|| unknown(name, &names_of(fleet))),
            });
        }
        ids.extend(found);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Names that stand for something that is there: those of groups, also where all of one were scaled away, and
/// of single replicas.
fn names_of(fleet: &Fleet) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (id, service) in fleet.services().iter().enumerate() {
        let is_shown = fleet.is_shown(id);
        let comes_back = !is_shown && fleet.brought_back_by(id).is_some();
        let group = (service.group(), is_shown || comes_back);
        for (name, stands) in [group, (&service.name, is_shown)] {
            if stands && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// The first of those that are all gone from the settings.
fn none_left(fleet: &Fleet, known: &[Id]) -> Option<Id> {
    let is_gone = |id: &Id| fleet.machine(*id).gone;
    known.first().filter(|_| known.iter().all(is_gone)).copied()
}

/// Of a service none is left, or not this replica.
fn retired(fleet: &Fleet, name: &str, id: Id) -> Refusal {
    let (service, is_gone) = (&fleet.services()[id], fleet.machine(id).gone);
    let group = service.group();
    if let Some(count) = fleet.brought_back_by(id) {
        let message = if is_gone {
            format!("`{name}` is one more than {CONFIG} says")
        } else {
            format!("`{name}` was scaled away")
        };
        let help = format!("run it again: pixcrawler scale {group}={count}");
        return Refusal::new(Exit::Usage, message, help);
    }
    let message = format!("this session has no service `{name}` any more");
    let (base, _) = name.rsplit_once('-').unwrap_or((name, ""));
    let others: Vec<&str> = [group, base]
        .into_iter()
        .flat_map(|group| fleet.members(group))
        .filter(|other| !fleet.machine(*other).retired)
        .map(|other| fleet.services()[other].name.as_str())
        .collect();
    let help = if others.is_empty() {
        format!("it is not in {CONFIG} any more: put [services.{group}] back there, and it starts")
    } else {
        format!("in its place it has {}", and_list(&others))
    };
    Refusal::new(Exit::Usage, message, help)
}

/// Of a service there are not so many.
fn beyond(fleet: &Fleet, name: &str) -> Option<Refusal> {
    let group = replicated(name)?;
    let number = name.rsplit('-').next()?.parse().ok()?;
    let missing = fleet.missing(group, number).ok()?;
    missing.iter().find(|service| service.name == name)?;
    let members = fleet.members(group).into_iter();
    let there = match members.filter(|id| !fleet.machine(*id).retired).count() {
        1 => "there is 1".to_owned(),
        more => format!("there are {more}"),
    };
    let message = format!("this session has no replica `{name}`: of `{group}` {there}");
    let help = format!("to have it, too: pixcrawler scale {group}={number}");
    Some(Refusal::new(Exit::Usage, message, help))
}

fn unknown(name: &str, known: &[&str]) -> Refusal {
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its services are {}", and_list(known)),
    };
    let message = format!("this session has no service `{name}`");
    Refusal::new(Exit::Usage, message, help)
}
