//! A broker that the worker alone is given, by its settings or by the code.

use super::{APP, AS_IT_IS, SET, SETTINGS, place};

/// The ways in which `pixcrawler.toml` gives the worker a broker.
fn given(url: &str) -> [String; 4] {
    [
        format!(
            "[services.worker]\ncommand = \"CELERY_BROKER_URL={url} uv run celery -A celery_core.app worker\"\n"
        ),
        format!(
            "[services.worker]\ncommand = [\"env\", \"CELERY_BROKER_URL={url}\", \"uv\", \"run\", \"celery\", \"worker\"]\n"
        ),
        format!("[services.worker]\nenv = {{ CELERY_BROKER_URL = \"{url}\" }}\n"),
        format!(
            "[services.worker]\ncommand = \"uv run --no-sync celery -A celery_core.app -b {url} worker\"\n"
        ),
    ]
}

#[test]
fn what_the_worker_alone_is_given_counts() {
    let place = place(AS_IT_IS, SET);
    for toml in given("redis://:hunter2secret@127.0.0.1:1/9") {
        place.write("pixcrawler.toml", &toml);
        let check = place.check("celery", &[]);
        assert!(
            check.found().contains("(pixcrawler.toml:2): 127.0.0.1:1/9"),
            "{}",
            check.text()
        );
        // The API reads the file, and what it queues is lost.
        let told = "`CELERY_BROKER_URL` leads to 127.0.0.1:44080/1, and the worker listens on 127.0.0.1:1/9";
        let found = check.findings();
        assert_eq!(
            (check.status(), found.as_slice()),
            ("warn", [("celery/unread-broker", told)].as_slice()),
            "{}",
            check.text()
        );
        assert!(check.help().contains("pixcrawler.toml"), "{}", check.help());
        let redis = place.check("redis", &[]);
        redis.fails_with("redis/unreachable", "127.0.0.1:1 refuses connections");
        assert!(
            redis.text().contains("(pixcrawler.toml:2)"),
            "{}",
            redis.text()
        );
        assert!(!redis.text().contains("hunter2secret"), "{}", redis.text());
        let plan = place
            .run(&["dev", "--dry-run", "--no-managed", "--no-check"])
            .out;
        assert!(
            plan.contains("a ping over its broker, 127.0.0.1:1/9"),
            "{plan}"
        );
    }
    for toml in given("amqp://127.0.0.1") {
        place.write("pixcrawler.toml", &toml);
        let found = place.check("celery", &[]).found();
        let words = "(pixcrawler.toml:2): one that is amqp://, which is not asked";
        assert!(found.contains(words), "{found}");
    }
    for toml in given("http://127.0.0.1:1/9") {
        place.write("pixcrawler.toml", &toml);
        let check = place.check("celery", &[]);
        check.fails_with(
            "celery/url",
            "has a scheme for which Celery has no transport",
        );
        assert_eq!(check.help(), "${EDITOR:-vi} +2 pixcrawler.toml");
    }
    // Both lead to the same place.
    for toml in given("redis://127.0.0.1:44080/1") {
        place.write("pixcrawler.toml", &toml);
        let check = place.check("celery", &[]);
        assert_eq!(check.status(), "pass", "{}", check.text());
    }
}

#[test]
fn a_broker_that_a_shell_makes_cannot_be_told() {
    let place = place(AS_IT_IS, SET);
    let toml = "[services.worker]\ncommand = \"CELERY_BROKER_URL=$OTHER celery worker\"\n";
    place.write("pixcrawler.toml", toml);
    let check = place.check("celery", &[]);
    assert_eq!(check.status(), "skipped", "{}", check.text());
}

