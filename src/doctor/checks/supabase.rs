//! The Supabase project: its URL resolves, TLS holds, its services answer, its keys open it.

use std::time::{Duration, SystemTime};

use url::Url;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::facts::wait;
use crate::doctor::{Answer, Cure, Facts};
use crate::env::{Claims, is_placeholder};
use crate::system::http::{self, Request, Response, Trouble};
use crate::system::program;
use crate::text::duration;

use super::place;
use super::servers::mended;

/// The project does not answer.
pub(super) static UNREACHABLE: Rule = Rule {
    code: "supabase/unreachable",
    severity: Severity::Error,
    summary: "the Supabase project does not answer, or says that it is not well",
    text: "\
Signing in, tokens and everything that the frontend asks of Supabase depend on it. A project of the
free plan is paused after a week without use: its name then no longer resolves.

Way out: correct `SUPABASE_URL` (https://PROJECT.supabase.co), wake the project at
https://supabase.com/dashboard, or run a local one: `supabase start`.",
};

/// A key does not open it.
pub(super) static KEY: Rule = Rule {
    code: "supabase/key",
    severity: Severity::Error,
    summary: "a Supabase project refuses a key, or the key is for another project or role",
    text: "\
Each project has keys of its own: one for browsers (anon or publishable) and one for servers
(service_role or secret). They change when they are rotated.

Way out: copy the key again: Supabase, Project Settings, API Keys.",
};

pub(super) static RULES: &[&Rule] = &[&UNREACHABLE, &KEY];

/// How long one question may take.
const LIMIT: Duration = Duration::from_secs(8);

/// For whom a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Anon,
    Service,
}

/// A key with where it stands.
#[derive(Clone)]
struct Key {
    role: Role,
    variable: String,
    origin: String,
    value: String,
    /// Asks for another one.
    ask_again: Option<Cure>,
}

type Said = Result<Response, Trouble>;

/// What came of asking.
pub(in crate::doctor) struct Project {
    url: Url,
    variable: String,
    origin: String,
    /// Asks for another address.
    ask_again: Option<Cure>,
    health: Said,
    /// Each distinct key with what it opened; none where there was no use in asking.
    keys: Vec<(Key, Option<Said>)>,
}

impl Project {
    /// Its host's name.
    pub(in crate::doctor) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// What its clock said, and ours then; nothing for a project of this machine.
    pub(in crate::doctor) fn date(&self) -> Option<(SystemTime, SystemTime)> {
        let response = self.health.as_ref().ok().filter(|_| !is_local(&self.url))?;
        let date = jiff::fmt::rfc2822::parse(response.header("date")?).ok()?;
        Some((date.timestamp().into(), response.at))
    }
}

fn is_local(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

const TIERS: &[&str] = &["backend", "root", "frontend"];
const URLS: &[&str] = &["SUPABASE_URL", "NEXT_PUBLIC_SUPABASE_URL"];
const KEYS: &[(Role, &str)] = &[
    (Role::Anon, "SUPABASE_ANON_KEY"),
    (Role::Anon, "SUPABASE_PUBLISHABLE_KEY"),
    (Role::Anon, "NEXT_PUBLIC_SUPABASE_ANON_KEY"),
    (Role::Anon, "NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY"),
    (Role::Service, "SUPABASE_SERVICE_ROLE_KEY"),
    (Role::Service, "SUPABASE_SECRET_KEY"),
];

fn keys(facts: &Facts) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for (role, variable) in KEYS {
        for tier in TIERS {
            let Some(value) = facts
                .value(tier, variable)
                .filter(|value| !is_placeholder(value))
            else {
                continue;
            };
            if !keys
                .iter()
                .any(|known| known.role == *role && known.value == value)
            {
                keys.push(Key {
                    role: *role,
                    variable: (*variable).to_owned(),
                    origin: facts.origin(tier, variable),
                    value: value.to_owned(),
                    ask_again: place::set(facts, tier, variable, &[&format!("{variable}=-")]),
                });
            }
        }
    }
    keys
}

