//! What a project's answers mean.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::{Answer, Cure};
use crate::env::Claims;
use crate::system::http::{self, Response, Trouble};
use crate::text::duration;

use super::super::servers::mended;
use super::{KEY, Key, Project, Role, Said, UNREACHABLE, is_local};

/// What Supabase says about its own state, for any terminal.
const STATE_OF_SUPABASE: &str = "curl -s https://status.supabase.com/api/v2/status.json";

pub(super) fn judge(project: &Project, demo: bool, cli: bool) -> Answer {
    let shown = http::shown(&project.url);
    let shown = shown.trim_end_matches('/');
    let place = format!("{} in {}", project.variable, project.origin);
    let answer = Answer::default();
    let answer = match &project.health {
        Err(Trouble::Refused) if is_local(&project.url) => {
            // The application says that it gets on without one.
            if demo {
                return Answer::skipped(format!(
                    "no project at {shown}; DEMO_USER_ENABLED gets on without one"
                ));
            }
            let line = if cli {
                "supabase start"
            } else {
                "npx supabase start"
            };
            let finding = Finding::new(
                &UNREACHABLE,
                format!("no local Supabase answers at {shown}"),
            )
            .subject(project.variable.clone())
            .note(format!("named by {place}"));
            return answer.mended_by(finding, Cure::new(line));
        }
        Err(trouble) => {
            let mut finding = Finding::new(&UNREACHABLE, format!("Supabase at {shown}: {trouble}"))
                .subject(project.variable.clone())
                .note(format!("named by {place}"));
            if *trouble == Trouble::Unresolved {
                finding = finding.note(
                    "a paused project has no name; wake it at https://supabase.com/dashboard",
                );
            }
            return mended(
                answer,
                finding,
                project.ask_again.clone(),
                format!("correct {place}"),
            );
        }
        Ok(response) if response.status >= 500 => {
            let message = format!(
                "Supabase at {shown}: its sign-in service answers {}",
                response.status
            );
            answer.problem(
                Finding::new(&UNREACHABLE, message)
                    .subject(project.variable.clone())
                    .note("the project's own health stands in its dashboard: https://supabase.com/dashboard")
                    .help(STATE_OF_SUPABASE),
            )
        }
        Ok(response) if response.status == 404 => {
            let message =
                format!("what answers at {shown} is no Supabase: /auth/v1/health is not there");
            let finding = Finding::new(&UNREACHABLE, message)
                .subject(project.variable.clone())
                .note(format!("named by {place}"));
            return mended(
                answer,
                finding,
                project.ask_again.clone(),
                format!("correct {place}"),
            );
        }
        Ok(response) => answer.and(format!("{shown}, {}", duration(response.elapsed))),
    };
    let mut answer = project.keys.iter().fold(answer, |answer, (key, said)| {
        judge_key(answer, project, key, said.as_ref())
    });
    if answer.findings.is_empty() && !project.keys.is_empty() {
        let names: Vec<&str> = project
            .keys
            .iter()
            .map(|(key, _)| key.variable.as_str())
            .collect();
        answer = answer.and(format!("accepts {}", names.join(", ")));
    }
    answer
}

fn judge_key(answer: Answer, project: &Project, key: &Key, said: Option<&Said>) -> Answer {
    const COPY: &str = "copy it again: Supabase, Project Settings, API Keys";
    let refused = |answer: Answer, message: String| {
        let finding = Finding::new(&KEY, message)
            .subject(key.variable.clone())
            .note(format!("{} stands at {}", key.variable, key.origin))
            .note(COPY);
        let words = format!("give {} the project's own key", key.variable);
        mended(answer, finding, key.ask_again.clone(), words)
    };
    if let Some(claims) = Claims::of(&key.value) {
        let own = project.host().split('.').next().unwrap_or_default();
        let hosted = project.host().ends_with(".supabase.co");
        if let Some(of) = claims.project.as_deref().filter(|of| hosted && *of != own) {
            return refused(
                answer,
                format!(
                    "{} is a key of the project {of}, {} names {own}",
                    key.variable, project.variable
                ),
            );
        }
        let wanted = match key.role {
            Role::Anon => "anon",
            Role::Service => "service_role",
        };
        if let Some(role) = claims.role.as_deref().filter(|role| *role != wanted) {
            return refused(
                answer,
                format!(
                    "{} is a key for the role `{role}`, not for `{wanted}`",
                    key.variable
                ),
            );
        }
    }
    match said {
        Some(Ok(response)) if refuses(response, key.role) => {
            let answer = refused(
                answer,
                format!("the project refuses {} ({})", key.variable, response.status),
            );
            with_words(answer, response)
        }
        Some(Ok(response)) if response.status >= 500 => answer.problem(
            Finding::new(
                &UNREACHABLE,
                format!(
                    "the project answers {} to {}",
                    response.status, key.variable
                ),
            )
            .severity(Severity::Warning)
            .subject(key.variable.clone())
            .note(
                "the project's own health stands in its dashboard: https://supabase.com/dashboard",
            )
            .help(STATE_OF_SUPABASE),
        ),
        _ => answer,
    }
}

