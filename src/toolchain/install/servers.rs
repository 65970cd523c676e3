//! The command that starts a server of the system, where there is one, and that gets it where there is none.

use super::Installers;
use crate::text::remedy;

/// How a server of the system comes to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The command; none where there is nothing to get it with.
    pub line: Option<String>,
    /// Whether it only starts what is there.
    pub installed: bool,
}

/// A server that a system may have.
struct Server {
    /// Programs, and the service that starts each: with apt-get, and with others.
    programs: &'static [(&'static str, [&'static str; 2])],
    /// What starts it where no program tells how.
    usual: &'static str,
    /// Its package of brew, apt-get, dnf, pacman and apk; none where one does not do.
    packages: [Option<&'static str>; 5],
}

const REDIS: Server = Server {
    programs: &[
        ("redis-server", ["redis-server", "redis"]),
        ("valkey-server", ["valkey-server", "valkey"]),
    ],
    usual: "redis",
    packages: [
        Some("redis"),
        Some("redis-server"),
        Some("redis"),
        Some("valkey"),
        Some("redis"),
    ],
};

/// Others than brew's and Debian's packages want a data directory first.
const POSTGRES: Server = Server {
    programs: &[
        ("pg_ctlcluster", ["postgresql", "postgresql"]),
        ("postgres", ["postgresql", "postgresql"]),
    ],
    usual: "postgresql",
    packages: [Some("postgresql"), Some("postgresql"), None, None, None],
};

impl Installers {
    /// Redis, or Valkey.
    #[must_use]
    pub fn redis(&self) -> Start {
        self.server(&REDIS, remedy::start_redis())
    }

    /// Postgres.
    #[must_use]
    pub fn postgres(&self) -> Start {
        self.server(&POSTGRES, remedy::start_postgres())
    }

    fn server(&self, server: &Server, start: &str) -> Start {
        // Services of Windows are found by their names alone.
        if self.windows {
            return Start {
                line: Some(start.to_owned()),
                installed: true,
            };
        }
        let debian = self.has("apt-get");
        let there = server
            .programs
            .iter()
            .find(|(program, _)| self.has(program));
        if let Some((_, [of_debian, of_others])) = there {
            let name = if debian { of_debian } else { of_others };
            return Start {
                line: Some(self.starts(name)),
                installed: true,
            };
        }
        let [brew, apt, dnf, pacman, apk] = server.packages;
        let (package, name) = if self.has("brew") {
            (brew, brew)
        } else if debian {
            (apt, apt)
        } else if self.has("dnf") {
            (dnf, dnf)
        } else if self.has("pacman") {
            (pacman, pacman)
        } else {
            (apk, apk)
        };
        let install = package.and_then(|package| self.package(package, package));
        let name = name.unwrap_or(server.usual);
        Start {
            line: install.map(|install| format!("{install} && {}", self.starts(name))),
            installed: false,
        }
    }

    fn starts(&self, name: &str) -> String {
        if self.has("brew") {
            format!("brew services start {name}")
        } else {
            self.service(&format!("sudo systemctl start {name}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redis(programs: &[&'static str], admin: bool) -> (Option<String>, bool) {
        let installers = Installers {
            programs: programs.to_vec(),
            admin,
            ..Installers::default()
        };
        let start = installers.redis();
        (start.line, start.installed)
    }

    #[test]
    fn a_server_is_started_where_it_is_and_fetched_where_it_is_not() {
        let line = |line: &str, installed| (Some(line.to_owned()), installed);
        assert_eq!(
            redis(&["apt-get", "service", "redis-server"], true),
            line("service redis-server start", true)
        );
        assert_eq!(
            redis(&["apt-get", "sudo", "systemctl", "valkey-server"], false),
            line("sudo systemctl start valkey-server", true)
        );
        assert_eq!(
            redis(&["dnf", "systemctl", "redis-server"], true),
            line("systemctl start redis", true)
        );
        assert_eq!(
            redis(&["apt-get", "service"], true),
            line(
                "apt-get update && apt-get install -y redis-server && service redis-server start",
                false
            )
        );
        assert_eq!(
            redis(&["brew"], false),
            line("brew install redis && brew services start redis", false)
        );
        assert_eq!(
            redis(&["pacman", "systemctl", "sudo"], false),
            line(
                "sudo pacman -Sy --noconfirm valkey && sudo systemctl start valkey",
                false
            )
        );
        assert_eq!(redis(&["apt-get"], false), (None, false));
    }
}