/// The URL with its variable and its place.
fn url(facts: &Facts) -> Option<(Url, &str, &str, String)> {
    let (tier, variable, value) = facts.first_set(TIERS, URLS)?;
    if is_placeholder(value) {
        return None;
    }
    Some((
        Url::parse(value).ok()?,
        tier,
        variable,
        facts.origin(tier, variable),
    ))
}

/// Asks the project; nothing when there is none, or nobody may be asked.
pub(in crate::doctor) fn ask(facts: &Facts) -> Option<Project> {
    let (url, tier, variable, origin) = url(facts)?;
    if facts.questions.offline && !is_local(&url) {
        return None;
    }
    let keys = keys(facts);
    let (health, opened) = wait(async {
        let anon = keys.iter().find(|key| key.role == Role::Anon);
        let health = question(&url, "auth/v1/health", anon);
        let opened = async {
            let mut asked = Vec::new();
            for key in &keys {
                asked.push(match key.role {
                    Role::Anon => question(&url, "rest/v1/", Some(key)),
                    Role::Service => {
                        question(&url, "auth/v1/admin/users?page=1&per_page=1", Some(key))
                    }
                });
            }
            all(asked).await
        };
        tokio::join!(health, opened)
    })?;
    let down = health.is_err();
    Some(Project {
        url,
        variable: variable.to_owned(),
        ask_again: place::at(
            tier,
            &origin,
            facts.questions.environment,
            &[&format!("{variable}=-")],
        ),
        origin,
        health,
        keys: keys
            .into_iter()
            .zip(opened)
            .map(|(key, said)| (key, Some(said).filter(|_| !down)))
            .collect(),
    })
}

/// Waits for all at the same time; the answers in their order.
async fn all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, slot) in waiting.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(answer) = future.as_mut().poll(context)
            {
                *slot = Some(answer);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

async fn question(project: &Url, path: &str, key: Option<&Key>) -> Said {
    let base = format!("{}/{path}", project.as_str().trim_end_matches('/'));
    let url = Url::parse(&base).map_err(|error| Trouble::Other(error.to_string()))?;
    // A redirect would take the keys elsewhere.
    let mut request = Request::get(url).stay();
    if let Some(key) = key {
        request = request.header("apikey", &*key.value);
        // The newer keys are no tokens.
        if key.value.starts_with("ey") {
            request = request.header("authorization", format!("Bearer {}", key.value));
        }
    }
    http::send(&request, LIMIT).await
}

pub(super) fn judge_project(facts: &Facts) -> Answer {
    let Some((url, ..)) = url(facts) else {
        let set = facts.first_set(TIERS, URLS).is_some();
        return if set {
            Answer::skipped("the URL is a placeholder; env says where")
        } else {
            Answer::irrelevant("no tier names a Supabase project")
        };
    };
    if facts.questions.offline && !is_local(&url) {
        return Answer::skipped("offline");
    }
    let Some(project) = facts.project() else {
        return Answer::skipped("this system gives us no way to ask");
    };
    let demo = facts
        .value("backend", "DEMO_USER_ENABLED")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let cli = program::find("supabase", &facts.questions.variables).is_some();
    judge(project, demo, cli)
}

fn judge(project: &Project, demo: bool, cli: bool) -> Answer {
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
                    .help("look at https://status.supabase.com, and at the project's own health in its dashboard"),
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
            .help(
                "look at the project's own health in its dashboard: https://supabase.com/dashboard",
            ),
        ),
        _ => answer,
    }
}

/// Whether the gateway does not know the key. The description of the REST interface is for secret keys
/// alone since March 2026: an anon key that is told so has been recognised.
fn refuses(response: &Response, role: Role) -> bool {
    match (response.status, role) {
        (401, Role::Anon) => !response.body.contains("Access to schema is forbidden"),
        (401, Role::Service) | (403, Role::Service) => true,
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
