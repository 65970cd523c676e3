//! Why services end, or do not get ready: their last lines, and what those mean, worked out once for all
//! who show or keep a session.

use std::collections::BTreeSet;
use std::fmt;

use camino::Utf8Path;

use crate::gather;
use crate::service::cause::{self, Cause, Declared, Given, Modules, Sought, Speaker, Tables};
use crate::service::event::{Above, Last, Scene};
use crate::service::fleet::{Fleet, Id, Notice};
use crate::service::{Command, Ending, Kind, Service, folder, last_words, neighbours, procfile};
use crate::toolchain::Installers;
use crate::workspace::{CONFIG, STATE};

use super::chain::Link;
use super::tail::Tail;

/// What is to be known of the workspace and the machine for a way out that works there.
#[derive(Debug, Default)]
pub struct Hints {
    /// What the schemas declare, for those who miss it.
    pub declared: Declared,
    /// What env files and schemas say of single variables.
    pub given: Given,
    /// The variables that every process of the session inherits from us, with a value that is not empty.
    /// What env files set may change while it runs, and many a program reads none of them.
    pub inherited: BTreeSet<String>,
    /// What the project's files say of Python modules, for those who do not find one.
    pub modules: Written,
    /// Who makes the database's tables, for those who miss one.
    pub tables: Tables,
    /// How this machine starts its own services, and whether that needs `sudo`.
    pub installers: Installers,
}

