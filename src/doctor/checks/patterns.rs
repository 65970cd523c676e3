//! Values that the code's own settings classes refuse, by the pattern that they give for them.

use camino::Utf8Path;
use regex::Regex;

use crate::code::python::EnvFile;
use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Facts};
use crate::env::is_placeholder;
use crate::gather::declared::Declared;
use crate::schema::types::Kind;
use crate::text::pattern;
use crate::workspace::Environment;

use super::{place, servers};

/// The application does not start with it.
pub(super) static REFUSED: Rule = Rule {
    code: "env/refused",
    severity: Severity::Error,
    summary: "a value that the application's settings class refuses",
    text: "\
A field of a settings class may have a pattern, as in `Field(pattern=r\"^https://…$\")`. pydantic compares it with
the value when the program starts, and ends that where it does not match. Such a value may be sound for
everybody else who reads the variable.

Way out: set a value that matches, or change the pattern where the code has it.",
};

pub(super) static RULES: &[&Rule] = &[&REFUSED];

/// The tiers whose variables are read by Python.
const TIERS: &[&str] = &["backend", "root"];

/// What is refused.
pub(super) fn judge(facts: &Facts) -> Answer {
    let refused = facts.declared().iter();
    let refused = refused.filter_map(|declared| refused_by(facts, declared));
    refused.fold(Answer::default(), Answer::beside)
}

fn refused_by(facts: &Facts, declared: &Declared) -> Option<Answer> {
    let wanted = declared.field.pattern.as_deref()?;
    let set = |name: &str| {
        let mut tiers = TIERS
            .iter()
            .filter(|tier| reads(facts, declared, tier, name));
        tiers.find_map(|tier| Some((*tier, name.to_owned(), facts.value(tier, name)?)))
    };
    let (tier, name, value) = declared.variables().find_map(set)?;
    // What is to be filled in yet is told as that.
    if is_placeholder(value) || matches(wanted, value) {
        return None;
    }
    let finding = Finding::new(
        &REFUSED,
        format!(
            "`{name}` ({}) must look like {}: the application does not start with another value",
            facts.origin(tier, &name),
            pattern::in_words(wanted)
        ),
    )
    .subject(name.clone())
    .tier(tier)
    .note(format!(
        "`{}` has that pattern at {}",
        declared.field.class,
        declared.place()
    ));
    let cure = place::set(facts, tier, &name, &[&format!("{name}=-")]);
    Some(servers::mended(
        Answer::default(),
        finding,
        cure,
        format!("correct {name}"),
    ))
}

/// Whether a class reads a variable of a tier: from a file of its own list, where that is known.
fn reads(facts: &Facts, declared: &Declared, tier: &str, name: &str) -> bool {
    let Some(files) = declared.field.files.known() else {
        return true;
    };
    // What stands in files of a deployment gets there in ways that no class names.
    if facts.questions.environment != Environment::Development {
        return true;
    }
    let origin = facts.origin(tier, name);
    place::file(&origin)
        .is_none_or(|file| files_of(facts, files, &declared.file).any(|it| it == file))
}

/// The files that a class in `module` reads, relative to the workspace: plain names are for the folder that the
/// application is started in.
pub(super) fn files_of<'a>(
    facts: &'a Facts,
    files: &'a [EnvFile],
    module: &'a Utf8Path,
) -> impl DoubleEndedIterator<Item = String> + 'a {
    let cwd = facts.stack().api.as_ref().map(|api| api.cwd.as_path());
    let cwd = cwd.unwrap_or(Utf8Path::new(""));
    files.iter().map(move |file| {
        let within = file.within(cwd, module);
        within.unwrap_or_else(|| file.path.clone()).into_string()
    })
}

/// What pydantic's patterns have and ours do not is not judged.
fn matches(pattern: &str, value: &str) -> bool {
    Regex::new(pattern).is_ok_and(|it| it.is_match(value)) || Regex::new(pattern).is_err()
}

/// What a schema says that a value may be, without what the code refuses.
pub(super) fn narrowed(facts: &Facts, name: &str, words: &str) -> String {
    const LOCAL: &str = "http://127.0.0.1:54321";
    let said = Kind::SupabaseUrl.to_string();
    let refuses = |declared: &Declared| {
        let wanted = declared.field.pattern.as_deref();
        declared.variables().any(|it| it == name)
            && wanted.is_some_and(|wanted| !matches(wanted, LOCAL))
    };
    match said.split_once(", or ") {
        Some((project, _)) if facts.declared().iter().any(refuses) => words.replace(&said, project),
        _ => words.to_owned(),
    }
}
