//! The words by which a name is judged.

/// Last parts of a name that say how long, how large, where or which one, not what.
pub(super) const HARMLESS_ENDINGS: &[&str] = &[
    "MINUTE",
    "MINUTES",
    "SECOND",
    "SECONDS",
    "HOUR",
    "HOURS",
    "DAY",
    "DAYS",
    "MS",
    "TTL",
    "AGE",
    "EXPIRY",
    "EXPIRE",
    "EXPIRES",
    "EXPIRATION",
    "LIFETIME",
    "TIMEOUT",
    "INTERVAL",
    "LENGTH",
    "SIZE",
    "MIN",
    "MAX",
    "LIMIT",
    "COUNT",
    "RATE",
    "ROUNDS",
    "ITERATIONS",
    "RETRIES",
    "NAME",
    "ALGORITHM",
    "ENABLED",
    "REQUIRED",
    "URL",
    "URI",
    "ENDPOINT",
    "PATH",
    "FILE",
    "DIR",
    "PORT",
    "IP",
    "CIDR",
    "SUBNET",
    "REGION",
    "ARN",
    "HEADER",
    "ID",
    "TYPE",
    "ISSUER",
    "AUDIENCE",
    "HASHER",
    "POLICY",
];

/// Such that are it only for keys and tokens: the backend, too, has a password.
pub(super) const DOUBTFUL_ENDINGS: &[&str] = &["BACKEND", "BUCKET", "COOKIE", "HOST", "PROVIDER"];

/// Parts that make a number of tokens of a token.
pub(super) const MEASURES: &[&str] = &["MAX", "MIN", "NUM"];

/// Words that end no other word than one of the kind: `PGPASSWORD`, `clientsecret`.
pub(super) const FIRM_ENDINGS: &[&[u8]] = &[
    b"PASSWORD",
    b"PASSWD",
    b"PASSPHRASE",
    b"SECRET",
    b"SECRETKEY",
];

/// The same for what may be kept in a file, or be counted: `AUTHTOKEN`.
pub(super) const ENDINGS: &[&[u8]] = &[
    b"TOKEN",
    b"APIKEY",
    b"APIKEYS",
    b"ACCESSKEY",
    b"ACCOUNTKEY",
    b"AUTHKEY",
    b"ENCRYPTIONKEY",
    b"PRIVATEKEY",
    b"SIGNINGKEY",
    b"CREDENTIAL",
    b"CREDENTIALS",
];

/// Parts that are such words only by themselves.
pub(super) const FIRM_PARTS: &[&[u8]] = &[
    b"PASSCODE",
    b"PSWD",
    b"PASWD",
    b"BASICAUTH",
    // What a Redis calls its own, and that of the one it copies.
    b"REQUIREPASS",
    b"MASTERAUTH",
    b"PRIMARYAUTH",
];

/// The same for what may be kept in a file.
pub(super) const PARTS: &[&[u8]] = &[b"PRIVATE", b"CREDS", b"SALT"];

/// What stands before `PASS` and `PWD` without a `_`, as in `DBPASS`.
pub(super) const BEFORE_PASS: &[&[u8]] = &[
    b"ADMIN", b"DB", b"EMAIL", b"FTP", b"MAIL", b"MONGO", b"MYSQL", b"PG", b"REDIS", b"ROOT",
    b"SMTP", b"SSH", b"USER",
];

/// What stands before `PASS` where that is no password: `TWO_PASS`, `GIT_ASK_PASS`.
pub(super) const PASSES: &[&str] = &[
    "ASK", "BY", "FIRST", "MULTI", "ONE", "SECOND", "SINGLE", "TWO",
];

/// What stands before `PWD` where that is a folder: `HOST_PWD`.
pub(super) const FOLDERS: &[&str] = &["CURRENT", "HOST", "INIT", "OLD", "WORKING"];

/// What stands before `AUTH` where that is a login. Elsewhere it says which way, or whether at all:
/// `ENABLE_AUTH`, `SMTP_AUTH`.
pub(super) const LOGINS: &[&str] = &[
    "", "BASIC", "HTTP", "NEO4J", "PROXY", "REDIS", "REGISTRY", "VALKEY",
];

/// What stands before `KEYS` where those are secret. Others are the keys of a map: `REDACTED_KEYS`.
pub(super) const KEYRINGS: &[&str] = &[
    "ACCESS",
    "API",
    "AUTH",
    "COOKIE",
    "ENCRYPTION",
    "FERNET",
    "JWT",
    "LICENSE",
    "MASTER",
    "PRIVATE",
    "SECRET",
    "SERVICE",
    "SESSION",
    "SIGNING",
];

/// What stands before `KEY` where that says under what something is found.
pub(super) const DATABASE_KEYS: &[&str] = &[
    "CACHE",
    "FOREIGN",
    "IDEMPOTENCY",
    "OBJECT",
    "PARTITION",
    "PRIMARY",
    "REDIS",
    "ROUTING",
    "S3",
    "SHARD",
    "SORT",
    "UNIQUE",
];

/// What stands before `PAT` where that is a personal access token, and no pattern.
pub(super) const FORGES: &[&str] = &[
    "ADO",
    "AZDO",
    "AZURE",
    "BITBUCKET",
    "DEVOPS",
    "GH",
    "GITEA",
    "GITHUB",
    "GITLAB",
];

/// Behind the name of a secret: where it is used, or how it is written.
pub(super) const QUALIFIERS: &[&str] = &[
    "B64",
    "BACKUP",
    "BASE64",
    "CI",
    "CURRENT",
    "DEFAULT",
    "DEV",
    "DEVELOPMENT",
    "HEX",
    "LIVE",
    "LOCAL",
    "MAIN",
    "NEW",
    "NEXT",
    "OLD",
    "PEM",
    "PREV",
    "PREVIOUS",
    "PROD",
    "PRODUCTION",
    "QA",
    "SANDBOX",
    "SECONDARY",
    "STAGE",
    "STAGING",
    "TEST",
    "UAT",
];

/// Names of parameters that no variable would have, or only as something else.
pub(super) const PARAMETERS: &[&str] = &["AUTH", "PWD"];

/// How the names of those end that let in whoever has the address.
pub(super) const SIGNATURES: &[&str] = &["SIG", "SIGNATURE"];
