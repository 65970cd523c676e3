//! What a project's answers mean.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::{Answer, Cure};
use crate::env::Claims;
use crate::system::http::{self, Response, Trouble};
use crate::text::{and_list, duration, remedy};

use super::super::servers::mended;
use super::voice::{self, Verdict, Voice};
use super::{KEY, Key, Project, Role, Said, UNREACHABLE, is_local};

/// What Supabase says about its own state, for any terminal.
const STATE_OF_SUPABASE: &str = "curl -s https://status.supabase.com/api/v2/status.json";

/// What an address of this machine means where a deployment is judged.
const ELSEWHERE: &str =
    "it is an address of the machine itself; a deployment's project: https://PROJECT.supabase.co";

pub(super) fn judge(project: &Project, demo: bool, cli: bool) -> Answer {
    let shown = http::shown(&project.url);
    let shown = shown.trim_end_matches('/');
    let answer = Answer::default();
    let response = match &project.health {
        Ok(response) => response,
        // The application says that it gets on without one.
        Err(Trouble::Refused) if project.is_ours && demo => {
            return Answer::skipped(format!(
                "no project at {shown}; DEMO_USER_ENABLED gets on without one"
            ));
        }
        Err(trouble) => return unreachable(project, shown, trouble, cli),
    };
    let here = || format!("{shown}, {}", duration(response.elapsed));
    let (answer, told) = match voice::of(response) {
        Voice::Project => (answer.and(here()), true),
        Voice::Gateway => (answer.and(here()), false),
        Voice::Paused => {
            let message = format!("the Supabase project at {shown} is paused (540)");
            return answer.problem(dashboard(project, message));
        }
        Voice::Restricted => {
            let message = format!(
                "Supabase lets nobody use the project at {shown} (402): a quota is used up, or a bill is open"
            );
            let finding = dashboard(project, message);
            return with_words(answer.problem(finding), response);
        }
        Voice::Busy => {
            let message = format!("Supabase at {shown} lets nobody ask more for now (429)");
            let finding = unwell(project, message).severity(Severity::Warning);
            return with_words(answer.problem(later(finding, response)), response);
        }
        Voice::Sick => {
            let status = response.status;
            let message = format!("Supabase at {shown}: its sign-in service answers {status}");
            let answer = sick(answer, project, unwell(project, message), cli);
            (with_words(answer, response), true)
        }
        Voice::Stranger(does) => return stranger(project, shown, &does),
    };
    let mut accepted: Vec<&str> = Vec::new();
    let mut answer = project.keys.iter().fold(answer, |answer, (key, said)| {
        let before = answer.findings.len();
        let answer = judge_key(answer, project, key, said.as_ref(), cli);
        if answer.findings.len() == before && said.is_some() {
            accepted.push(&key.variable);
        }
        answer
    });
    if !accepted.is_empty() {
        answer = answer.and(format!("accepts {}", accepted.join(", ")));
    }
    // It wants a key, and tells nothing to the ones that we have.
    if !told && accepted.is_empty() && answer.findings.is_empty() {
        answer = answer.and("tells nothing without a key, and no key is set");
    }
    answer
}

fn unreachable(project: &Project, shown: &str, trouble: &Trouble, cli: bool) -> Answer {
    let answer = Answer::default();
    if *trouble == Trouble::Refused && project.is_ours {
        let finding = unwell(project, format!("no local Supabase answers at {shown}"))
            .note("it runs in containers, so Docker has to run first");
        return answer.mended_by(finding, Cure::new(local("start", cli)));
    }
    let mut finding = unwell(project, format!("Supabase at {shown}: {trouble}"));
    if *trouble.last() == Trouble::Detached {
        finding.help = remedy::LOOPBACK.map(str::to_owned);
        return answer.problem(finding.note(remedy::AS_ROOT));
    }
    if is_local(&project.url) && !project.is_ours {
        return corrected(answer, project, finding.note(ELSEWHERE));
    }
    if *trouble.last() == Trouble::CutOff {
        let finding = finding.note("this asks only what answers without a network:");
        return answer.problem(finding.help(remedy::OFFLINE));
    }
    // The proxy's fault is no fault of the address.
    if let Trouble::Proxy { proxy, .. } = trouble {
        return answer.problem(finding.note(proxy.note()).help(proxy.line()));
    }
    if *trouble == Trouble::Unresolved && project.reference().is_some() {
        finding =
            finding.note("a paused project has no name; wake it at https://supabase.com/dashboard");
    }
    match trouble {
        // The URL is right: its certificate is for its owner to mend, or for who trusts it.
        Trouble::Untrusted => {
            let finding = finding
                .note("ca.pem: the certificate of who issued the server's, which is to be trusted")
                .note("Node has NODE_EXTRA_CA_CERTS for it, which the frontend wants beside this:");
            answer.problem(finding.help(remedy::set_to("SSL_CERT_FILE", "ca.pem")))
        }
        Trouble::Authority => certificate(answer, project, finding),
        Trouble::Tls(why) if !why.contains("another name") => certificate(answer, project, finding),
        _ => corrected(answer, project, finding),
    }
}

