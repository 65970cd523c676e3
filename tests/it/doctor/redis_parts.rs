//! A Redis whose address stands in a variable for each part: the one that is wrong is named and corrected.

use super::{Check, Place};
use crate::http_server::{Answer, Server};
use crate::managed::{World, free_port, redis};

fn place(port: u16, lines: &str) -> Place {
    let text = format!("CELERY_BROKER_URL=redis://127.0.0.1:{port}/2\n{lines}");
    Place::new(&[("backend/.env", &text)])
}

fn notes(check: &Check) -> String {
    check.0["findings"][0]["notes"].to_string()
}

#[test]
fn the_part_that_is_wrong_is_named_and_corrected() {
    let world = World::open();
    let port = free_port();
    let (service, _) = redis(&format!("redis://127.0.0.1:{port}/2"));
    let running = world.start(&service);
    let stranger = Server::start(|_| Answer::new(200, "{}"));
    let taken = stranger.url();
    let taken = taken.rsplit(':').next().unwrap_or_default();

    // The others' Redis is on the same host: its port is what is meant.
    let other = place(
        port,
        &format!("CACHE_REDIS_HOST=127.0.0.1\nCACHE_REDIS_PORT={taken}\nCACHE_REDIS_DB=0\n"),
    );
    let check = other.check("redis", &[]);
    check.fails_with("redis/unreachable", &format!("127.0.0.1:{taken} "));
    let named = "CACHE_REDIS_HOST (backend/.env:2) and CACHE_REDIS_PORT (backend/.env:3)";
    assert!(notes(&check).contains(named), "{}", check.text());
    let line = format!("pixcrawler env set --file backend/.env CACHE_REDIS_PORT={port}");
    assert_eq!(check.cure(), line);
    other.is_mended("redis");

    // Nobody is there: it may be about to be started, or the other is meant.
    let nobody = place(
        port,
        &format!(
            "CACHE_REDIS_HOST=localhost\nCACHE_REDIS_PORT={}\n",
            free_port()
        ),
    );
    let check = nobody.check("redis", &[]);
    assert_eq!(check.cure(), "pixcrawler dev --servers --detach");
    assert!(notes(&check).contains(&line), "{}", check.text());

    // So it is with a URL of the same login.
    let slip = free_port();
    let nobody = place(
        port,
        &format!("CELERY_RESULT_BACKEND=redis://127.0.0.1:{slip}/3\n"),
    );
    let check = nobody.check("redis", &[]);
    assert_eq!(check.cure(), "pixcrawler dev --servers --detach");
    let line =
        format!("pixcrawler env set --file backend/.env CELERY_RESULT_BACKEND --part port={port}");
    assert!(notes(&check).contains(&line), "{}", check.text());
    let other = place(
        port,
        &format!("CELERY_RESULT_BACKEND=redis://:pw@127.0.0.1:{slip}/3\n"),
    );
    let check = other.check("redis", &[]);
    assert!(!notes(&check).contains("is meant"), "{}", check.text());

    // The database is the process environment's.
    let mut shared = place(
        port,
        &format!(
            "CACHE_REDIS_HOST=127.0.0.1\nCACHE_REDIS_PORT={port}\nCACHE_REDIS_DB=0\nLIMITER_REDIS_HOST=127.0.0.1\nLIMITER_REDIS_PORT={port}\nLIMITER_REDIS_DB=1\n"
        ),
    );
    shared.set("LIMITER_REDIS_DB", "0");
    let check = shared.check("redis", &[]);
    let named = "CACHE_REDIS_DB (backend/.env:4) and LIMITER_REDIS_DB (the process environment)";
    assert!(notes(&check).contains(named), "{}", check.text());
    assert_eq!(check.help(), "export LIMITER_REDIS_DB=1");
    shared.set("LIMITER_REDIS_DB", "1");
    assert_eq!(shared.check("redis", &[]).status(), "pass");

    // A password that no server has is named where it stands.
    let login = place(
        port,
        &format!(
            "CACHE_REDIS_HOST=127.0.0.1\nCACHE_REDIS_PORT={port}\nCACHE_REDIS_PASSWORD=one-too-many\n"
        ),
    );
    let check = login.check("redis", &[]);
    let named = "and CACHE_REDIS_PASSWORD (backend/.env:4)";
    assert!(notes(&check).contains(named), "{}", check.text());
    assert!(!check.text().contains("one-too-many"), "{}", check.text());
    running.stop();
}

