//! Names that announce a secret.

mod words;

use std::borrow::Cow;

use words::{
    BEFORE_PASS, DATABASE_KEYS, DOUBTFUL_ENDINGS, ENDINGS, FIRM_ENDINGS, FIRM_PARTS, FOLDERS,
    FORGES, HARMLESS_ENDINGS, KEYRINGS, LOGINS, MEASURES, PARAMETERS, PARTS, PASSES, QUALIFIERS,
    SIGNATURES,
};

/// How far a name announces a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// Only what nobody would think of is one: `CACHE_KEY`.
    Doubt,
    /// Usually one, unless its value is plainly something else, as a path: `SSL_KEY`.
    Hint,
    /// One, whatever it looks like: `PASSWORD`.
    Firm,
}

/// Whether a variable of this name is secret whatever its schema says. Who has its value, too, asks
/// [`names_secret`](super::names_secret).
#[must_use]
pub fn looks_secret(name: &str) -> bool {
    strength(name) >= Some(Strength::Hint)
}

/// How far the name of a variable announces a secret; none where it does not.
pub(super) fn strength(name: &str) -> Option<Strength> {
    let name = &*in_capitals(name);
    if let Some(name) = name.strip_prefix("NEXT_PUBLIC_") {
        // Keys that are made for browsers are none.
        return is_secret_in_public(name).then_some(Strength::Firm);
    }
    let (before, last) = last_part(name);
    if HARMLESS_ENDINGS.contains(&last) {
        return None;
    }
    let found = of_last(before, last)
        .max(qualified(before, last))
        .max(of_parts(name))?;
    let is_doubtful = (DOUBTFUL_ENDINGS.contains(&last) && !name.contains("PASS"))
        || (found == Strength::Hint && name.split('_').any(|part| MEASURES.contains(&part)));
    Some(if is_doubtful { Strength::Doubt } else { found })
}

/// A name as most are written: `adminPwd` is `ADMIN_PWD`.
fn in_capitals(name: &str) -> Cow<'_, str> {
    if !name.bytes().any(|b| b.is_ascii_lowercase()) {
        return Cow::Borrowed(name);
    }
    let mut upper = String::with_capacity(name.len() + 4);
    let mut was_small = false;
    for c in name.chars() {
        if was_small && c.is_ascii_uppercase() {
            upper.push('_');
        }
        was_small = c.is_ascii_lowercase();
        upper.push(c.to_ascii_uppercase());
    }
    Cow::Owned(upper)
}

/// What the last part of a name announces, behind `before`.
fn of_last(before: Option<&str>, last: &str) -> Option<Strength> {
    let near = before.map(|before| last_part(before).1);
    let is = |wanted: bool, strength| wanted.then_some(strength);
    match last {
        "KEY" => {
            let near = before.and_then(|before| before.rsplit('_').next());
            let is_one = near.is_some_and(|near| DATABASE_KEYS.contains(&near));
            Some(if is_one {
                Strength::Doubt
            } else {
                Strength::Hint
            })
        }
        "KEYS" => {
            let is_one = near.is_some_and(|near| KEYRINGS.contains(&near));
            Some(if is_one {
                Strength::Hint
            } else {
                Strength::Doubt
            })
        }
        "TOKENS" | "SECRETS" | "PASSWORDS" | "DSN" => Some(Strength::Hint),
        "PW" => Some(Strength::Firm),
        "PAT" => is(
            near.is_some_and(|near| FORGES.contains(&near)),
            Strength::Hint,
        ),
        "PASS" => is(
            near.is_none_or(|near| !PASSES.contains(&near)),
            Strength::Firm,
        ),
        // By itself it is where a shell is.
        "PWD" => is(
            near.is_some_and(|near| !FOLDERS.contains(&near)),
            Strength::Firm,
        ),
        "AUTH" => is(
            near.is_some_and(|near| LOGINS.contains(&near)),
            Strength::Hint,
        ),
        "STRING" => is(
            before.is_some_and(|before| before.ends_with("CONNECTION")),
            Strength::Firm,
        ),
        _ => None,
    }
}

/// The same where a name ends with an environment or a format: `STRIPE_KEY_LIVE`, `SIGNING_KEY_B64`.
fn qualified(before: Option<&str>, last: &str) -> Option<Strength> {
    let before = before.filter(|_| QUALIFIERS.contains(&last))?;
    let (before, last) = last_part(before);
    // `KEY_DEV` alone may be anything's.
    before.and_then(|_| of_last(before, last))
}

