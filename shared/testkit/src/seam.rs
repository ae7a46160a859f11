//! The path of every call outside. The call is numbered and counted, the policy chooses a
//! fault, and the rest of the call is applied at once and as a whole.

use crate::{
    calls::{faults::Fault, process::Process},
    state::WorldState,
};
use bytes::Bytes;
use http::Response;
use std::time::Duration;

/// A request that one of the models has understood.
pub(crate) trait Service {
    /// The name of the call, such as `s3.PutObject`.
    fn name(&self) -> String;
    /// The faults that this request allows beside the general ones.
    fn special(&self) -> Vec<Fault>;
    /// Does it. `fault` is one of the special ones, which change the effect.
    fn apply(&self, fault: Option<Fault>) -> Response<Bytes>;
    /// The answer that refuses it: for [`Fault::ServerError`], [`Fault::Throttled`],
    /// [`Fault::TransactionConflict`] and [`Fault::TransactionInProgress`].
    fn refuse(&self, fault: Fault) -> Response<Bytes>;
}

/// The result of a call as its caller sees it.
pub(crate) enum CallResult {
    Whole(Response<Bytes>),
    Cut(Response<Bytes>),
    Refused,
    Lost,
}

/// The most often that a call steps back before it is applied, so that racing calls
/// overtake each other. The seed decides which call does.
const STEPS_BACK: usize = 3;

impl WorldState {
    pub(crate) async fn pass(&self, service: &(dyn Service + Sync)) -> CallResult {
        let process = Process::current();
        if let Some(process) = &process {
            process.survive().await;
        }
        let (index, fault) = self.arrive(service);
        let steps = self.journal().steps_back(STEPS_BACK);
        for _ in 0..steps {
            tokio::task::yield_now().await;
        }
        if let Some(process) = &process {
            process.survive().await;
        }
        match fault {
            Some(Fault::DieBefore) => self.die(process, index, "died before").await,
            Some(Fault::DieAfter) => {
                service.apply(None);
                self.die(process, index, "applied, died after").await
            }
            Some(Fault::Delay(delay)) => {
                self.delay(delay).await;
                self.answer(index, CallResult::Whole(service.apply(None)))
            }
            Some(Fault::Refused) => self.answer(index, CallResult::Refused),
            Some(Fault::RequestLost) => self.answer(index, CallResult::Lost),
            Some(Fault::AnswerLost) => {
                service.apply(None);
                self.answer(index, CallResult::Lost)
            }
            Some(Fault::BodyCut) => self.answer(index, CallResult::Cut(service.apply(None))),
            Some(
                fault @ (Fault::ServerError
                | Fault::Throttled
                | Fault::TransactionConflict
                | Fault::TransactionInProgress),
            ) => self.answer(index, CallResult::Whole(service.refuse(fault))),
            Some(fault @ (Fault::StaleRead | Fault::Partial | Fault::Duplicate)) => {
                self.answer(index, CallResult::Whole(service.apply(Some(fault))))
            }
            None => self.answer(index, CallResult::Whole(service.apply(None))),
        }
    }

    fn arrive(&self, service: &dyn Service) -> (usize, Option<Fault>) {
        let (name, special) = (service.name(), service.special());
        let (call, fault) = self.journal().decide(name, special);
        if let Some(fault) = fault.filter(|fault| !call.allows(*fault)) {
            self.violated(&format!("{fault:?} cannot happen to {}: choose a fault that it allows", call.name));
        }
        (self.journal().add(&call, fault), fault)
    }

    async fn die(&self, process: Option<Process>, index: usize, how: &str) -> CallResult {
        self.journal().record(index, how.to_owned());
        match process {
            Some(process) => process.die().await,
            None => self.violated("a process died outside World::run: wrap the work that may die in World::run(..)"),
        }
    }

    async fn delay(&self, delay: Duration) {
        tokio::time::sleep(delay).await;
        self.advance(delay);
    }

    fn answer(&self, index: usize, answer: CallResult) -> CallResult {
        let seen = match &answer {
            CallResult::Whole(response) => described(response),
            CallResult::Cut(response) => format!("{}, cut", response.status().as_u16()),
            CallResult::Refused => "refused".to_owned(),
            CallResult::Lost => "lost".to_owned(),
        };
        self.journal().record(index, seen);
        answer
    }
}

/// The status, and the error's type where the answer carries one.
fn described(response: &Response<Bytes>) -> String {
    let status = response.status();
    let kind = response.headers().get("x-amzn-errortype").and_then(|kind| kind.to_str().ok());
    kind.map_or_else(|| status.as_u16().to_string(), |kind| format!("{} {kind}", status.as_u16()))
}
