//! The env files, as `env check` judges them.

mod related;

use camino::Utf8PathBuf;

use crate::diagnostic::{Finding, Report, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::declared;
use crate::schema::check;
use crate::system::{access, fs};
use crate::text::remedy::{self, quoted};
use crate::text::{and_list, plural};
use crate::workspace::{CONFIG, Environment};

use super::{extras, foreign, patterns, place, servers};

/// What a variable without a value is told under.
const VALUELESS: &[&str] = &["env/missing", "env/empty", "env/placeholder"];

/// A value that the environment does not accept.
const UNFIT: &str = "env/unfit";

/// A value that is none of its type.
const NO_PORT: &[&str] = &["env/wrong-type", "env/out-of-range"];

/// The variable with the port that a tier's own program listens on.
const PORT: &str = "PORT";

/// Variables that say different things; one way out may be a single value.
const CONTRADICTION: &str = "env/contradiction";

/// A tier without the file that its values belong in.
const NO_FILE: &str = "env/file-missing";

/// What a variable is called that nothing sets.
const MISSING: &str = "env/missing";

/// What is said where nothing is wrong.
const SOUND: &str = "all tiers sound";

/// A line of a file that has no effect.
const HIDDEN: &str = "env/shadowed";

pub(super) fn ask(facts: &Facts) -> Answer {
    let environment = facts.questions.environment.as_str();
    let check = format!("pixcrawler env check --env {environment}");
    let check = facts.questions.stand.line(&check);
    let found = facts.tiers().findings.iter();
    let findings: Vec<Finding> = found
        .chain(&facts.questions.rules)
        .map(|finding| with_command(facts, finding.clone()))
        .collect();
    let wrong = facts.tiers().findings.iter();
    let wrong = wrong.filter(|finding| finding.severity > Severity::Info);
    let (mut cures, mut is_certain) = (Vec::new(), false);
    for finding in wrong {
        match cure(facts, finding) {
            // What has a command of its own is mended by that alone.
            Some(cure) => cures.push(cure),
            None => is_certain |= finding.fix.is_some(),
        }
    }
    let fix = is_certain.then(|| Cure::new(fix(environment)).leaving_some());
    // What a check of the env files alone does not know of is no part of its count.
    let refused = patterns::judge(facts).beside(extras::judge(facts));
    let mut answer = judge(&findings, &check, fix, cures);
    let gone = facts.lost().iter().find(|it| it.is_needed && it.is_side);
    if !refused.findings.is_empty() || gone.is_some() {
        answer.found.retain(|fact| fact != SOUND);
    }
    if let Some(gone) = gone {
        // The file with its values went with it.
        let why = format!("waits for {}, which is gone", gone.path);
        if answer.findings.is_empty() {
            answer.skipped = Some(why);
        } else {
            answer.found.push(why);
        }
    }
    borrowed(facts)
        .into_iter()
        .fold(answer, Answer::and)
        .beside(refused)
}

/// The tiers whose loader reads production's files for staging.
fn borrowed(facts: &Facts) -> Vec<String> {
    let tiers = facts.environments().tiers().iter();
    tiers
        .filter_map(|gathered| {
            let name = &gathered.tier.name;
            let files = gathered.resolved.files.iter();
            let files: Vec<&str> = files
                .map(|(file, _)| file.path().as_str())
                .filter(|path| place::borrowed(facts, name, &format!("{path}:1")).is_some())
                .collect();
            (!files.is_empty()).then(|| {
                format!(
                    "{name}: {}, production's, since Next has no mode for staging",
                    and_list(&files)
                )
            })
        })
        .collect()
}

fn judge(findings: &[Finding], check: &str, fix: Option<Cure>, cures: Vec<Cure>) -> Answer {
    let report = Report::new(findings.to_vec());
    let summary = report.summary();
    let answer = Answer {
        findings: report.findings().to_vec(),
        ..Answer::default()
    };
    if (summary.error, summary.warning) == (0, 0) {
        return answer.and(SOUND);
    }
    let mut all: Vec<Cure> = fix.into_iter().chain(cures).collect();
    all.dedup();
    Answer {
        cures: all,
        ..answer.and(format!(
            "{}, {}: {check}",
            plural(summary.error, "error"),
            plural(summary.warning, "warning")
        ))
    }
}

/// The command that gives a variable its value, or makes the file of a tier.
fn cure(facts: &Facts, finding: &Finding) -> Option<Cure> {
    if shut(facts, finding).is_some() {
        return None;
    }
    if let Some((copy, _)) = finding.help.as_deref()?.split_once(", then fill in ") {
        return Some(Cure::new(if cfg!(windows) {
            copy.replacen("cp ", "copy ", 1).replace('/', "\\")
        } else {
            copy.to_owned()
        }));
    }
    if let Some((scaffold, file)) = finding
        .help
        .as_deref()?
        .split_once(", then copy the example to ")
    {
        let (from, to) = (quoted(&format!("{file}.example")), quoted(file));
        return Some(Cure::new(if cfg!(windows) {
            let copy = format!("copy {from} {to}").replace('/', "\\");
            format!("{scaffold} && {copy}")
        } else {
            format!("{scaffold} && cp {from} {to}")
        }));
    }
    if in_settings(finding).is_some() || of_process(facts, finding).is_some() {
        return None;
    }
    if finding.rule.code == UNFIT {
        return fitting(facts, finding);
    }
    if NO_PORT.contains(&finding.rule.code) {
        return usual_port(facts, finding);
    }
    if finding.rule.code == CONTRADICTION {
        return related::cure(facts, finding);
    }
    if !VALUELESS.contains(&finding.rule.code) {
        return None;
    }
    let (name, tier) = (finding.subject.as_deref()?, finding.tier.as_deref()?);
    let environment = facts.questions.environment;
    if finding.help.as_deref()?.starts_with(check::LEFT_OUT) {
        return left_out(finding, name, environment);
    }
    let origin = finding.place.as_ref().map_or_else(
        || place::DEFAULT.to_owned(),
        |label| {
            let origin = format!("{}:{}", label.source.path(), label.start().line);
            place::changed(facts, tier, &origin)
        },
    );
    // The browser's name for what the backend has: the same value.
    if let Some(same) = name.strip_prefix("NEXT_PUBLIC_")
        && let Some(owner) = ["backend", "root"]
            .into_iter()
            .find(|tier| knows(facts, tier, same))
    {
        let like = format!("{owner}:{same}");
        let first = facts
            .tiers()
            .findings
            .iter()
            .filter(|it| it.tier.as_deref() == Some(owner) && it.subject.as_deref() == Some(same))
            .find_map(|it| cure(facts, it));
        let cure = place::at(tier, &origin, environment, &[name, "--like", &like])?;
        return Some(cure.after(first.as_ref()));
    }
    if let Some(cure) = servers::derived(facts, tier, name, &origin) {
        return Some(cure);
    }
    if let Some(set) = usual(facts, finding) {
        return place::at(tier, &origin, environment, &[set]);
    }
    // A warning is for a value that may be left out, unless another environment has a use for it. One that is not there
    // cannot be.
    let is_set = finding.rule.code != MISSING;
    let file = finding.place.as_ref().map(|label| label.source.path());
    let is_shared = file.is_some_and(|file| place::own(facts, tier, file.as_str()).is_some());
    if finding.severity != Severity::Error && is_set && !is_shared {
        return left_out(finding, name, environment);
    }
    place::at(tier, &origin, environment, &[&format!("{name}=-")])
}

/// The command that gives a tier's own port its usual value, where what stands there is no port: whoever calls it by
/// another one is told so.
fn usual_port(facts: &Facts, finding: &Finding) -> Option<Cure> {
    let tier = finding.tier.as_deref()?;
    finding.subject.as_deref().filter(|it| *it == PORT)?;
    let gathered = facts.environments().gathered(tier)?;
    let port = gathered.schema.get(PORT)?;
    let port = port.default_in(facts.questions.environment)?;
    place::set(facts, tier, PORT, &[&format!("{PORT}={port}")])
}

/// The line with the value that is usual for a variable which the code alone asks for.
fn usual<'a>(facts: &Facts, finding: &'a Finding) -> Option<&'a str> {
    let (name, tier) = (finding.subject.as_deref()?, finding.tier.as_deref()?);
    let gathered = facts.environments().gathered(tier)?;
    let is_asked = gathered.said.iter().any(|it| it.name == name);
    let variable = gathered.schema.get(name).filter(|_| is_asked)?;
    variable.default_in(facts.questions.environment)?;
    let (_, set) = finding.help.as_deref()?.split_once(": ")?;
    set.starts_with(&format!("{name}=")).then_some(set)
}

