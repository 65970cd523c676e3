//! The Azure storage account: its string is well formed, and the container is there.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::Url;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::facts::wait;
use crate::doctor::{Answer, Cure, Facts};
use crate::env::is_placeholder;
use crate::system::http::{self, Request, Response, Trouble};
use crate::system::program;
use crate::text::duration;

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
        let name = named
            .or_else(|| endpoint.host_str()?.split('.').next().map(str::to_owned))
            .unwrap_or_default();
        Ok(Self {
            name,
            endpoint,
            key,
            signature,
        })
    }

    /// Asks for a container's properties, signed.
    fn request(&self, container: &str, now: SystemTime) -> Result<Request, String> {
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
        let request = Request::get(url.clone())
            .stay()
            .header("x-ms-date", date.clone())
            .header("x-ms-version", VERSION);
        let Some(key) = &self.key else {
            return Ok(request);
        };
        // https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
        let text = format!(
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:{VERSION}\n/{}{}\nrestype:container",
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
            .help(format!(
                "{}=… in backend/.env: Azure portal, Storage account, Access keys",
                STRINGS[0]
            ));
            Answer::default().problem(finding)
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
                .help(
                    "copy it again: Azure portal, Storage account, Access keys, Connection string",
                );
            return Answer::default().problem(finding);
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
    let said = match account.request(container, SystemTime::now()) {
        Ok(request) => wait(http::send(&request, LIMIT)).unwrap_or(Err(Trouble::TimedOut)),
        Err(why) => Err(Trouble::Other(why)),
    };
    let az = program::find("az", &facts.questions.variables).is_some();
    judge(&account, container, &place, &said, az)
}

fn judge(
    account: &Account,
    container: &str,
    place: &str,
    said: &Result<Response, Trouble>,
    az: bool,
) -> Answer {
    let host = account.endpoint.host_str().unwrap_or_default();
    let finding = |message: String, help: String| {
        Finding::new(&CONTAINER, message)
            .subject(container)
            .note(format!("the account stands in {place}"))
            .help(help)
    };
    let problem = |message, help| Answer::default().problem(finding(message, help));
    match said {
        Ok(response) if response.status < 300 => Answer::found(format!(
            "container {container} of {}, {}",
            account.name,
            duration(response.elapsed)
        )),
        Ok(response) if response.status == 404 => {
            let line = format!("az storage container create --name {container} --account-name {}", account.name);
            let finding = finding(format!("the account {} has no container `{container}`", account.name), line.clone());
            if az && super::postgres::is_plain(container) && super::postgres::is_plain(&account.name) {
                let key = account.key.as_ref().map(|key| STANDARD.encode(key)).unwrap_or_default();
                Answer::default().mended_by(finding, Cure::new(line).with_secret("AZURE_STORAGE_KEY", &key))
            } else {
                Answer::default().problem(finding)
            }
        }
        Ok(response) if matches!(response.status, 401 | 403) => problem(
            format!("the account {} refuses the key ({})", account.name, response.status),
            "copy it again: Azure portal, Storage account, Access keys; if it is right, look at this machine's clock and at the account's firewall".to_owned(),
        ),
        Ok(response) => problem(
            format!("{host} answers {}", response.status),
            "look at https://azure.status.microsoft".to_owned(),
        ),
        Err(Trouble::Unresolved) => problem(
            format!("there is no storage account {}: {host} does not resolve", account.name),
            format!("correct the AccountName of {place}"),
        ),
        Err(trouble) => problem(
            format!("{host}: {trouble}"),
            format!("check the network, or correct {place}"),
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
        let status =
            |said: Result<Response, Trouble>| judge(&account, "images", "X in .env:1", &said, true);
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
            "az storage container create --name images --account-name pix"
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
