//! Python packages: installed, in step with the manifests and the lock, and none pruned.

mod asked;
mod lack;
mod lock;
mod told;

use std::collections::BTreeMap;

use crate::code::lock::{Requirement, uv_lock};
use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::facts::at_once;
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::packages::{AbsentSource, Member, PythonPackages};
use crate::gather::scripts::Elsewhere;
use crate::gather::tools;
use crate::gather::venv::{InTheWay, Lost, Obstacle};
use crate::text::command::Command;
use crate::text::plural;
use crate::text::remedy::{open_at, quoted};
use crate::toolchain::{Range, Said, Verdict, Version};
use crate::workspace::stack::{ANEW, Broken, Fault, Python};

use told::Told;

use super::foreign::Taking;
use super::kept::Kept;
use super::{foreign, shut, waits};

/// Packages are not installed.
pub(super) static MISSING: Rule = Rule {
    code: "packages/missing",
    severity: Severity::Error,
    summary: "packages that the workspace needs are not installed",
    text: "\
What the manifests name is not all in the environment: nothing was installed yet, a manifest was
changed, or a `uv sync` inside one member removed what the other members need (the members of a uv
workspace share one environment). Or an environment is there that cannot run: the Python that it was made
with is gone or closed, or the files of a package are gone, or its programs may not be run, or start another environment,
since the workspace was moved or copied. Or it belongs to root, as after `sudo uv sync`. Or in its place,
or in that of `node_modules`, is a file, or a link to nothing. Or a package is to come from a folder (`path`
in `tool.uv.sources`) that is not there.

Way out: install at the workspace's root; the command is printed with the finding.",
};

/// What is installed does not fit the manifests or the lock.
pub(super) static OUT_OF_STEP: Rule = Rule {
    code: "packages/out-of-step",
    severity: Severity::Warning,
    summary: "what is installed, what is locked and what the manifests ask for differ",
    text: "\
A manifest was changed after the last lock or the last installation, or there is no lock at all, so others
get other versions than you have. The bounds that hold for all packages (`constraint-dependencies`,
`override-dependencies`, `environments`) count too; a version outside of them cannot be locked. So do the
settings by which uv chooses versions (`resolution`, `prerelease`, `fork-strategy`, `exclude-newer`), who is a
member of the workspace and in which version, `required-environments`, `conflicts` and `default-groups`. uv and
bun are asked, too, whether they would write another lock, without writing one (`uv lock --check`,
`bun install --frozen-lockfile --dry-run`, both offline); where they would not, the lock is in step. Requirements that
exclude each other are told with who has them: no lock has both.

Way out: lock and install again with the command that is printed.",
};

pub(super) static RULES: &[&Rule] = &[&MISSING, &OUT_OF_STEP];

/// How many names are told one by one.
const NAMED: usize = 6;

pub(super) fn ask(facts: &Facts) -> Answer {
    let (asked, packages) = at_once(|| facts.uv_lock(), || facts.packages());
    // What uv takes is not refused, whatever it seems to be.
    let is_taken = asked.said.verdict == Verdict::InStep;
    let broken = packages.broken.iter().filter(|it| it.is_python());
    let is_refused = |it: &&Broken| !is_taken || it.fault == Fault::Stripped;
    if let Some(answer) = waits::told(broken.filter(is_refused)) {
        return answer;
    }
    let answer = match &packages.python {
        Some(packages) => {
            if let Some(answer) = asked::refused(facts, packages, asked) {
                return answer;
            }
            let side = facts.sides().python.as_ref();
            let with = side.map_or_else(Wanted::default, |side| Wanted::of(facts, side));
            let with = Wanted {
                said: asked.said.clone(),
                ..with
            };
            let kept = || {
                let file = packages.dir.join("uv.lock");
                Kept::of(facts, &file, |text| uv_lock(text).is_ok())
            };
            let sync = || sync(packages, &with);
            let answer = || judge(packages, &with, kept);
            match &packages.refusal {
                Some(it) => foreign::told(it, &MISSING, sync, Taking::of(facts), answer),
                None => answer(),
            }
        }
        None => Answer::irrelevant("no pyproject.toml"),
    };
    asked::slipped(answer, asked)
}

