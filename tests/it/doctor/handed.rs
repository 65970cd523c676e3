//! What `pixcrawler.toml` gives single services: it counts in their processes over every env file.

use super::Place;

const MAIN: &str = "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\n\napp = FastAPI()\napp.add_middleware(CORSMiddleware, allow_origins=settings.allowed_origins)\n";

const FILE: &str =
    "DATABASE_URL=postgresql+asyncpg://u:p@127.0.0.1:1/file\nREDIS_URL=redis://127.0.0.1:2/0\n";

/// An API and pages, with what pixcrawler.toml says.
fn place(toml: &str) -> Place {
    Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("backend/main.py", MAIN),
        ("backend/.env", FILE),
        ("frontend/package.json", "{\"scripts\":{\"dev\":\"x\"}}"),
        ("pixcrawler.toml", toml),
    ])
}

const WORKER: (&str, &str) = (
    "celery_core/app.py",
    "from celery import Celery\napp = Celery('x', broker='memory://')\n",
);

#[test]
fn the_urls_of_a_service_are_asked() {
    let given = "[services.backend]\nenv.DATABASE_URL = \"postgresql+asyncpg://u:hunter2secret@127.0.0.1:3/own?sslmode=require\"\nenv.REDIS_URL = \"redis://:hunter2secret@127.0.0.1:4/0\"\n";
    let place = place(given);
    for (id, file, own, line) in [
        ("postgres", "127.0.0.1:1", "127.0.0.1:3", 2),
        ("redis", "127.0.0.1:2", "127.0.0.1:4", 3),
    ] {
        let check = place.check(id, &[]);
        let rule = format!("{id}/unreachable");
        check.fails_with(&rule, &format!("{own} refuses connections"));
        let named = format!("_URL (pixcrawler.toml:{line})");
        assert!(check.text().contains(&named), "{}", check.text());
        assert!(!check.text().contains("hunter2secret"), "{}", check.text());
        // No dev starts it, and no terminal sets it.
        for help in check.helps() {
            let is_vain = help.contains("export") || help.contains("env set");
            assert!(!is_vain && !help.contains("pixcrawler dev"), "{help}");
        }
        // Nobody else reads the file.
        let told = format!("{file} refuses");
        assert!(!check.text().contains(&told), "{}", check.text());
        assert!(check.found().contains("is not asked: what could read it"));
        // A deployment starts no such service.
        let deployed = place.check(id, &["--env", "production"]).text();
        assert!(!deployed.contains("pixcrawler.toml"), "{deployed}");
    }
    let check = place.check("postgres", &[]);
    check.fails_with(
        "postgres/options",
        "DATABASE_URL (pixcrawler.toml:2) has `sslmode` behind its ?",
    );
    assert_eq!(check.help(), "${EDITOR:-vi} +2 pixcrawler.toml");
    // A worker does.
    place.write(WORKER.0, WORKER.1);
    for (id, file) in [("postgres", "127.0.0.1:1"), ("redis", "127.0.0.1:2")] {
        let check = place.check(id, &[]);
        let rule = format!("{id}/unreachable");
        check.fails_with(&rule, &format!("{file} refuses connections"));
        assert!(check.text().contains("(pixcrawler.toml:"));
    }
}

#[test]
fn a_url_of_a_service_that_makes_no_sense_is_corrected_where_it_stands() {
    for (name, url, id, words) in [
        (
            "DATABASE_URL",
            "nonsense",
            "postgres",
            "DATABASE_URL (pixcrawler.toml:2) is not a URL: it has no scheme",
        ),
        (
            "DATABASE_URL",
            "postgresql://u:p@127.0.0.1:99999/x",
            "postgres",
            "DATABASE_URL (pixcrawler.toml:2) is not a URL",
        ),
        (
            "REDIS_URL",
            "redis://127.0.0.1:99999/0",
            "redis",
            "REDIS_URL (pixcrawler.toml:2) is not a URL",
        ),
    ] {
        let place = place(&format!(
            "[services.backend]\nenv = {{ {name} = \"{url}\" }}\n"
        ));
        let check = place.check(id, &[]);
        check.fails_with(&format!("{id}/unreachable"), words);
        let helps = check.helps();
        assert!(
            helps.contains(&"${EDITOR:-vi} +2 pixcrawler.toml"),
            "{helps:?}"
        );
    }
    // An empty one is none for settings that take it for a value.
    let other = place("[services.backend]\nenv = { DATABASE_URL = \"\" }\n");
    let settings = |options: &str| {
        format!(
            "from pydantic import PostgresDsn\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\nclass S(BaseSettings):\n    model_config = SettingsConfigDict({options})\n    database_url: PostgresDsn\nsettings = S()\n"
        )
    };
    let empty = "DATABASE_URL (pixcrawler.toml:2) is not a URL: it is empty";
    other.write("backend/settings.py", &settings(""));
    let check = other.check("postgres", &[]);
    check.fails_with("postgres/unreachable", empty);
    let as_text = settings("").replace(": PostgresDsn", ": str");
    other.write("backend/settings.py", &as_text);
    let check = other.check("postgres", &[]);
    check.fails_with("postgres/unreachable", empty);
    other.write("backend/settings.py", &settings("env_ignore_empty=True"));
    let check = other.check("postgres", &[]).text();
    assert!(!check.contains("it is empty"), "{check}");
    // What is no service, or none that is started, gives nobody anything.
    for toml in [
        "[services.backend]\nenabled = false\nenv = { DATABASE_URL = \"postgresql://u:p@127.0.0.1:3/x\" }\n",
        "[services.other]\ncommand = \"x\"\nprofiles = [\"p\"]\nenv = { DATABASE_URL = \"postgresql://u:p@127.0.0.1:3/x\" }\n",
    ] {
        let text = place(toml).check("postgres", &[]).text();
        assert!(!text.contains("pixcrawler.toml"), "{text}");
    }
}

