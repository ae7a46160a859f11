//! The whole service in one process, behind HTTP: for programs that test its contract.
//!
//! It turns each request into the event that API Gateway would make of it, and sends that to the function of
//! its route. The local platform does the same with real processes, and takes a hundred times as long.
//!
//! A client signs in with the access token `signed-in`: it stands for a person who is always there. When the
//! client has ended the session or deleted the account, the next request is one of a new person.
//!
//! Every answer is held against the contract, and no log line may have a text that the client has sent. A
//! violation answers 599 with its description.

mod gateway;
mod sent;

use crate::{answer::Answer, app::App, browser::Person, logs::Printed};
use bytes::Bytes;
use futures_util::FutureExt;
use gateway::Gateway;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sent::Sent;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    convert::Infallible,
    panic::AssertUnwindSafe,
    rc::Rc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::Mutex, task::spawn_local};

/// The path that answers the counts, as JSON.
pub const COUNTS: &str = "/_front/counts";

/// The status of an answer that breaks a rule. No route has it.
const VIOLATION: u16 = 599;

/// A number of requests. After it the queues are worked off, and requests come from another network.
const A_WHILE: u64 = 25;

/// The time that passes with each request. So limits roll on, and sessions grow old.
const STEP: Duration = Duration::from_secs(2);

/// The seed of the world.
const SEED: u64 = 1;

/// The service with what the client must not know.
struct Front {
    app: App,
    gateway: Gateway,
    printed: Printed,
    person: RefCell<Option<Person>>,
    /// The number of people so far.
    people: Cell<u64>,
    requests: Cell<u64>,
    statuses: RefCell<BTreeMap<u16, u64>>,
    /// One request at a time: the world is one process with one clock.
    turn: Mutex<()>,
}

/// Answers requests until the process ends. Must run in a `LocalSet`.
///
/// # Errors
/// If the listener fails.
pub async fn serve(listener: TcpListener) -> std::io::Result<Infallible> {
    let front = Rc::new(Front {
        app: App::new(SEED).await,
        gateway: Gateway::of_the_template(),
        printed: Printed::in_production(),
        person: RefCell::default(),
        people: Cell::default(),
        requests: Cell::default(),
        statuses: RefCell::default(),
        turn: Mutex::default(),
    });
    loop {
        let (socket, _) = listener.accept().await?;
        let front = front.clone();
        spawn_local(async move {
            let service = service_fn(|request| {
                let front = front.clone();
                async move { Ok::<_, Infallible>(front.answer(request).await) }
            });
            // A client may close its connection at any time.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

impl Front {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let _turn = self.turn.lock().await;
        if request.uri().path() == COUNTS {
            return self.counts();
        }
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return violation("the body could not be read") };
        let body = body.to_bytes();
        self.requests.set(self.requests.get() + 1);
        self.passes_time().await;
        let token = if gateway::asks_to_be_signed_in(&parts.headers) { Some(self.token().await) } else { None };
        let sent = Sent::of(&parts, &body);
        let network = self.requests.get() / A_WHILE;
        let event = self.gateway.event(&parts, &body, token.as_deref(), network);
        let answered = AssertUnwindSafe(self.app.send(event)).catch_unwind().await;
        let lines = self.printed.take();
        let response = match answered {
            Ok(answer) => match sent.logged(&lines) {
                Some(text) => violation(&format!("a log line has a text of the request: {text}")),
                None => self.told(token.is_some(), &answer, parts.method == http::Method::HEAD),
            },
            Err(panic) => violation(&described(panic.as_ref())),
        };
        *self.statuses.borrow_mut().entry(response.status().as_u16()).or_default() += 1;
        response
    }

    /// The answer over HTTP. A person whose session has ended is replaced.
    fn told(&self, is_signed_in: bool, answer: &Answer, is_head: bool) -> Response<Full<Bytes>> {
        let has_gone = answer.status() == 401 || answer.code() == "account_not_active";
        if is_signed_in && (has_gone || answer.header("clear-site-data").is_some()) {
            self.person.take();
        }
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let body = if is_head { Bytes::new() } else { Bytes::copy_from_slice(answer.body()) };
        response.body(Full::new(body)).unwrap_or_else(|error| violation(&error.to_string()))
    }

    /// The access token of the person. It is renewed before it expires.
    async fn token(&self) -> String {
        let known = self.person.borrow().clone();
        let person = match known {
            Some(person) if !self.requests.get().is_multiple_of(A_WHILE * 8) => person,
            _ => {
                self.people.set(self.people.get() + 1);
                let person = self.app.sign_in(&format!("person-{}", self.people.get())).await;
                self.person.replace(Some(person.clone()));
                person
            }
        };
        person.token().to_owned()
    }

    /// Lets time pass, and now and then lets the jobs of the background run.
    async fn passes_time(&self) {
        self.app.world().advance(STEP);
        if self.requests.get().is_multiple_of(A_WHILE) {
            self.app.settle().await;
            self.app.sweep().await;
        }
        let _ = self.printed.take();
    }

    fn counts(&self) -> Response<Full<Bytes>> {
        let counts = serde_json::json!({ "requests": self.requests.get(), "statuses": *self.statuses.borrow() });
        Response::new(Full::from(counts.to_string()))
    }
}

fn violation(text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text.to_owned()));
    *response.status_mut() = StatusCode::from_u16(VIOLATION).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

fn described(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_else(|| "a panic".to_owned())
}
