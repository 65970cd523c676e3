//! Where the worker goes when nobody sets its broker.

use crate::service::assemble::{Broker, DEFAULT_BROKER};
use crate::workspace::stack::CeleryApp;

use super::leads::{Logins, leads_to, logins};

/// What counts where the variable is not set.
pub(super) struct Fallback {
    /// Address and database.
    pub(super) leads_to: Option<String>,
    /// Whom it names there.
    pub(super) logins: Logins,
    /// What follows `X is not set`.
    pub(super) words: String,
    /// Whether the code makes another broker of what the variable says.
    pub(super) is_made: bool,
}

impl Fallback {
    /// That of Celery's settings for Redis, where the code says nothing.
    pub(super) fn usual() -> Self {
        let leads_to = leads_to("BROKER", DEFAULT_BROKER);
        let shown = leads_to.as_deref().unwrap_or(DEFAULT_BROKER);
        Self {
            words: format!(": the worker uses {shown}"),
            logins: logins("BROKER", DEFAULT_BROKER),
            leads_to,
            is_made: false,
        }
    }

    /// Where a validator makes the broker: of what, nobody but the code knows.
    pub(super) fn made() -> Self {
        Self {
            leads_to: None,
            logins: Logins::default(),
            words: String::new(),
            is_made: true,
        }
    }

    pub(super) fn of(celery: &CeleryApp, read: &Broker<'_>) -> Self {
        let Some(own) = &celery.broker else {
            return Self::usual();
        };
        let at = format!("{}:{}", own.file, own.line);
        if own.is_unsaid {
            return Self {
                leads_to: None,
                logins: Logins::default(),
                words: format!(", and the code gives Celery no broker ({at})"),
                is_made: false,
            };
        }
        let url = match read {
            Broker::Default { url, .. } => *url,
            _ => own.default.as_deref(),
        };
        let Some(url) = url else {
            return Self {
                leads_to: None,
                logins: Logins::default(),
                words: if own.is_required {
                    format!(", and has no default ({at})")
                } else {
                    format!(": its default is computed at {at}")
                },
                is_made: false,
            };
        };
        let leads_to = leads_to("BROKER", url);
        Self {
            words: match &leads_to {
                Some(target) => format!(": the worker uses {target}, the default at {at}"),
                None => format!(": the worker uses the default at {at}, which is no Redis"),
            },
            leads_to,
            logins: logins("BROKER", url),
            is_made: false,
        }
    }
}
