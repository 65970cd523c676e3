//! `env check --fix` on any text: it changes only what it says, and once it has nothing more to do,
//! it does nothing more.

#![no_main]

use std::collections::BTreeMap;

use camino::Utf8Path;
use libfuzzer_sys::fuzz_target;
use pixcrawler::diagnostic::{Edit, Finding, Report, edit};
use pixcrawler::env::dialect::Dialect;
use pixcrawler::env::{EnvFile, compare, hidden_spans, inspect, resolve, silence};
use pixcrawler::schema::{self, Reader, check};
use pixcrawler::text::{Source, Span};
use pixcrawler::workspace::Environment;

struct Tier {
    name: &'static str,
    path: &'static str,
    dialects: &'static [Dialect],
    reader: Reader,
}

const TIERS: [Tier; 3] = [
    Tier {
        name: "root",
        path: ".env",
        dialects: &[Dialect::PydanticSettings, Dialect::Bash, Dialect::Compose],
        reader: Reader::Pydantic,
    },
    Tier {
        name: "backend",
        path: "backend/.env",
        dialects: &[Dialect::PydanticSettings],
        reader: Reader::Pydantic,
    },
    Tier {
        name: "frontend",
        path: "frontend/.env",
        dialects: &[Dialect::Next, Dialect::Bun],
        reader: Reader::JavaScript,
    },
];

fn findings(tier: &Tier, text: &str) -> Vec<Finding> {
    let schema = schema::built_in(tier.name, tier.name).expect("built in");
    let secret = |name: &str| schema.get(name).is_some_and(|variable| variable.secret);
    let source = Source::with_hidden(tier.path, text, hidden_spans(text, secret));
    let process = BTreeMap::from([("PX".to_owned(), "x".to_owned())]);
    let resolved = resolve(
        tier.name,
        tier.dialects[0],
        vec![EnvFile::new(source.clone())],
        Vec::new(),
        &process,
    );
    let mut findings = inspect(&resolved, &secret);
    for (file, loaded) in &resolved.files {
        findings.extend(compare(file, loaded, tier.dialects, &process, &secret));
    }
    let tiers = [check::Tier {
        resolved: &resolved,
        schema: &schema,
        reader: tier.reader,
        home: Utf8Path::new(tier.path),
        example: None,
        has_files: true,
        deployed: false,
        said: &[],
        listens: None,
        refused: &[],
    }];
    findings.extend(check::check(
        &tiers,
        &|_| true,
        check::Scope {
            environment: Environment::Development,
            values: true,
        },
    ));
    Report::new(silence(findings, &[source]))
        .findings()
        .to_vec()
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    let tier = &TIERS[usize::from(*first) % TIERS.len()];
    let mut text = text.to_owned();
    for round in 0.. {
        let found = findings(tier, &text);
        for finding in &found {
            if let Some(place) = &finding.place {
                assert!(place.span.end <= text.len(), "{}", finding.message);
                let _ = place.source.shown(Span::new(0, text.len()));
            }
            assert!(finding.help.is_some(), "no way out: {}", finding.message);
        }
        let edits: Vec<&Edit> = found
            .iter()
            .filter_map(|finding| finding.fix.as_ref())
            .flat_map(|fix| &fix.edits)
            .collect();
        let Some(source) = edits.first().map(|edit| &edit.source) else {
            break;
        };
        let after = edit::applied(source, &edits);
        let _ = edit::diff(source, &edits);
        // What no edit touches is there as it was, in its order.
        let mut rest = after.as_str();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            let touched = |edit: &&Edit| edit.span.start <= end && edit.span.end >= start;
            if !edits.iter().any(touched) {
                let at = rest
                    .find(line)
                    .unwrap_or_else(|| panic!("{line:?} is lost"));
                rest = &rest[at + line.len()..];
            }
            start = end;
        }
        // Each line may show what stands behind it once; more is no end.
        assert!(round < 3 + text.lines().count(), "--fix finds more to do each time: {after:?}");
        text = after;
    }
});