#[test]
fn what_the_api_alone_is_given_is_to_reach_a_worker() {
    let place = place(AS_IT_IS, SET);
    place.write(
        "backend/main.py",
        "from fastapi import FastAPI\napp = FastAPI()\n",
    );
    let check = |toml: &str| {
        place.write("pixcrawler.toml", toml);
        place.check("celery", &[])
    };
    let api =
        |url: &str| format!("[services.backend]\nenv = {{ CELERY_BROKER_URL = \"{url}\" }}\n");
    let elsewhere = api("redis://:hunter2secret@127.0.0.1:44080/7");
    let found = check(&elsewhere);
    let told = "`CELERY_BROKER_URL` of `backend` leads to 127.0.0.1:44080/7, and the worker listens on 127.0.0.1:44080/1";
    assert_eq!(
        (found.status(), found.findings().as_slice()),
        ("warn", [("celery/unread-broker", told)].as_slice()),
        "{}",
        found.text()
    );
    assert_eq!(found.help(), "${EDITOR:-vi} +2 pixcrawler.toml");
    assert!(!found.text().contains("hunter2secret"), "{}", found.text());
    let by_command = "[services.backend]\ncommand = \"CELERY_BROKER_URL=redis://127.0.0.1:44080/7 uvicorn main:app\"\n";
    assert_eq!(check(by_command).status(), "warn");
    // No URL is none for the API either.
    let nonsense = check(&api("nonsense"));
    nonsense.fails_with("celery/url", "is no URL: it names no broker");
    assert_eq!(nonsense.help(), "${EDITOR:-vi} +2 pixcrawler.toml");
    // Another worker takes what is queued there, or the worker is given the same.
    let both = "[services.worker]\nenv = { CELERY_BROKER_URL = \"redis://127.0.0.1:44080/7\" }\n";
    let other = "[services.other]\ncommand = \"celery -A celery_core.app -b redis://127.0.0.1:44080/7 worker\"\n";
    for sound in [
        api("redis://localhost:44080/1"),
        elsewhere.clone() + both,
        elsewhere.clone() + other,
    ] {
        let check = check(&sound);
        assert_eq!(check.status(), "pass", "{}", check.text());
    }
    let text = place.check("celery", &["--env", "production"]).text();
    assert!(!text.contains("of `backend`"), "{text}");
    // What Celery looks at first for queueing is told by its own name, also beside the broker that is right.
    let write = "redis://:hunter2secret@127.0.0.1:44080/7";
    let first = check(&format!(
        "[services.backend.env]\nCELERY_BROKER_URL = \"redis://127.0.0.1:44080/1\"\nCELERY_BROKER_WRITE_URL = \"{write}\"\n"
    ));
    let told = "`CELERY_BROKER_WRITE_URL` of `backend` leads to 127.0.0.1:44080/7, and the worker listens on 127.0.0.1:44080/1";
    assert_eq!(
        (first.status(), first.findings().as_slice()),
        ("warn", [("celery/unread-broker", told)].as_slice()),
        "{}",
        first.text()
    );
    assert_eq!(first.help(), "${EDITOR:-vi} +3 pixcrawler.toml");
    assert!(!first.text().contains("hunter2secret"), "{}", first.text());
    let right = write.replace("/7", "/1");
    let sound = check(&format!(
        "[services.backend.env]\nCELERY_BROKER_URL = \"redis://127.0.0.1:44080/7\"\nCELERY_BROKER_WRITE_URL = \"{right}\"\n"
    ));
    assert_eq!(sound.status(), "pass", "{}", sound.text());
}

#[test]
fn a_file_by_which_nobody_queues_is_passed_over() {
    let place = place(AS_IT_IS, SET);
    place.write(
        "backend/main.py",
        "from fastapi import FastAPI\napp = FastAPI()\n",
    );
    let each = |name: &str| {
        format!(
            "[services.{name}]\nenv = {{ CELERY_BROKER_URL = \"redis://127.0.0.1:44080/7\" }}\n"
        )
    };
    let check = |toml: &str| {
        place.write("pixcrawler.toml", toml);
        place.check("celery", &[])
    };
    let both = each("worker") + &each("backend");
    let all = check(&both);
    assert_eq!(all.status(), "pass", "{}", all.text());
    let words = "who queues is given another than CELERY_BROKER_URL (backend/.env:1)";
    assert!(all.found().contains(words), "{}", all.found());
    // One that is given none queues by the file.
    let clock = "[services.clock]\ncommand = \"celery -A celery_core.app beat\"\n";
    let one = check(&(both + clock));
    let told = "`CELERY_BROKER_URL` leads to 127.0.0.1:44080/1, and the worker listens on 127.0.0.1:44080/7";
    assert_eq!(
        (one.status(), one.findings().as_slice()),
        ("warn", [("celery/unread-broker", told)].as_slice()),
        "{}",
        one.text()
    );
}

