//! One request, and what came of it: for checks of what others run. Local services and deployments.

use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use flate2::bufread::{MultiGzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use url::Url;

use super::proxy::Proxy;
use super::trouble::{self, within};
use super::{authorities, trust, variables};

pub use super::trouble::Trouble;

/// Bytes of a body that are read: health reports and metrics are far smaller.
const LARGEST: usize = 4 << 20;

/// The same in words.
pub const MOST: &str = "4 MiB";

/// Redirects that are followed at most.
const REDIRECTS: usize = 5;

/// What is sent.
#[derive(Clone)]
pub struct Request {
    /// Where to.
    pub url: Url,
    /// `GET`, `HEAD`, `OPTIONS`.
    pub method: &'static str,
    /// Header names and values; values may be secret.
    pub headers: Vec<(String, String)>,
    /// Whether redirects are followed. Another server gets none of the headers.
    pub follow: bool,
}

impl Request {
    /// A plain GET that follows redirects.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self {
            url,
            method: "GET",
            headers: Vec::new(),
            follow: true,
        }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Without following redirects.
    #[must_use]
    pub fn stay(mut self) -> Self {
        self.follow = false;
        self
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Headers by lower-case name.
    pub headers: Vec<(String, String)>,
    /// The body as text, as far as it is read.
    pub body: String,
    /// Time to the end of the body.
    pub elapsed: Duration,
    /// When the headers had come.
    pub at: SystemTime,
    /// Where it came from, after redirects, without a user or a password.
    pub url: String,
    /// Where it was asked, when that is another place.
    pub asked: Option<String>,
    /// Whether the body goes on behind what is read of it.
    cut: bool,
}

impl Response {
    /// What a server at `url` may have said, for the tests of those who judge it.
    #[cfg(test)]
    #[must_use]
    pub fn said(url: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let cut = body.len() > LARGEST;
        let body = body.get(..LARGEST).filter(|_| cut).unwrap_or(body);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            status,
            headers: headers.iter().map(owned).collect(),
            body: body.to_owned(),
            elapsed: Duration::ZERO,
            at: SystemTime::UNIX_EPOCH,
            url: url.to_owned(),
            asked: None,
            cut,
        }
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether an answer is for people to look at. JSON is not, whatever it is called.
    #[must_use]
    pub fn is_page(&self) -> bool {
        let html = self
            .header("content-type")
            .is_some_and(|kind| kind.contains("text/html"));
        let body = self.body.trim_start_matches('\u{feff}').trim_start();
        body.starts_with('<') || html && !body.starts_with(['{', '['])
    }

    /// Whether the body goes on behind what is read of it.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }
}

/// Sends one request, within `limit`.
///
/// # Errors
/// Why there was no answer; never with a secret in it.
pub async fn send(request: &Request, limit: Duration) -> Result<Response, Trouble> {
    let mut moved = None;
    let mut head = None;
    tokio::time::timeout(limit, followed(request, &mut moved, &mut head))
        .await
        .unwrap_or_else(|_| {
            let url = moved.as_ref().unwrap_or(&request.url);
            Err(match head {
                Some((status, after)) => Trouble::Unended {
                    status,
                    after,
                    limit,
                },
                None => through(url, Trouble::TimedOut),
            })
        })
        .map_err(|why| told(moved, why))
}

/// The answer at the end of all redirects; `moved` is where the last one led, `head` the status code of the answer
/// whose body comes, and when it came.
///
/// Followed here and not by the library: that one takes the password out of the first request to
/// another server, and puts it back into the next.
async fn followed(
    request: &Request,
    moved: &mut Option<Url>,
    head: &mut Option<(u16, Duration)>,
) -> Result<Response, Trouble> {
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|error| Trouble::Other(error.to_string()))?;
    let mut headers = headers(request)?;
    let mut url = request.url.clone();
    let began = Instant::now();
    for _ in 0..=REDIRECTS {
        let response = client(&url)?
            .request(method.clone(), url.clone())
            .headers(headers.clone())
            .send()
            .await
            .map_err(|error| match trouble::of(&error) {
                // Behind a tunnel it is the server itself that answers badly.
                why if url.scheme() == "http" || trouble::is_of_tunnel(&error) => {
                    through(&url, why)
                }
                why => why,
            })?;
        if response.status().as_u16() == 407 && proxy(&url).is_some() {
            return Err(through(&url, Trouble::Other(trouble::CLOSED.to_owned())));
        }
        let Some(to) = redirect(&response, &url).filter(|_| request.follow) else {
            *head = Some((response.status().as_u16(), began.elapsed()));
            let asked = moved.is_some().then(|| shown(&request.url));
            return Ok(Response {
                asked,
                ..whole(response, began).await?
            });
        };
        *moved = Some(to.clone());
        if !matches!(to.scheme(), "http" | "https") {
            return Err(Trouble::Other("no http or https address".to_owned()));
        }
        if to.origin() != url.origin() {
            headers.clear();
        }
        url = to;
    }
    Err(Trouble::Redirects)
}

/// The proxy that an address is asked through. One is for the world outside, whatever it was told about
/// this machine.
fn proxy(url: &Url) -> Option<Proxy> {
    if is_local(url) {
        return None;
    }
    Proxy::of(url, &variables::snapshot())
}

