//! The broker that the worker reads, by its code: prefix, spelling, files, default, and what is computed.

mod configured;
mod given;
mod loaded;
mod nested;
mod passed_over;
mod tables;

use super::Place;

const SETTINGS: &str = "from pydantic import RedisDsn\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\nclass CelerySettings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='CELERY_', env_file=['.env', 'backend/.env'])\n    broker_url: RedisDsn = RedisDsn('redis://127.0.0.1:44079/2')\n    result_backend: RedisDsn = RedisDsn('redis://127.0.0.1:44079/3')\n";

const APP: &str = "import os\nfrom celery import Celery\nfrom backend.settings import settings\napp = Celery('x')\napp.conf.update(broker_url=str(settings.celery.broker_url), result_backend=str(settings.celery.result_backend))\n";

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
const BEHIND_ITS_NAME: (&str, &str) = (
    "(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='CELERY_', env_file=['.env', 'backend/.env'])",
    "(BaseSettings, env_prefix='QUEUE_', env_file=['.env', 'backend/.env']):\n    # No line less",
);
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
    let found = "CELERY_BROKER_URL (backend/.env:1) leads to 127.0.0.1:44080/1";
    let computed = "os.path.join(os.path.dirname(__file__), '.env')";
    let check = place(("['.env', 'backend/.env']", computed), SET).check("celery", &[]);
    assert_eq!(check.found(), found, "{}", check.text());
}

