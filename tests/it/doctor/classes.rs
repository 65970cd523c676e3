//! What the code's own settings classes say: which variable and file they read, and what they refuse.

use crate::http_server::Server;

use super::Place;

const MAIN: &str = "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\nfrom backend.settings import Settings\n\napp = FastAPI()\napp.add_middleware(CORSMiddleware, allow_origins=security.allowed_origins)\n";

fn place(settings: &str, env: &str) -> Place {
    let app = format!(
        "NEXT_PUBLIC_APP_URL=http://localhost:44001\nNEXT_PUBLIC_API_URL={}\nNEXT_PUBLIC_SUPABASE_URL=https://other.supabase.co\n",
        Server::nobody()
    );
    Place::new(&[
        (".env", "# of all\n"),
        ("frontend/package.json", "{}"),
        ("frontend/.env", &app),
        ("backend/.env", env),
        ("backend/__init__.py", ""),
        ("backend/main.py", MAIN),
        ("backend/settings.py", settings),
    ])
}

#[test]
fn the_list_is_written_where_the_code_reads_it() {
    let settings = "class SecuritySettings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"SECURITY_\", env_file=\".env\")\n    allowed_origins: List[str] = Field(default=[\"http://localhost:3000\"])\n";
    let place = place(settings, "ALLOWED_ORIGINS=http://localhost:44001\n");
    let check = place.check("cors", &[]);
    check.fails_with(
        "cors/refused",
        "SECURITY_ALLOWED_ORIGINS does not hold http://localhost:44001",
    );
    assert!(
        check.text().contains(
            "`ALLOWED_ORIGINS` (backend/.env:1) is not what it reads: `SecuritySettings` (backend/settings.py:3) has `SECURITY_ALLOWED_ORIGINS`"
        ),
        "{}",
        check.text()
    );
    assert_eq!(
        check.cure(),
        "pixcrawler env set --file .env 'SECURITY_ALLOWED_ORIGINS=[\"http://localhost:3000\",\"http://localhost:44001\"]'"
    );
    place.is_mended("cors");
    // What the code does not read contradicts nobody.
    place.write("backend/.env", "ALLOWED_ORIGINS=http://localhost:1\n");
    let env = place.check("env", &[]);
    assert!(!env.text().contains("does not contain"), "{}", env.text());
    let read = settings.replace("env_prefix=\"SECURITY_\", ", "");
    place.write("backend/settings.py", &read);
    let env = place.check("env", &[]);
    assert!(env.text().contains("does not contain"), "{}", env.text());
}

#[test]
fn a_value_that_the_code_refuses_is_found_before_it_starts() {
    let settings = "class SupabaseSettings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"SUPABASE_\", env_file=[\".env\", \"backend/.env\"])\n    url: str = Field(pattern=r'^https://[a-zA-Z0-9-]+\\.supabase\\.co$')\n";
    let check = |url: &str| place(settings, &format!("SUPABASE_URL={url}\n")).check("env", &[]);
    let refused = check("http://127.0.0.1:44090");
    refused.fails_with(
        "env/refused",
        "`SUPABASE_URL` (backend/.env:1) must look like https://NAME.supabase.co",
    );
    assert!(refused.text().contains("backend/settings.py:3"));
    let sound = check("https://abcdefghijklmnopqrst.supabase.co");
    assert!(!sound.text().contains("env/refused"), "{}", sound.text());
    let like = "pixcrawler env set --file frontend/.env NEXT_PUBLIC_SUPABASE_URL --like backend:SUPABASE_URL";
    assert!(sound.helps().contains(&like), "{:?}", sound.helps());
    // Nobody is told to give what is refused.
    let unset = place(settings, "SUPABASE_URL=https://your-project.supabase.co\n");
    let told = unset.run(&["env", "check", "--tier", "backend"]).out;
    assert!(
        told.contains("give it a value: https://PROJECT.supabase.co"),
        "{told}"
    );
    assert!(!told.contains("local Supabase"), "{told}");
    let unset = check("https://your-project.supabase.co");
    assert!(!unset.text().contains("local Supabase"), "{}", unset.text());
}

