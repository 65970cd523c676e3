//! Comments that silence findings, in an env file and in SQL.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::diagnostic::{Finding, Label, Rule, Severity};
use pixcrawler::text::Source;
use pixcrawler::{env, migration};

static RULE: Rule = Rule {
    code: "env/test",
    severity: Severity::Error,
    summary: "",
    text: "",
};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data).into_owned();
    let source = Source::new(".env", text.as_str());
    let mut findings = Vec::new();
    for line in 1.. {
        let Some(span) = source.line_span(line) else {
            break;
        };
        findings.push(Finding::new(&RULE, "found").at(Label::new(&source, span, "")));
    }
    for silenced in [
        env::silence(findings.clone(), &[source.clone()]),
        migration::lint::silence(findings, &[source]),
    ] {
        for finding in silenced {
            if let Some(place) = finding.place {
                assert!(place.span.end <= text.len());
            }
        }
    }
});
