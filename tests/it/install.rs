//! `install.sh` against a release that a local file server holds, in a checkout whose cargo is a
//! stand-in: what gets installed, and what is refused.

#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the system from outside"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::{executable, executable_copy};

/// What a release and a build put in place of the real program.
const RELEASED: &str = "#!/bin/sh\necho pixcrawler 9.9.9 released\n";
const BUILT: &str = "#!/bin/sh\necho pixcrawler 9.9.9 built\n";
const OLD: &str = "#!/bin/sh\necho pixcrawler 0.0.1 old\n";

/// A checkout, a home, a folder of stand-ins that is first on PATH, and what a release server serves.
struct World {
    folder: TempDir,
    server: Server,
}

/// How a run of the script went.
struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

/// `python3 -m http.server`, ended with the test.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut process = Command::new("python3")
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3 serves files");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("it is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it says where it listens");
        // Serving HTTP on 127.0.0.1 port 41234 (http://127.0.0.1:41234/) ...
        let port = line
            .split(' ')
            .nth(5)
            .and_then(|port| port.parse().ok())
            .expect("its port");
        Self { process, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        for name in ["checkout", "home", "programs", "served"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        executable_copy(
            &repository.join("install.sh"),
            &folder.path().join("checkout/install.sh"),
        );
        fs::write(
            folder.path().join("checkout/Cargo.toml"),
            "[package]\nname = \"pixcrawler\"\nversion = \"9.9.9\"\n",
        )
        .expect("a manifest");
        let server = Server::start(&folder.path().join("served"));
        let world = Self { folder, server };
        let build = format!(
            "#!/bin/sh\necho cargo \"$@\"\nmkdir -p \"$CARGO_TARGET_DIR/release\"\ncat > \"$CARGO_TARGET_DIR/release/pixcrawler\" <<'END'\n{BUILT}END\n"
        );
        world.stand_in("cargo", &build);
        world.stand_in("cc", "#!/bin/sh\n");
        world.machine("Linux x86_64");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The machine that `uname` speaks of, the same wherever this test runs.
    fn machine(&self, name: &str) {
        let (system, processor) = name.split_once(' ').expect("a system and a processor");
        self.stand_in(
            "uname",
            &format!("#!/bin/sh\ncase $1 in -m) echo {processor} ;; *) echo {system} ;; esac\n"),
        );
        self.stand_in("ldd", "#!/bin/sh\necho 'ldd (GNU libc) 2.36'\n");
    }

    fn stand_in(&self, name: &str, script: &str) {
        executable(&self.path("programs").join(name), script);
    }

    /// Serves a release of the checkout's version; `checksum` in place of the right one.
    fn release(&self, checksum: Option<&str>) {
        let folder = self.path("served/download/v9.9.9");
        fs::create_dir_all(&folder).expect("a folder");
        executable(&folder.join("pixcrawler"), RELEASED);
        let script = format!(
            "tar -czf {0} pixcrawler && {{ sha256sum {0} || shasum -a 256 {0}; }} > {0}.sha256 2>/dev/null",
            "pixcrawler-x86_64-unknown-linux-gnu.tar.gz"
        );
        let packed = Command::new("sh")
            .args(["-c", &script])
            .current_dir(&folder)
            .status()
            .expect("sh runs");
        assert!(packed.success(), "the release is packed");
        if let Some(checksum) = checksum {
            fs::write(
                folder.join("pixcrawler-x86_64-unknown-linux-gnu.tar.gz.sha256"),
                format!("{checksum}  pixcrawler\n"),
            )
            .expect("a checksum");
        }
    }

    fn install(&self, arguments: &[&str]) -> Run {
        let output = Command::new("sh")
            .arg(self.path("checkout/install.sh"))
            .args(arguments)
            .current_dir(self.path("home"))
            .env_clear()
            .env("HOME", self.path("home"))
            .env(
                "PATH",
                format!(
                    "{}:{}",
                    self.path("programs").display(),
                    std::env::var("PATH").unwrap_or_default()
                ),
            )
            .env(
                "PIXCRAWLER_CLI_RELEASES",
                format!("http://127.0.0.1:{}", self.server.port),
            )
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .stdin(Stdio::null())
            .output()
            .expect("sh runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Run {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    fn binary(&self) -> PathBuf {
        self.path("home/.local/bin/pixcrawler")
    }

    fn installed(&self) -> Option<String> {
        fs::read_to_string(self.binary()).ok()
    }

    /// A version that an earlier run installed.
    fn older(&self) {
        fs::create_dir_all(self.path("home/.local/bin")).expect("a folder");
        executable(&self.binary(), OLD);
    }

    /// Everything in the folder that holds the binary.
    fn beside(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("home/.local/bin")).expect("the folder");
        entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    }
}

#[test]
fn a_release_with_the_right_checksum_is_installed() {
    let world = World::new();
    world.release(None);
    let run = world.install(&[]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{}", run.out);
    assert_eq!(world.installed().as_deref(), Some(RELEASED));
    assert!(
        run.out.contains("installed pixcrawler 9.9.9 released"),
        "{}",
        run.out
    );
    assert!(!run.out.contains("cargo build"), "{}", run.out);
    assert!(run.out.contains("is not on PATH; add it"), "{}", run.out);
}

#[test]
fn a_wrong_checksum_is_refused_and_the_old_binary_stays() {
    let world = World::new();
    world.release(Some(&"0".repeat(64)));
    world.older();
    let run = world.install(&[]);
    assert_eq!(run.code, Some(1), "{}", run.out);
    assert!(
        run.err.contains("nothing was installed") && run.err.contains("--from-source"),
        "{}",
        run.err
    );
    assert_eq!(world.installed().as_deref(), Some(OLD));
}

#[test]
fn a_release_without_a_checksum_is_refused() {
    let world = World::new();
    world.release(None);
    fs::remove_file(
        world.path("served/download/v9.9.9/pixcrawler-x86_64-unknown-linux-gnu.tar.gz.sha256"),
    )
    .expect("it was there");
    let run = world.install(&[]);
    assert_eq!(run.code, Some(1), "{}", run.out);
    assert!(run.err.contains("cannot be checked"), "{}", run.err);
    assert_eq!(world.installed(), None);
}

#[test]
fn without_a_release_the_checkout_is_built() {
    let world = World::new();
    world.older();
    let run = world.install(&[]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{}", run.out);
    assert!(
        run.out.contains("no release to be had at")
            && run.out.contains("cargo build --release --locked\n"),
        "{}",
        run.out
    );
    assert_eq!(world.installed().as_deref(), Some(BUILT));
    assert_eq!(world.beside(), ["pixcrawler"]);
}

#[test]
fn a_platform_without_binaries_builds_too() {
    let world = World::new();
    world.release(None);
    world.machine("Linux riscv64");
    let run = world.install(&[]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(
        run.out.contains("no binary is released for Linux riscv64"),
        "{}",
        run.out
    );
    assert_eq!(world.installed().as_deref(), Some(BUILT));
}

#[test]
fn musl_is_a_platform_of_its_own() {
    let world = World::new();
    world.release(None);
    world.stand_in("ldd", "#!/bin/sh\necho 'musl libc (x86_64)' >&2\nexit 1\n");
    let run = world.install(&[]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(world.installed().as_deref(), Some(BUILT));
}

#[test]
fn a_second_run_changes_nothing() {
    let world = World::new();
    world.release(None);
    assert_eq!(world.install(&[]).code, Some(0));
    let run = world.install(&[]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.out.contains("pixcrawler is up to date"), "{}", run.out);
    assert_eq!(world.beside(), ["pixcrawler"]);
}

#[test]
fn another_folder_can_be_chosen() {
    let world = World::new();
    let run = world.install(&["--from-source", "--prefix", "elsewhere"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(
        !run.out.contains("looking for a released binary"),
        "{}",
        run.out
    );
    assert_eq!(
        fs::read_to_string(world.path("home/elsewhere/bin/pixcrawler"))
            .ok()
            .as_deref(),
        Some(BUILT)
    );
    assert_eq!(world.installed(), None);
}

#[test]
fn a_failed_build_says_what_to_do() {
    let world = World::new();
    world.older();
    world.stand_in(
        "cargo",
        "#!/bin/sh\necho 'error: rustc 1.70.0 is not supported' >&2\nexit 101\n",
    );
    let run = world.install(&[]);
    assert_eq!(run.code, Some(1), "{}", run.out);
    assert!(
        run.err.contains("the build failed") && run.err.contains("rustup update stable"),
        "{}",
        run.err
    );
    assert_eq!(world.installed().as_deref(), Some(OLD));
}

#[test]
fn a_version_that_is_asked_for_is_never_replaced_by_a_build() {
    let world = World::new();
    world.release(None);
    let run = world.install(&["--version", "v1.2.3"]);
    assert_eq!(run.code, Some(1), "{}", run.out);
    assert!(
        run.err
            .contains("pixcrawler 1.2.3 cannot be had as a binary"),
        "{}",
        run.err
    );
    assert_eq!(world.installed(), None);
}

#[test]
fn a_mistyped_argument_is_bad_usage() {
    let world = World::new();
    let run = world.install(&["--dmeo"]);
    assert_eq!(
        (run.code, run.err.as_str()),
        (
            Some(2),
            "error: unknown argument: --dmeo\n = help: ./install.sh --help\n"
        )
    );
    assert_eq!(world.install(&["--", "--until-ready"]).code, Some(2));
    assert_eq!(world.install(&["--prefix"]).code, Some(2));
    assert_eq!(world.installed(), None);
}

/// The rest of the way, with stand-ins for what a demo downloads.
mod demo {
    use super::{World, fs};

    /// A program that makes a starter and tells how it was started.
    const PROGRAM: &str = "#!/bin/sh
case $1 in
new) mkdir -p \"$2/backend\" \"$2/celery_core\" \"$2/frontend\"
     touch \"$2/backend/main.py\" \"$2/celery_core/app.py\" \"$2/frontend/package.json\" ;;
dev) echo \"ran $* in ${PWD##*/}\"; exit 7 ;;
esac
";

    fn world() -> World {
        let world = World::new();
        let build = format!(
            "#!/bin/sh\nmkdir -p \"$CARGO_TARGET_DIR/release\"\ncat > \"$CARGO_TARGET_DIR/release/pixcrawler\" <<'END'\n{PROGRAM}END\n"
        );
        world.stand_in("cargo", &build);
        world.stand_in("uv", "#!/bin/sh\necho uv 1.2.3\n");
        world.stand_in("bun", "#!/bin/sh\necho 1.2.3\n");
        world
    }

    #[test]
    fn it_ends_in_the_session_and_with_its_exit_code() {
        let world = world();
        let run = world.install(&["--demo", "--", "--until-ready"]);
        assert_eq!((run.code, run.err.as_str()), (Some(7), ""), "{}", run.out);
        assert!(
            run.out.contains("uv is here: uv 1.2.3") && run.out.contains("bun is here: 1.2.3"),
            "{}",
            run.out
        );
        assert!(
            run.out
                .ends_with("ran dev --migrate --until-ready in pixcrawler-demo\n"),
            "{}",
            run.out
        );
        let again = world.install(&["--demo"]);
        assert!(
            again.out.contains("using the starter workspace in"),
            "{}",
            again.out
        );
        assert_eq!(again.code, Some(7), "{}", again.err);
    }

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let world = world();
        fs::create_dir(world.path("home/pixcrawler-demo")).expect("a folder");
        fs::write(
            world.path("home/pixcrawler-demo/thesis.tex"),
            "years of work",
        )
        .expect("a file");
        let run = world.install(&["--demo"]);
        assert_eq!(run.code, Some(1), "{}", run.out);
        assert!(run.err.contains("is no starter workspace"), "{}", run.err);
        assert_eq!(
            fs::read_dir(world.path("home/pixcrawler-demo"))
                .expect("the folder")
                .count(),
            1
        );
    }

    #[test]
    fn uv_comes_into_an_environment_of_its_own_and_bun_through_npm() {
        let world = world();
        // Neither is usable: whatever else is on PATH stays hidden behind these.
        world.stand_in("uv", "#!/bin/sh\nexit 1\n");
        world.stand_in("bun", "#!/bin/sh\nexit 1\n");
        world.stand_in("pipx", "#!/bin/sh\nexit 1\n");
        // `python3 -m venv DIR`, whose python then installs uv.
        world.stand_in(
            "python3",
            "#!/bin/sh
mkdir -p \"$3/bin\"
cat > \"$3/bin/python\" <<END
#!/bin/sh
printf '#!/bin/sh\\necho uv 4.5.6\\n' > '$3/bin/uv'; chmod +x '$3/bin/uv'
END
chmod +x \"$3/bin/python\"
",
        );
        // An npm that does not run the package's own installation.
        world.stand_in(
            "npm",
            "#!/bin/sh
while [ \"$1\" != --prefix ]; do shift; done
mkdir -p \"$2/bin\" \"$2/lib/node_modules/bun\"
printf '#!/bin/sh\\n[ -f \"%s/ran\" ] && echo 4.5.6\\n' \"$2\" > \"$2/bin/bun\"; chmod +x \"$2/bin/bun\"
",
        );
        world.stand_in(
            "node",
            "#!/bin/sh\n[ \"$1\" = install.js ] && touch ../../../ran\n",
        );
        let run = world.install(&["--demo"]);
        assert_eq!((run.code, run.err.as_str()), (Some(7), ""), "{}", run.out);
        assert!(
            run.out.contains("    uv 4.5.6\n") && run.out.contains("    4.5.6\n"),
            "{}",
            run.out
        );
        let mut programs = world.beside();
        programs.sort();
        assert_eq!(programs, ["bun", "pixcrawler", "uv"]);
    }
}
