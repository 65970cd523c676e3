//! What is masked, and what is held back until it can be.

use super::*;

#[test]
fn every_secret_of_a_line_is_masked() {
    let secrets = Secrets::new(["hunter22", "sk_live_12345", "no"]);
    assert_eq!(
        secrets.mask_text("a hunter22 b sk_live_12345 no"),
        "a •••••• b •••••• no"
    );
    assert!(secrets.found_in(b"xhunter22x"));
    assert!(!format!("{secrets:?}").contains("hunter"));
}

#[test]
fn what_one_copy_learns_all_of_them_mask() {
    let secrets = Secrets::new(["hunter22"]);
    let copy = secrets.clone();
    secrets.learn(["hunter22", "correct-horse"]);
    assert_eq!(copy.mask_text("hunter22 correct-horse"), "•••••• ••••••");
    assert_eq!(copy.longest(), "correct-horse".len());
}

#[test]
fn a_key_of_several_lines_is_masked_line_by_line() {
    let secrets = Secrets::new(["-----BEGIN KEY-----\nMIIEvQIBADANBgkqhki\nab\n-----END KEY-----"]);
    assert_eq!(secrets.mask_text("x MIIEvQIBADANBgkqhki y"), "x •••••• y");
    assert_eq!(
        secrets.mask_text("-----BEGIN KEY-----"),
        "-----BEGIN KEY-----"
    );
}

#[test]
fn a_secret_of_megabytes_is_masked_to_the_end_of_its_line() {
    let secret = "s3cr\u{e9}t".repeat(500_000);
    let secrets = Secrets::new([secret.as_str(), "hunter22"]);
    assert_eq!(
        secrets.mask_text(&format!("a {secret} hunter22\nb hunter22 c")),
        "a ••••••\nb •••••• c"
    );
}

