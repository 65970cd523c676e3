//! Which variable a program misses.

use std::collections::BTreeMap;

use crate::service::level::{self, Level};

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
    /// A field of a settings class whose variable nobody declares.
    Field { name: &'a str, class: &'a str },
}

/// A settings class that takes a value for none that it can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused<'a> {
    pub(super) class: &'a str,
    /// What it calls the variable, if the lines say it.
    pub(super) field: Option<&'a str>,
    /// The variable and the tier that declares it, if one does.
    pub(super) declared: Option<(String, &'a str)>,
}

/// What these lines complain of; `tier` is that of the program, none where it may read every tier's
/// variables.
pub(super) fn missing<'a>(
    tier: Option<&str>,
    declared: &'a BTreeMap<String, Names>,
    lines: &[&'a str],
) -> Option<Missing<'a>> {
    let declared = seen(tier, declared);
    named(&declared, lines)
        .or_else(|| field(&declared, lines))
        .or_else(|| undeclared(lines))
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
/// only a class of settings, or a field that is a variable's name, is about one.
pub(super) fn refused<'a>(
    tier: Option<&str>,
    declared: &'a BTreeMap<String, Names>,
    line: &'a str,
    lines: &[&'a str],
) -> Option<Refused<'a>> {
    let declared = seen(tier, declared);
    let of_field = |class: &str, field: &str| match of_class(&declared, class, field) {
        Some(Missing::Declared { name, tier, .. }) => Some((name, tier)),
        _ => None,
    };
    // pydantic-settings could not even read it.
    if line.contains("SettingsError") {
        let field = line
            .split_once("for field \"")
            .and_then(|(_, rest)| rest.split('"').next());
        return Some(Refused {
            class: "Settings",
            field,
            declared: field.and_then(|field| of_field("Settings", field)),
        });
    }
    let class = class_of(line)?;
    let at = lines.iter().position(|other| *other == line)?;
    // The field's line, then what is wrong with it in one that is further in.
    let fields = lines[at + 1..].windows(2).filter_map(|pair| {
        let is_in = |line: &str| line.starts_with(char::is_whitespace);
        (!is_in(pair[0]) && is_in(pair[1]) && is_name(pair[0].trim())).then(|| pair[0].trim())
    });
    let fields: Vec<&str> = fields.collect();
    let known = fields
        .iter()
        .find_map(|field| Some((*field, of_field(class, field)?)));
    let (field, declared) = match known {
        Some((field, declared)) => (Some(field), Some(declared)),
        None if has_settings(class) => (fields.first().copied(), None),
        None => return None,
    };
    Some(Refused {
        class,
        field,
        declared,
    })
}

/// The class of `1 validation error for CLASS`.
fn class_of(line: &str) -> Option<&str> {
    let (_, behind) = line.split_once("validation error")?;
    let class = behind.rsplit_once(" for ")?.1.split_whitespace().next()?;
    is_name(class).then_some(class)
}

fn is_name(word: &str) -> bool {
    !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A variable that a program asks for by name, in the words of Python's `os.environ`, of the packages
/// that read one, and of shells.
fn undeclared<'a>(lines: &[&'a str]) -> Option<Missing<'a>> {
    let between = |line: &'a str, before: &str, behind: &str| {
        let rest = line.split_once(before)?.1;
        Some(rest.split_once(behind)?.0)
    };
    (0..lines.len()).rev().find_map(|at| {
        let line = lines[at].trim_end();
        let name = between(line, "KeyError: '", "'")
            .filter(|_| is_of_environment(&lines[..at]))
            .or_else(|| between(line, "UndefinedValueError: ", " not found"))
            .or_else(|| between(line, "nvironment variable \"", "\" not set"))
            .or_else(|| {
                between(
                    line,
                    "ImproperlyConfigured: Set the ",
                    " environment variable",
                )
            })
            .or_else(|| {
                let ends = [
                    ": parameter not set",
                    ": parameter null or not set",
                    ": parameter not set or null",
                    ": unbound variable",
                ];
                let before = ends.iter().find_map(|end| line.strip_suffix(end))?;
                before.rsplit(": ").next()
            })
            .or_else(|| said_by_hand(line))?;
        is_name(name).then_some(Missing::Undeclared { name })
    })
}

