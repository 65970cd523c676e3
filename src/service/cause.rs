//! Known causes: what the last words of a process mean, and the way out.

mod caught;
mod clause;
mod complaint;
mod counted;
mod data;
mod fields;
mod imported;
mod importer;
pub(super) mod in_use;
mod javascript;
mod limit;
mod named;
mod packaged;
mod part;
mod pattern;
mod port;
mod program;
mod python;
mod server;
mod socket;
mod sought;
pub(super) mod statement;
mod stdlib;
#[cfg(test)]
mod tests;
mod unset;
mod variable;

use std::collections::{BTreeMap, BTreeSet};

use crate::text::{few, remedy};
use crate::workspace::CONFIG;

use counted::Counted;
pub use data::{DAMAGED, damaged, of_refusal, parted, parted_from, put_back_or, refused};
pub use fields::Fields;
pub use javascript::{Holed, WebModules};
pub use python::Modules;
pub use sought::Sought;

/// The variables that the schemas declare: by tier, each with what it is for.
pub type Declared = BTreeMap<String, BTreeMap<String, String>>;

/// What is known of variables besides what the schemas call them; each by its tier and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// The file that gives one a value.
    pub files: BTreeMap<(String, String), String>,
    /// The file of this environment alone that is written in the place of that one, which development reads, too.
    pub apart: BTreeMap<(String, String), String>,
    /// What `env set` is told of the environment: ` --env test`; nothing in development.
    pub option: String,
    /// Where a file sets one to nothing: `backend/.env:14`.
    pub empty: BTreeMap<(String, String), String>,
    /// Those that a schema declares and nobody need set: no check asks for them.
    pub optional: BTreeSet<(String, String)>,
    /// The ports that values name.
    pub ports: BTreeSet<u16>,
    /// What `pixcrawler.toml` sets for one service alone, maybe to nothing: the service, the name, and the line.
    pub own: BTreeMap<(String, String), usize>,
}

/// Another service of the session, which has a port of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its name.
    pub name: String,
    /// The port.
    pub port: u16,
    /// How far it is.
    pub stage: Stage,
    /// What to write in `pixcrawler.toml` for the speaker to wait for it; none where that is not to be.
    pub wait: Option<String>,
}

/// How far a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It is not started yet.
    Waiting,
    /// Its process may be there, and is not ready.
    Starting,
    /// It is ready, or nothing tells whether it is.
    Ready,
    /// It ends, or has ended.
    Gone,
}

/// Who makes the tables of the database, as far as the project's files tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables {
    /// Whether there are migrations that `dev --migrate` would apply, and this session does not.
    pub by_us: bool,
    /// The folder of Alembic's settings, relative to the root, where there are any.
    pub alembic: Option<String>,
}

/// Why a process ended, as far as its last words tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What it means.
    pub meaning: String,
    /// The next command to type.
    pub way_out: String,
    /// The program that is missing, of which no check of ours knows: a package of the system may bring it.
    pub program: Option<String>,
}

/// Who said the last words.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'a> {
    /// The service.
    pub service: &'a str,
    /// Its tier.
    pub tier: Option<&'a str>,
    /// The port that it is to listen on.
    pub port: Option<u16>,
    /// Whether it runs without a workspace, of a Procfile: no command of ours knows more of it.
    pub is_alone: bool,
    /// What the schemas declare.
    pub declared: &'a Declared,
    /// What env files and schemas say of single variables.
    pub given: &'a Given,
    /// The variables that its process is known to have, with a value that is not empty.
    pub set: &'a BTreeSet<String>,
    /// What the project's files say of modules.
    pub modules: &'a Modules,
    /// Who makes tables.
    pub tables: &'a Tables,
    /// The other services of the session with ports.
    pub neighbours: &'a [Neighbour],
}

