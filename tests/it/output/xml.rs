//! A strict reader for the XML that the `JUnit` renderer may write, and the content model that
//! Jenkins' xUnit plugin validates (junit-10).

use std::iter::Peekable;
use std::str::Chars;

#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    fn count(&self, name: &str) -> usize {
        let own = usize::from(self.name == name);
        own + self
            .children
            .iter()
            .map(|child| child.count(name))
            .sum::<usize>()
    }
}

/// Name, required attributes, further attributes, children, whether text may stand in it.
type Model = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
    bool,
);

const MODEL: [Model; 5] = [
    (
        "testsuites",
        &[],
        &["name", "time", "tests", "failures", "errors"],
        &["testsuite"],
        false,
    ),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["time", "skipped"],
        &["testcase"],
        false,
    ),
    (
        "testcase",
        &["name"],
        &["classname", "time"],
        &["failure", "skipped"],
        false,
    ),
    ("failure", &[], &["type", "message"], &[], true),
    ("skipped", &[], &["type", "message"], &[], true),
];

/// Panics with the reason when `element` does not fit the model or counts wrongly.
pub(crate) fn validate(element: &Element) {
    let (name, required, further, children, text) = MODEL
        .iter()
        .find(|model| model.0 == element.name)
        .unwrap_or_else(|| panic!("unknown element {}", element.name));
    for attribute in *required {
        assert!(
            element.attribute(attribute).is_some(),
            "{name} lacks {attribute}"
        );
    }
    for (attribute, value) in &element.attributes {
        let known = required.contains(&attribute.as_str()) || further.contains(&attribute.as_str());
        assert!(known, "{name} may not have {attribute}");
        if attribute == "time" {
            assert!(value.parse::<f64>().is_ok(), "{value} is no time");
        }
    }
    assert!(
        *text || element.text.trim().is_empty(),
        "{name} may not hold text"
    );
    for child in &element.children {
        assert!(
            children.contains(&child.name.as_str()),
            "{name} may not hold {}",
            child.name
        );
        validate(child);
    }
    for (attribute, counted) in [
        ("tests", "testcase"),
        ("failures", "failure"),
        ("skipped", "skipped"),
    ] {
        if let Some(said) = element.attribute(attribute) {
            assert_eq!(
                said,
                element.count(counted).to_string(),
                "{attribute} of {name}"
            );
        }
    }
}

/// Reads a document; panics where it is not well-formed.
pub(crate) fn parse(document: &str) -> Element {
    let document = document
        .strip_prefix(r#"<?xml version="1.0" encoding="UTF-8"?>"#)
        .expect("an XML declaration");
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(
        document.chars().all(allowed),
        "a character that XML 1.0 forbids"
    );
    let mut chars = document.trim().chars().peekable();
    assert_eq!(chars.next(), Some('<'));
    let root = element(&mut chars);
    assert_eq!(chars.next(), None, "something stands behind the root");
    root
}

fn element(chars: &mut Peekable<Chars<'_>>) -> Element {
    let mut element = Element {
        name: name(chars),
        attributes: Vec::new(),
        children: Vec::new(),
        text: String::new(),
    };
    loop {
        match chars.next().expect("a start tag ends") {
            ' ' => {
                let attribute = name(chars);
                assert_eq!((chars.next(), chars.next()), (Some('='), Some('"')));
                let value = text(chars, '"');
                assert_eq!(chars.next(), Some('"'));
                assert!(
                    element.attribute(&attribute).is_none(),
                    "{attribute} stands there twice"
                );
                element.attributes.push((attribute, value));
            }
            '/' => {
                assert_eq!(chars.next(), Some('>'));
                return element;
            }
            '>' => break,
            other => panic!("{other:?} in a start tag"),
        }
    }
    loop {
        element.text.push_str(&text(chars, '<'));
        assert_eq!(chars.next(), Some('<'));
        if chars.next_if_eq(&'/').is_none() {
            element.children.push(self::element(chars));
            continue;
        }
        assert_eq!(name(chars), element.name, "tags cross");
        assert_eq!(chars.next(), Some('>'));
        return element;
    }
}

fn name(chars: &mut Peekable<Chars<'_>>) -> String {
    std::iter::from_fn(|| chars.next_if(char::is_ascii_alphanumeric)).collect()
}

fn text(chars: &mut Peekable<Chars<'_>>, end: char) -> String {
    let mut text = String::new();
    while let Some(character) = chars.next_if(|&character| character != end) {
        assert!(
            !matches!(character, '<' | '>'),
            "{character} is not escaped"
        );
        if character != '&' {
            text.push(character);
            continue;
        }
        let entity: String = chars
            .by_ref()
            .take_while(|&character| character != ';')
            .collect();
        text.push(match entity.as_str() {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            other => panic!("unknown entity {other}"),
        });
    }
    text
}
