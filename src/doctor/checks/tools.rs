//! Python, uv, Node, the frontend's package manager, git.

mod anew;
mod chosen;
mod first;
mod relative;

use std::borrow::Cow;

use crate::diagnostic::Finding;
use crate::doctor::{Answer, Cure, Facts, Status};
use crate::gather;
use crate::system::program;
use crate::toolchain::{self, Range, Tool, Version};
use crate::workspace::stack::Manager;

use super::{foreign, python_packages, waits};
use first::{further, hidden, unfit};

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
    let answer = asked(facts, tool, name, without);
    let works = matches!(answer.status(), Status::Pass | Status::Warn);
    match tool.filter(|_| works && !answer.irrelevant) {
        Some(tool) => relative::finding(facts, tool)
            .into_iter()
            .fold(answer, Answer::problem),
        None => answer,
    }
}

fn asked(facts: &Facts, tool: Option<&Tool>, name: &str, without: &str) -> Answer {
    if let Some(finding) = tool.and_then(toolchain::refused) {
        return Answer::default().problem(*finding);
    }
    match tool {
        // uv finds Python, or fetches one: first things first.
        Some(tool) if tool.name == "python" && python_waits(facts, tool) => without_uv(facts, tool),
        Some(tool) => {
            let variables = &facts.questions.variables;
            let said = said_by(facts, tool);
            if let Some(waiting) = waits_for_uv(facts, tool, &said) {
                return waiting;
            }
            let answer = judge(&as_bound(facts, tool), &said);
            let mut answer = anew::cured(facts, tool, &said, answer);
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

/// Of a Python that is missing, where uv is, too: the way out is that to uv, which may be no more than a folder on PATH.
fn without_uv(facts: &Facts, python: &Tool) -> Answer {
    let uv = facts.tools().iter().find(|tool| tool.name == "uv");
    let way = uv.map(|uv| match toolchain::judge(uv, &said_by(facts, uv)) {
        Err(finding) => finding.help.unwrap_or_default(),
        Ok(_) => uv.install().to_owned(),
    });
    match toolchain::judge(python, &toolchain::Answer::Missing) {
        Err(mut finding) => {
            finding.notes = vec!["uv comes first: it finds a Python, or fetches one".to_owned()];
            finding.help = Some(way.unwrap_or_default());
            Answer::default().problem(*finding)
        }
        Ok(_) => Answer::default(),
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
