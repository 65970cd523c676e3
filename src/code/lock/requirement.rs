//! Requirements as manifests write them.

use std::collections::BTreeSet;

use pep440_rs::{Operator, VersionPattern, VersionSpecifier};

use super::marker::Marker;

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
            let plain = rest
                .chars()
                .filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')'));
            let plain: String = plain.collect();
            let parts: Vec<&str> = plain.split(',').map(without_star).collect();
            parts.join(",")
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

/// `>=3.*` is `>=3`, as uv locks it.
fn without_star(bound: &str) -> &str {
    let is_release = |plain: &&str| !plain.contains(|c: char| c.is_ascii_alphabetic());
    let plain = bound.strip_suffix(".*").filter(is_release);
    plain
        .filter(|_| bound.starts_with(['<', '>']))
        .unwrap_or(bound)
}

/// Who reads a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// uv itself: groups, constraints, overrides.
    Uv,
    /// What a project needs and what its extras add: what uv refuses there it asks what builds the project, which
    /// lets a `>=1.*` pass.
    Project,
}

/// Why a text is no requirement; none where it may be one. Of an address uv is the judge.
#[must_use]
pub fn refused(text: &str, reader: Reader) -> Option<String> {
    // An address may hold a password.
    let shown = if text.contains("://") {
        "it".to_owned()
    } else {
        format!("`{text}`")
    };
    // In an address `;` is a letter as any other.
    let is_address = text.split(';').next().unwrap_or(text).contains('@');
    let (plain, marker) = match text.split_once(';') {
        Some((plain, marker)) => (plain, Some(marker)),
        None => (text, None),
    };
    let plain = plain.trim();
    let end = plain.find(|c: char| !is_of_name(c)).unwrap_or(plain.len());
    let (name, rest) = plain.split_at(end);
    if !is_name(name) {
        return Some(format!("{shown} names no package"));
    }
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((extras, rest))) => {
            let are_names = extras.split(',').map(str::trim).all(is_name);
            if !are_names && !extras.trim().is_empty() {
                return Some(format!("{shown} has no names of extras in its brackets"));
            }
            rest.trim_start()
        }
        Some(None) => return Some(format!("{shown} lacks a `]`")),
        None => rest,
    };
    if let Some(address) = rest.strip_prefix('@') {
        let is_none = address.trim().is_empty();
        return is_none.then(|| format!("{shown} has no address behind its `@`"));
    }
    let (bounds, is_open) = match rest.strip_prefix('(') {
        Some(inner) => (
            inner.strip_suffix(')').unwrap_or(inner),
            !inner.ends_with(')'),
        ),
        None => (rest, false),
    };
    if is_open {
        return Some(format!("{shown} lacks a `)`"));
    }
    if let Some(why) = unbound(bounds.trim(), rest.starts_with('('), reader) {
        return Some(format!("{shown} {why}"));
    }
    let marker = marker.filter(|_| !is_address)?;
    let why = Marker::parse(marker).err()?;
    Some(format!("the condition of {shown} cannot be read: {why}"))
}

/// Why bounds are none, to stand behind what is meant.
fn unbound(bounds: &str, in_brackets: bool, reader: Reader) -> Option<String> {
    const NONE: &str = "bounds the version with something else than an operator and a version";
    if bounds.is_empty() {
        return (in_brackets && reader == Reader::Uv).then(|| NONE.to_owned());
    }
    // One comma may stand behind the last.
    let mut each = bounds
        .strip_suffix(',')
        .unwrap_or(bounds)
        .split(',')
        .map(str::trim);
    each.find_map(|bound| {
        let bound = match reader {
            Reader::Uv => bound,
            Reader::Project => without_star(bound),
        };
        let version = bound.trim_start_matches(['<', '>', '=', '!', '~']);
        let operator = bound.strip_suffix(version).unwrap_or_default();
        let (Ok(operator), Ok(version)) = (
            operator.parse::<Operator>(),
            version.trim().parse::<VersionPattern>(),
        ) else {
            return Some(NONE.to_owned());
        };
        let sign = if version.is_wildcard() {
            Some('*')
        } else {
            version.version().is_local().then_some('+')
        };
        VersionSpecifier::from_pattern(operator, version).err()?;
        Some(match sign {
            Some(sign) => format!("has a `{sign}` behind `{operator}`, where it has no meaning"),
            None => format!("has one number behind `{operator}`, which needs two"),
        })
    })
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// PEP 508.
fn is_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(is_plain) && text.ends_with(is_plain) && text.chars().all(is_of_name)
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
            "a===1",
            "a!=1.*",
            "a[]",
            "a @ https://e.x/a;b-1.whl",
            "a>=1!2.0rc1.post2-dev3,<v3-1",
            "a ~= 1.0",
            "a>=1,",
            "a @ https://e.x/a-1.whl",
            "a; python_version >= '3'",
            "a==1.0+cu118",
        ] {
            assert_eq!(refused(text, Reader::Uv), None, "{text}");
        }
        for text in [
            "",
            ">=1",
            "a-",
            "a====",
            "a==",
            "a^1",
            "a 1",
            "a>=1 <2",
            "a=1",
            "a[x",
            "./a",
            "a[x]y",
            "a>=",
            "a===x",
            "a>=1.",
            "a>=.1",
            "a>=1..2",
            "a>=1.x",
            "a==1.*.*",
            "a==1.*.1",
            "a==1.0a1.*",
            "a~=1",
            "a~=1.*",
            "a===1.*",
            "a>=1.0a1.*",
            "a>=1+x",
            "a,>=1",
            "a>=1,,<2",
            "a (>=1",
            "a >=1)",
            "a @ ",
            "a[b,]",
            "a[b c]",
            "a[-b]",
            "a # b",
            "a;",
            "a; python_version > ",
            "a; bar == '1'",
        ] {
            assert!(refused(text, Reader::Project).is_some(), "{text}");
        }
        for text in ["a ()", "a>3.*", "a>=3.*", "a<3.*", "a<=3.*"] {
            assert_eq!(refused(text, Reader::Project), None);
            assert!(refused(text, Reader::Uv).is_some(), "{text}");
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
        assert_eq!(read("c >= 1.*, < 2.*"), plain("c", ">=1,<2"));
        assert!(read("colorama; sys_platform == 'win32'").2);
        assert_eq!(Requirement::parse("  "), None);
        let extras = Requirement::parse("Celery[redis, S_3]>=5")
            .expect("valid")
            .extras;
        assert_eq!(extras.into_iter().collect::<Vec<_>>(), ["redis", "s-3"]);
    }
}
