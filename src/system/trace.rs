//! What the tool itself does, traced to stderr for those who ask.

use tracing_subscriber::EnvFilter;

/// Switches tracing on: `directives` as `PIXCRAWLER_CLI_LOG` holds them, e.g. `debug`.
/// Without it nothing is formatted and nothing is paid.
pub fn enable(directives: &str) {
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("debug"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .finish();
    // A second call keeps the first subscriber.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
