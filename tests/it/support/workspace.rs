//! A workspace in a temporary folder, and the command line that runs it.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use tempfile::TempDir;

use super::session::{Ended, Session};
use super::survivors::living;

/// A folder with `pixcrawler.toml` and a copy of the stubborn programs.
pub(crate) struct Workspace {
    dir: TempDir,
}

/// A port that nobody has at the moment, and that nobody was given before: the kernel may offer one twice.
pub(crate) fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        if GIVEN.lock().expect("nobody panics in there").insert(port) {
            return port;
        }
    }
}

/// A service that runs a stubborn program and is ready when that says `up`; `more` is further TOML of its table.
pub(crate) fn stubborn(name: &str, words: &str, more: &str) -> String {
    let mut words = words.split_whitespace();
    let program = words.next().expect("a program");
    let args: Vec<String> = std::iter::once(String::new())
        .chain(words.map(|word| format!("\"{word}\"")))
        .collect();
    let args = args.join(", ");
    let ready = if more.contains("ready") {
        ""
    } else {
        "ready = { log = \"up\" }\n"
    };
    format!(
        "[services.{name}]\ncommand = [\"python3\", \"-BS\", \"DIR/stubborn/{program}.py\"{args}]\n{ready}{more}\n\n"
    )
}

/// Whoever runs the tests may have been started so that a hangup means nothing; what they start is to
/// hear of one.
#[cfg(unix)]
#[expect(unsafe_code, reason = "a signal can only be given its meaning so")]
fn hear_hangups() {
    use nix::sys::signal::{SigHandler, Signal, signal};
    // SAFETY: no code runs at the signal.
    unsafe { signal(Signal::SIGHUP, SigHandler::SigDfl) }.expect("allowed");
}

impl Workspace {
    /// A workspace with this `pixcrawler.toml`, in which `DIR` stands for its folder.
    pub(crate) fn new(settings: &str) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("px-")
            .tempdir()
            .expect("a temporary folder");
        let workspace = Self { dir };
        workspace.write(
            "pixcrawler.toml",
            &settings.replace("DIR", workspace.path().to_str().expect("UTF-8")),
        );
        let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/stubborn");
        fs::create_dir(workspace.file("stubborn")).expect("a folder");
        for program in fs::read_dir(programs).expect("the programs").flatten() {
            fs::copy(
                program.path(),
                workspace.file("stubborn").join(program.file_name()),
            )
            .expect("a copy");
        }
        workspace
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let file = self.file(name);
        fs::create_dir_all(file.parent().expect("below the workspace")).expect("a folder");
        fs::write(file, text).expect("a written file");
    }

    /// A service's log file.
    pub(crate) fn log(&self, service: &str) -> String {
        let bytes =
            fs::read(self.file(&format!(".pixcrawler/logs/{service}.log"))).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// `pixcrawler dev` in this workspace, with an environment that does not depend on who runs the tests.
    pub(crate) fn dev(&self, args: &[&str]) -> Dev {
        // Whoever attaches has nothing to check.
        let is_guest = args.contains(&"--attach");
        let first: &[&str] = if is_guest {
            &["dev"]
        } else {
            &["dev", "--no-check"]
        };
        self.command(first, args)
    }

    /// Another command of the tool in this workspace.
    pub(crate) fn command(&self, command: &[&str], args: &[&str]) -> Dev {
        let mut words = vec![env!("CARGO_BIN_EXE_pixcrawler").to_owned()];
        words.extend(command.iter().map(|word| (*word).to_owned()));
        words.extend([
            "--workspace".to_owned(),
            self.path().to_str().expect("UTF-8").to_owned(),
        ]);
        words.extend(args.iter().map(|word| (*word).to_owned()));
        Dev {
            words,
            envs: Vec::new(),
            dir: self.path().to_owned(),
        }
    }
}

impl Drop for Workspace {
    /// Whatever a failed case left behind is ended: the path in its command belongs to this case alone.
    fn drop(&mut self) {
        super::within(std::time::Duration::from_secs(5), || {
            let left = living(self.path());
            for process in &left {
                end(process.pid);
            }
            left.is_empty()
        });
    }
}

