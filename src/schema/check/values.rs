//! Values against their types and against what the environment asks for.

use crate::diagnostic::{Edit, Finding, Fix, Label, Rule, Severity};
use crate::env::{
    Claims, Origin, Variable as Set, is_placeholder, is_secret_in_public, is_secret_value,
};
use crate::schema::types::{Misfit, Problem, StripeKey, is_local};
use crate::schema::{Kind, Limits, Variable};
use crate::text::or_list;
use crate::workspace::Environment;

use super::{
    DOUBTFUL, EMPTY, LEAKED_SECRET, OUT_OF_RANGE, PLACEHOLDER, Scope, Tier, UNFIT,
    WRONG_CREDENTIAL, WRONG_TYPE, lookup,
};

/// The prefix of variables that Next.js compiles into what browsers download.
const PUBLIC: &str = "NEXT_PUBLIC_";

/// How the way out of an empty value begins that goes over a default.
pub const OVER_DEFAULT: &str = "delete the line, so that the default counts";

/// Every value that is set, against what the schema says of it; `beside` are the tiers that are judged together.
pub(super) fn check(tier: &Tier<'_>, beside: &[&Tier<'_>], scope: Scope) -> Vec<Finding> {
    let mut findings = Vec::new();
    for set in tier.resolved.variables() {
        if let Some(leak) = leak(tier, set) {
            findings.push(leak);
            continue;
        }
        if tier.resolved.is_doubtful(set) {
            continue;
        }
        // Where case does not count, `port=` is the variable PORT too.
        let other_case = || {
            tier.schema
                .get(&set.name.to_ascii_uppercase())
                .filter(|variable| {
                    tier.resolved
                        .get(&variable.name)
                        .is_some_and(|seen| seen.name == set.name)
                })
        };
        if let Some(variable) = tier.schema.get(&set.name).or_else(|| {
            if set.name.bytes().any(|b| b.is_ascii_lowercase()) {
                other_case()
            } else {
                None
            }
        }) && !is_anothers(tier, beside, variable, set)
        {
            findings.extend(value(tier, variable, set, scope));
        }
    }
    findings
}

/// Whether another tier needs a value of the process as it is written. All tiers see that one under the same name,
/// so that nobody can give this one a spelling of its own there.
fn is_anothers(tier: &Tier<'_>, beside: &[&Tier<'_>], variable: &Variable, set: &Set) -> bool {
    let is_shared = set.origin == Origin::Process && set.shadowed.is_empty();
    let needs = |other: &&Tier<'_>| {
        let theirs = other.schema.get(&set.name);
        let seen = other.resolved.get(&set.name);
        other.name() != tier.name()
            && theirs.is_some_and(|it| it.kind.claims(&set.value))
            && seen.is_some_and(|it| it.origin == Origin::Process && it.value == set.value)
    };
    is_shared && !variable.kind.claims(&set.value) && beside.iter().any(needs)
}

fn value(tier: &Tier<'_>, variable: &Variable, set: &Set, scope: Scope) -> Option<Finding> {
    let text = set.value.as_str();
    let always = variable.required.environments.contains(&scope.environment);
    if text.trim().is_empty() {
        let is_asked = tier.said(&set.name).is_some_and(|it| it.default.is_none());
        // A required one is reported as such.
        if always || is_asked || variable.kind.accepts_empty(tier.reader) {
            return None;
        }
        let (message, instead) = match variable.kind.check("", tier.reader) {
            Err(problem) if problem.misfit == Misfit::OutOfRange => (
                format!("`{}` is empty: it {}", set.name, problem.message),
                problem.way_out.unwrap_or_else(|| variable.kind.to_string()),
            ),
            // It is a text to whoever reads it, and goes over the default.
            _ if matches!(variable.kind, Kind::Host | Kind::Path) => (
                format!("`{}` is empty, and its default does not count", set.name),
                format!("write: {}", variable.kind),
            ),
            _ => (
                format!(
                    "`{}` is empty, which {} does not read as its type",
                    set.name,
                    tier.reader.name()
                ),
                format!("write: {}", variable.kind),
            ),
        };
        let finding = at_value(Finding::new(&EMPTY, message), tier, set, "empty")
            .help(format!("{OVER_DEFAULT}, or {instead}"));
        return Some(judged(finding, tier, variable));
    }
    if is_placeholder(text) {
        if always || !variable.required.unless.is_empty() {
            return None;
        }
        let message = format!("`{}` is still a placeholder", set.name);
        let help = "give it a value, or comment the line out";
        return Some(
            at_value(
                Finding::new(&PLACEHOLDER, message).severity(Severity::Warning),
                tier,
                set,
                "a placeholder",
            )
            .help(help),
        );
    }
    if let Err(problem) = variable.kind.check(text, tier.reader) {
        // Tests talk to stand-ins, whose keys may be any text.
        let stand_in = scope.environment == Environment::Test
            && matches!(
                variable.kind,
                Kind::SupabaseKey(_) | Kind::StripeKey(_) | Kind::ResendKey
            );
        if stand_in && problem.misfit == Misfit::WrongType {
            return None;
        }
        return Some(judged(misfit(tier, set, &problem), tier, variable));
    }
    live_or_test(tier, variable, set, scope.environment)
        .or_else(|| limit(tier, variable, set, scope.environment))
}

