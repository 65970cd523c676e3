//! What a command has loaded into the environment of its program, by `pixcrawler env run` or `uv run`.

use super::{Commanded, bare, name_of};

/// What puts env files into the environment of what a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loads {
    /// `pixcrawler env run --tier TIER --`: what the tier's loader reads.
    Tier(String),
    /// `uv run --env-file FILE`, or `UV_ENV_FILE`: a file by its way from where the command runs.
    File(String),
}

/// A call of ours that runs something with the files of a tier: `pixcrawler env run`.
pub(super) struct Run<'a> {
    /// The tier that it asks for.
    pub(super) tier: Option<&'a str>,
    /// Whether it asks for an environment, too, which reads other files.
    is_other: bool,
}

impl<'a> Run<'a> {
    /// What stands behind our name, where it is such a call.
    fn of(behind: &[&'a str]) -> Option<Self> {
        let is_environment = |it: &&str| it.starts_with("--env");
        let mut words = behind.iter().copied().peekable();
        let mut is_other = false;
        while let Some(option) = words.next_if(|word| word.starts_with('-')) {
            is_other |= is_environment(&option);
            if matches!(option, "--env" | "--workspace" | "--format" | "--color") {
                words.next();
            }
        }
        if (words.next(), words.next()) != (Some("env"), Some("run")) {
            return None;
        }
        let own: Vec<&str> = words.take_while(|word| *word != "--").collect();
        Some(Self {
            tier: option(&own, "--tier"),
            is_other: is_other || own.iter().any(is_environment),
        })
    }
}

/// The calls of ours in a command, first to last.
pub(super) fn runs(command: Commanded<'_>) -> Vec<Run<'_>> {
    let words = command.plain();
    let ours = (0..words.len()).filter(|at| is_ours(words[*at]));
    ours.filter_map(|at| Run::of(&words[at + 1..])).collect()
}

fn is_ours(word: &str) -> bool {
    matches!(name_of(word), "pixcrawler" | "pixcrawler.exe")
}

/// What a command loads before its program, where its words tell that.
pub(super) fn loads(command: Commanded<'_>) -> Vec<Loads> {
    let words = command.plain();
    let mut all = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let rest = words.get(at + 1..).unwrap_or_default();
        if is_ours(word) {
            let run = Run::of(rest).filter(|it| !it.is_other);
            // Without it the backend's counts.
            let tier = |run: Run<'_>| run.tier.unwrap_or("backend").to_owned();
            all.extend(run.map(|run| Loads::Tier(tier(run))));
        } else if name_of(word) == "uv" && rest.first() == Some(&"run") {
            let is_before = |it: &&&str| name_of(it) != "celery";
            let own: Vec<&str> = rest.iter().take_while(is_before).copied().collect();
            if !own.contains(&"--no-env-file") {
                all.extend(option(&own, "--env-file").map(|it| Loads::File(it.to_owned())));
            }
        }
    }
    all
}

/// What an option says: `--name value`, `--name='value'`.
fn option<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word == name {
            return words.next().copied();
        }
        let behind = word.strip_prefix(name).and_then(|it| it.strip_prefix('='));
        if behind.is_some() {
            return behind.map(bare);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::Commanded;
    use super::super::tests::shell;
    use super::Loads;

    #[test]
    fn what_a_command_loads_is_told() {
        let tier = |name: &str| vec![Loads::Tier(name.to_owned())];
        let file = |name: &str| vec![Loads::File(name.to_owned())];
        for (line, told) in [
            (
                "pixcrawler env run --tier backend -- celery -A x worker",
                tier("backend"),
            ),
            ("pixcrawler env run --tier=root -- celery", tier("root")),
            ("pixcrawler env run -- celery --tier x", tier("backend")),
            ("pixcrawler env run --env production -- celery", vec![]),
            ("pixcrawler -q env run --tier root -- celery", tier("root")),
            (
                "pixcrawler --env test env run --tier backend -- celery",
                vec![],
            ),
            ("uv run --env-file .env celery -A x worker", file(".env")),
            (
                "uv run --env-file='backend/.env' celery",
                file("backend/.env"),
            ),
            ("uv run --no-env-file --env-file .env celery", vec![]),
            ("uv run celery --env-file .env", vec![]),
            ("celery -A x worker", vec![]),
        ] {
            assert_eq!(Commanded::from(&shell(line)).loads(), told, "{line}");
        }
        let by_uv = |line: &str| Commanded::from(&shell(line)).is_run_by_uv();
        assert!(by_uv("exec uv run celery"));
        assert!(!by_uv("celery"));
    }
}
