//! Requirements as manifests write them.

use std::collections::BTreeSet;

/// A requirement as PEP 508 writes it, as far as installing looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The normalised name: `sse-starlette`.
    pub name: String,
    /// Version bounds: `>=2.0,<3`; empty when any will do.
    pub bounds: String,
    /// The extras of it that are wanted, normalised.
    pub extras: BTreeSet<String>,
    /// Whether it holds only on some platform or some Python.
    pub conditional: bool,
}

impl Requirement {
    /// Reads `uvicorn[standard]>=0.24.0 ; python_version >= "3.8"`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (text, marker) = text.split_once(';').unwrap_or((text, ""));
        let text = text.trim();
        let end = text
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_'))
            .unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let rest = rest.trim_start();
        let (extras, rest) = match rest.strip_prefix('[') {
            Some(extras) => extras.split_once(']')?,
            None => ("", rest),
        };
        // `name @ https://…` binds no version.
        let bounds = if rest.trim_start().starts_with('@') {
            String::new()
        } else {
            rest.chars()
                .filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')'))
                .collect()
        };
        (!name.is_empty()).then(|| Self {
            name: normal_name(name),
            bounds,
            extras: extras
                .split(',')
                .map(|extra| normal_name(extra.trim()))
                .filter(|extra| !extra.is_empty())
                .collect(),
            conditional: !marker.trim().is_empty(),
        })
    }
}

/// PEP 503: `Foo_Bar.baz` and `foo-bar-baz` are one package.
#[must_use]
pub fn normal_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for part in name.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !out.is_empty() {
            out.push('-');
        }
        let from = out.len();
        out.push_str(part);
        out[from..].make_ascii_lowercase();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_as_pip_reads_them() {
        let read = |text: &str| {
            let requirement = Requirement::parse(text).expect(text);
            (
                requirement.name,
                requirement.bounds,
                requirement.conditional,
            )
        };
        let plain = |name: &str, bounds: &str| (name.to_owned(), bounds.to_owned(), false);
        assert_eq!(
            read("uvicorn[standard] >= 0.24.0, <1"),
            plain("uvicorn", ">=0.24.0,<1")
        );
        assert_eq!(read("sse_starlette"), plain("sse-starlette", ""));
        assert_eq!(read("a.b @ https://example.com/x.whl"), plain("a-b", ""));
        assert_eq!(read("c (==1.*)"), plain("c", "==1.*"));
        assert!(read("colorama; sys_platform == 'win32'").2);
        assert_eq!(Requirement::parse("  "), None);
        let extras = Requirement::parse("Celery[redis, S_3]>=5")
            .expect("valid")
            .extras;
        assert_eq!(extras.into_iter().collect::<Vec<_>>(), ["redis", "s-3"]);
    }
}
