//! Where something stands in `pixcrawler.toml`: for what is wrong with it although it can be read.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::Label;
use crate::text::{Source, Span};

/// The place of a key, by the names that lead to it: `["services", "api", "ready"]`. The longest
/// beginning of the path that is there.
#[must_use]
pub fn label(source: &Source, path: &[&str], message: &str) -> Option<Label> {
    let key = Places::of(source).nearest(path)?;
    Some(Label::new(source, key, message))
}

/// A text that is read once for many places in it.
pub struct Places<'s>(Option<Spanned<DeTable<'s>>>);

impl<'s> Places<'s> {
    /// Those of a text; none where it cannot be read.
    #[must_use]
    pub fn of(source: &'s Source) -> Self {
        Self(DeTable::parse(source.text()).ok())
    }

    /// Where a key stands and where its value does, if the whole path is there.
    #[must_use]
    pub fn of_key(&self, path: &[&str]) -> Option<(Span, Span)> {
        let (depth, key, value) = self.found(path)?;
        (depth == path.len()).then_some((key, value))
    }

    /// Where the last key of the longest beginning of a path stands that is there.
    #[must_use]
    pub fn nearest(&self, path: &[&str]) -> Option<Span> {
        self.found(path).map(|(_, key, _)| key)
    }

    /// How much of a path is there, with the place of the last key and of its value.
    fn found(&self, path: &[&str]) -> Option<(usize, Span, Span)> {
        let mut table = self.0.as_ref()?.get_ref();
        let mut found = None;
        for (at, name) in path.iter().enumerate() {
            let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == name) else {
                break;
            };
            found = Some((at + 1, Span::from(key.span()), Span::from(value.span())));
            match value.get_ref() {
                DeValue::Table(inner) => table = inner,
                _ => break,
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_every_way_to_write_a_table() {
        let source = Source::new(
            "pixcrawler.toml",
            "[services.api]\ncommand = \"x\"\nready.tcp = 1\n[services]\nweb = { port = 3 }\n",
        );
        let line = |path: &[&str]| label(&source, path, "").map(|label| label.start().line);
        assert_eq!(line(&["services", "api", "command"]), Some(2));
        assert_eq!(line(&["services", "api", "ready", "tcp"]), Some(3));
        assert_eq!(line(&["services", "api", "absent"]), Some(1));
        assert_eq!(line(&["nothing"]), None);
        let value = |path: &[&str]| {
            let (_, value) = Places::of(&source).of_key(path)?;
            source.text().get(value.start..value.end)
        };
        assert_eq!(value(&["services", "api", "command"]), Some("\"x\""));
        assert_eq!(value(&["services", "web", "port"]), Some("3"));
        assert_eq!(value(&["services", "api", "absent"]), None);
    }
}