impl Speaker<'_> {
    /// A way out for who has a workspace, and one for who has none.
    fn way<'w>(self, of_workspace: &'w str, alone: &'w str) -> &'w str {
        if self.is_alone { alone } else { of_workspace }
    }

    /// The other service that has that port.
    fn neighbour(&self, port: u16) -> Option<&Neighbour> {
        self.neighbours.iter().find(|other| other.port == port)
    }

    /// The command that says what is wrong with the variables that it reads.
    fn check(&self, tier: Option<&str>) -> String {
        let known = |tier: &&str| self.declared.contains_key(*tier);
        match self.tier.or(tier).filter(known) {
            Some(tier) => format!("pixcrawler env check --tier {tier}"),
            None => "pixcrawler env check".to_owned(),
        }
    }

    /// The tier whose env file gives a variable a value, and that file. `tier` is that which declares it.
    fn file_of(&self, name: &str, tier: Option<&str>) -> Option<(&str, &str)> {
        let own = self.tier.or(tier).unwrap_or("root");
        let tiers = [Some(own), tier].into_iter().flatten();
        let keys = tiers.map(|tier| (tier.to_owned(), name.to_owned()));
        let known = keys.filter_map(|key| self.given.files.get_key_value(&key));
        let mut known = known.map(|((tier, _), file)| (tier.as_str(), file.as_str()));
        known.next().filter(|_| !self.is_alone)
    }

    /// The line of `pixcrawler.toml` that sets a variable for this service alone: that counts before every file.
    fn own(&self, name: &str) -> Option<usize> {
        let is_it = |of: &str| {
            let rest = self.service.strip_prefix(of);
            // One of several is called by its number, too.
            let number = |it: &str| {
                it.strip_prefix('-')
                    .is_some_and(|it| it.parse::<u32>().is_ok())
            };
            rest.is_some_and(|rest| rest.is_empty() || number(rest))
        };
        let mut own = self.given.own.iter();
        let found = own.find(|((of, it), _)| is_it(of) && it.eq_ignore_ascii_case(name))?;
        (!self.is_alone).then_some(*found.1)
    }

    /// Where the value stands that this service has for a variable, as far as that is known.
    fn place_of(&self, name: &str, tier: Option<&str>) -> Option<String> {
        let own = self.own(name).map(|line| format!("{CONFIG}:{line}"));
        own.or_else(|| Some(self.file_of(name, tier)?.1.to_owned()))
    }

    /// What is to be added to the words that a variable is not set: where it is, in vain.
    fn but_in_file(&self, name: &str, tier: Option<&str>) -> String {
        if let Some(line) = self.own(name) {
            return format!(": {CONFIG}:{line} sets it to nothing");
        }
        if let Some((_, file)) = self.file_of(name, tier) {
            return format!(": {file} has it, and `{}` does not read that", self.service);
        }
        let own = self.tier.or(tier).unwrap_or("root");
        let mut tiers = [Some(own), tier].into_iter().flatten();
        let empty =
            tiers.find_map(|tier| self.given.empty.get(&(tier.to_owned(), name.to_owned())));
        let empty = empty.filter(|_| !self.is_alone);
        empty.map_or_else(String::new, |place| format!(": {place} sets it to nothing"))
    }

    /// The way out for a variable that is not set, and of the tier that declares it; nobody need do so.
    fn way_to_set(&self, name: &str, tier: Option<&str>) -> String {
        // A check finds nothing wrong with what a file has, or may be without.
        let is_optional = |tier: &str| {
            let key = (tier.to_owned(), name.to_owned());
            self.given.optional.contains(&key)
        };
        if self.is_alone || self.own(name).is_some() {
            self.way_to_mend(name, tier)
        } else if let Some((tier, file)) = self.file_of(name, tier) {
            format!(
                "begin the command of `{}` with: pixcrawler env run --tier {} --   or let it read {file}",
                self.service,
                remedy::quoted(tier)
            )
        } else if tier.is_some_and(|tier| !is_optional(tier)) {
            self.check(tier)
        } else {
            format!("{}   then start again", remedy::set_here(name))
        }
    }

    /// The way out for a variable whose value is of no use, and of the tier that declares it.
    fn way_to_mend(&self, name: &str, tier: Option<&str>) -> String {
        if self.is_alone {
            return format!("give {name} a value in .env, beside the Procfile");
        }
        if let Some(line) = self.own(name) {
            return remedy::open_at(CONFIG, line);
        }
        // What the settings of the code refuse no check of ours need know.
        match self.file_of(name, tier) {
            Some((tier, file)) => {
                let key = (tier.to_owned(), name.to_owned());
                let file = self.given.apart.get(&key).map_or(file, String::as_str);
                let (file, option) = (remedy::quoted(file), &self.given.option);
                format!("pixcrawler env set --file {file} {name}=-{option}")
            }
            None if self.set.contains(name) => {
                format!("{}   then start again", remedy::set_here(name))
            }
            None => self.check(tier),
        }
    }

    /// The way out for variables whose names are not known; in words where nobody declares any.
    fn way_to_correct(&self, words: impl Into<String>) -> String {
        if self.is_alone {
            "correct it in .env, beside the Procfile".to_owned()
        } else if self.declared.is_empty() {
            words.into()
        } else {
            self.check(None)
        }
    }
}

/// The cause that the last lines of a process point to; the latest line counts most.
#[must_use]
pub fn of(speaker: Speaker<'_>, lines: &[&str]) -> Option<Cause> {
    let counted = Counted::of(lines);
    let all = counted.all();
    unset::of(speaker, counted.last_alike(unset::complains))
        .or_else(|| {
            let mut statements = counted.statements();
            statements.find_map(|line| known(speaker, line, &all))
        })
        .or_else(|| named::of(speaker, counted.statements()))
}

