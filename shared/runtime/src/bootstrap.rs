//! The cold start.

use crate::{Ctx, init::Init, logs, source};
use kernel::{Ids, Result, Timestamp};
use lambda_http::lambda_runtime::{self, Context};
use std::{
    io,
    process::{ExitCode, Termination},
    sync::Arc,
};

/// The result of a function's process.
#[derive(Debug)]
pub struct Exit(Result<(), ()>);

impl Termination for Exit {
    fn report(self) -> ExitCode {
        self.0.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
    }
}

/// Builds the function's `Deps`, warms connections and calls `run`, all on one thread. A cold start
/// that fails logs its error in one line and ends the process. Lambda then reports the failure and
/// starts another process.
pub(crate) fn start<D, R>(build: impl AsyncFnOnce(&Init) -> Result<D>, run: impl FnOnce(Arc<D>, Ids) -> R) -> Exit
where
    R: Future<Output = Result<(), lambda_runtime::Error>>,
{
    logs::start();
    let executor = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(executor) => executor,
        Err(error) => return failed(&format!("the executor does not start: {error}")),
    };
    executor.block_on(async {
        let init = Init::from_environment(machine::variables());
        let deps = match Box::pin(build(&init)).await {
            Ok(deps) => Arc::new(deps),
            Err(error) => return failed(&logs::chain(&error)),
        };
        init.warmed().await;
        match Box::pin(run(deps, machine::ids())).await {
            Ok(()) => Exit(Ok(())),
            Err(error) => failed(&error.to_string()),
        }
    })
}

/// Logs a failed cold start on stderr, because Lambda adds stderr to its report of a process that
/// ended.
fn failed(why: &str) -> Exit {
    tracing::subscriber::with_default(logs::subscriber(io::stderr), || {
        tracing::error!(error = why, "the cold start failed");
    });
    Exit(Err(()))
}

/// The context of one invocation.
pub(crate) fn ctx(ids: &Ids, lambda: &Context) -> Ctx {
    let (signed_at, ahead_ms) = (machine::now(), source::offset_ms());
    Ctx {
        now: shifted(signed_at, ahead_ms),
        signed_at,
        ids: ids.clone(),
        request_id: lambda.request_id.clone(),
        deadline: shifted(source::at(lambda.deadline()), ahead_ms),
    }
}

fn shifted(at: Timestamp, by_ms: i64) -> Timestamp {
    match by_ms {
        0 => at,
        _ => Timestamp::from_millisecond(at.as_millisecond().saturating_add(by_ms)).unwrap_or(at),
    }
}
