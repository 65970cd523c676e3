//! Values that the code's own settings classes refuse, by the pattern, the bounds or the type that they give for them.

mod schemes;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Facts};
use crate::env::is_placeholder;
use crate::gather::declared::{Declared, matches};
use crate::gather::env_files::verdict::{self, Verdict};
use crate::schema::Kind;
use crate::text::pattern;

use super::fields::{TIERS, reads, takes_numbers};
use super::{place, servers};

/// The application does not start with it.
pub(super) static REFUSED: Rule = Rule {
    code: "env/refused",
    severity: Severity::Error,
    summary: "a value that the application's settings class refuses",
    text: "\
A field of a settings class may have a pattern, as in `Field(pattern=r\"^https://…$\")`. pydantic compares it with
the value when the program starts, and ends that where it does not match. Such a value may be sound for
everybody else who reads the variable. The same goes for pydantic's types of URLs: a field that is a `RedisDsn` takes
`redis://` and `rediss://` alone, and no `redis+socket://`; and for an `int` and its bounds, as in `Field(ge=1, le=15)`: what is no whole number is refused, and nothing is none.
A `Literal[\"debug\", \"info\"]` takes these words alone, as they are written.

Way out: set a value that matches, or change the pattern, the bounds or the type where the code has it.",
};

pub(super) static RULES: &[&Rule] = &[&REFUSED];

/// What is refused.
pub(in crate::doctor) fn judge(facts: &Facts) -> Answer {
    let refused = facts.declared().iter();
    let refused = refused.filter_map(|declared| refused_by(facts, declared));
    refused.fold(Answer::default(), Answer::beside)
}

fn refused_by(facts: &Facts, declared: &Declared) -> Option<Answer> {
    let field = &declared.field;
    let set = |name: &str| {
        let mut tiers = TIERS
            .iter()
            .filter(|tier| reads(facts, declared, tier, name));
        tiers.find_map(|tier| Some((*tier, name.to_owned(), given(facts, declared, tier, name)?)))
    };
    let (tier, name, value) = declared.variables().find_map(set)?;
    // What is to be filled in yet is told as that.
    if is_placeholder(value) {
        return None;
    }
    let pattern = field.pattern.as_deref().filter(|it| !matches(it, value));
    let number = wanted_number(facts, declared, (tier, &name), value);
    let is_refused = || {
        let ignores = value.is_empty() && field.ignores_empty;
        !ignores && verdict::of(field, value) == Verdict::Refuses && !is_told(facts, tier, &name)
    };
    let (must, has) = match (pattern, field.kind.as_deref()) {
        _ if let Some(told) = number => told,
        (Some(wanted), _) => {
            let must = format!("look like {}", pattern::in_words(wanted));
            (must, "has that pattern".to_owned())
        }
        (None, Some(kind)) if let Some(wanted) = schemes::wanted(kind, value) => {
            (wanted, format!("takes it as `{kind}`"))
        }
        (None, _) if is_refused() => {
            let must = format!("be {}", verdict::wanted(field));
            (must, "takes nothing else".to_owned())
        }
        (None, _) => return None,
    };
    let finding = Finding::new(
        &REFUSED,
        format!(
            "`{name}` ({}) must {must}: the application does not start with another value",
            facts.origin(tier, &name),
        ),
    )
    .subject(name.clone())
    .tier(tier)
    .of_value()
    .note(format!("`{}` {has} at {}", field.class, declared.place()));
    let cure = place::set(facts, tier, &name, &[&format!("{name}=-")]);
    Some(servers::mended(
        Answer::default(),
        finding,
        cure,
        format!("correct {name}"),
    ))
}

/// What a tier has for a variable; nothing is a value where a number is read.
fn given<'a>(facts: &'a Facts, declared: &Declared, tier: &str, name: &str) -> Option<&'a str> {
    let counts = takes_numbers(declared) && !declared.field.ignores_empty;
    let empty = || {
        let value = facts.tiers().seen.get(tier)?.get(name)?;
        (counts && value.trim().is_empty()).then_some("")
    };
    facts.value(tier, name).or_else(empty)
}

/// What a number has to be, and what the code has of that, where it is not that by the field alone: what the schema
/// says is told as that.
fn wanted_number(
    facts: &Facts,
    declared: &Declared,
    (tier, name): (&str, &str),
    value: &str,
) -> Option<(String, String)> {
    if !takes_numbers(declared) {
        return None;
    }
    let field = &declared.field;
    let wanted = field.bounds.words();
    let told = match Kind::whole(value) {
        Some(number) if field.bounds.hold(number) => return None,
        Some(_) => (wanted?, "has these bounds".to_owned()),
        // More than 64 bits are a number, too.
        None if is_long(value) => return None,
        None => {
            let kind = field.kind.as_deref().unwrap_or("int");
            let must = wanted.unwrap_or_else(|| "be a whole number".to_owned());
            let has = format!("takes it as `{kind}`");
            (
                must,
                if value.is_empty() {
                    format!("{has}, which nothing is not,")
                } else {
                    has
                },
            )
        }
    };
    (!is_told(facts, tier, name)).then_some(told)
}

/// Whether the check of the env files tells of a variable's value by itself.
fn is_told(facts: &Facts, tier: &str, name: &str) -> bool {
    const TOLD: &[&str] = &[
        "env/out-of-range",
        "env/wrong-type",
        "env/empty",
        "env/missing",
    ];
    facts.tiers().findings.iter().any(|finding| {
        TOLD.contains(&finding.rule.code)
            && finding.tier.as_deref() == Some(tier)
            && finding.subject.as_deref() == Some(name)
    })
}

/// Whether it is digits alone, so many that they are no number of ours.
fn is_long(value: &str) -> bool {
    let digits = value.trim().trim_start_matches(['+', '-']);
    !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit() || it == b'_')
}

/// Whether the code's own type of a variable refuses a value.
pub(super) fn is_refused(facts: &Facts, name: &str, value: &str) -> bool {
    facts.declared().iter().any(|declared| {
        let kind = declared.field.kind.as_deref();
        declared.variables().any(|it| it == name)
            && kind.is_some_and(|kind| schemes::wanted(kind, value).is_some())
    })
}
