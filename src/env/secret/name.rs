//! Names that announce a secret.

/// Last parts of a name that say how long, how large or which one, not what.
const HARMLESS_ENDINGS: &[&str] = &[
    "MINUTES",
    "SECONDS",
    "HOURS",
    "DAYS",
    "TTL",
    "EXPIRY",
    "EXPIRES",
    "LENGTH",
    "SIZE",
    "NAME",
    "ALGORITHM",
    "ENABLED",
    "URL",
    "HEADER",
    "ID",
];

/// Words that end no other word than one of the kind: `PGPASSWORD`, `accessToken`.
const ENDINGS: &[&[u8]] = &[
    b"PASSWORD",
    b"PASSWD",
    b"PASSPHRASE",
    b"SECRET",
    b"TOKEN",
    b"APIKEY",
    b"APIKEYS",
    b"ACCESSKEY",
    b"ACCOUNTKEY",
    b"AUTHKEY",
    b"ENCRYPTIONKEY",
    b"PRIVATEKEY",
    b"SECRETKEY",
    b"SIGNINGKEY",
    b"CREDENTIAL",
    b"CREDENTIALS",
];

/// Parts that are such words only by themselves.
const PARTS: &[&[u8]] = &[
    b"PASSCODE",
    b"PRIVATE",
    b"CREDS",
    b"SALT",
    b"DBPASS",
    b"DBPWD",
    b"SMTPPASS",
    b"USERPASS",
    b"USERPWD",
    b"BASICAUTH",
];

/// What stands before `PASS` where that is no password: `TWO_PASS`, `GIT_ASK_PASS`.
const PASSES: &[&str] = &[
    "ASK", "BY", "FIRST", "MULTI", "ONE", "SECOND", "SINGLE", "TWO",
];

/// What stands before `PWD` where that is a folder: `HOST_PWD`.
const FOLDERS: &[&str] = &["CURRENT", "HOST", "INIT", "OLD", "WORKING"];

/// What stands before `AUTH` where that is a login. Elsewhere it says which way, or whether at all:
/// `ENABLE_AUTH`, `SMTP_AUTH`.
const LOGINS: &[&str] = &[
    "", "BASIC", "HTTP", "NEO4J", "PROXY", "REDIS", "REGISTRY", "VALKEY",
];

/// Names of parameters that no variable would have, or only as something else.
const PARAMETERS: &[&str] = &["AUTH", "PWD", "SIG", "SIGNATURE"];

/// Whether a variable of this name is secret whatever its schema says.
#[must_use]
pub fn looks_secret(name: &str) -> bool {
    let upper;
    let name = if name.bytes().any(|b| b.is_ascii_lowercase()) {
        upper = name.to_ascii_uppercase();
        &upper
    } else {
        name
    };
    if let Some(name) = name.strip_prefix("NEXT_PUBLIC_") {
        // Keys that are made for browsers are none.
        return is_secret_in_public(name);
    }
    let (before, last) = last_part(name);
    if HARMLESS_ENDINGS.contains(&last) {
        return false;
    }
    let before = || before.map(|before| last_part(before).1);
    match last {
        "KEY" | "DSN" | "PW" => true,
        "KEYS" => before() == Some("API"),
        "PASS" => before().is_none_or(|before| !PASSES.contains(&before)),
        // By itself it is where a shell is.
        "PWD" => before().is_some_and(|before| !FOLDERS.contains(&before)),
        "AUTH" => before().is_some_and(|before| LOGINS.contains(&before)),
        _ => name.ends_with("CONNECTION_STRING") || has_secret_part(name),
    }
}

/// A name's last part, and what stands before it. The number of one of several belongs to neither:
/// `API_KEY_2`.
fn last_part(name: &str) -> (Option<&str>, &str) {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let bare = if bare.len() < name.len() {
        bare.strip_suffix('_').unwrap_or(bare)
    } else {
        bare
    };
    match memchr::memrchr(b'_', bare.as_bytes()) {
        Some(at) => (Some(&bare[..at]), &bare[at + 1..]),
        None => (None, bare),
    }
}

/// Whether one of a name's parts announces a secret.
fn has_secret_part(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut start = 0;
    loop {
        let end = memchr::memchr(b'_', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        if announces(&bytes[start..end]) {
            return true;
        }
        if end == bytes.len() {
            return false;
        }
        start = end + 1;
    }
}

fn announces(part: &[u8]) -> bool {
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
    may && (ENDINGS.iter().any(|word| part.ends_with(word)) || PARTS.contains(&part))
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
    looks_secret(&name) || PARAMETERS.contains(&name.as_str())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
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
        ] {
            assert!(!looks_secret(name), "{name}");
        }
    }
}
