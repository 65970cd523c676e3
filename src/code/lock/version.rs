//! How versions of packages are written (PEP 440).

/// Whether a text is a version: `1.0`, `1!2.0rc1.post2.dev3+local`.
pub(super) fn is_version(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_prefix('v').unwrap_or(&text);
    let (public, local) = match text.split_once('+') {
        Some((public, local)) => (public, Some(local)),
        None => (text, None),
    };
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    if local.is_some_and(|local| !local.split(['.', '-', '_']).all(is_part)) {
        return false;
    }
    let (epoch, public) = public.split_once('!').unwrap_or(("0", public));
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let end = public
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(public.len());
    // The point of `1.0.dev1` belongs to what follows.
    let release = match &public[..end] {
        release if end < public.len() => release.strip_suffix('.').unwrap_or(release),
        release => release,
    };
    let rest = &public[release.len()..];
    is_number(epoch) && release.split('.').all(is_number) && is_behind(rest)
}

/// Whether it is what may stand behind the numbers of a release: of each kind one, in this order.
fn is_behind(rest: &str) -> bool {
    const KINDS: [&[&str]; 3] = [
        &["alpha", "beta", "preview", "pre", "rc", "a", "b", "c"],
        &["post", "rev", "r"],
        &["dev"],
    ];
    let mut rest = rest;
    for kind in KINDS {
        let inner = rest.trim_start_matches(['.', '-', '_']);
        let is_joined = rest.len() - inner.len() <= 1;
        let number = |rest: &str| {
            let joined = rest.strip_prefix(['.', '-', '_']).unwrap_or(rest);
            let behind = joined.trim_start_matches(|c: char| c.is_ascii_digit());
            if behind.len() == joined.len() {
                rest.len()
            } else {
                behind.len()
            }
        };
        let found = kind.iter().find_map(|word| inner.strip_prefix(word));
        let left = match found.filter(|_| is_joined) {
            Some(behind) => number(behind),
            // `1.0-1` is a post-release, too.
            None if kind.contains(&"post") && rest.starts_with('-') => number(rest),
            None => continue,
        };
        rest = &rest[rest.len() - left..];
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::is_version;

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
}
