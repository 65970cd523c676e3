//! Which variable of which file the backend has its list of origins from.

use camino::Utf8PathBuf;

use crate::doctor::{Cure, Facts};
use crate::gather::declared::Declared;
use crate::gather::env_files;
use crate::schema::types::Kind;
use crate::workspace::Environment;

use super::judge::Named;
use super::list::{Form, List};
use super::{API, BACKEND, LISTS, fields, place};

/// What is known of the list.
pub(super) struct Listed {
    /// What the backend has.
    pub(super) named: Option<Named>,
    /// A variable that reads like it, and that the backend does not read, in words.
    pub(super) unread: Option<String>,
    /// The variable that a backend reads which sets none, and how.
    pub(super) unset: (String, Form),
    /// Where it is to be set: the tier, and the place, as of variables that are set.
    pub(super) home: (String, String),
}

impl Listed {
    /// The command that writes a list where the backend reads it.
    pub(super) fn write(&self, facts: &Facts, list: &str) -> Option<Cure> {
        let name = self.named.as_ref().map_or(&self.unset.0, |it| &it.name);
        let (tier, place) = &self.home;
        let environment = facts.questions.environment;
        (!place.is_empty())
            .then(|| place::at(tier, place, environment, &[&format!("{name}={list}")]))
            .flatten()
    }
}

/// What the settings class says, where there is one; else by the names that are usual.
pub(super) fn listed_in(facts: &Facts) -> Listed {
    match of_class(facts) {
        Some((declared, files)) => {
            let names: Vec<&str> = declared.variables().collect();
            let form = form_of(declared);
            given(facts, &names, |_| Some(form))
                .unwrap_or_else(|| by_class(facts, declared, &files))
        }
        None => given(facts, LISTS, |name| form(facts, name)).unwrap_or_else(|| by_name(facts)),
    }
}

/// The list that the API alone is given, over all files.
fn given(facts: &Facts, names: &[&str], form: impl Fn(&str) -> Option<Form>) -> Option<Listed> {
    let (name, given) = place::given(facts, API, names)?;
    let list = List::read(&given.value, form(name));
    Some(Listed {
        unset: (name.to_owned(), list.form),
        named: Some(Named {
            name: given.variable,
            origin: given.place.clone(),
            list,
        }),
        unread: None,
        home: ("backend".to_owned(), given.place),
    })
}

fn form_of(declared: &Declared) -> Form {
    if declared.field.is_json {
        Form::Json
    } else {
        Form::Commas
    }
}

/// The one settings class with a list of origins, if it says which files it reads.
fn of_class(facts: &Facts) -> Option<(&Declared, Vec<String>)> {
    let is_it = |it: &&Declared| it.field.name.ends_with("origins");
    let mut all = facts.declared().iter().filter(is_it);
    let only = all.next().filter(|_| all.next().is_none())?;
    let files = only.field.files.known()?;
    Some((only, fields::files_of(facts, files, &only.file).collect()))
}

