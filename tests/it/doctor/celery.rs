//! Names under which results are looked for, by the worker and by others.

use super::Place;

#[test]
fn a_broker_under_a_name_that_the_worker_does_not_read_is_named() {
    let place = Place::new(&[
        (
            "backend/.env",
            "CELERY_BROKER_URL=redis://localhost:6379/1\n",
        ),
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("celery_core/__init__.py", ""),
        (
            "celery_core/app.py",
            "from celery import Celery\nfrom celery_core import configure\napp = Celery('x')\nconfigure(app)\n",
        ),
        (
            "celery_core/config.py",
            "from pydantic_settings import BaseSettings, SettingsConfigDict\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='PIXCRAWLER_CELERY_', env_file=['.env', 'backend/.env'])\n    broker_url: str = 'x'\n",
        ),
    ]);
    let check = place.check("celery", &[]);
    check.fails_with("celery/unread-broker", "`CELERY_BROKER_URL` is set, but the worker (celery_core.app) reads `PIXCRAWLER_CELERY_BROKER_URL`");
    // Both names lead to the same broker afterwards: nothing is wrong, and that there are two is told.
    place.is_mended("celery");
    let mended = place.check("celery", &[]);
    assert_eq!(mended.findings().len(), 1, "{}", mended.text());
    assert!(
        mended
            .found()
            .contains("PIXCRAWLER_CELERY_BROKER_URL (.env:1) leads to 127.0.0.1:6379/1"),
        "{}",
        mended.found()
    );
}

#[test]
fn results_under_a_name_that_another_program_reads_are_named() {
    let settings = |prefix: &str, results: &str| {
        format!(
            "from pydantic_settings import BaseSettings, SettingsConfigDict\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='{prefix}', env_file=['.env', 'backend/.env'])\n    broker_url: str = 'redis://localhost/0'\n    result_backend: str = Field(default='{results}')\n"
        )
    };
    let url = "redis://localhost:44079/2";
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("backend/.env", &format!("CELERY_RESULT_BACKEND={url}\n")),
        (
            "backend/settings.py",
            &settings("CELERY_", "redis://localhost/2"),
        ),
        ("celery_core/__init__.py", ""),
        (
            "celery_core/app.py",
            "from celery import Celery\nfrom celery_core import configure\napp = Celery('x')\nconfigure(app)\n",
        ),
        (
            "celery_core/config.py",
            &settings("PIXCRAWLER_CELERY_", "redis://localhost:6379/1"),
        ),
    ]);
    let check = place.check("celery", &[]);
    check.fails_with("celery/unread-broker", "`CELERY_RESULT_BACKEND` is set, but the worker (celery_core.app) reads `PIXCRAWLER_CELERY_RESULT_BACKEND`");
    let why = "so results go to 127.0.0.1:6379/1, the default at celery_core/config.py:5";
    assert!(check.text().contains(why), "{}", check.text());
    place.is_mended("celery");
    let set = std::fs::read_to_string(place.file(".env")).expect("it was made");
    let line = format!("PIXCRAWLER_CELERY_RESULT_BACKEND={url}");
    assert!(set.contains(&line), "{set}");
    // The other one has a reader, too, and stays.
    let other = std::fs::read_to_string(place.file("backend/.env")).expect("it is there");
    assert!(other.starts_with("CELERY_RESULT_BACKEND="), "{other}");
    // The default leads to the same place.
    place.write(".env", "");
    place.write(
        "backend/.env",
        "CELERY_RESULT_BACKEND=redis://127.0.0.1/1\n",
    );
    assert_eq!(place.check("celery", &[]).status(), "pass");
}

