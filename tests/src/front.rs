//! The whole service in one process, behind HTTP: for programs that test its contract.
//!
//! It turns each request into the event that API Gateway would make of it, and sends that to the function of
//! its route. The local platform does the same with real processes, and takes a hundred times as long.
//!
//! A client signs in with the access token `signed-in`: it stands for a person who is always there. When the
//! client has ended the session or deleted the account, the next request is one of a new person.
//!
//! These are violations, and answer 599 with a description:
//! - an answer that the contract does not list;
//! - a log line with a text that the client has sent, also a line of the work in the background that follows;
//! - a sweep that fails;
//! - 401 for the token of a session that nothing has ended;
//! - `HEAD` that has another status or other headers than `GET`.

mod gateway;
mod sent;

use crate::{answer::Answer, app::App, browser::Person, event::Event, functions::protected, logs::Printed};
use bytes::Bytes;
use futures_util::FutureExt;
use gateway::Gateway;
use http::{Response, StatusCode, request::Parts};
use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use kernel::{Timestamp, limits};
use sent::Sent;
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    panic::AssertUnwindSafe,
    rc::Rc,
    time::Duration,
};
use testkit::GoogleProfile;
use tokio::{net::TcpListener, sync::Mutex, task::spawn_local};

/// The path that answers the counts, as JSON.
pub const COUNTS: &str = "/_front/counts";

/// The status of an answer that breaks a rule. No route has it.
const VIOLATION: u16 = 599;

/// A number of requests. After it the queues are worked off, and requests come from another network.
const A_WHILE: u64 = 25;

/// The time that passes with each request. So limits roll on, and sessions grow old.
const STEP: Duration = Duration::from_secs(2);

/// A new person comes after this time, before the access token expires.
const STAY: Duration = Duration::from_secs(360);

/// More credits than a person can spend before the next one comes.
const RICH: u64 = 100_000;

/// The seed of the world.
const SEED: u64 = 1;

/// The functions that can end the session of their caller.
const END_THE_SESSION: [&str; 3] = ["delete-account", "end-session", "logout"];

/// The functions whose second answer to the same request is another one: each sign-in has its own attempt.
const NOT_REPEATED: [&str; 2] = ["login", "login-callback"];

