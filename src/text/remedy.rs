//! Commands that help, for a person to type, as the shell of this system understands them.

/// A word as this platform's shell takes it for one.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'_' | b'-' | b'.' | b'/' | b':' | b'=' | b'+' | b',' | b'@'
            )
            || (cfg!(windows) && byte == b'\\')
    };
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else if cfg!(windows) {
        format!("\"{}\"", word.replace('"', "\"\"").replace('%', "%%"))
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Opens a file at a line, for what only a person can decide. Windows' own editor knows no lines.
#[must_use]
pub fn open_at(path: &str, line: usize) -> String {
    if cfg!(windows) {
        format!("notepad {}", quoted(&path.replace('/', "\\")))
    } else {
        format!("${{EDITOR:-vi}} +{line} {}", quoted(path))
    }
}

/// Puts a program out of the way of others of its name; nothing is lost.
#[must_use]
pub fn put_aside(path: &str) -> String {
    if cfg!(windows) {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        format!("ren {} {}", quoted(path), quoted(&format!("{name}.off")))
    } else {
        format!("mv {} {}", quoted(path), quoted(&format!("{path}.off")))
    }
}

/// Puts a folder onto PATH, for this terminal.
#[must_use]
pub fn on_path(folder: &str) -> String {
    if cfg!(windows) {
        format!("set PATH={folder};%PATH%")
    } else {
        format!("export PATH=\"{folder}:$PATH\"")
    }
}

/// Sets a variable of the terminal, whose value only a person knows: it asks, so that no word of ours becomes the
/// value where the line is run as it stands.
#[must_use]
pub fn set_here(name: &str) -> String {
    if cfg!(windows) {
        format!("set /p \"{name}={name}: \"")
    } else {
        format!("read -r {name} && export {name}")
    }
}

/// The same in words where a CI runs it, and nobody types.
#[must_use]
pub fn set_in_ci(name: &str) -> String {
    format!("set {name} among the secrets or variables of this CI, and hand it to this step")
}

/// The variable that such a line asks for; none of any other line.
#[must_use]
pub fn set_by(line: &str) -> Option<&str> {
    let rest = line
        .strip_prefix("read -r ")
        .or_else(|| line.strip_prefix("set /p \""))?;
    let name = rest.split([' ', '=']).next()?;
    (line == set_here(name)).then_some(name)
}

/// Sets a variable of the terminal.
#[must_use]
pub fn set_to(name: &str, value: &str) -> String {
    if cfg!(windows) {
        format!("set \"{name}={value}\"")
    } else {
        format!("export {name}={}", quoted(value))
    }
}

/// Takes variables away from the terminal.
#[must_use]
pub fn unset(names: &[String]) -> String {
    if cfg!(windows) {
        let lines: Vec<String> = names
            .iter()
            .map(|name| format!("set \"{name}=\""))
            .collect();
        lines.join(" & ")
    } else {
        format!("unset {}", names.join(" "))
    }
}

/// Switches on the part of the network in which a machine reaches itself.
pub const LOOPBACK: Option<&str> = if cfg!(target_os = "linux") {
    Some("ip link set lo up")
} else if cfg!(target_os = "macos") {
    Some("ifconfig lo0 up")
} else {
    None
};

/// Who may do that.
pub const AS_ROOT: &str = "as root: `sudo` before the command gives others the right to it";

/// Asks what answers while this machine's network is off.
pub const OFFLINE: &str = "pixcrawler doctor --offline";

/// Whether a line can be pasted into a terminal: it begins with a program that somebody has, and not
/// with a word for people.
#[must_use]
pub fn is_command(line: &str) -> bool {
    let line = line.trim_start_matches('(').trim_start();
    let mut words = line.split_whitespace();
    let program = words.by_ref().find(|word| {
        // `NAME=value program`, `sudo -E program`.
        let assigns = word
            .split_once('=')
            .is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
        !assigns && !matches!(*word, "sudo" | "-E")
    });
    let Some(program) = program else {
        return false;
    };
    // A command, and then something to be done by hand.
    if line.contains(", then ") {
        return false;
    }
    let more = words.count();
    match program {
        "${EDITOR:-vi}" => true,
        "set" => cfg!(windows) && more > 0,
        "copy" => cfg!(windows) && more == 2,
        known => PROGRAMS.contains(&known),
    }
}

/// What a way out may begin with.
const PROGRAMS: &[&str] = &[
    "pixcrawler",
    ".",
    "apk",
    "apt-get",
    "az",
    "brew",
    "bun",
    "cd",
    "chmod",
    "chown",
    "cleanmgr",
    "corepack",
    "cp",
    "curl",
    "date",
    "del",
    "df",
    "dnf",
    "docker",
    "du",
    "echo",
    "export",
    "find",
    "fnm",
    "git",
    "iconv",
    "ip",
    "kill",
    "ls",
    "lsof",
    "mise",
    "mkdir",
    "mknod",
    "mount",
    "mv",
    "netstat",
    "node",
    "notepad",
    "npm",
    "npx",
    "nslookup",
    "nvm",
    "openssl",
    "pacman",
    "pg_dumpall",
    "pip",
    "pip3",
    "pipx",
    "pnpm",
    "podman",
    "powershell",
    "printf",
    "prlimit",
    "ps",
    "psql",
    "rd",
    "read",
    "redis-cli",
    "ren",
    "rm",
    "rmdir",
    "service",
    "sntp",
    "su",
    "supabase",
    "sysctl",
    "systemctl",
    "taskkill",
    "tasklist",
    "timedatectl",
    "ulimit",
    "unset",
    "uv",
    "uvx",
    "volta",
    "w32tm",
    "wget",
    "winget",
    "yarn",
];

/// Ends a process: on Windows only with force, since a console program has no window to ask.
#[must_use]
pub fn end_process(pid: u32) -> String {
    if cfg!(windows) {
        format!("taskkill /F /PID {pid}")
    } else {
        format!("kill {pid}")
    }
}

/// Ends a process that does not hear any more.
#[must_use]
pub fn kill_process(pid: u32) -> String {
    if cfg!(windows) {
        format!("taskkill /F /PID {pid}")
    } else {
        format!("kill -9 {pid}")
    }
}

/// Shows who listens on a port, also where that takes more rights than ours.
#[must_use]
pub fn show_listener(port: u16) -> String {
    if cfg!(windows) {
        format!("netstat -ano | findstr :{port}")
    } else {
        format!("sudo lsof -iTCP:{port} -sTCP:LISTEN")
    }
}

/// Shows who has a port for datagrams, on which nobody listens.
#[must_use]
pub fn show_receiver(port: u16) -> String {
    if cfg!(windows) {
        format!("netstat -ano -p UDP | findstr :{port}")
    } else {
        format!("sudo lsof -iUDP:{port}")
    }
}

/// Shows who has any UDP port.
#[must_use]
pub fn show_receivers() -> &'static str {
    if cfg!(windows) {
        "netstat -ano -p UDP"
    } else {
        "sudo lsof -nP -iUDP"
    }
}