/// What is to be installed.
#[derive(Debug, Default)]
struct Wanted {
    /// The extras that the tiers' variables choose.
    extras: Vec<String>,
    /// The command that installs all of it.
    sync: String,
    /// What uv is told beside the manifests.
    told: Told,
    /// The settings by which it chooses versions.
    settings: BTreeMap<String, Option<String>>,
    /// What it says of manifests and lock.
    said: Said,
}

impl Wanted {
    fn of(facts: &Facts, side: &Python) -> Self {
        // Who offers none is not asked for its variables.
        let extras = if side.extras.is_empty() {
            Vec::new()
        } else {
            side.chosen_extras(&facts.tiers().seen)
        };
        Self {
            sync: side.sync(&extras).join(" "),
            extras,
            told: Told::of(&facts.questions.variables),
            settings: tools::locking(facts.workspace(), &side.dir, &facts.questions.variables),
            said: Said::default(),
        }
    }
}

/// What puts aside what is in the environment's place, and installs; none where nothing is in its way.
pub(super) fn freed(facts: &Facts) -> Option<Cure> {
    let packages = facts.packages().python.as_ref()?;
    let it = packages.in_the_way.as_ref()?;
    let wanted = Wanted::of(facts, facts.sides().python.as_ref()?);
    let sync = sync(packages, &wanted);
    let line = put_aside(it, &sync.line);
    Some(sync.line(line))
}

/// What installs all of it.
fn sync(packages: &PythonPackages, wanted: &Wanted) -> Cure {
    Cure::new(wanted.sync.as_str()).within(packages.dir.clone())
}

/// Packages that are there and of which something is gone.
fn damaged(mut answer: Answer, packages: &PythonPackages, sync: &Cure) -> Answer {
    if !packages.hollow.is_empty() {
        let cure = reinstall(sync, packages.hollow.iter());
        let message = format!(
            "the files of installed packages are gone: {}",
            few(&packages.hollow)
        );
        let finding = Finding::new(&MISSING, message)
            .subject("python")
            .note("what describes them is left, so an installer takes them for installed");
        answer = answer.mended_by(finding, cure);
    }
    if !packages.holed.is_empty() {
        let cure = reinstall(sync, packages.holed.keys());
        let finding = Finding::new(&MISSING, gone(Vec::new(), &packages.holed))
            .subject("python")
            .note("what describes the packages is left, so `uv sync` alone restores nothing");
        answer = answer.mended_by(finding, cure);
    }
    // Of those whose files are gone as well that was told.
    let lost = packages.lost_programs.iter();
    let lost = lost.filter(|(name, _)| !packages.hollow.contains(name));
    let (names, programs): (Vec<&String>, Vec<&Vec<String>>) = lost.unzip();
    if !names.is_empty() {
        let programs: Vec<String> = programs.into_iter().flatten().cloned().collect();
        let message = format!(
            "programs of installed packages are gone: {}",
            few(&programs)
        );
        let finding = Finding::new(&MISSING, message)
            .subject("python")
            .note("what describes the packages is left, so `uv sync` alone restores nothing");
        answer = answer.mended_by(finding, reinstall(sync, names.into_iter()));
    }
    answer
}

