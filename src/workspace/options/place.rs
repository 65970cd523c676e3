//! Where something stands in `pixcrawler.toml`: for what is wrong with it although it can be read.

use toml::de::{DeTable, DeValue};

use crate::diagnostic::Label;
use crate::text::{Source, Span};

/// The place of a key, by the names that lead to it: `["services", "api", "ready"]`. The longest
/// beginning of the path that is there.
#[must_use]
pub fn label(source: &Source, path: &[&str], message: &str) -> Option<Label> {
    let document = DeTable::parse(source.text()).ok()?;
    let mut table = document.get_ref();
    let mut span = None;
    for name in path {
        let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == name) else {
            break;
        };
        span = Some(key.span());
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    span.map(|span| Label::new(source, Span::from(span), message))
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
    }
}
