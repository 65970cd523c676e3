//! The command that corrects a variable where it stands.

use camino::{Utf8Path, Utf8PathBuf};

use crate::doctor::{Answer, Cure, Facts};
use crate::service::Service;
use crate::service::assemble::{self, Handed};
use crate::text::remedy::{open_at, quoted, set_here, set_to};
use crate::workspace::{Environment, Runtime};

/// How a variable that nobody set is told.
pub(super) const DEFAULT: &str = "default";

/// The command that sets something in the file that `tier` has `variable` from. `what` is what follows
/// `pixcrawler env set`; a value of `-` asks. None where it comes from the process environment: no
/// command of ours can change that.
pub(super) fn set(facts: &Facts, tier: &str, variable: &str, what: &[&str]) -> Option<Cure> {
    let origin = of(facts, tier, variable);
    at(tier, &origin, facts.questions.environment, what)
}

/// Where a variable of a tier is to be set: where it stands, as far as [`changed`] lets it.
pub(super) fn of(facts: &Facts, tier: &str, variable: &str) -> String {
    if facts.value(tier, variable).is_none() {
        return DEFAULT.to_owned();
    }
    changed(facts, tier, &facts.origin(tier, variable))
}

/// Where a tier's variable is to be set that stands at `origin`. What mends another environment must not change
/// development: where that reads the file, too, the environment's own is meant, there or not.
pub(super) fn changed(facts: &Facts, tier: &str, origin: &str) -> String {
    let own = file(origin).and_then(|file| own(facts, tier, file));
    own.map_or_else(|| origin.to_owned(), |own| format!("{own}:1"))
}

/// The file of the environment alone that decides in the place of `shared`, which development reads, too.
pub(super) fn own(facts: &Facts, tier: &str, shared: &str) -> Option<Utf8PathBuf> {
    facts.environments().own(tier, Utf8Path::new(shared))
}

/// Where a variable that has no value is to be set, and for which tier: where it stands empty, else for
/// the tier whose schema knows it, else in the root's file.
pub(super) fn home(facts: &Facts, variable: &str) -> (String, String) {
    const TIERS: [&str; 2] = ["backend", "root"];
    let seen = &facts.tiers().seen;
    let stands = |tier: &&str| seen.get(*tier).is_some_and(|it| it.contains_key(variable));
    if let Some(tier) = TIERS.into_iter().find(stands) {
        return (tier.to_owned(), facts.origin(tier, variable));
    }
    let knows = |tier: &&str| {
        let gathered = facts.environments().gathered(tier);
        gathered.is_some_and(|it| it.schema.get(variable).is_some())
    };
    let tier = TIERS.into_iter().find(knows).unwrap_or("root");
    (tier.to_owned(), DEFAULT.to_owned())
}

/// The file of production's that a tier reads for staging, where `origin` is one: Next has modes of its
/// own, and what runs on a server is production to it.
pub(super) fn borrowed<'a>(facts: &Facts, tier: &str, origin: &'a str) -> Option<&'a str> {
    let file = file(origin)?;
    let tier = facts.workspace().tiers.iter().find(|it| it.name == tier)?;
    let name = Utf8Path::new(file).file_name().unwrap_or_default();
    let of_production = name.starts_with(".env.production");
    (facts.questions.environment == Environment::Staging
        && tier.runtime == Runtime::Next
        && of_production)
        .then_some(file)
}

/// The same, where the place is known: `backend/.env:14`, or that there is none yet.
pub(super) fn at(
    tier: &str,
    origin: &str,
    environment: Environment,
    what: &[&str],
) -> Option<Cure> {
    let place = match file(origin) {
        // What stands in code or in the settings is corrected by hand.
        Some(file) if is_code(file) => return None,
        Some(file) => format!("--file {}", quoted(file)),
        None if origin == DEFAULT => format!("--tier {}", quoted(tier)),
        None => return None,
    };
    let words: Vec<String> = what.iter().map(|word| quoted(word)).collect();
    let mut line = format!("pixcrawler env set {place} {}", words.join(" "));
    if environment != Environment::Development {
        line = format!("{line} --env {environment}");
    }
    let asks = what.iter().any(|word| word.ends_with("=-"));
    Some(if asks {
        Cure::asking(line)
    } else {
        Cure::new(line)
    })
}

/// The file of `backend/.env:14`.
pub(super) fn file(origin: &str) -> Option<&str> {
    let (file, line) = origin.rsplit_once(':')?;
    (!line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())).then_some(file)
}

/// What stands behind the place in a file that no tier reads, and a settings class does.
const APART: &str = " of no tier";

