//! How keys look: how they begin, of what they are made, how long they are.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::diagnostic::Severity;
use crate::env::{Claims, is_placeholder};
use crate::text::Span;

use super::super::azure::EMULATOR_KEY;
use super::drawn::{alphanumeric, both_cases, is_random, is_varied};
use super::firebase::is_of_firebase;
use super::hooks;
use super::private_keys::{PEM, private_key};
use super::signed;
use super::urls::end_of_password;

/// A family of keys.
pub(super) struct Shape {
    pub(super) prefix: &'static str,
    pub(super) name: &'static str,
    pub(super) severity: Severity,
    /// What follows the prefix is at least so long.
    shortest: usize,
    /// What else holds for it.
    fits: fn(&str) -> bool,
}

impl Shape {
    /// Whether what follows the prefix can be a key of this family.
    fn fits(&self, body: &str) -> bool {
        body.len() >= self.shortest && (self.fits)(body)
    }

    fn is_url(&self) -> bool {
        self.prefix.ends_with("://")
    }
}

const fn shape(prefix: &'static str, name: &'static str, shortest: usize) -> Shape {
    exact(prefix, name, shortest, is_random)
}

const fn exact(
    prefix: &'static str,
    name: &'static str,
    shortest: usize,
    fits: fn(&str) -> bool,
) -> Shape {
    Shape {
        prefix,
        name,
        severity: Severity::Error,
        shortest,
        fits,
    }
}

/// A URL of a server, which is looked at in its own way.
const fn server(scheme: &'static str, name: &'static str) -> Shape {
    shape(scheme, name, 0)
}

const SIGNATURE: &str = "an Azure shared access signature";
const AMAZON: &str = "a signed address of S3";
const STORAGE: &str = "a signed address of Google's storage";
const SIGNED: &str = "a signed address";
const POSTGRES: &str = "a Postgres URL with its password";
const REDIS: &str = "a Redis URL with its password";
const BROKER: &str = "a RabbitMQ URL with its password";
const MYSQL: &str = "a MySQL URL with its password";
const DISCORD: &str = "a Discord webhook";
const AWS: &str = "an AWS secret key";
const BOT: &str = ":AA";
const MONGO: &str = "a MongoDB URL with its password";

/// Of two that begin alike the longer one comes first.
pub(super) static SHAPES: &[Shape] = &[
    shape("sk_live_", "a Stripe secret key", 16),
    shape("rk_live_", "a Stripe restricted key", 16),
    Shape {
        severity: Severity::Warning,
        ..shape("sk_test_", "a Stripe test key", 16)
    },
    shape("whsec_", "a Stripe webhook secret", 24),
    shape("sb_secret_", "a Supabase secret key", 20),
    exact("sbp_", "a Supabase access token", 40, is_supabase),
    shape("ghp_", "a GitHub token", 36),
    shape("gho_", "a GitHub token", 36),
    shape("ghu_", "a GitHub token", 36),
    shape("ghs_", "a GitHub token", 36),
    shape("ghr_", "a GitHub token", 36),
    shape("github_pat_", "a GitHub token", 40),
    shape("glpat-", "a GitLab token", 20),
    exact("xoxb-", "a Slack token", 24, is_slack),
    exact("xoxp-", "a Slack token", 24, is_slack),
    exact("AKIA", "an AWS access key", 16, is_amazon),
    shape(GOOGLE, "a Google API key", 35),
    shape("sk-ant-", "an Anthropic key", 40),
    shape("sk-proj-", "an OpenAI key", 40),
    shape("sk-or-v1-", "an OpenRouter key", 64),
    exact("sk-", "an OpenAI key", 40, is_openai),
    exact("hf_", "a Hugging Face token", 34, is_hugging_face),
    exact("re_", "a Resend key", 29, is_resend),
    exact("SG.", "a SendGrid key", 66, is_sendgrid),
    shape("npm_", "an npm token", 36),
    shape("pypi-", "a PyPI token", 60),
    shape("AccountKey=", "an Azure storage key", 80),
    shape("eyJ", "a Supabase service role key", 60),
    shape("dop_v1_", "a DigitalOcean token", 64),
    shape("dckr_pat_", "a Docker token", 27),
    exact("shpat_", "a Shopify token", 32, is_of_32_digits),
    exact("dapi", "a Databricks token", 32, is_of_32_digits),
    exact("gsk_", "a Groq key", 52, is_groq),
    shape("AGE-SECRET-KEY-1", "a secret key of age", 58),
    exact(
        BOT,
        "the token of a Telegram bot",
        33,
        hooks::is_of_telegram,
    ),
    exact(
        "hooks.slack.com/services/",
        "a Slack webhook",
        40,
        hooks::is_of_slack,
    ),
    exact(
        "discord.com/api/webhooks/",
        DISCORD,
        78,
        hooks::is_of_discord,
    ),
    exact(
        "discordapp.com/api/webhooks/",
        DISCORD,
        78,
        hooks::is_of_discord,
    ),
    exact("aws_secret_access_key", AWS, 40, is_aws_secret),
    exact("AWS_SECRET_ACCESS_KEY", AWS, 40, is_aws_secret),
    exact("&sig=", SIGNATURE, 43, is_signature),
    exact("?sig=", SIGNATURE, 43, is_signature),
    exact("X-Amz-Signature=", AMAZON, 64, signed::is_of_amazon),
    exact("X-Goog-Signature=", STORAGE, 64, signed::is_of_google),
    exact("&Signature=", SIGNED, 27, signed::is_of_old),
    exact("?Signature=", SIGNED, 27, signed::is_of_old),
    server("postgres://", POSTGRES),
    server("postgresql://", POSTGRES),
    server("postgresql+asyncpg://", POSTGRES),
    server("postgresql+psycopg://", POSTGRES),
    server("postgresql+psycopg2://", POSTGRES),
    server("redis://", REDIS),
    server("rediss://", REDIS),
    server("amqp://", BROKER),
    server("amqps://", BROKER),
    server("mongodb://", MONGO),
    server("mongodb+srv://", MONGO),
    server("mysql://", MYSQL),
    server("mysql+pymysql://", MYSQL),
    server("mariadb://", MYSQL),
    server("cloudinary://", "a Cloudinary URL with its secret"),
    server("https://", "an address with its password"),
    shape(PEM, "a private key", 0),
];

