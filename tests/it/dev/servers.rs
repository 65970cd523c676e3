//! Servers that the session would start, and what stands in their way.

use crate::support::{Workspace, free_port};

#[test]
fn urls_that_disagree_are_told_whoever_the_server_is_started_for() {
    let workspace = Workspace::new(
        "[services.api]\ncommand = \"sleep 600\"\ncwd = \"backend\"\n[services.other]\ncommand = \"sleep 600\"\n",
    );
    let (port, other) = (free_port(), free_port());
    let write = |lines: &[String]| workspace.write("backend/.env", &(lines.join("\n") + "\n"));
    let planned = || workspace.dev(&["--dry-run"]).run();
    let redis =
        |name: &str, password: &str| format!("{name}=redis://:{password}@127.0.0.1:{port}/0");
    write(&[
        redis("CELERY_BROKER_URL", "one"),
        redis("CELERY_RESULT_BACKEND", "two"),
    ]);
    let refused = planned();
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    let told = "CELERY_RESULT_BACKEND gives one user another password than CELERY_BROKER_URL";
    assert!(refused.all().contains(told), "{}", refused.all());
    // Where a password has a variable of its own, that one is told with its place.
    let parts =
        format!("CACHE_REDIS_HOST=127.0.0.1\nCACHE_REDIS_PORT={port}\nCACHE_REDIS_PASSWORD=two");
    write(&[redis("CELERY_BROKER_URL", "one"), parts]);
    let refused = planned().all();
    let told = "CACHE_REDIS_PASSWORD gives one user another password than CELERY_BROKER_URL";
    let reversed = "CELERY_BROKER_URL gives one user another password than CACHE_REDIS_PASSWORD";
    assert!(
        refused.contains(told) || refused.contains(reversed),
        "{refused}"
    );
    assert!(refused.contains("backend/.env:4"), "{refused}");
    assert!(!refused.contains("CACHE_REDIS_HOST"), "{refused}");
    // One name in two tiers: the places tell them apart.
    let url =
        |password: &str| format!("DATABASE_URL=postgresql://a:{password}@127.0.0.1:{other}/c\n");
    write(&[url("one")]);
    workspace.write("frontend/package.json", "{\"name\": \"web\"}");
    workspace.write("frontend/.env", &url("two"));
    let refused = planned().all();
    let places = [
        "DATABASE_URL (backend/.env:1)",
        "DATABASE_URL (frontend/.env:1)",
    ];
    for place in places {
        let way = format!("that of {place} in both: pixcrawler env set");
        assert!(refused.contains(&way), "{refused}");
    }
    std::fs::remove_dir_all(workspace.file("frontend")).expect("it was there");
    // Two kinds of server at one port, and a second one of the other kind at another.
    let postgres = |port: u16| format!("DATABASE_URL=postgresql://a:b@127.0.0.1:{port}/c");
    write(&[redis("CELERY_BROKER_URL", "one"), postgres(port)]);
    let refused = planned();
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    assert!(
        refused.all().contains("plan/managed-url"),
        "{}",
        refused.all()
    );
    write(&[redis("CELERY_BROKER_URL", "one"), postgres(other)]);
    let agreed = planned();
    assert_eq!(agreed.code(), Some(0), "{}", agreed.all());
}

#[test]
fn what_a_managed_server_does_not_give_is_changed_by_the_printed_command() {
    let workspace = Workspace::new("[services.api]\ncommand = \"sleep 600\"\ncwd = \"backend\"\n");
    let port = free_port();
    for (name, url, told, part) in [
        (
            "CELERY_BROKER_URL",
            format!("rediss://:one@127.0.0.1:{port}/0?ssl_cert_reqs=CERT_REQUIRED"),
            "insists on TLS",
            "scheme=redis",
        ),
        (
            "DATABASE_URL",
            format!("postgresql+asyncpg://a:b@127.0.0.1:{port}/c?ssl=require"),
            "insists on TLS",
            "ssl=",
        ),
        (
            "DATABASE_URL",
            format!("postgresql+asyncpg://a@127.0.0.1:{port}/c"),
            "names a user without a password",
            "password=-",
        ),
    ] {
        workspace.write("backend/.env", &format!("{name}={url}\n"));
        let help = format!("pixcrawler env set --file backend/.env {name} --part {part}");
        // Alone, none of them is started either.
        for args in [&["--dry-run"][..], &["--servers", "--detach"]] {
            let refused = workspace.dev(args).run();
            assert_eq!(refused.code(), Some(1), "{url} {}", refused.all());
            let all = refused.all();
            assert!(all.contains(told) && all.contains(&help), "{url} {all}");
            assert!(!all.contains("in the background after"), "{url} {all}");
        }
    }
}

#[test]
fn a_postgres_that_is_named_part_by_part_is_started() {
    let workspace = Workspace::new("[services.api]\ncommand = \"sleep 600\"\ncwd = \"backend\"\n");
    let port = free_port();
    let parts = |port: u16| {
        format!(
            "DATABASE_HOST=127.0.0.1\nDATABASE_PORT={port}\nDATABASE_USER=app\nDATABASE_PASSWORD=hunter2secret\nDATABASE_NAME=app\n"
        )
    };
    workspace.write("backend/.env", &parts(port));
    let planned = workspace.dev(&["--dry-run"]).run();
    assert_eq!(planned.code(), Some(0), "{}", planned.all());
    let words: Vec<&str> = planned.out.split_whitespace().collect();
    let row = ["postgres", "(managed)", "postgres", &format!(":{port}")].join(" ");
    assert!(words.join(" ").contains(&row), "{}", planned.all());
    assert!(
        !planned.all().contains("hunter2secret"),
        "{}",
        planned.all()
    );
    // Whose port is another server's is none.
    workspace.write("backend/.env", &parts(3306));
    let planned = workspace.dev(&["--dry-run"]).run();
    assert!(!planned.all().contains("postgres"), "{}", planned.all());
}

#[test]
fn doctor_and_dev_know_the_same_redis() {
    let workspace = Workspace::new("[services.api]\ncommand = \"sleep 600\"\ncwd = \"backend\"\n");
    let port = free_port();
    let planned = |text: &str| {
        workspace.write("backend/.env", text);
        let planned = workspace.dev(&["--dry-run"]).run();
        assert_eq!(planned.code(), Some(0), "{}", planned.all());
        planned.all().contains("(managed)")
    };
    let host = format!("CACHE_REDIS_HOST=127.0.0.1\nCACHE_REDIS_PORT={port}\n");
    assert!(planned(&format!("{host}CACHE_ENABLED=true\n")));
    // Nobody would use it.
    assert!(!planned(&format!("{host}CACHE_ENABLED=false\n")));
    // The host is the default of whoever reads it.
    assert!(planned(&format!("REDIS_PORT={port}\nREDIS_DB=0\n")));
}
