//! The one way that every outside call goes: it is counted, the policy decides, faults
//! happen, and what is left of it is applied at once, as a whole.

use crate::{Call, Fault, World, process::Process};
use bytes::Bytes;
use http::Response;
use std::time::Duration;

/// A request that one of the models has understood.
pub(crate) trait Service {
    /// What is called, such as `s3.PutObject`.
    fn name(&self) -> String;
    /// The faults that this request allows beside the general ones.
    fn special(&self) -> Vec<Fault>;
    /// Does it. `fault` is one of the special ones that change what is done.
    fn apply(&self, fault: Option<Fault>) -> Response<Bytes>;
    /// The answer that refuses it: for [`Fault::ServerError`], [`Fault::Throttled`],
    /// [`Fault::TransactionConflict`] and [`Fault::TransactionInProgress`].
    fn refuse(&self, fault: Fault) -> Response<Bytes>;
}

/// What the caller gets to see.
pub(crate) enum Answer {
    Whole(Response<Bytes>),
    Cut(Response<Bytes>),
    Refused,
    Lost,
}

/// Most times that a call steps back before it is applied, so that calls that race
/// overtake each other. Which do is a matter of the seed.
const STEPS_BACK: usize = 3;

impl World {
    pub(crate) async fn pass(&self, service: &(dyn Service + Sync)) -> Answer {
        let process = Process::current();
        if let Some(process) = &process {
            process.survive().await;
        }
        let (index, fault) = self.arrive(service);
        for _ in 0..self.steps_back(STEPS_BACK) {
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
                self.answer(index, Answer::Whole(service.apply(None)))
            }
            Some(Fault::Refused) => self.answer(index, Answer::Refused),
            Some(Fault::RequestLost) => self.answer(index, Answer::Lost),
            Some(Fault::AnswerLost) => {
                service.apply(None);
                self.answer(index, Answer::Lost)
            }
            Some(Fault::BodyCut) => self.answer(index, Answer::Cut(service.apply(None))),
            Some(
                fault @ (Fault::ServerError
                | Fault::Throttled
                | Fault::TransactionConflict
                | Fault::TransactionInProgress),
            ) => self.answer(index, Answer::Whole(service.refuse(fault))),
            Some(fault @ (Fault::StaleRead | Fault::Partial | Fault::Duplicate)) => {
                self.answer(index, Answer::Whole(service.apply(Some(fault))))
            }
            None => self.answer(index, Answer::Whole(service.apply(None))),
        }
    }

    async fn die(&self, process: Option<Process>, index: usize, how: &str) -> Answer {
        self.record(index, how.to_owned());
        match process {
            Some(process) => process.die().await,
            None => self.violated("a process died outside World::run: wrap what may die in World::run(..)"),
        }
    }

    async fn delay(&self, delay: Duration) {
        tokio::time::sleep(delay).await;
        self.advance(delay);
    }

    fn answer(&self, index: usize, answer: Answer) -> Answer {
        let seen = match &answer {
            Answer::Whole(response) => described(response),
            Answer::Cut(response) => format!("{}, cut", response.status().as_u16()),
            Answer::Refused => "refused".to_owned(),
            Answer::Lost => "lost".to_owned(),
        };
        self.record(index, seen);
        answer
    }
}

/// The status, and the error's type where the answer carries one.
fn described(response: &Response<Bytes>) -> String {
    let status = response.status();
    let kind = response.headers().get("x-amzn-errortype").and_then(|kind| kind.to_str().ok());
    kind.map_or_else(|| status.as_u16().to_string(), |kind| format!("{} {kind}", status.as_u16()))
}

/// An error as the JSON services write it. The type goes into the header too, as most
/// of them do.
pub(crate) fn json_error(status: u16, kind: &str, message: &str) -> Response<Bytes> {
    json_answer(status, Some(kind), &serde_json::json!({ "__type": kind, "message": message }))
}

/// An answer as the JSON services write it.
pub(crate) fn json_answer(status: u16, kind: Option<&str>, body: &serde_json::Value) -> Response<Bytes> {
    let mut response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    if let Some(kind) = kind {
        let short = kind.rsplit('#').next().unwrap_or(kind);
        response = response.header("x-amzn-errortype", short);
    }
    response.body(body.to_string().into()).expect("the answer of a model is well formed")
}

/// A call as the trace keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// What was called.
    pub name: String,
    /// What went wrong with it.
    pub fault: Option<Fault>,
    /// What the caller got to see. Empty while it waits.
    pub answer: String,
}

impl World {
    fn arrive(&self, service: &dyn Service) -> (usize, Option<Fault>) {
        let (name, special) = (service.name(), service.special());
        let (call, fault) = self.decide(name, special);
        if let Some(fault) = fault.filter(|fault| !call.allows(*fault)) {
            self.violated(&format!("{fault:?} cannot happen to {}: choose a fault that it allows", call.name));
        }
        (self.trace_call(&call, fault), fault)
    }
}

impl Call {
    pub(crate) fn traced(&self, fault: Option<Fault>) -> Traced {
        Traced { name: self.name.clone(), fault, answer: String::new() }
    }
}
