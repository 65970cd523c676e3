//! Who it is that answers: a project, its gateway, or somebody else's server on that address.

use serde_json::Value;
use url::Url;

use crate::system::http::{self, Response};

use super::Role;

/// What the sign-in service's address answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// The service itself, and it is well.
    Project,
    /// A project, which wants a key or knows another one.
    Gateway,
    /// Supabase in the place of a project that sleeps.
    Paused,
    /// Supabase in the place of a project that may not work: a quota or a bill.
    Restricted,
    /// It is there, and has been asked too often.
    Busy,
    /// A project or a proxy that is not well.
    Sick,
    /// Somebody else; in words, behind the address.
    Stranger(String),
}

/// What became of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It opens what it is for.
    Accepted,
    /// The project does not know it.
    Refused,
    /// Nothing that tells; in words, behind `the project`.
    Unclear(String),
}

/// Who answers for the sign-in service.
pub(super) fn of(response: &Response) -> Voice {
    let said = json(response);
    let gotrue = said
        .as_ref()
        .is_some_and(|body| body.get("name").and_then(Value::as_str) == Some("GoTrue"));
    match response.status {
        200 if gotrue => Voice::Project,
        401 | 403 if is_gateway(response, said.as_ref()) => Voice::Gateway,
        402 => Voice::Restricted,
        429 => Voice::Busy,
        540 => Voice::Paused,
        500.. => Voice::Sick,
        _ => Voice::Stranger(stranger(response, said.is_some())),
    }
}

/// What an answer says of the key that it was asked with.
pub(super) fn verdict(response: &Response, role: Role) -> Verdict {
    let said = json(response);
    let has = |test: &dyn Fn(&Value) -> bool| said.as_ref().is_some_and(test);
    let accepted = match role {
        Role::Anon => has(&|body| {
            let code = body.get("code").and_then(Value::as_str).unwrap_or_default();
            let message = body.get("message").and_then(Value::as_str);
            is_behind_the_key(code)
                // The project has closed its REST interface, and knows the key all the same.
                || message.is_some_and(|it| it.contains("Access to schema is forbidden"))
        }),
        Role::Service => {
            response.status == 200 && has(&|body| body.get("users").is_some_and(Value::is_array))
        }
    };
    match response.status {
        _ if accepted => Verdict::Accepted,
        401 | 403 if is_gateway(response, said.as_ref()) => Verdict::Refused,
        _ => Verdict::Unclear(stranger(response, said.is_some())),
    }
}

/// Whether a code of `PostgREST` is about what was asked for, and not about the key, which it looks at
/// first: its own codes of requests and tables, or one of Postgres (`42P01`: no such table).
fn is_behind_the_key(code: &str) -> bool {
    let of_postgres = code.len() == 5
        && code
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    code.starts_with("PGRST1") || code.starts_with("PGRST2") || of_postgres
}

/// What the project says itself: `Legacy API keys are disabled`.
pub(super) fn words(response: &Response) -> Option<String> {
    let said = json(response)?;
    ["message", "msg"]
        .iter()
        .find_map(|field| said.get(*field)?.as_str())
        .map(str::to_owned)
}

fn json(response: &Response) -> Option<Value> {
    serde_json::from_str::<Value>(&response.body)
        .ok()
        .filter(Value::is_object)
}

/// Whether a refusal is one of a project: of its gateway, its sign-in service or its REST interface.
/// Any other server may say 401 as well.
fn is_gateway(response: &Response, said: Option<&Value>) -> bool {
    let header = |name| response.header(name);
    let of_supabase = ["sb-error-code", "sb-project-ref", "sb-gateway-version"]
        .into_iter()
        .any(|name| header(name).is_some())
        || header("server").is_some_and(|server| server.starts_with("kong/"));
    let Some(said) = said else {
        return of_supabase;
    };
    let text = |name: &str| said.get(name).and_then(Value::as_str);
    let message = text("message").or(text("msg")).unwrap_or_default();
    // GoTrue has a code of its own beside its words, PostgREST one that names it.
    let of_service = said.get("msg").is_some() && said.get("code").is_some()
        || text("code").is_some_and(|code| code.starts_with("PGRST"));
    let of_kong = [
        "API key",
        "authentication credentials",
        "You cannot consume this service",
        "Access to schema",
    ]
    .iter()
    .any(|words| message.contains(words));
    of_supabase || of_service || of_kong
}