#[test]
fn a_broker_in_the_code_is_asked_and_corrected_there() {
    let place = place(AS_IT_IS, SET);
    let url = "'redis://192.0.2.1:1/7'";
    let text = APP.replace("str(settings.celery.broker_url)", url);
    place.write("celery_core/app.py", &text);
    let check = place.check("celery", &[]);
    let told =
        "`CELERY_BROKER_URL` leads to 127.0.0.1:44080/1, and the worker listens on 192.0.2.1:1/7";
    assert_eq!(
        (check.status(), check.findings().as_slice()),
        ("warn", [("celery/unread-broker", told)].as_slice()),
        "{}",
        check.text()
    );
    // Nobody has the name: nobody queues by it.
    let settings = SETTINGS.replace("CELERY_", "QUEUE_");
    place.write("backend/settings.py", &settings);
    let check = place.check("celery", &[]);
    assert_eq!(check.status(), "pass", "{}", check.text());
    let words = "CELERY_BROKER_URL (backend/.env:1) is not read";
    assert!(check.found().contains(words), "{}", check.found());
    place.write("backend/.env", "");
    let text = text.replace("192.0.2.1:1", "127.0.0.1:1");
    place.write("celery_core/app.py", &text);
    place.write("pixcrawler.toml", "[managed]\nredis = false\n");
    let redis = place.check("redis", &[]);
    redis.fails_with("redis/unreachable", "127.0.0.1:1 refuses connections");
    let named = "named by the broker (celery_core/app.py:5)";
    assert!(redis.text().contains(named), "{}", redis.text());
}

#[test]
fn a_broker_that_is_no_redis_is_told_as_what_it_is() {
    let settings = ("broker_url: RedisDsn", "broker_url: AmqpDsn");
    let place = place(settings, "CELERY_BROKER_URL=amqp://127.0.0.1:1//\n");
    let check = place.check("celery", &[]);
    let found = "CELERY_BROKER_URL (backend/.env:1) is amqp://, which is not asked";
    assert_eq!(check.status(), "skipped", "{}", check.text());
    assert!(check.text().contains(found), "{}", check.text());
}

#[test]
fn a_broker_in_memory_reaches_nobody() {
    let settings = ("broker_url: RedisDsn", "broker_url: str");
    let place = place(settings, "CELERY_BROKER_URL=memory://\n");
    let check = place.check("celery", &[]);
    let told = "`CELERY_BROKER_URL` is memory://, which no other process reaches";
    let found = check.findings();
    let wanted: &[(&str, &str)] = &[("celery/memory", told)];
    assert_eq!(
        (check.status(), found.as_slice()),
        ("warn", wanted),
        "{}",
        check.text()
    );
    let told = place.follow(check.help(), "redis://127.0.0.1:44080/1\n");
    assert_eq!(told.code, Some(0), "{} {}", check.help(), told.err);
    assert_eq!(place.check("celery", &[]).status(), "pass");
    // In tests one process is both.
    place.write("backend/.env.test", "CELERY_BROKER_URL=memory://\n");
    place.write("backend/.env", "CELERY_BROKER_URL=memory://\n");
    let check = place.check("celery", &["--env", "test"]);
    assert_eq!(check.status(), "skipped", "{}", check.text());
}

#[test]
fn no_scheme_is_offered_that_the_settings_refuse() {
    let set = "CELERY_BROKER_URL=unix:///tmp/s\n";
    let help = |change| place(change, set).check("celery", &[]).help().to_owned();
    let asked = "pixcrawler env set --file backend/.env CELERY_BROKER_URL=-";
    assert_eq!(help(AS_IT_IS), asked);
    let plain = help(("broker_url: RedisDsn", "broker_url: str"));
    assert!(plain.contains("--part scheme=redis+socket"), "{plain}");
}

