//! The Azure storage account: its string is well formed, and the container is there.

use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::Url;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::facts::wait;
use crate::doctor::{Answer, Cure, Facts, Operation};
use crate::env::is_placeholder;
use crate::service::endpoint::Secret;
use crate::system::http::{self, Request, Response, Trouble};
use crate::text::{duration, remedy};

use super::place;

/// The string says no account.
pub(super) static STRING: Rule = Rule {
    code: "azure/connection-string",
    severity: Severity::Error,
    summary: "the connection string of the storage account is not well formed",
    text: "\
It has `Name=value` pairs with semicolons between: AccountName and AccountKey, or BlobEndpoint and
SharedAccessSignature, and the EndpointSuffix of the cloud.

Way out: copy it again: Azure portal, Storage account, Access keys, Connection string.",
};

/// The container cannot be used.
pub(super) static CONTAINER: Rule = Rule {
    code: "azure/container",
    severity: Severity::Error,
    summary: "the storage account or its container cannot be reached",
    text: "\
`STORAGE_PROVIDER` is azure, so crawled images go there; uploads would fail.

Way out: make the container with the command that is printed, or correct the account in the
connection string.",
};

pub(super) static RULES: &[&Rule] = &[&STRING, &CONTAINER];

const LIMIT: Duration = Duration::from_secs(8);

const TIERS: &[&str] = &["backend", "root"];
const STRINGS: &[&str] = &[
    "STORAGE_AZURE_CONNECTION_STRING",
    "AZURE_BLOB_CONNECTION_STRING",
    "AZURE_STORAGE_CONNECTION_STRING",
];
const CONTAINERS: &[&str] = &["STORAGE_AZURE_CONTAINER_NAME", "AZURE_BLOB_CONTAINER_NAME"];

/// The version of the protocol: all clouds and the emulator know it.
const VERSION: &str = "2021-08-06";

/// The account and key of the emulator, known to everybody.
const EMULATOR: &str = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1";

/// What a connection string says.
struct Account {
    name: String,
    endpoint: Url,
    key: Option<Vec<u8>>,
    signature: Option<String>,
}