/// A name's last part, and what stands before it. The number of one of several belongs to neither:
/// `API_KEY_2`; that of Base64 does.
fn last_part(name: &str) -> (Option<&str>, &str) {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let bare = if bare.len() == name.len() || name.ends_with("BASE64") || name.ends_with("_B64") {
        name
    } else {
        bare.strip_suffix('_').unwrap_or(bare)
    };
    match memchr::memrchr(b'_', bare.as_bytes()) {
        Some(at) => (Some(&bare[..at]), &bare[at + 1..]),
        None => (None, bare),
    }
}

/// What one of a name's parts announces wherever it stands, of several the most.
fn of_parts(name: &str) -> Option<Strength> {
    let bytes = name.as_bytes();
    let (mut start, mut most) = (0, None);
    loop {
        let end = memchr::memchr(b'_', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        most = most.max(announced(&bytes[start..end]));
        if end == bytes.len() {
            return most;
        }
        start = end + 1;
    }
}

fn announced(part: &[u8]) -> Option<Strength> {
    // Files of many thousand names are judged by this: the last letters rule most parts out.
    let may = matches!(
        part,
        [.., b'R' | b'W', b'D']
            | [.., b'S' | b'T' | b'D', b'E']
            | [.., b'E' | b'L', b'T']
            | [.., b'E', b'N' | b'Y']
            | [.., b'A', b'L']
            | [.., b'L' | b'D' | b'Y' | b'S', b'S']
            | [.., b'T', b'H']
    );
    if !may {
        return None;
    }
    let ends = |list: &[&[u8]]| list.iter().any(|word| part.ends_with(word));
    // `MAILPASS`; elsewhere it is no word of its own: `COMPASS`.
    let before = part.strip_suffix(b"PASS").or(part.strip_suffix(b"PWD"));
    if ends(FIRM_ENDINGS)
        || FIRM_PARTS.contains(&part)
        || before.is_some_and(|before| BEFORE_PASS.contains(&before))
    {
        Some(Strength::Firm)
    } else {
        (ends(ENDINGS) || PARTS.contains(&part)).then_some(Strength::Hint)
    }
}

/// Whether the last part of a name says that its value is none.
pub(super) fn is_harmless(name: &str) -> bool {
    HARMLESS_ENDINGS.contains(&last_part(&in_capitals(name)).1)
}

/// Whether digits alone may be a secret under this name.
pub(super) fn says_digits(name: &str) -> bool {
    let name = in_capitals(name);
    name.split('_').any(|part| matches!(part, "PIN" | "CODE"))
}

/// Whether a name without its `NEXT_PUBLIC_` is that of a secret, which browsers must not see.
#[must_use]
pub fn is_secret_in_public(name: &str) -> bool {
    ["SERVICE_ROLE", "SECRET", "PASSWORD", "PRIVATE_KEY"]
        .iter()
        .any(|word| name.contains(word))
}

/// Whether what an address or a connection string has under this name is secret: `api-key`, `Pwd`.
pub(super) fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace(['-', '.', ' '], "_");
    // Whose it is stands before it: `X-Amz-Signature`, `X-Goog-Signature`.
    let is_signature = SIGNATURES.contains(&last_part(&name).1);
    is_signature || looks_secret(&name) || PARAMETERS.contains(&name.as_str())
}

/// Whether a value under this name may be a login, `user:password`.
pub(super) fn may_be_login(name: &str) -> bool {
    const LAST: &[&str] = &[
        "AUTH",
        "BASICAUTH",
        "CREDENTIAL",
        "CREDENTIALS",
        "CREDS",
        "DSN",
        "LOGIN",
        "USERPASS",
        "USERPWD",
    ];
    let last = last_part(name).1;
    LAST.iter().any(|word| word.eq_ignore_ascii_case(last))
}

