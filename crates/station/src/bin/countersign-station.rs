//! The station without a window: for servers, and for the desk in a browser.

use countersign_station::{Options, StartError, Station};
use std::io::Write;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "The station did not start: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), StartError> {
    let options = Options::from_environment_and_args(std::env::args().skip(1))?;
    let station = Station::start(options).await?;
    let mut lines = vec![format!("Customers: http://{}/", station.chat_address())];
    lines.extend(station.desk_address().map(|address| format!("Desk: {address}")));
    // The addresses are this program's answer: they go where they can be read by whoever started it.
    let _ = writeln!(std::io::stdout(), "{}", lines.join("\n"));
    interrupted().await;
    station.shutdown().await;
    Ok(())
}

/// Resolves at Ctrl+C, or when the system asks to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
