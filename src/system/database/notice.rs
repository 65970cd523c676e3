//! What a server says beside its answers. The driver hands it to whoever traces, and to nobody else.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

use crate::text::Secrets;

/// The name under which the driver hands them over.
const TARGET: &str = "sqlx::postgres::notice";

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// It is a warning: something is not as the statement's author thought.
    pub warning: bool,
    /// In one or more lines, masked.
    pub text: String,
}

/// Hears what is said while it listens.
#[derive(Debug, Clone)]
pub struct Ear {
    heard: Arc<Mutex<Vec<Notice>>>,
    dispatch: Dispatch,
    secrets: Secrets,
}

impl Ear {
    pub(super) fn new(secrets: Secrets) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        Self {
            dispatch: Dispatch::new(Listener(Arc::clone(&heard))),
            heard,
            secrets,
        }
    }

    /// Listens while `work` polls the driver once.
    pub(super) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        tracing::dispatcher::with_default(&self.dispatch, work)
    }

    /// What was heard since the last time.
    #[must_use]
    pub fn take(&self) -> Vec<Notice> {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let mut heard = std::mem::take(&mut *heard);
        for notice in &mut heard {
            notice.text = self.secrets.mask_text(&notice.text);
        }
        heard
    }
}

struct Listener(Arc<Mutex<Vec<Notice>>>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push(Notice {
            warning: *event.metadata().level() <= Level::WARN,
            text: text.0,
        });
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.0);
        }
    }
}
