//! The crash card: what ended (or did not get ready), how, its last words, what they mean, the way out.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::output::{Sign, Style, Tone};
use crate::service::cause::{self, Cause, Declared, Given, Modules, Speaker, Tables};
use crate::service::event::Scene;
use crate::service::fleet::Id;
use crate::service::{Ending, Service, last_words, procfile};
use crate::toolchain::Installers;

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
    pub modules: Modules,
    /// Who makes the database's tables, for those who miss one.
    pub tables: Tables,
    /// How this machine starts its own services, and whether that needs `sudo`.
    pub installers: Installers,
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

/// What happened to a service.
pub(super) struct Event<'a> {
    /// In words: the first line of its card.
    pub(super) head: &'a str,
    /// How it ended, if it did.
    pub(super) ending: Option<Ending>,
}

/// Writes the card of a service.
pub(super) fn write(
    scene: Scene<'_>,
    id: Id,
    event: &Event<'_>,
    tail: &Tail,
    hints: &Hints,
    style: Style,
) -> String {
    let mut out = format!(
        "{} {}\n",
        style.sign(Sign::Error),
        style.paint(Tone::Strong, event.head)
    );
    let bar = if style.unicode() { "│" } else { "|" };
    let bar = style.paint(Tone::Error, bar).to_string();
    let more = |count: usize| {
        let count = crate::text::plural(count, "line");
        let more = style.paint(Tone::Context, format!("… {count} more"));
        format!("  {bar} {more}\n")
    };
    for link in tail.chain() {
        for line in &link.head {
            let _ = writeln!(out, "  {bar} {line}");
        }
        if link.more > 0 {
            out.push_str(&more(link.more));
        }
        for line in &link.said {
            let _ = writeln!(out, "  {bar} {line}");
        }
    }
    if let Some((first, left_out)) = tail.head() {
        let _ = writeln!(out, "  {bar} {first}");
        if left_out > 0 {
            out.push_str(&more(left_out));
        }
    }
    for line in tail.lines() {
        let _ = writeln!(out, "  {bar} {line}");
    }
    if let Some(cause) = cause_of(scene.service(id), event.ending, tail, hints) {
        let _ = writeln!(
            out,
            "  cause: {}\n  {} {}",
            cause.meaning,
            style.arrow(),
            style.paint(Tone::Name, hints.installers.fitted(&cause.way_out))
        );
    }
    out
}

/// Why it ended, or did not get ready, as far as its last words tell.
fn cause_of(
    service: &Service,
    ending: Option<Ending>,
    tail: &Tail,
    hints: &Hints,
) -> Option<Cause> {
    // Who has done its work, was killed or fell did not end for anything that it said.
    let is_unsaid =
        |ending: Ending| service.succeeds(ending) || ending.is_from_outside() || ending.is_sudden();
    if ending.is_some_and(is_unsaid) {
        return None;
    }
    let set = hints.set_for(service);
    let speaker = Speaker {
        service: &service.name,
        // What runs at the root may read every tier's variables.
        tier: service.tier.as_deref().filter(|tier| *tier != "root"),
        port: service.port,
        is_alone: service.origin == procfile::ORIGIN,
        declared: &hints.declared,
        given: &hints.given,
        set: &set,
        modules: &hints.modules,
        tables: &hints.tables,
    };
    let said = tail.since_well();
    let said: Vec<last_words::Line<'_>> = said.iter().map(|(at, line)| (*at, &**line)).collect();
    let last: Vec<&str> = last_words::of(&said, ending)
        .iter()
        .map(|(_, line)| *line)
        .collect();
    cause::of(speaker, &last)
}