/// What keeps an example's value from being used as it stands.
pub(super) struct Unfit {
    pub(super) message: String,
    pub(super) help: String,
}

/// What is wrong with the value that an example for `environment` gives a variable. Placeholders
/// and empty values are what examples are made of.
pub(super) fn of_example(tier: &Tier<'_>, set: &Set, environment: Environment) -> Option<Unfit> {
    let variable = tier.schema.get(&set.name)?;
    if set.value.trim().is_empty() || is_placeholder(&set.value) {
        return None;
    }
    match variable.kind.check(&set.value, tier.reader) {
        Err(problem) if problem.misfit != Misfit::Doubtful => Some(Unfit {
            message: problem.message,
            help: problem
                .way_out
                .unwrap_or_else(|| format!("write: {}", variable.kind)),
        }),
        _ if variable.set_by_runtime => None,
        _ => {
            let limits = variable.limits.get(&environment)?;
            let (what, help) = broken(tier, variable, limits, &set.value)?;
            Some(Unfit {
                message: format!("{what}, which does not do in {environment}"),
                help,
            })
        }
    }
}

/// A value that its type does not accept.
fn misfit(tier: &Tier<'_>, set: &Set, problem: &Problem) -> Finding {
    let (rule, label): (&'static Rule, &str) = match problem.misfit {
        Misfit::WrongType => (&WRONG_TYPE, "not of this type"),
        Misfit::OutOfRange => (&OUT_OF_RANGE, "not allowed"),
        Misfit::WrongCredential => (&WRONG_CREDENTIAL, "another kind of key"),
        Misfit::Doubtful => (&DOUBTFUL, "here"),
    };
    let shown = lookup::shown(tier.schema, &set.name, &set.value);
    let mut finding = at_value(
        Finding::new(rule, format!("`{}` {}", set.name, problem.message)),
        tier,
        set,
        label,
    );
    if set.origin == Origin::Process {
        finding = finding.note(format!("its value is {shown}"));
    }
    if let Some(replacement) = &problem.replacement {
        finding = corrected(finding, tier, set, replacement);
    }
    if finding.help.is_some() {
        return finding;
    }
    finding.help(problem.way_out.clone().unwrap_or_else(|| {
        let kind = tier.schema.get(&set.name).map(|it| it.kind.to_string());
        format!("write: {}", kind.unwrap_or_default())
    }))
}

/// A finding about a variable, as bad as what the schema says of that is certain.
fn judged(finding: Finding, tier: &Tier<'_>, variable: &Variable) -> Finding {
    if variable.is_guess() {
        guessed(finding, tier)
    } else {
        finding
    }
}

/// What is usual alone keeps nobody from a start, and is no reason to change a file unasked.
pub(super) fn guessed(mut finding: Finding, tier: &Tier<'_>) -> Finding {
    let certain = [WRONG_CREDENTIAL.code, DOUBTFUL.code];
    if certain.contains(&finding.rule.code) {
        return finding;
    }
    finding.fix = None;
    finding.severity = Severity::Warning;
    finding.note(format!(
        "only the built-in schema says so; where the {} takes it, env-schemas/{}.toml of the workspace can say that",
        tier.name(),
        tier.schema.tier
    ))
}

