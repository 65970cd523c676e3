//! What is masked of a secret that stands on several lines, and what is left alone.

use std::fmt::Write as _;

use memchr::memmem;
use proptest::prelude::*;

use super::super::Secrets;
use super::*;

/// As keys look: letters and digits in which nothing repeats itself.
fn key(begin: &str, length: usize) -> String {
    let (mut key, mut state) = (begin.to_owned(), 0x2545_f491_u64);
    while key.len() < length {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let at = usize::try_from(state >> 40).expect("24 bits") % 62;
        let letters = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        key.push(char::from(letters[at]));
    }
    key
}

fn token() -> String {
    key(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ3NyJ9.",
        231,
    )
}

fn pieces(text: &str, width: usize) -> Vec<&str> {
    let pieces = text.as_bytes().chunks(width);
    pieces
        .map(|piece| std::str::from_utf8(piece).expect("ASCII"))
        .collect()
}

/// What is shown of lines that come in these parts.
fn shown_in_parts(secrets: &Secrets, chunks: &[&str]) -> String {
    let (mut fold, mut out) = (Fold::default(), Vec::new());
    for chunk in chunks {
        let before = out.len();
        if !secrets.mask_if_found(chunk.as_bytes(), &mut fold, &mut out) {
            assert_eq!(out.len(), before);
            out.extend_from_slice(chunk.as_bytes());
        }
    }
    String::from_utf8(out).expect("UTF-8")
}

/// What is shown of lines that come in two parts, wherever they are cut; but for those that only a later one tells.
fn shown(secrets: &Secrets, text: &str) -> String {
    let whole = shown_in_parts(secrets, &[text]);
    for (at, _) in text.match_indices('\n') {
        let (one, other) = text.split_at(at + 1);
        let parts = shown_in_parts(secrets, &[one, other]);
        let count = parts.lines().count();
        assert_eq!(count, whole.lines().count(), "{text}");
        let lines = parts.lines().zip(whole.lines());
        for (number, ((part, whole), came)) in lines.zip(text.lines()).enumerate() {
            let is_over = number < one.lines().count();
            let is_told_later = is_over && (part == came || whole.contains("••••••"));
            assert!(part == whole || is_told_later, "{parts}");
        }
    }
    whole
}

/// Whether so much of a secret is seen that it is worth something.
fn is_told(secret: &str, shown: &str) -> bool {
    secret
        .as_bytes()
        .windows(12)
        .any(|part| memmem::find(shown.as_bytes(), part).is_some())
}

#[test]
fn a_text_without_a_folded_secret_stays() {
    let words = [
        "correct-horse-battery-staple",
        "pixcrawler_development_password",
    ];
    let words = words.map(str::to_owned);
    let secrets = Secrets::new([token()].into_iter().chain(words));
    let header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
    for text in [
        "a token of somebody else: eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ4In0.c2ln\n",
        "the header is eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 as with others\n",
        "correct-horse\ncorrect-horse-battery\nstaple\n",
        "correct-horse-battery is no\n-staple\n",
        "a correct-horse\n-batterie is one\n",
        "eyJhbGci\nOiJI\nUzI1NiIs\n",
        "\n  \n│ │\n",
        "connected to database pixcrawler_dev\nready\n",
        "| pixcrawler_dev | app |\n| shop | app |\n",
    ] {
        assert_eq!(shown(&secrets, text), text);
    }
    // What one line shows is a beginning; the next one that is another text stays.
    let text = format!("{header}\nready\nIsInR5cCI6IkpXVCJ9\n");
    assert_eq!(
        shown(&secrets, &text),
        "••••••\nready\nIsInR5cCI6IkpXVCJ9\n"
    );
}