#[test]
fn what_the_code_makes_of_a_broker_is_not_taken_for_the_variable() {
    let place = place(AS_IT_IS, SET);
    let check = |app: &str, settings: &str| {
        place.write("celery_core/app.py", &format!("{APP}{app}"));
        let settings = format!("{SETTINGS}{settings}");
        place.write("backend/settings.py", &settings);
        place.check("celery", &[])
    };
    let read = check(
        "app.conf.broker_read_url = 'redis://127.0.0.1:44081/7'\n",
        "",
    );
    let found = "the broker stands in the code (celery_core/app.py:6): 127.0.0.1:44081/7";
    assert_eq!(read.found(), found, "{}", read.text());
    let table = check(
        "app.conf.update({'broker_url': str(settings.celery.broker_url).replace('1', '5')})\n",
        "",
    );
    assert_eq!(table.status(), "skipped", "{}", table.text());
    let validator = |given: &str| {
        format!(
            "    @field_validator('broker_url')\n    @classmethod\n    def f(cls, v):\n        return {given}\n"
        )
    };
    let changed = check("", &validator("RedisDsn('redis://127.0.0.1:44081/7')"));
    assert_eq!(changed.status(), "skipped", "{}", changed.text());
    let why = "cannot be told from its code (backend/settings.py:9)";
    assert!(changed.text().contains(why), "{}", changed.text());
    // That its variable has another name than the one that is set is known all the same.
    let renamed = format!("{SETTINGS}{}", validator("v.replace('1', '5')"));
    for (sought, other, told) in [
        (
            "'CELERY_'",
            "'QUEUE_'",
            "`CELERY_BROKER_URL` is set, but the worker (celery_core.app) reads `QUEUE_BROKER_URL`",
        ),
        (
            "['.env', 'backend/.env']",
            "'.env'",
            "`CELERY_BROKER_URL` is set in backend/.env, which the worker (celery_core.app) does not read",
        ),
    ] {
        place.write("backend/settings.py", &renamed.replace(sought, other));
        let both = place.check("celery", &[]);
        assert_eq!(
            (both.status(), both.findings().as_slice()),
            ("warn", [("celery/unread-broker", told)].as_slice()),
            "{}",
            both.text()
        );
        assert!(both.found().contains(why), "{}", both.found());
        assert!(!both.text().contains("listens on"), "{}", both.text());
        let cure = both.cure().to_owned();
        assert!(cure.starts_with("pixcrawler env set "), "{cure}");
        assert_eq!(place.follow(&cure, "").code, Some(0), "{cure}");
        assert_eq!(place.check("celery", &[]).status(), "skipped");
        place.write("backend/.env", SET);
        place.write(".env", "");
    }
    let beside = format!("def f(v):\n    return v + '5'\n{SETTINGS}");
    let beside = beside.replace("url: RedisDsn", "url: Annotated[str, AfterValidator(f)]");
    place.write("backend/settings.py", &beside);
    let text = place.check("celery", &[]).text();
    assert!(text.contains("its code (backend/settings.py:1)"), "{text}");
    // One that only looks at it changes nothing.
    let looked_at = check("", &validator("v"));
    assert_eq!(looked_at.status(), "pass", "{}", looked_at.text());
}

