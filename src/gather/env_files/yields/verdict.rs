//! What a field of the code's own settings makes of a value.

use crate::code::python::{Field, Looks, Takes};
use crate::schema::Reader;
use crate::schema::types::{Kind, Range, Text};
use crate::text::or_list;

use super::super::super::declared::matches;

/// What is certain of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken.
    Takes,
    /// It is refused.
    Refuses,
    /// That cannot be told.
    Open,
}

/// What a field makes of a value.
#[must_use]
pub fn of(field: &Field, value: &str) -> Verdict {
    if field.is_beyond {
        return Verdict::Open;
    }
    let is_taken = takes(&field.takes, field, value);
    match (is_taken, field.looks) {
        (Some(true), Looks::None) => Verdict::Takes,
        (Some(false), Looks::None | Looks::After) => Verdict::Refuses,
        _ => Verdict::Open,
    }
}

/// Whether the type of a field refuses a value, whoever else looks at it before.
pub(super) fn is_against(field: &Field, value: &str) -> bool {
    takes(&field.takes, field, value) == Some(false)
}

/// Whether a type takes a value; nothing where that cannot be told.
fn takes(kind: &Takes, field: &Field, value: &str) -> Option<bool> {
    let is = |kind: &Kind| kind.check(value, Reader::Pydantic).is_ok();
    match kind {
        Takes::Unknown => None,
        Takes::Text => {
            let pattern = field.pattern.as_deref();
            let fits = pattern.is_none_or(|it| matches(it, value));
            // Blanks around it may be taken off before.
            (fits || value.trim() == value).then_some(fits)
        }
        Takes::Whole => {
            let plain = value.trim().replace('_', "");
            let number = plain.split('.').next().and_then(|it| it.parse().ok());
            match number {
                Some(number) if is(&Kind::Int(Range::default())) => Some(field.bounds.hold(number)),
                // Python's numbers have no end.
                None if plain.bytes().all(|it| it.is_ascii_digit()) && !plain.is_empty() => None,
                _ => Some(false),
            }
        }
        Takes::Number => Some(is(&Kind::Float(Range::default()))),
        Takes::Bool => Some(is(&Kind::Bool)),
        Takes::Words(words) => Some(words.iter().any(|it| it == value)),
        Takes::Url(schemes) => {
            let Some((scheme, rest)) = value.trim().split_once("://") else {
                return Some(false);
            };
            let scheme = scheme.to_ascii_lowercase();
            let is_known = schemes.is_empty() || schemes.contains(&scheme.as_str());
            match (
                is_known,
                rest.starts_with(|it: char| it.is_ascii_alphanumeric()),
            ) {
                (false, _) => Some(false),
                (true, true) => Some(true),
                (true, false) => None,
            }
        }
        Takes::List(of) => {
            if !field.is_json {
                return None;
            }
            match serde_json::from_str::<serde_json::Value>(value) {
                Ok(serde_json::Value::Array(elements)) => {
                    let mut each = elements.iter();
                    let taken = |it: &serde_json::Value| match (&**of, it.as_str()) {
                        (Takes::Text, text) => text.is_some(),
                        (of, Some(text)) => takes(of, field, text) == Some(true),
                        (_, None) => false,
                    };
                    each.all(taken).then_some(true)
                }
                _ => Some(false),
            }
        }
        Takes::Table => match serde_json::from_str::<serde_json::Value>(value) {
            _ if !field.is_json => None,
            Ok(serde_json::Value::Object(_)) => None,
            _ => Some(false),
        },
        Takes::Either(several) => {
            let each: Vec<Option<bool>> =
                several.iter().map(|it| takes(it, field, value)).collect();
            if each.contains(&Some(true)) {
                Some(true)
            } else {
                each.iter().all(|it| *it == Some(false)).then_some(false)
            }
        }
    }
}

