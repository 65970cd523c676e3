//! How keys look: how they begin, of what they are made, how long they are.

use crate::diagnostic::Severity;

use super::drawn::{alphanumeric, both_cases, is_random, is_varied};
use super::hooks;
use super::private_keys::PEM;
use super::signed;
use super::tokens::TOKEN;

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
    pub(super) fn fits(&self, body: &str) -> bool {
        body.len() >= self.shortest && (self.fits)(body)
    }

    pub(super) fn is_url(&self) -> bool {
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
pub(super) const AWS: &str = "an AWS secret key";
pub(super) const BOT: &str = ":AA";
const MAIL: &str = "the URL of a mail server with its password";
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
    shape("SharedAccessKey=", "a key of an Azure Service Bus", 44),
    shape(TOKEN, "a signed token", 60),
    shape("dop_v1_", "a DigitalOcean token", 64),
    shape("dckr_pat_", "a Docker token", 27),
    exact("shpat_", "a Shopify token", 32, is_of_32_digits),
    exact("dapi", "a Databricks token", 32, is_of_32_digits),
    exact("gsk_", "a Groq key", 52, is_groq),
    shape("AGE-SECRET-KEY-1", "a secret key of age", 58),
    shape("GOCSPX-", "a secret of a Google OAuth client", 28),
    exact("vercel_blob_rw_", "a Vercel Blob token", 40, is_of_cases),
    exact("xkeysib-", "a Brevo key", 80, is_of_two_numbers),
    exact("lin_api_", "a Linear key", 40, is_of_cases),
    exact("r8_", "a Replicate token", 37, is_of_cases),
    exact("hvs.", "a Vault token", 24, is_of_vault),
    exact("figd_", "a Figma token", 40, both_cases_drawn),
    exact("dp.pt.", "a Doppler token", 40, is_of_cases),
    exact("PMAK-", "a Postman key", 59, is_of_two_numbers),
    exact("xai-", "an xAI key", 70, is_of_cases),
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
    exact(
        "webhook.office.com/webhookb2/",
        "a Teams webhook",
        100,
        hooks::is_of_teams,
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
    server("postgresql+psycopg_async://", POSTGRES),
    server("postgresql+pg8000://", POSTGRES),
    server("redis://", REDIS),
    server("rediss://", REDIS),
    server("amqp://", BROKER),
    server("amqps://", BROKER),
    server("mongodb://", MONGO),
    server("mongodb+srv://", MONGO),
    server("mysql://", MYSQL),
    server("mysql+pymysql://", MYSQL),
    server("mysql+aiomysql://", MYSQL),
    server("mysql+asyncmy://", MYSQL),
    server("mariadb://", MYSQL),
    server("smtp://", MAIL),
    server("smtps://", MAIL),
    server("cloudinary://", "a Cloudinary URL with its secret"),
    server("https://", "an address with its password"),
    shape(PEM, "a private key", 0),
];

pub(super) const GOOGLE: &str = "AIza";
/// 32 bytes in base64, as a query has them; without what fills them up, as workflows have them.
fn is_signature(body: &str) -> bool {
    let is_filled = body.ends_with("%3D") || body.ends_with("%3d");
    (is_filled || body.len() == 43) && both_cases_drawn(body)
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

/// Capitals, small letters and digits.
fn both_cases_drawn(body: &str) -> bool {
    both_cases(body) && is_random(body)
}

/// The same, and nothing else: no name in a program goes on for so long.
fn is_of_cases(body: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    body.bytes().all(is_inner) && body.matches('_').count() <= 1 && both_cases_drawn(body)
}

/// Hexadecimal digits, and behind a `-` more of them, or of all letters.
fn is_of_two_numbers(body: &str) -> bool {
    body.split_once('-').is_some_and(|(first, second)| {
        first.len() >= 24
            && first.bytes().all(|byte| byte.is_ascii_hexdigit())
            && second.len() >= 16
            && alphanumeric(second)
            && is_random(first)
            && is_random(second)
    })
}

/// 24 letters and digits, or what is as long as no name.
fn is_of_vault(body: &str) -> bool {
    let digits = body.bytes().filter(u8::is_ascii_digit).count();
    let is_short = body.len() == 24 && alphanumeric(body) && digits > 1;
    (is_short || body.len() >= 80 && !body.contains('.')) && both_cases_drawn(body)
}
