//! Somebody else answers where a service of this workspace should.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::Answer;

use super::judge::{UNHEALTHY, UNREACHABLE};
use super::ways::{Stranger, Way};

/// What was answered, with who it was, where that is none of this workspace's: what another session says of itself
/// is not judged at all.
pub(super) fn told(way: &Way, mut answer: Answer, id: &str) -> Answer {
    let Some(Stranger { words, stop }) = &way.stranger else {
        return answer;
    };
    let message = format!("what answers at {} is {words}", way.url);
    if let Some(stop) = stop {
        let finding = Finding::new(&UNREACHABLE, message).subject(id);
        let finding = finding.note("it says nothing of this workspace; this ends it:");
        return Answer::default().problem(finding.help(stop.clone()));
    }
    if let Some(first) = answer.findings.first_mut() {
        first.notes.push(message);
        return answer;
    }
    let finding = Finding::new(&UNHEALTHY, message)
        .severity(Severity::Warning)
        .subject(id)
        .note("it may have nothing to do with this workspace; this tells more:");
    answer.problem(finding.help("pixcrawler doctor --only ports"))
}

/// What another workspace's session says of what it stands on is left out.
#[must_use]
pub fn apart(way: &Way, answer: Answer) -> Answer {
    let is_of_session = way.stranger.as_ref().is_some_and(|it| it.stop.is_some());
    if is_of_session {
        Answer::skipped("what answers is of another session")
    } else {
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn way(stop: Option<&str>) -> Way {
        Way {
            url: "http://localhost:3000/".to_owned(),
            stranger: Some(Stranger {
                words: "python3 (pid 4711)".to_owned(),
                stop: stop.map(str::to_owned),
            }),
            ..Way::default()
        }
    }

    #[test]
    fn what_a_stranger_says_is_told_as_that() {
        let sound = || Answer::found("200, 3 ms");
        assert_eq!(told(&Way::default(), sound(), "web"), sound());
        let warned = told(&way(None), sound(), "web");
        assert_eq!(warned.status(), Status::Warn);
        assert_eq!(
            warned.findings[0].message,
            "what answers at http://localhost:3000/ is python3 (pid 4711)"
        );
        assert_eq!(apart(&way(None), sound()), sound());
        let other = way(Some("pixcrawler stop --workspace /w/other"));
        let failed = told(&other, sound(), "web");
        assert_eq!(failed.status(), Status::Fail);
        assert_eq!(
            failed.findings[0].help.as_deref(),
            Some("pixcrawler stop --workspace /w/other")
        );
        assert_eq!(apart(&other, sound()).status(), Status::Skipped);
    }
}