/// A finding with the value that is right, which is shown unless it is secret.
pub(super) fn corrected(finding: Finding, tier: &Tier<'_>, set: &Set, value: &str) -> Finding {
    let is_secret = lookup::shown(tier.schema, &set.name, &set.value) != set.value;
    let finding = if is_secret {
        finding
    } else {
        finding.help(format!("{}={value}", set.name))
    };
    match set.origin.place().filter(|_| is_plain(value)) {
        Some(place) => {
            let edit = Edit {
                source: place.source.clone(),
                span: place.value,
                replacement: value.to_owned(),
            };
            finding.fix(Fix {
                title: format!("write the value of {} as its reader expects it", set.name),
                edits: vec![edit],
            })
        }
        None => finding,
    }
}

/// Whether every loader reads a value alike without quotes.
pub(super) fn is_plain(value: &str) -> bool {
    value
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_./:@%+,=-".contains(&b))
}

/// What the environment asks for beyond the type.
fn limit(
    tier: &Tier<'_>,
    variable: &Variable,
    set: &Set,
    environment: Environment,
) -> Option<Finding> {
    if variable.set_by_runtime && set.origin != Origin::Process {
        return None;
    }
    let limits = variable.limits.get(&environment)?;
    let (what, way_out) = broken(tier, variable, limits, &set.value)?;
    let mut finding = Finding::new(&UNFIT, format!("`{}` {what} in {environment}", set.name));
    if let Some(because) = &limits.because {
        finding = finding.note(format!("it matters because {because}"));
    }
    if let Some(severity) = limits.severity {
        finding = finding.severity(severity);
    }
    let path = set.origin.place().map(|place| place.source.path());
    // What stands in a file of the root's is set beside it, for all who read that.
    let home = match path.zip(tier.home.file_name()) {
        Some((path, name)) if path.file_name() == Some(".env") => path.with_file_name(name),
        _ => tier.home.to_owned(),
    };
    let way_out = match path {
        Some(path) if path != home => format!("{way_out} in {home}"),
        _ => way_out,
    };
    Some(at_value(finding, tier, set, format!("not fit for {environment}")).help(way_out))
}

/// Whether an environment accepts a value.
pub(super) fn fits(
    tier: &Tier<'_>,
    variable: &Variable,
    value: &str,
    environment: Environment,
) -> bool {
    variable
        .limits
        .get(&environment)
        .is_none_or(|limits| broken(tier, variable, limits, value).is_none())
}

fn broken(
    tier: &Tier<'_>,
    variable: &Variable,
    limits: &Limits,
    value: &str,
) -> Option<(String, String)> {
    let name = &variable.name;
    if let Some(accepted) = &limits.one_of
        && !accepted
            .iter()
            .any(|word| variable.kind.same(value, word, tier.reader))
    {
        let shown = lookup::shown(tier.schema, name, value);
        return Some((
            format!("is {shown}"),
            format!("set {name}={}", or_list(accepted)),
        ));
    }
    // A list is judged by its elements.
    let elements: Vec<&str> = if matches!(variable.kind, Kind::Csv(_)) {
        value.split(',').map(str::trim).collect()
    } else {
        vec![value]
    };
    for element in elements {
        let scheme = element
            .split_once("://")
            .map(|(scheme, _)| scheme.split('+').next().unwrap_or(scheme));
        if let (Some(schemes), Some(scheme)) = (&limits.schemes, scheme)
            && !schemes.iter().any(|accepted| accepted == scheme)
        {
            return Some((
                format!("is not {}", or_list(schemes)),
                format!("use {}://", schemes.join(":// or ")),
            ));
        }
        if limits.remote && is_local(&host_of(element)) {
            return Some((
                "points to this machine".to_owned(),
                format!(
                    "set {name} to the {} that serves users",
                    if scheme.is_some() { "address" } else { "host" }
                ),
            ));
        }
        if limits.remote && element == "*" {
            return Some((
                "lets every site in".to_owned(),
                format!("list the origins of the frontend in {name}"),
            ));
        }
    }
    None
}

