//! Valkey: its data, its users, and strangers on its port.

use std::cell::RefCell;
use std::time::Duration;

use pixcrawler::service::endpoint::Endpoint;
use pixcrawler::service::managed::plan;
use pixcrawler::supervisor::managed::{NotReady, prepare, ready};
use pixcrawler::system::cache::{self, CacheState};
use pixcrawler::system::database::{self, DatabaseState};

use super::{HANG, World, block, free_port, postgres, redis, uv};

#[test]
fn valkey_keeps_its_data_and_its_password() {
    uv();
    let world = World::closed();
    let port = free_port();
    let (service, endpoint) = redis(&format!("redis://:p%40ss%20%22word@localhost:{port}/3"));
    let running = world.start(&service);
    let state = |endpoint: &Endpoint| block(cache::probe(endpoint, HANG));
    let version = state(&endpoint);
    assert!(
        matches!(
            version,
            CacheState::Accepts {
                version: Some(_),
                ..
            }
        ),
        "{version:?}"
    );
    assert_eq!(
        state(&redis(&format!("redis://localhost:{port}/0")).1),
        CacheState::AuthRequired
    );
    assert_eq!(
        state(&redis(&format!("redis://:wrong@localhost:{port}/0")).1),
        CacheState::AuthFailed
    );
    assert_eq!(
        state(&redis(&format!("redis://:p%40ss%20%22word@localhost:{port}/16")).1),
        CacheState::NoSuchDatabase
    );
    let as_database = block(database::probe(
        &postgres(&format!("postgresql://a:b@127.0.0.1:{port}/c")).1,
        Duration::from_secs(1),
    ));
    // It waits for the end of what it takes for a command, and says who it is when it is asked that.
    let who = Some("a Redis".to_owned());
    assert_eq!(as_database, DatabaseState::NotPostgres(who));
    command::<()>(&endpoint, &["SET", "kept", "yes"]);
    let log = running.stop();
    assert!(!log.contains("p@ss"), "{log}");
    let running = world.start(&service);
    assert_eq!(command::<String>(&endpoint, &["GET", "kept"]), "yes");
    running.kill();
    let running = world.start(&service);
    assert_eq!(command::<String>(&endpoint, &["GET", "kept"]), "yes");
    running.stop();
}

#[test]
fn two_servers_of_one_kind_are_installed_once() {
    uv();
    let mut world = World::open();
    world.surroundings.wheels_only = true;
    let named = |name: &str| {
        let url = format!("redis://127.0.0.1:{}/0", free_port());
        Endpoint::redis(&url, name, ".env:1").expect("a URL")
    };
    let services = plan(&[named("REDIS_URL"), named("CACHE_URL")]).services;
    let [first, second] = services.as_slice() else {
        panic!("two servers: {services:?}");
    };
    let said = RefCell::new(Vec::new());
    let prepared = |service| {
        let hear = |words: &str| said.borrow_mut().push(words.to_owned());
        prepare(service, world.workspace(), &world.surroundings, hear)
    };
    let both = block(async { tokio::join!(prepared(first), prepared(second)) });
    assert!(matches!(both, (Ok(_), Ok(_))), "{both:?}");
    let said = said.into_inner().join("\n");
    assert_eq!(said.matches("installing").count(), 1, "{said}");
}

#[test]
fn valkey_knows_users_by_name_and_strangers_on_its_port() {
    uv();
    let world = World::open();
    let port = free_port();
    let (service, endpoint) = redis(&format!("redis://worker:secret@localhost:{port}/0"));
    let running = world.start(&service);
    let accepts = block(cache::probe(&endpoint, HANG));
    assert!(matches!(accepts, CacheState::Accepts { .. }), "{accepts:?}");
    assert_eq!(
        block(cache::probe(
            &redis(&format!("redis://localhost:{port}/0")).1,
            HANG
        )),
        CacheState::AuthRequired
    );
    let mut other = World::open();
    other
        .surroundings
        .shared
        .clone_from(&world.surroundings.shared);
    other
        .surroundings
        .cache
        .clone_from(&world.surroundings.cache);
    let launch = other.prepare(&service).expect("prepared");
    let answer = block(ready(&launch));
    assert!(
        matches!(&answer, Err(NotReady::Failed(failure)) if failure.message.contains("not the one of this workspace")),
        "{answer:?}"
    );
    running.stop();
}

/// One command and its answer.
pub(super) fn command<T: redis::FromRedisValue>(endpoint: &Endpoint, words: &[&str]) -> T {
    block(async {
        let mut connection = cache::connect(endpoint).await.expect("connect");
        let mut command = redis::cmd(words[0]);
        words[1..].iter().for_each(|word| {
            command.arg(word);
        });
        command.query_async(&mut connection).await.expect("answer")
    })
}
