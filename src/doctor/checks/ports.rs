//! The ports that the services of this workspace will listen on.

use crate::doctor::{Answer, Cure, Facts};
use crate::service::ports;
use crate::system::net::{self, Holder};
use crate::text::{and_list, remedy};

use super::waits;

/// A port that a service wants.
struct Port {
    service: String,
    number: u16,
    state: State,
}

enum State {
    Free,
    /// A session of this workspace serves it.
    Ours,
    Taken(Option<Holder>),
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let wanted = facts.ports();
    if wanted.is_empty() {
        return waits::for_side(facts, false)
            .unwrap_or_else(|| Answer::irrelevant("no service listens"));
    }
    let ports: Vec<Port> = std::thread::scope(|scope| {
        let asked: Vec<_> = wanted
            .iter()
            .map(|(service, number)| {
                scope.spawn(|| Port {
                    service: service.clone(),
                    number: *number,
                    state: state(facts, *number),
                })
            })
            .collect();
        asked
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .collect()
    });
    match waits::for_side(facts, false) {
        // What is not asked becomes a fact.
        Some(waiting) => judge(&ports).beside(waiting),
        None => judge(&ports),
    }
}

fn state(facts: &Facts, number: u16) -> State {
    if !net::is_taken(number) {
        return State::Free;
    }
    let holder = net::holder(number);
    let ours = holder.as_ref().is_some_and(|holder| {
        facts
            .residents()
            .iter()
            .any(|process| process.pid == holder.pid && process.supervised == Some(true))
    });
    if ours {
        State::Ours
    } else {
        State::Taken(holder)
    }
}

fn judge(ports: &[Port]) -> Answer {
    let mut answer = Answer::default();
    let numbers = |wanted: fn(&State) -> bool| {
        let chosen = ports.iter().filter(|port| wanted(&port.state));
        chosen
            .map(|port| port.number.to_string())
            .collect::<Vec<_>>()
    };
    let free = numbers(|state| matches!(state, State::Free));
    if !free.is_empty() {
        answer = answer.and(format!("{} free", and_list(&free)));
    }
    let ours = numbers(|state| matches!(state, State::Ours));
    if !ours.is_empty() {
        answer = answer.and(format!("{} served by this workspace", and_list(&ours)));
    }
    for port in ports {
        let State::Taken(holder) = &port.state else {
            continue;
        };
        let words = holder
            .as_ref()
            .map(|holder| (holder.name.as_str(), holder.pid, holder.command.as_str()));
        let mut finding = ports::port_taken(&port.service, port.number, words);
        match holder {
            Some(holder) => {
                finding = finding.note(format!(
                    "or give it another port: [services.{}] port = {} in pixcrawler.toml",
                    port.service,
                    port.number.wrapping_add(1)
                ));
                let stop = remedy::end_process(holder.pid);
                finding.help = Some(stop.clone());
                answer = answer.mended_by(finding, Cure::ending(stop));
            }
            None => answer = answer.problem(finding),
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_stranger_is_named_and_our_own_session_is_none() {
        let port = |number, state| Port {
            service: "backend".to_owned(),
            number,
            state,
        };
        assert_eq!(judge(&[port(8000, State::Ours)]).status(), Status::Pass);
        let holder = Holder {
            pid: 4711,
            name: "python3".to_owned(),
            command: "python3 -m http.server 8000".to_owned(),
        };
        let taken = judge(&[
            port(3000, State::Free),
            port(8000, State::Taken(Some(holder))),
        ]);
        assert_eq!(taken.found, ["3000 free"]);
        assert_eq!(
            taken.findings[0].message,
            "port 8000 of `backend` is taken by python3 (pid 4711)"
        );
        assert_eq!(taken.cures, [Cure::ending(remedy::end_process(4711))]);
    }
}
