//! A server as a program: it speaks on standard input and output, and of itself on standard error only.

use std::process::ExitCode;

use rmcp::{ServerHandler, ServiceExt, transport::async_rw::AsyncRwTransport};

/// The longest line that a server reads, in bytes. Longer requests are dropped.
pub const MAX_LINE_BYTES: usize = 256 * 1024;

/// Why a program ended.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs a program under its name: begins diagnostics, and says why it failed.
pub fn run(name: &str, program: impl FnOnce() -> Result<(), Failure>) -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .init();
    match program() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(cause = ?error.source(), "{name} stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until the input closes.
pub fn serve(server: impl ServerHandler) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = runtime.block_on(async {
        let (input, output) = rmcp::transport::io::stdio();
        let transport = AsyncRwTransport::new(input, output).with_max_line_length(MAX_LINE_BYTES);
        server.serve(transport).await?.waiting().await?;
        Ok(())
    });
    // A call that hangs by a fault switch must not keep the process alive once its client has gone.
    runtime.shutdown_background();
    served
}
