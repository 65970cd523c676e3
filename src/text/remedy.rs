//! Commands that help, for a person to type, as the shell of this system understands them.

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
