//! A `PgBouncer` before a server of the tests.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::{HANG, free_port, program, within};

/// How long a client keeps a session of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As long as it is connected.
    Session,
    /// As long as its transaction.
    Transaction,
    /// As long as its statement.
    Statement,
    /// As long as its transaction, and it takes every parameter that a server takes.
    Disguised,
}

/// A pooler that runs until it is dropped.
pub(crate) struct Pooler {
    child: Child,
    port: u16,
    _dir: TempDir,
}

impl Pooler {
    /// In front of the server on `server`, whose databases are found by their own names. None, and a word
    /// about it, where there is no pgbouncer.
    pub(crate) fn start(server: u16, user: &str, password: &str, mode: Mode) -> Option<Self> {
        let program = program("pgbouncer", "a case with a pooler")?;
        let port = free_port();
        let dir = tempfile::tempdir().expect("a folder");
        let users = dir.path().join("users.txt");
        fs::write(&users, format!("\"{user}\" \"{password}\"\n")).expect("users");
        let (mode, ignored) = match mode {
            Mode::Session => ("session", ""),
            Mode::Transaction => ("transaction", ""),
            Mode::Statement => ("statement", ""),
            Mode::Disguised => ("transaction", "extra_float_digits"),
        };
        let settings = [
            "[databases]".to_owned(),
            format!("* = host=127.0.0.1 port={server} user={user} password={password}"),
            "[pgbouncer]".to_owned(),
            "listen_addr = 127.0.0.1".to_owned(),
            format!("listen_port = {port}"),
            "unix_socket_dir =".to_owned(),
            "auth_type = plain".to_owned(),
            format!("auth_file = {}", users.display()),
            format!("pool_mode = {mode}"),
            format!("ignore_startup_parameters = {ignored}"),
            "default_pool_size = 8".to_owned(),
        ];
        let ini = dir.path().join("pgbouncer.ini");
        fs::write(&ini, settings.join("\n") + "\n").expect("settings");
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("chmod");
        let mut command = Command::new(program);
        command
            .arg(&ini)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if nix::unistd::Uid::effective().is_root() {
            // It refuses to run as root.
            command.uid(65_534).gid(65_534);
        }
        let child = command.spawn().expect("pgbouncer starts");
        let pooler = Self {
            child,
            port,
            _dir: dir,
        };
        assert!(
            within(HANG, || pixcrawler::system::net::answers(port)),
            "the pooler never listened"
        );
        Some(pooler)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
