//! Who waits for whom, by number.

use super::{Condition, Ending, Id, Service, State};

/// The dependencies of a plan's services, looked up once.
#[derive(Debug, Default)]
pub(super) struct Graph {
    needs: Vec<Vec<(Id, Condition)>>,
    needed_by: Vec<Vec<Id>>,
}

impl Graph {
    pub(super) fn new(services: &[Service]) -> Self {
        let positions: std::collections::HashMap<&str, Id> = services
            .iter()
            .enumerate()
            .map(|(id, service)| (service.name.as_str(), id))
            .collect();
        let mut graph = Self {
            needs: vec![Vec::new(); services.len()],
            needed_by: vec![Vec::new(); services.len()],
        };
        for (id, service) in services.iter().enumerate() {
            for dependency in &service.after {
                if let Some(&other) = positions.get(dependency.name.as_str()) {
                    graph.needs[id].push((other, dependency.condition));
                    graph.needed_by[other].push(id);
                }
            }
        }
        graph
    }

    /// What `id` waits for, and what must be so.
    pub(super) fn needs(&self, id: Id) -> &[(Id, Condition)] {
        &self.needs[id]
    }

    /// Who waits for `id`.
    pub(super) fn needed_by(&self, id: Id) -> &[Id] {
        &self.needed_by[id]
    }
}

/// Whether a service may start.
pub(super) enum Verdict {
    Met,
    NotYet,
    /// This one will never be there.
    Never(Id),
}

/// Whether a dependency on a service in this state is met. `done`: the service is a task and has
/// succeeded.
pub(super) fn verdict(other: Id, state: State, condition: Condition, done: bool) -> Verdict {
    let met = match (condition, state) {
        (_, State::Skipped) => return Verdict::Never(other),
        (Condition::Completed, State::Ended(_))
        | (Condition::Started, State::Starting(_) | State::Ready)
        | (Condition::Ready, State::Ready) => true,
        (Condition::CompletedSuccessfully, State::Ended(ending)) => ending.is_success(),
        (Condition::Ready, State::Ended(_)) => done,
        (Condition::Started, State::Ended(ending)) => {
            !matches!(ending, Ending::Aborted | Ending::Unstarted)
        }
        // What was stopped by hand may be started by hand.
        _ => return Verdict::NotYet,
    };
    if met {
        Verdict::Met
    } else {
        Verdict::Never(other)
    }
}
