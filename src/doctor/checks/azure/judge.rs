//! What the account's answer means.

use std::time::{Duration, SystemTime};

use crate::diagnostic::Finding;
use crate::doctor::{Answer, Cure, Operation};
use crate::system::http::{self, Response, Trouble};
use crate::text::{duration, remedy};

use super::CONTAINER;
use super::account::{Account, KEY_LENGTH};
use super::container::Container;

/// From here on Azure refuses what is signed.
const SKEW: Duration = Duration::from_mins(15);

/// What is known of the account.
pub(super) struct Known<'a> {
    pub(super) account: &'a Account,
    pub(super) container: Container,
    pub(super) place: &'a str,
    /// What runs a program of npm's; none where a deployment is judged, for which nothing is started here.
    pub(super) runner: Option<&'a str>,
    /// The variable that holds the string.
    pub(super) variable: &'a str,
    /// Asks for another string.
    pub(super) ask_again: Option<Cure>,
    /// Sets a clock that is behind by so many seconds.
    pub(super) clock: &'a dyn Fn(f64) -> Cure,
}

impl Known<'_> {
    fn finding(&self, message: String) -> Finding {
        Finding::new(&CONTAINER, message)
            .subject(self.container.name.as_str())
            .note(format!("the account stands in {}", self.place))
    }

    /// Only another string can help.
    fn corrected(&self, message: String, note: &str) -> Answer {
        let finding = self.finding(message).note(note);
        match &self.ask_again {
            Some(cure) => Answer::default().mended_by(finding, cure.clone()),
            None => Answer::default().problem(finding.help(remedy::set_here(self.variable))),
        }
    }

    /// What only the account's own settings can mend.
    fn portal(&self, message: String, note: &str, help: Option<String>) -> Answer {
        let mut finding = self.finding(message).note(note);
        finding.help = help;
        Answer::default().problem(finding)
    }
}

pub(super) fn judge(known: &Known<'_>, said: &Result<Response, Trouble>) -> Answer {
    let host = known.account.host();
    let name = &known.account.name;
    let response = match said {
        Ok(response) => response,
        // Nor is that of this machine's network, which says so of every name.
        Err(trouble) if *trouble.last() == Trouble::CutOff => {
            let finding = known.finding(format!("{host}: {trouble}"));
            let finding = finding.note("this asks only what answers without a network:");
            return Answer::default().problem(finding.help(remedy::OFFLINE));
        }
        Err(trouble) if *trouble.last() == Trouble::Detached => {
            let mut finding = known.finding(format!("{}: {trouble}", known.account.address()));
            finding.help = remedy::LOOPBACK.map(str::to_owned);
            return Answer::default().problem(finding.note(remedy::AS_ROOT));
        }
        Err(Trouble::Unresolved) => {
            return known.corrected(
                format!("there is no storage account {name}: {host} does not resolve"),
                "copy the connection string again: Azure portal, Storage account, Access keys",
            );
        }
        // The proxy's fault is no fault of the string.
        Err(trouble @ Trouble::Proxy { proxy, .. }) => {
            let finding = known.finding(format!("{host}: {trouble}"));
            return Answer::default().problem(finding.note(proxy.note()).help(proxy.line()));
        }
        Err(Trouble::Refused) if known.account.is_local() => {
            let message = format!("{}: {}", known.account.address(), Trouble::Refused);
            let Some(runner) = known.runner else {
                let note = "it is the emulator's, on the machine itself: a deployment has an account of its own";
                return known.corrected(message, note);
            };
            let mut finding = known.finding(message);
            if let Some(cure) = &known.ask_again {
                finding = finding.note(format!("if the address is wrong: {}", cure.typed()));
            }
            let finding = finding.note("the emulator, in a terminal of its own:");
            return Answer::default().problem(finding.help(known.account.emulator(runner)));
        }
        Err(trouble) => {
            return known.corrected(
                format!("{}: {trouble}", known.account.address()),
                "if the address is right: look at the network",
            );
        }
    };
    let code = response.header("x-ms-error-code").unwrap_or_default();
    let of_azure = response.header("x-ms-request-id").is_some();
    match (response.status, code) {
        (500.., _) => Answer::default().problem(
            known
                .finding(
                    format!("{host} answers {} {code}", response.status)
                        .trim()
                        .to_owned(),
                )
                .note("what Azure says about its own state")
                .help("curl -sL https://azure.status.microsoft/en-us/status/feed/"),
        ),
        _ if !of_azure => known.corrected(
            format!(
                "what answers at {} is no storage service: it {}",
                known.account.address(),
                stranger(response)
            ),
            if known.account.is_local() {
                "another program has the emulator's port, or the address is wrong"
            } else {
                "a network that asks to sign in first answers for others, too"
            },
        ),
        (200, _) => Answer::found(format!(
            "container {} of {name}, {}",
            known.container.name,
            duration(response.elapsed)
        )),
        (404, "ContainerNotFound") => Answer::default().mended_by(
            known.finding(format!(
                "the account {name} has no container `{}`",
                known.container.name
            )),
            Cure::own("azure", Operation::CreateContainer(known.container.clone())),
        ),
        (status, code) => refusal(known, response, status, code),
    }
}

