//! The station without a window: for servers, and for the desk in a browser.

use countersign_station::{
    Options, StartError, Station, begin_diagnostics, export_case, recover, run_command, sign_customer_in,
};
use std::io::Write;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    begin_diagnostics();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(done) = run_command(&arguments).await {
        let (said, code) = match &done {
            Ok(words) => (writeln!(std::io::stdout(), "{words}"), ExitCode::SUCCESS),
            Err(words) => (writeln!(std::io::stderr(), "{words}"), ExitCode::FAILURE),
        };
        return said.map_or(ExitCode::FAILURE, |()| code);
    }
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "The station did not start: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), StartError> {
    let mut args = std::env::args().skip(1).peekable();
    if args.next_if(|word| word == "customer-token").is_some() {
        let _ = writeln!(std::io::stdout(), "{}", customer_token(args)?);
        return Ok(());
    }
    if args.next_if(|word| word == "export-case").is_some() {
        let _ = writeln!(std::io::stdout(), "{}", exported(args).await?);
        return Ok(());
    }
    if args.next_if(|word| word == "recover").is_some() {
        return recover_from_paper(args);
    }
    let options = Options::from_environment_and_args(args)?;
    let station = Station::start(options).await?;
    let mut lines = vec![format!("Customers: http://{}/", station.chat_address())];
    lines.extend(station.desk_address().map(|address| format!("Desk: {address}")));
    lines.extend(station.gateway_address().map(|address| format!("Gateway: {address}")));
    lines.extend(station.connection_code().map(|code| format!("Devices: {code}")));
    // Before the addresses: whoever has read them may ask it to end.
    let interrupted = interrupted();
    // The addresses are this program's answer: they go where they can be read by whoever started it.
    let _ = writeln!(std::io::stdout(), "{}", lines.join("\n"));
    interrupted.await;
    station.shutdown().await;
    Ok(())
}

/// `recover --data FOLDER`: asks for the recovery key, and puts the master key back that opens what was sealed.
fn recover_from_paper(mut args: impl Iterator<Item = String>) -> Result<(), StartError> {
    let (Some("--data"), Some(folder), None) = (args.next().as_deref(), args.next(), args.next()) else {
        return Err(StartError::Arguments("recover needs --data FOLDER, and nothing else.".to_owned()));
    };
    let _ = writeln!(std::io::stderr(), "The recovery key, eight groups of four:");
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed).map_err(|e| StartError::Arguments(format!("Nothing was typed: {e}.")))?;
    recover(folder.as_ref(), typed.trim())?;
    let _ = writeln!(
        std::io::stdout(),
        "master.key is back: what was sealed opens again. The paper opens nothing more than before; keep it."
    );
    Ok(())
}

/// `customer-token --data FOLDER --subject ID [--name NAME]`: what the shop's own site would sign a customer in with.
fn customer_token(mut args: impl Iterator<Item = String>) -> Result<String, StartError> {
    let (mut data, mut subject, mut name) = (None, None, None);
    while let Some(word) = args.next() {
        match word.as_str() {
            "--data" => data = args.next(),
            "--subject" => subject = args.next(),
            "--name" => name = args.next(),
            _ => return Err(StartError::Arguments(format!("{word:?} is not known."))),
        }
    }
    let (Some(data), Some(subject)) = (data, subject) else {
        let why = "customer-token needs --data FOLDER and --subject ID.".to_owned();
        return Err(StartError::Arguments(why));
    };
    sign_customer_in(data.as_ref(), &subject, name.as_deref())
}

/// `export-case --data FOLDER --conversation ID --to FILE`: one conversation as a file that verifies offline.
async fn exported(mut args: impl Iterator<Item = String>) -> Result<String, StartError> {
    let (mut data, mut conversation, mut to) = (None, None, None);
    while let Some(word) = args.next() {
        match word.as_str() {
            "--data" => data = args.next(),
            "--conversation" => conversation = args.next(),
            "--to" => to = args.next(),
            _ => return Err(StartError::Arguments(format!("{word:?} is not known."))),
        }
    }
    let (Some(data), Some(conversation), Some(to)) = (data, conversation, to) else {
        let why = "export-case needs --data FOLDER, --conversation ID and --to FILE.".to_owned();
        return Err(StartError::Arguments(why));
    };
    let conversation = conversation.parse().map_err(|e| StartError::Arguments(format!("{e}.")))?;
    let records = export_case(data.as_ref(), &conversation, to.as_ref()).await?;
    Ok(format!("{records} records of {conversation} are in {to}. Verify it with: countersign-verify {to}"))
}

/// Listens from now on; resolves at Ctrl+C, or when the system asks to end.
#[cfg(unix)]
fn interrupted() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (terminate, interrupt) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        match (terminate, interrupt) {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            // The system gives no handlers: it ends the process itself then, which a log survives at any moment.
            _ => std::future::pending().await,
        }
    }
}

/// Resolves at Ctrl+C.
#[cfg(not(unix))]
async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}
