//! What uv is told of the Pythons that it may take, and may fetch.

use crate::diagnostic::{Finding, Severity};
use crate::text::{and_list, remedy};

use super::version::Version;
use super::{TOO_OLD, Tool};

/// One setting of uv's, and where it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// `python-preference`, or the variable.
    pub key: &'static str,
    /// `only-managed`.
    pub value: String,
    /// The file and the line in it; none for a variable of the process environment.
    pub file: Option<(String, usize)>,
}

impl Setting {
    /// For people.
    fn told(&self) -> String {
        match &self.file {
            Some((file, _)) => format!("{} is {} in {file}", self.key, self.value),
            None => format!("{} is {} in the process environment", self.key, self.value),
        }
    }

    fn way_out(&self) -> String {
        match &self.file {
            Some((file, line)) => remedy::open_at(file, *line),
            None => remedy::unset(&[self.key.to_owned()]),
        }
    }
}

/// The settings that leave uv fewer Pythons than there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// It takes none but its own.
    pub only_managed: Option<Setting>,
    /// It takes none of its own.
    pub only_system: Option<Setting>,
    /// It fetches none.
    pub never_fetched: Option<Setting>,
    /// It fetches none unless it is told to.
    pub not_fetched: Option<Setting>,
}

impl Allowed {
    fn all(&self) -> impl Iterator<Item = &Setting> {
        [
            &self.only_managed,
            &self.only_system,
            &self.never_fetched,
            &self.not_fetched,
        ]
        .into_iter()
        .flatten()
    }

    /// Whether there is one that matters: where the environment's Python `fits` what is asked for, nothing is
    /// fetched, and it may still be one that uv does not take.
    #[must_use]
    pub fn binds(&self, fits: bool) -> bool {
        let is_taken = fits && self.only_managed.is_none() && self.only_system.is_none();
        !is_taken && self.all().next().is_some()
    }

    /// The one with which installing a Python of uv's comes to nothing.
    fn in_the_way(&self) -> Option<&Setting> {
        self.never_fetched.as_ref().or(self.only_system.as_ref())
    }
}

/// What is to be said where uv, with these settings, finds no Python, and why it does not; `running` is what the
/// environment has. None where what is said without a look at the settings helps as well.
#[must_use]
pub fn judge_allowed(
    tool: &Tool,
    running: Option<&Version>,
    allowed: &Allowed,
    why: &str,
) -> Option<Finding> {
    let settings: Vec<String> = allowed.all().map(Setting::told).collect();
    let is_usual = allowed.only_managed.is_none() && allowed.in_the_way().is_none();
    if settings.is_empty() || (running.is_none() && is_usual) {
        return None;
    }
    let message = format!(
        "uv may take no Python that is here: {}",
        and_list(&settings)
    );
    let finding = Finding::new(&TOO_OLD, message)
        .subject(tool.name)
        .note(format!("uv: {why}"));
    let fetches = allowed.never_fetched.is_none() && allowed.not_fetched.is_none();
    let finding = match running {
        _ if !fetches || allowed.only_system.is_some() => {
            finding.note("uv runs nothing and installs nothing while it finds none")
        }
        Some(_) => finding.severity(Severity::Warning).note(
            "the next `uv sync`, that of pixcrawler dev too, fetches one and makes the environment anew",
        ),
        None => finding,
    };
    if let Some(setting) = allowed.in_the_way() {
        return Some(finding.help(setting.way_out()));
    }
    let good = running.filter(|version| tool.range.contains(version) && tool.pinned.is_none());
    Some(finding.help(match good {
        Some(version) => {
            let line = version.line(2);
            format!("uv python install {line} && uv sync --all-packages --python {line}")
        }
        None => tool.install().to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::Range;

    #[test]
    fn settings_are_told_with_the_way_that_they_leave() {
        let setting = |key, value: &str, file: Option<&str>| {
            let file = file.map(|file| (file.to_owned(), 2));
            let value = value.to_owned();
            Some(Setting { key, value, file })
        };
        let managed = setting("python-preference", "only-managed", Some("uv.toml"));
        let told = |allowed: &Allowed, running: Option<&str>| {
            let tool = Tool {
                name: "python",
                command: Vec::new(),
                range: Range::parse(">=3.11"),
                install: vec!["uv python install 3.12".to_owned()],
                pinned: None,
                asked_in: String::new(),
                requires: Vec::new(),
            };
            let running = running.and_then(Version::parse);
            judge_allowed(&tool, running.as_ref(), allowed, "No interpreter found")
                .map(|it| (it.message, it.severity, it.help.unwrap_or_default()))
        };
        let one = |message: &str, severity, help: &str| {
            let message = format!("uv may take no Python that is here: {message}");
            Some((message, severity, help.to_owned()))
        };
        let mut allowed = Allowed::default();
        assert!(!allowed.binds(false));
        assert_eq!(told(&allowed, Some("3.11.7")), None);
        allowed.never_fetched = setting("python-downloads", "never", Some("uv.toml"));
        assert!(allowed.binds(false) && !allowed.binds(true));
        allowed.never_fetched = None;
        allowed.only_managed = managed;
        assert_eq!(
            told(&allowed, Some("3.11.7")),
            one(
                "python-preference is only-managed in uv.toml",
                Severity::Warning,
                "uv python install 3.11 && uv sync --all-packages --python 3.11"
            )
        );
        assert_eq!(
            told(&allowed, None),
            one(
                "python-preference is only-managed in uv.toml",
                Severity::Error,
                "uv python install 3.12"
            )
        );
        // Without an environment the way out is the usual one.
        let manual = Allowed {
            not_fetched: setting("python-downloads", "manual", Some("uv.toml")),
            ..Allowed::default()
        };
        assert_eq!(told(&manual, None), None);
        allowed.never_fetched = setting("UV_PYTHON_DOWNLOADS", "never", None);
        let both = "python-preference is only-managed in uv.toml and UV_PYTHON_DOWNLOADS is never in the process environment";
        let unset = remedy::unset(&["UV_PYTHON_DOWNLOADS".to_owned()]);
        for running in [None, Some("3.11.7")] {
            assert_eq!(told(&allowed, running), one(both, Severity::Error, &unset));
        }
        allowed = Allowed {
            only_system: setting("python-preference", "only-system", Some("pyproject.toml")),
            ..Allowed::default()
        };
        assert_eq!(
            told(&allowed, None),
            one(
                "python-preference is only-system in pyproject.toml",
                Severity::Error,
                &remedy::open_at("pyproject.toml", 2)
            )
        );
    }
}
