//! What uv itself says of manifests and lock: where nothing was read that it refuses, and where it is content with what
//! was read as wrong.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::packages::PythonPackages;
use crate::gather::tools::Stepped;
use crate::toolchain::{self, Cause, Said, Verdict};
use crate::workspace::stack::Broken;

use super::{OUT_OF_STEP, Wanted, lock};

/// That it refuses what the manifests say; of the rest nothing is compared until then. What was read has told by itself
/// what is wrong with what it knows.
pub(super) fn refused(facts: &Facts, packages: &PythonPackages, asked: &Stepped) -> Option<Answer> {
    let is_known = !packages.absent_sources.is_empty() || lock::excluded(packages).is_some();
    let finding = match &asked.said.verdict {
        _ if is_known => return None,
        Verdict::Refused(refusal) => match &asked.refused {
            Some(broken) => {
                if is_told_of_uv(facts, broken) {
                    let why = format!("waits for {}, which uv refuses", broken.path());
                    return Some(Answer::skipped(why));
                }
                broken.refused_by("uv")
            }
            None => {
                let message = format!("uv refuses what the manifests say: {}", refusal.why);
                nowhere(packages, Finding::new(&OUT_OF_STEP, message))
            }
        },
        Verdict::Unsolvable(refusal) => {
            let message = format!(
                "no versions satisfy what the manifests ask for: {}",
                refusal.why
            );
            let finding = Finding::new(&OUT_OF_STEP, message);
            let finding = match &asked.refused {
                Some(broken) => broken.shown(finding),
                None => nowhere(packages, finding),
            };
            finding.severity(Severity::Error)
        }
        _ => return None,
    };
    let finding =
        finding.note("uv locks and installs nothing until then, and nothing else is compared");
    Some(Answer::default().problem(finding))
}

/// Whether it is told where uv is asked for its version: it is asked for more there, if something may keep it from
/// its work.
fn is_told_of_uv(facts: &Facts, broken: &Broken) -> bool {
    let cause = match facts.is_asked("uv").then(|| facts.uv_itself()).flatten() {
        Some(toolchain::Answer::Misled { cause, .. }) => cause,
        _ => return false,
    };
    matches!(cause, Cause::File { path, .. } if broken.path() == path.as_str())
}

/// What is told of no place: uv shows all that it has to say.
fn nowhere(packages: &PythonPackages, finding: Finding) -> Finding {
    let shows = Cure::new("uv lock --check").within(packages.dir.clone());
    let finding = finding.severity(Severity::Error).subject("python");
    finding.help(shows.typed())
}

/// With the settings of which it takes none.
pub(super) fn slipped(answer: Answer, asked: &Stepped) -> Answer {
    let Some(broken) = &asked.slip else {
        return answer;
    };
    answer.problem(broken.passed_over("uv").note(
        "uv only warns of it, and does without every setting of [tool.uv], such as `exclude-newer` and `index`; \
         whether the lock is in step can be told once it is corrected",
    ))
}

/// A lock that would be written anew, by what was read or by what uv says.
pub(super) fn stale(packages: &PythonPackages, wanted: &Wanted) -> Option<Finding> {
    let read = || lock::stale(packages, &wanted.settings);
    match &wanted.said.verdict {
        // It was not made with the settings that uv takes by now.
        _ if wanted.said.slip.is_some() => None,
        Verdict::InStep => None,
        Verdict::Older(why) => read().or_else(|| {
            let file = packages.dir.join("uv.lock");
            let why = why
                .as_ref()
                .map_or_else(String::new, |why| format!(": {why}"));
            let message = format!("uv would make {file} anew{why}");
            Some(Finding::new(&OUT_OF_STEP, message).in_file(file))
        }),
        _ => read(),
    }
}

/// Why the lock cannot be read, by what was read of it or by what uv says.
pub(super) fn unread<'a>(packages: &'a PythonPackages, said: &'a Said) -> Option<&'a str> {
    match (&packages.lock, &said.verdict) {
        (_, Verdict::InStep) => None,
        (Some(Err(why)), _) | (Some(Ok(_)), Verdict::Unread(why)) => Some(why),
        _ => None,
    }
}
