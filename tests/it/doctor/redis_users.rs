//! Users of a real Redis (Valkey) who may do less than everything.

use pixcrawler::service::endpoint::Endpoint;

use super::{Check, Place};
use crate::managed::{World, block, free_port, redis};

/// Gives a user these rules, as the administrator.
fn set_user(endpoint: &Endpoint, rules: &str) {
    block(async {
        let mut connection = pixcrawler::system::cache::connect(endpoint)
            .await
            .expect("connect");
        let mut command = redis::cmd("ACL");
        command
            .arg("SETUSER")
            .arg(rules.split(' ').collect::<Vec<_>>());
        let () = command.query_async(&mut connection).await.expect(rules);
    });
}

#[test]
fn a_user_without_a_password_or_a_database_is_not_taken_for_everybody() {
    let world = World::open();
    let port = free_port();
    let (service, endpoint) = redis(&format!("redis://127.0.0.1:{port}/2"));
    let running = world.start(&service);
    set_user(&endpoint, "bro on >secret ~* &* +@all");
    set_user(&endpoint, "few on >secret ~* &* +@all -select");
    let check = |login: &str, database: u16| -> Check {
        let url = format!("CELERY_BROKER_URL=redis://{login}@127.0.0.1:{port}/{database}\n");
        Place::new(&[("backend/.env", &url)]).check("redis", &[])
    };
    let bare = check("bro", 2);
    bare.fails_with("redis/login", "asks for a password of `bro`");
    assert_eq!(
        bare.cure(),
        "pixcrawler env set --file backend/.env CELERY_BROKER_URL --part password=-"
    );
    assert_eq!(check("bro:secret", 2).status(), "pass");
    check("few:secret", 2).fails_with("redis/login", "lets `few` choose no database");
    assert_eq!(check("few:secret", 0).status(), "pass");
    set_user(&endpoint, "default off >other");
    // The server does not tell it from a wrong password.
    let off = check(":secret", 2);
    off.fails_with("redis/login", "refuses the password");
    assert!(off.text().contains("user `default` is switched off"));
    running.stop();
}
