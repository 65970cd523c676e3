//! The connection string of a storage account, as Azure's libraries read it, and requests signed with it.

use std::collections::BTreeMap;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::Url;

use crate::system::http::Request;

/// The version of the protocol: all clouds and the emulator know it.
const VERSION: &str = "2021-08-06";

/// The key of the emulator, Azurite: known to everybody, and never another.
pub(in super::super) const EMULATOR_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// What `UseDevelopmentStorage=true` stands for.
fn emulator() -> String {
    format!(
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={EMULATOR_KEY};BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1"
    )
}

/// Bytes of a key that Azure makes.
pub(super) const KEY_LENGTH: usize = 64;

/// What a connection string says.
pub(super) struct Account {
    pub(super) name: String,
    pub(super) endpoint: Url,
    pub(super) key: Option<Vec<u8>>,
    signature: Option<String>,
}

impl Account {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_end_matches(';');
        let parts = parts(text)?;
        if find(&parts, "UseDevelopmentStorage").is_some() {
            return if find(&parts, "UseDevelopmentStorage") == Some("true") {
                Self::parse(&emulator())
            } else {
                Err("its UseDevelopmentStorage is not `true`".to_owned())
            };
        }
        let part = |name: &str| find(&parts, name);
        let key = part("AccountKey")
            .map(|key| {
                STANDARD
                    .decode(key)
                    .map_err(|_| "its AccountKey is not base64".to_owned())
            })
            .transpose()?;
        let signature = part("SharedAccessSignature").map(str::to_owned);
        if key.is_none() && signature.is_none() {
            return Err("it has no AccountKey and no SharedAccessSignature".to_owned());
        }
        let named = part("AccountName").map(str::to_owned);
        let endpoint = match (part("BlobEndpoint"), &named) {
            (Some(endpoint), _) => endpoint.to_owned(),
            (None, Some(name)) if !is_account(name) => {
                return Err(format!(
                    "`{name}` can be no AccountName: 3 to 24 small letters and digits"
                ));
            }
            (None, Some(name)) => {
                let protocol = part("DefaultEndpointsProtocol").unwrap_or("https");
                let suffix = part("EndpointSuffix").unwrap_or("core.windows.net");
                format!("{protocol}://{name}.blob.{suffix}")
            }
            (None, None) => return Err("it has no AccountName and no BlobEndpoint".to_owned()),
        };
        let endpoint = Url::parse(&endpoint)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or("its BlobEndpoint is no http or https address")?;
        let of_host = || match endpoint.host()? {
            url::Host::Domain(host) => host.split('.').next().map(str::to_owned),
            // The emulator has it in the path.
            _ => endpoint.path_segments()?.next().map(str::to_owned),
        };
        let name = named.or_else(of_host).unwrap_or_default();
        Ok(Self {
            name,
            endpoint,
            key,
            signature,
        })
    }

    /// What is wrong with its signature at a time, where it has one.
    pub(super) fn lapsed(&self, now: SystemTime) -> Option<String> {
        let signature = self.signature.as_ref().filter(|_| self.key.is_none())?;
        let said: BTreeMap<_, _> =
            url::form_urlencoded::parse(signature.trim_start_matches('?').as_bytes()).collect();
        if !said.contains_key("sig") {
            return Some("its SharedAccessSignature has no `sig`".to_owned());
        }
        let now = jiff::Timestamp::try_from(now).ok()?;
        let past = |name: &str| {
            let text = said.get(name)?;
            let whole = || text.parse::<jiff::Timestamp>().ok();
            // A day alone is its first moment.
            let day = || {
                let day = text.parse::<jiff::civil::Date>().ok()?;
                Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
            };
            Some((whole().or_else(day)? <= now, text))
        };
        match (past("se"), past("st")) {
            (Some((true, end)), _) => Some(format!("its SharedAccessSignature ended at {end}")),
            (_, Some((false, start))) => {
                Some(format!("its SharedAccessSignature begins at {start}"))
            }
            _ => None,
        }
    }

    /// Whether it is this machine's: the emulator.
    pub(super) fn is_local(&self) -> bool {
        matches!(
            self.endpoint.host_str(),
            Some("127.0.0.1" | "localhost" | "[::1]")
        )
    }

    /// Whether it is the emulator's own, which has one key for everybody.
    pub(super) fn is_emulator(&self) -> bool {
        self.is_local() && self.name == "devstoreaccount1"
    }

    /// The host that answers for it, with the port that is named.
    pub(super) fn address(&self) -> String {
        match self.endpoint.port() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    /// The command that starts the emulator where the string says, in a terminal of its own.
    pub(super) fn emulator(&self, runner: &str) -> String {
        let port = self.endpoint.port_or_known_default().unwrap_or(10_000);
        format!("{runner} azurite --blobPort {port} --location .pixcrawler/azurite")
    }

    /// The host that answers for it.
    pub(super) fn host(&self) -> &str {
        self.endpoint.host_str().unwrap_or_default()
    }

    /// Asks for a container's properties (`GET`), or makes it (`PUT`), signed.
    pub(super) fn request(
        &self,
        method: &'static str,
        container: &str,
        now: SystemTime,
    ) -> Result<Request, String> {
        let base = self.endpoint.as_str().trim_end_matches('/');
        let mut address = format!("{base}/{container}?restype=container");
        if let Some(signature) = self.signature.as_ref().filter(|_| self.key.is_none()) {
            address = format!("{address}&{}", signature.trim_start_matches('?'));
        }
        let url = Url::parse(&address).map_err(|error| error.to_string())?;
        let date = jiff::Timestamp::try_from(now)
            .map_err(|error| error.to_string())?
            .strftime("%a, %d %b %Y %H:%M:%S GMT")
            .to_string();
        let request = Request {
            method,
            ..Request::get(url.clone()).stay()
        };
        let request = request
            .header("x-ms-date", date.clone())
            .header("x-ms-version", VERSION);
        let Some(key) = &self.key else {
            return Ok(request);
        };
        // https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
        let text = format!(
            "{method}\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:{VERSION}\n/{}{}\nrestype:container",
            self.name,
            url.path()
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|error| error.to_string())?;
        mac.update(text.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        Ok(request.header(
            "authorization",
            format!("SharedKey {}:{signature}", self.name),
        ))
    }
}

/// The pairs of a string. The libraries want an `=` in each, and take a space for a part of the value.
fn parts(text: &str) -> Result<Vec<(&str, &str)>, String> {
    if text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']) {
        return Err("it has quotes that are part of the value".to_owned());
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return Err("it is an address, and no connection string".to_owned());
    }
    if !text.contains(';')
        && STANDARD
            .decode(text)
            .is_ok_and(|key| key.len() == KEY_LENGTH)
    {
        return Err("it is the key alone, and no connection string".to_owned());
    }
    let mut found = Vec::new();
    for pair in text.split(';') {
        let (name, value) = pair
            .split_once('=')
            .ok_or("one of its parts has no `=`: it is cut off, or no connection string")?;
        if name.trim() != name || value.trim() != value {
            return Err(format!("it has a space at its {}", name.trim()));
        }
        found.push((name, value));
    }
    Ok(found)
}

