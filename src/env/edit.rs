//! One variable of an env file set to a value; everything else in the file stays as it is.

use super::dialect::{self, Ambient, Dialect, Entry, Loaded};
use super::loaders::spellings;

/// Why a value cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The loader does not get through the file as it is.
    #[error("its loader does not get through the file as it is")]
    Broken,
    /// No spelling reaches all readers as it is meant.
    #[error("no spelling of this value is read alike by all who read the file")]
    NoSpelling,
    /// A name with other characters than letters, digits and `_`.
    #[error("this is no name of a variable")]
    Name,
    /// Without its line, a loader reads the others otherwise.
    #[error("other variables would be read otherwise without its line")]
    Entangled,
}

/// A text with one variable set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The whole text.
    pub text: String,
    /// The line that sets the variable, from 1.
    pub line: usize,
}

/// `text` with `name` set to `value`, spelled so that each of `dialects` reads exactly that and
/// everything else as before. The first of them is the file's own loader.
///
/// # Errors
/// When there is no way to write it.
pub fn set(
    text: &str,
    name: &str,
    value: &str,
    dialects: &[Dialect],
) -> Result<Written, Unwritable> {
    let (own, before) = as_it_is(text, name, dialects)?;
    let has_returns = text.contains("\r\n");
    let reads = |edited: &str| {
        let after = load(own, edited);
        keeps(&before, &after, name)
            && dialects.iter().chain([&own]).all(|dialect| {
                let loaded = load(*dialect, edited);
                let read = entry(&loaded, name).and_then(|entry| entry.value.as_deref());
                !loaded.is_fatal() && read.is_some_and(|read| is_meant(read, value, has_returns))
            })
    };
    let found = spellings(value)
        .map(|spelling| placed(text, &before, name, &spelling))
        .find(|(edited, _)| reads(edited));
    let (text, at) = found.ok_or(Unwritable::NoSpelling)?;
    let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    Ok(Written { text, line })
}

/// Whether a reader sees the value. A shell has a carriage return at the end of each one in a file of such lines, which
/// is a matter of the whole file.
fn is_meant(read: &str, value: &str, has_returns: bool) -> bool {
    read == value || has_returns && read.strip_suffix('\r') == Some(value)
}

/// The loader that decides, and what it makes of the text before it is changed.
fn as_it_is(text: &str, name: &str, dialects: &[Dialect]) -> Result<(Dialect, Loaded), Unwritable> {
    if !is_name(name) {
        return Err(Unwritable::Name);
    }
    let own = dialects
        .first()
        .copied()
        .unwrap_or(Dialect::PydanticSettings);
    let before = load(own, text);
    if before.is_fatal() {
        return Err(Unwritable::Broken);
    }
    Ok((own, before))
}

/// `text` with every line that sets `name` made a comment, so that each of `dialects` reads everything
/// else as before; none where no line does. With the number of the first of them, from 1.
///
/// # Errors
/// When there is no way to write it.
pub fn unset(text: &str, name: &str, dialects: &[Dialect]) -> Result<Option<Written>, Unwritable> {
    let (own, before) = as_it_is(text, name, dialects)?;
    let mut starts: Vec<usize> = Vec::new();
    for binding in before.bindings.iter().filter(|it| it.name == name) {
        let line_of = |at: usize| {
            let before = text.get(..at).unwrap_or_default();
            before.rfind('\n').map_or(0, |newline| newline + 1)
        };
        let first = line_of(binding.name_span.start);
        // A value may go over several lines.
        let last = line_of(binding.value_span.end.max(binding.name_span.end));
        let within = text.get(first..last).unwrap_or_default();
        starts.push(first);
        starts.extend(within.match_indices('\n').map(|(at, _)| first + at + 1));
    }
    starts.sort_unstable();
    starts.dedup();
    let Some(first) = starts.first() else {
        return Ok(None);
    };
    let line = text.get(..*first).unwrap_or_default().matches('\n').count() + 1;
    let mut edited = text.to_owned();
    for at in starts.iter().rev() {
        edited.insert_str(*at, "# ");
    }
    let gone = dialects.iter().chain([&own]).all(|dialect| {
        let (was, is) = (load(*dialect, text), load(*dialect, &edited));
        is.is_fatal() == was.is_fatal() && entry(&is, name).is_none() && keeps(&was, &is, name)
    });
    if !gone {
        return Err(Unwritable::Entangled);
    }
    Ok(Some(Written { text: edited, line }))
}

/// Whether this may stand before the `=` of an env file.
#[must_use]
pub fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn load(dialect: Dialect, text: &str) -> Loaded {
    dialect::load(
        dialect,
        dialect::Source::new(text.as_bytes()),
        &Ambient::default(),
    )
}

