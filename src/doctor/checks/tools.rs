//! Python, uv, Node, the frontend's package manager, git.

mod chosen;

use std::borrow::Cow;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Finding;
use crate::doctor::{Answer, Cure, Facts, Status};
use crate::gather;
use crate::system::program::{self, Answered};
use crate::text::{and_list, remedy};
use crate::toolchain::{self, Range, Tool, Version};
use crate::workspace::stack::Manager;

use super::{foreign, python_packages, waits};

/// A program that is asked for its version once more, to tell who is to blame.
const QUICK: Duration = Duration::from_secs(2);

pub(super) fn python(facts: &Facts) -> Answer {
    named(facts, "python", "no pyproject.toml")
}

pub(super) fn uv(facts: &Facts) -> Answer {
    named(facts, "uv", "no pyproject.toml")
}

pub(super) fn node(facts: &Facts) -> Answer {
    let answer = named(facts, "node", "no package.json");
    let web = facts.sides().web.as_ref();
    let tool = facts.tools().iter().find(|tool| tool.name == "node");
    // One that does not answer has told why.
    if let (Some(web), Some(tool), Status::Pass | Status::Warn) = (web, tool, answer.status())
        && let Some(misled) =
            gather::tools::node_misled(facts.workspace(), web, &facts.questions.variables)
        && let Err(finding) = toolchain::judge(tool, &misled)
    {
        return answer.problem(*finding);
    }
    answer
}

pub(super) fn web_manager(facts: &Facts) -> Answer {
    let web = facts.sides().web.as_ref();
    let manager = web.map_or(Manager::Bun, |web| web.manager);
    let name = manager.program();
    let mut answer = named(facts, name, "no package.json");
    let tool = facts.tools().iter().find(|tool| tool.name == name);
    if let (Some(web), Some(tool), Manager::Bun) = (web, tool, manager)
        && let Some(misled) =
            gather::tools::bun_misled(facts.workspace(), web, &facts.questions.variables)
        && let Err(finding) = toolchain::judge(tool, &misled)
    {
        answer = answer.problem(*finding);
    }
    if let Some(packages) = &facts.packages().web
        && let Some(named) = packages.package_manager.as_deref()
        && named.split('@').next() != Some(name)
    {
        let file = packages.package_manager_in.as_str();
        let line = packages.package_manager_at;
        answer = answer.problem(toolchain::unknown_manager(named, file, line, name));
    }
    if let Some(packages) = &facts.packages().web
        && let Some(pin) = &packages.other_manager
    {
        let version = version(facts, name);
        answer = answer.problem(toolchain::other_manager(pin, version.as_ref()));
    }
    Answer {
        label: Some(name.to_owned()),
        ..answer
    }
}

/// The version that a tool says it is.
fn version(facts: &Facts, name: &str) -> Option<Version> {
    let tool = facts.tools().iter().find(|tool| tool.name == name)?;
    match said_by(facts, tool) {
        toolchain::Answer::Said { text, .. } => Version::find(&text),
        _ => None,
    }
}

/// What a tool says of its version.
fn said_by(facts: &Facts, tool: &Tool) -> toolchain::Answer {
    let known = match tool.name {
        "uv" => facts.uv_itself(),
        "bun" => facts.bun(),
        _ => None,
    };
    if let Some(said) = known {
        return said.clone();
    }
    let variables = &facts.questions.variables;
    gather::tools::ask_one(facts.workspace(), tool, variables, || facts.uv())
}

pub(super) fn git(facts: &Facts) -> Answer {
    named(facts, "git", "no git repository")
}

