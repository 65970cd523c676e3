//! What `doctor --format …` prints of a workspace in which much is wrong, against the schemas.

use pixcrawler::output::schema;
use serde_json::Value;

use super::Place;
use crate::http_server::{Answer, Server};
use crate::output::{errors, sarif_schema, xml};

/// Servers that are not there, a key in a file, a broker that nobody reads, leftovers, and findings of
/// the env files with places and fixes.
fn broken() -> Place {
    Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\nrequires-python = \"<3\"\n",
        ),
        ("frontend/package.json", r#"{"engines": {"node": "<4"}}"#),
        (
            "celery_core/app.py",
            "from celery import Celery\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n\n\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"PIXCRAWLER_CELERY_\", env_file=\".env\")\n    broker_url: str = \"redis://localhost:6379/0\"\n\n\napp = Celery(\"x\", broker=S().broker_url)\n",
        ),
        (".env", "PIXCRAWLER_ENVIRONMENT=staging\n"),
        (
            "backend/.env",
            "DATABASE_URL=postgresql+asyncpg://u:hunter2secret@127.0.0.1:1/d\nCELERY_BROKER_URL=redis://127.0.0.1:1/1\nDEBUG=maybe\nPORT=80x\nSTORAGE_PROVIDER=azure\nSTORAGE_AZURE_CONNECTION_STRING=AccountName=x\n",
        ),
        (
            "frontend/.env",
            "NEXT_PUBLIC_APP_URL=http://localhost:3000\nNEXT_PUBLIC_SUPABASE_URL=http://127.0.0.1:1\nNEXT_PUBLIC_SUPABASE_ANON_KEY=your-key\n",
        ),
        ("backend.log", "x\n"),
    ])
}

/// Nothing is wrong with what is asked.
const SOUND: &[&str] = &["--only", "disk,git-keys,leftovers"];

fn printed(place: &Place, format: &str, more: &[&str], code: i32) -> String {
    let told = place.run(&[&["doctor", "--format", format], more].concat());
    assert_eq!(told.code, Some(code), "{}", told.err);
    told.out
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn json_fits_its_schema_and_every_way_out_is_a_command() {
    let document = json(&printed(&broken(), "json", &[], 1));
    assert_eq!(errors(&schema(), &document), Vec::<String>::new());
    let checks = document["checks"].as_array().expect("checks");
    let failed = checks.iter().filter(|check| check["status"] == "fail");
    assert!(failed.count() > 5, "{document:#}");
    for check in checks {
        for finding in check["findings"].as_array().expect("findings") {
            let help = finding["help"].as_str().unwrap_or_default();
            assert!(
                pixcrawler::text::remedy::is_command(help),
                "{}: {finding:#}",
                check["id"]
            );
        }
    }
    let sound = json(&printed(&Place::new(&[]), "json", SOUND, 0));
    assert_eq!(errors(&schema(), &sound), Vec::<String>::new());
}

#[test]
fn sarif_fits_the_standards_schema() {
    for (place, more, code) in [(broken(), &[][..], 1), (Place::new(&[]), SOUND, 0)] {
        let log = json(&printed(&place, "sarif", more, code));
        assert_eq!(errors(&sarif_schema(), &log), Vec::<String>::new());
        let results = log["runs"][0]["results"].as_array().expect("results");
        assert_eq!(results.is_empty(), code == 0);
    }
}

#[test]
fn a_server_that_does_not_answer_stands_at_the_line_that_names_it() {
    let document = json(&printed(&broken(), "json", &[], 1));
    let findings = document["findings"].as_array().expect("findings");
    let postgres = findings
        .iter()
        .find(|it| it["rule"] == "postgres/unreachable");
    let postgres = postgres.unwrap_or_else(|| panic!("{document:#}"));
    assert_eq!(postgres["file"], "backend/.env");
    assert_eq!(postgres["line"], 1);
    let lines = printed(&broken(), "github", &[], 1);
    assert!(
        lines.contains("::error file=backend/.env,line=1,"),
        "{lines}"
    );
    assert!(!lines.contains("hunter2secret"), "{lines}");
    let log = printed(&broken(), "sarif", &[], 1);
    assert!(!log.contains("hunter2secret"), "{log}");
}

#[test]
fn junit_has_a_case_for_each_check() {
    let document = xml::parse(&printed(&broken(), "junit", &[], 1));
    xml::validate(&document);
    assert_ne!(document.attribute("failures"), Some("0"));
    let sound = xml::parse(&printed(&Place::new(&[]), "junit", SOUND, 0));
    xml::validate(&sound);
    let cases: Vec<&str> = sound.children[0]
        .children
        .iter()
        .filter_map(|case| case.attribute("name"))
        .collect();
    assert_eq!(cases, ["disk", "git-keys", "leftovers"]);
}

#[test]
fn github_annotates_a_line_for_each_finding() {
    let place = broken();
    let document = json(&printed(&place, "json", &[], 1));
    let count = document["findings"].as_array().map(Vec::len);
    let lines = printed(&place, "github", &[], 1);
    assert_eq!(Some(lines.lines().count()), count, "{lines}");
    assert!(lines.lines().all(|line| line.starts_with("::")), "{lines}");
}

#[test]
fn health_is_told_in_the_same_shapes() {
    let server = Server::start(|request| match request.path.as_str() {
        "/health" => Answer::new(200, r#"{"status":"healthy"}"#),
        "/health/detailed" => Answer::new(
            503,
            r#"{"status":"unhealthy","components":{"database":{"status":"unhealthy"}}}"#,
        ),
        _ => Answer::new(404, "{}"),
    });
    let place = Place::new(&[]);
    let told = |format: &str| {
        place
            .run(&["health", &server.url(), "--format", format])
            .out
    };
    assert_eq!(
        errors(&schema(), &json(&told("json"))),
        Vec::<String>::new()
    );
    let log = json(&told("sarif"));
    assert_eq!(errors(&sarif_schema(), &log), Vec::<String>::new());
    xml::validate(&xml::parse(&told("junit")));
}

#[test]
fn a_quiet_run_says_only_what_is_wrong() {
    let place = broken();
    let only = |checks: &str| place.run(&["doctor", "--quiet", "--only", checks]);
    let told = only("disk,postgres");
    assert_eq!(told.code, Some(1));
    assert!(told.out.contains("refuses connections"), "{}", told.out);
    assert!(told.out.contains("1 problem"), "{}", told.out);
    assert!(!told.out.contains("disk"), "{}", told.out);
    let told = only("disk");
    assert_eq!((told.code, told.out.as_str()), (Some(0), ""));
}
