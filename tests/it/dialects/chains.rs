//! Several files, one loader.

use pixcrawler::env::dialect::{Ambient, Chain, Dialect, Origin, Source, load, load_chain};

fn chain(dialect: Dialect, files: &[&str], ambient: &[(&str, &str)]) -> Chain {
    let sources: Vec<Source<'_>> = files
        .iter()
        .map(|text| Source::new(text.as_bytes()))
        .collect();
    load_chain(
        dialect,
        &sources,
        &ambient.iter().copied().collect::<Ambient>(),
    )
}

/// `NAME=value@file` for every name.
fn outcome(chain: &Chain) -> Vec<String> {
    let mut outcome: Vec<String> = chain
        .entries()
        .map(|entry| {
            let place = if entry.origin == Origin::Ambient {
                "process".to_owned()
            } else {
                entry.file.to_string()
            };
            format!(
                "{}={}@{place}",
                entry.name,
                entry.value.map_or("(none)", |value| value.as_str())
            )
        })
        .collect();
    outcome.sort();
    outcome
}

#[test]
fn next_keeps_the_first_and_lets_later_files_see_it() {
    let found = chain(
        Dialect::Next,
        &["A=local\n", "A=base\nB=${A}/x\nC=$D\n", "D=late\n"],
        &[],
    );
    assert_eq!(
        outcome(&found),
        ["A=local@0", "B=local/x@1", "C=@1", "D=late@2"]
    );
}

#[test]
fn next_expands_a_process_value_that_a_file_names() {
    let found = chain(Dialect::Next, &["PW=file\n"], &[("PW", "pa$word")]);
    assert_eq!(outcome(&found), ["PW=pa@process"]);
}

#[test]
fn next_loses_only_the_file_that_refers_to_itself() {
    let found = chain(Dialect::Next, &["A=$A\nB=1\n", "B=2\n"], &[]);
    assert!(found.files[0].is_fatal());
    assert_eq!(outcome(&found), ["B=2@1"]);
}

#[test]
fn bun_keeps_the_first_and_the_process_over_all() {
    let found = chain(
        Dialect::Bun,
        &["A=local\nP=file\n", "A=base\nB=$A$P\n"],
        &[("P", "")],
    );
    assert_eq!(outcome(&found), ["A=local@0", "B=local@1", "P=@process"]);
}

#[test]
fn pydantic_takes_the_last_file_without_regard_to_case_and_each_file_on_its_own() {
    let found = chain(
        Dialect::PydanticSettings,
        &["Url=root\nX=1\n", "URL=backend\nREF=${X}\n"],
        &[],
    );
    assert_eq!(outcome(&found), ["ref=@1", "url=backend@1", "x=1@0"]);
}

#[test]
fn bash_lets_a_file_see_the_ones_before() {
    let found = chain(Dialect::Bash, &["A=1\n", "B=${A}2\nA=3\n"], &[]);
    assert_eq!(outcome(&found), ["A=3@1", "B=12@1"]);
}

#[test]
fn dotenvy_never_overwrites() {
    let found = chain(Dialect::Dotenvy, &["A=1\nA=2\n", "A=3\nB=$A\n"], &[]);
    assert_eq!(outcome(&found), ["A=1@0", "B=1@1"]);
}

#[test]
fn compose_takes_the_last_file_and_ignores_the_process() {
    let found = chain(
        Dialect::Compose,
        &["A=1\n", "A=2\nB=${A}\nC=${P}\n"],
        &[("A", "shell"), ("P", "p")],
    );
    assert_eq!(outcome(&found), ["A=2@1", "B=shell@1", "C=p@1"]);
}

/// A `$` and its bracket on two lines are one; what is not closed ends the line, wherever its
/// bytes are. Found by fuzzing; what bash says was asked of bash 5.2.
#[test]
fn bash_joins_lines_before_it_looks_for_brackets() {
    let home = [("HOME", "/h")];
    let asked = |text: &str| outcome(&chain(Dialect::Bash, &[text], &home));
    assert_eq!(
        asked("A=$\\\n{HOME}/x\nC=$\\\nHOME\nD=\"$\\\n{HOME}\"\nE=${HO\\\nME}\nF=\"a$\\\n\"\n"),
        ["A=/h/x@0", "C=/h@0", "D=/h@0", "E=/h@0", "F=a$@0"]
    );
    assert_eq!(asked("A=$\\\n{PX \u{e9}}\nB=2\n"), ["B=2@0"]);
    let broken: &[u8] = b"A\x1d$\\\n{PX\xff\xff\x0f?\xff\xff  \xe5 DOHLA7}\nB=2\n";
    let loaded = load(Dialect::Bash, Source::new(broken), &Ambient::default());
    assert!(!loaded.is_fatal());
}
