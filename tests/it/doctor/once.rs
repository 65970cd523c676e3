//! Nothing is asked twice: programs, servers, addresses.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use super::Place;
use crate::http_server::{Answer, Server};
use crate::managed::{World, free_port, postgres, redis};

/// A listener of another language that counts whoever comes. One that says nothing and hangs up would be asked again.
fn counting() -> (u16, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let count = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            *counted.lock().expect("no panic") += 1;
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
    });
    (port, count)
}

const PROGRAMS: &[(&str, &str)] = &[
    (
        "uv",
        "case \"$*\" in *find*) echo \"DEBUG uv 0.9.1 (x)\" >&2; echo \"$PWD/bin/python3\";; *) echo uv 0.9.1;; esac",
    ),
    ("python3", "echo Python 3.12.1"),
    ("node", "echo v22.1.0"),
    ("bun", "echo 1.2.3"),
    (
        "git",
        "case \"$1\" in --version) echo git version 2.40.0;; *) exit 1;; esac",
    ),
];

const DRIZZLE: &str = "import { defineConfig } from 'drizzle-kit';\nexport default defineConfig({ dialect: 'postgresql', schema: './schema.ts', out: './drizzle', dbCredentials: { url: process.env.DATABASE_URL! } });\n";
const JOURNAL: &str = r#"{"version":"7","dialect":"postgresql","entries":[{"idx":0,"version":"7","when":1700000000000,"tag":"0000_first","breakpoints":true}]}"#;

/// A checkout with both tiers, migrations, and everything that names a server, in every tier.
fn place(database: &str, redis: &str, supabase: &str) -> Place {
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\nrequires-python = \">=3.11\"\n",
        ),
        (
            "frontend/package.json",
            r#"{"packageManager": "bun@1.2.3", "scripts": {"dev": "next"}}"#,
        ),
        ("frontend/drizzle.config.ts", DRIZZLE),
        ("frontend/drizzle/meta/_journal.json", JOURNAL),
        (
            "frontend/drizzle/0000_first.sql",
            "CREATE TABLE \"first\" (\"id\" uuid PRIMARY KEY);\n",
        ),
        (".git/HEAD", "ref: refs/heads/main\n"),
    ]);
    let all = format!(
        "DATABASE_URL={database}\nPOSTGRES_URL={database}\nCELERY_BROKER_URL={redis}/2\nCELERY_RESULT_BACKEND={redis}/3\nREDIS_URL={redis}/0\nSUPABASE_URL={supabase}\nSUPABASE_ANON_KEY=sb_publishable_Zk3v9Qm2Lw8Rt5Yx7Bn\nSUPABASE_SERVICE_ROLE_KEY=sb_secret_Pq8w3Er6Ty1Ui4Op9As\nNEXT_PUBLIC_SUPABASE_URL={supabase}\nNEXT_PUBLIC_SUPABASE_ANON_KEY=sb_publishable_Zk3v9Qm2Lw8Rt5Yx7Bn\nNEXT_PUBLIC_APP_URL=http://localhost:3000\nNEXT_PUBLIC_API_URL={supabase}/api\n"
    );
    for file in [".env", "backend/.env", "frontend/.env"] {
        place.write(file, &all);
    }
    place
}

#[test]
fn every_program_and_every_address_is_asked_once() {
    let asked = Arc::new(Mutex::new(BTreeMap::<String, usize>::new()));
    let heard = Arc::clone(&asked);
    let server = Server::start(move |request| {
        let key = request.header("apikey").unwrap_or_default().to_owned();
        let line = format!("{} {} {key}", request.method, request.path);
        *heard.lock().expect("no panic").entry(line).or_default() += 1;
        Answer::new(200, "{}")
    });
    let (database, databases) = counting();
    let (redis, caches) = counting();
    let mut place = place(
        &format!("postgresql://app:pw@127.0.0.1:{database}/pix"),
        &format!("redis://127.0.0.1:{redis}"),
        &server.url(),
    );
    let calls = place.file("calls");
    for (name, body) in PROGRAMS {
        let told = format!("echo \"{name} $*\" >> {}\n{body}", calls.display());
        place.program(&format!("bin/{name}"), &told);
    }
    let bin = place.file("bin").to_str().expect("UTF-8").to_owned();
    place.set("PATH", &format!("{bin}:/bin:/usr/bin"));
    let told = place.run(&["doctor", "--format", "json"]);
    assert!(told.out.contains("\"checks\""), "{}", told.err);

    let calls = fs::read_to_string(calls).expect("programs were asked");
    let mut lines: Vec<&str> = calls.lines().collect();
    lines.sort_unstable();
    let (all, mut programs) = (lines.len(), lines.clone());
    lines.dedup();
    assert_eq!(all, lines.len(), "asked twice:\n{calls}");
    // What the last commit has of each file that is gone or says nothing is a question of its own.
    programs.retain(|line| !line.contains(" cat-file blob HEAD:"));
    for line in &mut programs {
        *line = line.split(' ').next().unwrap_or_default();
    }
    for (name, _) in PROGRAMS {
        let times = programs.iter().filter(|program| *program == name).count();
        // Git says its version, and which files it ignores.
        let most = if *name == "git" { 2 } else { 1 };
        assert!((1..=most).contains(&times), "{name}: {times}\n{calls}");
    }
    // It does not speak Postgres, and is asked who it is instead.
    assert_eq!(*databases.lock().expect("no panic"), 2, "Postgres");
    assert_eq!(*caches.lock().expect("no panic"), 1, "Redis");
    let asked = asked.lock().expect("no panic");
    assert!(
        asked.len() >= 4 && asked.values().all(|times| *times == 1),
        "{asked:?}"
    );
}

