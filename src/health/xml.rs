//! Reports in XML, read as the same report in JSON is: `<health><status>UP</status></health>` is `{"status": "UP"}`.

use serde_json::{Map, Value};

/// What the first element of a page is called.
const PAGES: &[&str] = &[
    "html", "head", "body", "title", "h1", "h2", "h3", "p", "div", "span", "pre", "center", "main",
    "section", "svg",
];

/// Elements within each other that are read.
const DEEPEST: usize = 16;

/// Whether an element of this name begins a page.
pub(super) fn is_page(root: &str) -> bool {
    PAGES.contains(&root.to_ascii_lowercase().as_str())
}

/// Reads sound XML that is no page: the name of its outermost element, and what is in it.
pub(super) fn read(text: &str) -> Option<(String, Value)> {
    let mut reader = Reader { rest: text.trim() };
    reader.pass_over()?;
    let (name, value) = reader.element(0)?;
    reader.pass_over()?;
    (reader.rest.is_empty() && !is_page(&name)).then_some((name, value))
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// What stands before the next mark.
    fn until(&mut self, mark: &str) -> Option<&'a str> {
        let (before, rest) = self.rest.split_once(mark)?;
        self.rest = rest;
        Some(before)
    }

    /// Passes over comments, and what tells how it is written. What declares a kind of document, as pages do, is not
    /// read.
    fn pass_over(&mut self) -> Option<()> {
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.starts_with("<?") {
                self.until("?>")?;
            } else if self.rest.starts_with("<!--") {
                self.until("-->")?;
            } else {
                return Some(());
            }
        }
    }

    /// A name without its prefix.
    fn name(&mut self) -> Option<(&'a str, String)> {
        let is_of = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        let end = self.rest.find(|c| !is_of(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        let own = name.rsplit(':').next().unwrap_or(name);
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            .then(|| (name, own.to_owned()))
    }

    fn element(&mut self, depth: usize) -> Option<(String, Value)> {
        self.rest = self.rest.strip_prefix('<')?;
        let (whole, name) = self.name()?;
        let mut inner = Map::new();
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix("/>") {
                self.rest = rest;
                return Some((name, closed(inner, "")));
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                break;
            }
            let (key, own) = self.name()?;
            self.rest = self.rest.trim_start().strip_prefix('=')?.trim_start();
            let quote = self.rest.get(..1).filter(|it| matches!(*it, "\"" | "'"))?;
            self.rest = &self.rest[1..];
            let value = plain(self.until(quote)?);
            // Where names come from says nothing.
            if !key.starts_with("xmlns") && !key.starts_with("xsi:") {
                inner.insert(own, Value::String(value));
            }
        }
        if depth >= DEEPEST {
            return None;
        }
        let mut text = String::new();
        loop {
            let at = self.rest.find('<')?;
            text.push_str(&plain(&self.rest[..at]));
            self.rest = &self.rest[at..];
            if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
                self.rest = rest;
                text.push_str(self.until("]]>")?);
            } else if self.rest.starts_with("<!--") || self.rest.starts_with("<?") {
                self.pass_over()?;
            } else if let Some(rest) = self.rest.strip_prefix("</") {
                self.rest = rest;
                let (closing, _) = self.name()?;
                self.rest = self.rest.trim_start().strip_prefix('>')?;
                return (closing == whole).then(|| (name, closed(inner, &text)));
            } else {
                let (child, value) = self.element(depth + 1)?;
                add(&mut inner, child, value);
            }
        }
    }
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

fn plain(text: &str) -> String {
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    let mut text = text.to_owned();
    for (written, meant) in pairs {
        text = text.replace(written, meant);
    }
    text
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
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        assert!(read(&deep).is_none());
    }
}
