//! Other numbers and names of replicas in the settings, beside those of another terminal.

use proptest::prelude::*;

use super::super::*;
use super::amended::{all_ready, redefined, scaled, settings, shown, with, word};
use super::{ms, ready};
use crate::service::definition::{Amended, Gone, Redefinition, amendments};

/// A session whose settings had two of `w`, and have a single one by now.
fn renamed(by_hand: u32) -> Fleet {
    let (x, w) = (with("x", "x"), with("w", "old"));
    let mut fleet = ready(vec![x.clone()]);
    let two = settings(&[(&x, None), (&w, Some(2))], &["w-1", "w-2"], &[]);
    redefined(&mut fleet, 1, two);
    scaled(&mut fleet, 2, "w", by_hand).expect("possible");
    let one = settings(&[(&x, None), (&w, None)], &["w"], &["w-1", "w-2"]);
    redefined(&mut fleet, 3, one);
    fleet
}

#[test]
fn a_replica_that_is_gone_does_not_take_the_name_of_the_one_that_came() {
    let (x, new) = (with("x", "x"), with("w", "new"));
    let mut fleet = renamed(2);
    redefined(
        &mut fleet,
        4,
        settings(&[(&x, None), (&new, None)], &[], &[]),
    );
    let names = fleet.services().iter().map(|it| it.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["x", "w-1", "w-2", "w"]);
    assert_eq!(word(&fleet, "w"), "new");
    let effects = fleet.scale(ms(5), "w", 1).expect("possible");
    assert_eq!(effects, [], "it runs");
    assert_eq!(shown(&fleet), all_ready(&["x", "w"]));
}

#[test]
fn what_was_scaled_up_by_hand_goes_with_its_group() {
    let (x, new) = (with("x", "x"), with("w", "new"));
    let mut fleet = renamed(4);
    assert_eq!(shown(&fleet), all_ready(&["x", "w"]));
    let two = settings(&[(&x, None), (&new, Some(2))], &["w-1", "w-2"], &["w"]);
    redefined(&mut fleet, 4, two);
    assert_eq!(shown(&fleet), all_ready(&["x", "w-1", "w-2"]));
    scaled(&mut fleet, 5, "w", 3).expect("possible");
    assert_eq!(word(&fleet, "w-3"), "new");
    // Fewer are written: so many there are, and no gap below one that was scaled to.
    let one = settings(&[(&x, None), (&new, Some(1))], &[], &["w-2"]);
    redefined(&mut fleet, 6, one);
    assert_eq!(shown(&fleet), all_ready(&["x", "w-1"]));
    scaled(&mut fleet, 7, "w", 3).expect("possible");
    assert_eq!(shown(&fleet), all_ready(&["x", "w-1", "w-2", "w-3"]));
}

/// A session and what its processes were started with.
struct Saved {
    fleet: Fleet,
    settings: Redefinition,
    started_with: Vec<Option<String>>,
    at: u64,
}

impl Saved {
    /// Performs what the machine asks for; a process that is asked to end does so only `ends`.
    fn settle(&mut self, effects: Vec<Effect>, ends: bool) {
        let mut open = effects;
        let now = ms(self.at);
        while let Some(effect) = open.pop() {
            open.extend(match effect {
                Effect::Launch(id) => {
                    self.started_with.resize(self.fleet.services().len(), None);
                    let name = self.fleet.services()[id].name.clone();
                    let mut others = (0..self.fleet.services().len()).filter(|other| {
                        let machine = self.fleet.machine(*other);
                        *other != id
                            && machine.state.is_live()
                            && self.fleet.services()[*other].name == name
                    });
                    assert_eq!(others.next(), None, "two processes of {name}");
                    self.started_with[id] = Some(word(&self.fleet, &name));
                    self.fleet.step(now, Input::Launched(id, 1))
                }
                Effect::Probe(id) => self.fleet.step(now, Input::Passed(id)),
                Effect::Ask(id) if ends => {
                    self.fleet.step(now, Input::Ended(id, Ending::Signal(15)))
                }
                Effect::Sweep(id, _) => self.fleet.step(now, Input::Gone(id)),
                _ => Vec::new(),
            });
        }
    }

