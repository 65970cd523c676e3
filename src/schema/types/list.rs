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
            Err(_) => problem.way_out("write the elements with commas between them"),
        });
    }
    value
        .split(',')
        .map(str::trim)
        .filter(|element| !element.is_empty())
        .try_for_each(|element| within(element, of, reader))
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
            Err(Problem::wrong("is not a JSON list").way_out("write for example [\"a\",\"b\"]"))
        }
        Err(_) => {
            let elements: Vec<&str> = value.split(',').map(str::trim).collect();
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
        assert!(
            origins("a.b", csv)
                .expect_err("no scheme")
                .message
                .contains("`a.b`")
        );
    }
}
