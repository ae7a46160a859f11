//! `cargo dev`: the local platform until Ctrl-C.
//!
//! Standard output is one line, when everything answers. All other output is standard
//! error.

use local::{DevArguments, LocalError, LocalPlatform, PlatformOptions, USAGE};
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

async fn run() -> Result<(), LocalError> {
    let (port, google, advertises) = match DevArguments::parse(std::env::args().skip(1)) {
        Ok(DevArguments::Run { port, google, advertises }) => (port, google, advertises),
        Ok(DevArguments::Help) => {
            eprint!("{USAGE}");
            return Ok(());
        }
        Err(error) => return Err(LocalError::new(format!("{error}\n\n{USAGE}"))),
    };
    let mut signals = Signals::new()?;
    let options = PlatformOptions { port: Some(port), google, advertises, ..PlatformOptions::default() };
    let mut platform = tokio::select! {
        platform = LocalPlatform::start(options) => platform?,
        () = signals.any() => return Err(LocalError::new("stopped before it was ready")),
    };
    println!("ready: {}", platform.base_url());
    tokio::select! {
        () = signals.any() => {}
        // Dropping the platform stops the rest, and keeps the logs that the error names.
        error = platform.broken() => return Err(error),
    }
    eprintln!("stopping");
    platform.stop().await;
    Ok(())
}

/// The signals that stop the platform: SIGINT, SIGTERM and SIGHUP.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> Result<Self, LocalError> {
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