/// The folder in which a file is to be made, where this user may make none; the workspace's own is named in full.
fn shut(facts: &Facts, finding: &Finding) -> Option<Utf8PathBuf> {
    if finding.rule.code != NO_FILE {
        return None;
    }
    let folder = finding.file.as_ref()?.parent()?;
    let place = facts.workspace().path(folder);
    let is_shut = fs::is_dir(&place) && !access::writable(&place);
    is_shut.then(|| match folder.as_str() {
        "" => facts.workspace().root.clone(),
        _ => folder.to_owned(),
    })
}

/// The command that gives a variable of a tier a value that it lacks, as it is told here: who tells of it, too, asks
/// nobody twice.
pub(super) fn value(facts: &Facts, tier: &str, name: &str) -> Option<Cure> {
    let is_it = |it: &&Finding| {
        it.severity > Severity::Info
            && it.tier.as_deref() == Some(tier)
            && it.subject.as_deref() == Some(name)
            && VALUELESS.contains(&it.rule.code)
    };
    let finding = facts.tiers().findings.iter().find(is_it)?;
    cure(facts, finding)
}

/// The command that sets what the environment accepts, where that is one value, else the one that asks
/// for it.
fn fitting(facts: &Facts, finding: &Finding) -> Option<Cure> {
    let (name, tier) = (finding.subject.as_deref()?, finding.tier.as_deref()?);
    let environment = facts.questions.environment;
    let gathered = facts.environments().gathered(tier)?;
    let limits = gathered.schema.get(name)?.limits.get(&environment)?;
    let said = finding.help.as_deref().unwrap_or_default();
    let only = limits
        .one_of
        .as_deref()
        .and_then(|accepted| match accepted {
            [only] => Some(format!("{name}={only}")),
            _ => None,
        });
    let only = only.filter(|only| said.starts_with(&format!("set {only}")));
    let set = only.unwrap_or_else(|| format!("{name}=-"));
    place::set(facts, tier, name, &[&set])
}