/// Shows who listens on any port.
#[must_use]
pub fn show_listeners() -> &'static str {
    if cfg!(windows) {
        "netstat -ano | findstr LISTENING"
    } else {
        "sudo lsof -nP -iTCP -sTCP:LISTEN"
    }
}

/// Starts the Postgres that this system has as a service.
#[must_use]
pub fn start_postgres() -> &'static str {
    if cfg!(windows) {
        "powershell Start-Service postgresql*"
    } else if cfg!(target_os = "macos") {
        "brew services start postgresql"
    } else {
        "sudo systemctl start postgresql"
    }
}

/// Starts the Redis that this system has as a service.
#[must_use]
pub fn start_redis() -> &'static str {
    if cfg!(windows) {
        "powershell Start-Service memurai"
    } else if cfg!(target_os = "macos") {
        "brew services start redis"
    } else {
        "sudo systemctl start redis-server"
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::{is_command, open_at, quoted};

    #[test]
    fn what_can_be_pasted_is_told_from_words() {
        for line in [
            "pixcrawler env set --file backend/.env A=-",
            "(cd frontend && bun install)",
            "PIP_BREAK_SYSTEM_PACKAGES=1 pip3 install --user uv",
            "sudo -E apt-get install -y git",
            "export PATH=\"/x:$PATH\"",
            &open_at("a b/.env", 3),
        ] {
            assert!(is_command(line), "{line}");
        }
        for words in [
            "give it a value, or comment the line out",
            "set LIMITER_REDIS_DB=1",
            "copy URL and keys from the same project",
            "use the same project in all tiers",
            "cp .env.example .env, then fill in what is marked as required",
            "install bun: https://bun.sh",
            "",
        ] {
            assert!(!is_command(words), "{words}");
        }
        assert_eq!(open_at("a b/.env", 3), "${EDITOR:-vi} +3 'a b/.env'");
    }

    #[test]
    fn a_word_stays_one_word() {
        assert_eq!(quoted("A_B=redis://h:1/2"), "A_B=redis://h:1/2");
        assert_eq!(quoted("it's $x"), "'it'\\''s $x'");
        assert_eq!(quoted(""), "''");
    }
}
