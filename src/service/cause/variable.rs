//! Which variable a program misses.

use std::collections::{BTreeMap, BTreeSet};

use super::clause::{is_capital, is_name};
use super::complaint;
use super::counted::Line;
use super::fields::Fields;

/// Names, each with what it is for.
type Names = BTreeMap<String, String>;

/// What is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing<'a> {
    /// A variable that a schema declares.
    Declared {
        name: String,
        purpose: &'a str,
        tier: &'a str,
    },
    /// A variable that the program names, and nobody declares.
    Undeclared { name: &'a str },
    /// Several, of which one would do; the tier that declares the first, if one does.
    Either {
        names: Vec<&'a str>,
        tier: Option<&'a str>,
    },
    /// A field of a settings class whose variable nobody declares.
    Field { name: &'a str, class: &'a str },
    /// The same where the code says what that is called.
    Written { name: &'a str, field: &'a str },
}

/// A settings class that takes a value for none that it can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused<'a> {
    /// Its name, if the lines say it.
    pub(super) class: Option<&'a str>,
    /// What it calls the variable, if they say that.
    pub(super) field: Option<&'a str>,
    /// Whether the class has no such field, and takes none but its own.
    pub(super) is_extra: bool,
    /// The other fields that it complains of.
    pub(super) others: Vec<&'a str>,
    /// The variable and the tier that declares it, if one does.
    pub(super) declared: Option<(String, &'a str)>,
}

/// What these lines complain of, in their order; `tier` is that of the program, none where it may read
/// every tier's variables. What is `set` is not missing, whatever they say of it. A name that nobody
/// declares may still be known to be a variable's. Several of which one would do are alone.
pub(super) fn missing<'a>(
    tier: Option<&str>,
    declared: &'a BTreeMap<String, Names>,
    set: &BTreeSet<String>,
    is_known: impl Fn(&str) -> bool,
    fields: Option<&'a Fields>,
    lines: &[Line<'a>],
) -> Vec<Missing<'a>> {
    let declared = seen(tier, declared);
    let is_missing = |missing: &Missing<'_>| match missing {
        Missing::Declared { name, .. } => !set.contains(name),
        Missing::Undeclared { name } | Missing::Written { name, .. } => !set.contains(*name),
        Missing::Either { names, .. } => !names.iter().any(|name| set.contains(*name)),
        Missing::Field { .. } => true,
    };
    let texts: Vec<&str> = lines.iter().map(|line| line.text).collect();
    let at_line = |at: usize| {
        let complaints = complaint::of(lines, at).into_iter();
        let named = complaints.filter_map(|complaint| {
            let name = complaint.name;
            let found = find(&declared, name);
            let is_variable = found.is_some() || complaint.is_sure || is_known(name);
            if !is_variable || complaint.instead.is_empty() {
                return found.or(is_variable.then_some(Missing::Undeclared { name }));
            }
            let tier = match found {
                Some(Missing::Declared { tier, .. }) => Some(tier),
                _ => None,
            };
            let names = std::iter::once(name).chain(complaint.instead).collect();
            Some(Missing::Either { names, tier })
        });
        let named = named.chain(field(&declared, fields, &texts, at));
        named.filter(is_missing).collect::<Vec<_>>()
    };
    let mut all: Vec<Missing<'a>> = Vec::new();
    let mut is_first = true;
    for at in (0..lines.len()).rev() {
        let found = at_line(at);
        // The latest counts most.
        if let Some(first) = found.first().filter(|_| std::mem::take(&mut is_first))
            && matches!(first, Missing::Either { .. })
        {
            return found.into_iter().take(1).collect();
        }
        for one in found.into_iter().rev() {
            if !matches!(one, Missing::Either { .. }) && !all.contains(&one) {
                all.push(one);
            }
        }
    }
    all.reverse();
    all
}