impl Account {
    fn parse(text: &str) -> Result<Self, String> {
        let part = |text: &str, wanted: &str| {
            text.split(';')
                .filter_map(|pair| pair.split_once('='))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let emulated = part(text, "UseDevelopmentStorage")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let text = if emulated { EMULATOR } else { text };
        let signature = part(text, "SharedAccessSignature");
        let key = part(text, "AccountKey")
            .map(|key| {
                STANDARD
                    .decode(key)
                    .map_err(|_| "its AccountKey is not base64".to_owned())
            })
            .transpose()?;
        if key.is_none() && signature.is_none() {
            return Err("it has no AccountKey and no SharedAccessSignature".to_owned());
        }
        let named = part(text, "AccountName");
        let endpoint = match (part(text, "BlobEndpoint"), &named) {
            (Some(endpoint), _) => endpoint,
            (None, Some(name)) => {
                let protocol =
                    part(text, "DefaultEndpointsProtocol").unwrap_or_else(|| "https".to_owned());
                let suffix =
                    part(text, "EndpointSuffix").unwrap_or_else(|| "core.windows.net".to_owned());
                format!("{protocol}://{name}.blob.{suffix}")
            }
            (None, None) => return Err("it has no AccountName and no BlobEndpoint".to_owned()),
        };
        let endpoint =
            Url::parse(&endpoint).map_err(|_| "its BlobEndpoint is no URL".to_owned())?;
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

    /// Asks for a container's properties (`GET`), or makes it (`PUT`), signed.
    fn request(
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

/// A container that is to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct Container {
    /// The connection string: a secret.
    account: Secret,
    name: String,
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Container").field(&self.name).finish()
    }
}

impl Container {
    /// Where it will be, as people may see it.
    #[must_use]
    pub fn shown(&self) -> String {
        let account = Account::parse(self.account.expose());
        let endpoint = account.map_or_else(|_| String::new(), |it| http::shown(&it.endpoint));
        format!("{}/{}", endpoint.trim_end_matches('/'), self.name)
    }

    /// Makes it.
    ///
    /// # Errors
    /// The account's words.
    pub async fn create(&self) -> Result<(), String> {
        let account = Account::parse(self.account.expose())?;
        let request = account.request("PUT", &self.name, SystemTime::now())?;
        let response = http::send(&request.header("content-length", "0"), LIMIT)
            .await
            .map_err(|trouble| trouble.to_string())?;
        match response.status {
            200..300 => Ok(()),
            status => Err(format!(
                "{status} {}",
                response.header("x-ms-error-code").unwrap_or_default()
            )),
        }
    }
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let provider = facts
        .first_set(TIERS, &["STORAGE_PROVIDER"])
        .map(|(_, _, value)| value);
    let used = provider.is_some_and(|provider| provider.eq_ignore_ascii_case("azure"));
    let Some((tier, variable, value)) = facts.first_set(TIERS, STRINGS) else {
        return if used {
            let finding = Finding::new(
                &STRING,
                "STORAGE_PROVIDER is azure, and no connection string is set",
            )
            .subject(STRINGS[0])
            .note("it stands in the Azure portal: Storage account, Access keys");
            let line = format!("pixcrawler env set --tier backend {}=-", STRINGS[0]);
            Answer::default().mended_by(finding, Cure::asking(line))
        } else {
            Answer::irrelevant(format!(
                "STORAGE_PROVIDER is {}",
                provider.unwrap_or("local")
            ))
        };
    };
    if is_placeholder(value) || value.contains("your-account") {
        let answer = Answer::skipped(format!("{variable} is a placeholder"));
        return Answer {
            irrelevant: !used,
            ..answer
        };
    }
    let place = format!("{variable} in {}", facts.origin(tier, variable));
    let account = match Account::parse(value) {
        Ok(account) => account,
        Err(why) => {
            let severity = if used {
                Severity::Error
            } else {
                Severity::Warning
            };
            let finding = Finding::new(&STRING, format!("{variable}: {why}"))
                .severity(severity)
                .subject(variable)
                .note(format!("it stands at {}", facts.origin(tier, variable)))
                .note(
                    "copy it again: Azure portal, Storage account, Access keys, Connection string",
                );
            return match place::set(facts, tier, variable, &[&format!("{variable}=-")]) {
                Some(cure) => Answer::default().mended_by(finding, cure),
                None => Answer::default().problem(finding.help(remedy::set_here(variable))),
            };
        }
    };
    let formed = format!("account {}, string well formed", account.name);
    if !used {
        return Answer::found(formed).needs("not used: STORAGE_PROVIDER is not azure");
    }
    let local = matches!(account.endpoint.host_str(), Some("127.0.0.1" | "localhost"));
    if facts.questions.offline && !local {
        return Answer::found(formed).needs("container not asked (offline)");
    }
    let container = facts
        .first_set(TIERS, CONTAINERS)
        .map_or("images", |(_, _, value)| value);
    let said = match account.request("GET", container, SystemTime::now()) {
        Ok(request) => wait(http::send(&request, LIMIT)).unwrap_or(Err(Trouble::TimedOut)),
        Err(why) => Err(Trouble::Other(why)),
    };
    let known = Known {
        account: &account,
        container: Container {
            account: Secret::new(value),
            name: container.to_owned(),
        },
        place: &place,
        variable,
        ask_again: place::set(facts, tier, variable, &[&format!("{variable}=-")]),
    };
    judge(&known, &said)
}

/// What is known of the account.
struct Known<'a> {
    account: &'a Account,
    container: Container,
    place: &'a str,
    /// The variable that holds the string.
    variable: &'a str,
    /// Asks for another string.
    ask_again: Option<Cure>,
}

fn judge(known: &Known<'_>, said: &Result<Response, Trouble>) -> Answer {
    let Known {
        account,
        container,
        place,
        variable,
        ask_again,
    } = known;
    let host = account.endpoint.host_str().unwrap_or_default();
    let finding = |message: String| {
        Finding::new(&CONTAINER, message)
            .subject(container.name.as_str())
            .note(format!("the account stands in {place}"))
    };
    let person = |message: String, note: &str| {
        let finding = finding(message).note(note);
        match ask_again {
            Some(cure) => Answer::default().mended_by(finding, cure.clone()),
            None => Answer::default().problem(finding.help(remedy::set_here(variable))),
        }
    };
    match said {
        Ok(response) if response.status < 300 => Answer::found(format!(
            "container {} of {}, {}",
            container.name,
            account.name,
            duration(response.elapsed)
        )),
        Ok(response) if response.status == 404 => Answer::default().mended_by(
            finding(format!(
                "the account {} has no container `{}`",
                account.name, container.name
            )),
            Cure::own("azure", Operation::CreateContainer(container.clone())),
        ),
        Ok(response) if matches!(response.status, 401 | 403) => person(
            format!(
                "the account {} refuses the key ({})",
                account.name, response.status
            ),
            "copy it again: Azure portal, Storage account, Access keys; if it is right, look at this machine's clock and at the account's firewall",
        ),
        Ok(response) => Answer::default().problem(
            finding(format!("{host} answers {}", response.status))
                .note("what Azure says about its own state")
                .help("curl -sL https://azure.status.microsoft/en-us/status/feed/"),
        ),
        Err(Trouble::Unresolved) => person(
            format!(
                "there is no storage account {}: {host} does not resolve",
                account.name
            ),
            "copy the connection string again: Azure portal, Storage account, Access keys",
        ),
        Err(trouble) => person(
            format!("{host}: {trouble}"),
            "if the address is right: look at the network, or start the emulator",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

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
        assert!(of("AccountName=pix").is_err() && of("AccountName=pix;AccountKey=%%").is_err());
    }

    #[test]
    fn what_the_account_says_is_judged() {
        let account = Account::parse("AccountName=pix;AccountKey=a2V5").expect("valid");
        let known = Known {
            account: &account,
            container: Container {
                account: Secret::new("AccountName=pix;AccountKey=a2V5"),
                name: "images".to_owned(),
            },
            variable: "STORAGE_AZURE_CONNECTION_STRING",
            place: "X in .env:1",
            ask_again: None,
        };
        let status = |said: Result<Response, Trouble>| judge(&known, &said);
        let said = |status| {
            Ok(Response {
                status,
                headers: Vec::new(),
                body: String::new(),
                elapsed: Duration::ZERO,
                at: SystemTime::UNIX_EPOCH,
                url: String::new(),
            })
        };
        assert_eq!(status(said(200)).status(), Status::Pass);
        assert_eq!(
            status(said(404)).cures[0].line,
            "pixcrawler doctor --fix --only azure"
        );
        assert!(
            status(said(403)).findings[0]
                .message
                .contains("refuses the key")
        );
        assert!(
            status(Err(Trouble::Unresolved)).findings[0]
                .message
                .contains("no storage account pix")
        );
    }
}
