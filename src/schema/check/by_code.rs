//! What the code of an application asks of its variables by itself: those that no schema describes, and values that it
//! refuses.

use crate::diagnostic::{Finding, Label, Severity};
use crate::env::is_placeholder;
use crate::text::Span;

use super::values::{at_value, corrected};
use super::{
    EMPTY, FILE_MISSING, LEAKED_SECRET, MISSING, OUT_OF_RANGE, PLACEHOLDER, Refused, Said, Tier,
    WRONG_CREDENTIAL, WRONG_TYPE,
};

/// How the way out of an empty value begins that is worse than none.
pub const LEFT_OUT: &str = "delete the line, so that it counts as not set";

/// Code may have a value from where nobody looks: a program before it, a file of its own. So this keeps nobody from a
/// start.
const UNSURE: &str =
    "without it whatever asks stops, unless it gets it in a way that is not seen here";

/// Variables that code asks for, and that no schema describes.
pub(super) fn missing(tier: &Tier<'_>, known: &[Finding]) -> Vec<Finding> {
    let mut files = tier.resolved.files.iter();
    let has_none =
        |it: &Finding| it.rule == &FILE_MISSING && it.tier.as_deref() == Some(tier.name());
    if tier.is_closed()
        || files.any(|(file, loaded)| file.problem.is_some() || loaded.is_fatal())
        || known.iter().any(has_none)
    {
        return Vec::new();
    }
    let said = tier.said.iter();
    let needed = said.filter(|it| it.default.is_none() && tier.schema.get(&it.name).is_none());
    needed.map(|said| missed(tier, said)).collect()
}

fn missed(tier: &Tier<'_>, said: &Said) -> Finding {
    let (name, place) = (&said.name, &said.place);
    let set = tier.resolved.get(name);
    let (rule, what) = match set {
        Some(_) => (&EMPTY, "is empty"),
        None => (&MISSING, "is not set"),
    };
    let mut finding = Finding::new(
        rule,
        format!(
            "`{name}` {what}, and the {}'s code asks for it ({place})",
            tier.name()
        ),
    )
    .severity(Severity::Warning);
    finding.notes.extend(said.note.clone());
    finding.notes.push(UNSURE.to_owned());
    if let Some(set) = set {
        return at_value(finding, tier, set, "empty").help("give it a value");
    }
    let home = said.home.as_deref().unwrap_or(tier.home);
    let finding = finding.subject(name).tier(tier.name());
    if tier.deployed {
        return finding.help(format!(
            "set it where the platform sets this program's variables: {name}=…"
        ));
    }
    let finding = finding.help(format!("add to {home}: {name}=…"));
    let mut files = tier.resolved.files.iter().map(|(file, _)| file);
    let Some(file) = files.find(|file| file.path() == home) else {
        return finding.in_file(home);
    };
    let end = file.source.text().trim_end().len();
    let start = file.source.text()[..end].rfind('\n').map_or(0, |at| at + 1);
    finding.at(Label::new(
        &file.source,
        Span::new(start, end),
        "add it behind this line",
    ))
}

/// Values that the code refuses, where nothing else is wrong with them.
pub(super) fn refused(tier: &Tier<'_>, known: &[Finding]) -> Vec<Finding> {
    let rules = [
        &EMPTY,
        &LEAKED_SECRET,
        &OUT_OF_RANGE,
        &PLACEHOLDER,
        &WRONG_CREDENTIAL,
        &WRONG_TYPE,
    ];
    let is_told = |name: &str| {
        known.iter().any(|it| {
            rules.contains(&it.rule)
                && it.tier.as_deref() == Some(tier.name())
                && it.subject.as_deref() == Some(name)
        })
    };
    let told = tier.refused.iter().filter(|it| !is_told(&it.name));
    told.filter_map(|it| judged(tier, it)).collect()
}

fn judged(tier: &Tier<'_>, refused: &Refused) -> Option<Finding> {
    let Refused {
        name,
        place,
        wanted,
        may_lack,
        instead,
        never,
    } = refused;
    let set = tier.resolved.get(name)?;
    if tier.resolved.is_doubtful(set) || is_placeholder(&set.value) {
        return None;
    }
    if !set.value.is_empty() {
        let message = format!("`{name}` is not what {place} wants: {wanted}");
        let finding = at_value(Finding::new(&WRONG_TYPE, message), tier, set, "refused");
        return Some(match (never, instead) {
            (Some(word), _) => finding.help(in_code(word, place)),
            (None, Some(instead)) => {
                let finding = corrected(finding, tier, set, instead);
                let is_told = finding.help.is_some();
                if is_told {
                    finding
                } else {
                    finding.help(format!("write: {wanted}"))
                }
            }
            (None, None) => finding.help(format!("write: {wanted}")),
        });
    }
    let message = format!("`{name}` is empty, but {place} wants {wanted}");
    let finding = at_value(Finding::new(&EMPTY, message), tier, set, "empty");
    Some(if *may_lack {
        finding
            .note("it may be left out, but a text that is empty is a value, too")
            .help(format!("{LEFT_OUT}, or write {wanted}"))
    } else if let Some(word) = never {
        finding.help(in_code(word, place))
    } else {
        finding.help(format!("write: {wanted}"))
    })
}

/// What is to be done where no value of a variable would do.
fn in_code(word: &str, place: &str) -> String {
    let instead = match word {
        "boolean" => "z.stringbool()".to_owned(),
        other => format!("z.coerce.{other}()"),
    };
    format!("write {instead} in {place}: no value of a variable is a {word}")
}