/// Ends a process with its group, out of which it may be forking; ours is left alone.
fn end(process: u32) {
    use nix::sys::signal::{Signal, kill, killpg};
    let process = super::session::pid(process);
    match nix::unistd::getpgid(Some(process)) {
        Ok(group) if group != nix::unistd::getpgrp() => drop(killpg(group, Signal::SIGKILL)),
        _ => drop(kill(process, Signal::SIGKILL)),
    }
}

/// A command line that is to be run.
#[derive(Clone)]
pub(crate) struct Dev {
    words: Vec<String>,
    envs: Vec<(String, String)>,
    dir: PathBuf,
}

impl Dev {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.envs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// In another folder's workspace.
    pub(crate) fn at(mut self, dir: &Path) -> Self {
        let flag = self.words.iter().position(|word| word == "--workspace");
        let word = flag.and_then(|at| self.words.get_mut(at + 1));
        dir.to_str()
            .expect("UTF-8")
            .clone_into(word.expect("it is always given"));
        self
    }

    /// Typed in another folder, about the same workspace.
    pub(crate) fn typed_in(mut self, dir: &Path) -> Self {
        dir.clone_into(&mut self.dir);
        self
    }

    /// Typed in a folder below the workspace, which is found from there without being named.
    pub(crate) fn found_from(mut self, dir: &Path) -> Self {
        if let Some(at) = self.words.iter().position(|word| word == "--workspace") {
            self.words.drain(at..at + 2);
        }
        self.typed_in(dir)
    }

    /// Run by another program: `wrapper… pixcrawler dev …`.
    pub(crate) fn through(mut self, wrapper: &[&str]) -> Self {
        self.words
            .splice(0..0, wrapper.iter().map(|word| (*word).to_owned()));
        self
    }

    /// Run in a terminal: what is typed goes through [`Session::type_in`].
    pub(crate) fn in_terminal(self) -> Self {
        let terminal = self
            .dir
            .join("stubborn/terminal.py")
            .to_str()
            .expect("UTF-8")
            .to_owned();
        self.through(&["python3", "-BS", &terminal])
            .env("TERM", "xterm-256color")
    }

    /// As another user: a copy of the program where everybody can reach it.
    pub(crate) fn by_nobody(mut self) -> Self {
        let program = self.dir.join("pixcrawler");
        super::executable_copy(self.words[0].as_ref(), &program);
        program
            .to_str()
            .expect("UTF-8")
            .clone_into(&mut self.words[0]);
        let chown = Command::new("chown")
            .args(["-R", "65534:65534"])
            .arg(&self.dir)
            .status();
        assert!(chown.expect("chown").success());
        self.through(&[
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
        ])
    }

    /// As another user, who owns nothing here and may look at all that is open to everybody.
    pub(crate) fn by_a_stranger(mut self) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let program = self.dir.join("pixcrawler");
        if !program.exists() {
            super::executable_copy(self.words[0].as_ref(), &program);
        }
        program
            .to_str()
            .expect("UTF-8")
            .clone_into(&mut self.words[0]);
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&self.dir, open).expect("a folder of ours");
        self.through(&[
            "setpriv",
            "--reuid=65533",
            "--regid=65533",
            "--clear-groups",
        ])
    }

    fn command(&self) -> Command {
        #[cfg(unix)]
        hear_hangups();
        let mut command = Command::new(&self.words[0]);
        command
            .args(&self.words[1..])
            .current_dir(&self.dir)
            .env_clear();
        // What decides how output looks is left out.
        let kept = [
            "PATH",
            "HOME",
            "USER",
            "TMPDIR",
            "SYSTEMROOT",
            "PATHEXT",
            "COMSPEC",
            "TEMP",
            "TMP",
        ];
        for name in kept {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("LC_ALL", "C.UTF-8")
            .envs(crate::tools::network())
            .envs(self.envs.iter().map(|(name, value)| (name, value)));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts it; its output is collected.
    pub(crate) fn start(&self) -> Session {
        Session::new(
            self.command().spawn().expect("the program starts"),
            self.dir.clone(),
            true,
        )
    }

    /// Starts it; nobody reads its stdout until [`Session::read_on`].
    pub(crate) fn start_unread(&self) -> Session {
        Session::new(
            self.command().spawn().expect("the program starts"),
            self.dir.clone(),
            false,
        )
    }

    /// Runs it to its end, which it finds by itself.
    pub(crate) fn run(&self) -> Ended {
        self.start().end()
    }
}
