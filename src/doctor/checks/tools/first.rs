//! Programs that come first on PATH and are of no use: what comes behind them, and what puts them aside.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::doctor::{Answer, Facts};
use crate::gather;
use crate::system::program::{self, Answered};
use crate::text::{and_list, remedy};
use crate::toolchain::{Range, Tool, Version};

/// A program that is asked for its version once more, to tell who is to blame.
const QUICK: Duration = Duration::from_secs(2);

/// Folders of the system, in which nobody puts anything aside.
const SYSTEM: &[&str] = &["/bin", "/sbin", "/usr/bin", "/usr/sbin", "C:\\Windows"];

/// What comes first on PATH is no such program: the one behind it is enough, where that would do.
pub(super) fn unfit(facts: &Facts, tool: &Tool, answer: Answer) -> Answer {
    match further(facts, tool, &tool.range) {
        Some(good) => hidden(answer, good),
        None => aside(facts, tool, answer),
    }
}

/// Installing another one helps nobody while the one that hangs comes first on PATH.
fn aside(facts: &Facts, tool: &Tool, mut answer: Answer) -> Answer {
    let Some(InTheWay {
        path,
        is_tool,
        is_one_behind,
    }) = in_the_way(facts, tool)
    else {
        return answer;
    };
    if let (false, Some(finding)) = (is_of_system(&path), answer.findings.last_mut()) {
        let what = if is_tool {
            format!("{path} keeps uv waiting")
        } else {
            format!("{path} is no {}", tool.name)
        };
        let afterwards = if is_one_behind {
            "one behind it fits".to_owned()
        } else {
            format!("afterwards: {}", tool.install())
        };
        finding
            .notes
            .push(format!("{what}, and comes first; {afterwards}"));
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
pub(super) fn hidden(mut answer: Answer, (before, good, version): Further) -> Answer {
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
pub(super) type Further = (Vec<Utf8PathBuf>, Utf8PathBuf, Version);

/// The first program further along PATH whose version lies in a range, where that of the first of all does not.
pub(super) fn further(facts: &Facts, tool: &Tool, range: &Range) -> Option<Further> {
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

/// The program for which nothing answers.
struct InTheWay {
    path: Utf8PathBuf,
    /// It says a version nevertheless.
    is_tool: bool,
    /// Without it one is found that fits.
    is_one_behind: bool,
}

/// The program that does not answer. uv looks for a Python by asking those on PATH, and waits for each until nobody
/// has its output open any more.
fn in_the_way(facts: &Facts, tool: &Tool) -> Option<InTheWay> {
    let variables = &facts.questions.variables;
    let program = tool.command.first()?;
    if tool.name != "python" || program != "uv" {
        return program::find(program, variables).map(|path| InTheWay {
            path,
            is_tool: false,
            is_one_behind: false,
        });
    }
    let python = ["python3", "python"]
        .iter()
        .find_map(|name| program::find(name, variables))?;
    let folder = python.parent()?;
    let found = gather::tools::finds_without(facts.workspace(), tool, folder, variables);
    let words = [python.to_string(), "--version".to_owned()];
    let said = program::ask(&words, &facts.workspace().root, variables, QUICK);
    let is_tool = matches!(
        said,
        Answered::Ended { success: true, text, .. } if Version::find(&text).is_some()
    );
    // One that says its version is to blame only where uv gets on without it.
    (!is_tool || found.is_some()).then(|| InTheWay {
        path: python,
        is_tool,
        is_one_behind: found == Some(true),
    })
}
