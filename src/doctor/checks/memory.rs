//! Memory that is left.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Facts};
use crate::system::resources::{self, Enclosure, Memory};
use crate::text::remedy::quoted;
use crate::text::size;

/// There is little memory.
pub(super) static SCARCE: Rule = Rule {
    code: "machine/memory",
    severity: Severity::Warning,
    summary: "little memory is left for the stack",
    text: "\
The API, a worker, the frontend's development server and the two databases take about 1.7 GB, and
over 2 GB while pages are compiled. With less, the system ends processes (exit code 137).

Way out: close other programs, or give the container or the virtual machine more memory.",
};

pub(super) static RULES: &[&Rule] = &[&SCARCE];

/// What the whole stack takes while it compiles pages.
const STACK: u64 = 2 << 30;

pub(super) fn ask(_: &Facts) -> Answer {
    match resources::memory() {
        Some(memory) => judge(memory, resources::enclosure),
        None => Answer::skipped("the system does not tell"),
    }
}

fn judge(memory: Memory, room: impl FnOnce() -> Enclosure) -> Answer {
    let whose = if memory.limited {
        " of this container"
    } else {
        ""
    };
    let (free, total) = (size(memory.available), size(memory.total));
    let answer = Answer::found(format!("{free} available of {total}{whose}"));
    if memory.available >= STACK {
        return answer;
    }
    let (why, way) = if memory.limited {
        more(&room())
    } else {
        let way = if cfg!(windows) {
            "tasklist /fi \"memusage gt 500000\""
        } else if cfg!(target_os = "macos") {
            "ps aux -m | head"
        } else {
            "ps aux --sort=-rss | head"
        };
        (
            "close what you do not need; the largest programs",
            way.to_owned(),
        )
    };
    answer.problem(
        Finding::new(
            &SCARCE,
            format!(
                "{free} of memory available, the whole stack takes {}",
                size(STACK)
            ),
        )
        .subject("memory")
        .note(why)
        .help(way),
    )
}

/// Gives what we run in more memory: why, and the command.
fn more(room: &Enclosure) -> (&'static str, String) {
    let of_container =
        "on the host; or --memory 4g of docker run, or mem_limit in the compose file";
    let update =
        |engine: &str, name: &str| format!("{engine} update --memory 4g --memory-swap 4g {name}");
    match room {
        Enclosure::Container {
            engine,
            id: Some(id),
        } => (of_container, update(engine, id)),
        Enclosure::Service(unit) => (
            "systemd gives this service no more",
            format!("sudo systemctl set-property {} MemoryMax=4G", quoted(unit)),
        ),
        Enclosure::Container { engine, id: None } => (
            "on the host, with the container's name in the place of CONTAINER; or --memory 4g of docker run, or mem_limit in the compose file",
            update(engine, "CONTAINER"),
        ),
        Enclosure::None => (of_container, update("docker", "CONTAINER")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn less_than_the_stack_takes_warns() {
        let of = |available: u64, limited| {
            let total = 8 << 30;
            let memory = Memory {
                available,
                total,
                limited,
            };
            judge(memory, || Enclosure::Container {
                engine: "podman",
                id: Some("0f9a".to_owned()),
            })
        };
        assert_eq!(of(4 << 30, false).status(), Status::Pass);
        assert_eq!(of(1 << 30, false).status(), Status::Warn);
        assert_eq!(
            of(1 << 30, true).findings[0].help.as_deref(),
            Some("podman update --memory 4g --memory-swap 4g 0f9a")
        );
    }
}