/// How many more errors pydantic counted than these lines have of its fields: the others are not kept.
pub(super) fn untold(lines: &[Line<'_>]) -> usize {
    let count = |line: &str| {
        class_of(line)?;
        let number = line.split_once(" validation error")?.0.rsplit(' ').next()?;
        number.parse::<usize>().ok()
    };
    let head = lines.iter().rposition(|line| class_of(line.text).is_some());
    let Some((head, count)) = head.and_then(|head| Some((head, count(lines[head].text)?))) else {
        return 0;
    };
    // The first may have lost the line with its name.
    let is_in = |line: &Line<'_>| line.text.starts_with(char::is_whitespace);
    let fields = lines[head + 1..].windows(2);
    let fields = fields.filter(|pair| !is_in(&pair[0]) && is_in(&pair[1]));
    let told = fields.count();
    if told > 0 {
        count.saturating_sub(told)
    } else {
        0
    }
}

/// The fields that pydantic refuses in the same breath in which it says that others are missing.
pub(super) fn also_refused<'a>(lines: &[Line<'a>]) -> Vec<&'a str> {
    let head = lines.iter().rposition(|line| class_of(line.text).is_some());
    let below = head.map_or(&[][..], |head| &lines[head + 1..]);
    let is_in = |line: &str| line.starts_with(char::is_whitespace);
    let fields = below.windows(2).map(|pair| (pair[0].text, pair[1].text));
    let fields = fields.filter(|(name, said)| !is_in(name) && is_in(said) && is_path(name.trim()));
    let (missing, others): (Vec<_>, Vec<_>) = fields.partition(|(_, said)| is_required(said));
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in others {
        if !missing.is_empty() && !names.contains(&name.trim()) {
            names.push(name.trim());
        }
    }
    names
}

/// Whether pydantic says, in the line below a name, that it is missing.
fn is_required(line: &str) -> bool {
    let said = line.trim_start();
    // The first version begins with a small letter.
    said.starts_with("Field required") || said.starts_with("field required")
}

/// The tiers whose variables the program may read.
fn seen<'a>(
    tier: Option<&str>,
    declared: &'a BTreeMap<String, Names>,
) -> Vec<(&'a str, &'a Names)> {
    declared
        .iter()
        .filter(|(name, _)| tier.is_none_or(|tier| *name == tier || *name == "root"))
        .map(|(name, names)| (name.as_str(), names))
        .collect()
}

/// What a line says to be refused that is no value for a variable. pydantic checks all sorts of data:
/// only a class of settings, or a field that is written as variables are, is about one.
pub(super) fn refused<'a>(
    tier: Option<&str>,
    declared: &'a BTreeMap<String, Names>,
    line: &'a str,
    lines: &[&'a str],
) -> Option<Refused<'a>> {
    let declared = seen(tier, declared);
    let of_field = |class: &str, field: &str, is_settings: bool| match of_class(
        &declared,
        class,
        field,
        is_settings,
    ) {
        Some(Missing::Declared { name, tier, .. }) => Some((name, tier)),
        _ => None,
    };
    // pydantic-settings could not even read it.
    if line.contains("SettingsError") {
        let field = line
            .split_once("for field \"")
            .and_then(|(_, rest)| rest.split('"').next());
        return Some(Refused {
            class: None,
            field,
            is_extra: false,
            others: Vec::new(),
            declared: field.and_then(|field| of_field("Settings", field, true)),
        });
    }
    let class = class_of(line)?;
    let at = lines.iter().position(|other| *other == line)?;
    let is_settings = has_settings(class) || is_read_by_settings(&lines[..at]);
    // The field's line, then what is wrong with it in one that is further in.
    let fields = lines[at + 1..].windows(2).filter_map(|pair| {
        let is_in = |line: &str| line.starts_with(char::is_whitespace);
        let is_one = !is_in(pair[0]) && is_in(pair[1]) && is_path(pair[0].trim());
        is_one.then(|| (pair[0].trim(), is_extra(pair[1])))
    });
    let fields: Vec<(&str, bool)> = fields.collect();
    let known = fields
        .iter()
        .filter(|(_, is_extra)| !is_extra)
        .find_map(|(field, _)| Some((*field, of_field(class, field, is_settings)?)));
    let (field, is_extra, declared) = match (known, fields.first()) {
        (Some((field, declared)), _) => (Some(field), false, Some(declared)),
        (None, Some((field, is_extra))) if is_settings => (Some(*field), *is_extra, None),
        (None, None) if is_settings => (None, false, None),
        _ => return None,
    };
    let mut others: Vec<&str> = Vec::new();
    for (other, _) in fields {
        if Some(other) != field && !others.contains(&other) {
            others.push(other);
        }
    }
    Some(Refused {
        class: Some(class),
        field,
        is_extra,
        others,
        declared,
    })
}