#[test]
fn a_number_outside_of_its_fields_bounds_is_found_before_it_starts() {
    let settings = "class CelerySettings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"CELERY_\", env_file=[\".env\", \"backend/.env\"])\n    worker_concurrency: int = Field(default=2, ge=1, le=8)\n";
    let settings = format!("{settings}    task_time_limit: int = Field(1800, lt=4000)\n");
    let place = place(&settings, "CELERY_WORKER_CONCURRENCY=9\n");
    let check = place.check("env", &[]);
    check.fails_with(
        "env/refused",
        "`CELERY_WORKER_CONCURRENCY` (backend/.env:1) must be a number from 1 to 8",
    );
    let place_of_field = "`CelerySettings` has these bounds at backend/settings.py:3";
    assert!(check.text().contains(place_of_field), "{}", check.text());
    let cure = "pixcrawler env set --file backend/.env CELERY_WORKER_CONCURRENCY=-";
    assert!(check.helps().contains(&cure), "{:?}", check.helps());
    place.write(
        "backend/.env",
        "CELERY_WORKER_CONCURRENCY=8\nCELERY_TASK_TIME_LIMIT=4000\n",
    );
    let check = place.check("env", &[]);
    let words = "`CELERY_TASK_TIME_LIMIT` (backend/.env:2) must be 3999 or less";
    check.fails_with("env/refused", words);
    assert!(
        !check.text().contains("(backend/.env:1) must"),
        "{}",
        check.text()
    );
    // What the schema refuses, too, is told once.
    place.write("backend/.env", "CELERY_WORKER_CONCURRENCY=0\n");
    let check = place.check("env", &[]);
    check.fails_with(
        "env/wrong-type",
        "`CELERY_WORKER_CONCURRENCY` is not what backend/settings.py:3 wants: a number from 1 to 8",
    );
    assert!(!check.text().contains("env/refused"), "{}", check.text());
}

#[test]
fn a_port_that_is_no_number_is_found_before_it_starts() {
    let settings = "class DatabaseSettings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"DATABASE_\", env_file=[\".env\", \"backend/.env\"])\n    port: int = 5432\n";
    let env = |port: &str| {
        format!(
            "DATABASE_HOST=127.0.0.1\nDATABASE_PORT={port}\nDATABASE_USER=app\nDATABASE_PASSWORD=pass-word-of-it\n"
        )
    };
    let place = place(settings, &env("abc"));
    let refused = "`DATABASE_PORT` (backend/.env:2) must be a whole number";
    place.check("env", &[]).fails_with("env/refused", refused);
    let check = place.check("postgres", &[]);
    let words = "DATABASE_PORT (backend/.env:2) is no port";
    check.fails_with("postgres/unreachable", words);
    let told = place.follow(check.help(), "44097\n");
    assert_eq!(told.code, Some(0), "{} {}", check.help(), told.err);
    let closed = "127.0.0.1:44097 refuses connections";
    // What pydantic takes for a number is one.
    for port in ["44097", "44097.0", "44_097"] {
        place.write("backend/.env", &env(port));
        let check = place.check("postgres", &[]);
        check.fails_with("postgres/unreachable", closed);
        let check = place.check("env", &[]);
        assert!(!check.text().contains("env/refused"), "{}", check.text());
    }
    // Nothing is no number, unless the settings pass over it.
    place.write("backend/.env", &env(""));
    place.check("env", &[]).fails_with("env/refused", refused);
    let check = place.check("postgres", &[]);
    let words = "DATABASE_PORT (backend/.env:2) is empty, which is no port";
    check.fails_with("postgres/unreachable", words);
    let both = place.run(&["doctor", "--offline", "--only", "env,postgres"]);
    assert!(both.out.contains("waits for env"), "{}", both.out);
    let passes = settings.replace("env_prefix", "env_ignore_empty=True, env_prefix");
    let place = self::place(&passes, &env(""));
    let check = place.check("env", &[]);
    assert!(!check.text().contains("env/refused"), "{}", check.text());
}

#[test]
fn a_password_that_the_code_pastes_into_a_url_is_judged_as_it_is_read() {
    let settings = "class DatabaseSettings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"DATABASE_\", env_file=[\".env\", \"backend/.env\"])\n    password: str = ''\n    def url(self):\n        return f\"postgresql+asyncpg://{self.user}:{self.password}@{self.host}\"\n";
    let env = "DATABASE_HOST=127.0.0.1\nDATABASE_PORT=44098\nDATABASE_USER=app\nDATABASE_PASSWORD=p@ssword1\n";
    let pasted = place(settings, env);
    let check = pasted.check("postgres", &[]);
    let words = "DATABASE_PASSWORD (backend/.env:4) has an @, and the code pastes it into a URL";
    check.fails_with("postgres/unreachable", words);
    let text = check.text();
    assert!(text.contains("backend/settings.py:5"), "{text}");
    assert!(text.contains("%40 for each @"), "{text}");
    assert!(!text.contains("ssword1"), "{text}");
    let told = pasted.follow(check.help(), "p%40ssword1\n");
    assert_eq!(told.code, Some(0), "{} {}", check.help(), told.err);
    let closed = "127.0.0.1:44098 refuses connections";
    pasted
        .check("postgres", &[])
        .fails_with("postgres/unreachable", closed);
    // Whoever quotes it writes the code by himself.
    let quoted = settings.replace("{self.password}", "{quote_plus(self.password)}");
    place(&quoted, env)
        .check("postgres", &[])
        .fails_with("postgres/unreachable", closed);
}

