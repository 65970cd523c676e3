//! Forms of a text that zod knows by name.

/// Whether a text may be an e-mail address to some zod: all of them want a dot in the domain, and two letters behind it.
pub(super) fn may_be_email(value: &str) -> bool {
    let Some((name, host)) = value.rsplit_once('@') else {
        return false;
    };
    let last = host.rsplit_once('.').filter(|it| !it.0.is_empty());
    !name.is_empty()
        && !value.contains(char::is_whitespace)
        && last.is_some_and(|it| it.1.chars().count() >= 2)
        && !host.contains("..")
}

/// Whether every zod takes it for one.
pub(super) fn is_email(value: &str) -> bool {
    let Some((name, host)) = value.split_once('@') else {
        return false;
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte);
    let is_label = |it: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        it.bytes().all(inner) && it.bytes().next().is_some_and(|it| it != b'-')
    };
    let Some((domain, top)) = host.rsplit_once('.') else {
        return false;
    };
    name.split('.')
        .all(|it| !it.is_empty() && it.bytes().all(is_plain))
        && domain.split('.').all(is_label)
        && top.len() >= 2
        && top.bytes().all(|it| it.is_ascii_alphabetic())
}

/// Whether a text is a UUID; `strict` as the standard has it, with a version and a variant.
pub(super) fn is_uuid(value: &str, strict: bool) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|it| it.len()).collect();
    let is_hex = value.bytes().all(|it| it == b'-' || it.is_ascii_hexdigit());
    if lengths != [8, 4, 4, 4, 12] || !is_hex {
        return false;
    }
    let is_edge = ['0', 'f'].iter().any(|edge| {
        let mut digits = value.chars().filter(|it| *it != '-');
        digits.all(|it| it.eq_ignore_ascii_case(edge))
    });
    let has_version = matches!(parts[2].as_bytes()[0], b'1'..=b'8');
    let has_variant = matches!(
        parts[3].as_bytes()[0].to_ascii_lowercase(),
        b'8' | b'9' | b'a' | b'b'
    );
    !strict || is_edge || has_version && has_variant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_what_zod_takes() {
        for (value, may_be, is) in [
            ("hi@acme.dev", true, true),
            ("a.b+c@d-e.fg", true, true),
            ("a@b", false, false),
            ("a@b.c", false, false),
            ("Acme <hi@acme.dev>", false, false),
            ("@acme.dev", false, false),
            ("a@b..co", false, false),
            // Older ones take it.
            ("\u{e4}@b.co", true, false),
            (".a@b.co", true, false),
        ] {
            assert_eq!(
                (may_be_email(value), is_email(value)),
                (may_be, is),
                "{value}"
            );
        }
    }

    #[test]
    fn a_uuid_of_no_version_is_one_to_the_older_alone() {
        for (value, loose, strict) in [
            ("123e4567-e89b-12d3-a456-426614174000", true, true),
            ("00000000-0000-0000-0000-000000000000", true, true),
            ("123E4567-E89B-92D3-A456-426614174000", true, false),
            ("123e4567-e89b-12d3-c456-426614174000", true, false),
            ("123e4567e89b12d3a456426614174000", false, false),
            ("g23e4567-e89b-12d3-a456-426614174000", false, false),
            ("x", false, false),
        ] {
            let found = (is_uuid(value, false), is_uuid(value, true));
            assert_eq!(found, (loose, strict), "{value}");
        }
    }
}
