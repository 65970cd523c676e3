//! The packages of an index in `uv.lock`, read line by line.

use super::super::graph::Edge;

/// A package of an index, which uv writes in lines that are always the same: nine tenths of a lock.
pub(super) struct Plain<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) needs: Vec<Edge>,
}

impl<'a> Plain<'a> {
    /// None where anything else stands there as well, or in another order: that is for a parser.
    pub(super) fn read(package: &'a str) -> Option<Self> {
        let (mut name, mut version, mut needs) = (None, None, Vec::new());
        let mut last = 0;
        let mut lines = split(package, "\n");
        while let Some(line) = lines.next() {
            let place = if line.is_empty() {
                continue;
            } else if let Some(rest) = line.strip_prefix("name = \"") {
                name = rest.strip_suffix('"');
                1
            } else if let Some(rest) = line.strip_prefix("version = \"") {
                version = rest.strip_suffix('"');
                2
            } else if let Some(rest) = line.strip_prefix("source = { registry = \"") {
                rest.strip_suffix("\" }")?;
                3
            } else if line == "dependencies = [" {
                needs = items(&mut lines, Edge::of_line)?;
                4
            } else if is_file(line) {
                5
            } else if line == "wheels = [" {
                items(&mut lines, |item| is_file(item).then_some(()))?;
                6
            } else {
                return None;
            };
            if place <= last {
                return None;
            }
            last = place;
        }
        Some(Self {
            name: name?,
            version: version?,
            needs,
        })
    }
}

/// What the lines of a list say, up to its end; none where one of them says something else, or it has no end.
fn items<'a, T>(
    lines: &mut impl Iterator<Item = &'a str>,
    read: impl Fn(&'a str) -> Option<T>,
) -> Option<Vec<T>> {
    let mut items = Vec::new();
    loop {
        match lines.next()? {
            "]" => return Some(items),
            item => items.push(read(item)?),
        }
    }
}

/// What stands between the places where something is.
pub(super) fn split<'a>(text: &'a str, at: &'a str) -> impl Iterator<Item = &'a str> {
    let found = memchr::memmem::find_iter(text.as_bytes(), at);
    let mut from = 0;
    found.chain([text.len()]).map(move |to| {
        let part = text.get(from..to).unwrap_or_default();
        from = to + at.len();
        part
    })
}

/// A line about a file of a package.
pub(super) fn is_file(line: &str) -> bool {
    line.starts_with("    { url = ") || line.starts_with("sdist = { url = ")
}