/// The host of a URL, or the text itself when it is none.
fn host_of(value: &str) -> String {
    let Some((_, rest)) = value.split_once("://") else {
        return value.to_owned();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest).to_owned();
    }
    host.split(':').next().unwrap_or(host).to_owned()
}

/// Stripe's keys say whether money moves.
fn live_or_test(
    tier: &Tier<'_>,
    variable: &Variable,
    set: &Set,
    environment: Environment,
) -> Option<Finding> {
    if !matches!(
        variable.kind,
        Kind::StripeKey(StripeKey::Secret | StripeKey::Publishable)
    ) {
        return None;
    }
    let live = set.value.contains("_live_");
    let (what, why) = match (environment, live) {
        (Environment::Production, false) => ("is a test key", "no payment would be real"),
        (Environment::Development | Environment::Test, true) => {
            ("is a live key", "a test purchase would move real money")
        }
        _ => return None,
    };
    let finding = Finding::new(&UNFIT, format!("`{}` {what} in {environment}", set.name))
        .severity(Severity::Warning)
        .note(format!("it matters because {why}"));
    Some(at_value(finding, tier, set, what).help("copy the other key from Stripe: Developers, API keys; the switch there is called test mode"))
}

/// A secret where every visitor can read it.
fn leak(tier: &Tier<'_>, set: &Set) -> Option<Finding> {
    if !set.name.starts_with(PUBLIC) || set.value.trim().is_empty() || is_placeholder(&set.value) {
        return None;
    }
    let rest = &set.name[PUBLIC.len()..];
    let role = Claims::of(&set.value).filter(Claims::is_service_role);
    let what = if role.is_some() {
        "a Supabase key with the role service_role, which row level security does not stop"
    } else if is_secret_value(&set.value) {
        "a secret key"
    } else if is_secret_in_public(rest) {
        "by its name a secret"
    } else {
        return None;
    };
    let way = match in_place_of(rest, &set.value) {
        Some((right, name)) => format!(
            "put the {right} here; this one is read on the server only, as {name}, until it is replaced: it may have been published"
        ),
        None => format!(
            "rename it to {rest} and read it on the server only; then replace the key: it may have been published"
        ),
    };
    let finding = Finding::new(
        &LEAKED_SECRET,
        format!("`{}` holds {what}, and every visitor can read it", set.name),
    )
    .note(format!(
        "variables that begin with {PUBLIC} are compiled into the JavaScript that browsers download"
    ))
    .help(way);
    Some(at_value(finding, tier, set, "visible to every visitor"))
}

/// Of a secret in the place of a key that is made for browsers, which pages need: what belongs there, and the name
/// under which servers read the secret one.
fn in_place_of(rest: &str, value: &str) -> Option<(&'static str, &'static str)> {
    let is_secret_of_stripe = || value.starts_with("sk_") || value.starts_with("rk_");
    let is_secret_of_supabase = || {
        value.starts_with("sb_secret_") || Claims::of(value).is_some_and(|it| it.is_service_role())
    };
    let (is_anon, is_publishable) = (rest.contains("ANON"), rest.contains("PUBLISHABLE"));
    if is_publishable && is_secret_of_stripe() {
        Some(("publishable key (pk_…)", "STRIPE_SECRET_KEY"))
    } else if (is_anon || is_publishable) && is_secret_of_supabase() {
        let right = "project's key for browsers (anon or publishable)";
        Some((right, "SUPABASE_SERVICE_ROLE_KEY"))
    } else {
        None
    }
}

/// A finding with the place of the value.
pub(super) fn at_value(
    finding: Finding,
    tier: &Tier<'_>,
    set: &Set,
    label: impl Into<String>,
) -> Finding {
    let finding = finding.subject(set.name.as_str()).tier(tier.name());
    match &set.origin {
        Origin::File(place) => {
            let span = if place.value.start < place.value.end {
                place.value
            } else {
                place.name
            };
            finding.at(Label::new(&place.source, span, label))
        }
        Origin::Process => {
            finding.note("it comes from the process environment, which wins over every file")
        }
    }
}