/// What the service says in a code of its own.
fn refusal(known: &Known<'_>, response: &Response, status: u16, code: &str) -> Answer {
    let name = &known.account.name;
    let container = &known.container.name;
    // It has neither a portal nor a firewall.
    if known.account.is_emulator() && code.starts_with("Auth") {
        return known.corrected(
            format!(
                "the emulator at {} refuses the key of {name} ({status} {code})",
                known.account.address()
            ),
            "its key is the same everywhere: UseDevelopmentStorage=true stands for the whole string where it listens on port 10000; else copy the AccountKey that Azurite's documentation has",
        );
    }
    match code {
        "AuthenticationFailed" | "InvalidAuthenticationInfo" => {
            if let Some(ahead) = skew(response) {
                let off = duration(Duration::from_secs_f64(ahead.abs()));
                let way = if ahead > 0.0 { "behind" } else { "ahead of" };
                return Answer::default().mended_by(
                    known
                        .finding(format!("this clock is {off} {way} that of {}", known.account.host()))
                        .note(format!("Azure refuses what is signed more than 15 minutes off ({status} {code})")),
                    (known.clock)(ahead),
                );
            }
            let cut = known
                .account
                .key
                .as_ref()
                .map(Vec::len)
                .filter(|length| *length != KEY_LENGTH);
            let message = match cut {
                Some(length) => format!(
                    "the account {name} refuses the key ({status} {code}): it has {length} bytes, and one of Azure {KEY_LENGTH}"
                ),
                None => format!("the account {name} refuses the key ({status} {code})"),
            };
            known.corrected(
                message,
                "copy it again: Azure portal, Storage account, Access keys; keys change when they are rotated",
            )
        }
        "AuthorizationFailure" | "AuthorizationSourceIPMismatch" => known.portal(
            format!("the account {name} does not let this machine in ({status} {code})"),
            "its firewall: Azure portal, Storage account, Networking; whom it lets in now:",
            is_plain(name)
                .then(|| format!("az storage account network-rule list --account-name {name}")),
        ),
        "KeyBasedAuthenticationNotPermitted" => known.portal(
            format!("the account {name} takes no keys ({status} {code})"),
            "Azure portal, Storage account, Configuration, Allow storage account key access",
            is_plain(name).then(|| {
                format!("az storage account update --name {name} --allow-shared-key-access true")
            }),
        ),
        "AccountIsDisabled" => known.portal(
            format!("the account {name} is disabled ({status})"),
            "its subscription has ended or was not paid: Azure portal, Subscriptions",
            None,
        ),
        "ContainerBeingDeleted" => known.portal(
            format!("the container `{container}` of {name} is being deleted ({status})"),
            "its name is free again in about a minute, and it can be made then",
            Some("pixcrawler doctor --only azure".to_owned()),
        ),
        "InvalidResourceName" => known.portal(
            format!("`{container}` can be no name of a container ({status} {code})"),
            "small letters, digits and single hyphens, 3 to 63 of them",
            None,
        ),
        "AccountRequiresHttps" => known.corrected(
            format!("the account {name} is asked over http, and wants https ({status})"),
            "DefaultEndpointsProtocol=https in the connection string",
        ),
        code if code.starts_with("Authorization") || code == "InsufficientAccountPermissions" => {
            known.corrected(
                format!("the account {name} knows the signature, and it allows too little ({status} {code})"),
                "make one that is for the blob service and for containers and objects, with reading and writing",
            )
        }
        "" if matches!(status, 401 | 403) => known.corrected(
            format!("the account {name} refuses the key ({status})"),
            "copy it again: Azure portal, Storage account, Access keys; if it is right, look at this machine's clock and at the account's firewall",
        ),
        code => known.portal(
            format!("{} answers {status} {code}", known.account.host())
                .trim_end()
                .to_owned(),
            "it is the storage service, and says no more",
            None,
        ),
    }
}

