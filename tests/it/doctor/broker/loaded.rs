//! What gets into the environment of a worker that reads nothing else: by its command, by uv, by its own code.

use super::Place;
use crate::doctor::Check;

const NAMED: &str = "CELERY_BROKER_URL (backend/.env:1) leads to 127.0.0.1:44080/1";

/// A backend with an application of its own, and what its file says.
pub(super) fn place(app: &str, env: &str) -> Place {
    let manifest = "[project]\nname = \"b\"\nversion = \"0.1\"\nrequires-python = \">=3.11\"\ndependencies = [\"fastapi\", \"celery[redis]\"]\n";
    let app = format!("import os\nfrom celery import Celery\n{app}\n");
    Place::new(&[
        ("backend/pyproject.toml", manifest),
        ("backend/.env", env),
        ("backend/app/__init__.py", ""),
        ("backend/app/celery_app.py", &app),
    ])
}

/// The broker is known and sound.
fn is_named(check: &Check) {
    let told = check.found();
    assert_eq!(
        (told.as_str(), check.status()),
        (NAMED, "pass"),
        "{}",
        check.text()
    );
}

#[test]
fn a_file_that_the_workers_command_loads_is_read() {
    let app = "app = Celery('x', broker=os.environ['CELERY_BROKER_URL'])";
    let set = "CELERY_BROKER_URL=redis://127.0.0.1:44080/1\n";
    let place = place(app, set);
    place
        .check("celery", &[])
        .fails_with("celery/unread-broker", "does not read");
    for worker in [
        "env = { UV_ENV_FILE = \".env\" }",
        "command = \"pixcrawler env run --tier backend -- celery -A app.celery_app worker\"",
        "command = \"uv run --env-file .env celery -A app.celery_app worker\"",
    ] {
        place.write("pixcrawler.toml", &format!("[services.worker]\n{worker}\n"));
        let check = place.check("celery", &[]);
        is_named(&check);
    }
    // Which other file that is may not be known: then nothing is told.
    place.write(
        "pixcrawler.toml",
        "[services.worker]\nenv = { UV_ENV_FILE = \"../other.env\" }\n",
    );
    let check = place.check("celery", &[]);
    assert_eq!(check.status(), "skipped", "{}", check.text());
}

#[test]
fn a_file_that_the_workers_own_module_loads_is_read() {
    let load = "from dotenv import load_dotenv\nload_dotenv()\n";
    let app = "app = Celery('x', broker=os.environ['CELERY_BROKER_URL'])";
    let set = "CELERY_BROKER_URL=redis://127.0.0.1:44080/1\n";
    // The nearest file above the module is the backend's.
    let mut place = place(&format!("{load}{app}"), set);
    let check = place.check("celery", &[]);
    is_named(&check);
    // What is set before stays.
    place.set("CELERY_BROKER_URL", "redis://127.0.0.1:44080/2");
    let found = place.check("celery", &[]).found();
    assert!(found.contains("127.0.0.1:44080/2"), "{found}");
}

#[test]
fn a_load_that_misses_its_file_is_told_from_where_the_worker_runs() {
    let app = |path: &str| {
        format!(
            "from dotenv import load_dotenv\nload_dotenv({path})\napp = Celery('x', broker=os.environ['CELERY_BROKER_URL'])"
        )
    };
    let set = "CELERY_BROKER_URL=redis://127.0.0.1:44080/1\n";
    // The worker of this backend starts in its folder.
    let place = place(&app("'backend/.env'"), set);
    let check = place.check("celery", &[]);
    check.fails_with(
        "celery/unread-broker",
        "which the worker (app.celery_app) does not read",
    );
    let text = check.text();
    for words in [
        "its load_dotenv looks for backend/backend/.env, which is not there: it starts in backend",
        "load_dotenv(\\\".env\\\") does",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let head = "import os\nfrom celery import Celery\n";
    place.write(
        "backend/app/celery_app.py",
        &format!("{head}{}\n", app("'.env'")),
    );
    let check = place.check("celery", &[]);
    is_named(&check);
}

#[test]
fn a_field_that_is_called_otherwise_than_its_variable_is_known_by_that() {
    let found = |field: &str, broker: &str| {
        let app = format!(
            "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_file='.env', extra='ignore')\n    {field}\ns = S()\napp = Celery('x', broker={broker})"
        );
        let place = place(&app, "CELERY_BROKER_URL=redis://127.0.0.1:44080/1\n");
        place.check("celery", &[]).found()
    };
    for field in [
        "broker: str = Field(alias='CELERY_BROKER_URL')",
        "broker: str = Field(validation_alias=AliasChoices('BROKER', 'CELERY_BROKER_URL'))",
        "broker: str = Field(validation_alias='CELERY_BROKER_URL')",
    ] {
        assert_eq!(found(field, "s.broker"), NAMED, "{field}");
    }
}