/// The variable in an error that a program words itself: `Error: STRIPE_KEY is not set`. What is further
/// in is the code that does so.
fn said_by_hand(line: &str) -> Option<&str> {
    let is_error = level::of(line.as_bytes()) == Some(Level::Error) || line.contains("Error: ");
    if !is_error || line.starts_with(char::is_whitespace) {
        return None;
    }
    let ends = [
        " environment variable is not set",
        " is not set",
        " must be set",
        " is required",
    ];
    let before = ends.iter().find_map(|end| line.split_once(end))?.0;
    let name = before.split_whitespace().next_back()?;
    let name = name.trim_matches(|c: char| matches!(c, '"' | '\'' | '`' | '$'));
    let is_variable = name.contains('_') && !name.bytes().any(|byte| byte.is_ascii_lowercase());
    is_variable.then_some(name)
}

/// Whether a traceback's last frames are those of `os.environ`: any dictionary has keys that are missing.
fn is_of_environment(lines: &[&str]) -> bool {
    lines.iter().rev().take(6).any(|line| {
        let is_os = line.contains("os.py\"") || line.contains("<frozen os>");
        (is_os && line.contains("__getitem__")) || line.contains("environ[")
    })
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

/// A line that complains of something missing, with the name of a variable that a schema knows in
/// it or directly before it: pydantic names the field, then says `Field required`.
fn named<'a>(declared: &[(&'a str, &'a Names)], lines: &[&str]) -> Option<Missing<'a>> {
    const COMPLAINTS: [&str; 10] = [
        "Field required",
        "KeyError:",
        "is required",
        "required",
        "Required",
        "is not set",
        "is not defined",
        "must be set",
        "missing",
        "Missing",
    ];
    let words = |line: &&str| -> Vec<String> {
        line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|word| word.contains('_') || word.chars().all(|c| c.is_ascii_uppercase()))
            .map(str::to_owned)
            .collect()
    };
    let complains = |line: &str| COMPLAINTS.iter().any(|complaint| line.contains(complaint));
    let mut places = (0..lines.len()).rev().filter(|at| complains(lines[*at]));
    places.find_map(|at| {
        let before = at.checked_sub(1).and_then(|at| lines.get(at));
        std::iter::once(&lines[at])
            .chain(before)
            .find_map(|line| words(line).iter().find_map(|word| find(declared, word)))
    })
}

/// What pydantic calls by the field's own name, which is not all of the variable's where the class
/// has a prefix: `url` of `DatabaseSettings` is `DATABASE_URL`.
fn field<'a>(declared: &[(&'a str, &'a Names)], lines: &[&'a str]) -> Option<Missing<'a>> {
    let complains = |line: &&str| line.trim_start().starts_with("Field required");
    let at = lines.iter().rposition(complains)?.checked_sub(1)?;
    let field = lines[at].trim();
    let heads = lines[..at].iter().rev();
    let class = heads.copied().find_map(class_of)?;
    if !is_name(field) {
        return None;
    }
    of_class(declared, class, field)
        .or_else(|| has_settings(class).then_some(Missing::Field { name: field, class }))
}

/// The declared variable of a class's field.
fn of_class<'a>(
    declared: &[(&'a str, &'a Names)],
    class: &str,
    field: &str,
) -> Option<Missing<'a>> {
    let upper = field.to_ascii_uppercase();
    if !has_settings(class) {
        return find(declared, &upper);
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
const OF_SETTINGS: [&str; 5] = ["SETTINGS", "SETTING", "CONFIG", "CONFIGURATION", "OPTIONS"];

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
            let missing = missing(Some("backend"), &declared, &lines);
            missing.map(|missing| match missing {
                Missing::Declared { name, .. } => name,
                Missing::Undeclared { name } => name.to_owned(),
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
