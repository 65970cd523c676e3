//! Which variable a program misses.

use std::collections::BTreeMap;

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
    /// A field of a settings class whose variable nobody declares.
    Field { name: &'a str, class: &'a str },
}

/// What these lines complain of; `tier` is that of the program, none where it may read every tier's
/// variables.
pub(super) fn missing<'a>(
    tier: Option<&str>,
    declared: &'a BTreeMap<String, Names>,
    lines: &[&'a str],
) -> Option<Missing<'a>> {
    let declared: Vec<(&str, &Names)> = declared
        .iter()
        .filter(|(name, _)| tier.is_none_or(|tier| *name == tier || *name == "root"))
        .map(|(name, names)| (name.as_str(), names))
        .collect();
    named(&declared, lines).or_else(|| field(&declared, lines))
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
    let is_name = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let complains = |line: &&str| line.trim_start().starts_with("Field required");
    let at = lines.iter().rposition(complains)?.checked_sub(1)?;
    let field = lines[at].trim();
    let heads = lines[..at].iter().rev();
    let class = heads
        .filter(|line| line.contains("validation error"))
        .find_map(|line| line.rsplit_once(" for ")?.1.split_whitespace().next())?;
    if !is_name(field) || !is_name(class) {
        return None;
    }
    let upper = field.to_ascii_uppercase();
    let words = words_of(class);
    let prefixed = find(declared, &format!("{}_{upper}", words.join("_")));
    let known = prefixed.or_else(|| find(declared, &upper)).or_else(|| {
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
    });
    Some(known.unwrap_or(Missing::Field { name: field, class }))
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
    let plain = ["SETTINGS", "SETTING", "CONFIG", "CONFIGURATION", "OPTIONS"];
    words.retain(|word| !plain.contains(&word.as_str()));
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
