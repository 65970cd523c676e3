//! One slip of an env file is told by one check, with the best way out that any of them knows.

use serde_json::Value;

use super::Place;
use super::services::{project, token};
use crate::http_server::Server;

const CELERY: &str = "from celery import Celery
from pydantic_settings import BaseSettings, SettingsConfigDict


class S(BaseSettings):
    model_config = SettingsConfigDict(env_prefix='CELERY_', env_file=['.env', 'backend/.env'], extra='ignore')
    broker_url: str = 'redis://127.0.0.1:44002/2'
    result_backend: str = 'redis://127.0.0.1:44002/3'


s = S()
app = Celery('x', broker=s.broker_url, backend=s.result_backend)
";

const MAIN: &str = "from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_methods=[\"*\"], allow_origins=security.allowed_origins)
";

fn place(env: &str) -> Place {
    let app = format!(
        "NEXT_PUBLIC_APP_URL=http://localhost:44001\nNEXT_PUBLIC_API_URL={}\n",
        Server::nobody()
    );
    Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("frontend/package.json", "{}"),
        ("frontend/.env", &app),
        ("backend/.env", env),
        ("celery_core/__init__.py", ""),
        ("celery_core/app.py", CELERY),
        ("backend/main.py", MAIN),
    ])
}

/// Rule and way out of everything that is said of a variable.
fn said(place: &Place, only: &str, variable: &str) -> Vec<(String, String)> {
    let words = ["doctor", "--offline", "--only", only, "--format", "json"];
    let told = place.run(&words);
    let value: Value = serde_json::from_str(&told.out).expect("JSON");
    let findings = value["findings"].as_array().expect("findings").iter();
    let of_it = findings.filter(|finding| finding["subject"] == variable);
    let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    of_it
        .map(|it| (text(&it["rule"]), text(&it["help"])))
        .collect()
}

const ALL: &str = "ports,env,postgres,redis,celery,supabase,cors";

#[test]
fn a_slip_is_told_once_with_the_best_way_out() {
    let set = |rest: &str| format!("pixcrawler env set --file backend/.env {rest}");
    for (line, other, rule, help) in [
        (
            "CELERY_BROKER_URL=http://127.0.0.1:44002/2",
            "celery",
            "env/wrong-type",
            set("CELERY_BROKER_URL=-"),
        ),
        (
            "CELERY_RESULT_BACKEND=redis://127.0.0.1:44002/x",
            "celery",
            "env/wrong-type",
            set("CELERY_RESULT_BACKEND --part database=-"),
        ),
        (
            "DATABASE_URL=postgresql+asyncpg://u:p@127.0.0.1:2330x2/d",
            "postgres",
            "env/wrong-type",
            set("DATABASE_URL=-"),
        ),
        (
            "DATABASE_URL=postgresql+asyncpg://u:p@db.example.com/d?sslmode=disable",
            "postgres",
            "env/wrong-type",
            set("DATABASE_URL --part sslmode= --part ssl=disable"),
        ),
        (
            "CELERY_BROKER_URL=",
            "celery",
            "env/empty",
            set("CELERY_BROKER_URL=redis://127.0.0.1:6379/2"),
        ),
        (
            "ALLOWED_ORIGINS=http://localhost:44001;http://127.0.0.1:44001",
            "cors",
            "env/wrong-type",
            "pixcrawler env check --fix --env development".to_owned(),
        ),
        (
            "ALLOWED_ORIGINS=localhost:44001",
            "cors",
            "env/wrong-type",
            set("ALLOWED_ORIGINS=http://localhost:44001"),
        ),
        (
            "SUPABASE_URL=http://127.0.0.1:543210",
            "supabase",
            "env/wrong-type",
            set("SUPABASE_URL=-"),
        ),
        (
            "ALLOWED_ORIGINS=[\"http://localhost:44001\"]",
            "cors",
            "env/wrong-type",
            set("ALLOWED_ORIGINS=http://localhost:44001"),
        ),
    ] {
        let variable = line.split('=').next().unwrap_or_default();
        let place = place(&format!("{line}\n"));
        let once = [(rule.to_owned(), help)];
        assert_eq!(said(&place, ALL, variable), once, "{line}");
        // Who is asked alone says it.
        let alone = said(&place, other, variable);
        assert_eq!(alone.len(), 1, "{line}: {alone:?}");
        let told = place.run(&["doctor", "--offline", "--only", &format!("env,{other}")]);
        let words = format!("waits for env, which says what is wrong with {variable}");
        let text = told.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&words), "{line}: {text}");
    }
}

/// The ways out of everything that is said, as far as one of these words is in them.
fn helps(place: &Place, about: &[&str]) -> Vec<String> {
    helps_of(place, ALL, about)
}