#[test]
fn the_list_of_origins_that_the_api_is_given_is_judged() {
    let place = place("");
    place.write("backend/.env", "ALLOWED_ORIGINS=http://localhost:44009\n");
    place.write(
        "frontend/.env",
        "NEXT_PUBLIC_APP_URL=http://localhost:44001\nNEXT_PUBLIC_API_URL=http://127.0.0.1:1\n",
    );
    let check = |toml: &str| {
        place.write("pixcrawler.toml", toml);
        place.check("cors", &[])
    };
    assert_eq!(check("").status(), "fail");
    let api =
        |list: &str| format!("[services.backend]\nenv = {{ ALLOWED_ORIGINS = \"{list}\" }}\n");
    let right = check(&api("http://localhost:44001"));
    assert_eq!(right.status(), "pass", "{}", right.text());
    let wrong = check(&api("http://localhost:44002"));
    wrong.fails_with("cors/refused", "does not hold http://localhost:44001");
    assert!(wrong.text().contains("where pixcrawler.toml:2 has it"));
    assert_eq!(wrong.help(), "${EDITOR:-vi} +2 pixcrawler.toml");
    // The pages are where their own process is told.
    let web = |url: &str| {
        let web = format!("[services.frontend]\nenv.NEXT_PUBLIC_APP_URL = \"{url}\"\n");
        api("http://localhost:44002") + &web
    };
    let moved = check(&web("http://localhost:44002"));
    assert_eq!(moved.status(), "pass", "{}", moved.text());
    let nowhere = check(&web("localhost:44002"));
    nowhere.fails_with(
        "cors/refused",
        "NEXT_PUBLIC_APP_URL (pixcrawler.toml:4) has",
    );
    assert_eq!(nowhere.help(), "${EDITOR:-vi} +4 pixcrawler.toml");
}

#[test]
fn the_parts_of_a_servers_address_that_a_service_is_given_are_asked() {
    let redis = "CACHE_REDIS_HOST=127.0.0.1\nCACHE_REDIS_PORT=2\nCACHE_REDIS_DB=0\n";
    let given = "[services.backend.env]\nCACHE_REDIS_PORT = \"4\"\nCACHE_REDIS_PASSWORD = \"hunter2secret\"\n";
    let place = place(given);
    place.write("backend/.env", redis);
    let check = place.check("redis", &[]);
    check.fails_with("redis/unreachable", "127.0.0.1:4 refuses connections");
    let named = "CACHE_REDIS_HOST (backend/.env:1) and CACHE_REDIS_PORT (pixcrawler.toml:2)";
    assert!(check.text().contains(named), "{}", check.text());
    assert!(
        check.helps().contains(&"${EDITOR:-vi} +2 pixcrawler.toml"),
        "{:?}",
        check.helps()
    );
    assert!(!check.text().contains("hunter2secret"), "{}", check.text());
    let correct = "correct CACHE_REDIS_HOST";
    assert!(!check.text().contains(correct), "{}", check.text());
    // Nobody else reads the file.
    assert!(
        !check.text().contains("127.0.0.1:2 refuses"),
        "{}",
        check.text()
    );
    assert!(
        check
            .found()
            .contains("is not asked: what could read it is given another")
    );
    // One that is switched off for the service is no server of its own.
    place.write(
        "pixcrawler.toml",
        &format!("{given}CACHE_ENABLED = \"false\"\n"),
    );
    let check = place.check("redis", &[]);
    assert!(
        !check.text().contains("127.0.0.1:4 refuses"),
        "{}",
        check.text()
    );
    // The same of a Postgres.
    place.write(
        "backend/.env",
        "DB_HOST=127.0.0.1\nDB_PORT=1\nDB_USER=u\nDB_PASSWORD=hunter2secret\n",
    );
    place.write(
        "pixcrawler.toml",
        "[services.backend.env]\nDB_PORT = \"3\"\n",
    );
    let check = place.check("postgres", &[]);
    check.fails_with("postgres/unreachable", "127.0.0.1:3 refuses connections");
    assert!(
        check.text().contains("DB_PORT (pixcrawler.toml:2)"),
        "{}",
        check.text()
    );
    assert!(
        check.helps().contains(&"${EDITOR:-vi} +2 pixcrawler.toml"),
        "{:?}",
        check.helps()
    );
    assert!(!check.text().contains("hunter2secret"), "{}", check.text());
    // What its driver takes where the URL says nothing.
    place.write(
        "backend/.env",
        "DATABASE_URL=postgresql+asyncpg://u:p@/file\n",
    );
    let lent = "[services.backend.env]\nPGHOST = \"127.0.0.1\"\nPGPORT = \"3\"\n";
    place.write("pixcrawler.toml", lent);
    let check = place.check("postgres", &[]);
    check.fails_with("postgres/unreachable", "127.0.0.1:3 refuses connections");
    let stands = "PGHOST stands at pixcrawler.toml:2";
    assert!(check.text().contains(stands), "{}", check.text());
    assert!(
        check.helps().contains(&"${EDITOR:-vi} +2 pixcrawler.toml"),
        "{:?}",
        check.helps()
    );
    place.write("pixcrawler.toml", &lent.replace("\"3\"", "\"many\""));
    let check = place.check("postgres", &[]);
    check.fails_with(
        "postgres/unreachable",
        "leaves the port to PGPORT, and what that says is none",
    );
    assert!(
        check.helps().contains(&"${EDITOR:-vi} +3 pixcrawler.toml"),
        "{:?}",
        check.helps()
    );
}