/// How a place in a file is told that no tier reads: no command of ours writes there.
pub(super) fn apart(place: &str) -> String {
    format!("{place}{APART}")
}

/// Whether a variable stands in such a file.
pub(super) fn is_apart(origin: &str) -> bool {
    origin.ends_with(APART)
}

/// The answer with that file, or the one with code, where findings about the variable would set it for a terminal
/// alone.
pub(super) fn by_hand(mut answer: Answer, variable: &str, origin: &str) -> Answer {
    let apart = origin.strip_suffix(APART);
    let code = || Some(origin).filter(|it| file(it).is_some_and(is_code));
    let place = apart.or_else(code).unwrap_or_default();
    let Some((file, Ok(line))) = place
        .rsplit_once(':')
        .map(|(file, line)| (file, line.parse()))
    else {
        return answer;
    };
    let (here, to) = (set_here(variable), set_to(variable, ""));
    let begin = to.split_inclusive('=').next().unwrap_or(&to);
    let is_for_terminal = |help: &String| *help == here || help.starts_with(begin);
    for finding in &mut answer.findings {
        if finding.subject.as_deref() != Some(variable) {
            continue;
        }
        let told = finding.notes.iter().chain([&finding.message]);
        if !told.into_iter().any(|it| it.contains(place)) {
            // What an env file has under that name is something else.
            if apart.is_none() {
                continue;
            }
            finding.notes.push(format!("it stands at {place}"));
        }
        finding.file = Some(file.into());
        if finding.help.as_ref().is_some_and(is_for_terminal) {
            finding.help = Some(open_at(file, line));
        }
    }
    answer
}

/// Whether a place is none of an env file.
fn is_code(file: &str) -> bool {
    let extension = Utf8Path::new(file).extension();
    matches!(extension, Some("py" | "toml"))
}

/// The command that opens a place in code; none of other places.
pub(super) fn open(origin: &str) -> Option<String> {
    let (file, line) = origin.rsplit_once(':')?;
    is_code(file).then(|| open_at(file, line.parse().unwrap_or(1)))
}

/// What `pixcrawler.toml` gives a service of `dev` under the first of these names that it has: in its process that
/// counts over every file.
pub(super) fn given<'a>(
    facts: &Facts,
    service: &str,
    names: &[&'a str],
) -> Option<(&'a str, Handed)> {
    let mut services = facts.services().iter();
    let is_it = |it: &Service| {
        let of = it.replica.as_ref().map_or(&it.name, |replica| &replica.of);
        of == service
    };
    if facts.of_deployment() || !services.any(is_it) {
        return None;
    }
    let all = assemble::given_to(facts.workspace(), service);
    names.iter().find_map(|name| {
        let mut all = all.iter();
        let given = all.find(|it| it.variable.eq_ignore_ascii_case(name))?;
        let given = Some(given).filter(|it| !it.is_computed())?;
        Some((*name, given.clone()))
    })
}

/// Whether a tier has from the process environment what its files say, too: without it those count.
pub(super) fn is_replaced(facts: &Facts, tier: &str, variable: &str) -> bool {
    let resolved = facts.environments().tier(tier);
    facts.tiers().is_of_process(tier, variable)
        && resolved.is_some_and(|resolved| {
            resolved.variables().any(|it| {
                it.name.eq_ignore_ascii_case(variable)
                    && it
                        .shadowed
                        .iter()
                        .any(|loser| !loser.value.trim().is_empty())
            })
        })
}

/// Several commands as one, each after the one before it.
pub(super) fn all(cures: impl IntoIterator<Item = Cure>) -> Option<Cure> {
    cures.into_iter().reduce(|first, next| Cure {
        line: format!("{} && {}", first.line, next.line),
        asks: first.asks || next.asks,
        ends_others: first.ends_others || next.ends_others,
        ..first
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_the_file_that_has_it() {
        let line = |origin: &str, what: &[&str]| {
            at("backend", origin, Environment::Development, what).map(|cure| cure.line)
        };
        assert_eq!(
            line(
                "backend/.env:14",
                &["DATABASE_URL", "--part", "ssl=require"]
            )
            .as_deref(),
            Some("pixcrawler env set --file backend/.env DATABASE_URL --part ssl=require")
        );
        assert_eq!(
            line("default", &["A=1"]).as_deref(),
            Some("pixcrawler env set --tier backend A=1")
        );
        assert_eq!(line("the process environment", &["A=1"]), None);
        let asks = at("backend", ".env:1", Environment::Production, &["A=-"]);
        assert!(asks.is_some_and(|cure| cure.asks && cure.line.ends_with("--env production")));
    }
}
