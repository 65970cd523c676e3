//! `pixcrawler.toml` as it is written: strict, with places and near misses in its errors.

mod check;
mod command;
mod forms;
mod place;
mod seconds;
mod service;

use std::borrow::Cow;
use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::env::dialect::Dialect;
use crate::text::command::Command;
use crate::text::merge::{self, Merge};
use crate::text::remedy::open_at;
use crate::text::{Source, Span, encoding, nearest};

/// `pixcrawler.toml` cannot be understood.
pub(super) static BROKEN: Rule = Rule {
    code: "config/broken",
    severity: Severity::Error,
    summary: "pixcrawler.toml cannot be understood",
    text: "\
The settings file is read strictly: a misspelt key that is silently ignored costs more time than
an error. The place is underlined, and the nearest known name is suggested.

Way out: correct the line, or see what is understood with `pixcrawler dev --dry-run`.",
};

pub use check::{
    HealthOptions, HttpOptions, LineOptions, ReadyOptions, StatusOptions, StatusRange,
};
pub use command::CommandOptions;
pub use place::{Places, label};
pub use seconds::Seconds;
pub use service::{
    ConditionOptions, DependencyOptions, RestartOptions, RestartWhen, ServiceOptions, StopOptions,
    StopTo, WatchOptions,
};

/// The JSON Schema of `pixcrawler.toml`, for editors.
#[must_use]
pub fn json_schema() -> schemars::Schema {
    schemars::schema_for!(Options)
}

/// Everything that `pixcrawler.toml` may say. Every part is optional.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[schemars(title = "pixcrawler.toml", extend("$id" = "https://raw.githubusercontent.com/alaamer12/PixCrawler/main/schemas/pixcrawler.schema.json"))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Options {
    /// The workspace's display name.
    pub name: Option<String>,
    /// Tiers beyond root, backend and frontend, or changes to those.
    pub tiers: BTreeMap<String, TierOptions>,
    /// Services beyond the detected ones, or changes to those.
    pub services: BTreeMap<String, ServiceOptions>,
    /// Which managed services may be started.
    pub managed: ManagedOptions,
    /// How much of the services' output is kept.
    pub logs: super::LogOptions,
    /// What `migrate` does without being told.
    pub migrate: MigrateOptions,
    /// Severity of rules: `"env/missing" = "warning"`, or `"off"`.
    pub rules: BTreeMap<String, RuleLevel>,
}

/// Migrations.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MigrateOptions {
    /// The last migration whose dangers somebody looked at: `migrate check` is silent about those up to it.
    pub reviewed: Option<String>,
}

/// What a rule's findings count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleLevel {
    /// Not reported.
    Off,
    /// Worth knowing.
    Info,
    /// Look at it.
    Warning,
    /// Broken.
    Error,
}

/// A tier's folder, loaders and files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TierOptions {
    /// Its folder, relative to the workspace.
    #[schemars(with = "Option<String>")]
    pub dir: Option<Utf8PathBuf>,
    /// The loaders that read its files, the one that decides first.
    #[serde(deserialize_with = "dialects")]
    #[schemars(with = "Option<Vec<DialectName>>")]
    pub dialects: Option<Vec<Dialect>>,
    /// Its env files in the loader's order, relative to the workspace.
    #[schemars(with = "Option<Vec<String>>")]
    pub files: Option<Vec<Utf8PathBuf>>,
    /// The schema in `env-schemas/` that describes it; its own name otherwise.
    pub schema: Option<String>,
}

/// Which services the tool may start itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ManagedOptions {
    /// A Postgres when the tier's URL points here and nothing listens.
    pub postgres: Option<bool>,
    /// A Valkey or Redis likewise.
    pub redis: Option<bool>,
}

/// The name of a loader, for the JSON Schema.
struct DialectName;

impl schemars::JsonSchema for DialectName {
    fn schema_name() -> Cow<'static, str> {
        "Dialect".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<&str> = Dialect::ALL
            .iter()
            .map(|dialect| dialect.as_str())
            .collect();
        schemars::json_schema!({"type": "string", "enum": names})
    }
}

fn dialects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Dialect>>, D::Error> {
    let names = Option::<Vec<String>>::deserialize(deserializer)?;
    names
        .map(|names| {
            names
                .iter()
                .map(|name| name.parse().map_err(D::Error::custom))
                .collect()
        })
        .transpose()
}