/// How far this machine's clock is behind the service's, in seconds, where that is why it refuses.
fn skew(response: &Response) -> Option<f64> {
    let date = jiff::fmt::rfc2822::parse(response.header("date")?).ok()?;
    let theirs = SystemTime::from(date.timestamp());
    let ahead = match theirs.duration_since(response.at) {
        Ok(ahead) => ahead.as_secs_f64(),
        Err(error) => -error.duration().as_secs_f64(),
    };
    (ahead.abs() >= SKEW.as_secs_f64()).then_some(ahead)
}

/// Whether a name can stand in a command as it is: an emulator's may be anything.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// What an answer is that is none of the storage service.
fn stranger(response: &Response) -> String {
    let status = response.status;
    if (300..400).contains(&status) {
        let to = response
            .header("location")
            .and_then(|to| url::Url::parse(&response.url).ok()?.join(to).ok());
        return match to {
            Some(to) => format!("sends us to {} ({status})", http::shown(&to)),
            None => format!("sends us elsewhere ({status})"),
        };
    }
    let html = response
        .header("content-type")
        .is_some_and(|kind| kind.contains("text/html"));
    if html {
        format!("answers with a web page ({status})")
    } else {
        format!("answers {status} without the headers of one")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::service::endpoint::Secret;

    fn judged(string: &str, said: &Result<Response, Trouble>) -> Answer {
        let account = Account::parse(string).expect("valid");
        judge(
            &Known {
                account: &account,
                container: Container {
                    account: Secret::new(string),
                    name: "images".to_owned(),
                },
                variable: "STORAGE_AZURE_CONNECTION_STRING",
                place: "X in .env:1",
                runner: Some("npx --yes"),
                ask_again: Some(Cure::asking("pixcrawler env set X=-")),
                clock: &|ahead| Cure::ending(format!("date {ahead}")),
            },
            said,
        )
    }

    #[expect(clippy::unnecessary_wraps, reason = "what a question gives")]
    fn said(status: u16, headers: &[(&str, &str)]) -> Result<Response, Trouble> {
        Ok(Response::said(
            "https://pix.blob.core.windows.net/images",
            status,
            headers,
            "",
        ))
    }

    const PIX: &str = "AccountName=pix;AccountKey=a2V5";
    const ID: (&str, &str) = ("x-ms-request-id", "1");

    #[test]
    fn what_the_account_says_is_judged() {
        let of = |status, code| judged(PIX, &said(status, &[ID, ("x-ms-error-code", code)]));
        assert_eq!(judged(PIX, &said(200, &[ID])).status(), Status::Pass);
        assert_eq!(
            of(404, "ContainerNotFound").cures[0].line,
            "pixcrawler doctor --fix --only azure"
        );
        for (status, code, words) in [
            (
                403,
                "AuthenticationFailed",
                "refuses the key (403 AuthenticationFailed): it has 3 bytes",
            ),
            (403, "AuthorizationFailure", "does not let this machine in"),
            (403, "KeyBasedAuthenticationNotPermitted", "takes no keys"),
            (403, "AccountIsDisabled", "is disabled"),
            (403, "AuthorizationPermissionMismatch", "allows too little"),
            (409, "ContainerBeingDeleted", "is being deleted"),
            (400, "InvalidResourceName", "no name of a container"),
            (400, "AccountRequiresHttps", "wants https"),
            (404, "ResourceNotFound", "answers 404 ResourceNotFound"),
            (503, "ServerBusy", "answers 503 ServerBusy"),
        ] {
            let answer = of(status, code);
            assert_eq!(answer.status(), Status::Fail, "{code}");
            let message = &answer.findings[0].message;
            assert!(message.contains(words), "{code}: {message}");
        }
        let unresolved = judged(PIX, &Err(Trouble::Unresolved));
        assert!(
            unresolved.findings[0]
                .message
                .contains("no storage account pix")
        );
        let emulator = "AccountName=devstoreaccount1;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:4531/devstoreaccount1";
        for code in ["AuthorizationFailure", "AuthenticationFailed"] {
            let refused = judged(emulator, &said(403, &[ID, ("x-ms-error-code", code)]));
            let message = &refused.findings[0].message;
            let words = "the emulator at 127.0.0.1:4531 refuses the key of devstoreaccount1";
            assert!(message.starts_with(words), "{message}");
            assert_eq!(refused.cures[0].line, "pixcrawler env set X=-");
        }
        // The emulator is this machine's to start.
        let stopped = judged("UseDevelopmentStorage=true", &Err(Trouble::Refused));
        let told = &stopped.findings[0];
        assert_eq!(told.message, "127.0.0.1:10000: refuses connections");
        assert_eq!(
            told.help.as_deref(),
            Some("npx --yes azurite --blobPort 10000 --location .pixcrawler/azurite")
        );
        // A network that is off is no fault of the string.
        let cut_off = judged(PIX, &Err(Trouble::CutOff));
        assert!(cut_off.cures.is_empty());
        let finding = &cut_off.findings[0];
        assert!(finding.message.contains("no route"), "{}", finding.message);
        assert_eq!(finding.help.as_deref(), Some(remedy::OFFLINE));
    }

    #[test]
    fn only_the_storage_service_itself_is_believed() {
        for (status, headers, words) in [
            (
                200,
                &[("content-type", "text/html")][..],
                "a web page (200)",
            ),
            (200, &[], "answers 200 without the headers"),
            (
                302,
                &[("location", "https://wifi.example/login?x=1")],
                "sends us to https://wifi.example/login (302)",
            ),
            (404, &[], "answers 404 without the headers"),
            (403, &[], "answers 403 without the headers"),
        ] {
            let answer = judged(PIX, &said(status, headers));
            let message = &answer.findings[0].message;
            assert!(
                message.contains("is no storage service") && message.contains(words),
                "{message}"
            );
            assert_eq!(answer.cures[0].line, "pixcrawler env set X=-");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_no_wrong_key() {
        let of = |date| {
            let code = ("x-ms-error-code", "AuthenticationFailed");
            judged(PIX, &said(403, &[ID, code, ("date", date)]))
        };
        let behind = of("Thu, 01 Jan 1970 01:00:00 GMT");
        assert_eq!(behind.cures[0].line, "date 3600");
        assert!(behind.findings[0].message.contains("behind"));
        let ahead = of("Wed, 31 Dec 1969 23:00:00 GMT");
        assert_eq!(ahead.cures[0].line, "date -3600");
        let well = of("Thu, 01 Jan 1970 00:01:00 GMT");
        assert!(well.findings[0].message.contains("refuses the key"));
    }
}
