//! Addresses as they are typed: what of them lets somebody in, and whether they can be asked.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use url::Url;

use crate::env::log_secrets;
use crate::failure::Failure;
use crate::health::Way;
use crate::system::http;

/// Whether it is a word as sentences have them.
pub(super) fn is_word(key: &str) -> bool {
    let mut letters = key.chars();
    letters.next().is_some_and(char::is_alphabetic)
        && letters.all(|letter| letter.is_alphabetic() && letter.is_lowercase())
}

/// What of an address lets its owner in, as it is written and as it is meant: a deployment may say it again.
pub(super) fn credentials(url: &Url) -> Vec<String> {
    let mut found = Vec::new();
    log_secrets("", url.as_str(), false, &mut found);
    // A key without a name stands alone, in the place of a user or of a name.
    let user = Some(url.username()).filter(|_| url.password().is_none());
    let options = url.query().unwrap_or_default().split('&');
    let written = options.map(|it| match it.split_once('=') {
        Some((_, value)) => value,
        None => it,
    });
    let meant = url
        .query_pairs()
        .map(|(name, value)| if value.is_empty() { name } else { value });
    // A plain word protects nothing, and masking what stands in the address would spoil every command.
    let shown = http::shown(url);
    let tells =
        |it: &String| it.chars().any(|c| !c.is_ascii_lowercase()) && !shown.contains(it.as_str());
    let all = user.into_iter().chain(written).map(str::to_owned);
    found.extend(all.chain(meant.map(Into::into)).filter(tells));
    found.extend(as_header(url));
    found
}

/// The login of an address as it is sent: whoever repeats that gives it away.
fn as_header(url: &Url) -> Vec<String> {
    let plain = |part: &str| {
        // A plus is none of a form's here.
        let part = part
            .replace('+', "%2B")
            .replace('&', "%26")
            .replace('=', "%3D");
        let mut pairs = url::form_urlencoded::parse(part.as_bytes());
        pairs
            .next()
            .map_or_else(String::new, |(part, _)| part.into_owned())
    };
    let Some(password) = url.password() else {
        return Vec::new();
    };
    let login = format!("{}:{}", plain(url.username()), plain(password));
    let ways = [STANDARD, URL_SAFE, STANDARD_NO_PAD, URL_SAFE_NO_PAD];
    ways.iter().map(|way| way.encode(&login)).collect()
}

/// An address that ends where it seems to: a password with a sign in it that ends the host (`/`, `?`,
/// `#`) makes its first part the host, and what follows a path. No part of such a one is shown.
pub(super) fn whole(url: &Url) -> Result<Url, Failure> {
    let behind = [Some(url.path()), url.query(), url.fragment()];
    if behind.iter().flatten().any(|part| part.contains('@')) && !url.cannot_be_a_base() {
        return Err(Failure::usage(
            "an `@` stands behind the host of the address; in it, and in a password, `@` is written \
             %40, `/` %2F, `?` %3F, `#` %23",
        )
        .help("pixcrawler health http://USER:PASSWORD@api.example.com"));
    }
    Ok(url.clone())
}

/// An address as a command has it: what is not shown of it has its place there.
pub(super) fn typed(url: &Url) -> String {
    Way {
        url: http::shown(url),
        credentials: !url.username().is_empty() || url.password().is_some(),
        query: url.query().is_some_and(|it| !it.is_empty()),
        ..Way::default()
    }
    .itself()
}

/// An address that can be asked, which a command line has behind `flag`.
pub(super) fn sound(url: Option<&Url>, flag: &str) -> Result<Url, Failure> {
    match url.map(whole).transpose()? {
        Some(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Ok(url),
        Some(url) => {
            // Of `admin:secret@localhost:8000` the password is no part that a URL knows.
            let shown = match http::shown(&url).rsplit_once('@') {
                Some((_, host)) if url.cannot_be_a_base() => format!("USER:PASSWORD@{host}"),
                _ => http::shown(&url),
            };
            // `localhost:8000` is read as a URL of the scheme `localhost`.
            let with_scheme = format!("http://{shown}");
            let help = if url.cannot_be_a_base() && with_scheme.parse::<Url>().is_ok() {
                format!("pixcrawler health {flag}{with_scheme}")
            } else {
                let of = if flag.is_empty() { "api" } else { "www" };
                format!("pixcrawler health {flag}https://{of}.example.com")
            };
            Err(Failure::usage(format!("{shown}: is no http or https address")).help(help))
        }
        None => Err(Failure::usage("there is no address of the API")
            .help("pixcrawler health https://api.example.com")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_typed_without_what_is_not_shown() {
        let typed = |url: &str| typed(&Url::parse(url).expect("a URL"));
        assert_eq!(typed("http://127.0.0.1:8000"), "http://127.0.0.1:8000/");
        let secret = typed("https://bob:hunter2secret@h/x");
        assert_eq!(secret, "https://USER:PASSWORD@h/x");
    }

    #[test]
    fn what_is_no_address_of_the_pages_is_told_with_an_example_of_such() {
        let url = Url::parse("ftp://h/").expect("a URL");
        let told = |flag: &str| sound(Some(&url), flag).expect_err("a failure").help;
        assert_eq!(
            told("http://h:1/ --web ").as_deref(),
            Some("pixcrawler health http://h:1/ --web https://www.example.com")
        );
        assert_eq!(
            told("").as_deref(),
            Some("pixcrawler health https://api.example.com")
        );
    }

    #[test]
    fn a_login_is_masked_as_it_is_sent() {
        let url = Url::parse("http://bob:top%40secret%2F1+@h/").expect("a URL");
        let told = credentials(&url);
        for form in [
            "top@secret/1+",
            "Ym9iOnRvcEBzZWNyZXQvMSs=",
            "Ym9iOnRvcEBzZWNyZXQvMSs",
        ] {
            assert!(told.iter().any(|it| it == form), "{form}: {told:?}");
        }
        let open = Url::parse("http://h/?page=2").expect("a URL");
        assert!(as_header(&open).is_empty());
    }
}