fn named(facts: &Facts, name: &str, without: &str) -> Answer {
    let tool = facts.tools().iter().find(|tool| tool.name == name);
    if let Some(finding) = tool.and_then(toolchain::refused) {
        return Answer::default().problem(*finding);
    }
    match tool {
        // uv finds Python, or fetches one: first things first.
        Some(tool) if tool.name == "python" && python_waits(facts, tool) => {
            let judged = toolchain::judge(tool, &toolchain::Answer::Missing);
            let uv = facts.tools().iter().find(|tool| tool.name == "uv");
            let way = uv.map_or("", Tool::install).to_owned();
            match judged {
                Err(mut finding) => {
                    finding.notes =
                        vec!["uv comes first: it finds a Python, or fetches one".to_owned()];
                    finding.help = Some(way);
                    Answer::default().problem(*finding)
                }
                Ok(_) => Answer::default(),
            }
        }
        Some(tool) => {
            let variables = &facts.questions.variables;
            let said = said_by(facts, tool);
            if let Some(waiting) = waits_for_uv(facts, tool, &said) {
                return waiting;
            }
            let mut answer = judge(&as_bound(facts, tool), &said);
            let nowhere = nowhere(facts, tool, &said);
            let nowhere = nowhere.or_else(|| chosen::finding(facts, tool, &said));
            if let Some(finding) = nowhere.clone() {
                let without = Answer {
                    findings: Vec::new(),
                    cures: Vec::new(),
                    ..answer
                };
                answer = with(without, finding, &[]);
            }
            let listed = facts.manifests().python.as_ref();
            let listed = listed.and_then(|side| side.listed_python.as_ref());
            if let (true, Some(pin), toolchain::Answer::Said { text, .. }) =
                (answer.findings.is_empty(), listed, &said)
                && tool.name == "python"
                && let Some(version) = Version::find(text)
                && let Some(finding) = toolchain::judge_listed(tool, pin, &version)
            {
                answer = with(answer, finding, &[]);
            }
            if let ("python", true, None, Some(python)) = (
                tool.name,
                answer.findings.is_empty(),
                &tool.pinned,
                &facts.sides().python,
            ) && let Some(pin) =
                gather::tools::passed_over(facts.workspace(), &python.dir, variables)
            {
                answer = answer.problem(toolchain::passed_over(tool, &pin));
            }
            // uv looks for the project, and the pin, from where it is started.
            if let ("python", Some(python)) = (tool.name, &facts.sides().python) {
                for (cure, finding) in answer.cures.iter_mut().zip(&mut answer.findings) {
                    *cure = cure.clone().within(python.dir.clone());
                    finding.help = Some(cure.typed());
                }
                if !answer.cures.is_empty()
                    && let Some(side) = &facts.packages().python
                    && let Some(refusal) = &side.refusal
                {
                    let writes = |cure: &Cure| cure.line.contains("uv sync");
                    answer = foreign::cured(answer, refusal, foreign::Taking::of(facts), writes);
                }
            }
            match &said {
                _ if nowhere.is_some() => answer,
                toolchain::Answer::Silent(_) => match blocked(facts, tool) {
                    Some(cure) => cured_by(answer, cure),
                    None => unfit(facts, tool, answer),
                },
                // Nothing is installed or put aside for it.
                toolchain::Answer::Prevented { .. } | toolchain::Answer::Misled { .. } => Answer {
                    cures: Vec::new(),
                    ..answer
                },
                toolchain::Answer::Said { text, .. } => match Version::find(text) {
                    None => unfit(facts, tool, answer),
                    Some(version) if tool.range.contains(&version) => match pinned(tool) {
                        Some(range) if is_for_npm(&answer) => match further(facts, tool, &range) {
                            Some(good) => hidden(answer, good),
                            None => answer,
                        },
                        _ => answer,
                    },
                    Some(_) => match further(facts, tool, &tool.range) {
                        Some(good) => hidden(answer, good),
                        None => answer,
                    },
                },
                _ => answer,
            }
        }
        None => waits::for_side(facts, matches!(name, "python" | "uv"))
            .filter(|_| name != "git")
            .unwrap_or_else(|| Answer::irrelevant(without)),
    }
}

/// Where uv does nothing here, of which others tell why: of Python nothing is known until then.
fn waits_for_uv(facts: &Facts, tool: &Tool, said: &toolchain::Answer) -> Option<Answer> {
    let is_misled = tool.name == "python" && matches!(said, toolchain::Answer::Misled { .. });
    if is_misled && facts.is_asked("uv") && facts.uv_itself() == Some(said) {
        let words = "waits for uv, which tells what keeps it from its work";
        return Some(Answer::skipped(words));
    }
    let toolchain::Answer::Silent(why) = said else {
        return None;
    };
    if tool.name != "python" {
        return None;
    }
    // What makes the environment anew is one command, and run once.
    let python = facts.packages().python.as_ref();
    let is_lost = python.is_some_and(|side| side.lost_interpreter.is_some());
    if is_lost && facts.is_asked("python-packages") {
        let words = "waits for the environment, of which python-packages tells what is wrong";
        return Some(Answer::skipped(words));
    }
    if toolchain::is_of_version(why) {
        return Some(Answer::skipped(
            "waits for uv, which is of another version than is asked for",
        ));
    }
    let mut broken = facts.manifests().broken.iter().filter(|it| it.is_python());
    let manifest = broken.next().filter(|_| toolchain::is_of_groups(why))?;
    Some(Answer::skipped(manifest.keeps_waiting()))
}