/// A certificate that only the server's owner can mend.
fn certificate(answer: Answer, project: &Project, finding: Finding) -> Answer {
    let look = format!("curl -vI {}", remedy::quoted(&http::shown(&project.url)));
    let finding = finding.note("it wants another one on the server; this shows what it has:");
    answer.problem(finding.help(look))
}

/// What answers there is none: a network that wants a sign-in, a project's page, another server.
fn stranger(project: &Project, shown: &str, does: &str) -> Answer {
    let message = format!("what answers at {shown} is no Supabase: /auth/v1/health {does}");
    let finding = unwell(project, message);
    let finding = if is_local(&project.url) && !project.is_ours {
        finding.note(ELSEWHERE)
    } else if project.is_ours {
        finding.note("`supabase status` tells where a local one is")
    } else {
        finding.note("a network that asks to sign in first answers for others, too")
    };
    corrected(Answer::default(), project, finding)
}

/// A finding about the project, with who names it.
fn unwell(project: &Project, message: String) -> Finding {
    let mut named = vec![format!("{} in {}", project.variable, project.origin)];
    named.extend(project.beside.iter().cloned());
    Finding::new(&UNREACHABLE, message)
        .subject(project.variable.clone())
        .note(format!("named by {}", and_list(&named)))
}

/// Only the address can be wrong.
fn corrected(answer: Answer, project: &Project, finding: Finding) -> Answer {
    let Some(cure) = project.ask_again.clone() else {
        // The finding may be about a key: it is the address that is set here.
        return answer.problem(
            finding
                .note(format!(
                    "correct {} in {}",
                    project.variable, project.origin
                ))
                .help(remedy::set_here(&project.variable)),
        );
    };
    answer.mended_by(finding, cure)
}

/// It has been asked too often: nothing is wrong with the address or a key.
fn later(finding: Finding, response: &Response) -> Finding {
    let wait = match response.header("retry-after") {
        Some(seconds) if seconds.bytes().all(|it| it.is_ascii_digit()) => {
            format!("it asks to wait {seconds} s; then:")
        }
        _ => "wait a minute; then:".to_owned(),
    };
    finding.note(wait).help("pixcrawler doctor --only supabase")
}

/// What only Supabase's own pages mend.
fn dashboard(project: &Project, message: String) -> Finding {
    let finding = unwell(project, message);
    let Some(reference) = project.reference() else {
        return finding.note("its page: https://supabase.com/dashboard");
    };
    finding.note(format!(
        "its page: https://supabase.com/dashboard/project/{reference}"
    ))
}

/// What is not well is Supabase's own affair, or that of the containers of this machine.
fn sick(answer: Answer, project: &Project, finding: Finding, cli: bool) -> Answer {
    if is_local(&project.url) && !project.is_ours {
        return corrected(answer, project, finding.note(ELSEWHERE));
    }
    if project.is_ours {
        let line = format!("{} && {}", local("stop", cli), local("start", cli));
        let finding =
            finding.note("`supabase status` tells where a local one is, if this is another's");
        return answer.mended_by(finding, Cure::ending(line));
    }
    answer.problem(
        finding
            .note(
                "the project's own health stands in its dashboard: https://supabase.com/dashboard",
            )
            .help(STATE_OF_SUPABASE),
    )
}

