//! Where diagnostics go: standard error, by `RUST_LOG`; never with a customer's words.

use tracing_subscriber::filter::{EnvFilter, FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// At finer levels these log whole messages, arguments and results included: kept out whatever `RUST_LOG` says.
const TALKATIVE: &[&str] = &["rmcp", "tungstenite", "tokio_tungstenite", "hyper", "h2"];

/// These write what was said whenever they do not understand it: kept out at every level.
const INDISCREET: &[&str] = &["genai"];

/// Begins to write diagnostics. A second call changes nothing.
pub fn begin_diagnostics() {
    let wanted = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let discreet = filter_fn(|event| {
        let is_of = |targets: &[&str]| targets.iter().any(|target| event.target().starts_with(target));
        !is_of(INDISCREET) && (!is_of(TALKATIVE) || *event.level() <= LevelFilter::WARN)
    });
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(wanted.and(discreet));
    // Fails only where diagnostics have begun already.
    let _ = tracing_subscriber::registry().with(lines).try_init();
}