#[test]
fn uv_and_a_bun_that_stays_offline_are_asked_once_for_their_locks() {
    let mut place = place("postgresql://u:p@127.0.0.1:1/d", "redis://127.0.0.1:1", "");
    place.write("uv.lock", "version = 1\nrequires-python = \">=3.11\"\n");
    place.write(
        "frontend/bun.lock",
        "{\"lockfileVersion\": 1, \"workspaces\": {\"\": {}}}",
    );
    let calls = place.file("calls");
    let bin = place.file("bin").to_str().expect("UTF-8").to_owned();
    place.set("PATH", &format!("{bin}:/bin:/usr/bin"));
    for (version, times) in [("1.4.5", 1), ("1.3.9", 0)] {
        for (name, body) in PROGRAMS {
            let body = body.replace("1.2.3", version);
            let told = format!("echo \"{name} $*\" >> {}\n{body}", calls.display());
            place.program(&format!("bin/{name}"), &told);
        }
        let _ = fs::remove_file(&calls);
        place.run(&["doctor", "--offline", "--format", "json"]);
        let calls = fs::read_to_string(&calls).expect("programs were asked");
        for (words, times) in [
            ("uv -v lock --check --offline --no-build", 1),
            ("bun install --frozen-lockfile --dry-run --offline", times),
            ("bun --version", 1),
        ] {
            assert_eq!(calls.matches(words).count(), times, "{words}: {calls}");
        }
    }
}

#[test]
fn real_servers_see_one_connection() {
    let world = World::open();
    let (port, cache) = (free_port(), free_port());
    let url = format!("postgresql://app:pw@127.0.0.1:{port}/pix");
    let (service, _) = postgres(&url);
    world.start(&service).stop();
    let conf = world.data().join("postgresql.auto.conf");
    let text = fs::read_to_string(&conf).unwrap_or_default();
    fs::write(&conf, format!("{text}\nlog_connections = on\n")).expect("settings");
    let running = world.start(&service);
    let (service, endpoint) = redis(&format!("redis://127.0.0.1:{cache}/0"));
    let other = world.start(&service);
    let connections = || {
        crate::managed::block(async {
            let mut connection = pixcrawler::system::cache::connect(&endpoint)
                .await
                .expect("connect");
            let info: String = redis::cmd("INFO")
                .arg("stats")
                .query_async(&mut connection)
                .await
                .expect("INFO");
            let line = info
                .lines()
                .find_map(|line| line.strip_prefix("total_connections_received:"));
            line.and_then(|count| count.trim().parse::<u32>().ok())
                .expect("a number")
        })
    };
    let place = place(
        &url,
        &format!("redis://127.0.0.1:{cache}"),
        "http://127.0.0.1:9",
    );
    let before = connections();
    let told = place.run(&["doctor", "--offline", "--format", "json"]);
    // The second look is a connection of its own.
    assert_eq!(connections() - before, 2, "{}", told.out);
    assert!(told.out.contains("0 of 1 applied to"), "{}", told.out);
    other.stop();
    let log = running.stop();
    let ours = log
        .lines()
        .filter(|line| line.contains("connection authorized: user=app database=pix"))
        .count();
    assert_eq!(ours, 1, "{log}");
    assert!(!log.contains("reset by peer"), "{log}");
}

#[test]
fn a_git_whose_list_several_checks_want_is_asked_once() {
    let mut place = place("postgresql://u:p@127.0.0.1:1/d", "redis://127.0.0.1:1", "");
    // An index that only git itself could read.
    place.write(".git/index", "unknown");
    for name in ["objects/a", "refs/a"] {
        place.write(&format!(".git/{name}"), "");
    }
    let calls = place.file("calls");
    let script = format!("echo \"git $*\" >> {}\nexit 1", calls.display());
    place.program("bin/git", &script);
    let bin = place.file("bin").to_str().expect("UTF-8").to_owned();
    place.set("PATH", &format!("{bin}:/bin:/usr/bin"));
    let only = "env,git-files,git-keys";
    place.run(&["doctor", "--only", only, "--offline"]);
    let calls = fs::read_to_string(calls).expect("git was asked");
    assert_eq!(calls.matches("ls-files").count(), 1, "{calls}");
}

#[test]
fn what_one_command_has_set_no_other_sets_anew() {
    let place = Place::new(&[
        ("backend/.env", "SUPABASE_URL=http://127.0.0.1:54321\n"),
        (
            "frontend/package.json",
            "{\"scripts\": {\"dev\": \"next dev\"}}",
        ),
        ("frontend/.env", "NEXT_PUBLIC_SUPABASE_URL=htp:/x\n"),
    ]);
    let words = [
        "doctor",
        "--offline",
        "--only",
        "env,supabase",
        "--fix",
        "--yes",
    ];
    let told = place.run(&words);
    let text = std::fs::read_to_string(place.file("frontend/.env")).expect("a file");
    assert!(
        text.contains("NEXT_PUBLIC_SUPABASE_URL=http://127.0.0.1:54321\n"),
        "{text}\n{}\n{}",
        told.out,
        told.err
    );
}