#[test]
fn host_and_port_are_asked_for_where_only_a_person_knows_them() {
    let stranger = Server::start(|_| Answer::new(200, "{}"));
    let taken = stranger.url();
    let taken = taken.rsplit(':').next().unwrap_or_default();
    let lines = format!("CACHE_REDIS_HOST=127.0.0.1\nCACHE_REDIS_PORT={taken}\n");
    let mut place = Place::new(&[("backend/.env", &lines)]);
    let asks = "pixcrawler env set --file backend/.env CACHE_REDIS_HOST=- CACHE_REDIS_PORT=-";
    assert_eq!(place.check("redis", &[]).cure(), asks);
    let port = free_port().to_string();
    let told = place.follow(asks, &format!("127.0.0.1\n{port}\n"));
    assert_eq!(told.code, Some(0), "{}", told.err);
    let text = std::fs::read_to_string(place.file("backend/.env")).expect("it is there");
    assert!(text.contains(&format!("CACHE_REDIS_PORT={port}")), "{text}");
    // No command of ours changes what the terminal says.
    place.set("CACHE_REDIS_PORT", taken);
    assert_eq!(
        place.check("redis", &[]).help(),
        pixcrawler::text::remedy::set_here("CACHE_REDIS_PORT")
    );
}

#[test]
fn parts_in_the_shared_file_are_no_redis_of_their_own() {
    let world = World::open();
    let port = free_port();
    let (service, _) = redis(&format!("redis://127.0.0.1:{port}/2"));
    let running = world.start(&service);
    let host = "CACHE_REDIS_HOST=127.0.0.1\n";
    let number = format!("CACHE_REDIS_PORT={port}\n");
    for (root, own) in [
        ("CACHE_REDIS_DB=0\n", format!("{host}{number}")),
        (
            "CACHE_REDIS_DB=7\n",
            format!("{host}{number}CACHE_REDIS_DB=0\n"),
        ),
        (host, format!("{number}CACHE_REDIS_DB=0\n")),
        ("CACHE_REDIS_PORT=none\n", format!("{host}{number}")),
    ] {
        let place = place(port, &own);
        place.write(".env", root);
        let check = place.check("redis", &[]);
        assert_eq!(check.status(), "pass", "{root}: {}", check.text());
        // Nobody starts one for them either.
        let plan = place.run(&["dev", "--dry-run"]);
        assert!(!plan.out.contains("6379"), "{root}: {}", plan.out);
    }
    running.stop();
}

/// Settings with the models of two servers, of which one has its kind in the model's name and the other in the
/// field's.
const NESTED: &str = "class RedisSettings(BaseModel):\n    host: str = 'localhost'\n    port: int = 6379\n    database: int = 0\n    password: str = ''\nclass Server(BaseModel):\n    host: str\n    port: int = 1\n    username: str = 'app'\n    password: SecretStr\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__', env_file='backend/.env')\n    session: RedisSettings\n    database: Server\n    mail: Server\n";

#[test]
fn a_model_within_the_settings_leads_to_its_server() {
    let world = World::open();
    let port = free_port();
    let (service, _) = redis(&format!("redis://127.0.0.1:{port}/2"));
    let running = world.start(&service);
    let stranger = Server::start(|_| Answer::new(200, "{}"));
    let taken = stranger.url();
    let taken = taken.rsplit(':').next().unwrap_or_default();
    let lines = format!(
        "SESSION__HOST=127.0.0.1\nSESSION__PORT={taken}\nSESSION__DATABASE=1\nDATABASE__HOST=127.0.0.1\nDATABASE__PASSWORD=hunter2secret\nMAIL__HOST=127.0.0.1\nMAIL__PASSWORD=pw\n"
    );
    let other = place(port, &lines);
    assert_eq!(other.check("redis", &[]).status(), "pass");
    other.write("backend/settings.py", NESTED);
    let check = other.check("redis", &[]);
    check.fails_with("redis/unreachable", &format!("127.0.0.1:{taken} "));
    let named = "SESSION__HOST (backend/.env:2) and SESSION__PORT (backend/.env:3)";
    assert!(notes(&check).contains(named), "{}", check.text());
    let line = format!("pixcrawler env set --file backend/.env SESSION__PORT={port}");
    assert_eq!(check.cure(), line);
    other.is_mended("redis");
    running.stop();

    // Port and user are the model's; of another server nothing is asked.
    let check = other.check("postgres", &[]);
    check.fails_with("postgres/unreachable", "127.0.0.1:1 refuses connections");
    let named = "DATABASE__HOST (backend/.env:5)";
    assert!(check.text().contains(named), "{}", check.text());
    assert!(!check.text().contains("MAIL__"), "{}", check.text());
    assert!(!check.text().contains("hunter2secret"), "{}", check.text());
}