#[test]
fn a_list_within_other_settings_is_read_by_the_name_that_leads_there() {
    let whole = "class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter=\"__\", env_file=[\".env\", \"backend/.env\"])\n    security: SecuritySettings = SecuritySettings()\n";
    let list = "    allowed_origins: List[str] = Field(default=[\"http://localhost:3000\"])\n";
    let own = "class SecuritySettings(BaseSettings):\n    model_config = SettingsConfigDict(env_file=[\".env\", \"backend/.env\"])\n";
    for head in [own, "class SecuritySettings(BaseModel):\n"] {
        let settings = format!("{head}{list}{whole}");
        let set = "SECURITY__ALLOWED_ORIGINS=[\"http://localhost:44001\"]\n";
        let check = place(&settings, set).check("cors", &[]);
        assert_eq!(check.status(), "pass", "{head}: {}", check.text());
        let other = set.replace("44001", "44002");
        let place = place(&settings, &other);
        let check = place.check("cors", &[]);
        check.fails_with(
            "cors/refused",
            "SECURITY__ALLOWED_ORIGINS does not hold http://localhost:44001",
        );
        place.is_mended("cors");
    }
}

#[test]
fn the_list_of_a_file_that_no_tier_reads_is_found_and_written_there() {
    let settings = "class SecuritySettings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"SECURITY_\", env_file=\"cors.env\")\n    allowed_origins: List[str] = Field(default=[\"http://localhost:3000\"])\n";
    let place = place(settings, "A=1\n");
    let line = "SECURITY_ALLOWED_ORIGINS=[\"http://localhost:44001\"]\n";
    place.write("cors.env", line);
    assert_eq!(place.check("cors", &[]).status(), "pass");
    place.write("cors.env", &line.replace("44001", "44002"));
    let check = place.check("cors", &[]);
    check.fails_with("cors/refused", "does not hold http://localhost:44001");
    assert!(
        check.text().contains("where cors.env:1 of no tier has it"),
        "{}",
        check.text()
    );
    assert_eq!(check.help(), "${EDITOR:-vi} +1 cors.env");
}

#[test]
fn a_url_that_the_type_of_its_field_refuses_is_found_before_it_starts() {
    let settings = "class CelerySettings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"CELERY_\", env_file=[\".env\", \"backend/.env\"])\n    broker_url: RedisDsn = RedisDsn(\"redis://127.0.0.1:44079/2\")\n";
    for url in [
        "redis+socket:///run/redis.sock?virtual_host=2",
        "redis+socket://:hunter2secret@/run/redis.sock",
    ] {
        let place = place(settings, &format!("CELERY_BROKER_URL={url}\n"));
        let refused = place.check("env", &[]);
        refused.fails_with(
            "env/refused",
            "`CELERY_BROKER_URL` (backend/.env:1) must begin with redis:// or rediss://",
        );
        let note = "`CelerySettings` takes it as `RedisDsn` at backend/settings.py:3";
        assert!(refused.text().contains(note), "{}", refused.text());
        assert!(!refused.text().contains("hunter2secret"));
        let line = "pixcrawler env set --file backend/.env CELERY_BROKER_URL=-";
        assert!(refused.helps().contains(&line), "{:?}", refused.helps());
        let told = place.follow(line, "redis://127.0.0.1:44079/2\n");
        assert_eq!(told.code, Some(0), "{}", told.err);
        let mended = place.check("env", &[]);
        assert!(!mended.text().contains("env/refused"), "{}", mended.text());
    }
}

const FORBIDS: &str = "from pydantic_settings import BaseSettings, SettingsConfigDict\n\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"MAIL_\", env_file=[\".env\", \"backend/.env\"])\n    host: str = \"localhost\"\n\nsettings = Settings()\n";