/// The part of a name that is not empty. The libraries do not mind how the names are written.
fn find<'a>(parts: &[(&str, &'a str)], wanted: &str) -> Option<&'a str> {
    let (_, value) = parts
        .iter()
        .find(|(name, value)| name.eq_ignore_ascii_case(wanted) && !value.is_empty())?;
    Some(value)
}

fn is_account(name: &str) -> bool {
    (3..=24).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// What is wrong with the name of a container.
pub(super) fn misnamed(name: &str) -> Option<&'static str> {
    if matches!(name, "$root" | "$web" | "$logs") {
        return None;
    }
    let letters = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !letters {
        Some("has something else in it than small letters, digits and hyphens")
    } else if !(3..=63).contains(&name.len()) {
        Some("has not 3 to 63 letters")
    } else if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
        Some("has a hyphen at an end, or two in a row")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn strings_of_all_kinds_are_understood() {
        let of = |text: &str| {
            Account::parse(text).map(|account| (account.name, account.endpoint.to_string()))
        };
        let plain = |name: &str, url: &str| Ok((name.to_owned(), url.to_owned()));
        assert_eq!(
            of(
                "DefaultEndpointsProtocol=https;AccountName=pix;AccountKey=a2V5;EndpointSuffix=core.windows.net"
            ),
            plain("pix", "https://pix.blob.core.windows.net/")
        );
        assert_eq!(
            of("accountname=pix;accountkey=a2V5;endpointsuffix=core.chinacloudapi.cn;"),
            plain("pix", "https://pix.blob.core.chinacloudapi.cn/")
        );
        assert_eq!(
            of("BlobEndpoint=https://pix.blob.core.windows.net;SharedAccessSignature=sv=1&sig=x"),
            plain("pix", "https://pix.blob.core.windows.net/")
        );
        assert_eq!(
            of("UseDevelopmentStorage=true"),
            plain(
                "devstoreaccount1",
                "http://127.0.0.1:10000/devstoreaccount1"
            )
        );
        let key = STANDARD.encode([7; KEY_LENGTH]);
        for (text, why) in [
            ("AccountName=pix", "no AccountKey"),
            ("AccountName=pix;AccountKey=%%", "not base64"),
            ("AccountKey=a2V5", "no AccountName"),
            ("UseDevelopmentStorage=yes", "not `true`"),
            ("AccountName=Pix_1;AccountKey=a2V5", "can be no AccountName"),
            (
                "AccountName= pix;AccountKey=a2V5",
                "a space at its AccountName",
            ),
            ("AccountName=pix;AccountKey=a2V5;EndpointSuf", "no `=`"),
            ("\"AccountName=pix;AccountKey=a2V5\"", "quotes"),
            (
                "AccountName=pix;AccountKey=a2V5;BlobEndpoint=pix.blob",
                "no http",
            ),
            (
                "https://pix.blob.core.windows.net/?sv=1&sig=x",
                "an address",
            ),
            (key.as_str(), "the key alone"),
        ] {
            let told = Account::parse(text).map(|_| ()).expect_err(text);
            assert!(
                told.contains(why) && !told.contains("a2V5"),
                "{text}: {told}"
            );
        }
    }

    #[test]
    fn a_signature_ends() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let lapsed = |signature: &str| {
            let text = format!(
                "BlobEndpoint=https://p.blob.core.windows.net;SharedAccessSignature={signature}"
            );
            Account::parse(&text).expect("valid").lapsed(at)
        };
        assert_eq!(lapsed("sv=1&se=2099-01-01T00%3A00%3A00Z&sig=x"), None);
        assert_eq!(lapsed("sv=1&si=policy&sig=x"), None);
        for (signature, why) in [
            (
                "sv=1&se=2023-01-01T00%3A00%3A00Z&sig=x",
                "ended at 2023-01-01",
            ),
            ("?sv=1&se=2023-01-01&sig=x", "ended at 2023-01-01"),
            (
                "st=2090-01-01T00:00:00Z&se=2099-01-01T00:00:00Z&sig=x",
                "begins at 2090",
            ),
            ("sv=1&se=2099-01-01T00:00:00Z", "no `sig`"),
        ] {
            let told = lapsed(signature).expect(signature);
            assert!(told.contains(why), "{told}");
        }
    }

    #[test]
    fn the_emulator_is_started_where_the_string_says() {
        let at = |text: &str| {
            let account = Account::parse(text).expect(text);
            (account.address(), account.emulator("npx --yes"))
        };
        let (address, line) = at("UseDevelopmentStorage=true");
        assert_eq!(address, "127.0.0.1:10000");
        assert_eq!(
            line,
            "npx --yes azurite --blobPort 10000 --location .pixcrawler/azurite"
        );
        let own = format!(
            "AccountName=devstoreaccount1;AccountKey={EMULATOR_KEY};BlobEndpoint=http://localhost:45310/devstoreaccount1"
        );
        assert_eq!(at(&own).0, "localhost:45310");
        assert!(at(&own).1.contains("--blobPort 45310"));
    }

    #[test]
    fn the_names_of_containers_have_rules() {
        for sound in ["images", "a-1", "$web"] {
            assert_eq!(misnamed(sound), None);
        }
        for wrong in ["Images", "my_images", "ab", "-abc", "a--b", "abc-", "$x"] {
            assert!(misnamed(wrong).is_some(), "{wrong}");
        }
    }
}
