//! The command that gets a tool onto this machine.

use super::Range;
use super::version::Version;

/// What is there to install with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installers {
    /// Programs that can fetch and install, as far as they are on PATH: `curl`, `brew`, `npm` …
    pub programs: Vec<&'static str>,
    /// Whether commands for administrators need no `sudo`.
    pub admin: bool,
    /// Whether this is Windows.
    pub windows: bool,
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
    "pip3",
    "pip",
    "pipx",
    "unzip",
    "winget",
    "sudo",
    "uv",
    "systemctl",
    "service",
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

    /// A package of the system.
    fn package(&self, brew: &str, others: &str) -> Option<String> {
        if self.has("brew") {
            return Some(format!("brew install {brew}"));
        }
        let line = if self.has("apt-get") {
            format!("apt-get install -y {others}")
        } else if self.has("dnf") {
            format!("dnf install -y {others}")
        } else if self.has("pacman") {
            format!("pacman -S --noconfirm {others}")
        } else if self.has("apk") {
            format!("apk add {others}")
        } else {
            return None;
        };
        Some(self.as_admin(&line))
    }

    fn script(&self, url: &str, shell: &str) -> Option<String> {
        if self.has("curl") {
            Some(format!("curl -LsSf {url} | {shell}"))
        } else if self.has("wget") {
            Some(format!("wget -qO- {url} | {shell}"))
        } else {
            None
        }
    }

    fn npm(&self, package: &str) -> Option<String> {
        self.has("npm").then(|| format!("npm install -g {package}"))
    }

    /// Every way to get a tool, the best first; never none.
    #[must_use]
    pub fn ways(&self, tool: &str, range: &Range) -> Vec<String> {
        let mut ways: Vec<String> = match tool {
            "uv" if self.windows => vec!["winget install astral-sh.uv".to_owned()],
            "uv" => {
                // Distributions close their Python to pip; a user's own folder is open.
                let pip = [
                    ("pipx", "pipx install uv"),
                    ("pip3", "PIP_BREAK_SYSTEM_PACKAGES=1 pip3 install --user uv"),
                    ("pip", "PIP_BREAK_SYSTEM_PACKAGES=1 pip install --user uv"),
                ]
                .into_iter()
                .find(|(pip, _)| self.has(pip));
                [
                    self.script("https://astral.sh/uv/install.sh", "sh"),
                    pip.map(|(_, line)| line.to_owned()),
                ]
                .into_iter()
                .flatten()
                .collect()
            }
            "python" => {
                let python = fitting(range, &["3.12", "3.13", "3.14", "3.11", "3.15"]);
                vec![format!(
                    "uv python install {python} && uv sync --all-packages"
                )]
            }
            "node" if self.windows => vec!["winget install OpenJS.NodeJS.LTS".to_owned()],
            "node" => {
                let major = fitting(range, &["22", "24", "20", "18", "26"]);
                let root = if self.admin { "" } else { "sudo -E " };
                [
                    self.has("brew").then(|| format!("brew install node@{major}")),
                    (self.has("apt-get") && self.has("curl")).then(|| {
                        let install = self.as_admin("apt-get install -y nodejs");
                        format!(
                            "curl -fsSL https://deb.nodesource.com/setup_{major}.x | {root}bash - && {install}"
                        )
                    }),
                    self.package("node", "nodejs npm"),
                ]
                .into_iter()
                .flatten()
                .collect()
            }
            "bun" if self.windows => {
                vec!["powershell -c \"irm bun.sh/install.ps1|iex\"".to_owned()]
            }
            // bun's script unpacks an archive.
            "bun" => [
                self.has("unzip")
                    .then(|| self.script("https://bun.sh/install", "bash"))
                    .flatten(),
                self.npm("bun"),
            ]
            .into_iter()
            .flatten()
            .collect(),
            "git" if self.windows => vec!["winget install Git.Git".to_owned()],
            "git" => self.package("git", "git").into_iter().collect(),
            // npm comes with Node.
            "npm" => return self.ways("node", &Range::parse(">=18")),
            other => self.npm(other).into_iter().collect(),
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
            ways.push(format!("install {tool}: {page}"));
        }
        ways
    }
}

/// The first of these that lies in the range: the one that most packages are built for, where it does.
fn fitting<'a>(range: &Range, offered: &[&'a str]) -> &'a str {
    let fits = |text: &&&str| Version::parse(text).is_some_and(|version| range.contains(&version));
    let first = offered.first().copied().unwrap_or_default();
    offered.iter().find(fits).copied().unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_can_be_run_here() {
        let any = Range::parse("");
        let with = |programs: &[&'static str], admin| Installers {
            programs: programs.to_vec(),
            admin,
            windows: false,
        };
        let ways = |installers: &Installers, tool| installers.ways(tool, &any);
        assert_eq!(
            ways(&with(&["curl", "pip"], false), "uv"),
            [
                "curl -LsSf https://astral.sh/uv/install.sh | sh",
                "PIP_BREAK_SYSTEM_PACKAGES=1 pip install --user uv"
            ]
        );
        assert_eq!(
            ways(&with(&["npm", "curl"], false), "bun"),
            ["npm install -g bun"]
        );
        assert_eq!(
            ways(&with(&["apt-get"], true), "git"),
            ["apt-get install -y git"]
        );
        assert_eq!(
            ways(&with(&["apt-get"], false), "git"),
            ["sudo apt-get install -y git"]
        );
        assert_eq!(
            ways(&with(&[], false), "bun"),
            ["install bun: https://bun.sh/docs/installation"]
        );
    }

    #[test]
    fn the_version_that_is_offered_lies_in_the_range() {
        let installers = Installers::default();
        let python = |range| installers.ways("python", &Range::parse(range)).remove(0);
        assert!(python(">=3.11").contains("install 3.12 "));
        assert!(python(">=3.13").contains("install 3.13 "));
        assert!(python("==3.11.*").contains("install 3.11 "));
    }
}
