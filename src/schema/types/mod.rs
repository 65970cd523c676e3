//! The types that a variable can have, each parsed as the program that reads it parses it.

mod boolean;
mod credential;
mod duration;
mod list;
mod network;
mod number;
mod postgres;
mod redis;
mod slashes;
mod text;
mod url;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use credential::{StripeKey, SupabaseRole};
pub use list::OTHER_MARKS;
pub use network::is_local;
pub use number::Range;
pub use postgres::PostgresUrl;
pub use redis::redis_database;
pub use text::Text;
pub use url::{SLASH, Url};

/// The program that turns the text of a variable into a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// pydantic, behind pydantic-settings.
    Pydantic,
    /// JavaScript, behind Next.js.
    JavaScript,
}

impl Reader {
    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pydantic => "pydantic",
            Self::JavaScript => "JavaScript",
        }
    }
}

/// A type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    /// Any text, within limits.
    Text(Text),
    /// A whole number.
    Int(Range),
    /// A number.
    Float(Range),
    /// Yes or no, in the reader's words.
    Bool,
    /// An absolute URL.
    Url(Url),
    /// Scheme, host and port, as CORS compares them.
    Origin,
    /// A `PostgreSQL` connection string.
    PostgresUrl(PostgresUrl),
    /// A Redis connection string.
    RedisUrl,
    /// One such string, or several with semicolons between, as Celery takes them for its broker.
    RedisUrls,
    /// A host name or address, without scheme and port.
    Host,
    /// A TCP port.
    Port(Range),
    /// An e-mail address.
    Email,
    /// A path of the file system.
    Path,
    /// A list with commas between its elements.
    Csv(Box<Kind>),
    /// A list as JSON, which is how pydantic-settings decodes lists.
    JsonList(Box<Kind>),
    /// Any JSON.
    Json,
    /// A length of time: `10s`, `500ms`.
    Duration,
    /// The URL of a Supabase project.
    SupabaseUrl,
    /// A key of a Supabase project.
    SupabaseKey(SupabaseRole),
    /// A key or an identifier of Stripe.
    StripeKey(StripeKey),
    /// A key of Resend.
    ResendKey,
    /// A connection string of an Azure storage account.
    AzureConnectionString,
}

/// The names of the types in a schema.
pub(super) const NAMES: &[&str] = &[
    "string",
    "int",
    "float",
    "bool",
    "url",
    "origin",
    "postgres-url",
    "redis-url",
    "redis-urls",
    "host",
    "port",
    "email",
    "path",
    "csv",
    "json-list",
    "json",
    "duration",
    "supabase-url",
    "supabase-key",
    "stripe-key",
    "resend-key",
    "azure-connection-string",
];

/// In which way a value does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// The reader cannot read it.
    WrongType,
    /// It can be read, and is outside of what is allowed.
    OutOfRange,
    /// It is a credential, of another kind than the one that is asked for.
    WrongCredential,
    /// It works, but not as somebody thinks.
    Doubtful,
}

/// Why a value does not fit its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// In which way.
    pub misfit: Misfit,
    /// What is wrong, fit to stand after the variable's name; never holds the value of a secret.
    pub message: String,
    /// A value that is right and surely meant, or what to write.
    pub way_out: Option<String>,
    /// The value to put in its place, if it is certain.
    pub replacement: Option<String>,
}

impl Problem {
    fn new(misfit: Misfit, message: impl Into<String>) -> Self {
        Self {
            misfit,
            message: message.into(),
            way_out: None,
            replacement: None,
        }
    }

    fn wrong(message: impl Into<String>) -> Self {
        Self::new(Misfit::WrongType, message)
    }

    fn out_of_range(message: impl Into<String>) -> Self {
        Self::new(Misfit::OutOfRange, message)
    }

    fn way_out(mut self, way_out: impl Into<String>) -> Self {
        self.way_out = Some(way_out.into());
        self
    }

    fn replacement(mut self, value: impl Into<String>) -> Self {
        self.replacement = Some(value.into());
        self
    }
}

