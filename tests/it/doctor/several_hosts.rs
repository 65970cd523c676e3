//! A URL with several hosts, of which whoever reads it takes the first that lets it in.

use super::postgres::naming;
use crate::managed::{World, free_port, postgres};

#[test]
fn each_of_several_hosts_is_asked() {
    let world = World::open();
    let (dead, port) = (free_port(), free_port());
    let url = |first: u16, second: u16| {
        format!(
            "postgresql+asyncpg://app:hunter2222@/pix?host=127.0.0.1:{first}&host=127.0.0.1:{second}"
        )
    };
    let check = naming(&url(dead, port)).check("postgres", &[]);
    check.fails_with(
        "postgres/unreachable",
        "none of the 2 hosts that DATABASE_URL (backend/.env:2) names lets us in",
    );
    let each =
        format!("127.0.0.1:{dead} refuses connections and 127.0.0.1:{port} refuses connections");
    assert!(check.text().contains(&each), "{}", check.text());
    assert!(!check.text().contains("hunter2222"), "{}", check.text());
    let (service, _) = postgres(&format!("postgresql://app:hunter2222@127.0.0.1:{port}/pix"));
    let running = world.start(&service);
    let check = naming(&url(dead, port)).check("postgres", &[]);
    let words = format!("127.0.0.1:{port} is the first of them that lets us in");
    assert!(check.text().contains(&words), "{}", check.text());
    assert_ne!(check.status(), "fail", "{}", check.text());
    running.stop();
}
