//! What the built-in schemas say of types, where the code's own settings say something else.

use super::Place;

const ASKS: &str = "[project]\nname = \"app\"\nversion = \"0\"\ndependencies = [\"fastapi\", \"pydantic-settings\", \"sqlalchemy\", \"asyncpg\"]\n";

fn place(fields: &str, more: &str, env: &str) -> Place {
    let settings = format!(
        "from typing import Annotated, Literal\nfrom pydantic import BeforeValidator, RedisDsn\nfrom pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n{fields}\n"
    );
    let main = format!(
        "import os\nfrom fastapi import FastAPI\nfrom settings import Settings\n\napp = FastAPI()\nsettings = Settings()\n{more}\n"
    );
    Place::new(&[
        ("backend/pyproject.toml", ASKS),
        ("backend/main.py", &main),
        ("backend/settings.py", &settings),
        ("backend/.env", env),
    ])
}

fn env_file(place: &Place) -> String {
    std::fs::read_to_string(place.file("backend/.env")).expect("it is there")
}

#[test]
fn what_the_codes_own_type_takes_is_no_fault() {
    let fields = "    log_level: Literal['debug', 'info'] = 'info'
    environment: str = 'local'
    debug: int = 0
    celery_broker_url: str = ''
    celery_result_backend: str | None = None
    celery_worker_concurrency: int | Literal['auto'] = 'auto'
    database_pool_size: int = 5
    storage_provider: str = 'local'
    allowed_origins: list[str] = []
    port: int = 8000";
    for broker in [
        "amqp://guest:guest@127.0.0.1//",
        "memory://",
        "sqs://",
        "filesystem://",
    ] {
        for backend in [
            "rpc://",
            "db+postgresql://u:p@127.0.0.1/d",
            "cache+memcached://127.0.0.1/",
        ] {
            let env = format!(
                "LOG_LEVEL=info\nENVIRONMENT=local\nDEBUG=2\nCELERY_BROKER_URL={broker}\nCELERY_RESULT_BACKEND={backend}\nCELERY_WORKER_CONCURRENCY=auto\nDATABASE_POOL_SIZE=0\nSTORAGE_PROVIDER=s3\nALLOWED_ORIGINS='[\"http://localhost:3000\",\"http://b.example\"]'\nPORT=1000\n"
            );
            let place = place(fields, "", &env);
            let told = place.run(&["env", "check", "--fix"]);
            for line in env.lines() {
                let name = line.split('=').next().expect("a name");
                assert!(!told.out.contains(name), "{name}: {}", told.out);
            }
            assert_eq!(told.code, Some(0), "{}\n{}", told.out, told.err);
            assert_eq!(env_file(&place), env);
        }
    }
}

#[test]
fn what_the_codes_own_type_refuses_is_told_and_mended_in_its_words() {
    let fields =
        "    log_level: Literal['debug', 'info'] = 'info'\n    celery_broker_url: RedisDsn\n";
    let env = "LOG_LEVEL=Info\nCELERY_BROKER_URL=amqp://127.0.0.1\n";
    let place = place(fields, "", env);
    let told = place.run(&["env", "check"]);
    for words in [
        "backend/settings.py:7 wants: debug or info",
        "backend/settings.py:8 wants: a URL that begins with redis:// or rediss://",
    ] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }
    assert_eq!(told.code, Some(1), "{}", told.out);
    place.run(&["env", "check", "--fix"]);
    assert_eq!(env_file(&place), env.replace("Info", "info"));
}

#[test]
fn what_a_base_refuses_is_certain_only_where_all_that_are_made_from_it_do() {
    let told = |kind: &str| {
        let fields = format!(
            "    model_config = {{'str_strip_whitespace': True}}\n    debug: bool = False\n    environment: Literal['a', 'b'] = 'a'\n\n\nclass Other(Settings):\n    environment: {kind} = 'a'"
        );
        let env = "ENVIRONMENT=local\n";
        let place = place(&fields, "", env);
        let told = place.run(&["env", "check"]);
        assert!(told.out.contains("`ENVIRONMENT`"), "{}", told.out);
        place.write("backend/.env", "DEBUG=auto\n");
        assert_eq!(place.run(&["env", "check"]).code, Some(1));
        told.code
    };
    assert_eq!(told("Literal['a']"), Some(1));
    assert_eq!(told("str"), Some(0));
}

#[test]
fn what_only_the_built_in_schema_claims_keeps_nobody_from_a_start() {
    let fields = "    storage_provider: Annotated[str, BeforeValidator(str.lower)] = 'local'\n    name: str = ''\n";
    let env = "LOG_LEVEL=info\nDEBUG=auto\nSTORAGE_PROVIDER=S3\n";
    let place = place(fields, "level = os.getenv('LOG_LEVEL')", env);
    let told = place.run(&["env", "check", "--fix"]);
    assert_eq!(told.code, Some(0), "{}", told.out);
    assert_eq!(env_file(&place), env);
    for name in ["`LOG_LEVEL`", "`DEBUG`", "`STORAGE_PROVIDER`"] {
        assert!(told.out.contains(name), "{name}: {}", told.out);
    }
    assert!(
        told.out.contains("env-schemas/backend.toml"),
        "{}",
        told.out
    );
    let code = |env: &str| self::place(fields, "", env).run(&["env", "check"]).code;
    // No program can listen there.
    assert_eq!(code("PORT=http\n"), Some(1));
    assert_eq!(code("PORT=70000\n"), Some(1));
}

