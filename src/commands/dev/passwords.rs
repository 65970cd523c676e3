//! Variables that a managed server cannot serve: the commands that make two passwords alike, ask for one that is
//! missing, and take TLS out.

use url::Url;

use crate::diagnostic::Finding;
use crate::gather::tiers::Tiers;
use crate::service::endpoint::Endpoint;
use crate::service::managed::{Problem, ProblemKind};
use crate::service::ports;
use crate::text::remedy::quoted;
use crate::workspace::Environment;

use super::Context;

/// The finding for a URL that a managed server cannot serve, with the commands where a password or TLS is in the way.
pub(super) fn managed_url(problem: &Problem, tiers: &Tiers, context: &Context) -> Finding {
    let finding = ports::managed_url(&by_password(problem, tiers));
    if let Some(line) = fitted(problem, tiers, context.environment) {
        return finding.help(line);
    }
    let other = problem
        .other
        .as_deref()
        .zip(problem.other_origin.as_deref());
    let (ProblemKind::PasswordsDiffer, Some((other, at))) = (problem.kind, other) else {
        return finding;
    };
    let own = Holder::of(tiers, &problem.variable, &problem.origin);
    let other = Holder::of(tiers, other, at);
    let (Some(own), Some(other)) = (own, other) else {
        return finding;
    };
    let is_same = own.name == other.name;
    // Which of the two is meant only a person knows.
    let takes = |to: &Holder, from: &Holder| {
        let line = to.takes(from, context.environment)?;
        let place = if is_same {
            format!(" ({})", from.at)
        } else {
            String::new()
        };
        Some(format!("that of {}{place} in both: {line}", from.name))
    };
    let ways: Vec<String> = [takes(&own, &other), takes(&other, &own)]
        .into_iter()
        .flatten()
        .collect();
    if ways.is_empty() {
        return finding;
    }
    finding.help(ways.join("   or "))
}

/// The same problem with the variables that hold the passwords, where these have variables of their own.
fn by_password(problem: &Problem, tiers: &Tiers) -> Problem {
    let mut shown = problem.clone();
    if problem.kind != ProblemKind::PasswordsDiffer {
        return shown;
    }
    let own = |variable: &str, origin: &str| {
        let holder = Holder::of(tiers, variable, origin)?;
        (!holder.is_url).then_some((holder.name, holder.at))
    };
    if let Some((name, at)) = own(&problem.variable, &problem.origin) {
        (shown.variable, shown.origin) = (name, at);
    }
    let other = problem
        .other
        .as_deref()
        .zip(problem.other_origin.as_deref());
    if let Some((name, at)) = other.and_then(|(other, origin)| own(other, origin)) {
        (shown.other, shown.other_origin) = (Some(name), Some(at));
    }
    shown
}

/// The command that leaves out, or adds, what keeps a managed server from serving a URL.
fn fitted(problem: &Problem, tiers: &Tiers, environment: Environment) -> Option<String> {
    let holder = Holder::of(tiers, &problem.variable, &problem.origin)?;
    let value = tiers.seen.get(holder.tier)?.get(&holder.name)?;
    let url = Url::parse(value.trim()).ok().filter(|_| holder.is_url)?;
    let parts = match problem.kind {
        ProblemKind::PasswordMissing => vec!["password=-".to_owned()],
        // What belongs to TLS goes with it.
        ProblemKind::Tls if url.scheme().starts_with("redis") => vec!["scheme=redis".to_owned()],
        ProblemKind::Tls => {
            let names = ["ssl", "sslmode"].into_iter();
            let stands = |name: &&str| url.query_pairs().any(|(known, _)| known == *name);
            let parts: Vec<String> = names.filter(stands).map(|it| format!("{it}=")).collect();
            Some(parts).filter(|it| !it.is_empty())?
        }
        ProblemKind::PasswordsDiffer | ProblemKind::PortShared => return None,
    };
    let parts: Vec<String> = parts.iter().map(|it| format!(" --part {it}")).collect();
    Some(holder.set(&parts.concat(), environment))
}

/// Where a password stands.
pub(super) struct Holder<'a> {
    tier: &'a str,
    /// The variable with the password.
    name: String,
    /// That holds a URL, of which the password is a part.
    is_url: bool,
    /// The env file that sets it.
    file: String,
    /// With the line there.
    at: String,
    has_password: bool,
}

impl<'a> Holder<'a> {
    /// That of the server that `variable`, set at `origin`, names; none where no command of ours sets it.
    pub(super) fn of(tiers: &'a Tiers, variable: &str, origin: &str) -> Option<Self> {
        let mut seen = tiers.seen.iter();
        let (tier, variables) = seen.find(|(tier, variables)| {
            variables.contains_key(variable) && tiers.origin(tier, variable) == origin
        })?;
        let prefix = tiers.groups.redis(variable, "HOST");
        let name = prefix.map_or_else(|| variable.to_owned(), |prefix| format!("{prefix}PASSWORD"));
        let value = variables.get(&name)?;
        let at = tiers.origin(tier, &name);
        let (file, line) = at.rsplit_once(':')?;
        line.parse::<usize>().ok()?;
        let is_url = prefix.is_none();
        // One of several servers is no part of its variable.
        if is_url && value.contains(';') {
            return None;
        }
        let url = || Endpoint::postgres(value, "", "").or_else(|_| Endpoint::redis(value, "", ""));
        let has_password = if is_url {
            url().ok()?.password.is_some()
        } else {
            !value.is_empty()
        };
        Some(Self {
            tier,
            name,
            is_url,
            file: file.to_owned(),
            at: at.clone(),
            has_password,
        })
    }

    /// The command that gives it the password of another one.
    fn takes(&self, from: &Self, environment: Environment) -> Option<String> {
        if !from.has_password {
            return None;
        }
        let part = if self.is_url { " --part password" } else { "" };
        let password = if from.is_url { "#password" } else { "" };
        let source = format!("{}:{}{password}", from.tier, from.name);
        let what = format!("{part} --like {}", quoted(&source));
        Some(self.set(&what, environment))
    }

    /// Whether the variable holds a URL.
    pub(super) fn is_url(&self) -> bool {
        self.is_url
    }

    /// The command that sets it; `what` is what stands behind its name.
    pub(super) fn set(&self, what: &str, environment: Environment) -> String {
        let line = format!(
            "pixcrawler env set --file {} {}{what}",
            quoted(&self.file),
            self.name
        );
        if environment == Environment::Development {
            line
        } else {
            format!("{line} --env {environment}")
        }
    }
}
