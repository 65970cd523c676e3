//! What is said of lines that the history has no more.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};

use crate::commands::Context;
use crate::gather::history::{Missing, Rest};
use crate::service::record::file_name;
use crate::system::fs;
use crate::text::and_list;
use crate::workspace::Workspace;

/// What is missing of these services, of all where none are named; a line each.
pub(super) fn words(
    context: &Context,
    workspace: &Workspace,
    services: &[String],
    rest: &Rest,
) -> Vec<String> {
    let before = begins(context, workspace, services, rest);
    let mut words: Vec<String> = before.into_iter().collect();
    let (unplaced, whose) = &rest.unplaced;
    if let Some((_, newest)) = &unplaced.between {
        let whose: Vec<String> = whose.iter().cloned().collect();
        let (lines, are) = told(unplaced.lines);
        let (time, files) = (clock(newest), files(workspace, &whose));
        let limits = limits(context, unplaced);
        words.push(format!(
            "- {lines} of {}, until {time}, {are} in no journal any more: {limits}; what there is of their text is in {files}",
            and_list(&whose)
        ));
    }
    if rest.gone.lines > 0 {
        let (lines, are) = told(rest.gone.lines);
        let limits = limits(context, &rest.gone);
        words.push(format!("- {lines} {are} not kept any more: {limits}"));
    }
    let (taken, services) = &rest.taken;
    if *taken > 0 {
        let (lines, are) = told(*taken);
        let (files, were) = if services.len() == 1 {
            ("file", "was")
        } else {
            ("files", "were")
        };
        let services: Vec<String> = services.iter().map(|name| format!("`{name}`")).collect();
        let services = and_list(&services);
        words.push(format!(
            "- {lines} {are} gone: the log {files} of {services} in .pixcrawler/logs/ {were} emptied, removed or changed"
        ));
    }
    words
}

fn told(lines: u64) -> (String, &'static str) {
    match lines {
        1 => ("1 line".to_owned(), "is"),
        more => (format!("{more} lines"), "are"),
    }
}

/// That what came before is in no journal any more, and where its text is.
fn begins(
    context: &Context,
    workspace: &Workspace,
    services: &[String],
    rest: &Rest,
) -> Option<String> {
    let begins = rest.begins.as_ref()?;
    let (time, files) = (clock(begins), files(workspace, services));
    let why = if is_old(context, begins) {
        "is older than logs.max-age keeps it"
    } else {
        "was more than logs.max-size and logs.max-files keep"
    };
    Some(format!(
        "- the journal begins at {time}, what came before {why}: what there is of older text is in {files}"
    ))
}

/// A time of a journal, as a clock here shows it.
fn clock(time: &str) -> String {
    let time = time.parse::<Timestamp>().unwrap_or_default();
    let here = time.to_zoned(TimeZone::system());
    here.strftime("%H:%M:%S").to_string()
}

/// Where the text of these services stands; the folder where there is none, or none are named.
fn files(workspace: &Workspace, services: &[String]) -> String {
    let names = services.iter().map(|name| file_name(name));
    let is_there = |name: &String| fs::is_file(&workspace.state().join("logs").join(name));
    let files = names.filter(is_there);
    let mut files: Vec<String> = files
        .map(|name| format!(".pixcrawler/logs/{name}"))
        .collect();
    if files.is_empty() {
        files.push(".pixcrawler/logs/".to_owned());
    }
    and_list(&files)
}

/// Whether what came then is kept no more, however little it is.
fn is_old(context: &Context, came: &str) -> bool {
    let Ok(came) = came.parse::<Timestamp>() else {
        return false;
    };
    let passed = Timestamp::now().duration_since(came);
    // The settings are not read for anything else, and may be broken: then what is usual counts.
    let options = context
        .find_workspace()
        .map(|workspace| workspace.options.logs);
    let age = options.unwrap_or_default().max_age.0;
    Duration::try_from(passed).is_ok_and(|passed| passed > age)
}

/// The settings that say how much is kept, of lines that are not kept any more.
fn limits(context: &Context, missing: &Missing) -> &'static str {
    match &missing.between {
        Some((_, newest)) if is_old(context, newest) => {
            "logs.max-age in pixcrawler.toml says how long they are"
        }
        Some((oldest, _)) if is_old(context, oldest) => {
            "logs.max-age, logs.max-size and logs.max-files in pixcrawler.toml say how long and how much is"
        }
        _ => "logs.max-size and logs.max-files in pixcrawler.toml say how much is",
    }
}
