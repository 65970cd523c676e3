//! What the built-in schemas ask for, and nobody of the workspace needs.

use super::Place;

fn place(package: &str, main: &str, env: &str) -> Place {
    let project = format!(
        "[project]\nname = \"app\"\nversion = \"0\"\ndependencies = [\"fastapi\", \"{package}\"]\n"
    );
    let main = format!("import os\nfrom fastapi import FastAPI\n\napp = FastAPI()\n{main}\n");
    Place::new(&[
        ("backend/pyproject.toml", &project),
        ("backend/main.py", &main),
        ("backend/.env", env),
    ])
}

#[test]
fn what_no_code_and_no_manifest_has_to_do_with_is_not_asked_for() {
    let none = place("sqlalchemy", "url = os.environ['DB_URL']", "DB_URL=x\n");
    let check = none.check("env", &[]);
    for name in ["SUPABASE_URL", "SUPABASE_ANON_KEY", "DATABASE_URL"] {
        assert!(!check.text().contains(name), "{}", check.text());
    }
    let pages = Place::new(&[
        (
            "frontend/package.json",
            "{\"scripts\": {\"dev\": \"next dev\"}, \"dependencies\": {\"next\": \"16.0.0\"}}",
        ),
        (
            "frontend/app/page.tsx",
            "export default () => process.env.NEXT_PUBLIC_API_URL;\n",
        ),
    ]);
    let check = pages.check("env", &[]);
    assert!(!check.text().contains("SUPABASE"), "{}", check.text());
    let postgres = none.check("postgres", &[]);
    assert!(!postgres.text().contains("env says"), "{}", postgres.text());
    for (package, main) in [
        ("supabase", ""),
        ("httpx", "url = os.environ['SUPABASE_URL']"),
    ] {
        let check = place(package, main, "DB_URL=x\n").check("env", &[]);
        assert!(check.text().contains("SUPABASE_URL"), "{}", check.text());
    }
    let read = "url = os.environ['DATABASE_URL']";
    let check = place("sqlalchemy", read, "DB_URL=x\n").check("env", &[]);
    assert!(check.text().contains("DATABASE_URL"), "{}", check.text());
}

#[test]
fn a_supabase_that_nobody_uses_is_not_asked() {
    let asked = |package: &str| {
        let check = place(package, "", "SUPABASE_URL=http://127.0.0.1:1\n").check("supabase", &[]);
        check.text().contains("127.0.0.1:1")
    };
    assert!(!asked("sqlalchemy"));
    assert!(asked("supabase"));
}

#[test]
fn a_driver_that_the_manifest_has_is_no_fault_where_the_usual_one_is_none_of_its() {
    let told = |package: &str, url: &str| {
        let read = "url = os.environ['DATABASE_URL']";
        let place = place(package, read, &format!("DATABASE_URL={url}\n"));
        place.check("env", &[]).text().contains("DATABASE_URL")
    };
    for (package, url) in [
        (
            "psycopg2-binary\", \"sqlalchemy",
            "postgresql+psycopg2://u:p@127.0.0.1/d",
        ),
        ("psycopg2-binary", "postgresql://u:p@127.0.0.1/d"),
        (
            "psycopg[binary]>=3\", \"sqlalchemy",
            "postgresql+psycopg://u:p@127.0.0.1/d",
        ),
        ("sqlalchemy", "sqlite:///./local.db"),
        ("aiosqlite", "sqlite+aiosqlite:///./local.db"),
    ] {
        assert!(!told(package, url), "{package}: {url}");
    }
    for (package, url) in [
        ("asyncpg", "postgresql+psycopg2://u:p@127.0.0.1/d"),
        ("asyncpg", "sqlite:///./local.db"),
        ("psycopg2-binary", "postgresql+psycopg://u:p@127.0.0.1/d"),
        // Only SQLAlchemy takes the name of a driver.
        ("psycopg2-binary", "postgresql+psycopg2://u:p@127.0.0.1/d"),
        ("sqlalchemy", "sqlite+aiosqlite:///./local.db"),
    ] {
        assert!(told(package, url), "{package}: {url}");
    }
}