impl Options {
    /// The tables in which the two differ that a session reads at its start alone.
    #[must_use]
    pub fn only_at_start(&self, other: &Self) -> Vec<&'static str> {
        let differ = [
            ("[tiers]", self.tiers != other.tiers),
            ("[managed]", self.managed != other.managed),
            ("[logs]", self.logs != other.logs),
        ];
        differ
            .into_iter()
            .filter_map(|(table, differs)| differs.then_some(table))
            .collect()
    }
}

/// Reads the settings file.
///
/// # Errors
/// The findings that say what is wrong and where.
pub fn parse(source: &Source) -> Result<Options, Vec<Finding>> {
    if let Some(at) = source.text().find('\0') {
        let finding = Finding::new(&BROKEN, "the file holds NUL characters, which no text does")
            .at(Label::new(source, Span::new(at, at + 1), "here"))
            .help(encoding::mended(
                source.text(),
                source.path().as_str(),
                source.position(at).line,
            ));
        return Err(vec![finding]);
    }
    toml::from_str(source.text()).map_err(|error| {
        // Within a text of several lines the marks may be meant.
        let merge = merge::unfinished(source.text());
        vec![merge.map_or_else(|| explain(source, &error), |it| unmerged(source, &it))]
    })
}

/// Both sides of a merge stand in the file.
fn unmerged(source: &Source, merge: &Merge) -> Finding {
    let (path, at) = (source.path(), merge.line);
    let span = source.line_span(at).unwrap_or(Span::new(0, 0));
    let shows = Command::new("git diff").path(path);
    let message = format!("a merge was not finished here ({path}:{at})");
    let mut finding = Finding::new(&BROKEN, message).at(Label::new(source, span, "here it begins"));
    if let Some(sides) = merge.sides() {
        finding = finding.note(sides);
    }
    finding
        .note(format!(
            "`{shows}` shows both sides; keep what is meant, and delete the lines of the marks: without its settings nothing of the workspace is judged or started"
        ))
        .help(open_at(path.as_str(), at))
}

/// What people call keys elsewhere.
const SYNONYMS: [(&str, &str); 12] = [
    ("cmd", "command"),
    ("run", "command"),
    ("exec", "command"),
    ("dir", "cwd"),
    ("directory", "cwd"),
    ("workdir", "cwd"),
    ("working-dir", "cwd"),
    ("working_dir", "cwd"),
    ("environment", "env"),
    ("needs", "depends-on"),
    ("requires", "depends-on"),
    ("after", "depends-on"),
];

/// A parser's complaint as a finding: place, near miss, way out.
fn explain(source: &Source, error: &toml::de::Error) -> Finding {
    let span = error.span().map_or(Span::new(0, 0), Span::from);
    let message = error.message();
    let (what, expected) = match message
        .split_once(", expected ")
        .or_else(|| message.split_once(", there are no fields"))
    {
        Some((what, expected)) => (what, Some(expected)),
        None => (message.lines().next().unwrap_or("not TOML"), None),
    };
    let usual = "correct the line, then look at the result: pixcrawler dev --dry-run";
    if what == "duplicate key" {
        let key = source.text().get(span.start..span.end).unwrap_or_default();
        return Finding::new(&BROKEN, format!("`{key}` is said a second time"))
            .at(Label::new(source, span, "here"))
            .help("make one of the two, or give one another name");
    }
    let finding = Finding::new(&BROKEN, what.to_owned()).at(Label::new(source, span, "here"));
    let Some(expected) = expected.filter(|expected| !expected.is_empty()) else {
        return finding.help(usual);
    };
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let written = what.split('`').nth(1).unwrap_or_default();
    let synonym = SYNONYMS.iter().find(|(name, _)| *name == written);
    let synonym = synonym
        .map(|(_, key)| *key)
        .filter(|key| known.contains(key));
    match synonym.or_else(|| nearest(written, known.iter().copied())) {
        Some(near) if what.starts_with("unknown") => {
            finding.help(format!("did you mean `{near}`?"))
        }
        _ => finding.help(format!("expected {}", in_words(expected))),
    }
}

/// What Rust calls a type, as people call it.
fn in_words(expected: &str) -> String {
    let numbers = [
        // Ports, and steps between them: none of them may be 0.
        ("u16", "a number from 1 to 65535"),
        ("u32", "a whole number from 0 to 4294967295"),
        ("u8", "a number from 0 to 255"),
        ("a boolean", "true or false"),
        ("a string", "a text"),
        ("a sequence", "a list"),
        ("a map", "a table"),
    ];
    if expected.starts_with("struct ") {
        return "a table".to_owned();
    }
    numbers
        .into_iter()
        .find(|(name, _)| *name == expected)
        .map_or(expected.to_owned(), |(_, words)| words.to_owned())
}

