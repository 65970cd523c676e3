//! The table of what runs, once all is ready.

use crate::output::{Align, Cell, Style, Table, Tone};
use crate::service::control::Stage;
use crate::service::event::Scene;
use crate::service::fleet::{Id, State};
use crate::text::duration;

/// A service's state in the words of `ps`, how it ended where that says more, and how well that is. What is swept
/// up behind one that has ended changes nothing of how it ended.
fn state(scene: Scene<'_>, id: Id) -> (Stage, Option<String>, Tone) {
    let machine = scene.fleet.machine(id);
    let ended = match machine.state {
        State::Sweeping(ending) | State::Ended(ending) => Some(ending),
        _ => None,
    };
    match ended {
        Some(ending) if scene.fleet.succeeds(id, ending) => (Stage::Done, None, Tone::Ok),
        Some(ending) => {
            let how = machine.how_it_failed(ending);
            (Stage::Failed, Some(how), Tone::Error)
        }
        None => {
            let has_check = scene.service(id).ready.probe.is_some();
            let stage = match machine.state {
                // Where that is all that was wanted, they are asked to stop in the same breath.
                State::Stopping(_) if has_check => Stage::Ready,
                State::Stopping(_) => Stage::Running,
                _ => Stage::from(scene.fleet.phase(id)),
            };
            let tone = match stage {
                Stage::Ready | Stage::Running => Tone::Ok,
                Stage::Stopped => Tone::Context,
                _ => Tone::Warning,
            };
            (stage, None, tone)
        }
    }
}

/// Writes the table: name, time to ready, address, process, and what is worth knowing. No line is wider than
/// `room` where a space allows it.
pub(super) fn write(scene: Scene<'_>, style: Style, room: usize, out: &mut Vec<u8>) {
    let wide = rows(scene, false);
    let table = if wide.width() > room {
        rows(scene, true)
    } else {
        wide
    };
    let written = table.write_within(style, room, out);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
}

/// A row for each service. Where there is little room, how one ended comes last.
fn rows(scene: Scene<'_>, is_narrow: bool) -> Table {
    let mut table = Table::indented(2).align([
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Left,
        Align::Left,
        Align::Left,
    ]);
    for (id, service) in scene.fleet.services().iter().enumerate() {
        let machine = scene.fleet.machine(id);
        if scene.fleet.is_guest(id) || !scene.fleet.is_shown(id) {
            continue;
        }
        let (reached, how, tone) = state(scene, id);
        // Of a service without a check nothing is known but that it was started.
        let takes_time = service.kind.is_task() || service.ready.probe.is_some();
        let after = machine.ready_after.filter(|_| takes_time);
        let pid = machine
            .pid
            .map(|pid| format!("pid {pid}"))
            .unwrap_or_default();
        let mut about = if service.kind.is_managed() {
            format!("managed, .pixcrawler/{}", service.name)
        } else {
            String::new()
        };
        let state = match how {
            Some(how) if is_narrow => {
                about = how;
                reached.as_str().to_owned()
            }
            Some(how) => format!("{}: {how}", reached.as_str()),
            None => reached.as_str().to_owned(),
        };
        table.row([
            Cell::new(service.name.as_str(), Tone::Strong),
            Cell::new(state, tone),
            Cell::from(after.map(duration).unwrap_or_default()),
            Cell::new(service.url.as_deref().unwrap_or_default(), Tone::Name),
            Cell::new(pid, Tone::Context),
            Cell::new(about, Tone::Context),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use console::measure_text_width;

    use super::*;
    use crate::service::fleet::{Fleet, Input, Policy};
    use crate::service::{Command, Ending, Kind, Plan, Selection, Service};

    #[test]
    fn what_does_not_fit_stands_below_and_no_word_is_broken() {
        let service = |name: &str, url: Option<&str>| {
            let kind = Kind::Process(Command::Exec(vec![name.to_owned()]));
            Service {
                url: url.map(str::to_owned),
                ..Service::new(name, kind, "/".into())
            }
        };
        let services = vec![
            service("api", Some("http://localhost:8000/some/way/to/its/docs")),
            service("worker", None),
        ];
        let plan = Plan::new(services, &Selection::default()).expect("sound");
        let policy = Policy {
            keep_going: true,
            ..Policy::default()
        };
        let mut fleet = Fleet::new(&plan, policy);
        for input in [
            Input::Begin,
            Input::Launched(0, 4_194_303),
            Input::Launched(1, 4_194_304),
            Input::Ended(1, Ending::Signal(9)),
            Input::Gone(1),
        ] {
            fleet.step(Duration::ZERO, input);
        }
        let scene = Scene {
            now: Duration::ZERO,
            fleet: &fleet,
            last: None,
        };
        let shown = |room| {
            let mut out = Vec::new();
            write(scene, Style::plain(), room, &mut out);
            String::from_utf8(out).expect("text")
        };
        let how = fleet.machine(1).how_it_failed(Ending::Signal(9));
        let wide = shown(usize::MAX);
        assert!(wide.contains(&format!("worker  failed: {how}")), "{wide}");
        for room in [80, 60, 50] {
            let narrow = shown(room);
            for line in narrow.lines() {
                assert!(measure_text_width(line) <= room, "{room}: {narrow}");
            }
            let words: Vec<&str> = narrow.split_whitespace().collect();
            for word in how
                .split(' ')
                .chain(["http://localhost:8000/some/way/to/its/docs"])
            {
                assert!(words.contains(&word), "{word} {room}: {narrow}");
            }
            assert!(narrow.contains("  worker  failed"), "{room}: {narrow}");
        }
    }
}
