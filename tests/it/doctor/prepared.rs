//! A pooler in transaction mode, as those who prepare statements find it.

use super::Place;
use super::postgres::url;
use crate::managed::{World, free_port, postgres};
use crate::support::{Mode, Pooler};

const PREPARES: &str = "import postgres from \"postgres\";\nimport { drizzle } from \"drizzle-orm/postgres-js\";\n\nexport const db = drizzle(postgres(process.env.POSTGRES_URL!));\n";

#[test]
fn a_client_of_the_frontend_that_prepares_behind_a_pooler_is_named() {
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:pw", "pix"));
    let running = world.start(&service);
    let Some(pooler) = Pooler::start(port, "app", "pw", Mode::Transaction) else {
        drop(running.stop());
        return;
    };
    let web = format!("postgresql://app:pw@127.0.0.1:{}/pix", pooler.port());
    let place = Place::new(&[
        (
            "frontend/package.json",
            r#"{"dependencies":{"postgres":"^3"}}"#,
        ),
        ("frontend/.env", &format!("POSTGRES_URL={web}\n")),
        ("frontend/lib/db.ts", PREPARES),
    ]);
    let check = place.check("postgres", &[]);
    assert_eq!(check.status(), "warn", "{}", check.text());
    let (rule, message) = check.findings()[0];
    assert_eq!(rule, "postgres/pooler");
    assert!(
        message.contains("the client at frontend/lib/db.ts:4 prepares"),
        "{message}"
    );
    assert_eq!(check.help(), "${EDITOR:-vi} +4 frontend/lib/db.ts");
    // Where the URL comes from elsewhere, no more is said than is known.
    let elsewhere = PREPARES.replace("process.env.POSTGRES_URL!", "settings.url()");
    place.write("frontend/lib/db.ts", &elsewhere);
    let check = place.check("postgres", &[]);
    let words = "if its URL, which the code there does not tell, is this one";
    assert!(check.text().contains(words), "{}", check.text());
    // Either way of saying so is one.
    let told = PREPARES.replace("URL!)", "URL!, { prepare: false })");
    place.write("frontend/lib/db.ts", &told);
    let check = place.check("postgres", &[]);
    assert_eq!(check.status(), "pass", "{}", check.text());
    place.write("frontend/lib/db.ts", PREPARES);
    place.write(
        "frontend/.env",
        &format!("POSTGRES_URL={web}?prepare=false\n"),
    );
    let check = place.check("postgres", &[]);
    assert!(
        !check.text().contains("postgres/pooler"),
        "{}",
        check.text()
    );
    running.stop();
}

#[test]
fn an_engine_of_the_backend_that_is_told_of_a_pooler_is_left_alone() {
    const ENGINE: &str = "from sqlalchemy.ext.asyncio import create_async_engine\n\nengine = create_async_engine(\n    url,\n    connect_args={\n        \"statement_cache_size\": 0,\n        \"prepared_statement_cache_size\": 0,\n        \"prepared_statement_name_func\": lambda: f\"__asyncpg_{uuid4()}__\",\n    },\n)\n";
    let world = World::open();
    let port = free_port();
    let (service, _) = postgres(&url(port, "app:pw", "pix"));
    let running = world.start(&service);
    let Some(pooler) = Pooler::start(port, "app", "pw", Mode::Transaction) else {
        drop(running.stop());
        return;
    };
    let env = format!(
        "DATABASE_URL=postgresql+asyncpg://app:pw@127.0.0.1:{}/pix\n",
        pooler.port()
    );
    let place = Place::new(&[
        ("backend/.env", &env),
        ("backend/database/session.py", ENGINE),
    ]);
    let check = place.check("postgres", &[]);
    assert!(
        !check.text().contains("postgres/pooler"),
        "{}",
        check.text()
    );
    // Names of its own are looked for again, unless it is told to keep none.
    let without = |part: &str| {
        place.write(
            "backend/database/session.py",
            &ENGINE.replace(part, "\"timeout\": 5,"),
        );
    };
    without("\"prepared_statement_cache_size\": 0,");
    let check = place.check("postgres", &[]);
    assert_eq!(check.findings()[0].0, "postgres/pooler", "{}", check.text());
    let words = "SQLAlchemy looks for a statement by its name again";
    assert!(check.text().contains(words), "{}", check.text());
    // Without names less is enough, where asyncpg is one that bears that.
    without("\"prepared_statement_name_func\": lambda: f\"__asyncpg_{uuid4()}__\",");
    place.write(
        "pyproject.toml",
        "[project]\nname = \"app\"\nversion = \"0.1\"\ndependencies = [\"asyncpg\"]\n",
    );
    for (version, is_told) in [("0.31.0", false), ("0.30.0", true)] {
        place.write(
            "uv.lock",
            &format!("version = 1\nrequires-python = \">=3.11\"\n[[package]]\nname = \"asyncpg\"\nversion = \"{version}\"\n"),
        );
        let text = place.check("postgres", &[]).text();
        assert_eq!(
            text.contains("postgres/pooler"),
            is_told,
            "{version}: {text}"
        );
    }
    // One that is not told is named, with what the code can do.
    place.write(
        "backend/database/session.py",
        &ENGINE.replace("\"statement_cache_size\": 0,", ""),
    );
    let check = place.check("postgres", &[]);
    assert_eq!(check.findings()[0].0, "postgres/pooler", "{}", check.text());
    let words = "of create_async_engine (asyncpg without SQLAlchemy: statement_cache_size=0), at backend/database/session.py:3";
    assert!(check.text().contains(words), "{}", check.text());
    running.stop();
}
