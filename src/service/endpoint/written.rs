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

/// A URL of `SQLAlchemy`, to which a `#` behind the host is a sign like others: such that it stays one.
pub(super) fn with_fragment(text: &str) -> String {
    let parts = text.trim().split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find(['/', '?', '#'])?;
        let (authority, rest) = rest.split_at(end);
        let own = scheme.contains('+') && !rest.starts_with('#');
        own.then(|| format!("{scheme}://{authority}{}", rest.replace('#', "%23")))
    });
    parts.unwrap_or_else(|| text.to_owned())
}

/// The name of the database in a URL of `SQLAlchemy`, which takes it as it stands: it undoes the codes of user and
/// password alone. None for the URLs of others.
pub(super) fn name_as_written(text: &str) -> Option<&str> {
    let (scheme, rest) = text.trim().split_once("://")?;
    let path = rest.find(['/', '?']).map_or("", |end| &rest[end..]);
    let name = path.split('?').next().unwrap_or_default();
    scheme
        .contains('+')
        .then(|| name.strip_prefix('/').unwrap_or_default())
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

/// Which parts of an address a URL says nothing of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) host: bool,
    pub(super) port: bool,
}

/// What a URL leaves open; `behind` is whether host and port count that stand behind its `?`. None for what is no
/// URL.
pub(super) fn leaves_open(value: &str, behind: bool) -> Option<Open> {
    let url = Url::parse(&without_host(value).0).ok()?;
    let option = |name: &str| option(value, name).filter(|_| behind);
    let host = option("host");
    let brings_port = host
        .as_deref()
        .and_then(|it| it.split_once(':'))
        .is_some_and(|(host, port)| is_name_with_port(host, port));
    let stands = url.host_str().is_some_and(|host| !host.is_empty());
    Some(Open {
        host: host.is_none() && !stands,
        port: url.port().is_none() && option("port").is_none() && !brings_port,
    })
}

/// An option behind the `?` of a URL that has a value.
pub(super) fn option(value: &str, name: &str) -> Option<String> {
    let url = Url::parse(&without_host(value).0).ok()?;
    let mut pairs = url.query_pairs();
    pairs
        .find(|(known, value)| known == name && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}