/// Whether pydantic says, in the line below a name, that the class has no such field.
fn is_extra(line: &str) -> bool {
    line.contains("[type=extra_forbidden") || line.contains("xtra fields not permitted")
}

/// Whether a line is the path of a field: `db.host` is one of the model `db`.
fn is_path(line: &str) -> bool {
    line.split('.').all(is_name)
}

/// The class of `1 validation error for CLASS`.
pub(super) fn class_of(line: &str) -> Option<&str> {
    let (_, behind) = line.split_once("validation error")?;
    let class = behind.rsplit_once(" for ")?.1.split_whitespace().next()?;
    is_name(class).then_some(class)
}

/// The variable of that name that a schema declares for who may read that tier's.
pub(super) fn declared<'a>(
    tier: Option<&str>,
    declared: &'a BTreeMap<String, Names>,
    name: &str,
) -> Option<Missing<'a>> {
    find(&seen(tier, declared), name)
}

fn find<'a>(declared: &[(&'a str, &'a Names)], name: &str) -> Option<Missing<'a>> {
    let name = name.to_ascii_uppercase();
    // The tier's own first: the root's stand for all.
    let own = declared.iter().filter(|(tier, _)| *tier != "root");
    let root = declared.iter().filter(|(tier, _)| *tier == "root");
    own.chain(root).find_map(|(tier, names)| {
        let purpose = names.get(&name)?;
        Some(Missing::Declared {
            name: name.clone(),
            purpose,
            tier,
        })
    })
}

/// What pydantic says there to be missing. It calls it by the field's own name, which is not all of the
/// variable's where the class has a prefix: `url` of `DatabaseSettings` is `DATABASE_URL`.
fn field<'a>(
    declared: &[(&'a str, &'a Names)],
    fields: Option<&'a Fields>,
    lines: &[&'a str],
    at: usize,
) -> Option<Missing<'a>> {
    if !is_required(lines[at]) {
        return None;
    }
    let before = &lines[..at.checked_sub(1)?];
    let field = lines[at - 1].trim();
    if !is_path(field) {
        return None;
    }
    let head = before.iter().rposition(|line| class_of(line).is_some());
    let Some((head, class)) = head.and_then(|head| Some((head, class_of(before[head])?))) else {
        // Its first line is too long ago: only what can be nothing else is a variable.
        let is_variable = field.contains('_') || is_capital(field);
        return is_variable.then(|| find(declared, field))?;
    };
    let written = fields.and_then(|it| it.variable(class, field));
    if let Some(name) = written {
        return Some(find(declared, name).unwrap_or(Missing::Written { name, field }));
    }
    let is_settings = has_settings(class) || is_read_by_settings(&before[..head]);
    of_class(declared, class, field, is_settings).or_else(|| {
        let name = field;
        is_settings.then_some(Missing::Field { name, class })
    })
}

/// Whether the traceback that ends there leads through pydantic's own class of settings.
fn is_read_by_settings(before: &[&str]) -> bool {
    let is_in = |line: &&&str| line.starts_with(char::is_whitespace);
    let frames = before.iter().rev().take_while(is_in);
    let mut frames = frames.map(|line| line.trim_start());
    frames.any(|line| {
        line.starts_with("File ")
            && (line.contains("pydantic_settings") || line.contains("env_settings"))
    })
}

