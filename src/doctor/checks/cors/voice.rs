//! What an answer says about origins, and whether an API gives it.

use serde_json::{Map, Value};

use url::Url;

use crate::system::http::{self, Response};

use super::first::Manner;
use super::judge::Live;

/// What a report of one's health speaks of.
const REPORTED: &[&str] = &["status", "state", "health", "healthy", "ok"];

/// Characters of a server's name that are shown.
const SHOWN: usize = 40;

/// What the answer to a browser's question says; none where it has no word about origins, which others than
/// the API may have given.
pub(super) fn of(response: &Response) -> Option<Live> {
    let origins: Vec<&str> = response
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("access-control-allow-origin"))
        .flat_map(|(_, value)| value.split(','))
        .map(str::trim)
        .collect();
    match origins.as_slice() {
        [] => says_cors(response).then_some(Live::Refuses),
        [origin] => Some(Live::Names {
            origin: (*origin).to_owned(),
            credentials: response
                .header("access-control-allow-credentials")
                .is_some_and(|it| it == "true"),
            methods: response
                .header("access-control-allow-methods")
                .map(|it| it.split(',').map(|it| it.trim().to_owned()).collect()),
            manner: manner(response),
        }),
        several => Some(Live::Several {
            origins: several.iter().map(|it| (*it).to_owned()).collect(),
            before: before(response),
        }),
    }
}

/// How an answer is given.
pub(super) fn manner(response: &Response) -> Manner {
    let to = response
        .header("location")
        .and_then(|to| Url::parse(&response.url).ok()?.join(to).ok());
    Manner {
        status: response.status,
        to: to.as_ref().map(http::shown),
        before: before(response),
    }
}

/// Starlette answers a refused preflight with 400 and these words.
fn says_cors(response: &Response) -> bool {
    response.body.contains("Disallowed CORS")
}

/// What stands before the API, where the answer tells: the API's own server is none.
fn before(response: &Response) -> Option<String> {
    const OWN: &[&str] = &["uvicorn", "gunicorn", "hypercorn", "granian", "daphne"];
    let name = response.header("server")?.trim();
    let is_own = OWN
        .iter()
        .any(|own| name.to_ascii_lowercase().starts_with(own));
    (!name.is_empty() && !is_own).then(|| name.chars().take(SHOWN).collect())
}

/// Whether an answer is what only an API gives: a report of its health, or the description of its routes.
pub(super) fn is_of_api(response: &Response) -> bool {
    let Ok(Value::Object(told)) = serde_json::from_str::<Value>(&response.body) else {
        return false;
    };
    match response.status {
        200 => reports(&told) || told.contains_key("openapi") && told.contains_key("paths"),
        503 => reports(&told),
        _ => false,
    }
}

fn reports(told: &Map<String, Value>) -> bool {
    told.keys()
        .any(|key| REPORTED.contains(&key.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {

    use super::*;

    fn said(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        Response::said("http://localhost:8000/", status, headers, body)
    }

    #[test]
    fn an_origin_that_is_named_twice_is_not_named_once() {
        let allow = "access-control-allow-origin";
        let several = |headers: &[(&str, &str)]| match of(&said(200, headers, "")) {
            Some(Live::Several { origins, before }) => Some((origins.join(" "), before)),
            _ => None,
        };
        let twice = Some(("http://a http://a".to_owned(), None));
        assert_eq!(several(&[(allow, "http://a"), (allow, "http://a")]), twice);
        assert_eq!(several(&[(allow, "http://a, http://a")]), twice);
        let uvicorn = [(allow, "*,http://a"), ("server", "uvicorn")];
        assert_eq!(several(&uvicorn), Some(("* http://a".to_owned(), None)));
        let nginx = [(allow, "*,http://a"), ("server", "nginx/1.27")];
        assert_eq!(
            several(&nginx).and_then(|(_, before)| before).as_deref(),
            Some("nginx/1.27")
        );
        assert_eq!(several(&[(allow, "http://a")]), None);
        assert_eq!(of(&said(405, &[], r#"{"detail":"no"}"#)), None);
    }

    #[test]
    fn an_api_reports_its_health_or_describes_itself() {
        let is = |status, body| is_of_api(&said(status, &[], body));
        assert!(is(200, r#"{"Status":"ok"}"#));
        assert!(is(503, r#"{"status":"unhealthy"}"#));
        assert!(is(200, r#"{"openapi":"3.1.0","paths":{}}"#));
        for (status, body) in [
            (200, "ok"),
            (200, "<html>"),
            (200, r#"{"detail":"?"}"#),
            (200, r#"["status"]"#),
            (404, r#"{"status":404}"#),
            (503, r#"{"openapi":"3.1.0","paths":{}}"#),
        ] {
            assert!(!is(status, body), "{status} {body}");
        }
    }
}
