//! Values with their places, and the words for one that is wrong.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::text::Span;

use super::super::Unreadable;

pub(super) type Value<'a> = Spanned<DeValue<'a>>;

pub(super) fn find<'a, 'd>(document: &'a DeTable<'d>, path: &[&str]) -> Option<&'a Value<'d>> {
    let (first, rest) = path.split_first()?;
    let found = document.get(*first)?;
    match rest {
        [] => Some(found),
        rest => find(found.get_ref().as_table()?, rest),
    }
}

pub(super) fn table<'a, 'd>(document: &'a DeTable<'d>, path: &[&str]) -> Option<&'a DeTable<'d>> {
    find(document, path)?.get_ref().as_table()
}

pub(super) fn wrong(at: Range<usize>, why: String) -> Unreadable {
    Unreadable {
        why,
        at: Span::from(at),
    }
}

/// A value of another kind than it must be.
pub(super) fn other(name: &str, value: &Value<'_>, must: &str) -> Unreadable {
    let kind = match value.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    wrong(
        value.span(),
        format!("`{name}` is {kind}, and must be {must}"),
    )
}

/// PEP 508.
pub(super) fn is_name(text: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    ends(text.chars().next())
        && ends(text.chars().next_back())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}
