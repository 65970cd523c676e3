//! Places: what was found where, and what was dropped.

use super::read;
use pixcrawler::env::dialect::{Ambient, Dialect, NoteKind, Quote, Source, load};

#[test]
fn a_binding_knows_its_place_in_the_bytes_of_the_file() {
    let file = "# c\r\nexport A = \"x\r\ny\" # z\r\nB='ü'\r\n";
    for dialect in [
        Dialect::PydanticSettings,
        Dialect::Next,
        Dialect::Bun,
        Dialect::Compose,
        Dialect::Dotenvy,
    ] {
        let loaded = read(dialect, file);
        let places: Vec<_> = loaded
            .bindings
            .iter()
            .map(|b| {
                (
                    &file[b.name_span.clone()],
                    &file[b.value_span.clone()],
                    b.line,
                    b.quote,
                )
            })
            .collect();
        let wanted = [
            ("A", "\"x\r\ny\"", 2, Quote::Double),
            ("B", "'ü'", 4, Quote::Single),
        ];
        assert_eq!(places, wanted, "{dialect}");
    }
}

#[test]
fn places_hold_across_bytes_that_are_not_text() {
    let file = b"A=caf\xe9\r\nB=2\n";
    let loaded = load(Dialect::Next, Source::new(file), &Ambient::default());
    assert_eq!(file[loaded.bindings[1].name_span.clone()], *b"B");
    assert_eq!(loaded.bindings[1].line, 2);
    assert_eq!(
        (loaded.notes[0].kind, loaded.notes[0].span.clone()),
        (NoteKind::NotUtf8, 5..6)
    );
}

#[test]
fn every_binding_stays_and_the_values_name_the_winner() {
    let file = "A=1\nA=2\n";
    for (dialect, winner) in [
        (Dialect::PythonDotenv, 1),
        (Dialect::Next, 1),
        (Dialect::Dotenvy, 0),
    ] {
        let loaded = read(dialect, file);
        assert_eq!(loaded.bindings.len(), 2, "{dialect}");
        assert_eq!(
            loaded.values.get("A").map(|entry| entry.binding),
            Some(winner),
            "{dialect}"
        );
    }
}

/// The kinds of notes with the text that each is about.
fn notes(dialect: Dialect, file: &str) -> Vec<(NoteKind, &str)> {
    let notes = read(dialect, file).notes;
    notes
        .into_iter()
        .map(|note| (note.kind, &file[note.span]))
        .collect()
}

#[test]
fn what_a_loader_drops_or_chokes_at_is_said() {
    use NoteKind::{
        Command, InvalidExpansion, InvalidLine, InvalidName, NoValue, SelfReference, TrailingText,
        UnclosedQuote,
    };
    type Case<'a> = (Dialect, &'a str, &'a [(NoteKind, &'a str)]);
    let cases: [Case<'_>; 13] = [
        (
            Dialect::PydanticSettings,
            "A B=1\nC=1\n",
            &[(InvalidLine, "A B=1")],
        ),
        (
            Dialect::PydanticSettings,
            "A='x\nB=1\n",
            &[(UnclosedQuote, "A='x")],
        ),
        (
            Dialect::PydanticSettings,
            "A='x' y\n",
            &[(TrailingText, "A='x' y")],
        ),
        (Dialect::PydanticSettings, "A\n", &[(NoValue, "A")]),
        (
            Dialect::Next,
            "no line\nA=\"x\n",
            &[(InvalidLine, "no line"), (UnclosedQuote, "\"x")],
        ),
        (Dialect::Next, "B=1\nA=x$A\n", &[(SelfReference, "x$A")]),
        (Dialect::Bun, "A@=1\n", &[(InvalidLine, "A@=1")]),
        (Dialect::NodeEnvFile, "A\nB=1\n", &[(InvalidLine, "A\nB")]),
        (Dialect::Compose, "A=${\n", &[(InvalidExpansion, "${")]),
        (Dialect::Compose, "A$=1\n", &[(InvalidName, "$")]),
        (Dialect::DockerRun, "A B=1\n", &[(InvalidName, "A B=")]),
        (Dialect::Dotenvy, "A=x y\n", &[(TrailingText, "y")]),
        (Dialect::Bash, "A=$(date)\n", &[(Command, "A=$(date)")]),
    ];
    for (dialect, file, wanted) in cases {
        assert_eq!(notes(dialect, file), wanted, "{dialect} {file:?}");
    }
}

#[test]
fn no_value_shows_in_debug_output() {
    for dialect in Dialect::ALL {
        let loaded = read(dialect, "SECRET=hunter2\nB=$SECRET\n");
        assert!(!format!("{loaded:?}").contains("hunter2"), "{dialect}");
    }
}