fn judge(packages: &PythonPackages, wanted: &Wanted, kept: impl FnOnce() -> Kept) -> Answer {
    let sync = sync(packages, wanted);
    let stale = asked::stale(packages, wanted);
    // It installs what an old lock has, or nothing, where it may not change it.
    let sync = match &stale {
        Some(_) => sync.clone().line(wanted.told.freed(&sync.line)),
        None => sync,
    };
    // Nothing is installed before they are there.
    if !packages.absent_sources.is_empty() {
        let absent = packages.absent_sources.iter().map(absent_source);
        return absent.fold(Answer::default(), Answer::problem);
    }
    if wanted.said.verdict != Verdict::InStep
        && let Some(finding) = lock::excluded(packages)
    {
        return Answer::default().problem(finding);
    }
    if let Some(why) = asked::unread(packages, &wanted.said) {
        // What it is worth only a person knows.
        return Answer::default().problem(lock::unread(packages, why, kept()));
    }
    // One that is gone and that git has comes back first: another one would have other versions.
    let is_kept = packages.lock.is_none() && stale.is_some() && kept() == Kept::Whole;
    let sync = if is_kept {
        let line = format!("{}uv.lock && {}", Kept::BACK, sync.line);
        sync.line(line)
    } else {
        sync
    };
    if let Some(it) = &packages.in_the_way {
        return in_the_way(it, sync);
    }
    let Some(installed) = &packages.installed else {
        let finding =
            Finding::new(&MISSING, "there is no Python environment yet").subject("python");
        return Answer::default().mended_by(finding, sync);
    };
    // uv makes one anew whose Python is gone; any other it must be told to.
    let anew = || {
        let line = format!("{ANEW} && {}", sync.line);
        // Those before 0.8 take the old one away unasked.
        let or = format!("uv venv && {}", sync.line);
        sync.clone().line(line).or([or])
    };
    if let Some(lost) = &packages.lost_interpreter {
        let (message, cure) = match lost {
            Lost::Gone(program) => (
                format!("the environment's Python is gone: there is no {program}"),
                sync,
            ),
            Lost::Closed(program) => (
                format!(
                    "the environment's Python is closed to us: {program} lies in a folder of somebody else's"
                ),
                anew(),
            ),
            Lost::Shut(program) => (
                format!("the environment's Python cannot be executed: {program}"),
                anew(),
            ),
        };
        let finding = Finding::new(&MISSING, message).subject("python").note(
            "no program of the environment starts; uv makes it anew with a Python that is there",
        );
        return Answer::default().mended_by(finding, cure);
    }
    if let Some(other) = &packages.elsewhere {
        let answer = Answer::default().mended_by(astray(other), anew());
        // A new environment takes nothing from the old one, but the lock.
        return told_of_lock(answer, stale, wanted, &sync);
    }
    let needed = needed(packages);
    let mut answer = Answer::found(plural(installed.len(), "package"));
    if let Some(finding) = lack::finding(packages, &needed, installed, &wanted.told) {
        answer = answer.mended_by(finding, sync.clone());
    }
    if let Some(finding) = lack::of_extras(packages, &wanted.extras, installed) {
        answer = answer.mended_by(finding, sync.clone());
    }
    answer = damaged(answer, packages, &sync);
    answer = shut::told(answer, &MISSING, "python", &packages.shut_programs, few);
    let unfit: Vec<String> = needed
        .iter()
        .flat_map(|member| unfit(member, &packages.everywhere.overrides, installed))
        .collect();
    if !unfit.is_empty() {
        let finding = Finding::new(
            &OUT_OF_STEP,
            format!("installed versions do not fit: {}", few(&unfit)),
        )
        .severity(Severity::Error)
        .subject("python");
        answer = answer.mended_by(finding, sync.clone());
    }
    if stale.is_some() {
        return told_of_lock(answer, stale, wanted, &sync);
    }
    // What does not fit is another version than the lock has, too, and goes with the same command.
    match lock::other(packages, installed).filter(|_| unfit.is_empty()) {
        Some(finding) => answer.mended_by(finding, sync),
        None => answer,
    }
}

/// With what is to be said of a lock that is missing or old.
fn told_of_lock(answer: Answer, stale: Option<Finding>, wanted: &Wanted, sync: &Cure) -> Answer {
    let Some(mut finding) = stale else {
        return answer;
    };
    finding.notes.extend(wanted.told.keeps());
    if sync.line.contains(Kept::BACK) {
        let note = "the last commit has it; `uv lock` alone would choose all versions anew";
        return answer.mended_by(finding.note(note), sync.clone());
    }
    let line = format!("{} && {}", wanted.told.freed("uv lock"), sync.line);
    answer.mended_by(finding, sync.clone().line(line))
}

/// What installs some packages anew that uv takes for installed.
fn reinstall<'a>(sync: &Cure, names: impl Iterator<Item = &'a String>) -> Cure {
    let options = names.map(|name| format!(" --reinstall-package {}", quoted(name)));
    let line = format!("{}{}", sync.line, options.collect::<String>());
    sync.clone().line(line)
}

/// What lies where the environment is to be is put aside.
fn in_the_way(it: &InTheWay, sync: Cure) -> Answer {
    let InTheWay { path, what } = it;
    let (message, note) = match what {
        Obstacle::Folder => (
            format!("{path} is no Python environment, and not empty"),
            "uv leaves alone what it did not make",
        ),
        Obstacle::Undescribed(python) => (
            format!("{path} lacks its pyvenv.cfg: its Python is {python} itself"),
            "`uv sync` would install into that Python, and remove from it what the workspace does not need",
        ),
        Obstacle::File => (
            format!("{path} is a file, and leads to no Python environment"),
            "uv takes such a file for the path of the environment, and refuses one that is none",
        ),
        Obstacle::Link(target) => (
            format!("{path} is a link to {target}, which is gone"),
            "uv makes no environment through such a link",
        ),
    };
    let finding = Finding::new(&MISSING, message).subject("python").note(note);
    let line = put_aside(it, &sync.line);
    Answer::default().mended_by(finding, sync.line(line))
}