/// A trouble of the connection for an address: where there is a proxy, it is the proxy's.
fn through(url: &Url, why: Trouble) -> Trouble {
    match proxy(url) {
        Some(proxy) => Trouble::Proxy {
            proxy,
            why: Box::new(why),
        },
        None => why,
    }
}

fn headers(request: &Request) -> Result<HeaderMap, Trouble> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| Trouble::Other("a header's name is not sound".to_owned()))?;
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| Trouble::Other(format!("the value of the header {name} is not sound")))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Where an answer sends us, if it does.
fn redirect(response: &reqwest::Response, from: &Url) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(LOCATION)?;
    next(from, std::str::from_utf8(location.as_bytes()).ok()?)
}

/// The address that `from` names as the next one. User and password are for the server that they
/// were given for: another name, port or scheme does not get them, nor does a way back from there.
fn next(from: &Url, location: &str) -> Option<Url> {
    let mut to = from.join(location).ok()?;
    let (user, password) = if to.origin() == from.origin() {
        (from.username(), from.password())
    } else {
        ("", None)
    };
    // Fails for URLs that cannot have them.
    let _ = to.set_username(user);
    let _ = to.set_password(password);
    Some(to)
}

/// An answer with its body.
async fn whole(mut response: reqwest::Response, began: Instant) -> Result<Response, Trouble> {
    let at = SystemTime::now();
    let mut body = Vec::new();
    while body.len() <= LARGEST {
        match response.chunk().await.map_err(|error| within(&error)) {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            // Many a server ends a connection of TLS without a word: that nothing is there has been said.
            Err(Trouble::Broken) if response.status().is_client_error() => break,
            Err(why) => return Err(why),
        }
    }
    let how = response.headers().get(CONTENT_ENCODING);
    let plain = how.and_then(|how| unpacked(how.to_str().ok()?, &body));
    let is_unpacked = plain.is_some();
    let mut body = plain.unwrap_or(body);
    let cut = body.len() > LARGEST;
    body.truncate(LARGEST);
    let headers = response
        .headers()
        .iter()
        .filter(|(name, _)| !(is_unpacked && *name == CONTENT_ENCODING))
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    Ok(Response {
        status: response.status().as_u16(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
        elapsed: began.elapsed(),
        at,
        url: shown(response.url()),
        asked: None,
        cut,
    })
}

/// A body that was compressed though nobody asked for it, as caches send it; no more of it than is read. None where it
/// is compressed in a way that is not known here, or is not sound.
fn unpacked(how: &str, body: &[u8]) -> Option<Vec<u8>> {
    let most = u64::try_from(LARGEST).ok()? + 1;
    let mut plain = Vec::new();
    let read = match how.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => MultiGzDecoder::new(body).take(most).read_to_end(&mut plain),
        "deflate" => ZlibDecoder::new(body).take(most).read_to_end(&mut plain),
        _ => return None,
    };
    read.ok().map(|_| plain)
}

/// A trouble with the place where it arose.
fn told(moved: Option<Url>, why: Trouble) -> Trouble {
    match moved.filter(|_| why != Trouble::Redirects) {
        Some(to) => Trouble::Moved {
            to: shown(&to),
            why: Box::new(why),
        },
        None => why,
    }
}

/// A URL as people may see it: no user, no password, no query.
#[must_use]
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Fails for URLs that cannot have them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

fn client(url: &Url) -> Result<Client, Trouble> {
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!("pixcrawler/", env!("CARGO_PKG_VERSION")));
    // Reading certificates takes longer than most answers: only where they are needed.
    builder = builder.tls_backend_preconfigured(if url.scheme() == "https" {
        encrypted()?
    } else {
        without_certificates()?
    });
    if is_local(url) {
        builder = builder.no_proxy();
    }
    builder
        .build()
        .map_err(|error| Trouble::Other(error.to_string()))
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn encrypted() -> Result<ClientConfig, Trouble> {
    let (roots, ours) = authorities::known();
    let verifier = trust::verifier(roots, ours).map_err(Trouble::Tls)?;
    let config = configuration()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    Ok(config.with_no_client_auth())
}

/// For addresses without TLS: without a configuration of ours the library would look for its own.
fn without_certificates() -> Result<ClientConfig, Trouble> {
    let config = configuration()?.with_root_certificates(RootCertStore::empty());
    Ok(config.with_no_client_auth())
}

fn configuration() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Trouble> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Trouble::Tls(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_with_the_server_that_they_are_for() {
        let led = |ways: &[&str]| {
            let mut url = Url::parse("http://me:p%40ss@h:8000/a/b").expect("a url");
            for way in ways {
                url = next(&url, way).expect("a way");
            }
            url.to_string()
        };
        assert_eq!(led(&["c"]), "http://me:p%40ss@h:8000/a/c");
        assert_eq!(led(&["http://h:8000/c"]), "http://me:p%40ss@h:8000/c");
        for elsewhere in ["http://other/", "http://h:8001/", "https://h:8000/"] {
            assert_eq!(led(&[elsewhere]), elsewhere);
            assert_eq!(led(&[elsewhere, "?again"]), format!("{elsewhere}?again"));
            assert_eq!(led(&[elsewhere, "http://h:8000/c"]), "http://h:8000/c");
        }
        assert_eq!(led(&["//you:pw@h:8000/"]), "http://me:p%40ss@h:8000/");
        assert_eq!(led(&["//you:pw@other/"]), "http://other/");
    }
}
