//! uv, and the Python that it installs.

use crate::text::remedy::quoted;
use crate::toolchain::choice;
use crate::toolchain::pin::Pin;
use crate::toolchain::range::Range;

use super::Installers;

/// The lines of Python's releases, the one that most packages are built for first.
pub(in crate::toolchain) const PYTHONS: &[&str] = &["3.12", "3.13", "3.14", "3.11", "3.15"];

impl Installers {
    pub(super) fn uv(&self, range: &Range) -> Vec<String> {
        let newest = choice::takes_newest(range);
        let one = choice::one(range);
        if self.windows {
            let version = one.filter(|_| !newest);
            let version = version.map_or(String::new(), |one| format!(" --version {one}"));
            return vec![format!("winget install astral-sh.uv{version}")];
        }
        let uv = if newest {
            "uv".to_owned()
        } else {
            quoted(&format!("uv{}", range.specifier()))
        };
        // Distributions close their Python to pip; a user's own folder is open.
        let with = |pip: &str| format!("PIP_BREAK_SYSTEM_PACKAGES=1 {pip} install --user {uv}");
        let pip = ["pipx", "pip3", "pip"]
            .into_iter()
            .find(|pip| self.has(pip))
            .map(|pip| match pip {
                "pipx" if newest => format!("pipx install {uv}"),
                // It leaves alone what it has installed before.
                "pipx" => format!("pipx install --force {uv}"),
                pip => with(pip),
            });
        let fetched = || {
            let package = self.package("uv", "python3-pip")?;
            match (self.has("brew"), newest) {
                (true, true) => Some(package),
                // Homebrew has the newest only.
                (true, false) => None,
                (false, _) => Some(format!("{package} && {}", with("pip3"))),
            }
        };
        let other = pip.or_else(fetched);
        let page = |version: &str| format!("https://astral.sh/uv/{version}install.sh");
        if newest {
            let script = self.script(&page(""), "sh", &[]);
            return [script, other].into_iter().flatten().collect();
        }
        // pip finds the newest of a range, the page has to be told one.
        let script = one.and_then(|one| self.script(&page(&format!("{one}/")), "sh", &[]));
        [other, script].into_iter().flatten().collect()
    }

    /// Every way to get a Python; `anew` where there is an environment of another one, which installing
    /// alone does not change.
    #[must_use]
    pub fn python(&self, range: &Range, pin: Option<&Pin>, anew: bool) -> Vec<String> {
        let usable = |pin: &&Pin| {
            let wanted = pin.range("python");
            pin.is_build() && wanted.is_none_or(|wanted| choice::meet(&wanted, range))
        };
        let line = choice::line(range, PYTHONS);
        let wanted = match (pin.filter(usable), &line) {
            (Some(pin), _) => quoted(&pin.wanted),
            (None, Some(line)) => line.clone(),
            (None, None) => quoted(&range.specifier()),
        };
        let mut steps = vec![format!("uv python install {wanted}")];
        // Without this uv goes on to look for what cannot be.
        if pin.is_some_and(|pin| !usable(&pin)) {
            steps.push(format!("uv python pin {wanted}"));
        }
        if anew {
            steps.push(format!("uv sync --all-packages --python {wanted}"));
        }
        let mut ways = vec![steps.join(" && ")];
        // The system's own is of the version that its distribution chose.
        if let (false, false, None, Some(line)) = (anew, self.windows, pin, line) {
            ways.extend(self.package(&format!("python@{line}"), "python3"));
        }
        ways
    }
}