#[test]
fn a_file_that_nobody_loads_into_the_process_is_told() {
    let place = place(("'CELERY_'", "'QUEUE_'"), SET);
    let write = |first: &str| {
        let text = APP.replace(
            "str(settings.celery.broker_url)",
            "os.environ['CELERY_BROKER_URL']",
        );
        place.write("celery_core/app.py", &format!("{first}{text}"));
        place.check("celery", &[])
    };
    let check = write("");
    check.fails_with(
        "celery/unread-broker",
        "`CELERY_BROKER_URL` is set in backend/.env, which the worker (celery_core.app) does not read",
    );
    assert!(
        check.help().contains("celery_core/app.py"),
        "{}",
        check.help()
    );
    let way = "load_dotenv(\\\"backend/.env\\\")";
    assert!(check.text().contains(way), "{}", check.text());
    // Whether it works cannot be asked: the worker says it.
    let says_it = |toml: &str| {
        place.write("pixcrawler.toml", toml);
        let plan = place.run(&["dev", "--dry-run", "--no-managed", "--no-check"]);
        plan.out.contains("ready\\./")
    };
    let command = |level: &str| {
        format!("[services.worker]\ncommand = \"celery -A celery_core.app worker {level}\"\n")
    };
    assert!(says_it("") && says_it(&command("-l INFO")));
    assert!(says_it(&command("--loglevel=debug")));
    // One that keeps it to itself is not waited for in vain.
    assert!(!says_it(&command("")) && !says_it(&command("--loglevel=warning")));
    place.write("pixcrawler.toml", "");
    let load = "from dotenv import load_dotenv\nload_dotenv('backend/.env')\n";
    let loaded = write(load);
    let found = "CELERY_BROKER_URL (backend/.env:1) leads to 127.0.0.1:44080/1";
    assert_eq!((loaded.found().as_str(), loaded.status()), (found, "pass"));
    // What replaces what is set, a second file, and what another module may load first leave it open.
    for open in [
        load.replace("')", "', override=True)"),
        format!("{load}load_dotenv()\n"),
    ] {
        let check = write(&open);
        assert_eq!(check.status(), "skipped", "{open}: {}", check.text());
    }
    place.write("celery_core/first.py", load);
    assert_eq!(write(load).status(), "skipped");
    place.write("celery_core/first.py", "");
    // A session hands on what the root's file alone says.
    place.write("backend/.env", "");
    place.write(".env", SET);
    let toml = "[tiers.backend]\nfiles = [\"backend/.env\"]\n";
    place.write("pixcrawler.toml", toml);
    let handed = write("");
    let found = "CELERY_BROKER_URL (.env:1) leads to 127.0.0.1:44080/1";
    assert_eq!((handed.found().as_str(), handed.status()), (found, "pass"));
}

#[test]
fn what_celery_reads_of_the_process_counts_for_reading_and_for_queueing() {
    let mut place = place(AS_IT_IS, SET);
    place.set("CELERY_BROKER_WRITE_URL", "redis://127.0.0.1:44080/1");
    assert_eq!(place.check("celery", &[]).status(), "pass");
    place.set(
        "CELERY_BROKER_WRITE_URL",
        "redis://:hunter2secret@127.0.0.1:44080/6",
    );
    let check = place.check("celery", &[]);
    let told = "`CELERY_BROKER_WRITE_URL` has tasks queued at 127.0.0.1:44080/6, and the worker listens on 127.0.0.1:44080/1";
    assert_eq!(
        (check.status(), check.findings().as_slice()),
        ("warn", [("celery/unread-broker", told)].as_slice()),
        "{}",
        check.text()
    );
    assert_eq!(check.help(), "unset CELERY_BROKER_WRITE_URL");
    assert!(!check.text().contains("hunter2secret"), "{}", check.text());
    // The worker looks there before all else.
    place.set("CELERY_BROKER_READ_URL", "redis://127.0.0.1:44080/6");
    let found = place.check("celery", &[]).found();
    let words = "CELERY_BROKER_READ_URL (the process environment) leads to 127.0.0.1:44080/6";
    assert!(found.contains(words), "{found}");
}

#[test]
fn a_name_for_the_configuration_is_followed() {
    let place = place(AS_IT_IS, "");
    let check = |lines: &str| {
        let text = APP.replace("app.conf.update(", "conf = app.conf\nconf.update(");
        place.write("celery_core/app.py", &format!("{text}{lines}"));
        place.check("celery", &[])
    };
    let read = check("conf.broker_read_url = 'redis://127.0.0.1:44081/7'\n");
    let found = "the broker stands in the code (celery_core/app.py:7): 127.0.0.1:44081/7";
    assert_eq!(read.found(), found, "{}", read.text());
    let queued = check("conf['broker_write_url'] = 'redis://127.0.0.1:44081/7'\n");
    let told = "`broker_write_url` has tasks queued at 127.0.0.1:44081/7, and the worker listens on 127.0.0.1:44079/2";
    assert_eq!(
        queued.findings(),
        [("celery/unread-broker", told)],
        "{}",
        queued.text()
    );
    assert_eq!(queued.help(), "${EDITOR:-vi} +7 celery_core/app.py");
}
