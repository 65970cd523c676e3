//! How versions of packages are written (PEP 440).

/// Whether a text is a version: `1.0`, `1!2.0rc1.post2.dev3+local`.
pub(super) fn is_version(text: &str) -> bool {
    normal(text, Zeros::Kept).is_some()
}

/// What zeros at the end of the numbers of a release say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zeros {
    /// Something: `~=1.0.0` is not `~=1.0`.
    Kept,
    /// Nothing: `1.0.0` is `1`.
    Dropped,
}

/// The one way to write a version; none where it is none. `v1.0-post1` and `1.0.REV.1` are `1.post1`.
pub(super) fn normal(text: &str, zeros: Zeros) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_prefix('v').unwrap_or(&text);
    let (public, local) = match text.split_once('+') {
        Some((public, local)) => (public, Some(local)),
        None => (text, None),
    };
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    let local = local.map(|local| local.split(['.', '-', '_']).collect::<Vec<_>>());
    if local.iter().flatten().any(|part| !is_part(part)) {
        return None;
    }
    let (epoch, public) = public.split_once('!').unwrap_or(("0", public));
    let end = public
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(public.len());
    // The point of `1.0.dev1` belongs to what follows.
    let release = match &public[..end] {
        release if end < public.len() => release.strip_suffix('.').unwrap_or(release),
        release => release,
    };
    let rest = &public[release.len()..];
    let epoch = number(epoch)?;
    let mut numbers: Vec<&str> = release.split('.').map(number).collect::<Option<_>>()?;
    while zeros == Zeros::Dropped && numbers.len() > 1 && numbers.last() == Some(&"0") {
        numbers.pop();
    }
    let before = if epoch == "0" {
        String::new()
    } else {
        format!("{epoch}!")
    };
    let numbers = numbers.join(".");
    let local = local.map_or(String::new(), |parts| format!("+{}", parts.join(".")));
    Some(format!("{before}{numbers}{}{local}", behind(rest)?))
}

/// A number without the zeros before it.
fn number(text: &str) -> Option<&str> {
    let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let short = text.trim_start_matches('0');
    is_number.then_some(if short.is_empty() { "0" } else { short })
}

/// What may stand behind the numbers of a release: of each kind one, in this order, each by the word that is
/// normal for it.
const KINDS: [&[(&str, &str)]; 3] = [
    &[
        ("alpha", "a"),
        ("beta", "b"),
        ("preview", "rc"),
        ("pre", "rc"),
        ("rc", "rc"),
        ("a", "a"),
        ("b", "b"),
        ("c", "rc"),
    ],
    &[("post", ".post"), ("rev", ".post"), ("r", ".post")],
    &[("dev", ".dev")],
];

/// What stands behind the numbers of a release, in the one way to write it; none where nothing such may.
fn behind(rest: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = rest;
    for (at, kind) in KINDS.iter().enumerate() {
        let inner = rest.trim_start_matches(['.', '-', '_']);
        let is_joined = rest.len() - inner.len() <= 1;
        let counted = |rest: &'_ str| {
            let joined = rest.strip_prefix(['.', '-', '_']).unwrap_or(rest);
            let digits = joined.len()
                - joined
                    .trim_start_matches(|c: char| c.is_ascii_digit())
                    .len();
            let read = number(&joined[..digits]).map(str::to_owned);
            let left = if digits == 0 {
                rest.len()
            } else {
                joined.len() - digits
            };
            (read.unwrap_or_else(|| "0".to_owned()), left)
        };
        let mut words = kind.iter().filter(|_| is_joined);
        let found = words.find_map(|(word, normal)| Some((inner.strip_prefix(word)?, *normal)));
        let (normal, (number, left)) = match found {
            Some((behind, normal)) => (normal, counted(behind)),
            // `1.0-1` is a post-release, too.
            None if at == 1 && rest.starts_with('-') => (".post", counted(rest)),
            None => continue,
        };
        // A mark with nothing behind it is none.
        if left == rest.len() {
            continue;
        }
        out.push_str(normal);
        out.push_str(&number);
        rest = &rest[rest.len() - left..];
    }
    rest.is_empty().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::{Zeros, is_version, normal};

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
            let read = |text| normal(text, Zeros::Dropped);
            assert!(read(one).is_some() && read(one) == read(other), "{one}");
        }
        for (one, other) in [
            ("1.0", "1.1"),
            ("1a1", "1b1"),
            ("1.post1", "1.dev1"),
            ("1!1", "1"),
        ] {
            assert_ne!(normal(one, Zeros::Dropped), normal(other, Zeros::Dropped));
        }
        assert_ne!(normal("1.0", Zeros::Kept), normal("1.0.0", Zeros::Kept));
    }
}
