//! A default that counts though the variable is set: in a file that the settings of the worker do not read.

use super::super::Place;
use super::{APP, SETTINGS};
use crate::managed::{World, free_port, redis};

/// A worker whose settings read these files.
fn place(port: u16, files: &str, env: &str) -> Place {
    let settings = SETTINGS
        .replace("127.0.0.1:44079/2", &format!("localhost:{port}/0"))
        .replace("['.env', 'backend/.env']", files);
    Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("backend/.env", env),
        ("backend/settings.py", &settings),
        ("celery_core/__init__.py", ""),
        ("celery_core/app.py", APP),
    ])
}

/// Where the finding stands.
fn file(place: &Place) -> String {
    let told = place.run(&["doctor", "--only", "redis", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
    let file = document["findings"][0]["file"].as_str();
    file.unwrap_or_default().to_owned()
}

#[test]
fn a_default_is_not_written_over_what_nobody_reads() {
    let world = World::open();
    let port = free_port();
    let (service, _) = redis(&format!("redis://:right-password@localhost:{port}/0"));
    let running = world.start(&service);
    let right = format!("A=1\nCELERY_BROKER_URL=redis://:right-password@localhost:{port}/0\n");
    for files in ["None", "Path(__file__).parent / 'celery.env'"] {
        let place = place(port, files, &right);
        let check = place.check("redis", &[]);
        check.fails_with("redis/login", "asks for a password");
        assert_eq!(check.help(), "${EDITOR:-vi} +5 backend/settings.py");
        let text = check.text();
        assert!(!text.contains("env set"), "{text}");
        let words = "CELERY_BROKER_URL (backend/.env:2) is set where the worker does not look";
        assert!(text.contains(words), "{text}");
        assert_eq!(file(&place), "backend/settings.py", "{text}");
        assert!(!text.contains("right-password"), "{text}");
    }
    // One of ours that is read gets what stands in the other.
    let other = place(port, "'.env'", &right);
    let check = other.check("redis", &[]);
    check.fails_with("redis/login", "asks for a password");
    let line = "pixcrawler env set --tier root CELERY_BROKER_URL --like backend:CELERY_BROKER_URL";
    assert_eq!((check.help(), check.cure()), (line, line));
    assert_eq!(file(&other), "backend/settings.py");
    other.is_mended("redis");
    // No file of ours gets there.
    let check = place(port, "None", "").check("redis", &[]);
    check.fails_with("redis/login", "asks for a password");
    assert_eq!(check.help(), "${EDITOR:-vi} +5 backend/settings.py");
    // A name that nobody reads has the right one: it is taken from there.
    let misnamed = place(
        port,
        "'backend/.env'",
        &right.replace("CELERY_BROKER", "BROKER"),
    );
    let line = "pixcrawler env set --tier backend CELERY_BROKER_URL --like backend:BROKER_URL";
    for id in ["redis", "celery"] {
        let check = misnamed.check(id, &[]);
        assert_eq!(
            (check.status(), check.help()),
            ("fail", line),
            "{}",
            check.text()
        );
        assert!(!check.text().contains("right-password"), "{}", check.text());
    }
    misnamed.is_mended("celery");
    assert_eq!(misnamed.check("redis", &[]).status(), "pass");
    // One that is read gets all of it.
    let read = place(port, "'backend/.env'", "");
    read.check("redis", &[])
        .fails_with("redis/login", "asks for a password");
    let told = read.follow(read.check("redis", &[]).help(), "right-password\n");
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(read.check("redis", &[]).status(), "pass");
    // What the worker alone is given stands nowhere else.
    let given = place(port, "'backend/.env'", &right);
    given.write(
        "pixcrawler.toml",
        &format!(
            "[services.worker]\nenv = {{ CELERY_BROKER_URL = \"redis://localhost:{port}/0\" }}\n"
        ),
    );
    let check = given.check("redis", &[]);
    check.fails_with("redis/login", "asks for a password");
    assert_eq!(check.help(), "${EDITOR:-vi} +2 pixcrawler.toml");
    assert_eq!(file(&given), "pixcrawler.toml");
    running.stop();
}
