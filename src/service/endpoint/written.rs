//! URLs as text: how their parts are written, and what drivers take though it is no sound URL.

use url::Url;

/// Whether what should be the end of a password stands behind the host: no database is called `x@host`, no
/// option either.
pub(super) fn cuts_a_password(url: &Url) -> bool {
    let option = url.query().and_then(|query| query.split(['=', '&']).next());
    let behind = [Some(url.path()), option, url.fragment()];
    behind.into_iter().flatten().any(|part| part.contains('@'))
}

/// `db.example.com` and `5433`, but not `/cloudsql/project` and `region:name`, nor half an IPv6 address.
pub(super) fn is_name_with_port(host: &str, port: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    !host.is_empty() && host.chars().all(fits) && port.bytes().all(|it| it.is_ascii_digit())
}

/// A URL that has a user and no host, without that user; user and password as they stand there.
pub(super) fn without_host(value: &str) -> (String, Option<(String, String)>) {
    let parts = value.trim().split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        Some((scheme, authority.strip_suffix('@')?, rest))
    });
    let Some((scheme, login, rest)) = parts else {
        return (value.to_owned(), None);
    };
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    (
        format!("{scheme}://{rest}"),
        Some((user.to_owned(), password.to_owned())),
    )
}

/// Percent-decoding that leaves a lone `%` alone, as Python's `unquote` does: `+` stays `+`.
/// None where that is no UTF-8.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let encoded = if first == b'%' {
            tail.split_at_checked(2)
        } else {
            None
        };
        if let Some((byte, behind)) =
            encoded.and_then(|(digits, behind)| Some((hex_byte(digits)?, behind)))
        {
            bytes.push(byte);
            rest = behind;
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    match digits {
        [high, low] => Some(digit(high)? * 16 + digit(low)?),
        _ => None,
    }
}