#[test]
fn a_broker_that_is_nothing_is_told_where_it_stands() {
    let settings = |default: &str, more: &str| {
        format!(
            "from pydantic_settings import BaseSettings, SettingsConfigDict\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='PIXCRAWLER_CELERY_', env_file=['.env', 'backend/.env']{more})\n    broker_url: str = '{default}'\n    result_backend: str = 'redis://localhost/3'\n"
        )
    };
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        (".env", "PIXCRAWLER_CELERY_BROKER_URL=\n"),
        ("celery_core/__init__.py", ""),
        (
            "celery_core/app.py",
            "from celery import Celery\nfrom celery_core import configure\napp = Celery('x')\nconfigure(app)\n",
        ),
    ]);
    let url = "redis://localhost/2";
    place.write("celery_core/config.py", &settings(url, ""));
    let check = place.check("celery", &[]);
    check.fails_with("celery/empty", "`PIXCRAWLER_CELERY_BROKER_URL` is empty");
    assert!(
        check.text().contains("it stands at .env:1"),
        "{}",
        check.text()
    );
    // Settings may pass over what is empty.
    place.write(
        "celery_core/config.py",
        &settings(url, ", env_ignore_empty=True"),
    );
    assert_eq!(place.check("celery", &[]).status(), "pass");
    place.write(".env", "");
    place.write("celery_core/config.py", &settings("", ""));
    let check = place.check("celery", &[]);
    check.fails_with("celery/empty", "`PIXCRAWLER_CELERY_BROKER_URL` is empty");
    let line = "celery_core/config.py:4, by default";
    assert!(check.text().contains(line), "{}", check.text());
    let ways = check.helps();
    let told = place.follow(ways[0], "redis://localhost:44079/2\n");
    assert_eq!(told.code, Some(0), "{ways:?} {}", told.err);
    assert_eq!(place.check("celery", &[]).status(), "pass");
}

#[test]
fn what_settings_read_is_known_as_they_name_it() {
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        (
            "backend/.env",
            "second_broker=redis://localhost:44079/2\nDATABASE_URL=postgresql://h/d\n",
        ),
        ("celery_core/__init__.py", ""),
        (
            "celery_core/app.py",
            "from celery import Celery\nfrom celery_core import configure\napp = Celery('x')\nconfigure(app)\n",
        ),
        (
            "celery_core/config.py",
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings, env_file='backend/.env'):\n    broker_url: str = Field('redis://localhost/0', validation_alias=AliasChoices('first_broker', 'second_broker'))\n",
        ),
    ]);
    let found = || place.check("celery", &[]).found();
    let told = "SECOND_BROKER (backend/.env:1) leads to 127.0.0.1:44079/2";
    assert_eq!(found(), told);
    // Case does not count in what the prefixes of settings make either.
    place.write(
        "celery_core/config.py",
        "from pydantic_settings import BaseSettings, SettingsConfigDict\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='pix_celery_', env_file='backend/.env')\n    broker_url: str = 'redis://localhost/0'\n",
    );
    place.write(
        "backend/.env",
        "pix_celery_broker_url=redis://localhost:44079/4\n",
    );
    let told = "PIX_CELERY_BROKER_URL (backend/.env:1) leads to 127.0.0.1:44079/4";
    assert_eq!(found(), told);
    // The line that is there is the one that is changed.
    place.write(
        "backend/.env",
        "pix_celery_broker_url=redis://localhost:44079?db=5\n",
    );
    let check = place.check("celery", &[]);
    check.fails_with("celery/url", "PIX_CELERY_BROKER_URL");
    let line = check.help().to_owned();
    assert_eq!(place.follow(&line, "").code, Some(0), "{line}");
    let text = std::fs::read_to_string(place.file("backend/.env")).expect("a file");
    assert_eq!(
        text, "pix_celery_broker_url=redis://localhost:44079/5\n",
        "{line}"
    );
}

#[test]
fn one_variable_for_broker_and_results_follows_the_broker() {
    const URL: &str = "redis://localhost:44079/";
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        (
            "backend/.env",
            &format!("CELERY_BROKER_URL={URL}4\nCELERY_RESULT_BACKEND={URL}5\n"),
        ),
        ("celery_core/__init__.py", ""),
        (
            "celery_core/app.py",
            "from celery import Celery\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_file='backend/.env', extra='ignore')\n    redis_url: str = 'redis://127.0.0.1:44079/2'\napp = Celery('x', broker=S().redis_url, backend=S().redis_url)\n",
        ),
    ]);
    let check = place.check("celery", &[]);
    check.fails_with("celery/unread-broker", "reads `REDIS_URL`");
    assert!(
        !check.text().contains("--like backend:CELERY_RESULT"),
        "{}",
        check.text()
    );
    place.is_mended("celery");
    let set = std::fs::read_to_string(place.file("backend/.env")).expect("it is there");
    assert!(set.contains(&format!("REDIS_URL={URL}4")), "{set}");
    let text = place.check("celery", &[]).text();
    let words = "REDIS_URL is the worker's broker and its place for results";
    assert!(text.contains(words), "{text}");
}
