//! Any bytes as env file, schema and example: a finding or none, never a panic, never a secret.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use pixcrawler::diagnostic::Report;
use pixcrawler::env::dialect::Dialect;
use pixcrawler::env::{EnvFile, compare, hidden_spans, inspect, is_placeholder, resolve};
use pixcrawler::schema;
use pixcrawler::text::{Source, Span};
use pixcrawler::workspace::Environment;
use proptest::prelude::*;

/// Text in which what matters to loaders and checks is frequent.
fn lines() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec!["=", "\n", "\r", "\"", "'", "`", "$", "${", "}", "#", "\\", " ", ":-", "://", "@", ":", "\0", "\u{feff}", "\u{2028}", "\u{fffd}"]).prop_map(str::to_owned),
        3 => prop::sample::select(vec!["DATABASE_URL", "API_TOKEN", "PORT", "NEXT_PUBLIC_APP_URL", "export ", "sk_live_0123456789", "-----BEGIN PRIVATE KEY-----", "# pixcrawler: ignore[env/x] y", "your-", "eyJ", "redis", "80"]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn checked(text: &str, dialect: Dialect) -> Report {
    let secret = |name: &str| name == "API_TOKEN";
    let source = Source::with_secrets("backend/.env", text, move |text| hidden_spans(text, secret));
    let resolved = resolve(
        "backend",
        dialect,
        vec![EnvFile::new(source)],
        vec![Utf8PathBuf::from(".env")],
        &BTreeMap::new(),
    );
    let source = Source::new(
        "env-schemas/backend.toml",
        schema::embedded("backend").expect("built in"),
    );
    let schema = schema::read("backend", &source).expect("a sound schema");
    let tier = schema::check::Tier {
        resolved: &resolved,
        schema: &schema,
        reader: schema::Reader::Pydantic,
        home: "backend/.env".into(),
        example: None,
        has_files: true,
        deployed: false,
        said: &[],
        listens: None,
        refused: &[],
    };
    let scope = schema::check::Scope {
        environment: Environment::Production,
        values: true,
    };
    let mut findings = schema::check::check(&[tier], &|_| true, scope);
    findings.extend(inspect(&resolved, &secret));
    for (file, loaded) in &resolved.files {
        findings.extend(compare(
            file,
            loaded,
            &Dialect::ALL,
            &BTreeMap::new(),
            &secret,
        ));
    }
    Report::new(findings)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_check_of_any_text_ends_with_places_in_it(text in lines(), at in 0..Dialect::ALL.len()) {
        for finding in checked(&text, Dialect::ALL[at]).findings() {
            prop_assert!(finding.help.is_some(), "{}", finding.message);
            for label in finding.place.iter().chain(&finding.related) {
                prop_assert!(label.span.end <= label.source.text().len(), "{}: {:?} of {}", finding.message, label.span, text.len());
            }
        }
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_stands(before in lines(), after in lines()) {
        let text = format!("{before}\nAPI_TOKEN=hunter22s3cret\n{after}");
        let source = Source::with_secrets(".env", text.clone(), |text| hidden_spans(text, |name| name == "API_TOKEN"));
        prop_assert!(!source.shown(Span::new(0, text.len())).contains("hunter22s3cret"));
    }

    #[test]
    fn a_schema_of_any_text_is_read_or_refused_with_a_way_out(text in lines(), tail in "[a-z\\[\\]=\"{}., \n-]{0,80}") {
        let text = format!("{}\n{text}{tail}", schema::embedded("root").expect("built in"));
        if let Err(findings) = schema::read("root", &Source::new("env-schemas/root.toml", text)) {
            prop_assert!(!findings.is_empty() && findings.iter().all(|finding| finding.help.is_some()));
        }
    }

    #[test]
    fn placeholders_are_found_in_any_case(word in prop::sample::select(vec!["your-", "changeme", "replace-with", "[password]"]), before in "[ ./:-]{0,4}", after in "[a-z0-9-]{0,8}") {
        let text = format!("{before}{word}{after}");
        prop_assert!(is_placeholder(&text) && is_placeholder(&text.to_uppercase()), "{text}");
    }
}
