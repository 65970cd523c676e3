//! One report through every renderer.

mod findings;
pub(crate) mod xml;

use insta::assert_snapshot;
use pixcrawler::diagnostic::{Edit, Finding, Fix, Label, Report, Severity};
use pixcrawler::failure::Failure;
use pixcrawler::output::{
    ColorChoice, Format, Run, Style, Terminal, explain, failure, render, schema,
};
use pixcrawler::text::{Source, Span};
use serde_json::Value;

use findings::{UNREAD_NAME, rendered, report, run};

const FORMATS: [Format; 5] = [
    Format::Human,
    Format::Json,
    Format::Github,
    Format::Sarif,
    Format::Junit,
];

fn text(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("every format is UTF-8")
}

pub(crate) fn errors(schema: &Value, instance: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).expect("a valid schema");
    validator
        .iter_errors(instance)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn human() {
    assert_snapshot!(rendered(Format::Human, &report(), Style::plain()));
}

#[test]
fn human_in_colour_says_the_same() {
    let style = Style::new(ColorChoice::Always, &Terminal::default());
    let report = Report::new(vec![findings::unread_name(), findings::placeless()]);
    let coloured = rendered(Format::Human, &report, style);
    assert_eq!(
        console::strip_ansi_codes(&coloured),
        rendered(Format::Human, &report, Style::plain())
    );
    assert_snapshot!(coloured.replace('\u{1b}', "␛"));
}

#[test]
fn human_without_findings() {
    assert_snapshot!(
        rendered(Format::Human, &Report::default(), Style::plain()),
        @"✓ checked 3 tiers, 5 files, 71 variables for development: no findings · 2.8 ms"
    );
    let ascii = Style::new(
        ColorChoice::Never,
        &Terminal {
            unicode: false,
            ..Terminal::default()
        },
    );
    let run = Run {
        environment: None,
        checked: "1 file".to_owned(),
        ..run()
    };
    let shown = text(|out| {
        render(
            Format::Human,
            &Report::default(),
            &run,
            serde_json::Map::new(),
            ascii,
            out,
        )
    });
    assert_eq!(shown, "+ checked 1 file: no findings - 2.8 ms\n");
}

#[test]
fn json() {
    assert_snapshot!(rendered(Format::Json, &report(), Style::plain()));
}

#[test]
fn json_fits_its_schema() {
    for report in [report(), Report::default()] {
        let document =
            serde_json::from_str(&rendered(Format::Json, &report, Style::plain())).expect("JSON");
        assert_eq!(errors(&schema(), &document), Vec::<String>::new());
    }
    let wrong = serde_json::json!({"version": 2, "command": "env check"});
    assert!(
        !errors(&schema(), &wrong).is_empty(),
        "the schema accepts anything"
    );
}

/// `UPDATE=1 cargo test schema` writes it anew.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test writes the file that it guards"
)]
fn the_schema_in_the_repository_is_fresh() {
    let fresh = format!(
        "{}\n",
        serde_json::to_string_pretty(&schema()).expect("JSON")
    );
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/report.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &fresh).expect("the repository can be written");
    }
    let kept = std::fs::read_to_string(path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        kept == fresh,
        "schemas/report.schema.json is out of date: UPDATE=1 cargo test schema"
    );
}

#[test]
fn github() {
    assert_snapshot!(rendered(Format::Github, &report(), Style::plain()));
}

