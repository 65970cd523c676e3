//! Key-shaped strings in files that git tracks.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use aho_corasick::{AhoCorasick, MatchKind};
use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::doctor::{Answer, Facts};
use crate::env::{Claims, is_placeholder};
use crate::gather::git::Tracked;
use crate::system::fs;
use crate::text::remedy::open_at;
use crate::text::{Source, Span, plural};

/// A key stands in a tracked file.
pub(super) static KEY: Rule = Rule {
    code: "git/key",
    severity: Severity::Error,
    summary: "a file that git tracks holds something that looks like a key",
    text: "\
Everybody who has the repository, now or later, has the key, and services that scan public
repositories find it within minutes.

Way out: give the key back at its service and make a new one; keep the new one in an env file that
git ignores. What is no key of yours (a test's, an example's) gets another shape: `sk_test_xxx`.",
};

pub(super) static RULES: &[&Rule] = &[&KEY];

/// Larger files are data.
const LARGEST: usize = 1 << 20;

/// So many are told one by one.
const TOLD: usize = 10;

/// A family of keys: how they begin, what follows, how long that is at least.
struct Shape {
    prefix: &'static str,
    name: &'static str,
    shortest: usize,
    severity: Severity,
}

const fn shape(prefix: &'static str, name: &'static str, shortest: usize) -> Shape {
    Shape {
        prefix,
        name,
        shortest,
        severity: Severity::Error,
    }
}

static SHAPES: &[Shape] = &[
    shape("sk_live_", "a Stripe secret key", 16),
    shape("rk_live_", "a Stripe restricted key", 16),
    Shape {
        severity: Severity::Warning,
        ..shape("sk_test_", "a Stripe test key", 16)
    },
    shape("whsec_", "a Stripe webhook secret", 24),
    shape("sb_secret_", "a Supabase secret key", 20),
    shape("ghp_", "a GitHub token", 36),
    shape("gho_", "a GitHub token", 36),
    shape("ghs_", "a GitHub token", 36),
    shape("github_pat_", "a GitHub token", 40),
    shape("glpat-", "a GitLab token", 20),
    shape("xoxb-", "a Slack token", 24),
    shape("xoxp-", "a Slack token", 24),
    shape("AKIA", "an AWS access key", 16),
    shape("AIza", "a Google API key", 35),
    shape("sk-ant-", "an Anthropic key", 40),
    shape("sk-proj-", "an OpenAI key", 40),
    shape("npm_", "an npm token", 36),
    shape("pypi-", "a PyPI token", 60),
    shape("AccountKey=", "an Azure storage key", 80),
    shape("eyJ", "a Supabase service role key", 60),
    shape("-----BEGIN ", "a private key", 0),
];

/// Where something was found.
#[derive(Debug, PartialEq, Eq)]
struct Hit {
    span: Span,
    shape: usize,
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let tracked = match facts.tracked() {
        Tracked::Nowhere => return Answer::irrelevant("no git repository"),
        Tracked::Paths(paths) => paths,
        // `git-files` tells the way out.
        Tracked::Unknown(trouble) => {
            let words = &trouble.words;
            return Answer::skipped(format!("which files git tracks cannot be told: {words}"));
        }
    };
    let root = &facts.workspace().root;
    let files: Vec<&Utf8PathBuf> = tracked.iter().filter(|path| may_hold_keys(path)).collect();
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .min(8);
    let mut found: Vec<Finding> = std::thread::scope(|scope| {
        let work = || {
            let mut found = Vec::new();
            while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                found.extend(look(root, path));
            }
            found
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_default())
            .collect()
    });
    found.sort_by_cached_key(Finding::order);
    judge(files.len(), found)
}

fn judge(files: usize, mut found: Vec<Finding>) -> Answer {
    let answer = Answer::default();
    if found.is_empty() {
        return answer.and(format!("none in {}", plural(files, "tracked file")));
    }
    let beyond = found.len().saturating_sub(TOLD);
    found.truncate(TOLD);
    if beyond > 0
        && let Some(last) = found.last_mut()
    {
        last.notes
            .push(format!("and {} beside these", plural(beyond, "place")));
    }
    Answer {
        findings: found,
        ..answer
    }
}

/// Pictures, archives and lock files hold none, and lock files are full of hashes.
fn may_hold_keys(path: &Utf8Path) -> bool {
    const NEVER: &[&str] = &[
        "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "svg", "woff", "woff2", "ttf", "otf",
        "pdf", "zip", "gz", "mp4", "lock", "lockb", "rdb", "parquet",
    ];
    !path
        .extension()
        .is_some_and(|extension| NEVER.contains(&extension))
        && !matches!(
            path.file_name(),
            Some("package-lock.json" | "pnpm-lock.yaml")
        )
}

fn look(root: &Utf8Path, path: &Utf8Path) -> Vec<Finding> {
    let Ok(bytes) = fs::read(&root.join(path)) else {
        return Vec::new();
    };
    if bytes.len() > LARGEST || !finder().is_match(&bytes) {
        return Vec::new();
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Vec::new();
    };
    let hits = hits(&text);
    if hits.is_empty() {
        return Vec::new();
    }
    // The first characters say which key it is; the rest is not shown.
    let hidden = hits.iter().map(|hit| {
        let shown = SHAPES.get(hit.shape).map_or(0, |shape| shape.prefix.len());
        Span::new((hit.span.start + shown).min(hit.span.end), hit.span.end)
    });
    let source = Source::with_hidden(path, text.as_str(), hidden.collect());
    hits.iter()
        .filter_map(|hit| {
            let shape = SHAPES.get(hit.shape)?;
            let line = source.position(hit.span.start).line;
            let excerpt = source.shown(source.line_span(line)?);
            let excerpt = excerpt.trim();
            let short: String = excerpt.chars().take(70).collect();
            Some(
                Finding::new(&KEY, format!("{path}:{line} holds {}", shape.name))
                    .severity(shape.severity)
                    .at(Label::new(&source, hit.span, shape.name))
                    .note(short)
                    .note("make a new key at its service, keep that in an env file, and take this one out")
                    .help(open_at(path.as_str(), line)),
            )
        })
        .collect()
}

