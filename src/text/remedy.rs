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

/// Ends a process: on Windows only with force, since a console program has no window to ask.
#[must_use]
pub fn end_process(pid: u32) -> String {
    if cfg!(windows) {
        format!("taskkill /F /PID {pid}")
    } else {
        format!("kill {pid}")
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
    use super::quoted;

    #[test]
    fn a_word_stays_one_word() {
        assert_eq!(quoted("A_B=redis://h:1/2"), "A_B=redis://h:1/2");
        assert_eq!(quoted("it's $x"), "'it'\\''s $x'");
        assert_eq!(quoted(""), "''");
    }
}
