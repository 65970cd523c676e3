//! What the tool itself does, traced to stderr for those who ask.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use tracing_subscriber::EnvFilter;

use super::stdout;

/// Whether nobody may wait for whoever reads stderr.
static HURRIED: AtomicBool = AtomicBool::new(false);

/// Switches tracing on: `directives` as `PIXCRAWLER_CLI_LOG` holds them, e.g. `debug`.
/// Without it nothing is formatted and nothing is paid.
pub fn enable(directives: &str) {
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("debug"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(trace)
        .with_ansi(false)
        .finish();
    // A second call keeps the first subscriber.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// From now on what stderr does not take at once is left out: there are services to look after.
pub fn wait_for_nobody() {
    HURRIED.store(true, Ordering::Relaxed);
}

fn trace() -> Box<dyn Write> {
    if HURRIED.load(Ordering::Relaxed) && !stdout::stderr_takes() {
        Box::new(io::sink())
    } else {
        Box::new(io::stderr())
    }
}
