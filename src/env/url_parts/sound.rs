//! Parts of a URL that the standard knows whole.

use std::net::Ipv6Addr;

use url::Url;

/// Why a part cannot be changed. Never holds the URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// The value is no URL.
    #[error("its value is no URL")]
    NotAUrl,
    /// The URL cannot have this.
    #[error("this URL cannot have {0}")]
    Unfit(String),
    /// Without its host it names no server, and what stands before the host goes with it.
    #[error("this URL cannot be without a host: user, password and port stand beside it")]
    NoHost,
    /// A host that brings its port.
    #[error("the host that was given has a port, which is a part of its own")]
    HostWithPort,
    /// A URL where one of its parts is meant: the part that it was given for.
    #[error("the {0} that was given is a URL, of which a part is meant")]
    WholeUrl(String),
}

/// Parts that may stand behind the `?` as well.
const LOGIN: [&str; 5] = ["user", "password", "host", "port", "database"];

/// What a URL cannot have whose drivers take the name as it stands, codes and all.
pub(super) const NAME_OF_CODES: &str = "a database of that name: it would be written with codes, which \
    SQLAlchemy and postgres.js do not decode. Rename the database, or write the URL by hand";

/// `url` with one part set, where it has a host or needs none.
pub(super) fn with_part(url: &str, part: &str, value: &str) -> Result<String, PartError> {
    let mut url = Url::parse(url.trim()).map_err(|_| PartError::NotAUrl)?;
    let some = (!value.is_empty()).then_some(value);
    // Without its value, whichever part it was typed for: it may be a secret in the wrong place.
    let unfit = || PartError::Unfit(format!("the {part} that was given"));
    let behind = LOGIN.contains(&part) && url.query_pairs().any(|(name, _)| name == part);
    match part {
        option if behind => set_option(&mut url, option, some),
        "scheme" => {
            url.set_scheme(value).map_err(|()| unfit())?;
            if matches!(url.scheme(), "redis" | "valkey") {
                without_tls_options(&mut url);
            }
        }
        "user" => url.set_username(&literal(value)).map_err(|()| unfit())?,
        "password" => url
            .set_password(some.map(literal).as_deref())
            .map_err(|()| PartError::Unfit("a password".to_owned()))?,
        "host" => set_host(&mut url, value)?,
        "port" => {
            let number = some.map(str::parse).transpose().map_err(|_| unfit())?;
            url.set_port(number).map_err(|()| unfit())?;
        }
        // What a path means by these is another path.
        "database" if value.split('/').any(|it| it == "." || it == "..") => return Err(unfit()),
        // SQLAlchemy takes what stands behind a # for the end of the name.
        "database" => {
            url.set_fragment(None);
            let path = format!("/{value}");
            url.set_path(&path);
            if url.scheme().starts_with("postgres") && url.path() != path {
                return Err(PartError::Unfit(NAME_OF_CODES.to_owned()));
            }
        }
        option => set_option(&mut url, option, some),
    }
    Ok(url.into())
}

/// The host alone: the library would leave out a port that stands behind it, and without a host the whole
/// of what stands before the path.
fn set_host(url: &mut Url, value: &str) -> Result<(), PartError> {
    if value.is_empty() {
        return if url.has_host() {
            Err(PartError::NoHost)
        } else {
            Ok(())
        };
    }
    let unfit = || PartError::Unfit("the host that was given".to_owned());
    let host = if value.parse::<Ipv6Addr>().is_ok() {
        format!("[{value}]")
    } else {
        value.to_owned()
    };
    let behind = host.rsplit_once(']').map_or(host.as_str(), |(_, it)| it);
    match behind.rsplit_once(':') {
        Some((_, port)) if port.bytes().all(|it| it.is_ascii_digit()) => {
            Err(PartError::HostWithPort)
        }
        Some(_) => Err(unfit()),
        None => url.set_host(Some(&host)).map_err(|_| unfit()),
    }
}

/// A user or a password as it stands before an `@`.
pub(super) fn encoded(value: &str) -> Result<String, PartError> {
    let unfit = || PartError::Unfit("this login".to_owned());
    let mut url = Url::parse("socket://h").map_err(|_| unfit())?;
    url.set_username(&literal(value)).map_err(|()| unfit())?;
    Ok(url.username().to_owned())
}

/// A value of which no reader takes a `%` for the beginning of a code. All else the URL encodes by itself.
fn literal(value: &str) -> String {
    value.replace('%', "%25")
}

/// `url` with an option behind its `?`, or without it.
pub(super) fn set_option(url: &mut Url, option: &str, value: Option<&str>) {
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    match (pairs.iter_mut().find(|(name, _)| name == option), value) {
        (Some(pair), Some(value)) => value.clone_into(&mut pair.1),
        (Some(_), None) => pairs.retain(|(name, _)| name != option),
        (None, Some(value)) => pairs.push((option.to_owned(), value.to_owned())),
        (None, None) => {}
    }
    if pairs.is_empty() {
        url.set_query(None);
    } else {
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
}

fn without_tls_options(url: &mut Url) {
    let names: Vec<String> = url
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .filter(|name| name.starts_with("ssl_"))
        .collect();
    for name in names {
        set_option(url, &name, None);
    }
}