#[test]
fn settings_that_refuse_what_else_is_in_their_file_are_found() {
    let env = "MAIL_HOST=a\nMAIL_PORT=25\nOTHER=\nDEBUG=true\n";
    let check = place(FORBIDS, env).check("env", &[]);
    check.fails_with(
        "env/extra-inputs",
        "`Settings` (backend/settings.py:4) refuses 2 variables of its env files, and cannot be made",
    );
    let text = check.text();
    let named = "DEBUG (backend/.env:4), MAIL_PORT (backend/.env:2)";
    assert!(text.contains(named), "{text}");
    assert!(
        text.contains("extra=\\\"ignore\\\"") || text.contains("extra=\"ignore\""),
        "{text}"
    );
    assert!(
        check
            .helps()
            .iter()
            .any(|it| it.ends_with("backend/settings.py")),
        "{text}"
    );
    // Two spellings in two files are one variable: the last one counts.
    let twice = place(FORBIDS, env);
    twice.write(".env", "debug=1\nmail_port=2\nDEBUG=2\n");
    let check = twice.check("env", &[]);
    check.fails_with("env/extra-inputs", "refuses 2 variables of its env files");
    assert!(check.text().contains(named), "{}", check.text());
    for (sought, other) in [
        ("env_prefix=", "extra=\"ignore\", env_prefix="),
        ("env_prefix=", "**SHARED, env_prefix="),
        ("settings = Settings()", ""),
        (
            "settings = Settings()",
            "settings = Settings(_env_file=None)",
        ),
        ("pydantic_settings", "pydantic"),
        ("[\".env\", \"backend/.env\"]", "\".env\""),
    ] {
        let check = place(&FORBIDS.replace(sought, other), env).check("env", &[]);
        let text = check.text();
        assert!(!text.contains("env/extra-inputs"), "{other}: {text}");
    }
}

#[test]
fn nobody_starts_a_supabase_that_the_application_refuses() {
    let settings = "class SupabaseSettings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"SUPABASE_\", env_file=[\".env\", \"backend/.env\"])\n    url: str = Field(pattern=r'^https://[a-zA-Z0-9-]+\\.supabase\\.co$')\n";
    let local = Server::nobody();
    let frontend = |place: &Place, url: &str| {
        place.write(
            "frontend/.env",
            &format!("NEXT_PUBLIC_SUPABASE_URL={url}\n"),
        );
    };
    let refused = place(settings, &format!("SUPABASE_URL={local}\n"));
    // The same project by another name.
    frontend(&refused, &local);
    let check = refused.check("supabase", &["--offline"]);
    assert_eq!(
        (check.status(), check.cure()),
        ("skipped", ""),
        "{}",
        check.text()
    );
    let words = "waits for env: the application refuses SUPABASE_URL in backend/.env:1";
    assert!(check.text().contains(words), "{}", check.text());
    // The browser's variable is for the same project: nobody is told to give what is refused.
    frontend(&refused, "https://your-project.supabase.co");
    let told = refused.run(&["env", "check", "--tier", "frontend"]).out;
    assert!(told.contains("https://PROJECT.supabase.co"), "{told}");
    assert!(!told.contains("local Supabase"), "{told}");
    // Who writes it hears of it at once.
    let hosted = "https://abcdefghijklmnopqrst.supabase.co";
    for (url, is_told) in [(local.as_str(), true), (hosted, false)] {
        let told = refused.run(&[
            "env",
            "set",
            "--tier",
            "backend",
            &format!("SUPABASE_URL={url}"),
        ]);
        assert_eq!(told.code, Some(0), "{}", told.err);
        let says = told.err.contains("must look like https://NAME.supabase.co")
            && told.err.contains("backend/settings.py:3");
        assert_eq!(says, is_told, "{}", told.err);
    }
    // Without such a class the local one is asked, and may be started.
    let free = place("", &format!("SUPABASE_URL={local}\n"));
    frontend(&free, &local);
    free.check("supabase", &["--offline"])
        .fails_with("supabase/unreachable", "no local Supabase answers");
}

#[test]
fn a_word_that_a_field_does_not_take_is_found_before_it_starts() {
    let settings = "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_file=[\".env\", \"backend/.env\"])\n    log_level: Literal[\"debug\", \"info\"] = \"info\"\n";
    let place = place(settings, "LOG_LEVEL=INFO\n");
    let check = place.check("env", &[]);
    check.fails_with(
        "env/refused",
        "`LOG_LEVEL` (backend/.env:1) must be debug or info",
    );
    assert!(
        check.text().contains("backend/settings.py:3"),
        "{}",
        check.text()
    );
    place.write("backend/.env", "LOG_LEVEL=info\n");
    let check = place.check("env", &[]);
    assert!(!check.text().contains("LOG_LEVEL"), "{}", check.text());
}