/// A line, after what is in the way was put aside.
pub(super) fn put_aside(InTheWay { path, what }: &InTheWay, line: &str) -> String {
    let away = if matches!(what, Obstacle::Link(_)) {
        // A link leads to nothing that anybody would miss.
        Command::new(if cfg!(windows) { "rmdir" } else { "rm" }).path(path)
    } else {
        let aside = Command::new(if cfg!(windows) { "move" } else { "mv" });
        aside.path(path).path(format!("{path}.old"))
    };
    away.and(line).to_string()
}

/// A package that is to come from where nothing is.
fn absent_source(absent: &AbsentSource) -> Finding {
    let AbsentSource {
        name,
        path,
        file,
        line,
    } = absent;
    let message = format!("{name} is to come from {path}, where nothing is ({file}:{line})");
    Finding::new(&MISSING, message)
        .subject(name.as_str())
        .in_file(file.clone())
        .note("uv installs nothing and runs nothing without it: put it back, or write where it is now")
        .help(open_at(file.as_str(), *line))
}

/// Programs of the environment that start another one.
fn astray(other: &Elsewhere) -> Finding {
    let interpreter = &other.interpreter;
    let message = if other.is_there {
        format!("the environment's programs run another one's packages: they start {interpreter}")
    } else {
        format!("no program of the environment starts: they look for {interpreter}, which is gone")
    };
    Finding::new(&MISSING, message).subject("python").note(
        "the workspace was moved or copied: programs know the folder that they were installed in, and \
         `uv sync` leaves them as they are",
    )
}

/// The members that the first project reaches; all where it names none of them.
fn needed(packages: &PythonPackages) -> Vec<&Member> {
    let Some(first) = packages.members.first() else {
        return Vec::new();
    };
    let find = |name: &str| packages.members.iter().find(|member| member.name == name);
    let mut reached: Vec<&Member> = vec![first];
    let mut at = 0;
    while let Some(member) = reached.get(at).copied() {
        for requirement in &member.requirements {
            if let Some(next) = find(&requirement.name)
                && !reached.iter().any(|known| known.name == next.name)
            {
                reached.push(next);
            }
        }
        at += 1;
    }
    if reached.len() == 1 || first.dir != packages.dir {
        packages.members.iter().collect()
    } else {
        reached
    }
}

fn unfit(
    member: &Member,
    overrides: &[Requirement],
    installed: &BTreeMap<String, String>,
) -> Vec<String> {
    let bound = member
        .requirements
        .iter()
        .filter(|requirement| !requirement.conditional);
    bound
        .filter_map(|requirement| {
            let version = installed.get(&requirement.name)?;
            // uv takes all that it is told to install instead, each where its marker holds.
            let mut instead = overrides.iter().filter(|it| it.name == requirement.name);
            let first = instead.next();
            if first.is_some_and(|first| first.conditional) || instead.next().is_some() {
                return None;
            }
            let requirement = first.unwrap_or(requirement);
            if requirement.bounds.is_empty() {
                return None;
            }
            let fits = Version::parse(version)
                .is_none_or(|version| Range::parse(&requirement.bounds).contains(&version));
            (!fits).then(|| {
                format!(
                    "{} {version}, {} needs {}",
                    requirement.name, member.name, requirement.bounds
                )
            })
        })
        .collect()
}

/// That files are gone: of some packages all, of others one that is named beside its package.
pub(super) fn gone(mut names: Vec<String>, holed: &BTreeMap<String, String>) -> String {
    if names.is_empty()
        && let [(name, file)] = holed.iter().collect::<Vec<_>>().as_slice()
    {
        return format!("files of {name} are gone: {file}");
    }
    names.extend(holed.iter().map(|(name, file)| format!("{name} ({file})")));
    format!("files of installed packages are gone: {}", few(&names))
}

/// The first few of a list, and how many there are beside them.
pub(super) fn few(names: &[String]) -> String {
    match names.get(..NAMED) {
        Some(first) if names.len() > NAMED => {
            format!("{} and {} more", first.join(", "), names.len() - NAMED)
        }
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests;
