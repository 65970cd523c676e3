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
    let finding = match (&asked.said.verdict, &asked.refused) {
        _ if is_known => return None,
        (Verdict::Refused(_), Some(broken)) if is_told_of_uv(facts, broken) => {
            let why = format!("waits for {}, which uv refuses", broken.path());
            return Some(Answer::skipped(why));
        }
        (Verdict::Refused(_), Some(broken)) => broken.refused_by("uv"),
        (Verdict::Refused(refusal), None) => {
            let message = format!("uv refuses what the manifests say: {}", refusal.why);
            nowhere(packages, Finding::new(&OUT_OF_STEP, message))
        }
        (Verdict::Unsolvable(refusal), place) => {
            let message = format!(
                "no versions satisfy what the manifests ask for: {}",
                refusal.why
            );
            let finding = Finding::new(&OUT_OF_STEP, message);
            let finding = match place {
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
    let said = facts.is_asked("uv").then(|| facts.uv_itself()).flatten();
    let Some(toolchain::Answer::Misled { cause, .. }) = said else {
        return false;
    };
    matches!(cause, Cause::File { path, .. } if broken.path() == path.as_str())
}

/// What is told of no place: uv shows all that it has to say.
fn nowhere(packages: &PythonPackages, finding: Finding) -> Finding {
    let shows = Cure::new("uv lock --check").within(packages.dir.clone());
    let finding = finding.severity(Severity::Error).subject("python");
    finding.help(shows.typed())
}

/// With the settings of which it takes none. Nothing is installed until then: that would make another lock.
pub(super) fn slipped(mut answer: Answer, asked: &Stepped) -> Answer {
    if let Some(broken) = &asked.slip {
        let finding = broken.passed_over("uv").note(
            "uv only warns of it, and does without every setting of [tool.uv], such as `exclude-newer`; \
             whether the lock is in step can be told once it is corrected",
        );
        answer.cures.clear();
        answer.findings.insert(0, finding);
    }
    answer
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::lock::{Requirement, uv_lock};
    use crate::gather::packages::Member;
    use crate::toolchain::Refusal;

    const LOCK: &str = "version = 1\nrequires-python = \">=3.11\"\n\n[[package]]\nname = \"app\"\nversion = \"0\"\nsource = { virtual = \".\" }\n";

    /// What is said of the lock of a project that asks for these.
    fn told(asks: &[&str], said: Said) -> Option<String> {
        let packages = PythonPackages {
            members: vec![Member {
                name: "app".to_owned(),
                version: Some("0".to_owned()),
                requirements: asks
                    .iter()
                    .filter_map(|it| Requirement::parse(it))
                    .collect(),
                ..Member::default()
            }],
            lock: Some(uv_lock(LOCK)),
            ..PythonPackages::default()
        };
        let wanted = Wanted {
            said,
            ..Wanted::default()
        };
        stale(&packages, &wanted).map(|it| it.message)
    }

    #[test]
    fn what_uv_says_of_its_lock_counts_before_what_was_read_and_adds_to_it() {
        let said = |verdict| Said {
            verdict,
            slip: None,
        };
        let why = Some("mismatched build constraints".to_owned());
        let older = || said(Verdict::Older(why.clone()));
        let read = Some("uv.lock is older than the manifests: app (httpx)".to_owned());
        assert_eq!(told(&[], Said::default()), None);
        assert_eq!(told(&["httpx"], Said::default()), read);
        assert_eq!(told(&["httpx"], older()), read);
        assert_eq!(told(&["httpx"], said(Verdict::InStep)), None);
        assert_eq!(
            told(&[], older()).as_deref(),
            Some("uv would make uv.lock anew: mismatched build constraints")
        );
        // Without its settings it would make another one, of which nobody knows yet.
        let slip = Some(Refusal::default());
        assert_eq!(told(&["httpx"], Said { slip, ..older() }), None);
    }

    #[test]
    fn a_lock_that_uv_reads_is_no_broken_one() {
        let of = |lock: Result<&str, &str>, verdict: Verdict| {
            let packages = PythonPackages {
                lock: Some(lock.map_err(str::to_owned).and_then(uv_lock)),
                ..PythonPackages::default()
            };
            let said = Said {
                verdict,
                slip: None,
            };
            unread(&packages, &said).map(str::to_owned)
        };
        let why = |why: &str| Some(why.to_owned());
        assert_eq!(of(Err("cut off"), Verdict::Unknown), why("cut off"));
        assert_eq!(of(Err("cut off"), Verdict::InStep), None);
        assert_eq!(of(Ok(LOCK), Verdict::Unknown), None);
        let unread = Verdict::Unread("at line 3".to_owned());
        assert_eq!(of(Ok(LOCK), unread), why("at line 3"));
    }
}
