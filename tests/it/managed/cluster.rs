//! The data folder through its whole life: created, reused, killed, half-made, foreign.

use std::fs;
use std::path::Path;
use std::time::Duration;

use pixcrawler::exit::Exit;
use pixcrawler::supervisor::managed::{account, prepare};
use pixcrawler::system::database::{self, DatabaseState};
use sqlx::{Connection, PgConnection};

use super::{World, accepts, ask, block, free_port, postgres, run, state};

#[test]
fn postgres_serves_the_url_and_has_what_supabase_provides() {
    let world = World::open();
    let (service, endpoint) = postgres(&format!(
        "postgresql+asyncpg://cr%40wler:p%40ss%27%22%5C%24HOME@localhost:{}/pix-crawler",
        free_port()
    ));
    let running = world.start(&service);
    assert!(accepts(&endpoint), "{:?}", state(&endpoint));
    assert_eq!(running.launch.describe, "managed, .pixcrawler/postgres");
    let claims = "SELECT set_config('request.jwt.claims', '{\"sub\": \"9b2f9f6e-8f1c-4e0e-9d57-0b1f5a4d7a11\", \"role\": \"authenticated\"}', false)";
    block(async {
        let mut connection = PgConnection::connect_with(&database::options(&endpoint))
            .await
            .expect("connect");
        sqlx::raw_sql(claims)
            .execute(&mut connection)
            .await
            .expect("claims");
        let (id, role): (String, String) = sqlx::query_as("SELECT auth.uid()::text, auth.role()")
            .fetch_one(&mut connection)
            .await
            .expect("auth");
        assert_eq!(
            (id.as_str(), role.as_str()),
            ("9b2f9f6e-8f1c-4e0e-9d57-0b1f5a4d7a11", "authenticated")
        );
    });
    run(
        &endpoint,
        "CREATE TABLE projects (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), owner uuid REFERENCES auth.users (id));
         ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
         CREATE POLICY own ON projects FOR SELECT TO authenticated USING (owner = auth.uid());
         INSERT INTO auth.users (email) VALUES ('a@example.com');",
    );
    assert_eq!(
        ask(
            &endpoint,
            "SELECT has_table_privilege('anon', 'projects', 'SELECT')::text"
        ),
        "true"
    );
    assert_eq!(
        ask(
            &endpoint,
            "SELECT rolbypassrls::text FROM pg_roles WHERE rolname = 'service_role'"
        ),
        "true"
    );
    assert_eq!(
        ask(&endpoint, "SELECT current_setting('server_encoding')"),
        "UTF8"
    );
    assert_eq!(
        ask(
            &endpoint,
            "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = 'pix-crawler'"
        ),
        "cr@wler"
    );
    assert_eq!(
        ask(&endpoint, "SELECT current_setting('listen_addresses')"),
        "127.0.0.1,::1"
    );
    let log = running.stop();
    assert!(
        log.contains("database system is shut down")
            && !log.contains("p@ss")
            && !log.contains("ERROR"),
        "{log}"
    );
}

