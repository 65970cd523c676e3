//! How versions of packages are written (PEP 440).

use pep440_rs::{Operator, Version, VersionSpecifier};

/// Whether a text is a version: `1.0`, `1!2.0rc1.post2.dev3+local`.
pub(in crate::code) fn is_version(text: &str) -> bool {
    text.parse::<Version>().is_ok()
}

/// The one way to write a version; none where it is none. `v1.0-post1` and `1.0.REV.1` are `1.post1`.
pub(super) fn normal(text: &str) -> Option<String> {
    let version = text.parse().ok()?;
    Some(without_zeros(&version).to_string())
}

/// The one way to write a bound; none where it is none.
pub(super) fn normal_bound(text: &str) -> Option<String> {
    let bound: VersionSpecifier = text.parse().ok()?;
    // `~=1.0.0` is not `~=1.0`, and `==1.0.*` not `==1.*`.
    if bound.operator().is_star() || *bound.operator() == Operator::TildeEqual {
        return Some(bound.to_string());
    }
    let (operator, version) = bound.into_parts();
    Some(format!("{operator}{}", without_zeros(&version)))
}

/// A version without the zeros at the end of its release: `1.0.0` is `1`.
fn without_zeros(version: &Version) -> Version {
    let release = version.release();
    let last = release.iter().rposition(|number| *number != 0);
    let kept = release.iter().take(last.unwrap_or(0) + 1);
    version.clone().with_release(kept)
}

#[cfg(test)]
mod tests {
    use super::{is_version, normal, normal_bound};

    #[test]
    fn versions_are_what_uv_takes_for_one() {
        for text in [
            "1",
            "v1",
            "1.0",
            "1!2",
            "1.0rc",
            "1.0a.1",
            "1.0-1",
            "1.0.post1.dev2",
            "1.0.dev",
            "3.0.DEV1",
            "1.0+cu118",
            "1.0+a.b-c",
            "2024.1.1",
            "1.0_rc-2",
            "1.0.r1",
            "1.0c1",
        ] {
            assert!(is_version(text), "{text}");
        }
        for text in [
            "",
            "x",
            "1.",
            ".1",
            "1..2",
            "1.x",
            "1.*",
            "1.0+",
            "1.0+a..b",
            "1 2",
            "1.0dev1rc1",
            "1.0--1",
            "!1",
            "1.0rc1x",
            "1)",
            "=1",
            // More than uv counts to.
            "99999999999999999999999",
        ] {
            assert!(!is_version(text), "{text}");
        }
    }

    #[test]
    fn one_version_is_written_in_one_way() {
        for (one, other) in [
            ("9.2.1.0", "9.2.1"),
            ("1.0", "1.0.0"),
            ("v1.0", "1"),
            ("1.0-post1", "1.0.post1"),
            ("1.0-1", "1.0.REV.1"),
            ("1.0.ALPHA-1", "1a01"),
            ("1.0c", "1.0rc0"),
            ("1.0preview2", "1.0_pre_2"),
            ("0!2024.01", "2024.1"),
            ("1!0.0", "1!0"),
            ("1.0.dev", "1.DEV0"),
            ("1.0+A-b", "1+a.b"),
        ] {
            assert!(
                normal(one).is_some() && normal(one) == normal(other),
                "{one}"
            );
        }
        for (one, other) in [
            ("1.0", "1.1"),
            ("1a1", "1b1"),
            ("1.post1", "1.dev1"),
            ("1!1", "1"),
        ] {
            assert_ne!(normal(one), normal(other));
        }
    }

    #[test]
    fn one_bound_is_written_in_one_way() {
        for (bound, written) in [
            (">= 1.0.0", ">=1"),
            ("==1.0.*", "==1.0.*"),
            ("~=1.0.0", "~=1.0.0"),
            ("===1.0", "===1"),
            ("<2.0-rc1", "<2rc1"),
        ] {
            assert_eq!(normal_bound(bound).as_deref(), Some(written));
        }
        assert_eq!(normal_bound(">=1.*"), None);
    }
}