/// What follows `sb_secret_` in the secret key of every local Supabase: its command line tool makes it so
/// everywhere.
const LOCAL_SUPABASE: &str = "N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz";

const GOOGLE: &str = "AIza";

/// Where something was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) span: Span,
    pub(super) shape: usize,
    /// Whether it is one that every page of an app has in it.
    pub(super) public: bool,
}

fn finder() -> &'static AhoCorasick {
    static FINDER: OnceLock<AhoCorasick> = OnceLock::new();
    FINDER.get_or_init(|| {
        // Only such a search looks at many bytes at once.
        AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(SHAPES.iter().map(|shape| shape.prefix))
            .unwrap_or_else(|_| {
                AhoCorasick::new([""; 0]).unwrap_or_else(|_| unreachable!("an empty set"))
            })
    })
}

/// Every key in a file, whatever its encoding: keys are ASCII. A word that only begins like one, or
/// stands for one, is none.
pub(super) fn hits(bytes: &[u8]) -> Vec<Hit> {
    let mut found: Vec<Hit> = Vec::new();
    for hit in finder().find_iter(bytes) {
        let index = hit.pattern().as_usize();
        let Some(shape) = SHAPES.get(index) else {
            continue;
        };
        if found.last().is_some_and(|last| last.span.end > hit.start())
            || within_word(bytes, hit.start(), shape)
        {
            continue;
        }
        if let Some(end) = end_of_key(bytes, hit.end(), shape) {
            found.push(Hit {
                span: Span::new(hit.start(), end),
                shape: index,
                public: shape.prefix == GOOGLE && is_of_firebase(bytes, hit.start()),
            });
        }
    }
    found
}

fn within_word(bytes: &[u8], at: usize, shape: &Shape) -> bool {
    let byte = |back: usize| at.checked_sub(back).and_then(|at| bytes.get(at));
    let before = byte(1);
    // The `n` of `\n` in a string belongs to no word.
    let is_escape = byte(2) == Some(&b'\\') && matches!(before, Some(b'n' | b't' | b'r'));
    !is_escape
        && shape
            .prefix
            .starts_with(|first: char| first.is_ascii_alphanumeric())
        && before.is_some_and(|before| before.is_ascii_alphanumeric() || *before == b'_')
}

