use super::*;

#[test]
fn a_report_of_many_levels_is_read_in_the_end() {
    let deep = format!("{}1{}", r#"{"checks":{"a":"#.repeat(40), "}}".repeat(40));
    let health = Health::parse(&deep).expect("a report");
    assert_eq!(health.components.len(), 1);
}

#[test]
fn parts_of_parts_count_and_lists_need_no_names() {
    let sick = |text: &str| -> Vec<String> {
        let health = Health::parse(text).expect("a report");
        health.sick().map(|it| it.name.clone()).collect()
    };
    for (text, name) in [
        (
            r#"{"status":"ok","components":{"storage":{"components":{"s3":{"status":"DOWN"}}}}}"#,
            "storage",
        ),
        (
            r#"{"status":"ok","components":{"storage":{"status":"UP","components":{"s3":{"status":"DOWN"}}}}}"#,
            "storage",
        ),
        (
            r#"{"status":"ok","services":{"db":{"primary":{"status":"down"},"replica":{"status":"up"}}}}"#,
            "db",
        ),
        (
            r#"{"status":"ok","db":{"primary":{"connected":false}}}"#,
            "db",
        ),
        (r#"{"checks":{"db":{"status":{"ok":false}}}}"#, "db"),
        (r#"{"db":{"passed":false}}"#, "db"),
        (
            r#"{"status":"ok","db":{"primary":{"status":"ok"},"replicas":[{"host":"a","status":"ok"},{"host":"b","status":"down"}]}}"#,
            "db",
        ),
        (
            r#"{"status":"ok","db":{"status":"ok","replicas":[{"host":"b","status":"error"}]}}"#,
            "db",
        ),
        (
            r#"{"status":"ok","storage":{"status":"ok","disks":[{"name":"a","status":"down"}]}}"#,
            "storage",
        ),
        (
            r#"{"status":"ok","redis":[{"node":"a","status":"down"}]}"#,
            "redis",
        ),
        (
            r#"{"status":"ok","nodes":[{"host":"a","status":"up"},{"host":"b","status":"down"}]}"#,
            "nodes",
        ),
        (
            r#"{"status":"UP","components":{"db":{"status":"UP","details":{"nodes":[{"status":"DOWN"}]}}}}"#,
            "db",
        ),
        (
            r#"{"status":"ok","db":{"status":"ok","cluster":{"zones":[{"nodes":[{"status":"down"}]}]}}}"#,
            "db",
        ),
        (
            r#"{"status":"ok","checks":[{"redis":{"status":"down"}}]}"#,
            "redis",
        ),
        (r#"{"checks":[{"redis":"down"},{"db":"up"}]}"#, "redis"),
        (
            r#"{"healthy":true,"dependencies":[{"id":"db","healthy":false}]}"#,
            "db",
        ),
        (
            r#"{"healthy":true,"dependencies":[{"ok":true},{"ok":false}]}"#,
            "number 2",
        ),
    ] {
        assert_eq!(sick(text), [name], "{text}");
    }
    for well in [
        r#"{"status":"UP","components":{"db":{"status":"UP","details":{"readOnly":false,"mode":"failed"}}}}"#,
        r#"{"services":{"cache":{"status":"disabled","checks":{"ping":"down"}}}}"#,
        r#"{"db":{"pool":{"size":5,"debug":false}},"checks":["a","b",{"x":1}]}"#,
        r#"{"status":"ok","db":{"status":"ok","history":[{"at":1,"status":"down"}]}}"#,
        r#"{"status":"ok","celery":{"status":"ok","tasks":[{"id":1,"status":"failed"}]}}"#,
        r#"{"status":"ok","queue":[{"id":1,"status":"failed"},{"id":2,"status":"ok"}]}"#,
        r#"{"status":"ok","db":{"passed":12,"online":0}}"#,
    ] {
        assert_eq!(sick(well), Vec::<String>::new(), "{well}");
    }
}
