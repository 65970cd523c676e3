//! Celery's remote control, against real workers.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pixcrawler::system::celery::{self, Answers};

use super::valkey::command;
use super::{HANG, World, block, free_port, redis, uv};

/// Workers that end with the test, however it ends.
struct Workers(Vec<Child>);

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &mut self.0 {
            if let Ok(pid) = i32::try_from(worker.id()) {
                let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            }
            let _ = worker.wait();
        }
    }
}

/// Real workers of the oldest and newest Celery that the tool speaks to.
#[test]
fn celery_workers_answer_with_their_pids_and_leave_nothing_behind() {
    let uv = uv();
    let world = World::open();
    let (service, broker) = redis(&format!("redis://:pw@127.0.0.1:{}/3", free_port()));
    let server = world.start(&service);
    assert_eq!(
        block(celery::inspect_stats(&broker, HANG)).expect("broker"),
        Answers {
            said: Vec::new(),
            asked: 0
        }
    );

    let url = format!("redis://:pw@127.0.0.1:{}/3", broker.port);
    fs::write(
        world.workspace().join("lab.py"),
        format!("from celery import Celery\napp = Celery('lab', broker='{url}')\n"),
    )
    .expect("app");
    let mut workers = Workers(Vec::new());
    for (version, kombu) in [("5.3.6", "5.3.7"), ("5.6.0", "5.6.0")] {
        let venv = world.workspace().join(version);
        let done =
            |command: &mut Command| assert!(command.status().expect("uv").success(), "{command:?}");
        done(
            Command::new(&uv)
                .args(["venv", "--quiet", "--no-project", "--python", ">=3.11"])
                .arg(&venv),
        );
        let packages = [
            format!("celery=={version}"),
            format!("kombu=={kombu}"),
            "redis<6".to_owned(),
        ];
        done(
            Command::new(&uv)
                .args(["pip", "install", "--quiet", "--python"])
                .arg(&venv)
                .args(packages),
        );
        let worker = Command::new(venv.join("bin/celery"))
            .args([
                "-A",
                "lab",
                "worker",
                "-c",
                "1",
                "-n",
                &format!("{version}@%h"),
            ])
            .current_dir(world.workspace())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("celery");
        workers.0.push(worker);
    }
    let mut expected: Vec<u32> = workers.0.iter().map(Child::id).collect();
    let mut answered = Vec::new();
    let give_up = Instant::now() + HANG;
    while answered.len() < expected.len() && Instant::now() < give_up {
        answered = block(celery::inspect_stats(&broker, Duration::from_secs(5)))
            .expect("broker")
            .said;
    }
    let keys: Vec<String> = command(&broker, &["KEYS", "*reply*"]);
    drop(workers);
    server.stop();
    let mut pids: Vec<u32> = answered.iter().map(|worker| worker.pid).collect();
    pids.sort_unstable();
    expected.sort_unstable();
    assert_eq!(pids, expected, "{answered:?}");
    assert!(
        answered
            .iter()
            .all(|worker| worker.concurrency == Some(1) && worker.processes.len() == 1),
        "{answered:?}"
    );
    assert_eq!(keys, Vec::<String>::new());
}
