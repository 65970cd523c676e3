//! Ports, disks, leftovers: caused, found, mended with what is printed.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Place;
use crate::support::{HANG, free_port, within};

const API: &str = "from fastapi import FastAPI\napp = FastAPI()\n";

fn api(port: u16) -> Place {
    Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("backend/main.py", API),
        ("backend/.env", &format!("PORT={port}\n")),
    ])
}

#[test]
fn a_port_that_somebody_holds_is_freed_by_the_printed_command() {
    let port = free_port();
    let place = api(port);
    assert_eq!(place.check("ports", &[]).status(), "pass");
    let mut holder = Command::new("python3")
        .args([
            "-m",
            "http.server",
            "--bind",
            "127.0.0.1",
            &port.to_string(),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("python3");
    assert!(within(HANG, || pixcrawler::system::net::answers(port)));
    let taken = place.check("ports", &[]);
    taken.fails_with(
        "plan/port-taken",
        &format!("port {port} of `backend` is taken by"),
    );
    assert_eq!(taken.cure(), format!("kill {}", holder.id()));
    // Nobody's program is ended because somebody said yes to everything.
    let told = place.run(&["doctor", "--only", "ports", "--fix", "--yes"]);
    assert!(
        told.err
            .contains("left out: it ends a program that somebody started"),
        "{}",
        told.err
    );
    assert!(holder.try_wait().expect("a status").is_none());
    let typed = Command::new("sh").args(["-c", taken.cure()]).status();
    assert!(typed.expect("sh").success());
    holder.wait().expect("it was ended");
    assert_eq!(place.check("ports", &[]).status(), "pass");
}

#[test]
fn two_that_want_one_port_are_told_before_either_has_it() {
    let port = free_port();
    let place = api(port);
    place.write(
        "pixcrawler.toml",
        &format!("[services.one]\ncommand = \"one\"\nport = {port}\n"),
    );
    place
        .check("ports", &[])
        .fails_with("plan/port-clash", &format!("both want port {port}"));
    place.is_mended("ports");
    // A server that is not there yet has its port all the same.
    let place = api(port);
    place.write(
        "backend/.env",
        &format!("PORT={port}\nDATABASE_URL=postgresql+asyncpg://a:b@localhost:{port}/d\n"),
    );
    place.check("ports", &[]).fails_with(
        "plan/port-taken",
        &format!(
            "port {port} of `backend` is that of Postgres, named by DATABASE_URL (backend/.env:2)"
        ),
    );
    place.is_mended("ports");
}

#[test]
fn a_port_is_moved_to_where_others_expect_it() {
    let (port, called) = (free_port(), free_port());
    let place = api(port);
    let beside = port + 1;
    let url = format!("DATABASE_URL=postgresql+asyncpg://a:b@localhost:{beside}/d\n");
    place.write("backend/.env", &format!("PORT={port}\n{url}"));
    place.write(
        "pixcrawler.toml",
        &format!("[services.one]\ncommand = \"one\"\nport = {port}\n"),
    );
    let pages = |port: u16| format!("NEXT_PUBLIC_API_URL=http://127.0.0.1:{port}/api/v1\n");
    place.write("frontend/package.json", "{}");
    place.write("frontend/.env.local", &pages(called));
    let check = place.check("ports", &[]);
    let line = format!("pixcrawler env set --file backend/.env PORT={called}");
    assert_eq!(check.cure(), line);
    // A server is to be there.
    let text = check.text();
    assert!(!text.contains(&format!("port = {beside}")), "{text}");
    // Where they call the port that is left, they follow.
    place.write("frontend/.env.local", &pages(port));
    place.is_mended("ports");
    let now = |file: &str| std::fs::read_to_string(place.file(file)).expect("a file");
    let text = now("backend/.env");
    let moved = text.lines().find_map(|line| line.strip_prefix("PORT="));
    let moved: u16 = moved.and_then(|it| it.parse().ok()).expect("a port");
    assert_ne!(moved, port);
    assert_eq!(now("frontend/.env.local"), pages(moved));
}

#[test]
fn an_address_follows_its_service_to_another_port() {
    let (old, new) = (free_port(), free_port());
    let place = api(old);
    place.write("frontend/package.json", "{}");
    let pages = format!("NEXT_PUBLIC_API_URL=http://127.0.0.1:{old}/api/v1\n");
    place.write("frontend/.env.local", &pages);
    assert_eq!(place.check("ports", &[]).status(), "pass");
    place.write(
        "pixcrawler.toml",
        &format!("[services.backend]\nport = {new}\n"),
    );
    let told = format!(
        "NEXT_PUBLIC_API_URL (frontend/.env.local:1) leads to port {old}, where nobody listens: \
         `backend` has {new}, by pixcrawler.toml:2"
    );
    let found = place.check("ports", &[]);
    assert_eq!(found.status(), "warn", "{}", found.text());
    assert_eq!(found.findings(), [("plan/address-stale", told.as_str())]);
    let asked = place.run(&["health"]);
    assert_eq!(asked.code, Some(3), "{}", asked.out);
    let way = "pixcrawler doctor --only ports";
    assert!(asked.out.contains(way), "{}", asked.out);
    place.is_mended("ports");
    let now = |file: &str| std::fs::read_to_string(place.file(file)).expect("a file");
    let right = format!("NEXT_PUBLIC_API_URL=http://127.0.0.1:{new}/api/v1\n");
    assert_eq!(now("frontend/.env.local"), right);
    assert_eq!(now("backend/.env"), format!("PORT={new}\n"));
}

/// Whether a line of the shell, of which `$0` is the path, ends well.
fn shell(line: &str, path: &Path) -> bool {
    let ran = Command::new("sh")
        .args(["-c", line])
        .arg(path)
        .stderr(Stdio::null())
        .status();
    ran.is_ok_and(|status| status.success())
}

#[test]
fn a_full_disk_is_told_and_mended() {
    let place = Place::new(&[]);
    let disk = place.file("small");
    std::fs::create_dir_all(&disk).expect("a folder");
    // A loop device is a disk like any other; not every container has one.
    let device = "truncate -s 420M \"$0.img\" && mkfs.ext4 -q -m 0 \"$0.img\" && mount -o loop \"$0.img\" \"$0\"";
    let memory = "mount -t tmpfs -o size=320m none \"$0\"";
    if ![device, memory].iter().any(|line| shell(line, &disk)) {
        crate::support::left_out("a small disk", "only an administrator can mount one");
        return;
    }
    let inside = |name: &str| disk.join(name);
    std::fs::create_dir_all(inside("backend")).expect("a folder");
    std::fs::create_dir_all(inside(".pixcrawler/logs")).expect("a folder");
    std::fs::write(inside("pixcrawler.toml"), "").expect("a file");
    std::fs::write(
        inside(".pixcrawler/logs/backend.log"),
        vec![b'x'; 200 << 20],
    )
    .expect("a large file");
    let root = disk.to_str().expect("UTF-8").to_owned();
    let full = place.check("disk", &["--workspace", &root]);
    let fixed = place.run(&[
        "doctor",
        "--only",
        "disk",
        "--fix",
        "--yes",
        "--workspace",
        &root,
    ]);
    let gone = !inside(".pixcrawler/logs").exists();
    assert!(shell("umount \"$0\"", &disk));
    full.fails_with("machine/disk", "free on the disk of");
    assert_eq!(full.cure(), "rm -rf .pixcrawler/logs");
    assert!(gone, "{}", fixed.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_without_room_for_files_is_told_and_mended() {
    let place = Place::new(&[]);
    let disk = place.file("few");
    std::fs::create_dir_all(&disk).expect("a folder");
    if !shell(
        "mount -t tmpfs -o size=400m,nr_inodes=40 none \"$0\"",
        &disk,
    ) {
        crate::support::left_out("a disk of few files", "only an administrator can mount one");
        return;
    }
    let inside = |name: &str| disk.join(name);
    std::fs::create_dir_all(inside("backend")).expect("a folder");
    std::fs::create_dir_all(inside(".pixcrawler/logs")).expect("a folder");
    std::fs::write(inside("pixcrawler.toml"), "").expect("a file");
    let made = (0..100)
        .take_while(|at| std::fs::write(inside(&format!(".pixcrawler/logs/{at}.log")), "").is_ok())
        .count();
    let root = disk.to_str().expect("UTF-8").to_owned();
    let of = ["--workspace", root.as_str()];
    let full = place.check("disk", &of);
    let words = ["doctor", "--only", "disk", "--fix", "--yes"];
    let fixed = place.run(&[&words[..], &of].concat());
    let again = std::fs::write(inside("one more"), "");
    assert!(shell("umount \"$0\"", &disk));
    assert!(made < 40, "{made}");
    full.fails_with("machine/disk", "no more file fits on the disk of");
    assert_eq!(full.cure(), "rm -rf .pixcrawler/logs");
    assert!(again.is_ok(), "{}", fixed.err);
}

#[test]
fn a_disk_that_is_mounted_to_be_read_is_mended_by_the_printed_command() {
    let place = Place::new(&[]);
    let disk = place.file("read only");
    std::fs::create_dir_all(&disk).expect("a folder");
    let shell = |line: &str| shell(line, &disk);
    if !shell(
        "mount -t tmpfs -o size=2g none \"$0\" && mkdir \"$0/backend\" && touch \"$0/pixcrawler.toml\"",
    ) {
        crate::support::left_out("a read-only disk", "only an administrator can mount one");
        return;
    }
    assert!(shell("mount -o remount,ro \"$0\""));
    let root = disk.to_str().expect("UTF-8");
    let of = ["--workspace", root];
    let full = place.check("disk", &of);
    let line = full.help().replacen("sudo ", "", 1);
    let mended = shell(&line).then(|| place.check("disk", &of));
    assert!(shell("umount \"$0\""));
    full.fails_with("machine/disk", "is read-only");
    let mended = mended.unwrap_or_else(|| panic!("{line}"));
    assert!(!mended.text().contains("read-only"), "{}", mended.text());
}

/// A namespace of users has limits of its own, so that nobody else runs out of watches.
#[cfg(target_os = "linux")]
#[test]
fn watches_that_are_used_up_are_told() {
    let place = Place::new(&[]);
    let within = |limit: &str, room: u32| {
        let line = format!(
            "unshare -Ur sh -c 'echo {room} > /proc/sys/user/{limit} && exec pixcrawler doctor --only watches'"
        );
        place.follow(&line, "")
    };
    let free = within("max_inotify_watches", 100);
    if free.out.is_empty() {
        crate::support::left_out("used up watches", "no namespace of users is to be had");
        return;
    }
    assert_eq!(free.code, Some(0), "{}", free.out);
    let full = within("max_inotify_watches", 0);
    assert_eq!(full.code, Some(1), "{}", full.out);
    assert!(
        full.out.contains("file watches of this user are taken"),
        "{}",
        full.out
    );
    let full = within("max_inotify_instances", 0);
    assert!(
        full.out.contains("watchers of this user are taken"),
        "{}",
        full.out
    );
    assert!(
        full.out.contains("sysctl fs.inotify.max_user_instances="),
        "{}",
        full.out
    );
}

#[test]
fn what_an_old_start_script_left_is_found_and_removed() {
    let place = Place::new(&[
        ("backend.log", "x\n"),
        ("frontend.log", "x\n"),
        (
            "uvicorn",
            "import time\nprint('up', flush=True)\ntime.sleep(600)\n",
        ),
    ]);
    let mut stray = Command::new("python3")
        .args(["-BS", "uvicorn"])
        .current_dir(place.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    // The pipe stays open: the program must not end of it.
    let mut stdout = stray.stdout.take().expect("piped");
    let mut up = [0; 2];
    std::io::Read::read_exact(&mut stdout, &mut up).expect("it starts");
    let found = place.check("leftovers", &[]);
    let rules: Vec<&str> = found.findings().iter().map(|(rule, _)| *rule).collect();
    assert_eq!(
        rules,
        ["leftover/processes", "leftover/files"],
        "{}",
        found.text()
    );
    let told = place.run(&["doctor", "--only", "leftovers", "--fix", "--yes"]);
    assert!(!place.file("backend.log").exists(), "{}", told.err);
    // Somebody may have started it by hand: yes to everything is not yes to that.
    let line = format!("kill {}", stray.id());
    assert!(
        told.err.contains(&line) && told.err.contains("left out: it ends a program"),
        "{}",
        told.err
    );
    assert!(stray.try_wait().expect("its state").is_none());
    let mut typed = Command::new("sh").args(["-c", &line]).spawn().expect("sh");
    assert!(typed.wait().expect("it ends").success());
    stray.wait().expect("it was ended");
    assert_eq!(place.check("leftovers", &[]).status(), "pass");
}

#[test]
fn a_low_limit_of_open_files_is_raised_by_the_printed_command() {
    let place = Place::new(&[]);
    let check = "pixcrawler doctor --only open-files";
    let low = place.follow(&format!("ulimit -Sn 256; {check}"), "");
    assert!(
        low.out.contains("a process may have 256 files open"),
        "{}",
        low.out
    );
    let cure = low
        .out
        .lines()
        .find_map(|line| line.trim().strip_prefix("→ "))
        .expect("a way out")
        .to_owned();
    let mended = place.follow(&format!("ulimit -Sn 256; {cure}; {check}"), "");
    assert!(mended.out.contains("no problems"), "{cure}: {}", mended.out);
}

#[cfg(target_os = "linux")]
#[cfg(target_os = "linux")]
#[test]
fn who_may_hardly_open_a_file_takes_none_for_missing() {
    let place = api(free_port());
    let doctor = env!("CARGO_BIN_EXE_pixcrawler");
    let line = format!("ulimit -n 20; {doctor} doctor --offline --format json");
    let ran = Command::new("bash")
        .args(["-c", &line])
        .current_dir(place.path())
        .env("PATH", crate::tools::path())
        .output()
        .expect("bash");
    let told: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let checks = told["checks"].as_array().expect("checks");
    for check in checks {
        let (id, status) = (&check["id"], &check["status"]);
        let expected = if id == "open-files" {
            "fail"
        } else {
            "skipped"
        };
        assert_eq!(status, expected, "{check}");
    }
    assert!(checks.len() > 20, "{}", checks.len());
    let why = "only 20 files may be open here, open-files says more";
    assert_eq!(checks[0]["skipped"], why);
}

// Only a server elsewhere is asked for its clock.
#[cfg(target_os = "linux")]
#[test]
fn a_clock_that_differs_from_a_servers_is_told() {
    let server = crate::http_server::Server::elsewhere(|_| {
        crate::http_server::Answer::new(200, "{}").header("date", "Tue, 01 Jan 2030 00:00:00 GMT")
    });
    let place = Place::new(&[(".env", &format!("SUPABASE_URL={}\n", server.url()))]);
    let check = place.check("clock", &[]);
    check.fails_with("machine/clock", "this clock is");
    assert!(!check.help().is_empty());
}

#[test]
fn nothing_but_the_checkout_is_needed() {
    let mut place = api(free_port());
    place.set("PATH", "");
    let told = place.run(&["doctor", "--offline", "--format", "json"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    let value: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
    let silent =
        |check: &&serde_json::Value| check["findings"].to_string().contains("doctor/silent");
    assert_eq!(
        value["checks"]
            .as_array()
            .map(|checks| checks.iter().filter(silent).count()),
        Some(0),
        "{}",
        told.out
    );
}

#[test]
fn a_broken_plan_is_no_list_of_free_ports() {
    let place = Place::new(&[("pixcrawler.toml", "[services.mailer]\nport = 4000\n")]);
    let told = place.run(&["doctor", "--only", "ports"]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    assert!(
        told.out.contains("service `mailer`: it was not detected"),
        "{}",
        told.out
    );
    place.write("pixcrawler.toml", "[services.redis]\nport = 4000\n");
    let unsure = place.run(&["doctor", "--only", "ports"]);
    assert_eq!(unsure.code, Some(0), "{}{}", unsure.out, unsure.err);
    assert!(
        unsure.out.contains("skipped: which services there are"),
        "{}",
        unsure.out
    );
}