#[test]
fn words_are_masked_where_all_their_pieces_make_a_secret() {
    let secrets = Secrets::new([
        "correct-horse-battery-staple-2024",
        "orange-purple-forest-lamp",
        "purple-monkey-dish",
        "correct horse battery 2024",
        "Tr0ub4dor-horse-staple-battery-correct",
    ]);
    let mask = "••••••";
    for (text, lines) in [
        // textwrap, wide and narrow
        (
            "the password of the database is correct-horse-battery-\nstaple-2024 for now\n",
            "the password of the database is M\nM for now\n",
        ),
        (
            "is correct-horse-\nbattery-staple-2024\nfor now\n",
            "is M\nM\nfor now\n",
        ),
        ("orange-purple-forest-\nlamp\n", "M\nM\n"),
        // rich, in the middle of words
        (
            "correct-h\n   orse-battery-stap\n   le-2024 is it\n",
            "M\n   M\n   M is it\n",
        ),
        (
            "postgresql://app:Tr0u\nb4dor-horse-staple-ba\nttery-correct@db.exam\n",
            "postgresql://app:M\nM\nM@db.exam\n",
        ),
        // prettytable and tabulate
        (
            "| correct-horse-battery- | x |\n| staple-2024            |   |\n+--+--+\n",
            "| M | x |\n| M            |   |\n+--+--+\n",
        ),
        (
            "correct-horse-battery-  next\nstaple-2024             to it\n",
            "M  next\nM             to it\n",
        ),
        (
            "| postgresql://app:Tr0ub4dor-    |\n| horse-staple-battery-correct@d |\n| b.example.com:5432/shop        |\n",
            "| postgresql://app:M    |\n| M@d |\n| b.example.com:5432/shop        |\n",
        ),
        (
            "| orange-     |\n| purple-forest-lamp |\n",
            "| M     |\n| M |\n",
        ),
    ] {
        assert_eq!(shown(&secrets, text), lines.replace('M', mask), "{text}");
    }
    // What may be another text as well is told by the next line: one that was shown is.
    for (one, other, lines) in [
        ("so: purple-monkey-\n", "dish.\n", "so: M\nM.\n"),
        ("orange-purple\n", "-forest-lamp\n", "M\nM\n"),
        ("is correct horse\n", "battery 2024 now\n", "is M\nM now\n"),
        (
            "is correct horse\n\n",
            "│ battery │\n│ 2024 │\n",
            "is M\n\n│ M │\n│ M │\n",
        ),
    ] {
        let whole = format!("{one}{other}");
        let expected = lines.replace('M', mask);
        assert_eq!(shown_in_parts(&secrets, &[&whole]), expected);
        let parts = shown_in_parts(&secrets, &[one, other]);
        assert!(parts.starts_with(one), "{parts}");
        assert!(expected.ends_with(&parts[one.len()..]), "{parts}");
    }
    for text in [
        "so: purple-monkey-\ndishes\n",
        "so: purple-monkey\ndish\n",
        "is correct horse\nand battery 2024 too\n",
        "is correct horse\nready\nbattery 2024\n",
        "orange-purple\nforest-lamp\n",
    ] {
        assert_eq!(shown(&secrets, text), text);
    }
}