fn by_class(facts: &Facts, declared: &Declared, files: &[String]) -> Listed {
    let form = form_of(declared);
    let seen = |tier: &str, name: &str| facts.tiers().seen.get(tier)?.get(name).map(String::as_str);
    // What is not in a file comes from the process environment, which everybody reads. What stands in files of a
    // deployment gets there in ways that no class names.
    let is_here = facts.questions.environment == Environment::Development;
    let paths: Vec<Utf8PathBuf> = files.iter().map(Utf8PathBuf::from).collect();
    let variables = declared.variables();
    let outside = env_files::outside(facts.workspace(), &paths, &variables, None);
    let outside = outside.filter(|_| is_here);
    let counts = |at: usize| outside.as_ref().is_none_or(|it| it.at < at);
    let is_read = |tier: &str, name: &str| {
        let origin = facts.origin(tier, name);
        let file = place::file(&origin).map(str::to_owned);
        file.is_none_or(|file| {
            let place = files.iter().rposition(|it| *it == file);
            !is_here || place.is_some_and(counts)
        })
    };
    let set = declared.variables().find_map(|name| {
        let tiers = BACKEND.iter().filter(|tier| is_read(tier, name));
        let mut set = tiers.filter_map(|tier| Some((*tier, name, seen(tier, name)?)));
        set.next()
    });
    let outside = outside.as_ref().filter(|_| set.is_none());
    let outside = outside.map(|it| (it, place::apart(&format!("{}:{}", it.file, it.line))));
    let default = declared.field.default_list.as_deref();
    let named = match (set, &outside) {
        (Some((tier, name, value)), _) => Some(Named {
            name: name.to_owned(),
            origin: facts.origin(tier, name),
            list: List::read(value, Some(form)),
        }),
        (None, Some((it, place))) => Some(Named {
            name: it.variable.clone(),
            origin: place.clone(),
            list: List::read(&it.value, Some(form)),
        }),
        (None, None) => default.map(|entries| Named {
            name: declared.field.variable.clone(),
            origin: format!("the default at {}", declared.place()),
            list: List::of(entries, form),
        }),
    };
    let home = match (set, &outside, files.last()) {
        (Some((tier, name, value)), ..) => (tier.to_owned(), place_of(facts, tier, name, value)),
        (None, Some((_, place)), _) => ("backend".to_owned(), place.clone()),
        (None, None, Some(file)) if is_here => ("backend".to_owned(), format!("{file}:1")),
        (None, None, _) => ("backend".to_owned(), String::new()),
    };
    let mut others = BACKEND
        .iter()
        .flat_map(|tier| LISTS.iter().map(move |name| (*tier, *name)))
        .chain(
            declared
                .variables()
                .flat_map(|name| BACKEND.iter().map(move |tier| (*tier, name))),
        );
    let unread = others.find(|(tier, name)| {
        let own = declared.variables().any(|it| it == *name);
        facts.value(tier, name).is_some() && !(own && is_read(tier, name))
    });
    let unread = unread.filter(|_| set.is_none() && outside.is_none());
    let unread = unread.map(|(tier, name)| {
        let files = crate::text::and_list(files);
        format!(
            "`{name}` ({}) is not what it reads: `{}` ({}) has `{}`, of {files} and the process environment",
            facts.origin(tier, name),
            declared.field.class,
            declared.place(),
            declared.field.variable
        )
    });
    Listed {
        named,
        unread,
        unset: (declared.field.variable.clone(), form),
        home,
    }
}

/// Where a variable that is set is to be set anew. One that is set to nothing in the process environment wins over
/// every file all the same: no command changes that.
fn place_of(facts: &Facts, tier: &str, name: &str, value: &str) -> String {
    let origin = facts.origin(tier, name);
    if value.trim().is_empty() {
        let is_file = place::file(&origin).is_some();
        return if is_file { origin } else { String::new() };
    }
    place::of(facts, tier, name)
}

fn by_name(facts: &Facts) -> Listed {
    let set = facts.first_set(BACKEND, LISTS).or_else(|| empty(facts));
    let declared = LISTS
        .iter()
        .find_map(|name| Some(((*name).to_owned(), form(facts, name)?)));
    Listed {
        named: set.map(|(tier, name, value)| Named {
            name: name.to_owned(),
            origin: facts.origin(tier, name),
            list: List::read(value, form(facts, name)),
        }),
        unread: None,
        unset: declared.unwrap_or((LISTS[0].to_owned(), Form::Json)),
        home: match set {
            Some((tier, name, value)) => (tier.to_owned(), place_of(facts, tier, name, value)),
            None => ("backend".to_owned(), String::new()),
        },
    }
}

/// A list that is set to nothing.
fn empty(facts: &Facts) -> Option<(&'static str, &'static str, &'static str)> {
    BACKEND.iter().find_map(|tier| {
        let seen = facts.tiers().seen.get(*tier)?;
        let name = LISTS.iter().find(|name| seen.contains_key(**name))?;
        Some((*tier, *name, ""))
    })
}

/// How the backend reads a variable, where its schema says so.
fn form(facts: &Facts, name: &str) -> Option<Form> {
    let backend = facts.environments().gathered("backend")?;
    match backend.schema.get(name)?.kind {
        Kind::Csv(_) => Some(Form::Commas),
        Kind::JsonList(_) => Some(Form::Json),
        _ => None,
    }
}
