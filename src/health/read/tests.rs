use super::super::body::State;
use super::super::phrase;
use super::*;

mod within;
mod xml;

#[test]
fn reports_of_all_shapes_are_understood() {
    let ours = Health::parse(r#"{"status":"healthy","components":{"database":{"status":"unhealthy","message":"refused"},"celery":{"status":"degraded"},"cache":{"status":"disabled"}}}"#).expect("a report");
    assert_eq!(ours.state, Some(State::Healthy));
    let sick: Vec<&str> = ours.sick().map(|it| it.name.as_str()).collect();
    assert_eq!(sick, ["database", "celery"]);
    assert_eq!(ours.components[0].message.as_deref(), Some("refused"));
    let spring =
        Health::parse(r#"{"status":"UP","components":{"db":{"status":"UP"}}}"#).expect("a report");
    assert_eq!(spring.components[0].state, Some(State::Healthy));
    let plain =
        Health::parse(r#"{"status":true,"checks":{"redis":false,"db":"ok"}}"#).expect("a report");
    assert_eq!(
        plain.named(&["redis"]).next().and_then(|it| it.state),
        Some(State::Unhealthy)
    );
    assert_eq!(Health::parse("<html>"), None);
    assert_eq!(Health::parse(r#"{"a":1}"#).and_then(|it| it.state), None);
    let raised = Health::parse(
        r#"{"detail":{"status":"unhealthy","checks":[{"name":"db","status":"DOWN"}]}}"#,
    )
    .expect("a report");
    assert_eq!(raised.state, Some(State::Unhealthy));
    assert_eq!(raised.components[0].state, Some(State::Unhealthy));
    let draft = Health::parse(
        r#"{"status":"pass","checks":{"redis:ping":[{"status":"pass"},{"status":"fail"}]}}"#,
    )
    .expect("a report");
    assert_eq!(draft.components[0].state, Some(State::Unhealthy));
}

#[test]
fn the_worst_word_of_the_whole_counts() {
    let state = |text: &str| Health::parse(text).and_then(|it| it.state);
    for sick in [
        r#"{"healthy":false}"#,
        r#"{"allHealthy":false}"#,
        r#"{"overall_status":"error"}"#,
        r#"{"status":"maintenance"}"#,
        r#"{"status":"ok","maintenance":true}"#,
        "under maintenance",
        r#"{"ok":false}"#,
        r#"{"status":"ok","healthy":false}"#,
        r#"{"status":"success","data":{"status":"unhealthy"}}"#,
        r#"{"success":true,"data":{"health":{"status":"down"}}}"#,
        r#"{"status":503}"#,
        r#"{"status":"error: no database"}"#,
        r#"{"status":"not ready"}"#,
        "\u{feff}{\"status\":\"unhealthy\"}",
        "Unhealthy",
        "\"down\"",
        "false",
    ] {
        assert_eq!(state(sick), Some(State::Unhealthy), "{sick}");
    }
    for (well, expected) in [
        ("\u{feff}{\"status\":\"ok\"}\r\n", Some(State::Healthy)),
        ("OK", Some(State::Healthy)),
        (r#"{"detail":"Not Found"}"#, None),
        (r#"{"status":"kaputt"}"#, None),
        ("503", None),
    ] {
        assert_eq!(state(well), expected, "{well}");
    }
    let unknown = Health::parse(r#"{"status":"kaputt"}"#).and_then(|it| it.unknown);
    assert_eq!(unknown.as_deref(), Some("kaputt"));
}

#[test]
fn words_of_all_frameworks_are_known() {
    let of = |word: &str| phrase::state(word);
    for well in [
        "SERVING", "UP", "open", "Active", "yes", "green", "running", "started", "PONG",
    ] {
        assert_eq!(of(well), Some(State::Healthy), "{well}");
    }
    for sick in [
        "OUT_OF_SERVICE",
        "NOT_SERVING",
        "NotServing",
        "out of service",
        "stopped",
        "lost",
        "broken",
        "closed",
        "inactive",
        "no",
        "outage",
        "red",
        "not running",
        "not-available",
    ] {
        assert_eq!(of(sick), Some(State::Unhealthy), "{sick}");
    }
    assert_eq!(of("not_configured"), Some(State::Disabled));
    assert_eq!(of("starting"), None);
}

#[test]
fn only_parts_are_doubted() {
    let doubts = |text: &str| -> Vec<String> {
        let health = Health::parse(text).expect("a report");
        let all = health.components.into_iter();
        all.filter_map(|it| Some(format!("{} {}", it.name, it.doubt?)))
            .collect()
    };
    for (text, doubt) in [
        (
            r#"{"status":"ok","redis":"warming"}"#,
            "redis says `warming`",
        ),
        (r#"{"checks":{"mailer":"kaputt"}}"#, "mailer says `kaputt`"),
        (
            r#"{"services":[{"name":"db","status":"kaputt"}]}"#,
            "db says `kaputt`",
        ),
        (
            r#"{"checks":{"db":[{"status":"up"},{"status":"kaputt"}]}}"#,
            "db says `kaputt`",
        ),
        (
            r#"{"components":{"storage":{"status":"UP","components":{"s3":{"status":"kaputt"}}}}}"#,
            "storage has s3, which says `kaputt`",
        ),
        (
            r#"{"status":"ok","storage":{"status":"kaputt"}}"#,
            "storage says `kaputt`",
        ),
    ] {
        assert_eq!(doubts(text), [doubt], "{text}");
    }
    for silent in [
        r#"{"status":"ok","version":"1.0","name":"kaputt","environment":"staging","host":"a","timestamp":"now","uptime":"long"}"#,
        r#"{"status":"ok","cache":"memory","database":"PostgreSQL 15.3","db_version":"kaputt","storage":"azure","queue":"default","broker":"redis://h/0","last":"kaputt"}"#,
        r#"{"services":{"name":"kaputt","db":{"name":"shop"},"cache":"enabled","redis":null}}"#,
        r#"{"status":"UP","details":{"mode":"kaputt","profile":"kaputt"}}"#,
        r#"{"checks":{"db":{"status":"down","details":{"redis":"kaputt"}}}}"#,
    ] {
        assert_eq!(doubts(silent), Vec::<String>::new(), "{silent}");
    }
}

#[test]
fn an_answer_is_one_to_the_question_of_its_name() {
    let sick = |text: &str| Health::parse(text).is_some_and(|it| it.sick().next().is_some());
    assert!(sick(r#"{"status":"ok","redis":"no"}"#));
    assert!(sick(r#"{"status":"ok","database_connected":"no"}"#));
    // fastapi-health's.
    assert!(sick(r#"{"database_online":true,"redis_online":false}"#));
    assert!(sick(r#"{"is_database_working":false}"#));
    assert!(sick(r#"{"status":"ok","storage":"stopped"}"#));
    assert!(!sick(
        r#"{"status":"ok","redis_tls":"no","cache_enabled":"false"}"#
    ));
}

#[test]
fn components_stand_beside_the_status_too_and_settings_are_none() {
    let sick = |text: &str| -> Vec<String> {
        let health = Health::parse(text).expect("a report");
        health.sick().map(|it| it.name.clone()).collect()
    };
    assert_eq!(
        sick(r#"{"status":"ok","database":"disconnected","redis":"down"}"#),
        ["database", "redis"]
    );
    assert_eq!(
        sick(
            r#"{"db":false,"redis_connected":false,"storage":"unavailable","cache":{"connected":false}}"#
        ),
        ["db", "redis_connected", "storage", "cache"]
    );
    assert_eq!(
        sick(r#"{"checks":{"a":"up"},"dependencies":{"b":"down"},"data":{"c":"down"}}"#),
        ["b", "c"]
    );
    assert_eq!(
        sick(
            r#"{"status":"ok","log_level":"error","debug":false,"cache_enabled":false,"db_latency":450,"last_crawl":{"status":"failed"},"cache":{"status":"disabled","connected":false}}"#
        ),
        Vec::<String>::new()
    );
}

#[test]
fn bad_news_is_read_in_every_shape() {
    let sick = |text: &str| {
        let health = Health::parse(text).expect("a report");
        health.state == Some(State::Unhealthy) || health.sick().next().is_some()
    };
    for bad in [
        r#"{"status":"ok","redis":{"ping":false}}"#,
        r#"{"status":"ok","redis":{"up":0}}"#,
        r#"{"status":"ok","redis":{"error":"refused"}}"#,
        r#"{"status":"ok","redis":{"status":"ok","ping":false}}"#,
        r#"{"status":"ok","ping":false}"#,
        r#"{"status":"ok","database":{"result":"failure"}}"#,
        r#"{"status":"ok","database":{"message":"failed"}}"#,
        r#"{"message":"failed"}"#,
        r#"{"status":"ok","cluster":{"node1":"up","node2":"down"}}"#,
        r#"{"status":"ok","redis":{"cluster":{"node1":"up","node2":"down"}}}"#,
        r#"{"status":"ok","redis":{"status":"ok","cluster":{"node1":"up","node2":"down"}}}"#,
        r#"{"status":"ok","details":{"status":"down"}}"#,
        r#"{"checks":{"db":{"status":"ok","details":{"status":"down"}}}}"#,
        r#"{"status":"ok","checks":["database: down","redis: up"]}"#,
        r#"{"status":"ok","summary":{"healthy":3,"unhealthy":1}}"#,
        r#"{"status":"ok","redis":0}"#,
        r#"{"status":"ok","database":-1}"#,
        r#"{"status":"ok","database":503}"#,
        r#"{"status":"ok","database":"503"}"#,
        r#"{"status":"ok","database":"ok (2 of 3 nodes failed)"}"#,
        r#"{"ok":0}"#,
        r#"{"status":["down"]}"#,
        r#"{"status":{"code":500,"message":"boom"}}"#,
    ] {
        assert!(sick(bad), "{bad}");
    }
    for well in [
        r#"{"status":"ok","summary":{"healthy":3,"unhealthy":0}}"#,
        r#"{"status":"ok","redis":{"ping":"PONG","latency":450},"database":{"up":1,"ping":450}}"#,
        r#"{"status":"ok","checks":["database: up","redis: 0 errors"]}"#,
        r#"{"status":"ok","redis":1,"workers":0,"queue":0,"db_latency":450}"#,
        r#"{"status":"ok","redis":{"enabled":false,"connected":false}}"#,
        r#"{"status":"ok","redis":{"enabled":false,"status":"down","error":"refused"}}"#,
        r#"{"status":"ok","storage":{"configured":false,"connected":false}}"#,
        r#"{"status":"ok","redis":{"enabled":true,"connected":true}}"#,
        r#"{"status":"ok","code":0,"message":"no failed jobs"}"#,
        r#"{"status":"ok","last_crawl":{"error":"refused"}}"#,
    ] {
        assert!(!sick(well), "{well}");
    }
    let unused = Health::parse(r#"{"redis":{"enabled":false,"connected":false}}"#);
    assert_eq!(
        unused.expect("a report").components[0].state,
        Some(State::Disabled)
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    let told = |status: u16, body: &str, kind: &str| {
        unreadable(&Response::said(
            "http://h/health",
            status,
            &[("content-type", kind)],
            body,
        ))
        .map(|finding| (finding.severity, finding.message))
    };
    let (severity, message) = told(200, r#"{"status": "heal"#, "").expect("it is told");
    assert_eq!(severity, Severity::Error);
    assert!(message.ends_with("breaks off in the middle"), "{message}");
    let (_, message) = told(200, "{'status': 'ok'}", "").expect("it is told");
    assert!(message.contains("no sound JSON"), "{message}");
    assert!(told(200, "oops", "application/json").is_some());
    let (severity, message) = told(200, "\u{feff}\r\n", "").expect("it is told");
    assert_eq!(severity, Severity::Warning);
    assert!(message.contains("empty body"), "{message}");
    let endless = "x".repeat(5 << 20);
    let (severity, message) = told(200, &endless, "").expect("it is told");
    assert_eq!(severity, Severity::Error);
    assert!(message.contains("does not end"), "{message}");
    let length = [("content-length", "5242880")];
    let large = Response::said("http://h/health", 200, &length, &endless);
    let large = unreadable(&large).expect("it is told");
    assert_eq!(large.severity, Severity::Warning);
    assert!(
        large
            .message
            .ends_with("more than 4 MiB, and no more of a report is read")
    );
    let length = [length[0], ("content-type", "application/json")];
    let large = Response::said("http://h/health", 200, &length, &endless);
    let large = unreadable(&large).expect("it is told");
    assert_eq!(large.severity, Severity::Error);
    for nothing in ["[]", "null", "503", r#"["a","b"]"#, r#"[{"a":1}]"#] {
        let (severity, message) = told(200, nothing, "").expect("it is told");
        assert_eq!(severity, Severity::Warning);
        assert!(message.contains("says nothing of its health"), "{message}");
    }
    for silent in ["{}", r#"{"status":""}"#, r#"{"status":null,"version":"1"}"#] {
        let (severity, message) = told(200, silent, "").expect("it is told");
        assert_eq!(severity, Severity::Warning);
        assert!(message.contains("nothing of its state"), "{message}");
    }
    for (status, body, kind) in [
        (204, "", ""),
        (200, r#"[{"name":"db","status":"up"}]"#, ""),
        (200, "pong", "text/plain"),
        (200, "ok", "application/json"),
        (
            200,
            "[+]ping ok\n[-]db failed: x\ncheck failed",
            "text/plain",
        ),
        (200, "[OK] all systems go", "text/plain"),
        (200, "[ok]", "application/json"),
        (200, r#"{"a":1}"#, "application/json"),
    ] {
        assert_eq!(told(status, body, kind), None, "{body}");
    }
}

#[test]
fn parts_stand_in_groups_of_any_name() {
    let told = |text: &str| -> (Option<State>, Vec<String>) {
        let health = Health::parse(text).expect("a report");
        let sick = health.sick().map(|it| {
            let message = it.message.as_deref().unwrap_or_default();
            format!("{} {message}", it.name).trim().to_owned()
        });
        (health.state, sick.collect())
    };
    for (text, state, sick) in [
        (
            r#"{"status":"ok","deps":{"db":{"status":"down"}}}"#,
            Some(State::Healthy),
            "db",
        ),
        (
            r#"{"checkResults":[{"name":"Database","status":"failed","notificationMessage":"no host"}]}"#,
            None,
            "Database no host",
        ),
        (
            r#"{"status":"Unhealthy","results":{"npgsql":{"status":"Unhealthy","description":"refused","data":{}}}}"#,
            Some(State::Unhealthy),
            "npgsql refused",
        ),
        (
            r#"{"status":"ok","things":{"a":{"status":"up"},"b":{"healthy":false}}}"#,
            Some(State::Healthy),
            "b",
        ),
        (
            r#"{"status":"ok","things":[{"name":"a","status":"down"}]}"#,
            Some(State::Healthy),
            "a",
        ),
        (
            r#"{"status":"ok","services":{"cache":{"status":"up","degraded":true,"reason":"cold"}}}"#,
            Some(State::Healthy),
            "cache cold",
        ),
        // One part that is told of twice is one.
        (
            r#"{"status":"error","checks":{"db":"error"},"details":{"db":{"status":"error","level":40,"messages":{"db.0001":"no host"}}}}"#,
            Some(State::Unhealthy),
            "db no host",
        ),
        (
            r#"{"status":"error","info":{"a":{"status":"up"}},"error":{"db":{"status":"down","message":"late"}},"details":{"a":{"status":"up"},"db":{"status":"down","message":"late"}}}"#,
            Some(State::Unhealthy),
            "db late",
        ),
        (
            r#"{"status":"ok","Database":"up","checks":{"database":"kaputt"},"services":{"database":"down"}}"#,
            Some(State::Healthy),
            "Database",
        ),
    ] {
        assert_eq!(told(text), (state, vec![sick.to_owned()]), "{text}");
    }
    let doubted = Health::parse(r#"{"checks":{"db":"kaputt"},"services":{"db":"down"}}"#);
    assert_eq!(doubted.expect("a report").components[0].doubt, None);
    for well in [
        r#"{"status":"ok","results":{"total":450,"failed":{"pages":3}}}"#,
        r#"{"status":"ok","last_crawls":{"a":{"status":"down"}}}"#,
        r#"{"status":"ok","history":[{"id":1,"status":"down"}]}"#,
        r#"{"status":"ok","crawls":{"a":{"status":"failed"},"b":{"status":"ok"}}}"#,
        r#"{"checks":{"redis":false},"details":{"redis":{"enabled":false}}}"#,
    ] {
        assert_eq!(told(well).1, Vec::<String>::new(), "{well}");
    }
    let unnamed = r#"{"checks":[{"status":"down"}],"services":[{"status":"down"}]}"#;
    assert_eq!(told(unnamed).1.len(), 2);
}

#[test]
fn what_is_wrong_is_told_in_the_reports_own_words() {
    let told = |text: &str| -> Vec<String> {
        let health = Health::parse(text).expect("a report");
        health.told().collect()
    };
    assert_eq!(
        told(r#"{"status":"unhealthy","reason":"locked","errors":["late","gone"]}"#),
        ["locked", "late; gone"]
    );
    assert_eq!(
        told(r#"{"status":"error","error":{"db":{"status":"down","message":"late"}}}"#),
        ["db: late"]
    );
    assert_eq!(
        told(r#"{"status":"fail","data":{"status":"fail","message":"locked"}}"#),
        ["locked"]
    );
    assert_eq!(told(r#"{"status":"down","error":"none"}"#), [""; 0]);
    for name in ["error", "detail", "msg"] {
        let report = format!(r#"{{"{name}":"Database connection failed"}}"#);
        assert_eq!(told(&report), ["Database connection failed"], "{name}");
        let health = Health::parse(&report).expect("a report");
        assert!(health.errors.is_some(), "{name}");
    }
    let missing = Health::parse(r#"{"detail":"Not Found"}"#).expect("a report");
    assert_eq!(missing.errors, None);
    let lists = r#"{"db":{"replicas":[{"host":"a","status":"ok"},{"host":"b","status":"down"}]}}"#;
    let lists = Health::parse(lists).expect("a report");
    assert_eq!(lists.components[0].message.as_deref(), Some("b: down"));
}

#[test]
fn a_password_in_a_drivers_words_is_masked() {
    for told in [
        r#"{"components":{"db":{"status":"down","error":"no postgresql://a:hunter2@h/d"}}}"#,
        r#"{"db":"error: no postgresql://a:hunter2@h/d"}"#,
    ] {
        let told = Health::parse(told).expect("a report");
        assert_eq!(
            told.components[0].message.as_deref(),
            Some("no postgresql://a:••••••@h/d")
        );
    }
}

#[test]
fn names_are_the_same_in_every_spelling() {
    for (text, state, sick) in [
        (
            r#"{"Status":"OK","Db":{"Status":"FAILED"}}"#,
            State::Healthy,
            &["Db"][..],
        ),
        (r#"{"isHealthy":false}"#, State::Unhealthy, &[]),
        (r#"{"is_ok":false}"#, State::Unhealthy, &[]),
        (r#"{"is_healthy":"false"}"#, State::Unhealthy, &[]),
        (r#"{"IsAlive":true}"#, State::Healthy, &[]),
        (r#"{"HEALTHY":false}"#, State::Unhealthy, &[]),
        (r#"{"statusCode":503}"#, State::Unhealthy, &[]),
        (
            r#"{"Status":"Unhealthy","TotalDuration":"00:00:00.5","Entries":{"Db":{"Status":"Unhealthy","Description":"timeout"}}}"#,
            State::Unhealthy,
            &["Db"],
        ),
        (
            r#"{"status":"ok","redisConnected":false,"isDatabaseUp":false}"#,
            State::Healthy,
            &["redisConnected", "isDatabaseUp"],
        ),
        (
            r#"{"Success":true,"Checks":[{"Name":"db","IsHealthy":false}]}"#,
            State::Healthy,
            &["db"],
        ),
        (
            r#"{"Status":"Healthy","Redis":{"IsEnabled":false,"Connected":false}}"#,
            State::Healthy,
            &[],
        ),
    ] {
        let health = Health::parse(text).expect("a report");
        assert_eq!(health.state, Some(state), "{text}");
        let names: Vec<&str> = health.sick().map(|it| it.name.as_str()).collect();
        let mut wanted = sick.to_vec();
        wanted.sort_unstable();
        let mut names = names;
        names.sort_unstable();
        assert_eq!(names, wanted, "{text}");
    }
    let entries =
        r#"{"Status":"Unhealthy","Entries":{"Db":{"Status":"Unhealthy","Description":"timeout"}}}"#;
    let entries = Health::parse(entries).expect("a report");
    assert_eq!(entries.components[0].message.as_deref(), Some("timeout"));
}
