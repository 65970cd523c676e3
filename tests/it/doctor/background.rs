//! Servers that are started in the background, as the printed command starts them.

use super::Place;
use crate::http_server::{Answer, Server};
use crate::managed::free_port;

#[test]
fn a_server_that_cannot_be_started_is_told_beside_those_that_were() {
    let stranger = Server::start(|_| Answer::new(200, "{}"));
    let taken = stranger.url();
    let taken = taken.rsplit(':').next().unwrap_or_default();
    let mut place = Place::new(&[(
        "backend/.env",
        &format!(
            "DATABASE_URL=postgresql+asyncpg://a:b@127.0.0.1:{taken}/app\nREDIS_URL=redis://127.0.0.1:{}/0\n",
            free_port()
        ),
    )]);
    place.reach_out();
    let told = place.run(&["dev", "--servers", "--detach"]);
    let stopped = place.run(&["stop"]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    assert!(told.out.contains("redis ready"), "{}", told.out);
    assert!(told.err.contains("DATABASE_URL is set"), "{}", told.err);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
}

#[test]
fn a_server_in_the_background_that_begins_empty_is_told_with_the_data_that_waits() {
    let url = |name: &str| format!("{name}=redis://127.0.0.1:{}/0\n", free_port());
    let urls = [url("REDIS_URL"), url("CACHE_URL")].concat();
    let mut place = Place::new(&[
        ("backend/.env", &urls),
        (".pixcrawler/redis-6999/appendonlydir/incr.aof", ""),
    ]);
    place.reach_out();
    let told = place.run(&["dev", "--servers", "--detach"]);
    let shown = place.run(&["ps", "--format", "json"]);
    let stopped = place.run(&["stop"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    let words = "begins empty; data that no server uses is in .pixcrawler/redis-6999";
    assert!(told.out.contains(words), "{}", told.out);
    assert!(shown.out.contains(words), "{}", shown.out);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
}

/// A Redis in the background, whose URL stands in the backend's file.
fn redis(more: &str) -> (Place, u16) {
    let port = free_port();
    let url = format!("REDIS_URL=redis://:the-first-one@127.0.0.1:{port}/0\n{more}");
    let mut place = Place::new(&[("backend/.env", &url)]);
    place.reach_out();
    let told = place.run(&["dev", "--servers", "--detach"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    (place, port)
}

fn is_up(place: &Place) -> bool {
    let shown = place.run(&["ps", "--format", "json"]);
    shown.out.contains("\"state\": \"ready\"") || shown.out.contains("\"state\":\"ready\"")
}

#[test]
fn a_start_that_is_refused_leaves_the_servers_in_the_background_as_they_are() {
    let (place, _) = redis("");
    place.write(
        "pixcrawler.toml",
        "[services.a]\ncommand = \"sleep 9\"\ndepends-on = [\"b\"]\n",
    );
    for args in [&["dev"][..], &["dev", "--detach"]] {
        let told = place.run(args);
        assert_eq!(told.code, Some(2), "{}{}", told.out, told.err);
        assert!(told.err.contains("plan/unknown-service"), "{}", told.err);
        assert!(!told.err.contains("started anew"), "{}", told.err);
        assert!(is_up(&place), "{args:?}");
    }
    let told = place.run(&["dev", "--detach", "--format", "json"]);
    let object: serde_json::Value = serde_json::from_str(&told.out).expect("one object");
    assert_eq!(object["session"], "not-started", "{object}");
    assert_eq!(
        object["findings"][0]["rule"], "plan/unknown-service",
        "{object}"
    );
    // What is typed may be in the way, too.
    place.write("pixcrawler.toml", "[services.a]\ncommand = \"sleep 9\"\n");
    for args in [
        &["dev", "--no-check", "--format", "github"][..],
        &["dev", "--no-check", "--tui"],
    ] {
        let told = place.run(args);
        assert!(told.code.is_some_and(|code| code > 0), "{}", told.err);
        assert!(!told.err.contains("started anew"), "{}", told.err);
        assert!(is_up(&place), "{args:?}: {}", told.err);
    }
    let told = place.run(&["dev", "--detach", "--no-check"]);
    let stopped = place.run(&["stop"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    assert!(told.err.contains("started anew"), "{}", told.err);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
}

#[test]
fn servers_that_end_for_a_start_that_does_without_them_are_told_to_be_gone() {
    let (place, _) = redis("");
    place.write("pixcrawler.toml", "[services.a]\ncommand = \"sleep 9\"\n");
    let told = place.run(&["dev", "a", "--until-ready", "--no-check"]);
    assert!(!told.err.contains("started anew"), "{}", told.err);
    let back = "they are back with: pixcrawler dev --servers --detach";
    assert!(told.err.contains(back), "{}", told.err);
    let again = place.run(&["dev", "--servers", "--detach"]);
    let stopped = place.run(&["stop"]);
    assert_eq!(again.code, Some(0), "{}{}", again.out, again.err);
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
}

#[test]
fn passwords_that_differ_are_told_with_both_places_before_anything_ends() {
    let (place, port) = redis("");
    let url = |password: &str, number: u8| format!("redis://:{password}@127.0.0.1:{port}/{number}");
    let text = format!(
        "REDIS_URL={}\nCACHE_URL={}\n",
        url("the-wrong-one", 0),
        url("the-first-one", 1)
    );
    place.write("backend/.env", &text);
    let told = place.run(&["dev", "--servers", "--detach"]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    let words = "it is set at backend/.env:2, REDIS_URL at backend/.env:1";
    assert!(told.err.contains(words), "{}", told.err);
    let set = "pixcrawler env set --file backend/.env";
    let of = |name: &str| pixcrawler::text::remedy::quoted(&format!("backend:{name}#password"));
    for (name, other) in [("REDIS_URL", "CACHE_URL"), ("CACHE_URL", "REDIS_URL")] {
        let line = format!("{set} {name} --part password --like {}", of(other));
        assert!(told.err.contains(&line), "{line}: {}", told.err);
    }
    assert!(
        is_up(&place) && !told.err.contains("started anew"),
        "{}",
        told.err
    );
    // Its password is the one that it had.
    let check = place.check("redis", &[]);
    let wanted = format!("{set} REDIS_URL --part password --like {}", of("CACHE_URL"));
    assert_eq!(check.cure(), wanted, "{}", check.text());
    place.is_mended("redis");
    // Where all say another one, it is the server that changes.
    let both = format!(
        "REDIS_URL={}\nCACHE_URL={}\n",
        url("the-next-one", 0),
        url("the-next-one", 1)
    );
    place.write("backend/.env", &both);
    let told = place.run(&["dev", "--servers", "--detach"]);
    let check = place.check("redis", &[]);
    place.run(&["stop"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    assert_eq!(check.status(), "pass", "{}", check.text());
}

#[cfg(unix)]
#[test]
fn damaged_data_is_told_with_the_way_to_begin_afresh() {
    let (place, _) = redis(&format!("CACHE_URL=redis://127.0.0.1:{}/0\n", free_port()));
    place.run(&["stop"]);
    let base = place.file(".pixcrawler/redis/appendonlydir/appendonly.aof.1.base.rdb");
    assert!(base.is_file(), "the data of the first server");
    place.write(
        ".pixcrawler/redis/appendonlydir/appendonly.aof.1.base.rdb",
        "no Redis wrote this",
    );
    let told = place.run(&["dev", "--servers", "--detach"]);
    let shown = place.run(&["ps", "--format", "json"]);
    place.run(&["stop"]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    let all = format!("{}{}", told.out, told.err);
    assert!(
        all.contains("its data is damaged or incomplete") && all.contains(".pixcrawler/redis.old"),
        "{all}"
    );
    // The other one has nothing to do with it.
    assert!(shown.out.contains("ready"), "{}", shown.out);
}

#[cfg(unix)]
#[test]
fn the_way_out_of_damaged_data_cures() {
    let (place, _) = redis("");
    place.run(&["stop"]);
    place.write(
        ".pixcrawler/redis/appendonlydir/appendonly.aof.1.base.rdb",
        "no Redis wrote this",
    );
    let told = place.run(&["dev", "--servers", "--detach"]);
    assert_ne!(told.code, Some(0), "{}{}", told.out, told.err);
    let check = place.check("redis", &[]);
    check.fails_with("redis/unreachable", "refuses connections");
    assert!(
        check.help().contains(".pixcrawler/redis.old"),
        "{}",
        check.text()
    );
    assert_eq!(check.cure(), "", "what is given up a person decides");
    let followed = place.follow(check.help(), "");
    let check = place.check("redis", &[]);
    place.run(&["stop"]);
    assert_eq!(followed.code, Some(0), "{}{}", followed.out, followed.err);
    assert_eq!(check.status(), "pass", "{}", check.text());
    assert!(place.file(".pixcrawler/redis.old").is_dir());
}

#[cfg(unix)]
#[test]
fn a_postgres_that_lacks_files_is_told_as_damaged_and_kept() {
    let url = format!(
        "DATABASE_URL=postgresql+asyncpg://app:the-first-one@127.0.0.1:{}/app\n",
        free_port()
    );
    let mut place = Place::new(&[("backend/.env", &url)]);
    place.reach_out();
    let started = || {
        let told = place.run(&["dev", "--servers", "--detach"]);
        place.run(&["stop"]);
        told
    };
    let told = started();
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    for name in ["global/pg_control", "PG_VERSION"] {
        let file = place.file(".pixcrawler/postgres").join(name);
        let aside = file.with_extension("aside");
        std::fs::rename(&file, &aside).expect("the server's file");
        let told = started();
        let check = place.check("postgres", &[]);
        std::fs::rename(&aside, &file).expect("the server's file");
        assert_ne!(told.code, Some(0), "{}{}", told.out, told.err);
        let all = format!("{}{}", told.out, told.err);
        for text in [&all, &check.text()] {
            assert!(text.contains("its data is damaged or incomplete"), "{text}");
        }
        for text in [all.as_str(), check.help()] {
            assert!(text.contains(".pixcrawler/postgres.old"), "{text}");
        }
        assert_eq!(check.cure(), "", "what is given up a person decides");
    }
    let told = started();
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
}
