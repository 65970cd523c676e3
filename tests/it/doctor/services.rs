//! Supabase, Azure and CORS against small servers of our own.

use super::Place;
use crate::http_server::{Answer, Server};

fn token(role: &str) -> String {
    use base64::Engine as _;
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let body = format!(r#"{{"iss":"supabase","ref":"abcdefghijklmnopqrst","role":"{role}"}}"#);
    format!(
        "{}.{}.{}",
        encode(r#"{"alg":"HS256"}"#),
        encode(&body),
        encode(&"s".repeat(32))
    )
}

/// A project that knows these two keys.
fn project(anon: String, service: String) -> Server {
    Server::start(move |request| {
        let key = request.header("apikey").unwrap_or_default().to_owned();
        match request.path.split('?').next().unwrap_or_default() {
            _ if key != anon && key != service => {
                Answer::new(401, r#"{"message":"Invalid API key"}"#)
            }
            "/auth/v1/health" => Answer::new(200, r#"{"name":"GoTrue"}"#),
            "/rest/v1/" => Answer::new(200, "{}"),
            "/auth/v1/admin/users" if key == service => Answer::new(200, r#"{"users":[]}"#),
            "/auth/v1/admin/users" => Answer::new(403, "{}"),
            _ => Answer::new(404, "{}"),
        }
    })
}

fn naming(url: &str, anon: &str, service: &str) -> Place {
    Place::new(&[(
        ".env",
        &format!(
            "SUPABASE_URL={url}\nSUPABASE_ANON_KEY={anon}\nSUPABASE_SERVICE_ROLE_KEY={service}\n"
        ),
    )])
}

#[test]
fn a_project_is_asked_with_each_key() {
    let (anon, service) = (token("anon"), token("service_role"));
    let server = project(anon.clone(), service.clone());
    let sound = naming(&server.url(), &anon, &service).check("supabase", &["--offline"]);
    assert_eq!(sound.status(), "pass", "{}", sound.text());
    assert!(
        sound
            .found()
            .contains("accepts SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY")
    );

    let mut other = service.clone();
    other.pop();
    other.push('A');
    let rotated = naming(&server.url(), &anon, &other).check("supabase", &[]);
    rotated.fails_with(
        "supabase/key",
        "the project refuses SUPABASE_SERVICE_ROLE_KEY",
    );
    assert!(!rotated.text().contains(&other), "a key is printed");
    let place = naming(&server.url(), &anon, &other);
    let told = place.follow(rotated.cure(), &format!("{service}\n"));
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(place.check("supabase", &[]).status(), "pass");

    let swapped = naming(&server.url(), &service, &anon).check("supabase", &[]);
    swapped.fails_with("supabase/key", "is a key for the role `service_role`");
    let gone = naming(&Server::nobody(), &anon, &service).check("supabase", &[]);
    gone.fails_with("supabase/unreachable", "no local Supabase answers");
    assert!(gone.cure().ends_with("supabase start"), "{}", gone.text());
    let nowhere = naming("https://nowhere.invalid", &anon, &service);
    assert_eq!(
        nowhere.check("supabase", &["--offline"]).status(),
        "skipped"
    );
}

#[test]
fn a_storage_container_is_asked_for_with_a_signature() {
    let made = std::sync::Mutex::new(vec!["/pix/images?restype=container".to_owned()]);
    let server = Server::start(move |request| {
        let signed = request
            .header("authorization")
            .is_some_and(|value| value.starts_with("SharedKey pix:"));
        let mut made = made.lock().expect("no panic");
        match request.method.as_str() {
            _ if !signed || request.header("x-ms-date").is_none() => Answer::new(403, ""),
            "PUT" => {
                made.push(request.path.clone());
                Answer::new(201, "")
            }
            _ if made.contains(&request.path) => Answer::new(200, ""),
            _ => Answer::new(404, ""),
        }
    });
    let place = |container: &str, string: &str| {
        Place::new(&[(
            "backend/.env",
            &format!(
                "STORAGE_PROVIDER=azure\nSTORAGE_AZURE_CONTAINER_NAME={container}\nSTORAGE_AZURE_CONNECTION_STRING=\"{string}\"\n"
            ),
        )])
    };
    let string = format!(
        "AccountName=pix;AccountKey=a2V5LWtleS1rZXk=;BlobEndpoint={}/pix",
        server.url()
    );
    let sound = place("images", &string).check("azure", &[]);
    assert_eq!(sound.status(), "pass", "{}", sound.text());
    let other = place("other", &string);
    other
        .check("azure", &[])
        .fails_with("azure/container", "no container `other`");
    other.is_mended("azure");
    let broken = place("images", "AccountName=pix").check("azure", &[]);
    broken.fails_with("azure/connection-string", "no AccountKey");
}

#[test]
fn a_running_api_is_asked_as_a_browser_asks() {
    let server = Server::start(|request| {
        if request.method == "OPTIONS" && request.header("origin") == Some("http://localhost:3000")
        {
            Answer::new(200, "OK").header("access-control-allow-origin", "http://localhost:3000")
        } else {
            Answer::new(400, "Disallowed CORS origin")
        }
    });
    let place = |app: &str, api: &str| {
        Place::new(&[
            ("frontend/package.json", "{}"),
            (
                "frontend/.env",
                &format!("NEXT_PUBLIC_APP_URL={app}\nNEXT_PUBLIC_API_URL={api}/api/v1\n"),
            ),
            (
                "backend/.env",
                "ALLOWED_ORIGINS=[\"http://localhost:3000\"]\n",
            ),
        ])
    };
    assert_eq!(
        place("http://localhost:3000", &server.url())
            .check("cors", &[])
            .status(),
        "pass"
    );
    let refused = place("http://localhost:3001", &server.url()).check("cors", &[]);
    refused.fails_with(
        "cors/refused",
        "the running API refuses pages of http://localhost:3001",
    );
    let place = place("http://localhost:3001", &Server::nobody());
    let still = place.check("cors", &[]);
    still.fails_with(
        "cors/refused",
        "ALLOWED_ORIGINS does not hold http://localhost:3001",
    );
    place.is_mended("cors");
}
