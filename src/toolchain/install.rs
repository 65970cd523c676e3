//! The command that gets a tool onto this machine.

mod others;
mod python;
mod root;
mod servers;
#[cfg(test)]
mod tests;
mod web;

use super::choice;
use super::pin::Pin;
use super::range::Range;

pub(super) use python::PYTHONS;
pub use servers::Start;
pub(super) use web::NODES;

/// What is there to install with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installers {
    /// Programs that can fetch and install, as far as they are on PATH: `curl`, `brew`, `npm` …
    pub programs: Vec<&'static str>,
    /// Whether commands for administrators need no `sudo`.
    pub admin: bool,
    /// Whether this is Windows.
    pub windows: bool,
    /// Whether what npm installs for everybody lands where npm itself is, and we may write there.
    pub open_npm: bool,
}

/// The programs that [`Installers`] wants to know of.
pub const PROGRAMS: &[&str] = &[
    "curl",
    "wget",
    "brew",
    "apt-get",
    "dnf",
    "pacman",
    "apk",
    "npm",
    "fnm",
    "volta",
    "mise",
    "nvm",
    "corepack",
    "pip3",
    "pip",
    "pipx",
    "unzip",
    "winget",
    "sudo",
    "uv",
    "systemctl",
    "service",
    "redis-server",
    "valkey-server",
    "postgres",
    "pg_ctlcluster",
];

impl Installers {
    fn has(&self, program: &str) -> bool {
        self.programs.contains(&program)
    }

    /// A command for administrators.
    #[must_use]
    pub fn as_admin(&self, line: &str) -> String {
        if self.admin || self.windows {
            line.to_owned()
        } else {
            format!("sudo {line}")
        }
    }

    /// A command that starts a service of the system, where this machine runs services so.
    #[must_use]
    pub fn service(&self, line: &str) -> String {
        let Some((_, name)) = line.split_once("systemctl start ") else {
            return line.to_owned();
        };
        // A container has no systemd, though it may have its program.
        if self.has("systemctl") || !self.has("service") {
            self.as_admin(&format!("systemctl start {name}"))
        } else {
            self.as_admin(&format!("service {name} start"))
        }
    }

    /// A line for a person, written for an administrator by `sudo` and for systemd, as this machine takes
    /// it: a container has neither. Without `sudo`, who is no administrator has to become one some other way.
    #[must_use]
    pub fn fitted(&self, line: &str) -> String {
        if self.windows {
            return line.to_owned();
        }
        let line = match line.split_once("systemctl start ") {
            Some((before, rest)) if !self.has("systemctl") && self.has("service") => {
                let (name, rest) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
                format!("{before}service {name} start{rest}")
            }
            _ => line.to_owned(),
        };
        if !self.admin {
            return self.as_root(&line);
        }
        let words: Vec<&str> = line.split(' ').filter(|word| *word != "sudo").collect();
        words.join(" ")
    }

    /// A package of the system, where we may install one.
    fn package(&self, brew: &str, others: &str) -> Option<String> {
        if self.has("brew") {
            return Some(format!("brew install {brew}"));
        }
        if !self.admin && !self.has("sudo") {
            return None;
        }
        if self.has("apt-get") {
            // A fresh image has no lists of what there is.
            let update = self.as_admin("apt-get update");
            let install = self.as_admin(&format!("apt-get install -y {others}"));
            return Some(format!("{update} && {install}"));
        }
        let line = if self.has("dnf") {
            format!("dnf install -y {others}")
        } else if self.has("pacman") {
            format!("pacman -Sy --noconfirm {others}")
        } else if self.has("apk") {
            format!("apk add {others}")
        } else {
            return None;
        };
        Some(self.as_admin(&line))
    }

    /// A script from the network, with what fetches it where that is missing.
    fn script(&self, url: &str, shell: &str, needs: &[&'static str]) -> Option<String> {
        let missing: Vec<&str> = needs
            .iter()
            .copied()
            .filter(|program| !self.has(program))
            .collect();
        let fetches = ["curl", "wget"].into_iter().find(|name| self.has(name));
        let line = match fetches {
            Some("wget") => format!("wget -qO- {url} | {shell}"),
            _ => format!("curl -LsSf {url} | {shell}"),
        };
        if fetches.is_some() && missing.is_empty() {
            return Some(line);
        }
        let mut packages = missing;
        if fetches.is_none() {
            packages.extend(["curl", "ca-certificates"]);
        }
        let packages = packages.join(" ");
        Some(format!("{} && {line}", self.package(&packages, &packages)?))
    }

    /// A program out of npm's registry; into the user's own folder where npm's belongs to the system.
    fn npm(&self, package: &str) -> Option<String> {
        self.has("npm").then(|| {
            if self.windows || self.open_npm {
                format!("npm install -g {package}")
            } else {
                format!("npm install -g --prefix ~/.local {package}")
            }
        })
    }

    /// Every way to get a tool, the best first; never none. A way may fail where another does not: a
    /// machine that reaches a registry of packages reaches not every page. What is pinned is what is
    /// installed, where the range has it.
    #[must_use]
    pub fn ways(&self, tool: &str, range: &Range, pin: Option<&Pin>) -> Vec<String> {
        let pinned = pin.and_then(|pin| Some((pin, pin.range(tool)?)));
        let pinned = pinned.filter(|(_, wanted)| choice::meet(wanted, range));
        let (wanted, range) = match &pinned {
            Some((pin, wanted)) => (Some(pin.wanted.as_str()), wanted),
            None => (None, range),
        };
        let mut ways: Vec<String> = match tool {
            "uv" => self.uv(range),
            "node" => self.node(range),
            "bun" => self.bun(range, wanted),
            "git" if self.windows => vec!["winget install Git.Git".to_owned()],
            "git" => self.package("git", "git").into_iter().collect(),
            other => self.manager(other, range, wanted),
        };
        ways.dedup();
        if ways.is_empty() {
            let page = match tool {
                "uv" => "https://docs.astral.sh/uv/getting-started/installation",
                "bun" => "https://bun.sh/docs/installation",
                "git" => "https://git-scm.com/downloads",
                "pnpm" => "https://pnpm.io/installation",
                "yarn" => "https://yarnpkg.com/getting-started/install",
                _ => "https://nodejs.org/en/download",
            };
            let version = match wanted {
                Some(wanted) => format!(" {wanted}"),
                None if choice::takes_newest(range) => String::new(),
                None => format!(" {range}"),
            };
            ways.push(format!("install {tool}{version}: {page}"));
        }
        ways
    }
}
