use super::*;
use crate::doctor::Status;
use crate::health::ways::Beside;

#[expect(clippy::unnecessary_wraps, reason = "what a question gives")]
fn said(status: u16, body: &str) -> Result<Response, Trouble> {
    Ok(Response::said("http://h/health", status, &[], body))
}

fn judged(said: &Result<Response, Trouble>, body: &str) -> Answer {
    let health = Health::parse(body);
    let detailed = Detailed::of(said, health.as_ref());
    readiness(&Way::default(), true, true, said, detailed)
}

fn ready(status: u16, body: &str) -> Status {
    judged(&said(status, body), body).status()
}

#[test]
fn the_body_decides_and_not_the_code() {
    assert_eq!(ready(200, r#"{"status":"healthy"}"#), Status::Pass);
    assert_eq!(ready(200, r#"{"status":"unhealthy"}"#), Status::Fail);
    assert_eq!(ready(200, r#"{"status":"degraded"}"#), Status::Warn);
    assert_eq!(ready(503, "down"), Status::Fail);
    assert_eq!(ready(404, "{}"), Status::Skipped);
    assert_eq!(ready(401, ""), Status::Warn);
    assert_eq!(ready(200, r#"{"status":"heal"#), Status::Fail);
    assert_eq!(ready(200, ""), Status::Warn);
    assert_eq!(ready(200, r#"{"status":"kaputt"}"#), Status::Warn);
    assert_eq!(ready(200, r#"{"status":"disabled"}"#), Status::Warn);
    assert_eq!(
        ready(200, r#"{"status":"ok","cache":{"status":"disabled"}}"#),
        Status::Pass
    );
    let body = r#"{"status":"healthy"}"#;
    let answer = judged(&said(503, body), body);
    assert_eq!(
        answer.findings[0].message,
        "http://h/health answers 503, though it says healthy"
    );
    let body = r#"{"status":"ok","redis":"down"}"#;
    assert_eq!(
        judged(&said(200, body), body).found[0],
        "says healthy in spite of redis, 200 <0.1 ms"
    );
}

#[test]
fn the_sick_are_named_with_the_checks_that_look_at_them() {
    let body = r#"{"status":"unhealthy","components":{"database":{"status":"down"},"redis_cache":{"status":"up"},"storage":{"status":"down","message":"no container"}}}"#;
    let answer = judged(&said(503, body), body);
    let told: Vec<&str> = answer
        .findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(
        told,
        [
            "the application sees storage as unhealthy",
            "http://h/health answers 503 and says unhealthy: database and storage"
        ]
    );
    assert_eq!(
        answer.findings[1].help.as_deref(),
        Some("pixcrawler doctor --only postgres")
    );
}

#[test]
fn a_part_that_says_what_nobody_knows_warns() {
    let told = |body: &str, words: &[&str]| -> Vec<String> {
        let health = Health::parse(body).expect("a report");
        let answer = components(&Way::default(), Detailed::Read(&health), words);
        let told = answer.findings.iter();
        told.map(|it| format!("{} {}", it.severity, it.message))
            .collect()
    };
    for body in [
        r#"{"status":"healthy","redis":"starting"}"#,
        r#"{"components":{"redis":{"status":"starting"}}}"#,
    ] {
        assert_eq!(
            told(body, REDIS),
            ["warning redis says `starting`: it is not ready yet"],
            "{body}"
        );
    }
    for word in [
        "stopped",
        "OUT_OF_SERVICE",
        "NOT_SERVING",
        "lost",
        "no",
        "red",
    ] {
        let body = format!(r#"{{"status":"healthy","database":"{word}"}}"#);
        assert_eq!(
            told(&body, DATABASE),
            ["error the application sees database as unhealthy"],
            "{word}"
        );
    }
    // What no row of its own tells.
    let storage = r#"{"status":"ok","checks":{"storage":"kaputt"}}"#;
    let answer = judged(&said(200, storage), storage);
    assert_eq!(
        answer.findings[0].message,
        "storage says `kaputt`, which may mean anything"
    );
}

#[test]
fn errors_beside_a_good_word_warn() {
    for (body, status) in [
        (
            r#"{"status":"healthy","errors":["database gone"]}"#,
            Status::Warn,
        ),
        (r#"{"status":"healthy","error":"gone"}"#, Status::Warn),
        (r#"{"error":"gone"}"#, Status::Fail),
        (
            r#"{"status":"healthy","errors":[],"error":null}"#,
            Status::Pass,
        ),
        (
            r#"{"status":"healthy","error":"none","problems":{}}"#,
            Status::Pass,
        ),
        (
            r#"{"status":"ok","checks":{"s":{"status":"up","error":"gone"}}}"#,
            Status::Warn,
        ),
    ] {
        assert_eq!(ready(200, body), status, "{body}");
    }
    assert_eq!(ready(401, r#"{"error":"unauthorized"}"#), Status::Warn);
}

#[test]
fn a_reason_among_the_details_is_no_part() {
    for name in [
        "msg",
        "message",
        "reason",
        "error",
        "errorMessage",
        "degraded_reason",
    ] {
        for (word, status, message) in [
            ("degraded", Status::Warn, "answers 200 and says degraded"),
            (
                "ok",
                Status::Warn,
                "answers 200 and tells of errors: redis: connection refused",
            ),
            ("down", Status::Fail, "answers 200 and says unhealthy"),
        ] {
            let body = format!(
                r#"{{"status":"{word}","details":{{"{name}":"redis: connection refused"}}}}"#
            );
            let answer = judged(&said(200, &body), &body);
            assert_eq!(answer.status(), status, "{body}");
            let [finding] = answer.findings.as_slice() else {
                panic!("{body}: {:?}", answer.findings);
            };
            assert_eq!(
                finding.message,
                format!("http://h/health {message}"),
                "{body}"
            );
            if word != "ok" {
                assert_eq!(finding.notes[0], "redis: connection refused", "{body}");
            }
        }
    }
    // What is well says so there, too, and parts beside the reason stay parts.
    let fine = r#"{"status":"ok","details":{"message":"all is well","redis":"up"}}"#;
    assert_eq!(ready(200, fine), Status::Pass);
    for bad in [
        r#"{"details":{"message":"failed"}}"#,
        r#"{"status":"ok","details":{"message":"all is well","redis":"down"}}"#,
        r#"{"status":"ok","details":{"error":{"status":"down"}}}"#,
    ] {
        let health = Health::parse(bad).expect("a report");
        assert_eq!(health.worst(), Some(State::Unhealthy), "{bad}");
    }
}

#[test]
fn the_whole_is_told_with_its_reason() {
    let notes = |status, body: &str| {
        let answer = judged(&said(status, body), body);
        answer.findings[0].notes.first().cloned()
    };
    for (status, body) in [
        (200, r#"{"status":"unhealthy","reason":"locked"}"#),
        (503, r#"{"status":"degraded","message":"locked"}"#),
        (
            200,
            r#"{"status":"healthy","degraded":true,"degraded_reasons":["locked"]}"#,
        ),
        (503, r#"{"detail":"locked"}"#),
    ] {
        assert_eq!(notes(status, body).as_deref(), Some("locked"), "{body}");
    }
    let twice =
        r#"{"status":"error","checks":{"smtp":"error"},"details":{"smtp":{"status":"error"}}}"#;
    let answer = judged(&said(500, twice), twice);
    let told: Vec<&str> = answer
        .findings
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    assert_eq!(
        told,
        [
            "the application sees smtp as unhealthy",
            "http://h/health answers 500 and says unhealthy: smtp"
        ]
    );
}

#[test]
fn a_report_that_does_not_come_is_no_health() {
    let late = Err(Trouble::TimedOut);
    let detailed = Detailed::of(&late, None);
    assert_eq!(
        readiness(&Way::default(), true, true, &late, detailed).status(),
        Status::Fail
    );
    let database = components(&Way::default(), detailed, DATABASE);
    assert!(!database.irrelevant && database.status() == Status::Skipped);
}

#[test]
fn a_report_that_is_closed_is_told_where_it_is_known_to_be_there() {
    let told = |is_there| {
        let said = said(403, "");
        readiness(&Way::default(), true, is_there, &said, Detailed::Missing)
    };
    let closed = told(true);
    assert_eq!(closed.status(), Status::Warn);
    assert_eq!(
        closed.findings[0].message,
        "http://h/health is closed to us (403)"
    );
    assert_eq!(told(false).status(), Status::Skipped);
}

#[test]
fn a_part_whose_state_is_not_told_is_not_well() {
    let told = |body: &str| {
        let health = Health::parse(body).expect("a report");
        components(&Way::default(), Detailed::Read(&health), DATABASE)
    };
    let silent = told(r#"{"status":"ok","checks":{"database":{"version":"16"}}}"#);
    assert_eq!(silent.status(), Status::Skipped);
    let says = "the report does not say how database is";
    assert_eq!(silent.skipped.as_deref(), Some(says));
    for (body, message) in [
        (
            r#"{"status":"ok","checks":{"database":{"status":0}}}"#,
            "database says `0`, which may mean anything",
        ),
        (
            r#"{"status":"ok","checks":{"database":{"status":0,"error":"gone"}}}"#,
            "the application sees database as unhealthy",
        ),
    ] {
        assert_eq!(told(body).findings[0].message, message, "{body}");
    }
}

#[test]
fn who_is_asked_too_often_says_so() {
    let busy = Response::said(
        "http://h/health/detailed",
        429,
        &[("Retry-After", "30")],
        "{}",
    );
    let answer = readiness(&Way::default(), true, true, &Ok(busy), Detailed::Missing);
    let why = "http://h/health/detailed answers 429; it asks to wait 30 s (Retry-After)";
    assert_eq!(answer.skipped.as_deref(), Some(why));
}

#[test]
fn who_tells_of_no_workers_warns() {
    for (body, message) in [
        (
            r#"{"status":"ok","celery":{"workers":[]}}"#,
            "celery tells of no workers, which may mean anything",
        ),
        (
            r#"{"celery":{"workers":0}}"#,
            "celery tells of no workers, which may mean anything",
        ),
        (
            r#"{"celery":{"activeWorkers":{}}}"#,
            "celery tells of no workers, which may mean anything",
        ),
        (
            r#"{"checks":{"workers":{"count":0}}}"#,
            "workers tells of no workers, which may mean anything",
        ),
        (
            r#"{"workers":{"count":0},"queue":{"length":5000}}"#,
            "workers tells of no workers, which may mean anything",
        ),
        (
            r#"{"status":"ok","workers":0}"#,
            "workers says `0`, which may mean anything",
        ),
        (
            r#"{"status":"ok","workers":[]}"#,
            "workers says `[]`, which may mean anything",
        ),
    ] {
        let health = Health::parse(body).expect("a report");
        let answer = components(&Way::default(), Detailed::Read(&health), WORKER);
        assert_eq!(answer.status(), Status::Warn, "{body}");
        assert_eq!(answer.findings[0].message, message, "{body}");
    }
}

#[test]
fn where_doctor_cannot_be_asked_it_is_only_named() {
    let health = Health::parse(r#"{"checks":{"database":"down"}}"#).expect("a report");
    let told = |local, workspace| {
        let way = Way {
            url: "http://h/health".to_owned(),
            local,
            workspace,
            ..Way::default()
        };
        let answer = components(&way, Detailed::Read(&health), DATABASE);
        answer.findings[0].help.clone().unwrap_or_default()
    };
    let doctor = "pixcrawler doctor --only postgres";
    assert_eq!(told(true, true), doctor);
    assert_eq!(told(false, false), doctor);
    assert_eq!(told(true, false), "curl -si http://h/health");
}

#[test]
fn components_count_even_where_the_whole_says_healthy() {
    let health = Health::parse(
        r#"{"status":"healthy","components":{"redis_cache":{"status":"unhealthy","message":"refused"}}}"#,
    )
    .expect("a report");
    let detailed = Detailed::Read(&health);
    let answer = components(&Way::default(), detailed, REDIS);
    assert_eq!(answer.status(), Status::Fail);
    assert_eq!(answer.findings[0].notes[0], "refused");
    assert_eq!(
        components(&Way::default(), detailed, DATABASE).status(),
        Status::Skipped
    );
}

#[test]
fn a_worker_that_is_missing_is_started_where_that_is_known() {
    let told = |report: &str, beside: Beside| {
        let health = Health::parse(report).expect("a report");
        let way = Way {
            url: "http://h/health".to_owned(),
            local: true,
            workspace: true,
            beside,
            ..Way::default()
        };
        let answer = components(&way, Detailed::Read(&health), WORKER);
        answer.findings.into_iter().next().expect("it is sick")
    };
    let start = "pixcrawler start worker";
    let missing = || Beside::Missing(start.to_owned());
    let doctor = "pixcrawler doctor --only redis,celery";
    for report in [
        r#"{"status":"degraded","components":{"celery":{"status":"degraded","message":"no worker answers"}}}"#,
        r#"{"celery":{"status":"degraded","message":"No active workers found"}}"#,
        r#"{"celery":{"status":"healthy","workers":0}}"#,
    ] {
        assert_eq!(told(report, missing()).help.as_deref(), Some(start));
        assert_eq!(
            told(report, Beside::Otherwise).help.as_deref(),
            Some(doctor)
        );
        let elsewhere = told(report, Beside::Unknown);
        assert!(
            elsewhere
                .notes
                .iter()
                .any(|it| it.contains("has to be started there")),
            "{elsewhere:?}"
        );
    }
    for other in [
        r#"{"celery":{"status":"unhealthy","message":"no route to the broker of the worker"}}"#,
        r#"{"celery":{"status":"unhealthy"}}"#,
    ] {
        assert_eq!(told(other, missing()).help.as_deref(), Some(doctor));
    }
}

#[test]
fn a_word_that_nobody_knows_is_quoted_whatever_the_status() {
    let body = r#"{"status":"starting"}"#;
    for status in [200, 503] {
        let answer = judged(&said(status, body), body);
        assert!(answer.found[0].starts_with("says `starting`"), "{answer:?}");
        let message = &answer.findings[0].message;
        assert!(
            message.contains(&format!(
                "{status} and says `starting`: it is not ready yet"
            )),
            "{message}"
        );
    }
}