#[test]
fn who_has_to_start_a_server_of_one_service_is_said() {
    let url =
        |port: u16| format!("[services.backend]\nenv.REDIS_URL = \"redis://127.0.0.1:{port}/0\"\n");
    let place = place(&url(4));
    place.write("backend/.env", "");
    let check = place.check("redis", &[]);
    let words = "pixcrawler dev starts those that env files name";
    assert!(check.text().contains(words), "{}", check.text());
    // Whoever is installed listens on another port.
    assert_eq!(check.help(), "${EDITOR:-vi} +2 pixcrawler.toml");
    assert!(
        check.text().contains("set it up for port 4")
            || check.text().contains("is set up for port 4"),
        "{}",
        check.text()
    );
}

#[test]
fn what_a_service_is_given_is_judged_as_its_env_files_are() {
    let place = place(
        "[services.backend]\nenv = { LOG_LEVEL = \"LOUD\", DATABASE_POOL_SIZE = \"many\" }\n",
    );
    place.write(
        "backend/.env",
        "ENVIRONMENT=development\nDATABASE_URL=postgresql+asyncpg://u:p@127.0.0.1:1/file\n",
    );
    let mut place = place;
    for set in [false, true] {
        if set {
            // A terminal's value does not count there.
            place.set("LOG_LEVEL", "INFO");
        }
        let check = place.check("env", &[]);
        let found = check.findings();
        for rule in ["env/wrong-type", "env/out-of-range"] {
            let mut own = check.0["findings"].as_array().into_iter().flatten();
            let own = own.find(|it| it["rule"] == rule);
            let own = own.unwrap_or_else(|| panic!("{rule}: {found:?}"));
            assert_eq!(own["help"], "${EDITOR:-vi} +2 pixcrawler.toml", "{own}");
        }
        let deployed = place.check("env", &["--env", "production"]).text();
        assert!(!deployed.contains("pixcrawler.toml"), "{deployed}");
    }
}

#[test]
fn a_broker_in_parts_that_the_worker_alone_is_given_is_asked() {
    for delimiter in ["__", "_"] {
        let place = place(&format!(
            "[services.worker.env]\nBROKER{delimiter}HOST = \"127.0.0.1\"\nBROKER{delimiter}PORT = \"4\"\n"
        ));
        let app = "from celery import Celery\nfrom backend.settings import settings\napp = Celery('x', broker=f'redis://{settings.broker.host}:{settings.broker.port}/0')\n";
        place.write(WORKER.0, app);
        let settings = format!(
            "class Broker(BaseModel):\n    host: str = 'localhost'\n    port: int = 6379\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='{delimiter}')\n    broker: Broker = Broker()\nsettings = Settings()\n"
        );
        place.write("backend/settings.py", &settings);
        let check = place.check("redis", &[]);
        check.fails_with("redis/unreachable", "127.0.0.1:4 refuses connections");
        let named = format!("BROKER{delimiter}HOST (pixcrawler.toml:2)");
        assert!(check.text().contains(&named), "{}", check.text());
    }
}
