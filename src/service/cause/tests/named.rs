//! Variables that the last words name and say hardly more of.

use super::Given;
use super::variables::of_given;

fn told(lines: &[&str], set: &[&str]) -> Option<String> {
    Some(of_given(lines, set, &Given::default())?.meaning)
}

#[test]
fn what_is_named_alone_and_is_nowhere_is_missing() {
    for lines in [
        &["'DATABASE_URL'"][..],
        &["KeyError('DATABASE_URL')"],
        &[
            "starting",
            "'DATABASE_URL'",
            "error: script \"dev\" exited with code 1",
        ],
        &["config error: need DATABASE_URL"],
        &["FATAL: no DATABASE_URL"],
        &["Please set DATABASE_URL before starting the app"],
        &["'X_API_KEY'", "'DATABASE_URL'"],
    ] {
        let told = told(lines, &[]).unwrap_or_default();
        assert_eq!(
            told, "`DATABASE_URL` is not set where `api` looks",
            "{lines:?}"
        );
    }
    let both = "`DATABASE_URL`, `X_API_KEY` are not set where `api` looks";
    for line in [
        "Missing env vars: ['DATABASE_URL', 'X_API_KEY']",
        "Missing env vars: {'DATABASE_URL', 'X_API_KEY'}",
        "DATABASE_URL and X_API_KEY are not set",
        "['DATABASE_URL', 'X_API_KEY']",
    ] {
        assert_eq!(told(&[line], &[]).as_deref(), Some(both), "{line}");
    }
    let one = told(&["['DATABASE_URL', 'X_API_KEY']"], &["DATABASE_URL"]);
    assert_eq!(
        one.as_deref(),
        Some("`X_API_KEY` is not set where `api` looks")
    );
}

#[test]
fn what_is_there_or_named_beside_something_else_is_not() {
    for line in [
        "could not connect with DATABASE_URL",
        "INFO: no X_API_KEY",
        "warning: X_API_KEY is empty",
        "DEBUG is not HOST",
        "'OTHER_URL'",
        "no DATABASE_URL for tenant acme",
    ] {
        assert_eq!(told(&[line], &[]), None, "{line}");
    }
    assert_eq!(told(&["'DATABASE_URL'"], &["DATABASE_URL"]), None);
    // A file has it, which this service may read.
    let mut given = Given::default();
    let key = ("backend".to_owned(), "DATABASE_URL".to_owned());
    given.files.insert(key, "backend/.env".to_owned());
    assert_eq!(of_given(&["'DATABASE_URL'"], &[], &given), None);
    // What pixcrawler.toml sets to nothing is not there, and that is where it is set.
    let mut given = Given::default();
    given
        .own
        .insert(("api".to_owned(), "DATABASE_URL".to_owned()), 7);
    let told = of_given(&["'DATABASE_URL'"], &[], &given).expect("a cause");
    assert!(
        told.meaning
            .ends_with(": pixcrawler.toml:7 sets it to nothing"),
        "{}",
        told.meaning
    );
}
