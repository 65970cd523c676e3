//! No room for logs: services live on, and the screen says so.

use nix::sys::signal::Signal;

use crate::support::{Dev, Workspace, stubborn};

fn assert_services_live_on(workspace: &Workspace, dev: &Dev) {
    let mut session = dev.start();
    session.wait_for("logs cannot be written");
    session.wait_for("all ready");
    session.signal(Signal::SIGINT);
    let ended = session.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.err);
    let shown = ended
        .out
        .lines()
        .filter(|line| line.contains(" torrent 0"))
        .count();
    assert_eq!(shown, 4 * (1 << 20) / 128, "everything is on the screen");
    assert_eq!(
        ended.out.matches("logs cannot be written").count(),
        1,
        "it is said once"
    );
    assert!(workspace.file("done").exists());
}

#[test]
fn a_file_that_may_not_grow() {
    let workspace = Workspace::new(&stubborn("api", "torrent 4 DIR/done", ""));
    let limited = [
        "sh",
        "-c",
        "trap '' XFSZ; ulimit -f 1024; exec \"$@\"",
        "sh",
    ];
    assert_services_live_on(&workspace, &workspace.dev(&[]).through(&limited));
}

/// A small file system of its own, where we may mount one.
#[cfg(target_os = "linux")]
struct Mounted(std::path::PathBuf);

#[cfg(target_os = "linux")]
impl Mounted {
    fn at(dir: std::path::PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&dir).expect("a folder");
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(&dir)
            .output();
        mount
            .is_ok_and(|output| output.status.success())
            .then_some(Self(dir))
    }
}

#[cfg(target_os = "linux")]
impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .args(["-l".as_ref(), self.0.as_os_str()])
            .status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let workspace = Workspace::new(&stubborn("api", "torrent 4 DIR/done", ""));
    let Some(_mounted) = Mounted::at(workspace.file(".pixcrawler/logs")) else {
        crate::support::left_out(
            "a full disk",
            "only root may mount one; the case above needs no rights",
        );
        return;
    };
    assert_services_live_on(&workspace, &workspace.dev(&[]));
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_full_disk_cost_is_said_where_it_is_missing() {
    let line = "echo up; until test -e go; do sleep 0.05; done; head -c 100000 /dev/zero | tr '\\\\0' x; echo; echo lost; until test -e more; do sleep 0.05; done; while :; do echo again; sleep 0.2; done";
    let workspace = Workspace::new(&super::control::shell("api", line));
    let Some(_mounted) = Mounted::at(workspace.file(".pixcrawler/logs")) else {
        crate::support::left_out("a hole in the logs", "only root may mount a small disk");
        return;
    };
    let mut session = workspace.dev(&[]).start();
    session.wait_for("all ready");
    let filler = workspace.file(".pixcrawler/logs/filler");
    // As much as there is room for.
    let _ = std::fs::write(&filler, vec![b'x'; 2 << 20]);
    workspace.write("go", "");
    session.wait_for("logs cannot be written");
    session.wait_for("lost");
    std::fs::remove_file(&filler).expect("room");
    workspace.write("more", "");
    let is_said = || {
        let logged = workspace.command(&["logs"], &["--format", "json"]).run();
        let notes = logged.out.lines().filter(|line| {
            line.contains("\"event\":\"note\"") && line.contains("are missing here")
        });
        notes.count() > 0
    };
    assert!(
        crate::support::within(crate::support::HANG, is_said),
        "{}",
        workspace.log("api")
    );
    session.signal(Signal::SIGINT);
    session.end();
    assert!(workspace.log("api").contains("are missing here"));
    let logged = workspace.command(&["logs"], &[]).run().out;
    let (before, after) = logged.split_once("are missing here").expect("it is said");
    assert!(
        before.contains("up") && !before.contains(" api  again"),
        "{logged}"
    );
    assert!(after.contains(" api  again"), "{logged}");
}
