//! One set of findings for every renderer: each is there for something that is easy to get wrong.

use std::time::Duration;

use pixcrawler::diagnostic::{Edit, Finding, Fix, Label, Report, Rule, Severity};
use pixcrawler::output::{Format, Run, Style, render};
use pixcrawler::text::{Source, Span};
use serde_json::{Map, Value, json};

pub(super) static UNREAD_NAME: Rule = Rule {
    code: "env/unread-name",
    severity: Severity::Error,
    summary: "a variable is set under a name that nothing reads",
    text: "The tier's settings read the variable under another name, often with a prefix.\n\nThe value has no effect:\nthe default stays, in production too, and nobody is told; a start-up log shows the default as well.\n\n```\nSECURITY_ALLOWED_ORIGINS=[\"http://localhost:3000\"]\n```\n\nRename it, or take it out with `pixcrawler env check --fix`.",
};
pub(super) static LOADERS_DISAGREE: Rule = Rule {
    code: "env/loaders-disagree",
    severity: Severity::Warning,
    summary: "two readers of a file see different values",
    text: "",
};
pub(super) static NOT_TRACKED: Rule = Rule {
    code: "git/untracked-example",
    severity: Severity::Info,
    summary: "an example file is not in git",
    text: "Nobody else gets it.",
};
pub(super) static CORS: Rule = Rule {
    code: "env/cors",
    severity: Severity::Error,
    summary: "CORS leaves the app out",
    text: "Browsers refuse.",
};

/// The bytes of `needle` in `text`.
pub(super) fn span(text: &str, needle: &str) -> Span {
    let start = text.find(needle).expect("the needle is in the text");
    Span::new(start, start + needle.len())
}

/// Two files, CRLF line ends, notes, an edit.
pub(super) fn unread_name() -> Finding {
    let env = "DEBUG=true\r\nALLOWED_ORIGINS=http://localhost:3000\r\nPORT=8000\r\n";
    let env = Source::new("backend/.env", env);
    let code =
        "class Security:\n    allowed_origins: List[str] = Field(\n        default=[],\n    )\n";
    let code = Source::new("backend/core/settings/security.py", code);
    let name = span(env.text(), "ALLOWED_ORIGINS");
    Finding::new(&UNREAD_NAME, "`ALLOWED_ORIGINS` is set, but the backend reads `SECURITY_ALLOWED_ORIGINS`")
        .subject("ALLOWED_ORIGINS")
        .tier("backend")
        .at(Label::new(&env, name, "nothing in the backend reads this name"))
        .related(Label::new(&code, span(code.text(), "allowed_origins"), "read as SECURITY_ALLOWED_ORIGINS (env_prefix \"SECURITY_\")"))
        .note("so CORS stays at its default, http://localhost:3000, in production too; that is what `class Security` says")
        .help("SECURITY_ALLOWED_ORIGINS=[\"http://localhost:3000\"]")
        .fix(Fix {
            title: "rename it".to_owned(),
            edits: vec![Edit { source: env, span: name, replacement: "SECURITY_ALLOWED_ORIGINS".to_owned() }],
        })
}

/// A secret: in the line, in a careless message, in the replacement.
pub(super) fn secret() -> Finding {
    let text = "# db\nDB_PASSWORD=s3cret$wörd\n";
    let value = span(text, "s3cret$wörd");
    let source = Source::with_hidden("frontend/.env.local", text, vec![value]);
    Finding::new(
        &LOADERS_DISAGREE,
        "two readers of `DB_PASSWORD` see different values, one is `s3cret$wörd`",
    )
    .subject("DB_PASSWORD")
    .tier("frontend")
    .at(Label::new(
        &source,
        value,
        "Next.js expands `$wörd` to nothing; drizzle-kit keeps it",
    ))
    .fix(Fix {
        title: "quote the value".to_owned(),
        edits: vec![Edit {
            source,
            span: value,
            replacement: "\"s3cret\\$wörd\"".to_owned(),
        }],
    })
}

/// Wide characters and tabs before the place, a control sequence in it, two labels on one line.
pub(super) fn unicode() -> Finding {
    let text = "\tTITLE=日本 grüße \u{1b}[31mred \u{202e}end # ignored?\n";
    let source = Source::new("ünï/.env", text);
    Finding::new(
        &LOADERS_DISAGREE,
        "`TITLE` holds \u{1b}[31mcontrol\u{1b}[0m characters",
    )
    .subject("TITLE")
    .at(Label::new(
        &source,
        span(text, "\u{1b}[31mred"),
        "colours the terminal",
    ))
    .related(Label::new(
        &source,
        span(text, "# ignored?"),
        "a comment for bash, a part of the value for docker",
    ))
}

/// A span over several lines, and a place far below it in the same file.
pub(super) fn several_lines() -> Finding {
    let filler = "FILLER=1\n".repeat(20);
    let text =
        format!("ORIGINS='[\n  \"http://a\",\n  \"http://b\"\n]'\n{filler}APP_URL=http://c\n");
    let source = Source::new("backend/.env.production", text);
    Finding::new(&CORS, "`ORIGINS` does not contain the app's URL")
        .subject("ORIGINS")
        .at(Label::new(
            &source,
            span(source.text(), "'[\n  \"http://a\",\n  \"http://b\"\n]'"),
            "these may call",
        ))
        .related(Label::new(
            &source,
            span(source.text(), "http://c"),
            "the app is here",
        ))
        .help("add \"http://c\"")
}

/// A line that no screen holds.
pub(super) fn long_line() -> Finding {
    let text = format!("KEY={}wrong{}", "a, ".repeat(4000), " z".repeat(4000));
    let source = Source::new("root.env", text);
    Finding::new(&CORS, "`KEY` is wrong in the middle").at(Label::new(
        &source,
        span(source.text(), "wrong"),
        "here",
    ))
}

/// No file at all.
pub(super) fn placeless() -> Finding {
    Finding::new(&NOT_TRACKED, "no `.env.example` is in git").help("git add .env.example")
}

pub(super) fn report() -> Report {
    Report::new(vec![
        unread_name(),
        secret(),
        unicode(),
        several_lines(),
        long_line(),
        placeless(),
    ])
}

pub(super) static RULES: [&Rule; 5] =
    [&UNREAD_NAME, &LOADERS_DISAGREE, &NOT_TRACKED, &CORS, &QUIET];
static QUIET: Rule = Rule {
    code: "env/placeholder",
    severity: Severity::Error,
    summary: "a placeholder is no value",
    text: "`changeme` gets into production.",
};

pub(super) fn run() -> Run<'static> {
    Run {
        command: "env check",
        environment: Some("development"),
        elapsed: Some(Duration::from_micros(2800)),
        checked: "3 tiers, 5 files, 71 variables".to_owned(),
        rules: &RULES,
        fail_on: Severity::Error,
        checks: &[],
    }
}

/// The command's own result, with a key that is not its to set.
fn extra() -> Map<String, Value> {
    let Value::Object(extra) = json!({"variables": [{"name": "PORT"}], "version": 99}) else {
        return Map::new();
    };
    extra
}

pub(super) fn rendered(format: Format, report: &Report, style: Style) -> String {
    let mut out = Vec::new();
    render(format, report, &run(), extra(), style, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("every format is UTF-8")
}