#[test]
fn what_is_left_of_a_secret_without_its_middle_is_masked() {
    let long = format!("{}{}", "x".repeat(2 * LONGEST), "quite another \"end\"");
    let secrets = Secrets::new(["correct-horse-battery"]);
    secrets.learn([long.as_str()]);
    for (text, shown) in [
        (
            "'correct-horse...orse-battery' correct-",
            "'••••••...••••••' correct-",
        ),
        ("{'k': 'correct-…-battery'}", "{'k': '••••••…••••••'}"),
        ("corr\x1b[1mect-h\x1b[0m...", "••••••\x1b[0m..."),
        ("...another \"end\"", "...••••••"),
        (r#"...other \"end\"""#, r#"...••••••""#),
        ("starting... correct", "starting... correct"),
    ] {
        assert_eq!(secrets.mask_text(text), shown);
        assert_eq!(secrets.found_in(text.as_bytes()), text != shown);
    }
}

#[test]
fn most_of_a_secret_is_masked_whatever_follows() {
    let secrets = Secrets::new(["sk_test_4eC39HqLyjWDarjtT1zdp7dc", "hunter22"]);
    let most = "sk_test_4eC39HqLyjWDarjtT1zd";
    for behind in [
        " X",
        "\"X",
        "X",
        "\rX",
        "\x1b[2K\x1b[1GX",
        "\x08",
        "\0X",
        "\x0cX",
        "\x0bX",
        "\u{2028}X",
        "\u{85}X",
        "*",
        "...",
        ", next",
        ") hunter",
        "\\nX",
    ] {
        let text = format!("16 {most}{behind}\n");
        let expected = format!("16 {MASK}{behind}\n");
        assert_eq!(secrets.mask_text(&text), expected, "{behind:?}");
        assert!(secrets.found_in(text.as_bytes()), "{behind:?}");
        let mut out = Vec::new();
        assert!(secrets.mask_if_found(text.as_bytes(), &mut Fold::default(), &mut out));
        assert_eq!(String::from_utf8_lossy(&out), expected, "{behind:?}");
    }
    // What is not seen is kept in a log.
    let title = format!("\x1b]0;{most}\x07a\n");
    assert_eq!(secrets.mask_text(&title), format!("\x1b]0;{MASK}\x07a\n"));
    for harmless in ["sk_test_4eC is a key", "sk_test_4eC39Hq X", "hunter 22"] {
        assert_eq!(secrets.mask_text(harmless), harmless);
        assert!(!secrets.found_in(harmless.as_bytes()));
    }
}

/// Ways to hide eight letters from a search for them.
const HIDDEN: &[&str] = &[
    "hunt\x1b[31mer22",
    "hunt\x1b[Ker22",
    "hunt\x1b[mer22",
    "hunt\x1b[?25her22",
    "hunt\x1b]0;t\x07er22",
    "hunt\x1b(Ber22",
    "hunt\rer22",
    "hunt\0er22",
    "h\x1b[1mu\x1b[2mn\x1b[3mt\x1b[4me\x1b[5mr\x1b[6m2\x1b[7m2",
];

#[test]
fn a_secret_is_known_by_what_is_seen_of_it() {
    let secrets = Secrets::new(["hunter22"]);
    for hidden in HIDDEN {
        let text = format!("\x1b[1ma {hidden}\x1b[0m b\r\nhunter22 \x1b]0;hunter22\x07c\n");
        assert!(secrets.found_in(hidden.as_bytes()));
        let expected = "\x1b[1ma ••••••\x1b[0m b\r\n•••••• \x1b]0;••••••\x07c\n";
        assert_eq!(secrets.mask_text(&text), expected, "{hidden:?}");
        let mut out = Vec::new();
        assert!(secrets.mask_if_found(text.as_bytes(), &mut Fold::default(), &mut out));
        assert_eq!(String::from_utf8_lossy(&out), expected);
        // Its beginning is held back just so.
        for end in 1..hidden.len() {
            let line = format!("a {}", &hidden[..end]);
            assert_eq!(secrets.settled(line.as_bytes()), 2, "{line:?}");
        }
    }
    // A title is not seen, and what stands on two lines is no secret.
    for harmless in ["hunt\ner22\x1b[0m", "\x1b]0;hunt\x07er22"] {
        assert_eq!(secrets.mask_text(harmless), harmless);
    }
}

#[test]
fn a_secret_is_known_in_the_forms_in_which_programs_write_it() {
    let secrets = Secrets::new(["q\"uo/te&SECRET", "p%40ss%2Fw0rdXYZ"]);
    for written in [
        r#"{"k": "q\"uo/te&SECRET"}"#,
        r#"{"k": "q\"uo/te\u0026SECRET"}"#,
        "?k=q%22uo/te%26SECRET",
        "?k=q%22uo%2fte%26SECRET",
        "p%40ss%2fw0rdXYZ",
    ] {
        let shown = secrets.mask_text(written);
        assert!(shown.contains(MASK) && !shown.contains("SECRET"), "{shown}");
        assert!(!shown.contains("XYZ"), "{shown}");
    }
}

/// A key, a password and one of letters that are not ASCII, as programs wrote them.
const NUMBERED: &[&str] = &[
    // Handlebars, Mustache, Go.
    "Zm9vYmFyYmF6cXV4MA+/abcd&#x3D;&#x3D;",
    "Zm9vYmFyYmF6cXV4MA+&#x2F;abcd&#x3D;&#x3D;",
    "Zm9vYmFyYmF6cXV4MA&#43;/abcd==",
    // Gson, .NET, both within JSON.
    r"Zm9vYmFyYmF6cXV4MA+/abcd\u003d\u003d",
    r"Zm9vYmFyYmF6cXV4MA\u002B/abcd==",
    r"Zm9vYmFyYmF6cXV4MA\\u002B/abcd\\u003d=",
    // JSON made safe for HTML, Django's and .NET's.
    r#"q\u0027uo\"te\u003c\u0026\u003es3cret99"#,
    r"q\u0027uo\u0022te\u003C\u0026\u003Es3cret99",
    "q&#39;uo&#34;te&lt;&amp;&gt;s3cret99",
    "q&#x27;uo\"te&lt;&amp;&gt;s3cret99",
    // A shell.
    r#"q'"'"'uo"te<&>s3cret99"#,
    r#"q'\''uo"te<&>s3cret99"#,
    // `xmlcharrefreplace`.
    "p&#228;ssw&#246;rd",
    "p&auml;ssw&ouml;rd",
    r"p\xe4ssw\366rd",
    // `declare -p`, `printf %q`.
    r"pa\$\$w0rd-Sec\$ret9",
    r#"q\'uo\"te\<\&\>s3cret99"#,
    r"my\ pass\ phrase\ is\ Long77",
    // HTML of JSON, JSON of HTML, HTML of HTML, JSON thrice.
    r"q'uo\&quot;te&lt;&amp;&gt;s3cret99",
    r#"q&#x27;uo\"te\u0026lt;\u0026amp;\u0026gt;s3cret99"#,
    "q&amp;#x27;uo&amp;quot;te&amp;lt;&amp;amp;&amp;gt;s3cret99",
    r#"q'uo\\\\\\\"te<&>s3cret99"#,
    // `console.log({k})`, JSON of HTML, HTML.
    r#"pq'xy&zr<u>Vw 12$45"tail\\end!é9"#,
    r"pq&#x27;xy&amp;zr&lt;u&gt;Vw 12$45&quot;tail\\end!\u00e99",
    r"pq&#x27;xy&amp;zr&lt;u&gt;Vw 12$45&quot;tail\end!&eacute;9",
    // All that can be named, and as a literal.
    "Zm9vYmFyYmF6cXV4MA&plus;&sol;abcd&equals;&equals;",
    r"Zm9vYmFyYmF6cXV4MA+/abcd\x3d\x3d",
    r"p\u00E4ssw\u00F6rd",
    // In an address, with letters that need not be encoded, twice, and of JSON.
    "pa%24$w0rd%2DSec%24ret%39",
    "%70%61%24%24%77%30%72%64%2D%53%65%63%24%72%65%74%39",
    "pa%2524%24w0rd-Sec%2524ret9",
    "my+p%61ss+phrase%20is+Long77",
    "Zm9vYmFyYmF6cXV4MA%2b%2Fabc%64%3D=",
    "q'uo%5C%22te<%26>s3cret9%39",
    r#"q'uo\"te%3C&%3Es3cret99"#,
    // SQL and YAML, CSV, JSON of SQL, HTML of SQL, SQL in an address.
    "q''uo\"te<&>s3cret99",
    "q'uo\"\"te<&>s3cret99",
    r#"q''uo\"te<&>s3cret99"#,
    "q&#39;&#39;uo&quot;te&lt;&amp;&gt;s3cret99",
    "q%27%27uo%22te%3C%26%3Es3cret99",
];

#[test]
fn a_secret_is_known_in_which_letters_are_numbers() {
    let secrets = Secrets::new([
        "Zm9vYmFyYmF6cXV4MA+/abcd==",
        "q'uo\"te<&>s3cret99",
        "pässwörd",
        "pa$$w0rd-Sec$ret9",
        "my pass phrase is Long77",
        r#"pq'xy&zr<u>Vw 12$45"tail\end!é9"#,
    ]);
    for written in NUMBERED {
        let text = format!("a &#61; \"{written}\" b\\u003d\n");
        let expected = format!("a &#61; \"{MASK}\" b\\u003d\n");
        assert_eq!(secrets.mask_text(&text), expected, "{written}");
        assert!(secrets.found_in(text.as_bytes()), "{written}");
        let mut out = Vec::new();
        assert!(secrets.mask_if_found(text.as_bytes(), &mut Fold::default(), &mut out));
        assert_eq!(String::from_utf8_lossy(&out), expected, "{written}");
        // Its beginning is held back wherever it ends.
        for end in (3..written.len()).filter(|end| written.is_char_boundary(*end)) {
            let line = format!("a {}", &written[..end]);
            let shown = secrets.mask_text(&line[..secrets.settled(line.as_bytes())]);
            assert!(shown.len() <= "a ".len() + MASK.len(), "{line}: {shown}");
        }
    }
    let long = format!("{}=", "x1".repeat(LONGEST));
    let secrets = Secrets::new([long.as_str()]);
    let text = format!("a {}\nb \\u003d", long.replace('x', r"\u0078"));
    assert_eq!(secrets.mask_text(&text), format!("a {MASK}\nb \\u003d"));
}

#[test]
fn letters_that_need_not_be_written_otherwise_may_be() {
    let secrets = Secrets::new(["ab~cd-EF.gh_IJklMN99", "it's4tooSecret"]);
    for written in [
        "ab%7Ecd-EF.gh_IJklMN99",
        "ab~cd%2DEF.gh_IJklMN99",
        "%61%62%7E%63%64%2d%45%46%2e%67%68%5f%49%4a%6b%6c%4d%4e%39%39",
        "it''s4tooSecret",
        "it''''s4tooSecret",
    ] {
        let text = format!("token='{written}' 100%\n");
        let shown = format!("token='{MASK}' 100%\n");
        assert_eq!(secrets.mask_text(&text), shown);
        let mut out = Vec::new();
        assert!(secrets.mask_if_found(text.as_bytes(), &mut Fold::default(), &mut out));
        assert_eq!(String::from_utf8_lossy(&out), shown);
    }
    for harmless in [
        "50% of 100%, %s %d%% %zz a+b",
        "?q=a+b%20c%2Fd&x=''",
        r#"{"a":"","b":'',"c":"it''s"}"#,
    ] {
        assert_eq!(secrets.mask_text(harmless), harmless);
        assert_eq!(secrets.settled(harmless.as_bytes()), harmless.len());
    }
}

proptest::proptest! {
    #[test]
    fn whichever_letters_are_written_otherwise_a_secret_is_masked(
        ways in proptest::collection::vec(0..6_usize, 20),
        before in "[a-z%'+ ]{0,9}",
    ) {
        let secret = "ab~c'-E\"F.gh I+kMN9%";
        let secrets = Secrets::new([secret]);
        let letters = secret.chars().zip(ways);
        let written: String = letters.map(|(letter, way)| match (way, letter) {
            (0, _) => format!("%{:02x}", u32::from(letter)),
            (1, _) => format!("%25{:02X}", u32::from(letter)),
            (2, _) => format!("\\u{:04x}", u32::from(letter)),
            (3, _) => format!("&#{};", u32::from(letter)),
            (4, '\'' | '"') => format!("{letter}{letter}"),
            (4, ' ') => "+".to_owned(),
            _ => letter.to_string(),
        }).collect();
        let text = format!("{before}|{written}|");
        proptest::prop_assert_eq!(secrets.mask_text(&text), format!("{before}|{MASK}|"));
    }
}

#[test]
fn backslashes_before_letters_are_no_escapes() {
    let secrets = Secrets::new(["password", r"dom\user\pw9", r#"a\"b\\c-12"#]);
    for harmless in [
        r"C:\pass\word \n\t",
        r"a\nb \d+\.\w \\server\share \x4",
        "?a=1&b=2&copy=3 &lt; &amp; \\",
    ] {
        assert_eq!(secrets.mask_text(harmless), harmless);
        assert_eq!(secrets.settled(harmless.as_bytes()), harmless.len());
    }
    for written in [
        r"dom\\user\\pw9",
        r"dom\\\\user\\\\pw9",
        r#"a\\\"b\\\\c-12"#,
        r#"a\\\\\\\"b\\\\\\\\c-12"#,
    ] {
        let text = format!("\\\"{written}\\\" x");
        let shown = format!("\\\"{MASK}\\\" x");
        assert_eq!(secrets.mask_text(&text), shown);
    }
}

#[test]
fn an_end_that_tells_a_secret_is_masked() {
    let secrets = Secrets::new(["correct-horse-battery", "hunter22", "ter22correct"]);
    let end = |line: &str| {
        let mut line = line.as_bytes().to_vec();
        secrets.mask_end(&mut line);
        String::from_utf8_lossy(&line).into_owned()
    };
    assert_eq!(end("a correct-hors"), "a ••••••");
    assert_eq!(end("a correct-"), "a ••••••");
    assert_eq!(end("a correct"), "a correct", "eight are enough");
    assert_eq!(end("a cor\x1b[1mrect-\x1b[3"), "a ••••••");
    assert_eq!(end("a hunt"), "a ••••••", "half of it");
    assert_eq!(end("a hunter22"), "a hunter22", "whole ones are found");
    assert_eq!(end("a hunter22corr"), "a ••••••");
    assert_eq!(end(""), "");
}

#[test]
fn what_a_cut_line_goes_on_with_is_short() {
    let secrets = Secrets::new(["hunter22"]);
    let line = format!("a hun{}t\x1b[3", "\x1b[1m".repeat(10_000));
    assert_eq!(secrets.cut(line.as_bytes()), (2, b"hunt\x1b[3".to_vec()));
    assert_eq!(secrets.cut("a\x1b[1mé".as_bytes()).0, 7);
    assert_eq!(secrets.cut(b"a\x1b[1m\xc3"), (5, b"\xc3".to_vec()));
}

#[test]
fn the_beginning_of_a_secret_is_held_back() {
    let secrets = Secrets::new(["hunter22"]);
    let shown = |line: &'static str| &line[..secrets.settled(line.as_bytes())];
    assert_eq!(
        (
            shown("password: hunt"),
            shown("password: "),
            shown("hunted "),
            shown("x hunter22")
        ),
        ("password: ", "password: ", "hunted ", "x hunter22")
    );
}