/// The Python that is pinned, where uv has none of that release and knows no download of it: what installs
/// it would fail.
fn nowhere(facts: &Facts, tool: &Tool, said: &toolchain::Answer) -> Option<Finding> {
    let pin = tool.pinned.as_ref().filter(|_| tool.name == "python")?;
    if let toolchain::Answer::Said { text, .. } = said
        && let (Some(version), Some(wanted)) = (Version::find(text), pin.range(tool.name))
        && wanted.contains(&version)
    {
        return None;
    }
    let finding = toolchain::nowhere(tool)?;
    let dir = &facts.sides().python.as_ref()?.dir;
    let variables = &facts.questions.variables;
    let known = gather::tools::knows_python(facts.workspace(), dir, &pin.release()?, variables);
    (known == Some(false)).then_some(finding)
}

/// The tool with its pin, as far as npm is one that insists on it.
fn as_bound<'a>(facts: &Facts, tool: &'a Tool) -> Cow<'a, Tool> {
    let is_bound = tool.pinned.as_ref().is_some_and(|pin| pin.is_bound);
    let has_npm = facts.tools().iter().any(|tool| tool.name == "npm");
    if !is_bound || !has_npm || tool.name != "node" {
        return Cow::Borrowed(tool);
    }
    let version = version(facts, "npm");
    let binding = Range::of_npm(toolchain::BINDING_NPM);
    let mut tool = tool.clone();
    if let Some(pin) = &mut tool.pinned {
        pin.is_bound = version.is_some_and(|version| binding.contains(&version));
    }
    Cow::Owned(tool)
}

/// Folders of the system, in which nobody puts anything aside.
const SYSTEM: &[&str] = &["/bin", "/sbin", "/usr/bin", "/usr/sbin", "C:\\Windows"];

/// What frees the place of the environment, where it is that for which uv finds no Python.
fn blocked(facts: &Facts, tool: &Tool) -> Option<Cure> {
    let is_python = tool.name == "python";
    is_python.then(|| python_packages::freed(facts)).flatten()
}

/// With one cure for all of it.
fn cured_by(mut answer: Answer, cure: Cure) -> Answer {
    for finding in &mut answer.findings {
        finding.notes.clear();
        finding.help = Some(cure.typed());
    }
    answer.cures = vec![cure];
    answer
}

/// Whether npm is to install the version that is pinned: it does so where it does, which may lie behind on PATH.
fn is_for_npm(answer: &Answer) -> bool {
    let mut cures = answer.cures.iter();
    cures.any(|cure| cure.line.starts_with("npm install "))
}

/// The versions that are pinned, as far as they work.
fn pinned(tool: &Tool) -> Option<Range> {
    let range = tool.pinned.as_ref()?.range(tool.name)?;
    toolchain::meet(&range, &tool.range).then_some(range)
}

/// What comes first on PATH is no such program: the one behind it is enough, where that would do.
fn unfit(facts: &Facts, tool: &Tool, answer: Answer) -> Answer {
    match further(facts, tool, &tool.range) {
        Some(good) => hidden(answer, good),
        None => aside(facts, tool, answer),
    }
}

/// Installing another one helps nobody while the one that hangs comes first on PATH.
fn aside(facts: &Facts, tool: &Tool, mut answer: Answer) -> Answer {
    let Some(path) = in_the_way(facts, tool) else {
        return answer;
    };
    if let (false, Some(finding)) = (is_of_system(&path), answer.findings.last_mut()) {
        finding.notes.push(format!(
            "{path} is no {}, and comes first; afterwards: {}",
            tool.name,
            tool.install()
        ));
        finding.help = Some(remedy::put_aside(path.as_str()));
        answer.cures.clear();
    }
    answer
}

fn is_of_system(program: &Utf8Path) -> bool {
    let folder = program.parent();
    folder.is_none_or(|folder| SYSTEM.iter().any(|system| folder.starts_with(system)))
}

/// Where programs for choosing a version keep theirs: another one is a matter of choosing it.
const CHOSEN: &[&str] = &["nvm", "fnm", "volta", "mise", "asdf", "pyenv"];

/// Nor does it help while one that is too old comes before one that would do.
fn hidden(mut answer: Answer, (before, good, version): Further) -> Answer {
    let is_chosen = |path: &Utf8PathBuf| {
        let folders = path.components().map(|part| part.as_str());
        let mut names = folders.map(|folder| folder.trim_start_matches('.'));
        names.any(|name| CHOSEN.iter().any(|known| name.starts_with(known)))
    };
    if before.iter().any(is_chosen) {
        return answer;
    }
    if let Some(finding) = answer.findings.last_mut() {
        let lines: Vec<String> = before
            .iter()
            .map(|path| remedy::put_aside(path.as_str()))
            .collect();
        let folder = good.parent().map_or("", Utf8Path::as_str);
        finding.notes = vec![format!(
            "{} comes before {good}, which is {version}",
            and_list(&before)
        )];
        finding.help = Some(if before.iter().any(|path| is_of_system(path)) {
            remedy::on_path(folder)
        } else {
            lines.join(if cfg!(windows) { " & " } else { " && " })
        });
        answer.cures.clear();
    }
    answer
}

