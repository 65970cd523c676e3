//! What holds for any file at all.

use super::recorded_environment;
use pixcrawler::env::dialect::{Dialect, EXPANSION_LIMIT, Loaded, Source, as_loader_reports, load};
use proptest::prelude::*;

/// Text out of the pieces that env files and their readers quarrel over.
fn hostile_text() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "A",
        "B",
        "a",
        "1",
        "export ",
        "export",
        "=",
        "=",
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "#",
        " # ",
        "\"",
        "'",
        "`",
        "\\",
        "\\n",
        "$",
        "${",
        "}",
        "$A",
        "${B}",
        "${A:-",
        ":-",
        ":",
        "-",
        "+",
        "?",
        "$(",
        ")",
        "$((",
        "[",
        "{",
        "(",
        "|",
        "&",
        ";",
        "<",
        "~",
        "*",
        "\u{FEFF}",
        "\u{A0}",
        "\u{2028}",
        "\u{85}",
        "é",
        "😀",
        "\0",
        "if ",
        "then",
        "fi",
        "PX_DOLLAR",
        "__proto__",
    ];
    let piece = prop_oneof![
        20 => prop::sample::select(pieces.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..4),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Panics if a place lies outside of the file or an index leads nowhere.
fn places_are_sound(dialect: Dialect, bytes: &[u8], loaded: &Loaded) {
    let inside = |span: &std::ops::Range<usize>| span.start <= span.end && span.end <= bytes.len();
    let newlines = bytes.split(|&byte| byte == b'\n').count() - 1;
    let mut last_line = 1;
    for binding in &loaded.bindings {
        assert!(
            inside(&binding.name_span) && inside(&binding.value_span),
            "{dialect} {binding:?} {bytes:?}"
        );
        assert!(
            binding.line >= last_line && binding.line as usize <= newlines + 1,
            "{dialect} {binding:?} {bytes:?}"
        );
        last_line = binding.line;
    }
    for note in &loaded.notes {
        assert!(inside(&note.span), "{dialect} {note:?} {bytes:?}");
    }
    for (name, entry) in loaded.values.iter() {
        let binding = &loaded.bindings[entry.binding];
        assert_eq!(
            binding.name.to_lowercase(),
            name.to_lowercase(),
            "{dialect}"
        );
    }
}

fn lines(range: std::ops::Range<usize>, line: impl Fn(usize) -> String) -> String {
    range.map(line).collect::<Vec<_>>().concat()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn any_file_is_read_without_panic_and_places_are_sound(bytes in hostile_text()) {
        let ambient = recorded_environment();
        for dialect in Dialect::ALL {
            let loaded = load(dialect, Source::new(&bytes), &ambient);
            places_are_sound(dialect, &bytes, &loaded);
            let report = as_loader_reports(dialect, &loaded, &ambient);
            prop_assert!(report.fatal == loaded.is_fatal());
        }
    }

    #[test]
    fn loaders_agree_on_plain_files(values in prop::collection::vec("[A-Za-z0-9_./:@%,-]{1,12}", 1..6)) {
        let file = lines(0..values.len(), |nth| format!("N{nth}={}\n", values[nth]));
        for dialect in Dialect::ALL {
            let loaded = load(dialect, Source::new(file.as_bytes()), &recorded_environment());
            for (nth, value) in values.iter().enumerate() {
                let name = format!("{}{nth}", if dialect == Dialect::PydanticSettings { "n" } else { "N" });
                prop_assert_eq!(loaded.values.value(&name), Some(value.as_str()), "{} {}", dialect, name);
            }
        }
    }
}

/// Each of these costs a reader that rescans, copies or recurses per piece minutes or its stack.
#[test]
fn long_files_are_read_in_passing() {
    let n = 4_000;
    let files = [
        lines(0..n, |i| format!("NAME_{i}=${{NAME_{}}}x\n", i / 2)),
        lines(0..n, |i| format!("N{i}=\"open\n")),
        lines(0..n, |i| format!("N{i}='a\\'b\\'\n")),
        format!("A={}\n", "x".repeat(n * 50)),
        format!("A={}\n", "${".repeat(n)),
        format!("A={}{}\n", "${a:-".repeat(n), "}".repeat(n)),
        format!("A=\"{}\n", "\\".repeat(n * 10)),
        format!("A={}x\n", " ".repeat(n * 10)),
        format!("A={}\n", "a#".repeat(n * 10)),
        format!("A={}\n", "$".repeat(n * 10)),
        format!("{}\n", "A=$(".repeat(n)),
        format!("{}\n", "A=\"${".repeat(n)),
        format!("{}\n", "{ ".repeat(n)),
        format!("{}\n", "if ".repeat(n)),
        format!("A=$(({}\n", "(".repeat(n)),
        "\n".repeat(n * 10),
        "export\n".repeat(n),
    ];
    for file in &files {
        for dialect in Dialect::ALL {
            let loaded = load(
                dialect,
                Source::new(file.as_bytes()),
                &recorded_environment(),
            );
            places_are_sound(dialect, file.as_bytes(), &loaded);
        }
    }
}

#[test]
fn references_that_double_forty_times_end_at_the_limit() {
    let doubling: String = lines(1..40, |i| format!("A{i}=${{A{0}}}${{A{0}}}\n", i - 1));
    let file = format!("A0=xxxxxxxxxxxxxxxx\n{doubling}");
    for dialect in Dialect::ALL {
        let loaded = load(
            dialect,
            Source::new(file.as_bytes()),
            &recorded_environment(),
        );
        let size: usize = loaded
            .values
            .iter()
            .map(|(_, entry)| entry.value.as_ref().map_or(0, |value| value.as_str().len()))
            .sum();
        assert!(size <= 2 * EXPANSION_LIMIT, "{dialect} {size}");
    }
}
