//! Ports of services that nobody gave one, and those that are none.

use std::net::TcpListener;

use crate::support::Workspace;

#[test]
fn a_port_that_only_command_and_readiness_name_is_the_services_own() {
    let holder = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = holder.local_addr().expect("bound").port();
    let us = std::process::id();
    for ready in [
        format!("tcp = {port}"),
        format!("http = \"http://127.0.0.1:{port}/\""),
    ] {
        let workspace = Workspace::new(&format!(
            "[services.api]\ncommand = \"exec python3 -BSm http.server {port}\"\nready = {{ {ready} }}\n"
        ));
        let ended = workspace.dev(&[]).run();
        assert_eq!(ended.code(), Some(1), "{}", ended.all());
        for told in [
            format!("port {port} of `api` is taken by"),
            format!("kill {us}"),
            format!(" instead of {port} in [services.api]"),
            "pixcrawler.toml:2".to_owned(),
        ] {
            assert!(ended.err.contains(&told), "{told}: {}", ended.all());
        }
    }
}

#[test]
fn who_answers_in_the_place_of_a_service_is_told_before_the_start() {
    let holder = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = holder.local_addr().expect("bound").port();
    let told = format!("`api` is asked at port {port} whether it is ready, and ");
    let settings = |command: &str| {
        format!("[services.api]\ncommand = \"{command}\"\nready = {{ tcp = {port} }}\n")
    };
    let workspace = Workspace::new(&settings("sleep 1000"));
    for args in [&["--dry-run"][..], &["--until-ready"]] {
        let ended = workspace.dev(args).run();
        assert_eq!(ended.code(), Some(0), "{}", ended.all());
        let way = format!("[services.api] port = {port} in pixcrawler.toml");
        let all = ended.all().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(all.contains(&told) && all.contains(&way), "{all}");
    }
    // Who has others run it may find it there.
    let workspace = Workspace::new(&settings("docker compose up"));
    let plan = workspace.dev(&["--dry-run"]).run();
    assert!(!plan.all().contains("is asked at port"), "{}", plan.all());
}

#[test]
fn a_command_that_names_no_port_is_told_with_its_place() {
    for (value, why) in [
        ("abc", "which is no port"),
        ("0", "any port that is free"),
        ("70000", "the highest port is 65535"),
    ] {
        let workspace = Workspace::new(&format!(
            "[services.api]\ncommand = \"sleep 1000 --port {value}\"\n"
        ));
        let plan = workspace.dev(&["--dry-run"]).run();
        let all = plan.all().split_whitespace().collect::<Vec<_>>().join(" ");
        let told = format!("the command of `api` says `--port {value}`");
        for words in [told.as_str(), why, "pixcrawler.toml:2"] {
            assert!(all.contains(words), "{words}: {}", plan.all());
        }
    }
}