/// Those that come first on PATH, the program behind them that would do, and its version.
type Further = (Vec<Utf8PathBuf>, Utf8PathBuf, Version);

/// The first program further along PATH whose version lies in a range, where that of the first of all does not.
fn further(facts: &Facts, tool: &Tool, range: &Range) -> Option<Further> {
    let variables = &facts.questions.variables;
    let name = tool.command.first()?;
    // uv looks for a Python by itself, and an environment has one of its own.
    if tool.name == "python" && (name == "uv" || name.contains(['/', '\\'])) {
        return None;
    }
    let mut all = program::find_all(name, variables).into_iter();
    let mut before = vec![all.next()?];
    for path in all {
        let words = [path.to_string(), "--version".to_owned()];
        let said = program::ask(&words, &facts.workspace().root, variables, QUICK);
        let version = match said {
            Answered::Ended { success, text, .. } if success => Version::find(&text),
            _ => None,
        };
        match version.filter(|version| range.contains(version)) {
            Some(version) => return Some((before, path, version)),
            None => before.push(path),
        }
    }
    None
}

/// The program that does not answer. uv looks for a Python by asking those on PATH.
fn in_the_way(facts: &Facts, tool: &Tool) -> Option<Utf8PathBuf> {
    let variables = &facts.questions.variables;
    let program = tool.command.first()?;
    if tool.name != "python" || program != "uv" {
        return program::find(program, variables);
    }
    let python = ["python3", "python"]
        .iter()
        .find_map(|name| program::find(name, variables))?;
    let words = [python.to_string(), "--version".to_owned()];
    let said = program::ask(&words, &facts.workspace().root, variables, QUICK);
    match said {
        Answered::Ended { success, text, .. } if success && Version::find(&text).is_some() => None,
        _ => Some(python),
    }
}

/// Whether there is neither a Python nor the tool that gets one.
fn python_waits(facts: &Facts, tool: &Tool) -> bool {
    let variables = &facts.questions.variables;
    let there = |program: &str| program::find(program, variables).is_some();
    tool.command
        .first()
        .is_some_and(|program| program != "uv" && !there(program))
        && !there("uv")
}

fn judge(tool: &Tool, said: &toolchain::Answer) -> Answer {
    match toolchain::judge(tool, said) {
        Ok(version) => {
            let answer = Answer::found(version.to_string()).needs(match tool.range.to_string() {
                range if range.is_empty() => String::new(),
                range => format!("needs {range}"),
            });
            toolchain::doubts(tool, &version)
                .into_iter()
                .fold(answer, |answer, doubt| with(answer, doubt, &[]))
        }
        Err(finding) => with(Answer::default(), *finding, &tool.install),
    }
}

/// What its help says is a command unless it begins with a word for people.
fn with(answer: Answer, finding: Finding, others: &[String]) -> Answer {
    let for_people = [
        "install ", "export ", "set ", "unset ", "${EDITOR", "notepad ",
    ];
    match finding.help.clone() {
        Some(line) if !for_people.iter().any(|word| line.starts_with(word)) => {
            let others = others.iter().filter(|other| **other != line);
            let cure = Cure::new(line.clone()).or(others.cloned());
            answer.mended_by(finding, cure)
        }
        _ => answer.problem(finding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::Pin;

    #[test]
    fn an_old_tool_fails_with_the_command_that_replaces_it() {
        let tool = Tool {
            name: "bun",
            command: vec!["bun".to_owned()],
            range: Range::parse(">=1.0"),
            install: vec!["npm install -g bun@1.2.3".to_owned()],
            pinned: Some(Pin {
                wanted: "1.2.3".to_owned(),
                file: "package.json".to_owned(),
                key: Some("packageManager"),
                line: 1,
                is_bound: false,
            }),
            asked_in: "package.json".to_owned(),
            requires: Vec::new(),
        };
        let said = |text: &str| {
            let text = text.to_owned();
            let path = "/usr/bin/bun".to_owned();
            judge(&tool, &toolchain::Answer::Said { text, path })
        };
        assert_eq!(said("1.2.3").status(), Status::Pass);
        assert_eq!(said("0.8.1").cures, [Cure::new("npm install -g bun@1.2.3")]);
        assert_eq!(said("1.4.5").status(), Status::Warn);
        assert_eq!(said("1.4.5").cures, [Cure::new("npm install -g bun@1.2.3")]);
        assert_eq!(said("garbage").status(), Status::Fail);
    }
}
