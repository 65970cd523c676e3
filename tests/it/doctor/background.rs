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