/// Whether a name is that of a host, which has no password.
pub(super) fn is_host(name: &str) -> bool {
    const LAST: &[&str] = &["HOST", "HOSTNAME", "HOSTS", "PGHOST", "SERVER"];
    let last = last_part(name).1;
    LAST.iter().any(|word| word.eq_ignore_ascii_case(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn names_announce_secrets() {
        for name in [
            "DATABASE_PASSWORD",
            "STRIPE_SECRET_KEY",
            "RESEND_API_KEY",
            "jwt_secret",
            "AZURE_STORAGE_CONNECTION_STRING",
            "PGPASSWORD",
            "REDISPASSWORD",
            "MYSQL_PWD",
            "MYSQL_ROOT_PW",
            "DB_PASS",
            "SMTP_PASS_2",
            "pass",
            "ROOT_PASSWD",
            "SSH_PASSPHRASE",
            "databasePassword",
            "accessToken",
            "apiKey",
            "AUTHTOKEN",
            "OPENAI_APIKEY",
            "OPENAI_API_KEYS",
            "AWS_SECRETACCESSKEY",
            "CLIENTSECRET",
            "PRIVATEKEY_PEM",
            "API_KEY_2",
            "FLOWER_BASIC_AUTH",
            "FLOWER_BASICAUTH",
            "NPM_CONFIG__AUTH",
            "NEO4J_AUTH",
            "SMTP_CREDENTIALS",
            "DB_CREDS",
            "MYSQL_DSN",
            "API_KEY_PROD",
            "STRIPE_KEY_LIVE",
            "ENCRYPTION_KEY_BASE64",
            "SIGNING_KEY_B64",
            "SMTP_PASS_STAGING",
            "API_TOKENS",
            "DB_PASSWORDS",
            "APP_SECRETS",
            "JWT_SECRETS_OLD",
            "FERNET_KEYS",
            "adminPwd",
            "MAILPASS",
            "SMTP_PSWD",
            "GITHUB_PAT",
            "DB_PASSWORD_BACKEND",
        ] {
            assert!(looks_secret(name), "{name}");
        }
        for name in [
            "PORT",
            "CACHE_PREFIX",
            "ACCESS_TOKEN_EXPIRE_MINUTES",
            "NEXT_PUBLIC_SUPABASE_ANON_KEY",
            "KEYBOARD",
            "PWD",
            "OLDPWD",
            "OLD_PWD",
            "HOST_PWD",
            "SSH_ASKPASS",
            "GIT_ASK_PASS",
            "SSH_AUTH_SOCK",
            "XAUTHORITY",
            "BYPASS",
            "BYPASS_CACHE",
            "COMPASS",
            "TWO_PASS",
            "MAX_PASSES",
            "PASSENGER_COUNT",
            "PASS_RATE",
            "AUTHOR",
            "AUTH_URL",
            "OAUTH2",
            "ENABLE_AUTH",
            "SMTP_AUTH",
            "TOKENIZER",
            "MAX_TOKENS",
            "SECRETARY",
            "MONKEY",
            "PIXEL_DENSITY",
            "CREDENTIALS_PROVIDER_URL",
            "DB_PASSWORD_FILE",
            "TOKEN_ENDPOINT",
            "PASSWORD_RESET_PATH",
            "SECRET_PORT",
            "SECRET_HOST",
            "PRIVATE_IP",
            "PRIVATE_SUBNET",
            "PRIVATE_BUCKET",
            "SALT_ROUNDS",
            "PASSWORD_MIN",
            "MAX_TOKEN",
            "TOKEN_LIMIT",
            "TOKEN_COUNT",
            "TOKEN_BUCKET_RATE",
            "ACCESS_TOKEN_EXPIRE",
            "ACCESS_TOKEN_LIFETIME",
            "REFRESH_TOKEN_EXPIRATION",
            "PASSWORD_RESET_TIMEOUT",
            "TOKEN_TYPE",
            "TOKEN_ISSUER",
            "PASSWORD_HASHER",
            "PASSWORD_POLICY",
            "SECRET_BACKEND",
            "SECRET_PROVIDER",
            "CSRF_TOKEN_COOKIE",
            "tokenUrl",
            "PARTITION_KEY",
            "SORT_KEY",
            "PRIMARY_KEY",
            "FOREIGN_KEY",
            "CACHE_KEY",
            "REDIS_KEY",
            "AWS_S3_KEY",
            "IDEMPOTENCY_KEY",
            "REDACTED_KEYS",
            "FILE_PAT",
            "KEY_DEV",
            "SECRETS_MANAGER_REGION",
        ] {
            assert!(!looks_secret(name), "{name}");
        }
    }
}