/// What an answer is that is none of a project.
fn stranger(response: &Response, object: bool) -> String {
    let status = response.status;
    if (300..400).contains(&status) {
        let to = response
            .header("location")
            .and_then(|to| Url::parse(&response.url).ok()?.join(to).ok());
        return match to {
            Some(to) => format!("sends us to {} ({status})", http::shown(&to)),
            None => format!("sends us elsewhere ({status})"),
        };
    }
    if response.is_page() {
        return format!("answers with a web page ({status})");
    }
    if response.body.trim().is_empty() {
        return format!("answers {status} with nothing in it");
    }
    if object {
        format!("answers {status} with JSON of somebody else")
    } else {
        format!("answers {status} with something that is no JSON object")
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    fn said(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        Response::said(
            "http://127.0.0.1:54321/auth/v1/health",
            status,
            headers,
            body,
        )
    }

    const NO_TABLE: &str = r#"{"code":"PGRST205","details":null,"hint":null,"message":"Could not find the table 'public.pixcrawler_no_table' in the schema cache"}"#;
    const HEALTH: &str = r#"{"version":"v2.180.0","name":"GoTrue","description":"GoTrue is a user registration and authentication API"}"#;

    #[test]
    fn only_the_sign_in_service_itself_is_a_project() {
        assert_eq!(of(&said(200, &[], HEALTH)), Voice::Project);
        for (status, body) in [
            (401, r#"{"message":"No API key found in request"}"#),
            (
                401,
                r#"{"message":"Invalid API key","hint":"Double check your Supabase `anon` or `service_role` API key."}"#,
            ),
            (401, r#"{"message":"Invalid authentication credentials"}"#),
            (403, r#"{"message":"You cannot consume this service"}"#),
            (
                401,
                r#"{"code":401,"error_code":"bad_jwt","msg":"invalid JWT"}"#,
            ),
        ] {
            assert_eq!(of(&said(status, &[], body)), Voice::Gateway, "{body}");
        }
        let kong = said(
            401,
            &[("server", "kong/3.9.1")],
            r#"{"message":"Unauthorized"}"#,
        );
        assert_eq!(of(&kong), Voice::Gateway);
        assert_eq!(of(&said(540, &[], "")), Voice::Paused);
        assert_eq!(of(&said(402, &[], "{}")), Voice::Restricted);
        assert_eq!(of(&said(502, &[], "<html>")), Voice::Sick);
        for body in [
            r#"{"code":429,"error_code":"over_request_rate_limit","msg":"Request rate limit reached"}"#,
            r#"{"message":"API rate limit exceeded"}"#,
            "error code: 1015",
        ] {
            assert_eq!(of(&said(429, &[], body)), Voice::Busy, "{body}");
        }
        for (status, headers, body, words) in [
            (
                200,
                &[][..],
                "<!doctype html><title>Wi-Fi</title>",
                "a web page (200)",
            ),
            (
                404,
                &[("content-type", "text/html; charset=utf-8")],
                "Not found",
                "a web page (404)",
            ),
            (
                302,
                &[("location", "/login?next=secret")],
                "",
                "sends us to http://127.0.0.1:54321/login (302)",
            ),
            (307, &[], "", "sends us elsewhere (307)"),
            (200, &[], "", "200 with nothing in it"),
            (200, &[], "ok", "no JSON object"),
            (200, &[], r#"{"status":"ok"}"#, "JSON of somebody else"),
            (200, &[], r#"[{"name":"GoTrue"}]"#, "no JSON object"),
            (
                401,
                &[],
                r#"{"detail":"Not authenticated"}"#,
                "401 with JSON of somebody else",
            ),
            (401, &[], "<html>", "a web page (401)"),
            (
                404,
                &[],
                r#"{"detail":"Not Found"}"#,
                "404 with JSON of somebody else",
            ),
        ] {
            let Voice::Stranger(told) = of(&said(status, headers, body)) else {
                panic!("{status} {body}");
            };
            assert!(told.ends_with(words), "{status} {body}: {told}");
        }
    }

    #[test]
    fn a_key_is_accepted_by_what_it_opens() {
        let anon = |status, body: &str| verdict(&said(status, &[], body), Role::Anon);
        let service = |status, body: &str| verdict(&said(status, &[], body), Role::Service);
        for (status, body) in [
            (404, NO_TABLE),
            (
                404,
                r#"{"code":"42P01","message":"relation does not exist"}"#,
            ),
            (
                403,
                r#"{"code":"42501","message":"permission denied for schema public"}"#,
            ),
            (
                406,
                r#"{"code":"PGRST106","message":"Invalid schema: public"}"#,
            ),
            (
                401,
                r#"{"message":"Access to schema is forbidden","hint":"x"}"#,
            ),
        ] {
            assert_eq!(anon(status, body), Verdict::Accepted, "{body}");
        }
        for (status, body) in [
            (401, r#"{"message":"Invalid API key"}"#),
            (401, r#"{"message":"No API key found in request"}"#),
            (
                401,
                r#"{"code":"PGRST301","message":"No suitable key or wrong key type"}"#,
            ),
        ] {
            assert_eq!(anon(status, body), Verdict::Refused, "{body}");
        }
        for (status, body) in [
            (200, "<html>"),
            (200, "{}"),
            (302, ""),
            (404, "{}"),
            (401, "{}"),
        ] {
            assert!(
                matches!(anon(status, body), Verdict::Unclear(_)),
                "{status} {body}"
            );
        }
        assert_eq!(
            service(200, r#"{"users":[],"aud":"authenticated"}"#),
            Verdict::Accepted
        );
        assert_eq!(
            service(
                403,
                r#"{"code":403,"error_code":"not_admin","msg":"User not allowed"}"#
            ),
            Verdict::Refused
        );
        for (status, body) in [
            (200, "<html>"),
            (200, "{}"),
            (200, r#"{"users":1}"#),
            (404, "{}"),
        ] {
            assert!(
                matches!(service(status, body), Verdict::Unclear(_)),
                "{status} {body}"
            );
        }
    }
}