/// A command of Supabase's own program, which npm brings where it is not installed.
fn local(what: &str, cli: bool) -> String {
    let program = if cli {
        "supabase"
    } else {
        "npx --yes supabase"
    };
    format!("{program} {what}")
}

/// A key that cannot open the project.
fn refused(answer: Answer, key: &Key, message: String) -> Answer {
    const COPY: &str = "copy it again: Supabase, Project Settings, API Keys";
    let name = &key.variable;
    let finding = Finding::new(&KEY, message)
        .subject(name.clone())
        .of_value()
        .note(format!("{name} stands at {}", key.origin))
        .note(COPY);
    let words = format!("give {name} the project's own key");
    mended(answer, finding, key.ask_again.clone(), words)
}

/// What can be said of a key without asking anybody: that its time is over.
pub(super) fn judge_end(answer: Answer, key: &Key) -> Answer {
    match &key.ended {
        Some(end) => refused(answer, key, format!("{} {end}", key.variable)),
        None => answer,
    }
}

fn judge_key(
    answer: Answer,
    project: &Project,
    key: &Key,
    said: Option<&Said>,
    cli: bool,
) -> Answer {
    let name = &key.variable;
    let refused = |answer: Answer, message: String| refused(answer, key, message);
    if let Some(message) = foreign(project, key) {
        return refused(answer, message);
    }
    let unclear = |message: String| {
        Finding::new(&UNREACHABLE, message)
            .severity(Severity::Warning)
            .subject(name.clone())
    };
    let response = match said {
        Some(Ok(response)) => response,
        Some(Err(trouble)) => {
            let message = format!("the project does not say whether it knows {name}: it {trouble}");
            return sick(answer, project, unclear(message), cli);
        }
        None => return answer,
    };
    if response.status >= 500 {
        let message = format!("the project answers {} to {name}", response.status);
        let answer = sick(answer, project, unclear(message), cli);
        return with_words(answer, response);
    }
    if response.status == 429 {
        let message = format!(
            "the project does not say whether it knows {name}: it lets nobody ask more for now (429)"
        );
        let answer = answer.problem(later(unclear(message), response));
        return with_words(answer, response);
    }
    match voice::verdict(response, key.role) {
        Verdict::Accepted => answer,
        Verdict::Refused => {
            let mut message = format!("the project refuses {name} ({})", response.status);
            if let Some(end) = &key.ended {
                message = format!("{message}: it {end}");
            }
            with_words(refused(answer, message), response)
        }
        Verdict::Unclear(does) => {
            let path = key.role.opens();
            let message =
                format!("the project does not say whether it knows {name}: /{path} {does}");
            corrected(answer, project, unclear(message))
        }
    }
}

/// What a key says of itself that cannot be right.
fn foreign(project: &Project, key: &Key) -> Option<String> {
    let name = &key.variable;
    let wanted = match key.role {
        Role::Anon => "anon",
        Role::Service => "service_role",
    };
    let Some(claims) = Claims::of(&key.value) else {
        let other = match key.role {
            Role::Anon => "sb_secret_",
            Role::Service => "sb_publishable_",
        };
        return key
            .value
            .starts_with(other)
            .then(|| format!("{name} is a key that begins with `{other}`, not for `{wanted}`"));
    };
    let own = project.reference();
    if let (Some(own), Some(of)) = (own, claims.project.as_deref())
        && own != of
    {
        return Some(format!(
            "{name} is a key of the project {of}, {} names {own}",
            project.variable
        ));
    }
    let role = claims.role.as_deref().filter(|role| *role != wanted)?;
    Some(format!(
        "{name} is a key for the role `{role}`, not for `{wanted}`"
    ))
}

/// With what the project says itself: `Legacy API keys are disabled`.
fn with_words(mut answer: Answer, response: &Response) -> Answer {
    if let (Some(words), Some(finding)) = (voice::words(response), answer.findings.last_mut()) {
        finding.notes.insert(0, format!("it says: {words}"));
    }
    answer
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