/// What reads it, for a service that runs in that folder, where it is known, and what its last words are about.
type Read = dyn Fn(Option<&Utf8Path>, Sought<'_>) -> Modules;

/// Reads what the project's files say when it is asked for: a package may have been added while the session runs.
#[derive(Default)]
pub struct Written(Option<Box<Read>>);

impl Written {
    /// With what reads them for a service that runs in a folder, and what its last words are about.
    pub fn new(read: impl Fn(Option<&Utf8Path>, Sought<'_>) -> Modules + 'static) -> Self {
        Self(Some(Box::new(read)))
    }

    fn read(&self, cwd: Option<&Utf8Path>, sought: Sought<'_>) -> Modules {
        let read = self.0.as_ref();
        read.map(|read| read(cwd, sought)).unwrap_or_default()
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Written(…)")
    }
}

impl Hints {
    /// The variables that a service's process has for sure.
    fn set_for(&self, service: &Service) -> BTreeSet<String> {
        let mut set = self.inherited.clone();
        for (name, value) in &service.env {
            if value.is_empty() {
                set.remove(name);
            } else {
                set.insert(name.clone());
            }
        }
        set
    }
}

/// The last lines of all services.
#[derive(Debug)]
pub(super) struct Reasons {
    hints: Hints,
    tails: Vec<Tail>,
}

impl Reasons {
    pub(super) fn new(hints: Hints) -> Self {
        Self {
            hints,
            tails: Vec::new(),
        }
    }

    /// Takes note of what happened, before anybody is told; the last words of a service that ended or did
    /// not get ready.
    pub(super) fn happened(&mut self, scene: Scene<'_>, notice: &Notice) -> Option<Last> {
        let id = notice.service()?;
        self.grow(scene);
        let tail = &mut self.tails[id];
        let ending = match notice {
            Notice::Starting(_) => {
                tail.clear();
                return None;
            }
            Notice::Ready(..) | Notice::Recovered(_) => {
                tail.is_well();
                return None;
            }
            Notice::Died(_, ending, _) => Some(*ending),
            // Who was killed did not end for anything that it said.
            Notice::NotReady(..) | Notice::Stalled(_) | Notice::LaunchFailed(..) => {
                scene.fleet.machine(id).server_ending
            }
            _ => return None,
        };
        Some(Last {
            above: above(tail),
            lines: tail.lines().map(std::borrow::Cow::into_owned).collect(),
            cause: refused(notice).or_else(|| cause_of(scene.fleet, id, ending, tail, &self.hints)),
        })
    }

    /// Takes whole lines, after everybody got them: somebody waits for a line.
    pub(super) fn printed(&mut self, scene: Scene<'_>, id: usize, whole: &[u8]) {
        self.grow(scene);
        self.tails[id].push(whole, scene.now);
    }

    fn grow(&mut self, scene: Scene<'_>) {
        let services = scene.fleet.services().len();
        if self.tails.len() < services {
            self.tails.resize_with(services, Tail::default);
        }
    }
}

/// Why nothing was started on the data that is there, or came to nothing there.
fn refused(notice: &Notice) -> Option<Cause> {
    match notice {
        Notice::LaunchFailed(_, why) | Notice::NotReady(_, why) => cause::of_refusal(why),
        _ => None,
    }
}

/// What stands above the last lines.
fn above(tail: &Tail) -> Vec<Above> {
    let links = tail.chain().iter().flat_map(Link::shown);
    let above = links.chain(tail.head());
    above.map(|(lines, more)| Above { lines, more }).collect()
}

/// What a server of ours says of its data, whatever it says behind that.
fn damaged(service: &Service, said: &[last_words::Line<'_>]) -> Option<Cause> {
    if !service.kind.is_managed() {
        return None;
    }
    let lines: Vec<&str> = said.iter().map(|(_, line)| *line).collect();
    let data = service.cwd.join(STATE).join(&service.name);
    cause::damaged(&lines, &gather::aside::command(&data))
}

/// Why it ended, or did not get ready, as far as its last words tell.
fn cause_of(
    fleet: &Fleet,
    id: Id,
    ending: Option<Ending>,
    tail: &Tail,
    hints: &Hints,
) -> Option<Cause> {
    let service = &fleet.services()[id];
    // Who has done its work, was killed or fell did not end for anything that it said.
    let is_unsaid =
        |ending: Ending| service.succeeds(ending) || ending.is_from_outside() || ending.is_sudden();
    if ending.is_some_and(is_unsaid) {
        return None;
    }
    let set = hints.set_for(service);
    let neighbours = neighbours::of(fleet, id);
    let said = tail.since_well();
    let said: Vec<last_words::Line<'_>> = said.iter().map(|(at, line)| (*at, &**line)).collect();
    if let Some(cause) = damaged(service, &said) {
        return Some(cause);
    }
    let last: Vec<&str> = last_words::of(&said, ending)
        .iter()
        .map(|(_, line)| *line)
        .collect();
    let cwd = folder::of(service);
    let modules = hints.modules.read(cwd.as_deref(), Sought::of(&last));
    let speaker = Speaker {
        service: &service.name,
        // What runs at the root may read every tier's variables.
        tier: service.tier.as_deref().filter(|tier| *tier != "root"),
        port: service.port,
        is_alone: service.origin == procfile::ORIGIN,
        declared: &hints.declared,
        given: &hints.given,
        set: &set,
        modules: &modules,
        tables: &hints.tables,
        neighbours: &neighbours,
    };
    let cause = cause::of(speaker, &last)?;
    let way_out = match &cause.program {
        Some(program) => to_get(program, service, &hints.installers),
        None => hints.installers.fitted(&cause.way_out),
    };
    Some(Cause { way_out, ..cause })
}

/// How a program is got that is missing, or else what to correct: where a command has its name, that one.
fn to_get(program: &str, service: &Service, installers: &Installers) -> String {
    let name = &service.name;
    let place = match service.origin.as_str() {
        _ if !calls(service, program) => format!("where `{name}` calls it"),
        procfile::ORIGIN => format!("in the line of `{name}` in the Procfile"),
        CONFIG => format!("in [services.{}] of {CONFIG}", service.group()),
        _ => format!("where `{name}` calls it"),
    };
    installers.to_get(program, &place)
}

/// Whether the command of a service has that word in it.
fn calls(service: &Service, program: &str) -> bool {
    let (Kind::Process(command) | Kind::Task(command)) = &service.kind else {
        return false;
    };
    let has = |text: &str| {
        text.split([' ', ';', '&', '|', '('])
            .any(|word| word == program)
    };
    match command {
        Command::Shell(line) => has(line),
        Command::Exec(words) => words.iter().any(|word| has(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_told_with_its_package_and_its_place() {
        let told = |origin: &str, line: &str| {
            let kind = Kind::Process(Command::Shell(line.to_owned()));
            let mut service = Service::new("site", kind, "/".into());
            service.origin = origin.to_owned();
            let installers = Installers {
                programs: vec!["apt-get"],
                admin: true,
                ..Installers::default()
            };
            let get = |program| to_get(program, &service, &installers);
            [get("make"), get("nosuch")]
        };
        let [make, nosuch] = told(CONFIG, "cd x && make run; nosuch");
        let place = "in [services.site] of pixcrawler.toml";
        assert_eq!(
            make,
            format!(
                "apt-get update && apt-get install -y make   or name it with its folder {place}"
            )
        );
        assert_eq!(
            nosuch,
            format!("install it, or name it with its folder {place}")
        );
        let [_, nosuch] = told(procfile::ORIGIN, "nosuch");
        assert!(
            nosuch.ends_with("in the line of `site` in the Procfile"),
            "{nosuch}"
        );
        let [_, nosuch] = told(CONFIG, "./run.sh");
        assert!(nosuch.ends_with("where `site` calls it"), "{nosuch}");
    }
}
