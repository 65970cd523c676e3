//! `true` and `false`, in the words of each reader.

use super::{Problem, Reader};

/// pydantic 2: any case, no blanks around; an empty text is an error.
const TRUE: &[&str] = &["true", "1", "on", "yes", "y", "t"];
const FALSE: &[&str] = &["false", "0", "off", "no", "n", "f"];

pub(super) fn parse(value: &str, reader: Reader) -> Result<bool, Problem> {
    let lower = value.to_ascii_lowercase();
    let word = match reader {
        Reader::Pydantic => lower.as_str(),
        // A string is never false in JavaScript: the validator compares words.
        Reader::JavaScript => value,
    };
    let (yes, no) = match reader {
        Reader::Pydantic => (TRUE, FALSE),
        Reader::JavaScript => (&TRUE[..2], &FALSE[..2]),
    };
    if yes.contains(&word) {
        return Ok(true);
    }
    if no.contains(&word) {
        return Ok(false);
    }
    let problem = Problem::wrong(format!("is no boolean that {} knows", reader.name()))
        .way_out("write true or false");
    let trimmed = lower.trim();
    Err(match (TRUE.contains(&trimmed), FALSE.contains(&trimmed)) {
        (true, _) => problem.replacement("true"),
        (_, true) => problem.replacement("false"),
        _ => problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reader_has_its_own_words() {
        let read = |value, reader| parse(value, reader).ok();
        for (value, pydantic, javascript) in [
            ("true", Some(true), Some(true)),
            ("Yes", Some(true), None),
            ("OFF", Some(false), None),
            ("0", Some(false), Some(false)),
            (" true", None, None),
            ("", None, None),
            ("enabled", None, None),
        ] {
            assert_eq!(
                read(value, Reader::Pydantic),
                pydantic,
                "pydantic: {value:?}"
            );
            assert_eq!(
                read(value, Reader::JavaScript),
                javascript,
                "JavaScript: {value:?}"
            );
        }
        assert_eq!(
            parse("Yes", Reader::JavaScript)
                .expect_err("not a word there")
                .replacement
                .as_deref(),
            Some("true")
        );
    }
}