/// Whether the gateway does not know the key. The description of the REST interface is for secret keys
/// alone since March 2026: an anon key that is told so has been recognised.
fn refuses(response: &Response, role: Role) -> bool {
    match (response.status, role) {
        (401, Role::Anon) => !response.body.contains("Access to schema is forbidden"),
        (401 | 403, Role::Service) => true,
        _ => false,
    }
}

/// What the project says itself: `Legacy API keys are disabled`.
fn with_words(mut answer: Answer, response: &Response) -> Answer {
    let said = serde_json::from_str::<serde_json::Value>(&response.body).ok();
    let words = said.as_ref().and_then(|body| {
        ["message", "msg"]
            .iter()
            .find_map(|field| body.get(*field)?.as_str())
    });
    if let (Some(words), Some(finding)) = (words, answer.findings.last_mut()) {
        finding.notes.insert(0, format!("it says: {words}"));
    }
    answer
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use std::time::{Duration, SystemTime};

    use url::Url;

    use super::*;
    use crate::doctor::Status;

    #[expect(clippy::unnecessary_wraps, reason = "what a question gives")]
    fn said(status: u16) -> Said {
        Ok(Response {
            status,
            headers: Vec::new(),
            body: String::new(),
            elapsed: Duration::from_millis(12),
            at: SystemTime::UNIX_EPOCH,
            url: String::new(),
        })
    }

    fn project(url: &str, health: Said, key: Option<(&str, Role, u16)>) -> Project {
        Project {
            url: Url::parse(url).expect(url),
            variable: "SUPABASE_URL".to_owned(),
            origin: ".env:4".to_owned(),
            ask_again: None,
            health,
            keys: key
                .map(|(value, role, status)| {
                    let key = Key {
                        role,
                        variable: "SUPABASE_ANON_KEY".to_owned(),
                        origin: ".env:5".to_owned(),
                        value: value.to_owned(),
                        ask_again: None,
                    };
                    (key, Some(said(status)))
                })
                .into_iter()
                .collect(),
        }
    }

    const HOSTED: &str = "https://abcdefghijklmnopqrst.supabase.co";

    #[test]
    fn a_project_that_answers_and_knows_its_key_passes() {
        let sound = project(
            HOSTED,
            said(200),
            Some(("sb_publishable_x", Role::Anon, 200)),
        );
        let answer = judge(&sound, false, false);
        assert_eq!(answer.status(), Status::Pass);
        assert_eq!(answer.found[1], "accepts SUPABASE_ANON_KEY");
    }

    #[test]
    fn a_key_that_is_refused_or_for_another_project_fails() {
        let refused = project(
            HOSTED,
            said(200),
            Some(("sb_publishable_x", Role::Anon, 401)),
        );
        assert_eq!(
            judge(&refused, false, false).findings[0].message,
            "the project refuses SUPABASE_ANON_KEY (401)"
        );
        let mut closed = project(
            HOSTED,
            said(200),
            Some(("sb_publishable_x", Role::Anon, 401)),
        );
        if let Some((_, Some(Ok(response)))) = closed.keys.first_mut() {
            r#"{"message":"Access to schema is forbidden"}"#.clone_into(&mut response.body);
        }
        assert_eq!(judge(&closed, false, false).status(), Status::Pass);
        let body = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .encode(r#"{"iss":"supabase","ref":"zzzzzzzzzzzzzzzzzzzz","role":"anon"}"#);
        let token = format!("eyJhbGciOiJIUzI1NiJ9.{body}.c2ln");
        let foreign = project(HOSTED, said(200), Some((&token, Role::Anon, 200)));
        assert!(
            judge(&foreign, false, false).findings[0]
                .message
                .contains("of the project zzzzzzzzzzzzzzzzzzzz")
        );
    }

    #[test]
    fn nobody_at_home_is_a_failure_unless_the_demo_user_is_on() {
        let local = project("http://127.0.0.1:54321", Err(Trouble::Refused), None);
        assert_eq!(judge(&local, true, false).status(), Status::Skipped);
        assert_eq!(
            judge(&local, false, true).cures,
            [Cure::new("supabase start")]
        );
        let paused = project(HOSTED, Err(Trouble::Unresolved), None);
        assert!(judge(&paused, false, false).findings[0].notes[1].contains("paused"));
    }
}
