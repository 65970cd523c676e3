//! Reports in XML, read as the same report in JSON is: `<health><status>UP</status></health>` is `{"status": "UP"}`.

use roxmltree::{Document, Node};
use serde_json::{Map, Value};

/// What the first element of a page is called.
const PAGES: &[&str] = &[
    "html", "head", "body", "title", "h1", "h2", "h3", "p", "div", "span", "pre", "center", "main",
    "section", "svg",
];

/// Elements within each other that are read.
const DEEPEST: usize = 16;

/// The names of what tells only how the rest is to be read.
const OF_SCHEMAS: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Whether an element of this name begins a page.
pub(super) fn is_page(root: &str) -> bool {
    PAGES.contains(&root.to_ascii_lowercase().as_str())
}

/// Reads sound XML that is no page: the name of its outermost element, and what is in it. What declares a kind of
/// document, as pages do, is not read.
pub(super) fn read(text: &str) -> Option<(String, Value)> {
    let document = Document::parse(text.trim()).ok()?;
    let root = document.root_element();
    let name = root.tag_name().name();
    if is_page(name) {
        return None;
    }
    Some((name.to_owned(), element(root, 0)?))
}

fn element(node: Node<'_, '_>, depth: usize) -> Option<Value> {
    if depth >= DEEPEST {
        return None;
    }
    let own = node
        .attributes()
        .filter(|it| it.namespace() != Some(OF_SCHEMAS));
    let mut inner: Map<String, Value> = own
        .map(|it| (it.name().to_owned(), it.value().into()))
        .collect();
    let mut text = String::new();
    for child in node.children() {
        if child.is_element() {
            let name = child.tag_name().name().to_owned();
            add(&mut inner, name, element(child, depth + 1)?);
        } else if child.is_text() {
            text.push_str(child.text().unwrap_or_default());
        }
    }
    Some(closed(inner, &text))
}

/// Several of one name are a list.
fn add(inner: &mut Map<String, Value>, name: String, value: Value) {
    match inner.get_mut(&name) {
        Some(Value::Array(all)) => all.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
        None => {
            inner.insert(name, value);
        }
    }
}

/// An element of text alone is that text.
fn closed(inner: Map<String, Value>, text: &str) -> Value {
    if inner.is_empty() {
        Value::String(text.trim().to_owned())
    } else {
        Value::Object(inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_attributes_are_fields() {
        for (text, expected) in [
            ("<status>UP</status>", r#"["status","UP"]"#),
            (
                "<?xml version=\"1.0\"?><!-- a --><h:Health xmlns:h='x'><status>UP</status> <db ok='a &amp; b'/></h:Health>",
                r#"["Health",{"status":"UP","db":{"ok":"a & b"}}]"#,
            ),
            (
                "<a><b>1</b><b>2</b><c><![CDATA[<d>]]></c></a>",
                r#"["a",{"b":["1","2"],"c":"<d>"}]"#,
            ),
            (
                "<a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='t'>&#85;P<!-- b --></a>",
                r#"["a","UP"]"#,
            ),
        ] {
            let (name, value) = read(text).expect(text);
            let expected: Value = serde_json::from_str(expected).expect("JSON");
            assert_eq!(serde_json::json!([name, value]), expected);
        }
        for text in [
            "",
            "UP",
            "<status>UP",
            "<a><b></a></b>",
            "<a></a><b></b>",
            "<html><body>UP</body></html>",
            "<!DOCTYPE html><x></x>",
            "<a b></a>",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
        for depth in [100, 200_000] {
            let deep = "<a>".repeat(depth) + &"</a>".repeat(depth);
            assert!(read(&deep).is_none());
        }
    }
}
