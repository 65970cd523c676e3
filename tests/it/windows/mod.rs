//! `pixcrawler dev` from outside, on Windows: the cases of `tests/it/dev` by their names, as far as
//! there is such a thing there. The stubborn programs are this binary itself: no other is needed.

#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the system from outside"
)]

mod bound;
mod control;
mod ends;
mod killed;
mod machine;
mod procfile;
mod programs;
mod settings;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::windows::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, GenerateConsoleCtrlEvent};

/// Far beyond what anything here takes: only a hang ends at it.
const HANG: Duration = Duration::from_secs(40);

/// Whether `holds` within `limit`; asked again and again.
fn within(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let give_up = Instant::now() + limit;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() >= give_up {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Says that a part of a case did not run: the runner keeps what a case prints to itself.
fn left_out(what: &str) {
    let _ = writeln!(std::io::stderr(), "left out: {what}");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("bound").port()
}

/// A folder with `pixcrawler.toml`.
struct Workspace(TempDir);

impl Workspace {
    fn new(settings: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("px-").tempdir();
        let workspace = Self(dir.expect("a temporary folder"));
        workspace.write("pixcrawler.toml", settings);
        workspace
    }

    /// One whose services run stubborn programs: a name, the program's words, more of its table.
    fn stubborn(services: &[(&str, &str, &str)]) -> Self {
        let workspace = Self::new("");
        workspace.write("pixcrawler.toml", &workspace.services(services));
        workspace
    }

    fn services(&self, services: &[(&str, &str, &str)]) -> String {
        let service = |(name, words, more): &(&str, &str, &str)| {
            let ready = if more.contains("ready") {
                ""
            } else {
                "ready = { log = \"up\" }\n"
            };
            let command = self.program(words).map(|word| format!("'{word}'"));
            let command = command.join(", ");
            format!(
                "[services.{name}]\ncommand = [{command}]\nenv = {{ PX_PROGRAM = \"{words}\" }}\n{ready}{more}\n\n"
            )
        };
        services.iter().map(service).collect()
    }

    /// This binary as that program; the last word says where it is alive.
    fn program(&self, _words: &str) -> [String; 5] {
        let program = std::env::current_exe().expect("this binary");
        let word = |path: PathBuf| path.to_str().expect("UTF-8").to_owned();
        [
            word(program),
            "--exact".to_owned(),
            "--nocapture".to_owned(),
            programs::NAME.to_owned(),
            word(self.0.path().to_owned()),
        ]
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.0.path().join(name);
        fs::create_dir_all(file.parent().expect("below it")).expect("a folder");
        fs::write(file, text).expect("a written file");
    }

    fn command(&self, command: &[&str], args: &[&str]) -> Command {
        let mut words = Command::new(env!("CARGO_BIN_EXE_pixcrawler"));
        words
            .args(command)
            .arg("--workspace")
            .arg(self.0.path())
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        words
    }

    fn dev(&self, args: &[&str]) -> Session {
        Session::start(self.command(&["dev", "--no-check"], args))
    }

    /// Another command of the tool, run to its end.
    fn run(&self, command: &[&str], args: &[&str]) -> Ended {
        Session::start(self.command(command, args)).end()
    }

    /// The programs of it that live: each holds a file that nobody else may open.
    fn living(&self) -> Vec<String> {
        let files = fs::read_dir(self.0.path()).expect("it is there").flatten();
        let names = files.filter_map(|file| file.file_name().into_string().ok());
        let alive = names.filter(|name| name.starts_with(programs::ALIVE));
        alive
            .filter(|name| fs::read(self.0.path().join(name)).is_err())
            .collect()
    }

    fn assert_nothing_is_left(&self) {
        let gone = within(HANG, || self.living().is_empty());
        assert!(gone, "alive:\n{}", self.living().join("\n"));
    }
}

type Collected = Arc<Mutex<Vec<u8>>>;

/// A run that goes on.
struct Session {
    child: Child,
    out: Collected,
    err: Collected,
}

/// A run that has ended.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ended {
    fn all(&self) -> String {
        format!(
            "{}\n--- stderr\n{}\n--- {:?}",
            self.out, self.err, self.code
        )
    }
}

fn collect(mut stream: impl Read + Send + 'static) -> Collected {
    let collected = Collected::default();
    let into = Arc::clone(&collected);
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            let mut into = into.lock().expect("no panic while it is held");
            into.extend_from_slice(&buffer[..length]);
        }
    });
    collected
}

fn text(collected: &Collected) -> String {
    String::from_utf8_lossy(&collected.lock().expect("no panic while it is held")).into_owned()
}

impl Session {
    fn start(mut command: Command) -> Self {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        let child = command.creation_flags(CREATE_NEW_PROCESS_GROUP).spawn();
        let mut child = child.expect("the program starts");
        Self {
            out: collect(child.stdout.take().expect("piped")),
            err: collect(child.stderr.take().expect("piped")),
            child,
        }
    }

    fn out(&self) -> String {
        text(&self.out)
    }

    fn wait_for(&mut self, wanted: &str) {
        let shown = within(HANG, || {
            self.out().contains(wanted) || self.child.try_wait().expect("wait").is_some()
        });
        assert!(
            shown && within(HANG / 20, || self.out().contains(wanted)),
            "`{wanted}` never came:\n{}\n--- stderr\n{}",
            self.out(),
            text(&self.err)
        );
    }

    /// Ctrl+Break, as a terminal sends it; false where there is no console to send it by.
    #[expect(unsafe_code, reason = "the console interface has no safe wrapper")]
    fn ctrl_break(&self) -> bool {
        // SAFETY: takes two numbers.
        unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, self.child.id()) != 0 }
    }

    fn kill(&mut self) {
        self.child.kill().expect("it is alive");
    }

    fn end(mut self) -> Ended {
        let ended = within(HANG, || self.child.try_wait().expect("wait").is_some());
        assert!(ended, "it never ends:\n{}", self.out());
        let status = self.child.wait().expect("wait");
        std::thread::sleep(Duration::from_millis(200));
        Ended {
            code: status.code(),
            out: text(&self.out),
            err: text(&self.err),
        }
    }
}
