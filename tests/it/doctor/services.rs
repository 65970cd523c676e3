//! Supabase, Azure and CORS against small servers of our own.

use super::Place;
use crate::http_server::{Answer, Server};

pub(super) fn token(role: &str) -> String {
    token_with(role, "")
}

/// One that claims something more.
fn token_with(role: &str, more: &str) -> String {
    use base64::Engine as _;
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let body =
        format!(r#"{{"iss":"supabase","ref":"abcdefghijklmnopqrst","role":"{role}"{more}}}"#);
    format!(
        "{}.{}.{}",
        encode(r#"{"alg":"HS256"}"#),
        encode(&body),
        encode(&"s".repeat(32))
    )
}

/// What the sign-in service says of itself.
const HEALTH: &str = r#"{"version":"v2.180.0","name":"GoTrue","description":"GoTrue is a user registration and authentication API"}"#;
/// What the gateway says of a browser's key at the root of the REST interface.
const ROOT: &str = r#"{"message":"Invalid API key","hint":"Only the `service_role` API key can be used for this endpoint."}"#;
/// What the REST interface says to whom it lets in.
const OPENED: &str = r#"{"code":"PGRST205","details":null,"hint":null,"message":"Could not find the table 'public.pixcrawler_no_table' in the schema cache"}"#;

/// A project that knows these two keys.
pub(super) fn project(anon: String, service: String) -> Server {
    Server::start(move |request| {
        let key = request.header("apikey").unwrap_or_default().to_owned();
        match request.path.split('?').next().unwrap_or_default() {
            _ if key != anon && key != service => {
                Answer::new(401, r#"{"message":"Invalid API key"}"#)
            }
            "/auth/v1/health" => Answer::new(200, HEALTH),
            "/rest/v1/" if key != service => Answer::new(401, ROOT),
            "/rest/v1/pixcrawler_no_table" => Answer::new(404, OPENED),
            "/auth/v1/admin/users" if key == service => {
                Answer::new(200, r#"{"users":[],"aud":"authenticated"}"#)
            }
            "/auth/v1/admin/users" => Answer::new(
                403,
                r#"{"code":403,"error_code":"not_admin","msg":"User not allowed"}"#,
            ),
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
fn a_key_whose_time_is_over_is_told_with_and_without_a_network() {
    let ended = token_with("anon", r#","exp":1609459200"#);
    let service = token_with("service_role", r#","exp":4102444800"#);
    let place = naming("https://abcdefghijklmnopqrst.supabase.co", &ended, &service);
    let offline = place.check("supabase", &["--offline"]);
    assert_eq!(offline.findings().len(), 1, "{}", offline.text());
    offline.fails_with("supabase/key", "SUPABASE_ANON_KEY ended on 2021-01-01");
    assert_eq!(
        offline.cure(),
        "pixcrawler env set --file .env SUPABASE_ANON_KEY=-"
    );
    assert!(!offline.text().contains(&ended), "a key is printed");
    let server = project(token("anon"), service.clone());
    let asked = naming(&server.url(), &ended, &service).check("supabase", &[]);
    asked.fails_with(
        "supabase/key",
        "the project refuses SUPABASE_ANON_KEY (401): it ended on 2021-01-01",
    );
}

#[test]
fn the_frontends_own_project_is_asked_and_gets_its_own_keys_alone() {
    let (anon, service) = (token("anon"), token("service_role"));
    let server = project(anon.clone(), service.clone());
    let backend = format!(
        "SUPABASE_URL={}\nSUPABASE_ANON_KEY={anon}\nSUPABASE_SERVICE_ROLE_KEY={service}\n",
        server.url()
    );
    let place = |url: &str, key: &str| {
        let pages =
            format!("NEXT_PUBLIC_SUPABASE_URL={url}\nNEXT_PUBLIC_SUPABASE_ANON_KEY={key}\n");
        Place::new(&[
            ("frontend/package.json", "{}"),
            ("backend/.env", &backend),
            ("frontend/.env", &pages),
        ])
    };
    let gone = place(&Server::nobody(), &anon).check("supabase", &[]);
    gone.fails_with("supabase/unreachable", "no local Supabase answers");
    assert!(
        gone.found().contains("accepts SUPABASE_ANON_KEY"),
        "{}",
        gone.text()
    );
    let other = project("sb_publishable_other".to_owned(), String::new());
    let both = place(&other.url(), "sb_publishable_other").check("supabase", &[]);
    assert_eq!(both.status(), "pass", "{}", both.text());
    assert!(
        both.found()
            .contains("accepts NEXT_PUBLIC_SUPABASE_ANON_KEY"),
        "{}",
        both.text()
    );
    // The backend's key there is refused, and told as that of the pages.
    let wrong = place(&other.url(), &anon).check("supabase", &[]);
    wrong.fails_with(
        "supabase/key",
        "the project refuses NEXT_PUBLIC_SUPABASE_ANON_KEY",
    );
    assert_eq!(wrong.findings().len(), 1, "{}", wrong.text());
}

#[test]
fn a_status_of_200_is_no_project() {
    let (anon, service) = (token("anon"), token("service_role"));
    let answers: &[(u16, &str, &str, &str)] = &[
        (200, "text/html", "<!doctype html>", "a web page (200)"),
        (
            200,
            "application/json",
            r#"{"status":"ok"}"#,
            "somebody else",
        ),
        (
            404,
            "application/json",
            r#"{"detail":"Not Found"}"#,
            "somebody else",
        ),
        (302, "text/plain", "", "sends us to http://127.0.0.1:"),
    ];
    for (status, kind, body, words) in answers.iter().copied() {
        let server = Server::start(move |_| {
            Answer::new(status, body)
                .header("content-type", kind)
                .header("location", "/login?next=here")
        });
        let told = naming(&server.url(), &anon, &service).check("supabase", &[]);
        told.fails_with("supabase/unreachable", "is no Supabase");
        told.fails_with("supabase/unreachable", words);
        assert!(!told.found().contains("accepts") && !told.text().contains("next=here"));
    }
    // The sign-in service is there, and what opens nothing has accepted nothing.
    let server = Server::start(|request| match request.path.as_str() {
        "/auth/v1/health" => Answer::new(200, HEALTH),
        _ => Answer::new(200, "<html>").header("content-type", "text/html"),
    });
    let told = naming(&server.url(), &anon, &service).check("supabase", &[]);
    assert_eq!((told.status(), told.findings().len()), ("warn", 2));
    assert!(!told.found().contains("accepts"), "{}", told.text());
}

#[test]
fn a_url_that_is_written_otherwise_is_written_as_it_is_meant() {
    let (anon, service) = (token("anon"), token("service_role"));
    let server = project(anon.clone(), service.clone());
    let url = server.url();
    let bare = url.trim_start_matches("http://");
    for (written, words) in [
        (bare.to_owned(), "has no scheme"),
        (format!("{url}/rest/v1/"), "the path of one service"),
        (format!("http://bob:hunter2secret@{bare}"), "a password"),
        (format!("\"'{url}'\""), "quotes that are part"),
    ] {
        let place = naming(&written, &anon, &service);
        let told = place.check("supabase", &[]);
        told.fails_with("supabase/url", words);
        assert!(!told.text().contains("hunter2secret"), "{}", told.text());
        place.is_mended("supabase");
    }
    let slash = naming(&format!("{url}/"), &anon, &service);
    assert_eq!(slash.check("supabase", &[]).status(), "warn");
    slash.is_mended("supabase");
    // No key travels to a hosted project in the clear.
    let clear = naming("http://abcdefghijklmnopqrst.supabase.co", &anon, &service);
    let told = clear.check("supabase", &[]);
    told.fails_with("supabase/url", "in the clear");
    assert!(
        told.cure()
            .ends_with("SUPABASE_URL=https://abcdefghijklmnopqrst.supabase.co")
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
        let answer = |status, code: &str| {
            let answer = Answer::new(status, "")
                .header("x-ms-request-id", "d6ae7b1b-f01e-00a1-6f7b-3d5a5c000000")
                .header("x-ms-version", "2021-08-06");
            if code.is_empty() {
                answer
            } else {
                answer.header("x-ms-error-code", code)
            }
        };
        match request.method.as_str() {
            _ if !signed || request.header("x-ms-date").is_none() => {
                answer(403, "AuthenticationFailed")
            }
            _ if request.path.starts_with("/pix/late") => {
                answer(403, "AuthenticationFailed").header("date", "Sat, 01 Jan 2000 00:00:00 GMT")
            }
            _ if request.path.starts_with("/pix/closed") => answer(403, "AuthorizationFailure"),
            _ if request.path.starts_with("/pix/page") => Answer::new(200, "<html>"),
            "PUT" => {
                made.push(request.path.clone());
                answer(201, "")
            }
            _ if made.contains(&request.path) => answer(200, ""),
            _ => answer(404, "ContainerNotFound"),
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
    let failing = |container: &str, words: &str| {
        let told = place(container, &string).check("azure", &[]);
        told.fails_with("azure/container", words);
        assert!(!told.text().contains("a2V5LWtl"), "a key is printed");
        told
    };
    let late = failing("late", "this clock is");
    assert!(late.help().contains("date"), "{}", late.text());
    let closed = failing("closed", "does not let this machine in");
    assert!(closed.help().starts_with("az storage account"));
    failing("page", "is no storage service");
    let misnamed = failing("My_Images", "can be no name of a container");
    let fixed = place("My_Images", &string);
    let told = fixed.follow(misnamed.cure(), "images\n");
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(fixed.check("azure", &[]).status(), "pass");
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
            ("backend/.env", "ALLOWED_ORIGINS=http://localhost:3000\n"),
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

#[test]
fn an_api_that_says_nothing_of_origins_or_too_much_lets_nobody_in() {
    let place = |server: &Server| {
        let api = server.url();
        Place::new(&[
            ("frontend/package.json", "{}"),
            (
                "frontend/.env",
                &format!("NEXT_PUBLIC_APP_URL=http://localhost:3000\nNEXT_PUBLIC_API_URL={api}\n"),
            ),
            ("backend/.env", "ALLOWED_ORIGINS=http://localhost:3000\n"),
        ])
    };
    let allow = "access-control-allow-origin";
    let doubled = Server::start(move |_| {
        Answer::new(200, "OK")
            .header(allow, "http://localhost:3000")
            .header(allow, "http://localhost:3000")
            .header("server", "nginx")
    });
    let answer = place(&doubled).check("cors", &[]);
    answer.fails_with("cors/refused", "names 2 origins");
    assert!(answer.text().contains("`nginx`"), "{}", answer.text());
    assert!(answer.help().starts_with("curl "), "{}", answer.help());
    let without = |status: u16| {
        Server::start(move |request| match request.path.as_str() {
            _ if request.method == "OPTIONS" => Answer::new(status, "{}"),
            "/health" => Answer::new(200, r#"{"status":"ok"}"#),
            _ => Answer::new(404, "{}"),
        })
    };
    for status in [401, 404, 405] {
        place(&without(status))
            .check("cors", &[])
            .fails_with("cors/refused", &format!("the running API answers {status}"));
    }
    // Somebody else's server, and an API that is mounted beside its address.
    let stranger = Server::start(|_| Answer::new(404, "{}"));
    let mounted = Server::start(move |request| match request.path.as_str() {
        "/health" => Answer::new(200, r#"{"status":"ok"}"#).header(allow, "http://localhost:3000"),
        _ => Answer::new(404, "{}"),
    });
    for server in [stranger, mounted] {
        assert_eq!(place(&server).check("cors", &[]).status(), "pass");
    }
}

#[test]
fn a_list_of_origins_is_mended_only_where_it_is_wrong() {
    let server = Server::start(|_| Answer::new(400, "Disallowed CORS origin"));
    let place = |api: &str, list: &str| {
        Place::new(&[
            ("frontend/package.json", "{}"),
            (
                "frontend/.env",
                &format!("NEXT_PUBLIC_APP_URL=http://localhost:3000\nNEXT_PUBLIC_API_URL={api}\n"),
            ),
            ("backend/.env", list),
        ])
    };
    let right = place(&server.url(), "ALLOWED_ORIGINS=http://localhost:3000\n").check("cors", &[]);
    right.fails_with("cors/refused", "the running API refuses");
    // No session runs it, which could start it over.
    assert!(right.help().starts_with("curl "), "{}", right.help());
    let nobody = Server::nobody();
    for (list, words) in [
        ("ALLOWED_ORIGINS=\n", "ALLOWED_ORIGINS is empty"),
        (
            "SECURITY_ALLOWED_ORIGINS=[]\n",
            "SECURITY_ALLOWED_ORIGINS is empty",
        ),
        (
            "ALLOWED_ORIGINS=HTTP://LOCALHOST:3000\n",
            "compared as texts",
        ),
        (
            "ALLOWED_ORIGINS=[\"http://localhost:3000\"]\n",
            "the backend reads commas",
        ),
        (
            "SECURITY_ALLOWED_ORIGINS=\"['http://localhost:3000']\"\n",
            "is none",
        ),
        ("SECURITY_ALLOWED_ORIGINS=[\"http://a\"]\n", "does not hold"),
    ] {
        let place = place(&nobody, list);
        place.check("cors", &[]).fails_with("cors/refused", words);
        place.is_mended("cors");
    }
    let sound = place(
        &nobody,
        "SECURITY_ALLOWED_ORIGINS=[\"http://localhost:3000\"]\n",
    );
    assert_eq!(sound.check("cors", &[]).status(), "pass");
}

#[test]
fn an_app_whose_address_is_empty_is_where_it_is_by_default() {
    let place = Place::new(&[
        ("frontend/package.json", "{}"),
        (
            "frontend/.env",
            &format!(
                "NEXT_PUBLIC_APP_URL=\nNEXT_PUBLIC_API_URL={}\n",
                Server::nobody()
            ),
        ),
        ("backend/.env", "ALLOWED_ORIGINS=\n"),
    ]);
    place
        .check("cors", &[])
        .fails_with("cors/refused", "ALLOWED_ORIGINS is empty");
    place.is_mended("cors");
}

#[test]
fn an_app_without_an_origin_is_mended_where_it_stands_and_opens_the_api_to_nobody() {
    let place = |app: &str| {
        Place::new(&[
            ("frontend/package.json", "{}"),
            (
                "frontend/.env",
                &format!(
                    "NEXT_PUBLIC_APP_URL={app}\nNEXT_PUBLIC_API_URL={}\n",
                    Server::nobody()
                ),
            ),
            ("backend/.env", "ALLOWED_ORIGINS=http://localhost:3000\n"),
        ])
    };
    let set = "pixcrawler env set --file frontend/.env NEXT_PUBLIC_APP_URL";
    for app in ["www.example.com:443", "app.example.com", "file:///x"] {
        let answer = place(app).check("cors", &[]);
        answer.fails_with("cors/refused", "NEXT_PUBLIC_APP_URL (frontend/.env:1)");
        assert_eq!(answer.cure(), format!("{set}=-"), "{}", answer.text());
    }
    let forgotten = place("localhost:3000");
    let answer = forgotten.check("cors", &[]);
    assert_eq!(
        answer.cure(),
        format!("{set}=http://localhost:3000"),
        "{}",
        answer.text()
    );
    forgotten.is_mended("cors");
}
