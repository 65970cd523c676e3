//! A broker that the worker is given with all its configuration: `app.config_from_object(…)`.

use super::{AS_IT_IS, SET, place};
use crate::doctor::Place;

/// The starter's settings beside an application that takes its broker from elsewhere.
fn configured(call: &str, module: &str) -> Place {
    let place = place(AS_IT_IS, SET);
    let app = format!(
        "import os\nfrom celery import Celery\nfrom celery_core import celeryconfig\nfrom backend.settings import settings\napp = Celery('x')\n{call}\n"
    );
    place.write("celery_core/app.py", &app);
    place.write("celery_core/celeryconfig.py", module);
    place
}

const MODULE: &str = "# Ours\nbroker_url = 'redis://127.0.0.1:1/9'\n";

#[test]
fn the_broker_of_a_module_is_the_one_that_is_asked() {
    for (call, module, line) in [
        (
            "app.config_from_object('celery_core.celeryconfig')",
            MODULE,
            2,
        ),
        ("app.config_from_object(celeryconfig)", MODULE, 2),
        (
            "app.config_from_object('celery_core.celeryconfig', namespace='CELERY')",
            "CELERY_BROKER_URL = 'redis://127.0.0.1:1/9'\n",
            1,
        ),
        (
            "app.config_from_object('celery_core.celeryconfig:Config')",
            "class Config:\n    broker_url = 'redis://127.0.0.1:1/9'\n",
            2,
        ),
        // What the application says itself counts before that, wherever it stands.
        (
            "app.conf.broker_url = 'redis://127.0.0.1:44081/9'\napp.config_from_object(celeryconfig)",
            "broker_read_url = 'redis://127.0.0.1:1/9'\n",
            1,
        ),
    ] {
        let place = configured(call, module);
        let told = "`CELERY_BROKER_URL` leads to 127.0.0.1:44080/1, and the worker listens on 127.0.0.1:1/9";
        let check = place.check("celery", &[]);
        assert_eq!(
            check.findings(),
            [("celery/unread-broker", told)],
            "{call}: {}",
            check.text()
        );
        let redis = place.check("redis", &[]);
        redis.fails_with("redis/unreachable", "127.0.0.1:1 refuses connections");
        let named = format!("celery_core/celeryconfig.py:{line}");
        assert!(redis.text().contains(&named), "{call}: {}", redis.text());
        let plan = place
            .run(&["dev", "--dry-run", "--no-managed", "--no-check"])
            .out;
        let ping = "a ping over its broker, 127.0.0.1:1/9";
        assert!(plan.contains(ping), "{call}: {plan}");
    }
    let direct = "app = Celery('x', broker='redis://127.0.0.1:44080/1')\napp.config_from_object('celery_core.celeryconfig')";
    let check = configured(direct, MODULE).check("celery", &[]);
    assert_eq!(check.status(), "pass", "{}", check.text());
    assert!(
        check.found().contains("celery_core/app.py:6"),
        "{}",
        check.found()
    );
}

#[test]
fn a_variable_that_a_module_reads_is_followed() {
    let call = "app.config_from_object('celery_core.celeryconfig')";
    let module =
        "import os\nbroker_url = os.environ.get('QUEUE_URL', 'redis://127.0.0.1:44082/3')\n";
    let check = configured(call, module).check("celery", &[]);
    let default = "the worker uses 127.0.0.1:44082/3, the default at celery_core/celeryconfig.py:2";
    assert!(check.text().contains(default), "{}", check.text());
}

#[test]
fn a_configuration_that_is_not_known_is_nobodys() {
    let line = "cannot be told from its code (celery_core/app.py:6)";
    let call = "app.config_from_object('celery_core.celeryconfig')";
    for (call, module) in [
        ("app.config_from_envvar('CONFIG')", MODULE),
        ("app.config_from_object('elsewhere.celeryconfig')", MODULE),
        ("app.config_from_object('celery_core:made')", MODULE),
        (
            "app.config_from_object('django.conf:settings', namespace='CELERY')",
            MODULE,
        ),
        (call, "from elsewhere import *\n"),
    ] {
        let place = configured(call, module);
        place.write("celery_core/__init__.py", "from elsewhere import made\n");
        let check = place.check("celery", &[]);
        assert!(check.text().contains(line), "{call}: {}", check.text());
        assert!(!check.text().contains("44080"), "{call}: {}", check.text());
        let redis = place.check("redis", &[]);
        assert!(redis.text().contains(line), "{call}: {}", redis.text());
    }
    let check = configured(call, "broker_url = f'redis://{HOST}'\n").check("celery", &[]);
    let line = "cannot be told from its code (celery_core/celeryconfig.py:1)";
    assert!(check.text().contains(line), "{}", check.text());
}

#[test]
fn a_configuration_that_is_not_there_stops_you() {
    let call = "app.config_from_object('celery_core.celeryconfg')";
    let place = configured(call, MODULE);
    let check = place.check("celery", &[]);
    check.fails_with(
        "celery/no-configuration",
        "`celery_core.celeryconfg`, which is to configure the worker, is not there",
    );
    assert_eq!(check.help(), "${EDITOR:-vi} +6 celery_core/app.py");
    // It may be made otherwise.
    for (file, text) in [
        ("celery_core/celeryconfg.pyi", ""),
        ("celery_core/__init__.py", "from elsewhere import *\n"),
    ] {
        let place = configured(call, MODULE);
        place.write(file, text);
        let check = place.check("celery", &[]);
        assert_eq!(check.status(), "skipped", "{file}: {}", check.text());
    }
    place.write("celery_core/celeryconfg.py", MODULE);
    let text = place.check("celery", &[]).text();
    assert!(text.contains("celery_core/celeryconfg.py:2"), "{text}");
}