/// The service with what the client must not know.
struct Front {
    app: App,
    gateway: Gateway,
    printed: Printed,
    /// The person, and the time of the sign-in.
    person: RefCell<Option<(Person, Timestamp)>>,
    /// The number of people so far.
    people: Cell<u64>,
    /// Whether something has ended the session of the person since the sign-in.
    has_ended: Cell<bool>,
    requests: Cell<u64>,
    statuses: RefCell<BTreeMap<u16, u64>>,
    /// The statuses by the key of the route, such as `GET /v1/credits`.
    routes: RefCell<BTreeMap<String, BTreeMap<u16, u64>>>,
    /// The texts of the requests since the last work in the background.
    waiting: RefCell<Vec<Sent>>,
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
        has_ended: Cell::default(),
        requests: Cell::default(),
        statuses: RefCell::default(),
        routes: RefCell::default(),
        waiting: RefCell::default(),
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
        let (route, answered) = self.checked(&parts, &body).await;
        let is_head = parts.method == http::Method::HEAD;
        let response = answered.map_or_else(|fault| violation(&fault), |answer| over_http(&answer, is_head));
        self.count(&route, response.status().as_u16());
        response
    }

    /// The key of the route of a request, and its answer or the description of a violation.
    async fn checked(&self, parts: &Parts, body: &[u8]) -> (String, Result<Answer, String>) {
        let of_the_background = self.passes_time().await;
        let token = match gateway::asks_to_be_signed_in(&parts.headers) {
            true => caught(self.token()).await.map(Some),
            false => Ok(None),
        };
        let known = token.clone().unwrap_or_default();
        let sent = Sent::of(parts, body, known.as_deref());
        let event = self.gateway.event(parts, body, known.as_deref(), self.requests.get() / A_WHILE);
        let route = event.route().to_owned();
        let answered = match of_the_background.and(token) {
            Ok(token) => self.answered(event, token.as_deref(), &sent).await,
            Err(fault) => Err(fault),
        };
        self.waiting.borrow_mut().push(sent);
        (route, answered)
    }

    /// The answer to an event.
    ///
    /// # Errors
    /// The description of a violation.
    async fn answered(&self, event: Event, token: Option<&str>, sent: &Sent) -> Result<Answer, String> {
        // With a cookie the caller may also be refused for its origin, and a header goes before a cookie.
        let by_header = token.map(|token| format!("Bearer {token}"));
        let by_header = by_header.is_some_and(|value| event.json()["headers"]["authorization"] == value);
        let (function, event_as_head) = (event.function().to_owned(), as_head(&event));
        let answer = caught(self.app.send(event)).await?;
        if by_header && answer.status() == 401 && !self.has_ended.get() && protected().any(|it| it == function) {
            return Err(format!("401 for the token of a session that nothing has ended: {answer:?}"));
        }
        if let Some(event) = event_as_head {
            let headed = caught(self.app.send(event)).await?;
            let what = |answer: &Answer| {
                let headers = answer.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
                (answer.status(), headers.collect::<BTreeSet<_>>())
            };
            if what(&headed) != what(&answer) {
                return Err(format!("HEAD is answered in another way than GET: {headed:?}, and not {answer:?}"));
            }
        }
        if let Some(text) = sent.logged(&self.printed.take()) {
            return Err(format!("a log line has a text of the request: {text}"));
        }
        if token.is_some() {
            self.note_the_end(&function, &answer);
        }
        Ok(answer)
    }

    /// Forgets a person whose session has ended, so that the next request is one of somebody else.
    fn note_the_end(&self, function: &str, answer: &Answer) {
        let has_ended = answer.status() < 300 && END_THE_SESSION.contains(&function);
        self.has_ended.set(self.has_ended.get() || has_ended);
        let has_gone = answer.status() == 401 && self.has_ended.get() || answer.code() == "account_not_active";
        if has_gone || answer.header("clear-site-data").is_some() {
            self.person.take();
        }
    }

    fn count(&self, route: &str, status: u16) {
        *self.statuses.borrow_mut().entry(status).or_default() += 1;
        *self.routes.borrow_mut().entry(route.to_owned()).or_default().entry(status).or_default() += 1;
    }

    /// The access token of the person, which is valid for minutes more.
    async fn token(&self) -> String {
        let now = self.app.world().now();
        let known = self.person.borrow().clone();
        let person = match known {
            Some((person, since)) if now.duration_since(since).unsigned_abs() < STAY => person,
            _ => {
                self.people.set(self.people.get() + 1);
                let person = self.new_person(self.people.get()).await;
                self.person.replace(Some((person.clone(), now)));
                self.has_ended.set(false);
                person
            }
        };
        person.token().to_owned()
    }

    /// Signs somebody in, in a network of their own: one network gets few welcome gifts a day. Three of four people
    /// have credits for everything that they ask for, and the fourth soon has none.
    async fn new_person(&self, number: u64) -> Person {
        let browser = self.app.browser().at(&format!("10.{}.{}.1", 128 + number / 250 % 100, number % 250));
        let person = browser.sign_in(&GoogleProfile::new(&format!("person-{number}"))).await;
        if !number.is_multiple_of(4) {
            self.app.welcome_with(person.account(), RICH, limits::PARALLEL_GENERATIONS_MAX).await;
        }
        person
    }

    /// Lets time pass, and now and then lets the jobs of the background run. Their lines must not have a text of
    /// the requests since they ran last.
    ///
    /// # Errors
    /// The description of a violation.
    async fn passes_time(&self) -> Result<(), String> {
        self.app.world().advance(STEP);
        if !self.requests.get().is_multiple_of(A_WHILE) {
            return Ok(());
        }
        let waiting = self.waiting.take();
        // The lines that a request with a violation has left.
        let _ = self.printed.take();
        let has_swept = caught(async {
            self.app.settle().await;
            self.app.sweep().await
        });
        if !has_swept.await? {
            return Err("the sweep has failed".to_owned());
        }
        let lines = self.printed.take();
        match waiting.iter().find_map(|sent| sent.logged(&lines)) {
            Some(text) => Err(format!("a log line of the background has a text of a request: {text}")),
            None => Ok(()),
        }
    }

    fn counts(&self) -> Response<Full<Bytes>> {
        let counts = serde_json::json!({
            "requests": self.requests.get(),
            "statuses": *self.statuses.borrow(),
            "routes": *self.routes.borrow(),
        });
        Response::new(Full::from(counts.to_string()))
    }
}

/// The same request as `HEAD`. `None` for a request that is no `GET`, or that may not be repeated.
fn as_head(event: &Event) -> Option<Event> {
    let is_get = event.json()["requestContext"]["http"]["method"] == "GET";
    (is_get && !NOT_REPEATED.contains(&event.function())).then(|| event.clone().as_head())
}

/// The output of a future.
///
/// # Errors
/// The message of a panic.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    AssertUnwindSafe(future).catch_unwind().await.map_err(|panic| described(panic.as_ref()))
}

/// The answer over HTTP.
fn over_http(answer: &Answer, is_head: bool) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    let body = if is_head { Bytes::new() } else { Bytes::copy_from_slice(answer.body()) };
    response.body(Full::new(body)).unwrap_or_else(|error| violation(&error.to_string()))
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
