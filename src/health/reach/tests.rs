use super::*;
use crate::doctor::Status;
use crate::health::Other;

fn way() -> Way {
    Way {
        url: "http://localhost:8000/".to_owned(),
        local: true,
        workspace: true,
        start: Some("pixcrawler dev backend".to_owned()),
        log: Some("pixcrawler logs backend -n 50".to_owned()),
        ..Way::default()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what a question gives")]
fn said(status: u16, body: &str) -> Result<Response, Trouble> {
    Ok(Response::said(
        "http://localhost:8000/health",
        status,
        &[],
        body,
    ))
}

fn help(said: &Result<Response, Trouble>) -> String {
    let answer = api(&way(), said);
    assert_eq!(answer.status(), Status::Fail);
    answer.findings[0].help.clone().unwrap_or_default()
}

#[test]
fn the_body_decides_and_not_the_code() {
    let status = |body: &str| api(&way(), &said(200, body)).status();
    assert_eq!(status(r#"{"status":"unhealthy"}"#), Status::Fail);
    assert_eq!(status("ok"), Status::Pass);
    assert_eq!(status("pong"), Status::Pass);
    assert_eq!(status("Unhealthy"), Status::Fail);
    assert_eq!(status(r#"{"isHealthy":false}"#), Status::Fail);
    assert_eq!(status(r#"{"Status":"Degraded"}"#), Status::Warn);
    for degraded in [
        "Degraded",
        "\"degraded\"",
        "degraded: redis slow",
        "draining",
        "warning",
    ] {
        let answer = api(&way(), &said(200, degraded));
        assert_eq!(answer.status(), Status::Warn, "{degraded}");
        assert!(
            answer.findings[0]
                .message
                .ends_with("answers 200, degraded")
        );
    }
    assert_eq!(status(r#"{"healthy":false}"#), Status::Fail);
    assert_eq!(status(r#"{"status":"heal"#), Status::Fail);
    assert_eq!(status(""), Status::Warn);
    assert_eq!(status(r#"{"status":"kaputt"}"#), Status::Warn);
    for off in [r#"{"status":"disabled"}"#, "disabled"] {
        let answer = api(&way(), &said(200, off));
        assert_eq!(answer.status(), Status::Warn, "{off}");
        let message = &answer.findings[0].message;
        assert!(
            message.ends_with("says that it is switched off"),
            "{message}"
        );
    }
    assert_eq!(status("\u{feff}{\"status\":\"ok\"}"), Status::Pass);
}

#[test]
fn what_the_report_says_beside_its_word_is_told() {
    for (status, body, note) in [
        (200, r#"{"status":"unhealthy","reason":"locked"}"#, "locked"),
        (503, r#"{"detail":"locked"}"#, "locked"),
        (200, r#"{"status":"degraded","errors":["a","b"]}"#, "a; b"),
        (200, "down: locked", "it says: down: locked"),
    ] {
        let answer = api(&way(), &said(status, body));
        assert_eq!(answer.findings[0].notes[0], note, "{body}");
    }
    let listed = "[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed";
    let answer = api(&way(), &said(500, listed));
    assert!(
        answer.findings[0]
            .message
            .ends_with("answers 500, unhealthy")
    );
    assert!(answer.findings[0].notes.is_empty());
    // A good word with a code that is none.
    let answer = api(&way(), &said(503, r#"{"status":"healthy"}"#));
    let message = &answer.findings[0].message;
    assert!(
        message.ends_with("answers 503, though it says healthy"),
        "{message}"
    );
}

#[test]
fn each_trouble_has_its_own_command() {
    assert_eq!(help(&Err(Trouble::Refused)), "pixcrawler dev backend");
    let starting = Way {
        starting: Some("backend".to_owned()),
        ..way()
    };
    for trouble in [Trouble::Refused, Trouble::Closed, Trouble::TimedOut] {
        let waits = api(&starting, &Err(trouble));
        assert_eq!(waits.findings[0].help.as_deref(), Some(super::super::WAIT));
    }
    assert_eq!(
        help(&Err(Trouble::Closed)),
        "pixcrawler health https://localhost:8000/"
    );
    assert_eq!(
        help(&Err(Trouble::TimedOut)),
        "pixcrawler health http://localhost:8000/ --timeout 60"
    );
    // What is wrong is wrong where it sends us.
    let moved = |to: &str, why| {
        help(&Err(Trouble::Moved {
            to: to.to_owned(),
            why: Box::new(why),
        }))
    };
    assert_eq!(
        moved("http://localhost:9000/", Trouble::Refused),
        "curl -sIL --max-redirs 5 http://localhost:8000/"
    );
    assert!(
        moved("https://localhost:9000/", Trouble::Untrusted)
            .ends_with("pixcrawler health https://localhost:9000/")
    );
    let other = Trouble::Other("reads no answer".to_owned());
    assert_eq!(help(&Err(other)), "curl -v http://localhost:8000/");
    assert!(help(&Err(Trouble::Authority)).contains("SSL_CERT_FILE=cert.pem"));
    assert!(help(&Err(Trouble::Untrusted)).contains("SSL_CERT_FILE=ca.pem"));
    assert_eq!(help(&Err(Trouble::Broken)), "pixcrawler logs backend -n 50");
    assert_eq!(help(&Err(Trouble::Unresolved)), "nslookup localhost");
    assert_eq!(help(&said(404, "{}")), "pixcrawler doctor --only ports");
    assert_eq!(help(&said(302, "")), "pixcrawler doctor --only ports");
    assert_eq!(help(&said(503, "")), "pixcrawler logs backend -n 50");
    let page = "<html><title>502 Bad Gateway</title>";
    assert_eq!(help(&said(502, page)), "pixcrawler logs backend -n 50");
    assert_eq!(help(&said(200, page)), "pixcrawler doctor --only ports");
    assert_eq!(
        help(&said(401, "")),
        "pixcrawler health http://USER:PASSWORD@localhost:8000/"
    );
    assert_eq!(
        help(&said(400, "sent an HTTP request to an HTTPS server")),
        "pixcrawler health https://localhost:8000/"
    );
}

#[test]
fn a_page_tells_its_status() {
    let told = |status| {
        let answer = api(&way(), &said(status, "<html>"));
        let finding = &answer.findings[0];
        let message = finding
            .message
            .rsplit("/health ")
            .next()
            .unwrap_or_default();
        (finding.rule.code, message.to_owned())
    };
    for status in [502, 503] {
        assert_eq!(
            told(status),
            ("health/unhealthy", format!("answers {status}"))
        );
    }
    assert_eq!(
        told(200),
        (
            "health/unreachable",
            "answers with a web page: that is no API's health report".to_owned()
        )
    );
    assert!(told(429).1.starts_with("answers 429 with a web page"));
}

#[test]
fn a_page_that_we_are_sent_to_is_told_with_the_place_that_sent_us() {
    let told = |to: &str| {
        let mut response = Response::said(to, 200, &[], "<html>");
        response.asked = Some("http://localhost:8000/health".to_owned());
        let answer = api(&way(), &Ok(response));
        let finding = &answer.findings[0];
        let help = finding.help.clone().unwrap_or_default();
        (finding.rule.code, finding.message.clone(), help)
    };
    let cure = "curl -si http://localhost:8000/health".to_owned();
    let login = "http://localhost:8000/accounts/sign-in";
    let message = format!("http://localhost:8000/health sends us to a page to log in, {login}");
    assert_eq!(told(login), ("health/closed", message, cure.clone()));
    let (code, message, help) = told("http://localhost:8000/author");
    assert_eq!((code, help), ("health/unreachable", cure));
    assert!(message.contains("sends us to a web page, http://localhost:8000/author"));
    let (_, message, help) = told("http://localhost:8000/health/");
    assert!(message.ends_with("that is no API's health report") && help.contains("ports"));
}

#[test]
fn another_place_than_the_one_that_was_named_is_told() {
    let found = |url: &str, named| {
        let way = Way {
            url: url.to_owned(),
            named,
            ..way()
        };
        api(&way, &said(200, "ok")).found[0].clone()
    };
    let told = "http://localhost:8000/health (asked http://localhost:8000/hc) 200";
    assert!(found("http://localhost:8000/hc", true).starts_with(told));
    for (url, named) in [
        ("http://localhost:8000/hc", false),
        ("http://localhost:8000/", true),
        ("http://localhost:8000/health", true),
    ] {
        assert!(!found(url, named).contains("asked"), "{url}");
    }
}

#[test]
fn an_api_of_the_session_without_a_report_is_there_all_the_same() {
    let runs = |named| Way {
        runs: Some("backend".to_owned()),
        tried: vec!["/health".to_owned(), "/healthz".to_owned()],
        named,
        ..way()
    };
    let answer = api(&runs(false), &said(404, "{}"));
    let finding = &answer.findings[0];
    assert_eq!(answer.status(), Status::Warn);
    assert_eq!(finding.rule.code, "health/unreadable");
    let told = "`backend` runs at http://localhost:8000/, and has no health report";
    assert_eq!(finding.message, told);
    let line = Some("pixcrawler explain health/unreadable");
    assert_eq!(finding.help.as_deref(), line);
    // The web application runs there as well, and is asked for no report.
    let web = Way {
        other: Some(Other {
            words: "the web application of this workspace".to_owned(),
            ask: "pixcrawler health".to_owned(),
        }),
        ..runs(false)
    };
    let answer = api(&web, &said(404, "{}"));
    assert_ne!(answer.findings[0].rule.code, "health/unreadable");
    assert_eq!(
        answer.findings[0].help.as_deref(),
        Some("pixcrawler health")
    );
    // A place that somebody named is wrong, whoever runs there.
    let answer = api(&runs(true), &said(404, "{}"));
    assert_eq!(answer.findings[0].rule.code, "health/unreachable");
}

#[test]
fn without_a_workspace_no_command_that_needs_one_is_told() {
    let way = Way {
        workspace: false,
        ..way()
    };
    let answer = api(&way, &said(404, "{}"));
    assert_eq!(
        answer.findings[0].help.as_deref(),
        Some("curl -si http://localhost:8000/")
    );
}

#[test]
fn a_report_is_none_the_less_one_for_what_it_is_called() {
    let called_a_page = |body: &str| {
        let mut response = said(200, body).expect("an answer");
        response.headers = vec![("content-type".to_owned(), "text/html".to_owned())];
        let answer = api(&way(), &Ok(response));
        let findings = answer.findings.iter();
        let codes: Vec<&str> = findings.map(|it| it.rule.code).collect();
        (answer.status(), codes.join(" "))
    };
    let is = |status, code: &str| (status, code.to_owned());
    assert_eq!(
        called_a_page(r#"{"status":"ok","db":"down"}"#),
        is(Status::Pass, "")
    );
    assert_eq!(called_a_page("OK"), is(Status::Pass, ""));
    assert_eq!(
        called_a_page(r#" {"status":"down"}"#),
        is(Status::Fail, "health/unhealthy")
    );
    assert_eq!(
        called_a_page(r#"{"status": "heal"#),
        is(Status::Fail, "health/unreadable")
    );
    assert_eq!(
        called_a_page("[+]ping ok\n[+]log ok\nreadyz check passed"),
        is(Status::Pass, "")
    );
    for page in ["<p>ok</p>", "Welcome", ""] {
        assert_eq!(
            called_a_page(page),
            is(Status::Fail, "health/unreachable"),
            "{page}"
        );
    }
}

#[test]
fn who_gave_a_password_is_not_told_to_give_one() {
    let way = Way {
        credentials: true,
        ..way()
    };
    let refused = api(&way, &said(401, ""));
    let finding = &refused.findings[0];
    assert_eq!(finding.rule.code, "health/closed");
    assert_eq!(
        finding.message,
        "http://localhost:8000/health does not let in the user and the password of its address (401)"
    );
    assert_eq!(
        finding.help.as_deref(),
        Some("curl -si -u USER http://localhost:8000/health")
    );
    let moved = Way {
        url: "https://old.example/".to_owned(),
        ..way
    };
    assert_eq!(
        api(&moved, &said(401, "")).findings[0].help.as_deref(),
        Some("pixcrawler health http://USER:PASSWORD@localhost:8000/")
    );
}

#[test]
fn what_is_no_report_is_told_for_what_it_is() {
    let xml = |body: &str| {
        let said = Response::said("http://localhost:8000/health", 200, &[], body);
        api(&way(), &Ok(said)).findings[0].clone()
    };
    for body in [
        "<feed><entry>news</entry></feed>",
        "<?xml version=\"1.0\"?>\n<report day=\"monday\"/>",
    ] {
        let finding = xml(body);
        assert_eq!(finding.rule.code, "health/unreadable", "{body}");
        assert!(finding.message.contains("XML"), "{}", finding.message);
    }
    let down = xml("<health><status>DOWN</status></health>");
    assert_eq!(down.rule.code, "health/unhealthy");
    for page in [
        "<!DOCTYPE html><html></html>",
        "<?xml version=\"1.0\"?><html></html>",
        "<p>hi</p>",
    ] {
        assert_eq!(xml(page).rule.code, "health/unreachable", "{page}");
    }
    let busy = Response::said(
        "http://localhost:8000/health",
        429,
        &[("retry-after", "30")],
        "",
    );
    let busy = api(&way(), &Ok(busy));
    assert_eq!(
        busy.findings[0].notes[0],
        "it asks to wait 30 s (Retry-After)"
    );
    let asked = way().asking(Some("http://localhost:8000/health".to_owned()));
    let circle = api(&asked, &Err(Trouble::Redirects));
    let message = "http://localhost:8000/health: redirects without end";
    assert_eq!(circle.findings[0].message, message);
    let secure = Way {
        url: "https://localhost:8000/".to_owned(),
        ..way()
    };
    let closed = api(&secure, &Err(Trouble::Closed));
    let help = "pixcrawler health http://localhost:8000/";
    assert_eq!(closed.findings[0].help.as_deref(), Some(help));
}

#[test]
fn the_page_decides_and_not_that_somebody_answers() {
    let status = |said, alive| web(Some((&way(), &Page { said, alive }))).status();
    assert_eq!(status(said(200, ""), true), Status::Pass);
    assert_eq!(status(said(401, ""), true), Status::Pass);
    assert_eq!(status(said(404, ""), true), Status::Warn);
    assert_eq!(status(said(500, ""), true), Status::Fail);
    assert_eq!(status(Err(Trouble::TimedOut), true), Status::Warn);
    assert_eq!(status(Err(Trouble::TimedOut), false), Status::Fail);
    assert_eq!(status(Err(Trouble::Refused), false), Status::Fail);
}

#[test]
fn who_answers_in_the_place_of_another_is_told() {
    let way = Way {
        url: "http://old.example/".to_owned(),
        ..Way::default()
    };
    let answer = api(&way, &said(200, "ok"));
    assert!(
        answer.found[0].starts_with("http://localhost:8000/health (asked http://old.example/) 200"),
        "{}",
        answer.found[0]
    );
}