    /// What was asked to end, and has not yet.
    fn end_all(&mut self) {
        for id in 0..self.fleet.services().len() {
            if matches!(self.fleet.machine(id).state, State::Stopping(_)) {
                self.settle(vec![Effect::Ask(id)], true);
            }
        }
    }

    /// The settings are saved, and taken over as a session does it.
    fn save(&mut self, word: &str, replicas: Option<u32>, ends: bool) {
        let (x, w) = (with("x", "x"), with("w", word));
        let mut new = settings(&[(&x, None), (&w, replicas)], &[], &[]);
        let all = amendments(&self.settings.services, &new.services, &|_| false);
        let mut again = Vec::new();
        for one in all {
            match one.amended {
                Amended::New => new.added.push(one.service),
                Amended::Gone => new.gone.push(Gone {
                    service: one.service,
                    group: one.group,
                }),
                Amended::Process(_) => again.push(one.group),
                Amended::Handling(_) => {}
            }
        }
        let services = self.fleet.services().iter().enumerate();
        let concerned = services.filter(|(_, it)| again.iter().any(|group| group == it.group()));
        let concerned: Vec<Id> = concerned.map(|(id, _)| id).collect();
        let is_up = |id: &Id| self.fleet.machine(*id).state.is_up();
        let (running, others): (Vec<Id>, Vec<Id>) = concerned.into_iter().partition(is_up);
        let why = || Why::Definition("pixcrawler.toml".to_owned(), vec!["command".to_owned()]);
        // Their processes end when the settings are taken over already.
        let now = ms(self.at);
        let mut effects = Vec::new();
        for id in running {
            effects.extend(self.fleet.step(now, Input::RestartOne(id, why())));
        }
        self.settings = new.clone();
        effects.extend(self.fleet.redefine(now, new));
        for id in others {
            effects.extend(self.fleet.step(now, Input::RestartOne(id, why())));
        }
        self.settle(effects, ends);
    }

    fn check(&self) {
        let services = self.fleet.services();
        let mut names: Vec<&str> = services.iter().map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "two services of one name: {services:?}");
        for planned in &self.settings.services {
            assert!(names.contains(&planned.name.as_str()), "none: {planned:?}");
        }
        let wanted = self.settings.services.last().map(|it| it.kind.clone());
        let first = if self.settings.services.iter().any(|it| it.name == "w") {
            "w"
        } else {
            "w-1"
        };
        for (id, service) in services.iter().enumerate() {
            let state = self.fleet.machine(id).state;
            if service.group() == "w" && state == State::Ready {
                assert_eq!(Some(&service.kind), wanted.as_ref(), "{}", service.name);
                assert_eq!(
                    self.started_with[id].as_deref(),
                    Some(word(&self.fleet, &service.name).as_str()),
                    "{} goes on with an old command",
                    service.name
                );
                let is_first = service.name == first;
                let by_number = service.replica.as_ref().is_some_and(|it| it.number > 1);
                assert!(is_first || by_number, "{} beside {first}", service.name);
            }
        }
    }
}

proptest! {
    #[test]
    fn a_name_is_one_service_as_it_is_written_whatever_is_saved_and_scaled(orders in proptest::collection::vec((0_u8..5, 0_u32..5, any::<bool>()), 1..25)) {
        let mut saved = Saved {
            fleet: ready(vec![with("x", "x"), with("w", "0")]),
            settings: settings(&[(&with("x", "x"), None), (&with("w", "0"), None)], &[], &[]),
            started_with: vec![None, Some("0".to_owned())],
            at: 1,
        };
        let first = saved.settings.clone();
        let effects = saved.fleet.redefine(ms(0), first);
        saved.settle(effects, true);
        for (order, number, ends) in orders {
            saved.at += 1;
            let now = ms(saved.at);
            match order {
                0 => saved.save(&number.to_string(), None, ends),
                1 | 2 => saved.save(&(number % 3).to_string(), Some(1 + number % 3), ends),
                3 => if let Ok(effects) = saved.fleet.scale(now, "w", number) {
                    saved.settle(effects, ends);
                },
                _ => {
                    let id = number as usize % saved.fleet.services().len();
                    let effects = saved.fleet.step(now, Input::StopOne(id));
                    saved.settle(effects, ends);
                }
            }
            if ends {
                saved.end_all();
                saved.check();
            }
        }
        saved.end_all();
        saved.check();
    }
}