fn finder() -> &'static AhoCorasick {
    static FINDER: OnceLock<AhoCorasick> = OnceLock::new();
    FINDER.get_or_init(|| {
        // Which of two at one place comes first does not matter here; but only such a search looks at
        // many bytes at once.
        AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(SHAPES.iter().map(|shape| shape.prefix))
            .unwrap_or_else(|_| {
                AhoCorasick::new([""; 0]).unwrap_or_else(|_| unreachable!("an empty set"))
            })
    })
}

/// Every key in a text. A word that only begins like one, or stands for one, is none.
fn hits(text: &str) -> Vec<Hit> {
    let mut found: Vec<Hit> = Vec::new();
    for hit in finder().find_iter(text) {
        let index = hit.pattern().as_usize();
        let Some(shape) = SHAPES.get(index) else {
            continue;
        };
        if found.last().is_some_and(|last| last.span.end > hit.start())
            || within_word(text, hit.start(), shape)
        {
            continue;
        }
        if let Some(end) = end_of_key(text, hit.end(), shape) {
            found.push(Hit {
                span: Span::new(hit.start(), end),
                shape: index,
            });
        }
    }
    found
}

fn within_word(text: &str, at: usize, shape: &Shape) -> bool {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    !shape.prefix.starts_with('-')
        && before.is_some_and(|before| before.is_ascii_alphanumeric() || before == '_')
}

/// Where a key ends that goes on at `from`; none when it is none.
fn end_of_key(text: &str, from: usize, shape: &Shape) -> Option<usize> {
    let rest = text.get(from..)?;
    if shape.prefix == "-----BEGIN " {
        let line = rest.lines().next()?;
        let body = rest.get(line.len()..)?.trim_start();
        let long = body.bytes().take_while(u8::is_ascii_alphanumeric).count() >= 20;
        let end = rest.find("-----END ").unwrap_or(line.len());
        return (line.ends_with("PRIVATE KEY-----") && long).then_some(from + end);
    }
    let inner = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '_' | '-' | '.')
            || (shape.prefix == "AccountKey=" && matches!(c, '+' | '/' | '='))
    };
    let length = rest.find(|c| !inner(c)).unwrap_or(rest.len());
    let body = rest.get(..length)?;
    if body.len() < shape.shortest || !is_random(body) || is_placeholder(body) {
        return None;
    }
    if shape.prefix == "eyJ" {
        let start = from - shape.prefix.len();
        let claims = Claims::of(text.get(start..from + length)?)?;
        // The key of every local Supabase is no secret.
        let demo = claims.issuer.as_deref() == Some("supabase-demo");
        return (claims.is_service_role() && !demo).then_some(from + length);
    }
    // `AKIA` and sixteen capitals: anything else is a word.
    if shape.prefix == "AKIA"
        && !(body.len() == 16
            && body
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
    {
        return None;
    }
    Some(from + length)
}

/// Real keys have digits and many different characters; words and rows of `x` have not.
fn is_random(body: &str) -> bool {
    let different: std::collections::BTreeSet<char> = body.chars().collect();
    let lower = body.to_ascii_lowercase();
    let stands_for_one = [
        "example",
        "placeholder",
        "xxxx",
        "0000",
        "1234567",
        "abcdef",
        "your",
        "test_key",
        "dummy",
        "fake",
    ];
    body.bytes().any(|byte| byte.is_ascii_digit())
        && body.bytes().any(|byte| byte.is_ascii_alphabetic())
        && different.len() >= 8
        && !stands_for_one.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn found(text: &str) -> Vec<&str> {
        hits(text)
            .iter()
            .filter_map(|hit| text.get(hit.span.start..hit.span.end))
            .collect()
    }

    fn token(role: &str, issuer: &str) -> String {
        let body = URL_SAFE_NO_PAD.encode(format!(
            r#"{{"iss":"{issuer}","ref":"abcdefghijklmnopqrst","role":"{role}","iat":1700000000}}"#
        ));
        format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{body}.Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4")
    }

    #[test]
    fn keys_are_told_from_words_that_begin_like_them() {
        // Put together here, so that this file holds none.
        let key = format!("sk_{}_{}", "live", "4eC39HqLyjWDarjtT1zdp7dc");
        assert_eq!(found(&format!("A=\"{key}\" # b")), [key.as_str()]);
        for none in [
            "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
            "sk_live_",
            "sk_live_your_key_here_1234",
            "task_live_4eC39HqLyjWDarjtT1zdp7dc",
            "npm_config_registry",
        ] {
            assert_eq!(found(none), Vec::<&str>::new(), "{none}");
        }
    }

    #[test]
    fn only_a_service_role_token_is_a_secret() {
        let service = token("service_role", "supabase");
        assert_eq!(found(&service), [service.as_str()]);
        assert_eq!(found(&token("anon", "supabase")), Vec::<&str>::new());
        assert_eq!(
            found(&token("service_role", "supabase-demo")),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn a_private_key_needs_a_body() {
        let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ";
        let kind = ["PRIVATE", "KEY"].join(" ");
        let text = format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n");
        assert_eq!(found(&text).len(), 1);
        assert!(found(&format!("-----BEGIN {kind}-----\\n...")).is_empty());
    }
}
