//! The Azure storage account: its string is well formed, and the container is there.

mod account;
mod container;
mod judge;

use std::time::{Duration, SystemTime};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::facts::wait;
use crate::doctor::{Answer, Cure, Facts};
use crate::env::is_placeholder;
use crate::service::endpoint::Secret;
use crate::system::http::{self, Trouble};
use crate::system::program;
use crate::text::remedy;

pub(super) use self::account::EMULATOR_KEY;
use self::account::{Account, misnamed};
pub(in crate::doctor) use self::container::Container;
use self::judge::Known;
use super::{clock, env, place};

/// The string says no account.
pub(super) static STRING: Rule = Rule {
    code: "azure/connection-string",
    severity: Severity::Error,
    summary: "the connection string of the storage account is not well formed",
    text: "\
It has `Name=value` pairs with semicolons between: AccountName and AccountKey, or BlobEndpoint and
SharedAccessSignature, and the EndpointSuffix of the cloud; or `UseDevelopmentStorage=true` for the
emulator. Spaces and quotes within it are part of the values. A signature ends at its `se`.

Way out: copy it again: Azure portal, Storage account, Access keys, Connection string.",
};

/// The container cannot be used.
pub(super) static CONTAINER: Rule = Rule {
    code: "azure/container",
    severity: Severity::Error,
    summary: "the storage account or its container cannot be reached",
    text: "\
`STORAGE_PROVIDER` is azure, so crawled images go there; uploads would fail. Only what has the headers
of the storage service (`x-ms-request-id`) is an answer of it: a network that asks to sign in first, or
another program on the emulator's port, says 200, too.

What it says itself, as far as a command here cannot mend it:

    AuthenticationFailed               the key was rotated, or a clock is more than 15 minutes off
    AuthorizationFailure               the account's firewall: portal, Networking
    KeyBasedAuthenticationNotPermitted portal, Configuration, Allow storage account key access
    AccountIsDisabled                  the subscription has ended, or was not paid: portal, Subscriptions
    ContainerBeingDeleted              the name is free again in about a minute
    Authorization…Mismatch             the signature allows too little: make one for containers

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

/// Azure is to be used, and nobody says which account.
fn without_string(facts: &Facts) -> Answer {
    let message = "STORAGE_PROVIDER is azure, and no connection string is set";
    let finding = Finding::new(&STRING, message)
        .subject(STRINGS[0])
        .of_value()
        .note("it stands in the Azure portal: Storage account, Access keys");
    let cure = env::value(facts, "backend", STRINGS[0]).unwrap_or_else(|| {
        let line = format!("pixcrawler env set --tier backend {}=-", STRINGS[0]);
        Cure::asking(line)
    });
    Answer::default().mended_by(finding, cure)
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let provider = facts
        .first_set(TIERS, &["STORAGE_PROVIDER"])
        .map(|(_, _, value)| value);
    let used = provider.is_some_and(|provider| provider.eq_ignore_ascii_case("azure"));
    let Some((tier, variable, value)) = facts.first_set(TIERS, STRINGS) else {
        return if used {
            without_string(facts)
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
    let read = Account::parse(value).and_then(|account| {
        let lapsed = account.lapsed(SystemTime::now());
        lapsed.map_or(Ok(account), Err)
    });
    let account = match read {
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
                .of_value()
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
    let named = facts.first_set(TIERS, CONTAINERS);
    let container = named.map_or("images", |(_, _, value)| value);
    if let (Some(why), Some((tier, variable, _))) = (misnamed(container), named) {
        let message = format!("`{container}` can be no name of a container: it {why}");
        let finding = Finding::new(&CONTAINER, message)
            .subject(variable)
            .note(format!(
                "{variable} stands at {}",
                facts.origin(tier, variable)
            ));
        let answer = Answer::found(formed);
        return match place::set(facts, tier, variable, &[&format!("{variable}=-")]) {
            Some(cure) => answer.mended_by(finding, cure),
            None => answer.problem(finding.help(remedy::set_here(variable))),
        };
    }
    if facts.questions.offline && !account.is_local() {
        return Answer::found(formed).needs("container not asked (offline)");
    }
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
        clock: &|ahead| clock::cure(ahead, facts.installers()),
        place: &place,
        runner: (!facts.of_deployment()).then(|| {
            if program::find("npx", &facts.questions.variables).is_some() {
                "npx --yes"
            } else {
                "bun x"
            }
        }),
        variable,
        ask_again: place::set(facts, tier, variable, &[&format!("{variable}=-")]),
    };
    judge::judge(&known, &said)
}
