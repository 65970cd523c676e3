//! Settings classes that refuse what else stands in their env files.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::code::python::EnvFiles;
use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Facts};
use crate::gather::settings::{self, Placed};
use crate::text::remedy::open_at;
use crate::text::{and_list, few, plural};
use crate::workspace::Environment;

use super::fields;

/// The program ends where it makes such settings.
static EXTRAS: Rule = Rule {
    code: "env/extra-inputs",
    severity: Severity::Error,
    summary: "a settings class that refuses other variables of its env file",
    text: "\
A settings class takes every variable that its env files set to something, whatever its `env_prefix`. Where it
says nothing of `extra`, what is no field of it is refused: `Extra inputs are not permitted`, and the program
ends. So a class that shares its file with others never works. What the process environment sets is not refused.

Way out: write `extra=\"ignore\"` into the settings of the class, or give it a file of its own.",
};

pub(super) static RULES: &[&Rule] = &[&EXTRAS];

/// What is refused, and by whom. Files of a deployment get to the program in ways that no class names.
pub(super) fn judge(facts: &Facts) -> Answer {
    if facts.questions.environment != Environment::Development {
        return Answer::default();
    }
    let all = settings::of(facts.workspace());
    let classes = &all.classes;
    // Who refuses, by where that is to be mended.
    let mut refusing: BTreeMap<(&Utf8Path, usize), Refusing> = BTreeMap::new();
    for placed in classes {
        let Some((teller, refused)) = refused_by(facts, placed, classes) else {
            continue;
        };
        if !all.is_made(&placed.class.name) {
            continue;
        }
        let known = refusing.entry((&teller.file, teller.line)).or_default();
        known.classes.push(format!("`{}`", placed.class.name));
        known.variables.extend(refused);
    }
    refusing
        .into_iter()
        .fold(Answer::default(), |answer, ((file, line), refusing)| {
            answer.problem(refusing.finding(file, line))
        })
}

/// What is refused, as a class knows it: how that is written, and where, of several the last.
type Refused = BTreeMap<String, (String, String)>;

/// Which class names the files, and what of them is refused with its place; nothing where that is not known.
fn refused_by<'a>(
    facts: &Facts,
    placed: &'a Placed,
    all: &'a [Placed],
) -> Option<(&'a Placed, Refused)> {
    let of = |name: &str| -> Option<&'a Placed> {
        let mut named = all.iter().filter(|it| it.class.name == name);
        let near = named.clone().find(|it| it.file == placed.file);
        // Of two in other modules it may be either.
        near.or_else(|| named.next().filter(|_| named.next().is_none()))
    };
    let whole = placed.class.whole(&|name| of(name).map(|it| &it.class))?;
    let teller = all
        .iter()
        .find(|it| std::ptr::eq(&raw const it.class, whole.teller))?;
    let EnvFiles::These(files) = whole.files else {
        return None;
    };
    let mut refused = BTreeMap::new();
    for file in fields::files_of(facts, files, &teller.file) {
        for (name, line) in settings::set_in(facts.workspace(), file.as_str().into()) {
            if whole.refuses(&name) {
                let place = format!("{file}:{line}");
                refused.insert(whole.known_as(&name), (name, place));
            }
        }
    }
    (!refused.is_empty()).then_some((teller, refused))
}

/// Those that refuse.
#[derive(Default)]
struct Refusing {
    classes: Vec<String>,
    /// What they refuse.
    variables: Refused,
}

impl Refusing {
    fn finding(&self, file: &Utf8Path, line: usize) -> Finding {
        let several = self.classes.len() > 1;
        let named: Vec<String> = self
            .variables
            .values()
            .map(|(name, place)| format!("{name} ({place})"))
            .collect();
        Finding::new(
            &EXTRAS,
            format!(
                "{} ({file}:{line}) {} {} of {} env files, and cannot be made",
                and_list(&self.classes),
                if several { "refuse" } else { "refuses" },
                plural(self.variables.len(), "variable"),
                if several { "their" } else { "its" },
            ),
        )
        .subject(self.classes.concat().replace('`', ""))
        .note(few(&named))
        .note("they are no fields there, and pydantic-settings permits no others unless it is told to")
        .note("write extra=\"ignore\" into the settings of the class")
        .help(open_at(file.as_str(), line))
    }
}
