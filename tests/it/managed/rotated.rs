//! A session whose URLs change while its servers run.

use nix::sys::signal::Signal;

use pixcrawler::system::cache::{self, CacheState};

use super::valkey::command;
use super::{HANG, block, free_port, redis, uv};
use crate::support::{Session, Workspace, within};

#[test]
fn a_server_of_the_session_follows_the_urls_that_lead_to_it() {
    uv();
    let workspace = Workspace::new(
        "[services.api]\ncommand = \"cat .env; echo up; exec sleep 1000\"\ncwd = \"backend\"\nready = { log = \"up\" }\n",
    );
    let (port, other) = (free_port(), free_port());
    let url = |password: &str, port: u16| format!("redis://:{password}@127.0.0.1:{port}/0");
    let write = |lines: &[String]| workspace.write("backend/.env", &(lines.join("\n") + "\n"));
    let named = |password: &str, port| format!("REDIS_URL={}", url(password, port));
    let state = |password: &str, port| block(cache::probe(&redis(&url(password, port)).1, HANG));
    let accepts = |password: &str, port| {
        within(HANG, || {
            matches!(state(password, port), CacheState::Accepts { .. })
        })
    };
    write(&[named("the-first-one", port)]);
    let mut session = workspace.dev(&[]).env("PATH", crate::tools::path()).start();
    session.wait_for("all ready");
    write(&[named("the-second-one", port)]);
    session.wait_for("restarting redis: backend/.env changed (REDIS_URL)");
    assert!(accepts("the-second-one", port), "{}", session.out());
    assert_eq!(state("the-first-one", port), CacheState::AuthFailed);
    // Two that disagree change nothing, as they would start nothing.
    let more = format!("CACHE_URL={}", url("the-third-one", port));
    write(&[named("the-second-one", port), more]);
    session.wait_for("gives one user another password than");
    session.wait_for("keeps the environment that it has until that is mended");
    assert!(accepts("the-second-one", port), "{}", session.out());
    write(&[named("the-second-one", other)]);
    session.wait_for(&format!("127.0.0.1:{other}"));
    assert!(accepts("the-second-one", other), "{}", session.out());
    assert_eq!(state("the-second-one", port), CacheState::Refused);
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    assert_eq!(
        ended.out.matches("restarting redis:").count(),
        2,
        "{}",
        ended.out
    );
}

#[test]
fn a_further_server_whose_port_changed_has_its_data_in_the_next_session() {
    uv();
    let workspace = Workspace::new(
        "[services.api]\ncommand = \"echo up; exec sleep 1000\"\ncwd = \"backend\"\nready = { log = \"up\" }\n",
    );
    let (first, before, after) = (free_port(), free_port(), free_port());
    let url = |port: u16| format!("redis://127.0.0.1:{port}/0");
    let write = |port: u16| {
        let text = format!("REDIS_URL={}\nCACHE_URL={}\n", url(first), url(port));
        workspace.write("backend/.env", &text);
    };
    let accepts = |port: u16| {
        let state = || block(cache::probe(&redis(&url(port)).1, HANG));
        within(HANG, || matches!(state(), CacheState::Accepts { .. }))
    };
    let started = || {
        let mut session = workspace.dev(&[]).env("PATH", crate::tools::path()).start();
        session.wait_for("all ready");
        session
    };
    let end = |session: Session| {
        session.signal(Signal::SIGINT);
        let ended = session.end();
        assert_eq!(ended.code(), Some(0), "{}", ended.all());
        ended
    };
    write(before);
    let mut session = started();
    let () = command(&redis(&url(before)).1, &["SET", "kept", "yes"]);
    write(after);
    session.wait_for(&format!("127.0.0.1:{after}"));
    assert!(accepts(after), "{}", session.out());
    end(session);
    // Nobody changed anything in between.
    let session = started();
    let kept: String = command(&redis(&url(after)).1, &["GET", "kept"]);
    let ended = end(session);
    assert_eq!(kept, "yes");
    assert!(!ended.out.contains("begins empty"), "{}", ended.all());

    // Between two sessions nobody can tell what was meant: where the data is, is said.
    write(before);
    let ended = end(started());
    let told =
        format!("data that no server uses is in .pixcrawler/redis-{after}. To go on with that:");
    let words: Vec<&str> = ended.out.split_whitespace().collect();
    assert!(words.join(" ").contains(&told), "{}", ended.all());
}

#[test]
fn data_stays_at_the_port_that_another_url_still_names() {
    uv();
    let workspace = Workspace::new(
        "[services.api]\ncommand = \"echo up; exec sleep 1000\"\ncwd = \"backend\"\nready = { log = \"up\" }\n",
    );
    let (old, new) = (free_port(), free_port());
    let url = |port: u16| format!("redis://127.0.0.1:{port}/0");
    let get = |port: u16| -> Option<String> { command(&redis(&url(port)).1, &["GET", "kept"]) };
    let with = |ports: [u16; 2], during: &dyn Fn()| {
        let [one, other] = ports.map(url);
        let text = format!("REDIS_URL={one}\nCACHE_URL={other}\n");
        workspace.write("backend/.env", &text);
        let mut session = workspace.dev(&[]).env("PATH", crate::tools::path()).start();
        session.wait_for("all ready");
        during();
        session.signal(Signal::SIGINT);
        let ended = session.end();
        assert_eq!(ended.code(), Some(0), "{}", ended.all());
    };
    with([old, old], &|| {
        let () = command(&redis(&url(old)).1, &["SET", "kept", "yes"]);
    });
    // The first of the two is the one that begins empty.
    with([new, old], &|| {
        assert_eq!((get(old).as_deref(), get(new)), (Some("yes"), None));
    });
    // Alone it takes the data along.
    with([new, new], &|| assert_eq!(get(new).as_deref(), Some("yes")));
}

#[test]
fn servers_alone_keep_what_they_have_while_an_env_file_is_refused() {
    uv();
    let workspace = Workspace::new("");
    let number = |name: &str| {
        format!(
            "[[variable]]\nname = \"{name}\"\nsection = \"Server\"\ndescription = \"A number\"\npurpose = \"It counts\"\ntype = \"int\"\n\n"
        )
    };
    let schema = [number("WORKERS"), number("OTHER")].concat();
    workspace.write("env-schemas/backend.toml", &schema);
    let port = free_port();
    let url = |password: &str| format!("redis://:{password}@127.0.0.1:{port}/0");
    let write = |password: &str, workers: &str| {
        let text = format!(
            "REDIS_URL={}\nOTHER=none\nWORKERS={workers}\n",
            url(password)
        );
        workspace.write("backend/.env", &text);
    };
    let state = |password: &str| block(cache::probe(&redis(&url(password)).1, HANG));
    let accepts = |password: &str| {
        within(HANG, || {
            matches!(state(password), CacheState::Accepts { .. })
        })
    };
    // What is wrong from the beginning is no matter of theirs.
    write("the-first-one", "2");
    let mut session = workspace
        .dev(&["--servers"])
        .env("PATH", crate::tools::path())
        .start();
    session.wait_for("all ready");
    write("the-second-one", "2");
    session.wait_for("restarting redis: backend/.env changed (REDIS_URL)");
    assert!(accepts("the-second-one"), "{}", session.out());
    write("the-third-one", "many");
    session.wait_for("keeps the environment that it has until that is mended");
    assert!(accepts("the-second-one"), "{}", session.out());
    write("the-third-one", "2");
    assert!(accepts("the-third-one"), "{}", session.out());
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    let restarts = ended.out.matches("restarting redis:").count();
    assert_eq!(restarts, 2, "{}", ended.out);
}