#[test]
fn sarif() {
    let shown = rendered(Format::Sarif, &report(), Style::plain());
    assert_snapshot!(shown.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

/// The standard's schema of SARIF 2.1.0.
pub(crate) fn sarif_schema() -> Value {
    let schema = include_str!("../fixtures/schemas/sarif-2.1.0.json");
    let mut schema: Value = serde_json::from_str(schema).expect("JSON");
    // A stray bracket makes this pattern no regular expression; nothing here has a language.
    for definition in ["run", "toolComponent"] {
        schema["definitions"][definition]["properties"]["language"]["pattern"] = "".into();
    }
    schema
}

#[test]
fn sarif_fits_the_standards_schema() {
    let schema = sarif_schema();
    for report in [report(), Report::default()] {
        let log =
            serde_json::from_str(&rendered(Format::Sarif, &report, Style::plain())).expect("JSON");
        assert_eq!(errors(&schema, &log), Vec::<String>::new());
    }
}

#[test]
fn sarif_fingerprints_survive_moved_lines_and_tell_findings_apart() {
    let fingerprints = |text: &str| -> Vec<String> {
        let source = Source::new(".env", text);
        let find = |(at, name): (usize, &str)| {
            Finding::new(&UNREAD_NAME, "m").at(Label::new(&source, at..at + name.len(), ""))
        };
        let report = Report::new(text.match_indices("A=1").map(find).collect());
        let log: Value =
            serde_json::from_str(&rendered(Format::Sarif, &report, Style::plain())).expect("JSON");
        let results = log["runs"][0]["results"].as_array().expect("results");
        results
            .iter()
            .map(|result| result["partialFingerprints"]["primaryLocationLineHash"].to_string())
            .collect()
    };
    let before = fingerprints("A=1\nBA=1\nA=1\n");
    assert_eq!(fingerprints("# a new line\n\n  A=1\nBA=1\n\nA=1\n"), before);
    let distinct: std::collections::BTreeSet<&String> = before.iter().collect();
    assert_eq!(distinct.len(), 3);
}

#[test]
fn junit() {
    assert_snapshot!(rendered(Format::Junit, &report(), Style::plain()));
}

#[test]
fn junit_fits_the_model_that_readers_know() {
    for report in [report(), Report::default()] {
        xml::validate(&xml::parse(&rendered(
            Format::Junit,
            &report,
            Style::plain(),
        )));
    }
}

#[test]
fn junit_fails_what_fails_the_run() {
    let failures = |fail_on| {
        let run = Run { fail_on, ..run() };
        let document = text(|out| {
            render(
                Format::Junit,
                &report(),
                &run,
                serde_json::Map::new(),
                Style::plain(),
                out,
            )
        });
        xml::parse(&document)
            .attribute("failures")
            .map(str::to_owned)
    };
    let counts = [Severity::Error, Severity::Warning, Severity::Info].map(failures);
    assert_eq!(counts.map(Option::unwrap_or_default), ["3", "5", "6"]);
}

#[test]
fn no_format_tells_a_secret() {
    for format in FORMATS {
        let shown = rendered(format, &report(), Style::plain());
        assert!(!shown.contains("s3cret"), "{format:?} tells it:\n{shown}");
    }
}

#[test]
fn no_format_passes_a_control_character_on() {
    for format in FORMATS {
        let shown = rendered(format, &report(), Style::plain());
        let harmful = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
        assert_eq!(
            shown.find(harmful).map(|at| &shown[at..]),
            None,
            "in {format:?}"
        );
    }
}

#[test]
fn places_at_the_edges_of_a_file_can_be_shown() {
    let shown = |text: &str, span: Span| {
        let source = Source::new("f", text);
        let finding = Finding::new(&UNREAD_NAME, "m").at(Label::new(&source, span, "here"));
        let report = Report::new(vec![finding]);
        for format in FORMATS {
            rendered(format, &report, Style::plain());
        }
        let human = rendered(Format::Human, &report, Style::plain());
        human
            .lines()
            .skip(1)
            .take_while(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_snapshot!(shown("", Span::new(0, 0)), @r#"
     --> f:1:1
      |
    1 |
      | ^ here
    "#);
    assert_snapshot!(shown("A=1", Span::new(3, 3)), @r#"
     --> f:1:4
      |
    1 | A=1
      |    ^ here
    "#);
    assert_snapshot!(shown("A=1\n", Span::new(4, 4)), @r#"
     --> f:2:1
      |
    2 |
      | ^ here
    "#);
    assert_snapshot!(shown("A=1\r\nB=2\r\n", Span::new(0, 5)), @r#"
     --> f:1:1
      |
    1 | A=1
      | ^^^ here
    "#);
    assert_snapshot!(shown("A=1\n", Span::new(90, 99)), @r#"
     --> f:2:1
      |
    2 |
      | ^ here
    "#);
    assert_snapshot!(shown("ü\n", Span::new(1, 2)), @r#"
     --> f:1:1
      |
    1 | ü
      | ^ here
    "#);
}

#[test]
fn a_line_that_no_screen_holds_is_cut_around_the_place() {
    let source = Source::new(
        "min.js",
        format!("{}wrong{}", "x,".repeat(5000), "y;".repeat(5000)),
    );
    let shown = |span: Span| {
        let finding = Finding::new(&UNREAD_NAME, "m").at(Label::new(&source, span, "here"));
        rendered(Format::Human, &Report::new(vec![finding]), Style::plain())
    };
    for span in [
        Span::new(10_000, 10_005),
        Span::new(0, 20_000),
        Span::new(20_004, 20_005),
    ] {
        let shown = shown(span);
        let widest = shown.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80) && shown.contains("^ here"), "{shown}");
    }
    assert!(shown(Span::new(10_000, 10_005)).contains("--> min.js:1:10001\n"));
}

#[test]
fn a_failure_ends_in_the_way_out() {
    let source = Source::new("pixcrawler.toml", "[rules]\nenv/mising = \"off\"\n");
    let finding = Finding::new(&UNREAD_NAME, "no rule is called `env/mising`").at(Label::new(
        &source,
        8..18,
        "did you mean `env/missing`?",
    ));
    let with_place = Failure::usage("pixcrawler.toml is not valid")
        .help("pixcrawler explain")
        .findings(vec![finding]);
    let plain = Failure::unreachable("Postgres at localhost:5432 refuses connections (DATABASE_URL in backend/.env:14), so nothing can be migrated")
        .help("pixcrawler dev starts one for you, or: sudo systemctl start postgresql");
    assert_snapshot!(text(|out| failure(&with_place, Style::plain(), out)), @r#"
    error[env/unread-name]: no rule is called `env/mising`
     --> pixcrawler.toml:2:1
      |
    2 | env/mising = "off"
      | ^^^^^^^^^^ did you mean `env/missing`?

    error: pixcrawler.toml is not valid
     |
     = help: pixcrawler explain
    "#);
    assert_snapshot!(text(|out| failure(&plain, Style::plain(), out)), @r#"
    error: Postgres at localhost:5432 refuses connections (DATABASE_URL in backend/.env:14), so nothing can be migrated
     |
     = help: pixcrawler dev starts one for you, or: sudo systemctl start postgresql
    "#);
    assert_snapshot!(text(|out| failure(&Failure::usage("no workspace here"), Style::plain(), out)), @"error: no workspace here");
}

#[test]
fn a_rule_explains_itself() {
    assert_snapshot!(text(|out| explain(&UNREAD_NAME, Style::plain(), out)), @r#"
    env/unread-name · error
    a variable is set under a name that nothing reads

    The tier's settings read the variable under another name, often with a prefix.

    The value has no effect: the default stays, in production too, and nobody is
    told; a start-up log shows the default as well.

        SECURITY_ALLOWED_ORIGINS=["http://localhost:3000"]

    Rename it, or take it out with `pixcrawler env check --fix`.

    where it does not apply: # pixcrawler: ignore[env/unread-name] the reason
    "#);
}

#[test]
fn only_what_stands_in_a_file_is_silenced_there() {
    let rules = pixcrawler::catalogue::rules();
    let said = |code: &str| {
        let rule = rules.iter().find(|rule| rule.code == code).expect(code);
        text(|out| explain(rule, Style::plain(), out))
    };
    let comment = "-- pixcrawler: ignore[migrate/ban-drop-column] the reason";
    assert!(said("migrate/ban-drop-column").ends_with(&format!("{comment}\n")));
    assert!(!said("machine/open-files").contains("ignore["));
}

#[test]
fn a_fix_that_would_spell_out_a_secret_keeps_its_title_alone() {
    let source = Source::with_hidden(".env", "A=hunter22\n", vec![Span::new(2, 10)]);
    let edit = |replacement: &str| {
        let edits = vec![Edit {
            source: source.clone(),
            span: Span::new(0, 0),
            replacement: replacement.to_owned(),
        }];
        let fix = Fix {
            title: "move it".to_owned(),
            edits,
        };
        let report = Report::new(vec![Finding::new(&UNREAD_NAME, "m").fix(fix)]);
        let document: Value =
            serde_json::from_str(&rendered(Format::Json, &report, Style::plain())).expect("JSON");
        document["findings"][0]["fix"]["edits"]
            .as_array()
            .map(Vec::len)
    };
    assert_eq!([edit("B=hunter22"), edit("# moved")], [Some(0), Some(1)]);
}