#[test]
fn what_the_codes_settings_do_without_is_not_asked_for() {
    let told = |fields: &str| {
        let place = place(fields, "", "SUPABASE_URL=http://127.0.0.1:54321\n");
        place.run(&["env", "check"]).out
    };
    let optional = told("    supabase_url: str | None = None\n    database_url: str = ''");
    assert!(!optional.contains("SUPABASE"), "{optional}");
    assert!(!optional.contains("DATABASE_URL"), "{optional}");
    let needed = told("    supabase_url: str\n    supabase_anon_key: str");
    assert!(needed.contains("SUPABASE_ANON_KEY"), "{needed}");
    assert!(!needed.contains("SERVICE_ROLE"), "{needed}");
}

#[test]
fn a_manifest_that_cannot_be_read_makes_no_demands() {
    let place = place("    name: str = ''", "", "NAME=x\n");
    let torn = format!("<<<<<<< HEAD\n{ASKS}=======\n>>>>>>> other\n");
    place.write(
        "backend/pyproject.toml",
        &torn.replace("sqlalchemy", "flask"),
    );
    let told = place.run(&["env", "check"]);
    assert!(!told.out.contains("SUPABASE"), "{}", told.out);
    assert!(!told.out.contains("DATABASE_URL"), "{}", told.out);
}

#[test]
fn a_driver_is_named_for_sqlalchemy_alone() {
    let told = |manifest: &str| {
        let env = "DATABASE_URL=postgresql://u:p@127.0.0.1/d\n";
        let place = place("    database_url: str", "import asyncpg", env);
        place.write("backend/pyproject.toml", manifest);
        let told = place.run(&["env", "check", "--fix"]);
        assert_eq!(told.code, Some(0), "{}", told.out);
        env_file(&place).contains("+asyncpg")
    };
    assert!(told(ASKS));
    assert!(!told(&ASKS.replace("\"sqlalchemy\", ", "")));
}

#[test]
fn a_name_that_the_code_reads_is_no_slip_of_another() {
    let fields = "    database_uri: str\n    hosts: list[str] = []";
    let env = "DATABASE_URI=sqlite:///x.db\nHOSTS='[\"a\"]'\nPORTS=1\nLOG_LEVL=info\n";
    let place = place(fields, "ports = os.environ['PORTS']", env);
    let told = place.run(&["env", "check", "--fix"]);
    for name in ["DATABASE_URI", "HOSTS", "PORTS"] {
        assert!(!told.out.contains(name), "{name}: {}", told.out);
        assert!(env_file(&place).contains(name), "{name}");
    }
    assert!(env_file(&place).contains("LOG_LEVEL=info"), "{}", told.out);
}

#[test]
fn a_list_is_split_where_the_code_splits_it() {
    let env = "ALLOWED_ORIGINS=http://localhost:3000;https://b.example\n";
    let fields = "    allowed_origins: str = ''";
    let place = place(fields, "origins = settings.allowed_origins.split(';')", env);
    let told = place.run(&["env", "check", "--fix"]);
    assert!(!told.out.contains("ALLOWED_ORIGINS"), "{}", told.out);
    assert_eq!(env_file(&place), env);
    let place = self::place(fields, "origins = settings.allowed_origins.split(',')", env);
    place.run(&["env", "check", "--fix"]);
    assert_eq!(env_file(&place), env.replace(';', ","));
}

#[test]
fn without_sqlalchemy_no_url_has_a_driver() {
    let place = place("    database_url: str", "import asyncpg", "NAME=x\n");
    place.write(
        "backend/pyproject.toml",
        &ASKS.replace("\"sqlalchemy\", ", ""),
    );
    let told = place.run(&["env", "check"]);
    assert!(told.out.contains("postgresql://"), "{}", told.out);
    assert!(!told.out.contains("+asyncpg"), "{}", told.out);
    place.write(
        "backend/.env",
        "DATABASE_URL=postgresql+asyncpg://u:p@127.0.0.1/d\n",
    );
    place.run(&["env", "check", "--fix"]);
    assert_eq!(
        env_file(&place),
        "DATABASE_URL=postgresql://u:p@127.0.0.1/d\n"
    );
}

#[test]
fn doctor_tells_what_any_type_of_a_field_refuses() {
    let fields = "    features: list[str] = []\n    smtp_tls: bool = True\n    name: str = ''";
    let place = place(fields, "", "FEATURES=a,b\nSMTP_TLS=STARTTLS\nNAME=x\n");
    let text = place.check("env", &[]).text();
    assert!(
        text.contains("`FEATURES` (backend/.env:1) must be a list as JSON"),
        "{text}"
    );
    assert!(
        text.contains("`SMTP_TLS` (backend/.env:2) must be true or false"),
        "{text}"
    );
    assert!(!text.contains("`NAME`"), "{text}");
}

#[test]
fn an_empty_value_that_the_settings_take_for_none_is_none() {
    let fields = "    model_config = {'env_ignore_empty': True}\n    database_pool_size: int = 5";
    let place = place(fields, "", "DATABASE_POOL_SIZE=\n");
    let told = place.run(&["env", "check"]);
    assert!(!told.out.contains("DATABASE_POOL_SIZE"), "{}", told.out);
}

#[test]
fn an_api_that_moved_its_schema_is_ready_when_it_listens() {
    let place = place("    name: str = ''", "", "NAME=x\n");
    let planned = || place.run(&["dev", "--dry-run", "--no-check"]).out;
    assert!(planned().contains("/openapi.json"), "{}", planned());
    let main = "from fastapi import FastAPI\n\napp = FastAPI(openapi_url='/api/v1/openapi.json')\n";
    place.write("backend/main.py", main);
    assert!(!planned().contains("openapi.json"), "{}", planned());
}
