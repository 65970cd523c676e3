//! Lists, in the two forms that programs decode: commas, and JSON.

use super::{Kind, Misfit, Problem, Reader};

/// A comma list.
pub(super) fn csv(value: &str, of: &Kind, reader: Reader) -> Result<(), Problem> {
    if value.trim_start().starts_with('[') {
        let problem = Problem::wrong("is JSON, but the reader splits it at commas");
        return Err(match serde_json::from_str::<Vec<String>>(value) {
            Ok(elements) => problem
                .way_out(format!("write {}", elements.join(",")))
                .replacement(elements.join(",")),
            Err(_) => match loose(value, of, reader).map(|it| it.join(",")) {
                Some(right) => problem.way_out(format!("write {right}")).replacement(right),
                None => problem.way_out("write the elements with commas between them"),
            },
        });
    }
    let told = value
        .split(',')
        .map(str::trim)
        .filter(|element| !element.is_empty())
        .try_for_each(|element| within(element, of, reader));
    let other = || OTHER_MARKS.iter().find(|it| value.contains(**it));
    match (told, other()) {
        (Err(problem), Some(mark)) if problem.misfit != Misfit::Doubtful => {
            Err(match loose(value, of, reader) {
                Some(elements) if elements.len() > 1 => {
                    let right = elements.join(",");
                    let message = format!("has `{mark}` in it, but the reader splits it at commas");
                    Problem::wrong(message)
                        .way_out(format!("write {right}"))
                        .replacement(right)
                }
                _ => problem,
            })
        }
        (told, _) => told,
    }
}

/// Marks that people write between elements where a comma belongs, or around them.
pub const OTHER_MARKS: &[char] = &[';', '|', ' ', '\'', '"'];

/// The elements of a list that is written in another way, where each of them is sound.
fn loose(value: &str, of: &Kind, reader: Reader) -> Option<Vec<String>> {
    let is_between = |it: char| it == ',' || it.is_whitespace() || OTHER_MARKS.contains(&it);
    let bare = value.trim().trim_start_matches('[').trim_end_matches(']');
    let elements = bare.split(is_between).filter(|it| !it.is_empty());
    let elements: Vec<String> = elements.map(str::to_owned).collect();
    let is_sound = |it: &String| of.check(it, reader).is_ok();
    (!elements.is_empty() && elements.iter().all(is_sound)).then_some(elements)
}

/// A JSON list of strings. pydantic-settings decodes it before any validator sees it, so that
/// the comma form stops the program.
pub(super) fn json(value: &str, of: &Kind, reader: Reader) -> Result<(), Problem> {
    match serde_json::from_str::<Vec<serde_json::Value>>(value) {
        Ok(elements) => elements.iter().try_for_each(|element| match element {
            serde_json::Value::String(text) => within(text, of, reader),
            other => within(&other.to_string(), of, reader),
        }),
        Err(_) if value.trim().is_empty() => {
            Err(Problem::wrong("is empty, but is decoded as JSON")
                .way_out("write [] or delete the line")
                .replacement("[]"))
        }
        Err(_) if value.trim_start().starts_with(['[', '{']) => {
            let problem = Problem::wrong("is not a JSON list");
            let elements = loose(value, of, reader);
            let json = elements.and_then(|it| serde_json::to_string(&it).ok());
            Err(match json {
                Some(right) => problem.way_out(format!("write {right}")).replacement(right),
                None => problem.way_out("write for example [\"a\",\"b\"]"),
            })
        }
        Err(_) => {
            let plain = || value.split(',').map(|it| it.trim().to_owned()).collect();
            let elements: Vec<String> = loose(value, of, reader).unwrap_or_else(plain);
            let json = serde_json::to_string(&elements).unwrap_or_default();
            Err(
                Problem::wrong("has commas, but is decoded as JSON before any validator sees it")
                    .way_out(format!("write {json}"))
                    .replacement(json),
            )
        }
    }
}

pub(super) fn any_json(value: &str) -> Result<(), Problem> {
    serde_json::from_str::<serde::de::IgnoredAny>(value)
        .map(drop)
        .map_err(|error| {
            Problem::wrong(format!(
                "is not JSON: {}",
                error
                    .to_string()
                    .split(" at line")
                    .next()
                    .unwrap_or_default()
            ))
            .way_out("write valid JSON")
        })
}

/// An element's problem, said of the list.
fn within(element: &str, of: &Kind, reader: Reader) -> Result<(), Problem> {
    of.check(element, reader).map_err(|problem| Problem {
        misfit: if problem.misfit == Misfit::WrongCredential {
            Misfit::WrongType
        } else {
            problem.misfit
        },
        message: format!("has an element, `{element}`, that {}", problem.message),
        way_out: problem.way_out,
        replacement: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_an_error_in_place_of_the_other() {
        let origins = |value, form: fn(&str, &Kind, Reader) -> Result<(), Problem>| {
            form(value, &Kind::Origin, Reader::Pydantic)
        };
        assert_eq!(origins("http://a.b, http://c.d", csv), Ok(()));
        assert_eq!(origins("[\"http://a.b\"]", json), Ok(()));
        assert_eq!(
            origins("http://a.b,http://c.d", json)
                .expect_err("commas")
                .replacement
                .as_deref(),
            Some("[\"http://a.b\",\"http://c.d\"]")
        );
        assert_eq!(
            origins("[\"http://a.b\"]", csv)
                .expect_err("JSON")
                .replacement
                .as_deref(),
            Some("http://a.b")
        );
        for slip in [
            "http://a.b;http://c.d",
            "http://a.b http://c.d",
            "http://a.b | http://c.d",
            "['http://a.b', 'http://c.d']",
            "[http://a.b, http://c.d]",
        ] {
            let right = |form| origins(slip, form).expect_err(slip).replacement;
            assert_eq!(right(csv).as_deref(), Some("http://a.b,http://c.d"));
            let json = right(json);
            assert_eq!(json.as_deref(), Some("[\"http://a.b\",\"http://c.d\"]"));
        }
        assert_eq!(origins("http://a.b,,http://c.d,", csv), Ok(()));
        assert!(
            origins("a.b", csv)
                .expect_err("no scheme")
                .message
                .contains("`a.b`")
        );
    }
}
