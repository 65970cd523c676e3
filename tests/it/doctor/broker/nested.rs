//! A broker that belongs to a model within other settings: `env_nested_delimiter`.

use super::{AS_IT_IS, SET, SETTINGS, place};
use crate::doctor::Place;

/// Settings that have those of Celery within them.
const WHOLE: &str = "class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__', env_file='backend/.env')\n    celery: CelerySettings = Field(default_factory=CelerySettings)\n";

fn nested(settings: &str, env: &str) -> Place {
    let place = place(AS_IT_IS, env);
    place.write("backend/settings.py", settings);
    place
}

#[test]
fn a_name_that_leads_into_the_settings_of_celery_counts_first() {
    let settings = format!("{SETTINGS}{WHOLE}");
    let check = |env: &str| nested(&settings, env).check("celery", &[]);
    let both = format!("{SET}CELERY__BROKER_URL=redis://127.0.0.1:44083/4\n");
    let found = check(&both);
    let words = "CELERY__BROKER_URL (backend/.env:2) leads to 127.0.0.1:44083/4";
    assert!(found.found().contains(words), "{}", found.text());
    let json = format!("{SET}CELERY={{\"broker_url\": \"redis://127.0.0.1:44083/4\"}}\n");
    let found = check(&json);
    let words = "CELERY__BROKER_URL (backend/.env:2) leads to 127.0.0.1:44083/4";
    assert!(found.found().contains(words), "{}", found.text());
    let found = check(SET);
    let words = "CELERY_BROKER_URL (backend/.env:1) leads to 127.0.0.1:44080/1";
    assert_eq!(found.found(), words, "{}", found.text());
}

#[test]
fn a_model_without_variables_of_its_own_is_read_by_names_that_lead_into_it() {
    let model = "class CelerySettings(BaseModel):\n    broker_url: RedisDsn = RedisDsn('redis://127.0.0.1:44079/2')\n    result_backend: RedisDsn = RedisDsn('redis://127.0.0.1:44079/3')\n";
    let settings = format!("{model}{WHOLE}");
    let check = |env: &str| nested(&settings, env).check("celery", &[]);
    let found = check("CELERY__BROKER_URL=redis://127.0.0.1:44083/4\n");
    let words = "CELERY__BROKER_URL (backend/.env:1) leads to 127.0.0.1:44083/4";
    assert!(found.found().contains(words), "{}", found.text());
    let found = check("OTHER=1\n");
    let words = "CELERY__BROKER_URL is not set: the worker uses 127.0.0.1:44079/2, the default at backend/settings.py:2";
    assert!(found.text().contains(words), "{}", found.text());
    // Nothing leads into it.
    let settings = format!(
        "{model}{}",
        WHOLE.replace("env_nested_delimiter='__', ", "")
    );
    let found = nested(&settings, SET).check("celery", &[]);
    assert_eq!(found.status(), "skipped", "{}", found.text());
}

#[test]
fn a_model_that_stands_as_json_names_the_servers_of_its_parts() {
    let model = "class CacheSettings(BaseModel):\n    redis_host: str = 'localhost'\n    redis_port: int = 6379\n    redis_password: str = ''\n";
    let settings = format!(
        "{model}{}",
        WHOLE.replace(
            "    celery: CelerySettings = Field(default_factory=CelerySettings)\n",
            "    cache: CacheSettings = CacheSettings()\n",
        )
    );
    let json = "CACHE={\"redis_host\": \"127.0.0.1\", \"redis_port\": 5, \"redis_password\": \"hunter2secret\"}\n";
    let check = |settings: &str, env: &str| {
        let place = nested(settings, env);
        place.write("celery_core/app.py", "");
        place.check("redis", &[])
    };
    let found = check(&settings, json);
    found.fails_with("redis/unreachable", "127.0.0.1:5 refuses connections");
    let named = "CACHE__REDIS_HOST (backend/.env:1) and CACHE__REDIS_PORT (backend/.env:1)";
    assert!(found.text().contains(named), "{}", found.text());
    assert!(!found.text().contains("hunter2secret"), "{}", found.text());
    // A variable of its own goes over that.
    let both = format!("{json}CACHE__REDIS_PORT=6\n");
    let found = check(&settings, &both);
    found.fails_with("redis/unreachable", "127.0.0.1:6 refuses connections");
    // Without the setting no such name is read.
    let flat = settings.replace("env_nested_delimiter='__', ", "");
    let text = check(&flat, json).text();
    assert!(!text.contains("refuses"), "{text}");
}