/// The same of these checks.
fn helps_of(place: &Place, only: &str, about: &[&str]) -> Vec<String> {
    let words = ["doctor", "--offline", "--only", only, "--format", "json"];
    let told = place.run(&words);
    let value: Value = serde_json::from_str(&told.out).expect("JSON");
    let findings = value["findings"].as_array().expect("findings").iter();
    findings
        .map(|it| it["help"].as_str().unwrap_or_default().to_owned())
        .filter(|it| about.iter().any(|word| it.contains(word)))
        .collect()
}

#[test]
fn what_one_value_mends_is_told_once_wherever_it_shows() {
    let set = |rest: &str| format!("pixcrawler env set --file backend/.env {rest}");
    // The browser's is right, and would not be if it took the backend's.
    let slip = place("SUPABASE_URL=http://127.0.0.1:54321/rest/v1\n");
    let app = std::fs::read_to_string(slip.file("frontend/.env")).expect("it is there");
    let app = format!("{app}NEXT_PUBLIC_SUPABASE_URL=http://127.0.0.1:54321\n");
    slip.write("frontend/.env", &app);
    assert_eq!(
        helps(&slip, &["SUPABASE_URL"]),
        [set("SUPABASE_URL=http://127.0.0.1:54321")]
    );
    // The URL of the API is right, and would not be if it followed the port.
    let slip = place("PORT=44001\n");
    let package =
        "{\"scripts\": {\"dev\": \"next dev -p 44001\"}, \"dependencies\": {\"next\": \"16.0.0\"}}";
    slip.write("frontend/package.json", package);
    let app = std::fs::read_to_string(slip.file("frontend/.env")).expect("it is there");
    let port = app.trim_end().rsplit(':').next().unwrap_or_default();
    assert_eq!(
        helps(&slip, &["PORT=", "port"]),
        [set(&format!("PORT={port}"))]
    );
    // Nor would it be if it followed the port to a server's.
    for server in [
        "DATABASE_URL=postgresql+asyncpg://u:p@127.0.0.1:44003/d",
        "CELERY_BROKER_URL=redis://127.0.0.1:44003/2",
    ] {
        let slip = place(&format!("PORT=44003\n{server}\n"));
        let app = std::fs::read_to_string(slip.file("frontend/.env")).expect("it is there");
        let port = app.trim_end().rsplit(':').next().unwrap_or_default();
        let both = helps_of(&slip, "env,ports", &["PORT=", "port"]);
        assert_eq!(both, [set(&format!("PORT={port}"))], "{server}");
    }
    // Nothing is set, and two need it.
    let none = place("STORAGE_PROVIDER=azure\n");
    assert_eq!(
        said(&none, "env,azure", "STORAGE_AZURE_CONNECTION_STRING"),
        [(
            "env/missing".to_owned(),
            set("STORAGE_AZURE_CONNECTION_STRING=-")
        )]
    );
}

#[test]
fn a_port_of_the_api_that_is_none_is_free_for_nobody() {
    let place = place("PORT=abc\n");
    let check = place.check("ports", &[]);
    assert!(!check.text().contains("8000"), "{}", check.text());
    let words = "waits for env, which says what is wrong with PORT (backend/.env:1)";
    assert!(check.text().contains(words), "{}", check.text());
    place.write("backend/.env", "PORT=44005\n");
    let check = place.check("ports", &[]);
    assert!(check.found().contains("44005"), "{}", check.text());
}

#[test]
fn a_key_of_supabase_that_is_wrong_is_told_once() {
    let (anon, service) = (token("anon"), token("service_role"));
    let server = project(anon.clone(), service.clone());
    let url = server.url();
    let cut = &anon[..100];
    for (own, public, variable, file, rule) in [
        (
            anon.as_str(),
            service.as_str(),
            "NEXT_PUBLIC_SUPABASE_ANON_KEY",
            "frontend/.env",
            "env/leaked-secret",
        ),
        (
            cut,
            &anon,
            "SUPABASE_ANON_KEY",
            "backend/.env",
            "env/wrong-type",
        ),
        (
            &service,
            &anon,
            "SUPABASE_ANON_KEY",
            "backend/.env",
            "env/wrong-credential",
        ),
    ] {
        let backend = format!(
            "SUPABASE_URL={url}\nSUPABASE_ANON_KEY={own}\nSUPABASE_SERVICE_ROLE_KEY={service}\n"
        );
        let pages =
            format!("NEXT_PUBLIC_SUPABASE_URL={url}\nNEXT_PUBLIC_SUPABASE_ANON_KEY={public}\n");
        let place = Place::new(&[
            ("frontend/package.json", "{}"),
            ("backend/.env", &backend),
            ("frontend/.env", &pages),
        ]);
        let set = format!("pixcrawler env set --file {file} {variable}=-");
        let once = [(rule.to_owned(), set.clone())];
        assert_eq!(said(&place, "env,supabase", variable), once);
        let told = place.follow(&set, &format!("{anon}\n"));
        assert_eq!(told.code, Some(0), "{}", told.err);
        assert_eq!(said(&place, "env,supabase", variable), []);
    }
}