/// Where a key ends that goes on at `from`; none when it is none.
fn end_of_key(bytes: &[u8], from: usize, shape: &Shape) -> Option<usize> {
    let rest = bytes.get(from..)?;
    if shape.is_url() {
        return end_of_password(bytes, from);
    }
    if shape.prefix == PEM {
        return Some(from + private_key(rest)?);
    }
    if shape.prefix == BOT && !hooks::is_behind_number(bytes, from - BOT.len()) {
        return None;
    }
    if shape.name == AWS {
        let key = behind_name(rest);
        let length = end_of_word(rest.get(key..)?);
        let body = std::str::from_utf8(rest.get(key..key + length)?).ok()?;
        return (shape.fits(body) && !is_placeholder(body)).then_some(from + key + length);
    }
    let azure = shape.prefix == "AccountKey=";
    let is_hook = shape.prefix.ends_with('/');
    let is_address = shape.prefix.ends_with("Signature=");
    let signature = is_address || shape.prefix.ends_with("sig=");
    let inner = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'-' | b'.')
            || (is_hook && *byte == b'/')
            || (azure && matches!(byte, b'+' | b'/' | b'='))
            || (signature && *byte == b'%')
            || (is_address && matches!(byte, b'+' | b'/' | b'=' | b'~'))
    };
    let length = rest.iter().take_while(|byte| inner(byte)).count();
    let body = std::str::from_utf8(rest.get(..length)?).ok()?;
    // The end of a sentence.
    let body = body.trim_end_matches('.');
    if body == EMULATOR_KEY || (shape.prefix == "sb_secret_" && body == LOCAL_SUPABASE) {
        return None;
    }
    if !shape.fits(body) || is_placeholder(body) {
        return None;
    }
    if is_address && !signed::is_signed(bytes, from, shape.prefix) {
        return None;
    }
    if shape.prefix == "eyJ" {
        let claims = Claims::of(&format!("{}{body}", shape.prefix))?;
        // The key of every local Supabase is no secret.
        let demo = claims.issuer.as_deref() == Some("supabase-demo");
        return (claims.is_service_role() && !demo).then_some(from + body.len());
    }
    Some(from + body.len())
}

/// 32 bytes in base64, as a query has them.
fn is_signature(body: &str) -> bool {
    (body.ends_with("%3D") || body.ends_with("%3d")) && both_cases(body) && is_random(body)
}

/// Numbers of a team and a bot, which may be any, and behind the last `-` what was drawn: rarely without a digit.
fn is_slack(body: &str) -> bool {
    match body.rsplit_once('-') {
        Some((numbers, drawn)) if numbers.bytes().all(|it| it.is_ascii_digit() || it == b'-') => {
            drawn.len() >= 20
                && alphanumeric(drawn)
                && is_varied(drawn)
                && (is_random(drawn) || both_cases(drawn))
        }
        _ => is_random(body),
    }
}

/// `AKIA` and sixteen capitals: anything else is a word.
fn is_amazon(body: &str) -> bool {
    let capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    body.len() == 16 && body.bytes().all(capital) && is_random(body)
}

/// `sbp_` and forty hexadecimal digits, `sbp_v0_` and `sbp_oauth_` as well.
fn is_supabase(body: &str) -> bool {
    let digits = ["v0_", "oauth_"]
        .iter()
        .find_map(|kind| body.strip_prefix(kind))
        .unwrap_or(body);
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    digits.len() == 40 && digits.bytes().all(hexadecimal) && is_random(digits)
}

/// Where the value begins of a name that ends here: behind ` = "`, `: ` and their like.
fn behind_name(rest: &[u8]) -> usize {
    let between = |byte: &&u8| b" \t\"':=".contains(byte);
    rest.iter().take(8).take_while(between).count()
}

/// How far base64 goes on.
fn end_of_word(rest: &[u8]) -> usize {
    let inner = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    rest.iter().take_while(inner).count()
}

/// Always forty characters.
fn is_aws_secret(body: &str) -> bool {
    body.len() == 40 && both_cases(body) && is_random(body)
}

/// 32 hexadecimal digits.
fn is_of_32_digits(body: &str) -> bool {
    body.len() == 32 && body.bytes().all(|byte| byte.is_ascii_hexdigit()) && is_random(body)
}

/// Always 52 letters and digits.
fn is_groq(body: &str) -> bool {
    body.len() == 52 && alphanumeric(body) && both_cases(body) && is_random(body)
}

/// `sk-` is the end of many a word, and the beginning of other services' keys: one that
/// is taken here has `OpenAI` in base64 in it, or is one long run of everything.
fn is_openai(body: &str) -> bool {
    let named = body.contains("T3BlbkFJ");
    (named || (alphanumeric(body) && both_cases(body))) && is_random(body)
}

/// Letters, rarely digits, and always 34 of them.
fn is_hugging_face(body: &str) -> bool {
    body.len() == 34 && alphanumeric(body) && both_cases(body) && is_varied(body)
}

/// `re_`, eight, `_`, 24. Stripe calls refunds so, too, without the second part; names in programs look
/// alike, but begin with a word.
fn is_resend(body: &str) -> bool {
    body.split_once('_').is_some_and(|(first, second)| {
        first.len() == 8
            && (20..=32).contains(&second.len())
            && alphanumeric(first)
            && first.bytes().any(|byte| !byte.is_ascii_lowercase())
            && alphanumeric(second)
            && both_cases(second)
            && is_random(second)
    })
}

/// `SG.`, 22, `.`, 43.
fn is_sendgrid(body: &str) -> bool {
    body.split_once('.').is_some_and(|(first, second)| {
        first.len() == 22 && second.len() == 43 && !second.contains('.') && is_random(body)
    })
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