fn cause(meaning: impl Into<String>, way_out: impl Into<String>) -> Cause {
    Cause {
        meaning: meaning.into(),
        way_out: way_out.into(),
        program: None,
    }
}

fn known(speaker: Speaker<'_>, line: &str, lines: &[&str]) -> Option<Cause> {
    python::of(speaker, line, lines)
        .or_else(|| in_use::of(speaker, line, lines))
        .or_else(|| refused_value(speaker, line, lines))
        .or_else(|| javascript::of(speaker, line, lines))
        .or_else(|| server::of(speaker, line, lines))
        .or_else(|| limit::of(speaker, line, lines))
        .or_else(|| program::of(speaker, line, lines))
}

/// Settings that are there, and cannot be used.
fn refused_value(speaker: Speaker<'_>, line: &str, lines: &[&str]) -> Option<Cause> {
    let service = speaker.service;
    // What checks a frontend's environment says what is wrong in lines of its own.
    if line.contains("Invalid environment variables") {
        return Some(cause(
            "a variable is not set, or has a value that it cannot use",
            speaker.way_to_correct(format!(
                "correct what is named above, in the env file that `{service}` reads"
            )),
        ));
    }
    let refused = variable::refused(speaker.tier, speaker.declared, line, lines)?;
    let in_class = refused
        .class
        .map_or_else(String::new, |class| format!(" in `{class}`"));
    let looks = refused.field.and_then(|field| wanted_look(field, lines));
    let looks = looks.map_or_else(String::new, |it| format!(": it must look like {it}"));
    let others: Vec<String> = refused.others.iter().map(|it| format!("`{it}`")).collect();
    let fields = speaker.modules.fields.as_ref();
    let written = || fields?.variable(refused.class?, refused.field?);
    let mut found = match (refused.declared, refused.field) {
        (None, Some(_)) if !refused.is_extra && let Some(name) = written() => {
            let place = speaker.place_of(name, None);
            let place = place.map_or_else(String::new, |it| format!(" in {it}"));
            cause(
                format!("`{name}`{place} has a value that `{service}` cannot use{looks}"),
                speaker.way_to_mend(name, None),
            )
        }
        (None, Some(field)) if refused.is_extra => {
            undeclared(speaker, refused.class.unwrap_or_default(), field)
        }
        (Some((name, tier)), _) => cause(
            match speaker.place_of(&name, Some(tier)) {
                Some(place) => {
                    format!("`{name}` in {place} has a value that `{service}` cannot use{looks}")
                }
                None => format!("`{name}` has a value that `{service}` cannot use{looks}"),
            },
            speaker.way_to_mend(&name, Some(tier)),
        ),
        (None, Some(field)) => cause(
            format!("the variable of `{field}`{in_class} has a value that `{service}` cannot use{looks}"),
            speaker.way_to_correct(format!(
                "correct the variable of `{field}`, in the env file that `{service}` reads"
            )),
        ),
        (None, None) => cause(
            "a variable is not set, or has a value that it cannot use",
            speaker.way_to_correct(match refused.class {
                Some(class) => format!(
                    "correct the variables of `{class}` that are named above, in the env file that `{service}` reads"
                ),
                None => format!(
                    "correct what is named above, in the env file that `{service}` reads"
                ),
            }),
        ),
    };
    if !others.is_empty() {
        let others = few(&others);
        found.meaning = format!("{}; it complains of {others}, too", found.meaning);
    }
    Some(found)
}

/// An env file has a variable that the class which reads it has no field for. Only files have such ones: of the
/// environment it takes its own.
fn undeclared(speaker: Speaker<'_>, class: &str, field: &str) -> Cause {
    let name = field.to_ascii_uppercase();
    let file = [name.as_str(), field]
        .iter()
        .find_map(|name| Some((*name, speaker.file_of(name, None)?.1)));
    let (name, place) = match file {
        Some((name, file)) => (name, file.to_owned()),
        None if speaker.is_alone => (name.as_str(), ".env".to_owned()),
        None => (
            name.as_str(),
            format!("the env file that `{}` reads", speaker.service),
        ),
    };
    cause(
        format!("`{name}` stands in {place}, and `{class}` has no field `{field}`"),
        format!(
            "take {name} out of {place}, declare `{field}` in `{class}`, or let it pass over such ones: extra=\"ignore\" in its model_config"
        ),
    )
}

/// What the value of a field has to look like, where pydantic says so in the line below it.
fn wanted_look(field: &str, lines: &[&str]) -> Option<String> {
    let below = lines.windows(2).find(|pair| pair[0].trim() == field)?[1];
    let (_, behind) = below.split_once("should match pattern '")?;
    let end = behind.rfind("' [type=").or_else(|| behind.rfind('\''))?;
    Some(crate::text::pattern::in_words(&behind[..end]))
}