/// The type of a schema that takes the same, or less than it refuses.
pub(super) fn kind(field: &Field) -> Option<Kind> {
    Some(match &field.takes {
        Takes::Whole => {
            let edge = |it: Option<i64>| it.and_then(|it| i32::try_from(it).ok()).map(f64::from);
            Kind::Int(Range {
                min: edge(field.bounds.min),
                max: edge(field.bounds.max),
            })
        }
        Takes::Number => Kind::Float(Range::default()),
        Takes::Bool => Kind::Bool,
        Takes::Words(words) => Kind::Text(Text {
            one_of: Some(words.clone()),
            ..Text::default()
        }),
        Takes::List(_) => Kind::JsonList(Box::new(Kind::Text(Text::default()))),
        Takes::Unknown | Takes::Text | Takes::Url(_) | Takes::Table | Takes::Either(_) => {
            return None;
        }
    })
}

/// What a field takes, in words.
#[must_use]
pub fn wanted(field: &Field) -> String {
    match (&field.takes, &field.pattern) {
        (Takes::Text, Some(pattern)) => format!("a text that fits `{pattern}`"),
        (Takes::Whole, _) => match field.bounds.words() {
            Some(words) => words.trim_start_matches("be ").to_owned(),
            None => words(&field.takes),
        },
        (takes, _) => words(takes),
    }
}

fn words(takes: &Takes) -> String {
    match takes {
        Takes::Unknown => "a value of its type".to_owned(),
        Takes::Text => "a text".to_owned(),
        Takes::Whole => "a whole number".to_owned(),
        Takes::Number => "a number".to_owned(),
        Takes::Bool => "true or false".to_owned(),
        Takes::Words(words) => or_list(words),
        Takes::Url(schemes) => match schemes {
            [] => "a URL".to_owned(),
            some => format!("a URL that begins with {}://", some.join(":// or ")),
        },
        Takes::List(_) => "a list as JSON: [\"a\",\"b\"]".to_owned(),
        Takes::Table => "a table as JSON: {\"a\":\"b\"}".to_owned(),
        Takes::Either(several) => {
            let each: Vec<String> = several.iter().map(words).collect();
            or_list(&each)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::python;

    #[test]
    fn what_is_certain_is_what_pydantic_does() {
        use Verdict::{Open, Refuses, Takes};
        for (written, value, verdict) in [
            ("str", "info", Takes),
            ("str = Field('a', min_length=9)", "info", Open),
            ("str = Field('a', pattern='^i')", "info", Takes),
            ("str = Field('a', pattern='^x')", "info", Refuses),
            ("Literal['debug', 'info']", "info", Takes),
            ("Literal['debug', 'info']", "INFO", Refuses),
            ("int", "20", Takes),
            ("int", "1_0.0", Takes),
            ("int", "auto", Refuses),
            ("int", "123456789012345678901", Open),
            ("int = Field(1, ge=1)", "0", Refuses),
            ("int | Literal['auto']", "auto", Takes),
            ("int | Literal['auto']", "none", Refuses),
            ("float", "1e3", Takes),
            ("bool", "2", Refuses),
            ("str = Field('a', pattern='^x$')", " x ", Open),
            ("list[str]", "[\"http://a\", \"http://b\"]", Takes),
            ("list[str]", "[1]", Open),
            ("list[str] | None", "http://a,http://b", Refuses),
            ("Annotated[list[str], NoDecode]", "a,b", Open),
            ("Annotated[str, BeforeValidator(f)]", "x", Open),
            ("RedisDsn", "amqp://a", Refuses),
            ("RedisDsn", "redis://a", Takes),
            ("AnyUrl", "sqs://a", Takes),
            ("AnyUrl", "memory://", Open),
            ("Strange", "x", Open),
        ] {
            let text = format!("class S(BaseSettings):\n    one: {written}\n");
            let fields = python::read(&text).fields;
            assert_eq!(of(&fields[0], value), verdict, "{written} {value}");
        }
    }
}
