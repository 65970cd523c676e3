//! Programs that no check asks for, and services call: the package of the system that brings each.

use super::Installers;

/// A program, and its package of brew, apt-get, dnf, pacman and apk; none where one has none, or another name a release.
type Package = (&'static str, [Option<&'static str>; 5]);

/// A package that is called like its program everywhere.
const fn alike(name: &'static str) -> Package {
    (name, [Some(name); 5])
}

const PACKAGES: &[Package] = &[
    alike("bash"),
    alike("caddy"),
    alike("cmake"),
    alike("curl"),
    alike("ffmpeg"),
    alike("git"),
    alike("jq"),
    alike("just"),
    alike("nginx"),
    alike("rsync"),
    alike("socat"),
    alike("tmux"),
    alike("unzip"),
    alike("wget"),
    alike("zip"),
    // On macOS those two come with the command line tools.
    (
        "gcc",
        [None, Some("gcc"), Some("gcc"), Some("gcc"), Some("gcc")],
    ),
    (
        "make",
        [None, Some("make"), Some("make"), Some("make"), Some("make")],
    ),
    (
        "nc",
        [
            Some("netcat"),
            Some("netcat-openbsd"),
            Some("nmap-ncat"),
            Some("openbsd-netcat"),
            Some("netcat-openbsd"),
        ],
    ),
    (
        "psql",
        [
            None,
            Some("postgresql-client"),
            Some("postgresql"),
            None,
            Some("postgresql-client"),
        ],
    ),
    (
        "redis-cli",
        [
            Some("redis"),
            Some("redis-tools"),
            Some("redis"),
            None,
            Some("redis"),
        ],
    ),
    (
        "sqlite3",
        [
            Some("sqlite"),
            Some("sqlite3"),
            Some("sqlite"),
            Some("sqlite"),
            Some("sqlite"),
        ],
    ),
];

/// Who installs packages, in the order of [`Package`].
const MANAGERS: [&str; 5] = ["brew", "apt-get", "dnf", "pacman", "apk"];

impl Installers {
    /// The command that installs the package which brings a program, where one is known.
    fn program(&self, name: &str) -> Option<String> {
        let (_, packages) = PACKAGES.iter().find(|(known, _)| *known == name)?;
        let at = MANAGERS.iter().position(|manager| self.has(manager))?;
        let package = packages[at]?;
        self.package(package, package)
    }

    /// How to get a program that is missing, or what else to do; `place` says in words where its name stands.
    #[must_use]
    pub fn to_get(&self, name: &str, place: &str) -> String {
        match self.program(name) {
            Some(line) => format!("{line}   or name it with its folder {place}"),
            None => format!("install it, or name it with its folder {place}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_comes_with_its_package() {
        let with = |programs: &[&'static str]| Installers {
            programs: programs.to_vec(),
            admin: true,
            ..Installers::default()
        };
        for (programs, name, wanted) in [
            (&["dnf"][..], "nc", Some("dnf install -y nmap-ncat")),
            (&["brew"], "jq", Some("brew install jq")),
            (&["brew", "apt-get"], "make", None),
            (&["apk"], "nosuch", None),
            (&[], "make", None),
        ] {
            assert_eq!(with(programs).program(name).as_deref(), wanted, "{name}");
        }
    }

    #[test]
    fn packages_stand_once_and_in_order() {
        for pair in PACKAGES[..15].windows(2).chain(PACKAGES[15..].windows(2)) {
            assert!(pair[0].0 < pair[1].0, "{}", pair[1].0);
        }
    }
}
