//! One attempt to connect, and what it is called.

use std::net::TcpListener;
use std::time::Duration;

use pixcrawler::service::endpoint::Endpoint;
use pixcrawler::system::cache::{self, CacheState};
use pixcrawler::system::database::{self, DatabaseState};

use super::{HANG, World, block, free_port, postgres, redis, state};

#[test]
fn every_refusal_has_its_name() {
    let world = World::open();
    let port = free_port();
    let url = |rest: &str| {
        Endpoint::postgres(&format!("postgresql://{rest}"), "DATABASE_URL", ".env:1").expect(rest)
    };
    let (service, _) = postgres(&format!("postgresql://app:pw@localhost:{port}/app"));
    assert_eq!(
        state(&url(&format!("app:pw@127.0.0.1:{port}/app"))),
        DatabaseState::Refused
    );
    let running = world.start(&service);
    assert_eq!(
        state(&url(&format!("app:wrong@127.0.0.1:{port}/app"))),
        DatabaseState::AuthFailed
    );
    assert_eq!(
        state(&url(&format!("app@127.0.0.1:{port}/app"))),
        DatabaseState::AuthFailed
    );
    assert_eq!(
        state(&url(&format!("app:pw@127.0.0.1:{port}/other"))),
        DatabaseState::NoSuchDatabase
    );
    let encrypted = state(&url(&format!(
        "app:pw@127.0.0.1:{port}/app?sslmode=require"
    )));
    assert!(
        matches!(encrypted, DatabaseState::TlsFailed(_)),
        "{encrypted:?}"
    );
    let as_cache = block(cache::probe(
        &redis(&format!("redis://127.0.0.1:{port}/0")).1,
        HANG,
    ));
    // It gives up whom it does not understand, as one does that ends.
    assert_eq!(as_cache, CacheState::HungUp);
    running.stop();
    let web = TcpListener::bind("127.0.0.1:0").expect("port");
    let answering = web.local_addr().expect("port").port();
    std::thread::spawn(move || {
        use std::io::Write;
        while let Ok((mut stream, _)) = web.accept() {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    assert_eq!(
        state(&url(&format!("app:pw@127.0.0.1:{answering}/app"))),
        DatabaseState::NotPostgres(Some("a web server: HTTP/1.1 400 Bad Request".to_owned()))
    );
    assert_eq!(
        block(cache::probe(
            &redis(&format!("redis://127.0.0.1:{answering}/0")).1,
            HANG
        )),
        CacheState::NotRedis
    );
    // Who hangs is not called a stranger: the system takes the connection for it.
    let hanging = TcpListener::bind("127.0.0.1:0").expect("port");
    let port = hanging.local_addr().expect("port").port();
    let short = Duration::from_millis(300);
    let hangs = url(&format!("app:pw@127.0.0.1:{port}/app"));
    let asked = database::probe(&hangs, short);
    assert_eq!(block(asked), DatabaseState::Silent);
    let (_, hangs) = redis(&format!("redis://127.0.0.1:{port}/0"));
    let asked = cache::probe(&hangs, short);
    assert_eq!(block(asked), CacheState::Silent);
    let unknown = state(&url("app:pw@no-such-host.invalid/app"));
    assert!(
        matches!(unknown, DatabaseState::Unreachable(_)),
        "{unknown:?}"
    );
}

/// What one says that has its data to read.
const LOADING: (&[u8], bool) = (
    b"-LOADING Redis is loading the dataset in memory\r\n",
    false,
);

/// One that ends and begins anew, in the middle of an answer or before it.
const ANEW: &[(&[u8], bool)] = &[(b"", true), LOADING];
const HALF: &[(&[u8], bool)] = &[(b"+PO", true), LOADING];

/// A server that does so with its connections, one after the other: nothing and the end, what is said and the end, or
/// what is said and silence; the last way goes on.
fn served(ways: &'static [(&[u8], bool)]) -> u16 {
    use std::io::{Read, Write};

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut ways = ways.iter().copied();
        let mut way = ways.next();
        for mut stream in listener.incoming().flatten() {
            let Some((said, hangs_up)) = way else {
                return;
            };
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(said);
            if !hangs_up {
                kept.push(stream);
            }
            way = ways.next().or(way);
        }
    });
    port
}

#[test]
fn who_breaks_off_or_answers_half_is_called_no_stranger() {
    let short = Duration::from_millis(300);
    let cache = |ways, patience| {
        let (_, endpoint) = redis(&format!("redis://127.0.0.1:{}/0", served(ways)));
        block(cache::probe(&endpoint, patience))
    };
    assert_eq!(cache(&[(b"", true)], HANG), CacheState::HungUp);
    assert_eq!(cache(&[(b"+PO", false)], short), CacheState::Silent);
    // One that is started anew answers the next one.
    for anew in [ANEW, HALF] {
        assert_eq!(cache(anew, HANG), CacheState::Starting);
    }

    let database = |ways| {
        let url = format!("postgresql://app:pw@127.0.0.1:{}/app", served(ways));
        let endpoint = Endpoint::postgres(&url, "DATABASE_URL", ".env:1").expect("a URL");
        block(database::probe(&endpoint, HANG))
    };
    assert_eq!(database(&[(b"", true)]), DatabaseState::HungUp);
}