/// A settings file that cannot be read at all, with the reason and the way out.
#[must_use]
pub fn unreadable(why: impl Into<String>, way_out: impl Into<String>) -> Finding {
    Finding::new(&BROKEN, why)
        .in_file(super::CONFIG)
        .help(way_out)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn complaint(text: &str) -> (String, usize, String) {
        let findings =
            parse(&Source::new("pixcrawler.toml", text)).expect_err("the text is broken");
        let finding = &findings[0];
        let line = finding.place.as_ref().map_or(0, |place| place.start().line);
        (
            finding.message.clone(),
            line,
            finding.help.clone().unwrap_or_default(),
        )
    }

    #[test]
    fn a_near_miss_is_suggested_at_its_place() {
        let (message, line, help) = complaint("[services.web]\ncomand = \"bun dev\"\n");
        assert_eq!(
            (message.as_str(), line, help.as_str()),
            ("unknown field `comand`", 2, "did you mean `command`?")
        );
    }

    #[test]
    fn a_near_miss_is_found_in_values_of_more_than_one_form_too() {
        let cases = [
            ("restart = { wehn = \"always\" }", "did you mean `when`?"),
            ("restart = \"allways\"", "did you mean `always`?"),
            ("watch = { path = [\"src\"] }", "did you mean `paths`?"),
            (
                "ready = { http = { url = \"x\", bodi = \"ok\" } }",
                "did you mean `body`?",
            ),
            (
                "ready = { log = { regexp = \"x\" } }",
                "did you mean `regex`?",
            ),
            (
                "depends-on = { db = \"heathy\" }",
                "did you mean `healthy`?",
            ),
            ("health = { watchdgo = \"3s\" }", "did you mean `watchdog`?"),
            ("stop = { comand = \"x\" }", "did you mean `command`?"),
        ];
        for (line, wanted) in cases {
            let (_, at, help) = complaint(&format!("[services.web]\n{line}\n"));
            assert_eq!((at, help.as_str()), (2, wanted), "{line}");
        }
        let (message, _, help) = complaint("[services.web]\nwatch = 3\n");
        assert!(
            message.contains("integer") && help.contains("a list of folders"),
            "{message} {help}"
        );
        let (message, at, help) = complaint("[services.web]\nwatch = []\n");
        assert_eq!(
            (message.as_str(), at),
            ("`watch` names no folder", 2),
            "{help}"
        );
        assert!(help.contains("false for none"), "{help}");
    }

    #[test]
    fn a_merge_that_was_not_finished_is_told_as_one() {
        let text = "[services.web]\n<<<<<<< HEAD\nport = 1\n=======\nport = 2\n>>>>>>> x\n";
        let findings = parse(&Source::new("pixcrawler.toml", text)).expect_err("broken");
        let finding = &findings[0];
        assert_eq!(
            finding.message,
            "a merge was not finished here (pixcrawler.toml:2)"
        );
        assert_eq!(finding.notes[0], "one side is line 3, the other line 5");
        let help = finding.help.as_deref().unwrap_or_default();
        assert_eq!(help, open_at("pixcrawler.toml", 2));
        // A text of several lines may have them.
        let text = format!("[services.web]\ncommand = \"\"\"\n{text}\"\"\"\n");
        assert!(parse(&Source::new("pixcrawler.toml", text)).is_ok());
    }

    #[test]
    fn lengths_of_time_have_units() {
        let options =
            parse(&Source::new("p", "[services.w.stop]\ngrace = \"1.5s\"\n")).expect("valid");
        let grace = options.services["w"]
            .stop
            .as_ref()
            .and_then(|stop| stop.grace);
        assert_eq!(grace, Some(Seconds(Duration::from_millis(1500))));
        let (message, line, _) = complaint("[services.w.stop]\ngrace = \"1 fortnight\"\n");
        assert!(message.starts_with("unknown unit"), "{message}");
        assert_eq!(line, 2);
        let (message, _, _) = complaint("[services.w.stop]\ngrace = -1\n");
        assert_eq!(message, "`-1` is no length of time");
    }

    #[test]
    fn what_is_expected_is_said_in_words() {
        for (line, wanted) in [
            ("stop = \"x\"", "expected a table"),
            ("profiles = \"x\"", "expected a list"),
            ("env = 3", "expected a table"),
            ("enabled = \"no\"", "expected true or false"),
        ] {
            let (_, _, help) = complaint(&format!("[services.web]\n{line}\n"));
            assert_eq!(help, wanted, "{line}");
        }
    }
}
