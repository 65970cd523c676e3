use super::*;

fn place(kind: Kind) -> Place {
    Place {
        url: "http://h/".parse().expect("a URL"),
        kind,
        named: false,
    }
}

fn paths(base: &str, own: Option<&str>, typed: bool) -> Vec<String> {
    let base = base.parse().expect("a URL");
    let places = Paths::of_report(&base, own, &["/health", "/health/live"], typed);
    let all = places.0.iter().map(|it| {
        let query = it.url.query().map(|query| format!("?{query}"));
        format!("{}{}", it.url.path(), query.unwrap_or_default())
    });
    all.collect()
}

#[test]
fn what_was_given_is_asked_as_it_stands() {
    for (base, own, asked) in [
        ("http://h", None, "/health /health/live"),
        ("http://h/", Some("/x"), "/x /health /health/live"),
        (
            "http://h/api/health",
            None,
            "/api/health /health /api/health/live /health/live",
        ),
        (
            "http://h/actuator/health/",
            Some("/x"),
            "/actuator/health/ /x /actuator/health /health /actuator/health/live /health/live",
        ),
        (
            "http://h/api",
            Some("/x"),
            "/x /api/health /api/health/live /api /health /health/live",
        ),
        (
            "http://u:p@h/readyz?token=a#b",
            None,
            "/readyz?token=a /health?token=a /readyz/health?token=a /health/live?token=a /readyz/health/live?token=a",
        ),
        (
            "http://h/v1/health/detailed",
            None,
            "/v1/health/detailed /v1/health /health /v1/health/live /health/live",
        ),
    ] {
        assert_eq!(paths(base, own, false).join(" "), asked, "{base}");
    }
}

#[test]
fn what_was_typed_is_asked_before_what_the_code_has() {
    for (base, asked) in [
        ("http://h", "/x /health /health/live"),
        (
            "http://h/hc",
            "/hc/health /hc/health/live /hc /x /health /health/live",
        ),
    ] {
        assert_eq!(paths(base, Some("/x"), true).join(" "), asked, "{base}");
    }
}

#[test]
fn of_a_place_that_was_typed_whatever_is_wrong_is_the_answer() {
    let named = |said: &Said| {
        let place = Place {
            named: true,
            ..place(Kind::Base)
        };
        place.counts(said)
    };
    for (status, body, counts) in [
        (200, r#"{"status":"ok"}"#, true),
        (200, r#"{"name":"api"}"#, false),
        (200, "", false),
        (204, "", false),
        (200, r#"{"status":"ok", "db":"#, true),
        (200, "<html>", true),
        (302, "", true),
        (401, "", true),
        (403, "", true),
        (404, "", false),
        (405, "", false),
        (500, "", true),
    ] {
        assert_eq!(named(&said(status, body)), counts, "{status} {body}");
    }
    assert!(named(&Err(Trouble::TimedOut)));
    assert!(!place(Kind::Base).counts(&Err(Trouble::TimedOut)));
}

#[test]
fn only_whole_names_are_those_of_reports() {
    for report in [
        "/health",
        "/api/healthz/",
        "/health-check",
        "/healthcheck",
        "/health_checks",
        "/livez",
        "/liveness",
        "/readinessProbe",
        "/isAlive",
        "/is_ready",
        "/__lbheartbeat__",
        "/app-health",
        "/health.json",
        "/statusz",
        "/up",
        "/health/detailed",
    ] {
        assert!(is_report(report), "{report}");
    }
    for other in [
        "/",
        "/healthcare",
        "/livechat",
        "/status-api",
        "/pingsvc",
        "/readings",
        "/health/api",
        "/upload",
        "/api",
        "/is",
    ] {
        assert!(!is_report(other), "{other}");
    }
    assert_eq!(
        paths("http://h/livechat", None, false).join(" "),
        "/livechat/health /livechat/health/live /livechat /health /health/live"
    );
    assert_eq!(
        paths("http://h/healthcare/live", None, false).join(" "),
        "/healthcare/live /healthcare/health /healthcare/live/health /health \
         /healthcare/health/live /healthcare/live/health/live /health/live"
    );
}

#[expect(clippy::unnecessary_wraps, reason = "what a question gives")]
fn said(status: u16, body: &str) -> Said {
    Ok(Response::said("http://h/health", status, &[], body))
}

#[test]
fn a_base_counts_where_it_speaks_of_health() {
    for (status, body, report, base) in [
        (200, r#"{"status":"ok"}"#, true, true),
        (503, r#"{"status":"down"}"#, true, true),
        (200, r#"{"name":"api"}"#, true, false),
        (200, "<html>", false, false),
        (401, "", true, false),
        (500, "", true, false),
        (404, r#"{"status":"error"}"#, false, false),
        (405, "", false, false),
    ] {
        let said = said(status, body);
        let told = (
            place(Kind::Report).counts(&said),
            place(Kind::Base).counts(&said),
        );
        assert_eq!(told, (report, base), "{status} {body}");
    }
}

#[test]
fn a_detailed_report_tells_that_the_api_answers() {
    let report = r#"{"status":"down"}"#;
    for (live, status, detailed, is_live) in [
        (said(404, ""), 200, report, false),
        (said(404, ""), 503, report, false),
        (said(200, "<html>"), 200, report, false),
        (said(200, r#"{"name":"api"}"#), 200, report, false),
        (said(200, r#"{"name":"api"}"#), 404, "", true),
        (said(404, ""), 404, report, true),
        (said(404, ""), 200, "<html>", true),
        (said(401, ""), 200, report, true),
        (said(500, ""), 200, report, true),
        (Err(Trouble::Refused), 200, report, true),
    ] {
        let answered = Answered {
            said: live.clone(),
            meant: false,
            place: None,
            tried: Vec::new(),
        };
        let told = alive(answered, &said(status, detailed));
        let of = |it: &Said| it.as_ref().ok().map(|it| (it.status, it.body.clone()));
        assert_eq!(of(&told) == of(&live), is_live, "{status} {detailed}");
    }
}

#[test]
fn no_report_hides_a_worse_one() {
    let parts = r#"{"status":"ok","redis":"down"}"#;
    let well = r#"{"status":"ok","redis":"up"}"#;
    for (live, status, detailed, is_live) in [
        (well, 404, "", true),
        (well, 200, "<html>", true),
        (parts, 200, r#"{"status":"ok"}"#, true),
        (parts, 200, well, true),
        (well, 200, parts, false),
        (well, 200, well, false),
        (well, 200, r#"{"status":"down"}"#, false),
        (well, 200, r#"{"status":"#, false),
        (well, 503, "", false),
        (well, 500, r#"{"error":"x"}"#, false),
        (well, 200, r#"{"status":"kaputt"}"#, false),
        (r#"{"status":"ok"}"#, 404, "", false),
    ] {
        let told = most_telling(&said(200, live), said(status, detailed));
        let body = told.expect("an answer").body;
        let expected = if is_live { live } else { detailed };
        assert_eq!(body, expected, "{live} {status} {detailed}");
    }
}