impl Kind {
    /// Whether a value fits, for the program that reads it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, value: &str, reader: Reader) -> Result<(), Problem> {
        match self {
            Self::Text(text) => text.check(value),
            Self::Int(range) => range.check(number::int(value, reader)?),
            Self::Float(range) => range.check(number::float(value, reader)?),
            Self::Port(range) => number::int(value, reader).and_then(|port| range.check(port)),
            Self::Bool => boolean::parse(value, reader).map(drop),
            Self::Url(url) => url.check(value),
            Self::Origin => url::origin(value).map(drop),
            Self::PostgresUrl(url) => url.check(value),
            Self::RedisUrl => redis::redis(value),
            Self::RedisUrls => redis::redis_list(value),
            Self::Host => network::host(value),
            Self::Email => network::email(value),
            Self::Path => text::path(value),
            Self::Csv(of) => list::csv(value, of, reader),
            Self::JsonList(of) => list::json(value, of, reader),
            Self::Json => list::any_json(value),
            Self::Duration => duration::check(value),
            Self::SupabaseUrl => credential::supabase_url(value),
            Self::SupabaseKey(role) => role.check(value),
            Self::StripeKey(key) => key.check(value),
            Self::ResendKey => credential::resend(value),
            Self::AzureConnectionString => credential::azure(value),
        }
    }

    /// Whether a value is written as only a reader of this very type takes it.
    #[must_use]
    pub fn claims(&self, value: &str) -> bool {
        match self {
            Self::PostgresUrl(url) => url.claims(value),
            _ => false,
        }
    }

    /// Whether the reader takes an empty text as a value of this type.
    #[must_use]
    pub fn accepts_empty(&self, reader: Reader) -> bool {
        match self {
            Self::Text(text) => text.check("").is_ok(),
            Self::Csv(_) => true,
            // The generated validator of the frontend takes an empty variable as one that is not set.
            _ => {
                reader == Reader::JavaScript
                    || matches!(
                        self,
                        Self::SupabaseKey(_)
                            | Self::StripeKey(_)
                            | Self::ResendKey
                            | Self::AzureConnectionString
                    )
            }
        }
    }

    /// The value as a truth, if it is one.
    #[must_use]
    pub fn truth(value: &str, reader: Reader) -> Option<bool> {
        boolean::parse(value, reader).ok()
    }

    /// The value as a whole number, if Python's settings read it as one.
    #[must_use]
    pub fn whole(value: &str) -> Option<i64> {
        number::pydantic_int(value)
    }

    /// Whether two spellings are the same value of this type: `1` and `true`, `80` and `80.0`.
    #[must_use]
    pub fn same(&self, one: &str, other: &str, reader: Reader) -> bool {
        match self {
            Self::Bool => {
                matches!((boolean::parse(one, reader), boolean::parse(other, reader)), (Ok(a), Ok(b)) if a == b)
            }
            Self::Int(_) | Self::Port(_) => {
                matches!((number::int(one, reader), number::int(other, reader)), (Ok(a), Ok(b)) if (a - b).abs() < 0.5)
            }
            _ => one == other,
        }
    }

    /// The value as a number, if it is one.
    #[must_use]
    pub fn number(value: &str, reader: Reader) -> Option<f64> {
        number::float(value, reader).ok()
    }
}

/// What a person may write, as examples and documentation say it.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.fmt(f),
            Self::Int(range) => write!(f, "integer{range}"),
            Self::Float(range) => write!(f, "number{range}"),
            Self::Port(range) => write!(f, "port number{range}"),
            Self::Bool => f.write_str("true or false"),
            Self::Url(url) => url.fmt(f),
            Self::Origin => f.write_str("origin (scheme://host:port)"),
            Self::PostgresUrl(url) => url.fmt(f),
            Self::RedisUrl => f.write_str("redis://[:password@]host:port/database or rediss://…"),
            Self::RedisUrls => {
                write!(f, "{}, or several with ; between", Self::RedisUrl)
            }
            Self::Host => f.write_str("host name or IP address"),
            Self::Email => f.write_str("e-mail address"),
            Self::Path => f.write_str("path"),
            Self::Csv(of) => write!(f, "comma-separated list of: {of}"),
            Self::JsonList(of) => write!(f, "JSON list of: {of}"),
            Self::Json => f.write_str("JSON"),
            Self::Duration => f.write_str("length of time, e.g. 500ms, 10s, 2m"),
            Self::SupabaseUrl => f.write_str("https://PROJECT.supabase.co, or the URL of a local Supabase"),
            Self::SupabaseKey(role) => role.fmt(f),
            Self::StripeKey(key) => key.fmt(f),
            Self::ResendKey => f.write_str("Resend key (re_…)"),
            Self::AzureConnectionString => f.write_str("DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net"),
        }
    }
}