#[test]
fn what_settings_do_not_say_in_plain_words_is_nobodys() {
    for change in [
        ("env_prefix='CELERY_'", "**SHARED"),
        ("env_file=", "alias_generator=lambda name: name, env_file="),
        ("['.env', 'backend/.env']", "find_dotenv()"),
    ] {
        let check = place(change, SET).check("celery", &[]);
        assert_eq!(check.status(), "skipped", "{}", check.text());
        let words = "cannot be told from its code (celery_core/app.py:5)";
        assert!(check.text().contains(words), "{}", check.text());
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
            BEHIND_ITS_NAME,
            "`CELERY_BROKER_URL` is set, but the worker (celery_core.app) reads `QUEUE_BROKER_URL`",
        ),
        (
            (
                "    broker_url: RedisDsn =",
                "    broker_url: Annotated[RedisDsn, Field(validation_alias='QUEUE_BROKER_URL')] =",
            ),
            "`CELERY_BROKER_URL` is set, but the worker (celery_core.app) reads `QUEUE_BROKER_URL`",
        ),
        (
            (
                "['.env', 'backend/.env']",
                "Path(__file__).resolve().parent.parent / '.env'",
            ),
            "`CELERY_BROKER_URL` is set in backend/.env, which the worker (celery_core.app) does not read",
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
fn a_place_for_results_that_settings_pass_over_is_not_empty() {
    let set = "CELERY_RESULT_BACKEND=redis://127.0.0.1:44080/6\n";
    for (change, words, cure) in [
        (
            ("['.env', 'backend/.env']", "'.env'"),
            "`CELERY_RESULT_BACKEND` is set in backend/.env, which the worker (celery_core.app) does not read",
            "env set --tier root CELERY_RESULT_BACKEND --like backend:CELERY_RESULT_BACKEND",
        ),
        (
            ("env_file=", "case_sensitive=True, env_file="),
            "`CELERY_RESULT_BACKEND` is set, but the worker (celery_core.app) reads `CELERY_result_backend`",
            "CELERY_result_backend --like backend:CELERY_RESULT_BACKEND",
        ),
    ] {
        let place = place(change, set);
        let check = place.check("celery", &[]);
        check.fails_with("celery/unread-broker", words);
        assert!(!check.text().contains("is empty"), "{}", check.text());
        let told = "so results go to the default, 127.0.0.1:44079/3, and";
        assert!(check.text().contains(told), "{}", check.text());
        assert!(check.cure().contains(cure), "{}", check.cure());
        place.is_mended("celery");
    }
}

#[test]
fn without_env_files_only_what_the_worker_is_given_counts() {
    let bare = ("env_file=['.env', 'backend/.env']", "extra='ignore'");
    let place = place(bare, SET);
    let check = place.check("celery", &[]);
    let words = "`CELERY_BROKER_URL` is set in backend/.env, which the worker (celery_core.app) does not read";
    check.fails_with("celery/unread-broker", words);
    let words = "nothing is seen in the code that loads backend/.env into that";
    assert!(check.text().contains(words), "{}", check.text());
    // No file that we write would be read.
    let unread = self::place(
        (
            "env_prefix='CELERY_', env_file=['.env', 'backend/.env']",
            "env_prefix='QUEUE_'",
        ),
        SET,
    );
    let check = unread.check("celery", &[]);
    check.fails_with("celery/unread-broker", "reads `QUEUE_BROKER_URL`");
    let line = pixcrawler::text::remedy::set_here("QUEUE_BROKER_URL");
    assert!(check.helps().contains(&line.as_str()), "{}", check.text());
    // The worker inherits what the root alone sets: the backend's loader does not read that file here.
    place.write("backend/.env", "");
    place.write(".env", SET);
    place.write(
        "pixcrawler.toml",
        "[tiers.backend]\nfiles = [\"backend/.env\"]\n",
    );
    let check = place.check("celery", &[]);
    let found = "CELERY_BROKER_URL (.env:1) leads to 127.0.0.1:44080/1";
    assert_eq!((check.found().as_str(), check.status()), (found, "pass"));
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
fn an_application_that_is_given_nothing_reads_no_file() {
    let env = "CELERY_BROKER_URL=redis://127.0.0.1:44080/1\nCELERY_RESULT_BACKEND=redis://127.0.0.1:44080/3\n";
    let place = place(AS_IT_IS, env);
    let without = |given: &str| {
        place.write("celery_core/app.py", &APP.replace(given, ""));
        place.check("celery", &[])
    };
    for (given, variable, words) in [
        (
            "broker_url=str(settings.celery.broker_url), ",
            "CELERY_BROKER_URL",
            "the code gives Celery no broker",
        ),
        (
            ", result_backend=str(settings.celery.result_backend)",
            "CELERY_RESULT_BACKEND",
            "the code gives Celery no place for results",
        ),
    ] {
        let check = without(given);
        let told = format!(
            "`{variable}` is set in backend/.env, which the worker (celery_core.app) does not read"
        );
        let known = [("celery/unread-broker", told.as_str())];
        assert_eq!(check.findings(), known, "{}", check.text());
        // Who keeps no results may mean it.
        let status = ["pass", "fail"][usize::from(variable.contains("BROKER"))];
        assert_eq!(check.status(), status, "{}", check.text());
        assert!(check.text().contains(words), "{}", check.text());
        assert!(
            !check.text().contains("go to the default"),
            "{}",
            check.text()
        );
        assert_eq!(check.help(), "${EDITOR:-vi} +4 celery_core/app.py");
        // Another file may give it, or load what stands in files.
        for other in [
            "from celery_core.app import app\napp.conf.update(options())\n",
            "from dotenv import load_dotenv\nload_dotenv('backend/.env')\n",
        ] {
            place.write("celery_core/setup.py", other);
            let check = without(given);
            assert!(check.findings().is_empty(), "{other}: {}", check.text());
        }
        place.write("celery_core/setup.py", "");
    }
    // What it is given otherwise counts.
    assert_eq!(without("nothing").status(), "pass");
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
fn a_worker_that_is_given_no_broker_stops_you() {
    let bare = "from celery import Celery\napp = Celery('x')\n";
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("backend/.env", "REDIS_URL=redis://127.0.0.1:44080/0\n"),
        ("celery_core/__init__.py", ""),
        ("celery_core/app.py", bare),
    ]);
    let args = ["--env", "production"];
    place.write(
        "backend/.env.production",
        "REDIS_URL=redis://cache.example.com/0\n",
    );
    for args in [&[][..], &args] {
        let check = place.check("celery", args);
        check.fails_with("celery/no-broker", "the worker has no broker");
        assert_eq!(check.help(), "${EDITOR:-vi} +2 celery_core/app.py");
        let text = check.text();
        assert!(
            text.contains("it takes one by Celery(…, broker=…)"),
            "{text}"
        );
        assert!(text.contains("a Redis is named by REDIS_URL"), "{text}");
    }
    let given = bare.replace("'x'", "'x', broker='redis://127.0.0.1:44080/0'");
    place.write("celery_core/app.py", &given);
    assert_eq!(place.check("celery", &[]).status(), "pass");
    // A RabbitMQ of this machine may be meant.
    place.write("celery_core/app.py", bare);
    place.write("backend/.env", "");
    assert_eq!(place.check("celery", &[]).status(), "warn");
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

#[test]
fn a_file_that_no_tier_reads_counts_where_the_settings_read_it() {
    let own = ("'.env', 'backend/.env'", "'celery.env'");
    let mut place = place(own, SET);
    let found = |place: &Place| place.check("celery", &[]).found();
    place.write(
        "celery.env",
        "\nCELERY_BROKER_URL=redis://127.0.0.1:44081/4\n",
    );
    assert_eq!(
        found(&place),
        "CELERY_BROKER_URL (celery.env:2 of no tier) leads to 127.0.0.1:44081/4"
    );
    let redis = place.check("redis", &[]);
    redis.fails_with("redis/unreachable", "127.0.0.1:44081");
    assert!(
        redis
            .text()
            .contains("CELERY_BROKER_URL (celery.env:2 of no tier)")
    );
    // What Celery has against it is corrected there.
    place.write("celery.env", "CELERY_BROKER_URL=unix:///tmp/r.sock\n");
    let check = place.check("celery", &[]);
    check.fails_with("celery/url", "`CELERY_BROKER_URL` is unix://");
    assert!(
        check.text().contains("celery.env:1 of no tier"),
        "{}",
        check.text()
    );
    assert_eq!(check.help(), "${EDITOR:-vi} +1 celery.env");
    place.write("celery.env", "OTHER=1\n");
    assert!(found(&place).contains(DEFAULT), "{}", found(&place));
    place.write(
        "celery.env",
        "CELERY_BROKER_URL=redis://127.0.0.1:44081/4\n",
    );
    place.set("CELERY_BROKER_URL", "redis://127.0.0.1:44082/5");
    assert!(
        found(&place).contains("leads to 127.0.0.1:44082/5"),
        "{}",
        found(&place)
    );
}
