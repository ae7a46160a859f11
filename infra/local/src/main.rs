//! `cargo dev`: the local platform until Ctrl-C.
//!
//! Standard output is one line, when everything answers; all else is standard error.

use local::{Arguments, Error, Options, Platform, USAGE};
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let port = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Arguments::Run { port }) => port,
        Ok(Arguments::Help) => {
            eprint!("{USAGE}");
            return Ok(());
        }
        Err(error) => return Err(Error::new(format!("{error}\n\n{USAGE}"))),
    };
    let mut signals = Signals::new()?;
    let options = Options { port: Some(port), ..Options::default() };
    let mut platform = tokio::select! {
        platform = Platform::start(options) => platform?,
        () = signals.any() => return Err(Error::new("stopped before it was ready")),
    };
    println!("ready: {}", platform.base_url());
    tokio::select! {
        () = signals.any() => {}
        // Dropping the platform stops the rest and leaves the logs that the error names.
        error = platform.broken() => return Err(error),
    }
    eprintln!("stopping");
    platform.stop().await;
    Ok(())
}

/// Ctrl-C, a polite kill, and a closed terminal.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> Result<Self, Error> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}