#[test]
fn what_is_folded_in_a_text_that_stands_in_one_line_is_masked() {
    let (secret, words) = (key("sk_live_", 68), "correct horse battery 2024");
    let secrets = Secrets::new([secret.as_str(), words]);
    let (a, b, c) = (&secret[..30], &secret[30..60], &secret[60..]);
    for (text, left) in [
        (
            format!(r#"{{"e": "is {a}\n{b}\n{c}"}}"#),
            r#"{"e": "is M\nM\nM"}"#,
        ),
        (
            format!(r#"{{"e": "{a}\r\n\t{b}\r\n\t{c} ok"}}"#),
            r#"{"e": "M\r\n\tM\r\n\tM ok"}"#,
        ),
        (format!(r"'x {a}\n{b}\n{c}'"), r"'x M\nM\nM'"),
        (
            format!(r#"{{"m": "{{\"e\": \"{a}\\n{b}\\n{c}\"}}"}}"#),
            r#"{"m": "{\"e\": \"M\\nM\\nM\"}"}"#,
        ),
        (
            format!(r#"{{"e": "\u2502 {a} \u2502\n\u2502 {b} \u2502\n\u2502 {c} \u2502\n"}}"#),
            r#"{"e": "\u2502 M \u2502\n\u2502 M \u2502\n\u2502 M \u2502\n"}"#,
        ),
        (
            format!(r#"{{"e": "│ {a} │\n│ {b} │\n│ {c} │\n"}}"#),
            r#"{"e": "│ M │\n│ M │\n│ M │\n"}"#,
        ),
        // pprint
        (
            format!("('{a}\\n'\n '{b}\\n'\n '{c}')"),
            "('M\\n'\n 'M\\n'\n 'M')",
        ),
        (
            format!("<p>{a}<br>{b}<br />{c}</p>"),
            "<p>M<br>M<br />M</p>",
        ),
        // Mails
        (format!("{a}=\n{b}=\n{c}"), "M=\nM=\nM"),
        (
            r#"{"e": "is correct horse\nbattery 2024"}"#.to_owned(),
            r#"{"e": "is M\nM"}"#,
        ),
    ] {
        let text = format!("{text}\nready\n");
        let left = format!("{}\nready\n", left.replace('M', "••••••"));
        assert_eq!(shown(&secrets, &text), left, "{text}");
    }
    for text in [
        r#"{"e": "is correct horse\nand battery 2024"}"#,
        r"C:\new\nothing and a correct horse\n",
    ] {
        let text = format!("{text}\n");
        assert_eq!(shown(&secrets, &text), text);
    }
}

#[test]
fn a_line_of_nothing_but_line_ends_in_letters_takes_no_longer() {
    let secrets = Secrets::new([token()]);
    let text = format!("{}{}\n", r"\n x\\".repeat(300_000), &token()[..60]);
    shown_at_once(&secrets, &text);
    let text = format!("{}\n", format!(r"{}\n", &token()[..60]).repeat(20_000));
    shown_at_once(&secrets, &text);
}

#[test]
fn what_rich_prints_is_masked() {
    for secret in [token(), key("sk_live_", 68)] {
        let secrets = Secrets::new([secret.as_str()]);
        // rich.print({'k': secret})
        let printed = format!(
            "{{\n    'k': \n{}\n}}\n",
            pieces(&format!("'{secret}'"), 80).join("\n")
        );
        let out = shown(&secrets, &printed);
        assert!(!is_told(&secret, &out), "{out}");
        assert!(
            out.starts_with("{\n    'k': \n'••••••") && out.ends_with("\n}\n"),
            "{out}"
        );
        // Panel(secret), alone and in another one
        for (left, right) in [
            ("│ ", " │"),
            ("│ │ ", " │ │"),
            ("| ", " |"),
            ("\x1b[34m│\x1b[0m ", " \x1b[34m│\x1b[0m"),
        ] {
            let lines = pieces(&secret, 56).into_iter();
            let lines = lines.map(|piece| format!("{left}{piece:56}{right}\n"));
            let lines: Vec<String> = lines.collect();
            let out = shown(&secrets, &format!("╭────╮\n{}╰────╯\n", lines.concat()));
            assert!(!is_told(&secret, &out), "{out}");
            assert_eq!(
                out.matches("••••••").count(),
                secret.len().div_ceil(56),
                "{out}"
            );
            assert!(out.ends_with("╰────╯\n"), "{out}");
        }
        // RichHandler: time, level, message, place
        for text in [
            format!("the key is {secret} indeed"),
            format!("key={secret}"),
            secret.clone(),
        ] {
            let (before, rest) = text.split_at(text.find(&secret[..8]).expect("it is there"));
            let (begin, rest) = rest.split_at(43 - before.len());
            let mut printed = vec![format!("[12:00:01] INFO     {before}{begin} app.py:12 \n")];
            for piece in pieces(rest, 43) {
                printed.push(format!("{:20}{piece:43}           \n", ""));
            }
            let next =
                "[12:00:02] INFO     ready                                       app.py:13 \n";
            printed.push(next.to_owned());
            let out = shown(&secrets, &printed.concat());
            assert!(!is_told(&secret, &out), "{out}");
            assert!(
                out.contains(" app.py:12 \n") && out.contains("ready  "),
                "{out}"
            );
            assert!(
                !text.ends_with("indeed") || out.contains(" indeed"),
                "{out}"
            );
        }
    }
}

#[test]
fn what_a_line_ends_with_is_masked_where_it_tells_a_secret() {
    let secret = key("sk_live_", 68);
    let secrets = Secrets::new([secret.as_str()]);
    for behind in ["", "'", "\")", "  ", "\r", " \\", "' +", "    app.py:3"] {
        let text = format!("key: {}{behind}\nnext\n", &secret[..30]);
        assert_eq!(
            shown(&secrets, &text),
            format!("key: ••••••{behind}\nnext\n")
        );
    }
    for text in [
        format!("key: {}\n", &secret[..11]),
        format!("key: {} is right\n", &secret[..30]),
        format!("key: {}-other\n", &secret[..30]),
    ] {
        assert_eq!(shown(&secrets, &text), text);
    }
}

#[test]
fn secrets_that_begin_alike_are_followed_together() {
    let begin = key("eyJ", 100);
    let (one, other) = (
        format!("{begin}{}", key("A1", 60)),
        format!("{begin}{}", key("B2", 70)),
    );
    let secrets = Secrets::new([&one, &other]);
    for secret in [&one, &other] {
        let out = shown(&secrets, &format!("{}\n", pieces(secret, 40).join("\n")));
        assert!(
            !is_told(secret, &out) && out.lines().all(|line| line == "••••••"),
            "{out}"
        );
    }
}

#[test]
fn a_form_of_a_secret_and_a_secret_of_megabytes_are_followed() {
    let quoted = "q\"uo/te&SECRET12 34567890abcdefgh";
    let long = key("AQ", 100_000);
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n{}\n-----END PRIVATE KEY-----",
        key("MII", 64),
        key("QxV", 64)
    );
    let secrets = Secrets::new([quoted, &long, &pem]);
    let out = shown(&secrets, "q\\\"uo/te&SECRET12\n34567890abcdefgh\n");
    assert_eq!(out, "••••••\n••••••\n");
    let out = shown(
        &secrets,
        &format!("{}\n", pieces(&long[..10_000], 80).join("\n")),
    );
    assert!(!is_told(&long, &out));
    let escaped = pem.replace('\n', "\\n");
    let out = shown(
        &secrets,
        &format!("{}\nrest\n", pieces(&escaped, 40).join("\n")),
    );
    assert!(
        !is_told(&escaped[30..92], &out) && out.ends_with("rest\n"),
        "{out}"
    );
    // Its form begins with what ends a line.
    let out = shown(
        &secrets,
        &format!("{{\"a\": \"{}\", \"b\": \"{escaped}\"}}\n", key("AQ", 30)),
    );
    assert!(out.ends_with(", \"b\": \"••••••\"}\n"), "{out}");
    let head = "-----BEGIN PRIVATE KEY-----\n";
    assert_eq!(shown(&secrets, head), head);
}

#[test]
fn a_line_that_is_not_whole_is_shown_up_to_the_rest() {
    let secret = key("sk_live_", 68);
    let secrets = Secrets::new([secret.as_str()]);
    let (mut fold, mut out) = (Fold::default(), Vec::new());
    let line = format!("  {}", &secret[40..50]);
    assert_eq!(secrets.before_rest(line.as_bytes(), &fold), line.len());
    assert!(secrets.mask_if_found(
        format!("{}\n", &secret[..40]).as_bytes(),
        &mut fold,
        &mut out
    ));
    assert_eq!(secrets.before_rest(line.as_bytes(), &fold), 2);
    assert_eq!(secrets.before_rest(b"Name? ", &fold), 6);
}

#[test]
fn texts_that_repeat_themselves_take_no_longer() {
    let secrets = Secrets::new([&"a1".repeat(400), &token()]);
    let text = format!("{}\n{}b\n", "a1".repeat(200_000), "a1".repeat(200_000));
    shown_at_once(&secrets, &text);
    shown_at_once(
        &secrets,
        &format!("{}\n", format!("{}x ", &token()[..60]).repeat(5000)),
    );
}

fn shown_at_once(secrets: &Secrets, text: &str) {
    let began = std::time::Instant::now();
    secrets.mask_if_found(text.as_bytes(), &mut Fold::default(), &mut Vec::new());
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

proptest! {
    #[test]
    fn wherever_a_line_is_broken_no_piece_is_told(
        before in "[a-z ]{0,60}",
        indent in "[ │|]{0,12}",
        width in 30_usize..120,
        length in 40_usize..300,
    ) {
        let secret = key("sk_live_", length);
        let secrets = Secrets::new([secret.as_str()]);
        let text = format!("{before} {secret}");
        let lines = pieces(&text, width).join(&format!("\n{indent}"));
        let out = shown(&secrets, &format!("{lines}\nready\n"));
        prop_assert!(!is_told(&secret, &out), "{}", out);
        prop_assert!(out.ends_with("ready\n"));
    }

    #[test]
    fn whatever_the_lines_only_secrets_are_masked(text in "(([a-z0-9:'│ ]{0,9}|sk_live_[a-z0-9]{3,9}|sk_live_abc9defghijklmno|\\\\n|<br>)\n?){0,20}") {
        let secrets = Secrets::new(["sk_live_abc9defghijklmnopqrstuvw"]);
        let out = shown(&secrets, &format!("{text}\n"));
        prop_assert!(!out.lines().any(|line| line.ends_with("sk_live_abc9defghijklmno")), "{}", out);
        prop_assert_eq!(out.lines().count(), text.lines().count() + usize::from(text.ends_with('\n') || text.is_empty()));
    }
}

/// A text as it is seen.
fn without_colours(text: &str) -> String {
    match super::super::Visible::of(text.as_bytes()) {
        Some(visible) => String::from_utf8(visible.text().to_vec()).expect("UTF-8"),
        None => text.to_owned(),
    }
}

proptest! {
    #[test]
    fn colours_between_the_parts_hide_nothing(
        which in 0..6_usize, width in 3..40_usize, colours in proptest::collection::vec(0..5_usize, 20), at in 0..30_usize, one_chunk: bool,
    ) {
        let secret = [
            key("", 18),
            key("sk-", 40),
            token(),
            "correct-horse-battery-staple".to_owned(),
            "pixcrawler_development_password".to_owned(),
            "postgresql://app:s3cr3t-Passw0rd@db.example.com:5432/app".to_owned(),
        ][which].clone();
        let secrets = Secrets::new([secret.clone()]);
        let colour = |n: usize| ["", "\x1b[0m", "\x1b[1;38;5;200m", "\x1b[m\x1b[K", "\x1b]8;;http://x\x1b\\"][n];
        let mut colours = colours.into_iter().cycle();
        let mut text = format!("pw={}", colour(colours.next().unwrap_or(0)));
        for piece in pieces(&secret, width) {
            let (head, rest) = piece.split_at(at.min(piece.len()));
            let mut next = || colour(colours.next().unwrap_or(0));
            let _ = writeln!(text, "{}{head}{}{rest}{}", next(), next(), next());
        }
        let plain = without_colours(&text);
        let chunks = |text: &str| -> Vec<String> {
            if one_chunk { vec![text.to_owned()] } else { text.split_inclusive('\n').map(str::to_owned).collect() }
        };
        let shown = |text: &str| {
            let chunks = chunks(text);
            let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
            shown_in_parts(&secrets, &chunks)
        };
        prop_assert_eq!(without_colours(&shown(&text)), shown(&plain));
    }
}
