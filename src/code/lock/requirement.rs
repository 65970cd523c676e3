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

/// Why a text is no requirement for any installer; none where it may be one. Whatever is only a matter of a
/// marker, an address or the end of a version is let pass.
#[must_use]
pub fn refused(text: &str) -> Option<String> {
    const OPERATORS: [&str; 8] = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];
    // An address may hold a password.
    let shown = if text.contains("://") {
        "it".to_owned()
    } else {
        format!("`{text}`")
    };
    let (plain, _) = text.split_once(';').unwrap_or((text, ""));
    let plain = plain.trim();
    let end = plain
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_'))
        .unwrap_or(plain.len());
    let (name, rest) = plain.split_at(end);
    let is_plain = |c: char| c.is_ascii_alphanumeric();
    if !name.starts_with(is_plain) || !name.ends_with(is_plain) {
        return Some(format!("{shown} names no package"));
    }
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((_, rest))) => rest.trim_start(),
        Some(None) => return Some(format!("{shown} lacks a `]`")),
        None => rest,
    };
    if rest.starts_with('@') {
        return None;
    }
    let bounds = rest.trim_start_matches('(').trim_end_matches(')');
    let mut bounds = bounds.split(',').map(str::trim).filter(|it| !it.is_empty());
    let is_bad = |bound: &&str| {
        let behind = OPERATORS.iter().find_map(|it| bound.strip_prefix(it));
        let version = behind.map(str::trim);
        version.is_none_or(|version| {
            version.is_empty()
                || !bound.starts_with("===")
                    && version.contains(|c: char| c.is_whitespace() || "<>=!~^".contains(c))
        }) || bound.starts_with("====")
    };
    bounds.find(is_bad)?;
    Some(format!(
        "{shown} bounds the version with something else than an operator and a version"
    ))
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
    fn what_no_installer_reads_is_no_requirement() {
        for text in [
            "a",
            "a.b_c",
            "a[x, y]",
            "a [x] >= 1, < 2",
            "a(>=1)",
            "a ==1.*",
            "a===x",
            "a ~= 1.0",
            "a>=1,",
            "a @ https://e.x/a-1.whl",
            "a; python_version >= '3'",
            "a>=1.0+cu118",
        ] {
            assert_eq!(refused(text), None);
        }
        for text in [
            "", ">=1", "a-", "a====", "a==", "a^1", "a 1", "a>=1 <2", "a=1", "a[x", "./a", "a[x]y",
            "a>=",
        ] {
            assert!(refused(text).is_some(), "{text}");
        }
    }

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