/// The declared variable of a class's field.
fn of_class<'a>(
    declared: &[(&'a str, &'a Names)],
    class: &str,
    field: &str,
    is_settings: bool,
) -> Option<Missing<'a>> {
    // A model within is led into by a delimiter, and most write this one.
    let upper = field.replace('.', "__").to_ascii_uppercase();
    if !is_settings {
        // Data has fields, too.
        return is_capital(field).then(|| find(declared, field))?;
    }
    let words = words_of(class);
    let prefixed = find(declared, &format!("{}_{upper}", words.join("_")));
    prefixed.or_else(|| find(declared, &upper)).or_else(|| {
        // The prefix may be another: one of the class's words is in it then.
        let ending = format!("_{upper}");
        let mut names = declared.iter().flat_map(|(_, names)| names.keys());
        let about = |name: &&String| {
            let prefix = name.strip_suffix(&ending).unwrap_or_default();
            prefix
                .split('_')
                .any(|part| words.iter().any(|word| word == part))
        };
        let name = names.find(about)?;
        find(declared, name)
    })
}

/// What the names of classes end with whose fields are variables.
const OF_SETTINGS: [&str; 6] = [
    "SETTINGS",
    "SETTING",
    "CONFIG",
    "CONFIGURATION",
    "OPTIONS",
    "ENV",
];

/// Whether a class has settings, by its name.
fn has_settings(class: &str) -> bool {
    let class = class.to_ascii_uppercase();
    OF_SETTINGS.iter().any(|word| class.ends_with(word))
}

/// The words of a class's name in capitals, without those that say that it has settings.
fn words_of(class: &str) -> Vec<String> {
    let letters: Vec<char> = class.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let begins = letter.is_ascii_uppercase()
            && (before.is_none_or(|before| !before.is_ascii_uppercase())
                || after.is_some_and(char::is_ascii_lowercase));
        match words.last_mut().filter(|_| !begins) {
            Some(word) => word.push(letter.to_ascii_uppercase()),
            None => words.push(letter.to_ascii_uppercase().to_string()),
        }
    }
    words.retain(|word| !OF_SETTINGS.contains(&word.as_str()));
    words
}

#[cfg(test)]
mod tests {
    use super::super::part::Part;
    use super::*;

    #[test]
    fn a_class_has_the_words_of_its_name() {
        for (class, words) in [
            ("DatabaseSettings", &["DATABASE"][..]),
            ("RedisCacheConfig", &["REDIS", "CACHE"]),
            ("JWTSettings", &["JWT"]),
            ("Settings", &[]),
            ("x", &["X"]),
        ] {
            assert_eq!(words_of(class), words, "{class}");
        }
    }

    #[test]
    fn a_field_is_known_by_its_class() {
        let names = |names: &[&str]| -> Names {
            names
                .iter()
                .map(|name| ((*name).to_owned(), String::new()))
                .collect()
        };
        let declared = BTreeMap::from([
            (
                "backend".to_owned(),
                names(&["CELERY_BROKER_URL", "DATABASE_URL", "PORT", "SUPABASE_URL"]),
            ),
            ("frontend".to_owned(), names(&["POSTGRES_URL"])),
        ]);
        let of = |class: &str, field: &str| {
            let head = format!("pydantic_core.ValidationError: 1 validation error for {class}");
            let lines = [&*head, field, "  Field required [type=missing]"];
            let part = Part::Own;
            let lines = lines.map(|text| Line { text, part });
            let nothing = BTreeSet::new();
            let missing = missing(
                Some("backend"),
                &declared,
                &nothing,
                |_| false,
                None,
                &lines,
            );
            missing.into_iter().next().map(|missing| match missing {
                Missing::Declared { name, .. } => name,
                Missing::Undeclared { name } | Missing::Written { name, .. } => name.to_owned(),
                Missing::Either { names, .. } => names.join(" or "),
                Missing::Field { name, class } => format!("{class}.{name}"),
            })
        };
        for (class, field, name) in [
            ("DatabaseSettings", "url", "DATABASE_URL"),
            ("ServerSettings", "port", "PORT"),
            ("CelerySettings", "url", "CELERY_BROKER_URL"),
            ("StripeSettings", "url", "StripeSettings.url"),
            ("PostgresSettings", "url", "PostgresSettings.url"),
            ("Settings", "url", "Settings.url"),
        ] {
            assert_eq!(of(class, field).as_deref(), Some(name), "{class}");
        }
        assert_eq!(of("DatabaseSettings", "not a name"), None);
    }
}