#[test]
fn a_second_start_reuses_the_data_without_recovery() {
    let world = World::open();
    let (service, endpoint) = postgres(&format!(
        "postgresql://app:pw@127.0.0.1:{}/app",
        free_port()
    ));
    let running = world.start(&service);
    run(
        &endpoint,
        "CREATE TABLE kept (value text); INSERT INTO kept VALUES ('still here')",
    );
    running.stop();
    fs::remove_file(world.workspace().join("postgres.log")).expect("log");
    // Postgres does not start on data that others may enter, as a copied workspace has it.
    #[cfg(unix)]
    fs::set_permissions(
        world.data(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .expect("chmod");
    let running = world.start(&service);
    assert_eq!(ask(&endpoint, "SELECT value FROM kept"), "still here");
    let log = running.stop();
    assert!(
        !log.contains("not properly shut down") && !log.contains("recovery"),
        "{log}"
    );
}

#[test]
fn a_killed_server_starts_again_with_everything_committed() {
    let world = World::open();
    let (service, endpoint) = postgres(&format!(
        "postgresql://app:pw@127.0.0.1:{}/app",
        free_port()
    ));
    let running = world.start(&service);
    run(
        &endpoint,
        "CREATE TABLE kept (value text); INSERT INTO kept VALUES ('committed')",
    );
    running.kill();
    let running = world.start(&service);
    assert_eq!(ask(&endpoint, "SELECT value FROM kept"), "committed");
    running.stop();
}

#[test]
fn a_pid_file_that_names_a_living_stranger_is_stale() {
    let world = World::open();
    let (service, endpoint) = postgres(&format!(
        "postgresql://app:pw@127.0.0.1:{}/app",
        free_port()
    ));
    world.start(&service).kill();
    let lock = world.data().join("postmaster.pid");
    let text = fs::read_to_string(&lock).expect("a killed server leaves its lock");
    let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
    fs::write(&lock, format!("{}\n{rest}", std::process::id())).expect("lock");
    let running = world.start(&service);
    assert!(accepts(&endpoint));
    running.stop();
}

#[test]
fn data_that_is_being_served_is_not_started_twice() {
    let world = World::open();
    let (service, _) = postgres(&format!(
        "postgresql://app:pw@127.0.0.1:{}/app",
        free_port()
    ));
    let running = world.start(&service);
    let failure = world.prepare(&service).expect_err("it runs already");
    assert_eq!(failure.exit, Exit::Busy);
    assert!(
        failure
            .message
            .contains(&format!("(pid {})", running.child.id())),
        "{failure}"
    );
    running.stop();
}

#[test]
fn data_of_another_major_version_is_left_alone() {
    let world = World::open();
    let (service, _) = postgres(&format!(
        "postgresql://app:pw@127.0.0.1:{}/app",
        free_port()
    ));
    let data = world.data();
    fs::create_dir_all(data.join("base")).expect("data");
    fs::write(data.join("PG_VERSION"), "9\n").expect("version");
    own_as_server(&data, &world);
    let failure = world
        .prepare(&service)
        .expect_err("nobody has PostgreSQL 9");
    assert_eq!(failure.exit, Exit::Unreachable);
    let help = failure.help.clone().unwrap_or_default();
    assert!(
        failure.message.contains("PostgreSQL 9") && failure.message.contains("PostgreSQL 18"),
        "{failure}"
    );
    assert!(
        failure.message.contains("postgres")
            && help.contains("install PostgreSQL 9")
            && help.contains(".old"),
        "{failure} {help}"
    );
    let mut left: Vec<_> = fs::read_dir(&data)
        .expect("data")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["PG_VERSION", "base"]);
}

/// As a server that ran before would have left it.
fn own_as_server(path: &Path, world: &World) {
    let account = account::unprivileged(world.surroundings.sudo_uid).expect("account");
    if let Some(account) = account {
        account.own(path).expect("chown");
    }
}

#[test]
fn a_half_finished_cluster_is_made_again_and_nothing_is_deleted() {
    let world = World::open();
    let (service, endpoint) = postgres(&format!(
        "postgresql://app:pw@127.0.0.1:{}/app",
        free_port()
    ));
    let home = world.workspace().join(".pixcrawler");
    fs::create_dir_all(home.join("postgres.initdb/base")).expect("staging");
    fs::write(home.join("postgres.initdb/PG_VERSION"), "15\n").expect("staging");
    fs::create_dir_all(home.join("postgres")).expect("data");
    fs::write(home.join("postgres/note.txt"), "mine").expect("note");
    let running = world.start(&service);
    assert!(accepts(&endpoint));
    assert_eq!(
        fs::read_to_string(home.join("postgres.incomplete-1/note.txt")).expect("note"),
        "mine"
    );
    assert!(!home.join("postgres.initdb").exists());
    running.stop();
}

#[test]
fn a_preparation_that_was_cut_off_is_simply_repeated() {
    let world = World::open();
    let (service, endpoint) = postgres(&format!(
        "postgresql://app:pw@127.0.0.1:{}/app",
        free_port()
    ));
    let begun = world
        .workspace()
        .join(".pixcrawler/postgres.initdb/PG_VERSION");
    let cut_off = block(async {
        let work = prepare(&service, world.workspace(), &world.surroundings, |_| {});
        let watch = async {
            while !begun.exists() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            _ = work => false,
            () = watch => true,
        }
    });
    assert!(cut_off && !world.data().exists());
    let running = world.start(&service);
    assert!(accepts(&endpoint));
    running.stop();
}

#[test]
fn a_changed_url_is_accepted_at_the_next_start() {
    let world = World::open();
    let port = free_port();
    let (service, endpoint) = postgres(&format!("postgresql://app:first@127.0.0.1:{port}/app"));
    world.start(&service).stop();
    let (service, changed) = postgres(&format!(
        "postgresql://app:second-p%C3%A4ssword@127.0.0.1:{port}/another"
    ));
    let running = world.start(&service);
    assert!(accepts(&changed), "{:?}", state(&changed));
    assert_eq!(state(&endpoint), DatabaseState::AuthFailed);
    running.stop();
}

#[test]
fn the_administrators_own_url_and_a_lost_password_file_are_mended() {
    let world = World::open();
    let port = free_port();
    let admin = |password: &str| {
        postgres(&format!(
            "postgresql://supabase_admin:{password}@127.0.0.1:{port}/postgres"
        ))
    };
    let (service, endpoint) = admin("first");
    let running = world.start(&service);
    assert!(accepts(&endpoint));
    running.stop();
    let (service, endpoint) = admin("second");
    let running = world.start(&service);
    assert!(accepts(&endpoint));
    running.stop();
    let password = fs::canonicalize(world.data())
        .expect("data")
        .with_file_name("postgres.password");
    fs::remove_file(password).expect("password");
    let running = world.start(&service);
    assert!(accepts(&endpoint));
    running.stop();
}

#[test]
fn data_that_was_put_back_without_its_password_is_ours() {
    let world = World::open();
    let port = free_port();
    let url = format!("postgresql://app:first@127.0.0.1:{port}/app");
    let (service, endpoint) = postgres(&url);
    world.start(&service).stop();
    let password = fs::canonicalize(world.data())
        .expect("data")
        .with_file_name("postgres.password");
    fs::write(&password, "of-other-data\n").expect("writable");
    let failure = world.refuses(&service);
    let name = password.display().to_string();
    assert!(
        failure
            .message
            .contains("has another administrator's password than")
            && failure.message.contains(&name),
        "{failure}"
    );
    let help = failure.help.expect("a way out");
    let (line, _) = help.split_once("   ").expect("a line and what it does");
    assert!(line.contains(&name), "{help}");
    fs::remove_file(&password).expect("it is there");
    let running = world.start(&service);
    assert!(accepts(&endpoint));
    running.stop();
}
