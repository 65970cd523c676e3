//! The broker that the worker reads, by its code: prefix, spelling, files, default, and what is computed.

use super::Place;

const SETTINGS: &str = "from pydantic import RedisDsn\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\nclass CelerySettings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='CELERY_', env_file=['.env', 'backend/.env'])\n    broker_url: RedisDsn = RedisDsn('redis://127.0.0.1:44079/2')\n    result_backend: RedisDsn = RedisDsn('redis://127.0.0.1:44079/3')\n";

const APP: &str = "import os\nfrom celery import Celery\nfrom backend.settings import settings\napp = Celery('x')\napp.conf.update(broker_url=str(settings.celery.broker_url))\n";

/// With settings as they are, changed, and what the backend's file says.
fn place(change: (&str, &str), env: &str) -> Place {
    assert!(SETTINGS.contains(change.0));
    Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("backend/.env", env),
        ("backend/settings.py", &SETTINGS.replace(change.0, change.1)),
        ("celery_core/__init__.py", ""),
        ("celery_core/app.py", APP),
    ])
}

const AS_IT_IS: (&str, &str) = ("CELERY_", "CELERY_");
const SET: &str = "CELERY_BROKER_URL=redis://127.0.0.1:44080/1\n";
const DEFAULT: &str = "the worker uses 127.0.0.1:44079/2, the default at backend/settings.py:5";

#[test]
fn what_settings_read_is_followed() {
    for (change, env, found) in [
        (
            AS_IT_IS,
            SET,
            "CELERY_BROKER_URL (backend/.env:1) leads to 127.0.0.1:44080/1".to_owned(),
        ),
        (
            AS_IT_IS,
            "",
            format!("CELERY_BROKER_URL is not set: {DEFAULT}"),
        ),
        (
            ("'CELERY_'", "'QUEUE_'"),
            "QUEUE_BROKER_URL=redis://127.0.0.1:44080/1\n",
            "QUEUE_BROKER_URL (backend/.env:1) leads to 127.0.0.1:44080/1".to_owned(),
        ),
        (
            ("env_file=", "env_ignore_empty=True, env_file="),
            "CELERY_BROKER_URL=\n",
            format!("CELERY_BROKER_URL is not set: {DEFAULT}"),
        ),
    ] {
        let check = place(change, env).check("celery", &[]);
        assert_eq!(
            (check.found(), check.status()),
            (found, "pass"),
            "{}",
            check.text()
        );
    }
}

#[test]
fn what_settings_pass_over_is_told_and_mended() {
    for (change, words) in [
        (
            ("'CELERY_'", "'QUEUE_'"),
            "`CELERY_BROKER_URL` is set, but the worker (celery_core.app) reads `QUEUE_BROKER_URL`",
        ),
        (
            ("env_file=", "case_sensitive=True, env_file="),
            "`CELERY_BROKER_URL` is set, but the worker (celery_core.app) reads `CELERY_broker_url`",
        ),
        (
            ("'backend/.env'", "'celery.env'"),
            "`CELERY_BROKER_URL` is set in backend/.env, which the worker (celery_core.app) does not read",
        ),
    ] {
        let place = place(change, SET);
        let check = place.check("celery", &[]);
        check.fails_with("celery/unread-broker", words);
        assert!(check.found().contains(DEFAULT), "{}", check.found());
        place.is_mended("celery");
    }
    // None of the files is ours: only the settings can be changed.
    let place = place(("['.env', 'backend/.env']", "'celery.env'"), SET);
    let check = place.check("celery", &[]);
    check.fails_with("celery/unread-broker", "in backend/.env");
    assert!(
        check.help().contains("backend/settings.py"),
        "{}",
        check.help()
    );
}

#[test]
fn what_stands_in_the_code_counts() {
    let place = place(AS_IT_IS, "");
    let found = |given: &str| {
        let text = APP.replace("str(settings.celery.broker_url)", given);
        place.write("celery_core/app.py", &text);
        let check = place.check("celery", &[]);
        assert!(check.findings().is_empty(), "{}", check.text());
        (check.status().to_owned(), check.text())
    };
    let (status, text) = found("'redis://127.0.0.1:44081/7'");
    assert_eq!(status, "pass");
    let words = "the broker stands in the code (celery_core/app.py:5): 127.0.0.1:44081/7";
    assert!(text.contains(words), "{text}");
    let (_, text) = found("os.environ.get('THE_BROKER', 'redis://localhost:43029/7')");
    let words = "THE_BROKER is not set: the worker uses 127.0.0.1:43029/7, the default at celery_core/app.py:5";
    assert!(text.contains(words), "{text}");
    for computed in ["settings.celery.broker.url", "f'redis://{host}'", "make()"] {
        let (status, text) = found(computed);
        assert_eq!(status, "skipped", "{text}");
        let words = "cannot be told from its code (celery_core/app.py:5)";
        assert!(text.contains(words), "{text}");
    }
    let check = place.check("redis", &[]);
    assert!(
        check.text().contains("cannot be told from its code"),
        "{}",
        check.text()
    );
}

#[test]
fn celery_itself_looks_at_the_process_environment_first() {
    let mut place = place(("'CELERY_'", "'QUEUE_'"), "");
    place.set("CELERY_BROKER_URL", "redis://127.0.0.1:44082/5");
    let check = place.check("celery", &[]);
    let found = "CELERY_BROKER_URL (the process environment) leads to 127.0.0.1:44082/5";
    assert_eq!((check.found().as_str(), check.status()), (found, "pass"));
}

#[test]
fn what_is_no_url_is_told() {
    let place = place(AS_IT_IS, "CELERY_BROKER_URL=VALUE\n");
    let check = place.check("celery", &[]);
    check.fails_with("celery/url", "`CELERY_BROKER_URL` is no URL");
    assert!(
        check.text().contains("it stands at backend/.env:1"),
        "{}",
        check.text()
    );
    let told = place.follow(check.help(), "redis://127.0.0.1:44080/1\n");
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(place.check("celery", &[]).status(), "pass");
}

#[test]
fn a_deployment_needs_a_broker() {
    let place = place(AS_IT_IS, "");
    let args = ["--env", "production"];
    let check = place.check("celery", &args);
    check.fails_with(
        "celery/no-broker",
        "`CELERY_BROKER_URL` is not set for production: the worker has no broker",
    );
    let redis = place.check("redis", &args);
    assert_eq!(redis.status(), "skipped", "{}", redis.text());
    let words = "CELERY_BROKER_URL is not set; celery says what is missing";
    assert!(redis.text().contains(words), "{}", redis.text());
    let told = place.follow(check.help(), "redis://queue.example.com:44080/1\n");
    assert_eq!(told.code, Some(0), "{} {}", check.help(), told.err);
    assert_eq!(place.check("celery", &args).status(), "pass");
    // A default elsewhere is one that a deployment may have.
    let far = place_far();
    assert_eq!(far.check("celery", &args).status(), "pass");
}

fn place_far() -> Place {
    place(("127.0.0.1:44079/2", "10.0.0.5:6379/5"), "")
}

#[test]
fn what_the_terminal_hides_is_taken_away() {
    let mut place = place(AS_IT_IS, SET);
    place.set("CELERY_BROKER_URL", "");
    let check = place.check("celery", &[]);
    check.fails_with("celery/empty", "`CELERY_BROKER_URL` is empty");
    let line = pixcrawler::text::remedy::unset(&["CELERY_BROKER_URL".to_owned()]);
    assert_eq!(check.help(), line);
}