/// The command that makes the line with a value that is none a comment.
fn left_out(finding: &Finding, name: &str, environment: Environment) -> Option<Cure> {
    let file = quoted(finding.place.as_ref()?.source.path().as_str());
    let name = quoted(name);
    let mut line = format!("pixcrawler env unset --file {file} {name}");
    if environment != Environment::Development {
        line = format!("{line} --env {environment}");
    }
    Some(Cure::new(line))
}

/// Whether a tier has a variable, with or without a sound value.
fn knows(facts: &Facts, tier: &str, name: &str) -> bool {
    let set = facts.value(tier, name).is_some();
    let asked = || {
        facts.tiers().findings.iter().any(|finding| {
            finding.tier.as_deref() == Some(tier) && finding.subject.as_deref() == Some(name)
        })
    };
    set || asked()
}

/// The finding with the command in the place of words, where there is one.
fn with_command(facts: &Facts, mut finding: Finding) -> Finding {
    if finding.severity == Severity::Info {
        return finding;
    }
    if let Some(folder) = shut(facts, &finding) {
        let owner = access::owner(&facts.workspace().path(&folder));
        let whose = foreign::whose(owner.as_ref());
        let taking = foreign::Taking::of(facts);
        let ours = taking.made_ours(&folder, &[], owner.as_ref());
        finding
            .notes
            .push(format!("you may not write {folder}: {whose}"));
        let words = finding.help.take().unwrap_or_default();
        finding.notes.push(format!("then: {words}"));
        return finding.help(ours);
    }
    let line = match cure(facts, &finding) {
        _ if let Some(line) = in_terminal(facts, &finding) => line,
        Some(cure) => cure.typed(),
        None if finding.fix.is_some() => fix(facts.questions.environment.as_str()),
        None if let Some(line) = in_settings(&finding) => line,
        None => return finding,
    };
    let said = finding.help.take().unwrap_or_default();
    let name = finding.subject.clone().unwrap_or_default();
    let said = declared::narrowed(facts.declared(), &name, &said);
    // What the line does already need not be said once more, for another folder.
    let left = match said.split_once(", then ") {
        Some((command, rest)) if line.contains(command) => rest,
        _ => &said,
    };
    if !left.is_empty() && !left.starts_with("copy the example to ") {
        finding.notes.push(left.to_owned());
    }
    finding.help = Some(line);
    finding
}

