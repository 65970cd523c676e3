//! What `drizzle.config.ts` says about migrations, with drizzle-kit's own defaults.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::typescript::drizzle::Written;
use crate::diagnostic::{Finding, Label};
use crate::text::Source;

use super::rules;

/// The names that drizzle-kit looks for, in its order.
pub const FILES: [&str; 3] = [
    "drizzle.config.json",
    "drizzle.config.ts",
    "drizzle.config.js",
];

/// Where the migrations are, and where the database keeps their record.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The file; none when there is only a folder that looks like drizzle's.
    pub source: Option<Source>,
    /// The folder in which drizzle-kit runs, relative to the workspace.
    pub dir: Utf8PathBuf,
    /// The folder of the migrations, relative to the workspace.
    pub out: Utf8PathBuf,
    /// The schema of the table below.
    pub schema: String,
    /// The table with a row for each migration that was applied.
    pub table: String,
    /// How names of new migrations begin: `index`, `timestamp`, `supabase`, `unix` or `none`.
    pub prefix: String,
    /// Files or globs with the tables, relative to `dir`.
    pub schema_files: Vec<String>,
    /// The environment variables that `dbCredentials` reads.
    pub url_variables: Vec<String>,
    /// Keys whose value would have to be computed, each with its place: the default stands in for them.
    pub unclear: Vec<(String, Label)>,
}

impl Config {
    /// What drizzle-kit would work with in `dir`.
    #[must_use]
    pub fn new(dir: &Utf8Path, source: Option<Source>, written: Written) -> Self {
        let out = written.out.as_deref().unwrap_or("./drizzle");
        let unclear = source.iter().flat_map(|source| {
            written
                .unclear
                .iter()
                .map(|unclear| (unclear.key.clone(), Label::new(source, unclear.span, "")))
        });
        Self {
            unclear: unclear.collect(),
            source,
            dir: dir.to_owned(),
            out: joined(dir, out),
            schema: written.schema.unwrap_or_else(|| "drizzle".to_owned()),
            table: written
                .table
                .unwrap_or_else(|| "__drizzle_migrations".to_owned()),
            prefix: written.prefix.unwrap_or_else(|| "index".to_owned()),
            schema_files: written.schema_files,
            url_variables: written.url_variables,
        }
    }

    /// What the configuration leaves to be computed, and what is taken instead.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let unclear = self.unclear.iter();
        unclear
            .map(|(key, place)| self.not_understood(key, place))
            .collect()
    }

    fn not_understood(&self, key: &str, place: &Label) -> Finding {
        let (what, taken) = match key {
            "out" => ("`out`".to_owned(), format!("{} is taken", self.out)),
            "migrations" | "migrations.table" | "migrations.schema" => (
                format!("`{key}`"),
                format!("{} is taken", self.shown_table()),
            ),
            "" | "..." => (
                "a part of the configuration".to_owned(),
                format!("{} and {} are taken", self.out, self.shown_table()),
            ),
            key => (format!("`{key}`"), "it is left out".to_owned()),
        };
        Finding::new(
            &rules::CONFIG_UNCLEAR,
            format!("{what} cannot be known without running the file: {taken}"),
        )
        .subject(key)
        .at(place.clone())
        .help("write the value there, or a constant of the same file")
    }

    /// The table as people write it.
    #[must_use]
    pub fn shown_table(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }
}

/// `dir` and a relative path below it, without `.` and, where that is possible, without `..`.
fn joined(dir: &Utf8Path, path: &str) -> Utf8PathBuf {
    let mut joined = Utf8PathBuf::new();
    for part in dir.join(path).components() {
        match part.as_str() {
            "." => {}
            ".." if joined.file_name().is_some_and(|name| name != "..") => {
                joined.pop();
            }
            part => joined.push(part),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_is_as_drizzle_kit_has_it() {
        let config = Config::new(Utf8Path::new("frontend"), None, Written::default());
        assert_eq!(config.out, "frontend/drizzle");
        assert_eq!(config.shown_table(), "drizzle.__drizzle_migrations");
        let written = Written {
            out: Some("../database/./migrations/".to_owned()),
            ..Written::default()
        };
        assert_eq!(
            Config::new(Utf8Path::new("frontend"), None, written).out,
            "database/migrations"
        );
    }
}