/// What a name is; pydantic-settings knows it in lower case.
fn entry<'a>(loaded: &'a Loaded, name: &str) -> Option<&'a Entry> {
    let values = &loaded.values;
    values
        .get(name)
        .or_else(|| values.get(&name.to_ascii_lowercase()))
}

fn keeps(before: &Loaded, after: &Loaded, name: &str) -> bool {
    let others = |loaded: &Loaded| {
        let others = loaded.values.iter();
        others
            .filter(|(other, _)| !other.eq_ignore_ascii_case(name))
            .map(|(other, entry)| (other.to_owned(), entry.value.clone()))
            .collect::<Vec<_>>()
    };
    others(before) == others(after)
}

/// The text with the spelling where the assignment that counts has its value, else on a line of its
/// own at the end; with the offset of that line's name.
fn placed(text: &str, loaded: &Loaded, name: &str, spelling: &str) -> (String, usize) {
    let counting = entry(loaded, name).and_then(|entry| loaded.bindings.get(entry.binding));
    if let Some(binding) = counting {
        let at = binding.name_span.start;
        let (span, with) = if binding.value.is_some() && !binding.value_span.is_empty() {
            (binding.value_span.clone(), spelling.to_owned())
        } else {
            // `NAME`, or `NAME=` with nothing behind it.
            let rest = text.get(binding.name_span.end..).unwrap_or_default();
            let line = rest.split(['\n', '\r']).next().unwrap_or_default();
            let end = binding.name_span.end + line.find('=').map_or(0, |at| at + 1);
            let with = if line.contains('=') {
                spelling.to_owned()
            } else {
                format!("={spelling}")
            };
            (end..end, with)
        };
        let before = text.get(..span.start).unwrap_or_default();
        let behind = text.get(span.end..).unwrap_or_default();
        return (format!("{before}{with}{behind}"), at);
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        end
    };
    let before = format!("{text}{gap}");
    (format!("{before}{name}={spelling}{end}"), before.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &[Dialect] = &[Dialect::Next, Dialect::Bun];

    fn written(text: &str, value: &str, dialects: &[Dialect]) -> Result<String, Unwritable> {
        set(text, "A", value, dialects).map(|written| written.text)
    }

    #[test]
    fn the_assignment_that_counts_is_changed_and_nothing_else() {
        let python = &[Dialect::PydanticSettings];
        let text = "# a\nA=1\nB='x' # y\nA = 2 # why\n";
        assert_eq!(
            written(text, "3", python),
            Ok("# a\nA=1\nB='x' # y\nA = 3 # why\n".to_owned())
        );
        assert_eq!(written("A=\nB=1", "3", python), Ok("A=3\nB=1".to_owned()));
        assert_eq!(written("B=1", "3", python), Ok("B=1\nA=3\n".to_owned()));
        assert_eq!(
            written("B=1\r\n", "3", python),
            Ok("B=1\r\nA=3\r\n".to_owned())
        );
        assert_eq!(written("", "", python), Ok("A=\n".to_owned()));
        assert_eq!(set("", "A B", "1", python), Err(Unwritable::Name));
        // A shell has each value of such a file with a carriage return.
        let shared = &[Dialect::PydanticSettings, Dialect::Bash, Dialect::Compose];
        for (text, value, edited) in [
            ("A=1\r\nB=2\r\n", "x", "A=x\r\nB=2\r\n"),
            ("B=2\r\n", "it is", "B=2\r\nA=\"it is\"\r\n"),
        ] {
            assert_eq!(written(text, value, shared), Ok(edited.to_owned()));
        }
    }

    #[test]
    fn a_line_becomes_a_comment_and_the_rest_stays() {
        let unset = |text: &str| unset(text, "A", BOTH).map(|done| done.map(|it| it.text));
        assert_eq!(
            unset("# a\nA=1\nB='x'\nexport A = 2 # why\n"),
            Ok(Some("# a\n# A=1\nB='x'\n# export A = 2 # why\n".to_owned()))
        );
        assert_eq!(
            unset("A='1\nC=2'\r\nB=3"),
            Ok(Some("# A='1\n# C=2'\r\nB=3".to_owned()))
        );
        assert_eq!(unset("B=1\n"), Ok(None));
        // B would become another value.
        assert_eq!(unset("A=1\nB=$A\n"), Err(Unwritable::Entangled));
    }

    #[test]
    fn a_value_is_spelled_so_that_all_readers_agree() {
        for value in ["p#ss word", "a$b", "it's", "x\\y", "a\"b", " padded "] {
            let text = written("A=1\nB=2\n", value, BOTH).expect(value);
            for dialect in BOTH {
                let loaded = load(*dialect, &text);
                assert_eq!(loaded.values.value("A"), Some(value), "{dialect:?}: {text}");
                assert_eq!(loaded.values.value("B"), Some("2"));
            }
        }
    }
}