/// The line that opens the place of what `pixcrawler.toml` gives a service: it is corrected by hand.
fn in_settings(finding: &Finding) -> Option<String> {
    let place = finding.place.as_ref()?;
    let is_it = place.source.path() == CONFIG;
    is_it.then(|| remedy::open_at(CONFIG, place.start().line))
}

/// The variable of a finding whose value is the process environment's: no command of ours changes that.
fn of_process<'a>(facts: &Facts, finding: &'a Finding) -> Option<&'a str> {
    let (tier, name) = (finding.tier.as_deref()?, finding.subject.as_deref()?);
    if in_settings(finding).is_some() {
        return None;
    }
    facts.tiers().is_of_process(tier, name).then_some(name)
}

/// The line for this terminal that mends what its variables do. Those that files set too are taken away: all
/// at once that are as wrong as this one, or the next run would tell of the next one.
fn in_terminal(facts: &Facts, finding: &Finding) -> Option<String> {
    let name = of_process(facts, finding)?;
    let found = || facts.tiers().findings.iter();
    let is_in_file = |name: &str| {
        let mut hidden = found().filter(|it| it.rule.code == HIDDEN);
        hidden.any(|it| of_process(facts, it) == Some(name))
    };
    if !is_in_file(name) {
        return Some(match accepted(finding, name) {
            Some(value) => remedy::set_to(name, value),
            None => remedy::set_here(name),
        });
    }
    let mut names: Vec<String> = Vec::new();
    for other in found().filter(|it| it.severity >= finding.severity) {
        let other = of_process(facts, other).filter(|it| is_in_file(it));
        if let Some(other) = other.filter(|it| !names.iter().any(|known| known == it)) {
            names.push(other.to_owned());
        }
    }
    Some(remedy::unset(&names))
}

/// The one value that a finding tells somebody to set: `set DEBUG=false`, and no `set DEBUG=a or b`.
fn accepted<'a>(finding: &'a Finding, name: &str) -> Option<&'a str> {
    let said = finding.help.as_deref()?.strip_prefix("set ")?;
    let value = said.strip_prefix(name)?.strip_prefix('=')?;
    let value = match value.split_once(" in ") {
        Some((value, _)) => value,
        None => value,
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    (!value.is_empty() && value.chars().all(is_word)).then_some(value)
}

/// What mends everything that is certain.
fn fix(environment: &str) -> String {
    format!("pixcrawler env check --fix --env {environment}")
}
