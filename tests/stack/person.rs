//! People with a browser: it keeps cookies, follows no redirect by itself, and uses no proxy.

use crate::answer::Answer;
use reqwest::{
    Client, Method, RequestBuilder,
    header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, USER_AGENT},
    redirect::Policy,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use url::Url;

/// The model that the tests use.
pub const MODEL: &str = "flux-schnell";

/// The price of one generation with this model.
pub const PRICE: u64 = 4;

/// The cookie that holds the access token.
pub const SESSION: &str = "__Host-session";

static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Marks a text that no log may contain.
pub fn secret(text: &str) {
    SAID.lock().unwrap().insert(text.to_owned());
}

/// The texts that no log may contain, so far.
pub fn secrets() -> BTreeSet<String> {
    SAID.lock().unwrap().clone()
}

/// A number that no other caller gets.
pub fn unique() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A client without redirects and proxies, at 127.0.0.1.
pub fn client() -> Client {
    client_at([127, 0, 0, 1].into())
}

/// An address on loopback in a network that no other caller gets. Its second and third number have three
/// digits, so no text holds it by chance, and no other address begins with it.
pub fn unique_address() -> IpAddr {
    let number = unique();
    let digits = |number: usize| u8::try_from(100 + number % 100).expect("at most 199");
    assert!(number < 10_000, "no more networks are left");
    [127, digits(number / 100), digits(number), 1].into()
}

/// A client without redirects and proxies, at an address of loopback.
pub fn client_at(address: IpAddr) -> Client {
    static TLS: LazyLock<()> = LazyLock::new(|| {
        // Unused, because everything here is plain HTTP on loopback. The client requires one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    LazyLock::force(&TLS);
    let builder = Client::builder().no_proxy().redirect(Policy::none()).local_address(address);
    builder.build().expect("a plain client can be built")
}

/// A person, signed in at one origin.
#[derive(Debug, Clone)]
pub struct Person {
    /// The origin.
    pub base: String,
    /// The account's id.
    pub account: String,
    client: Client,
    device: String,
    cookies: BTreeMap<String, String>,
}

impl Person {
    /// A new browser without cookies, in a network of its own: people who sign in from one network are
    /// counted together.
    pub fn stranger(base: &str) -> Self {
        Self::at(base, unique_address())
    }

    /// A new browser without cookies at this address of loopback.
    pub fn at(base: &str, address: IpAddr) -> Self {
        secret(&address.to_string());
        let (account, device) = (String::new(), String::new());
        Self { base: base.to_owned(), account, client: client_at(address), device, cookies: BTreeMap::new() }
    }

    /// A new browser with this user agent.
    pub fn with_device(self, user_agent: &str) -> Self {
        Self { device: user_agent.to_owned(), ..self }
    }

    /// A new person, signed in.
    pub async fn new(base: &str) -> Self {
        let who = format!("canary-{}@people.example", unique());
        Self::sign_in(base, &who).await.unwrap_or_else(|error| panic!("the sign-in fails: {error}"))
    }

    /// Signs `who` in with the local Google.
    pub async fn sign_in(base: &str, who: &str) -> Result<Self, String> {
        Self::stranger(base).signed_in(who).await
    }

    /// Signs `who` in with the local Google, in this browser.
    pub async fn signed_in(mut self, who: &str) -> Result<Self, String> {
        secret(who);
        let login = self.get("/v1/login/google").await;
        self.keep_cookies(&login);
        let authorize = location(&login, &self.base)?;
        let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("sub", who).finish();
        let form = client().post(authorize).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        let consent = send(form, "the local Google".to_owned()).await;
        let callback = location(&consent, &self.base)?;
        if let Some((_, code)) = callback.query_pairs().find(|(name, _)| name == "code") {
            secret(&code);
        }
        let path = format!("{}?{}", callback.path(), callback.query().unwrap_or_default());
        let returned = self.get(&path).await;
        location(&returned, &self.base)?;
        self.keep_cookies(&returned);
        let account = self.get("/v1/account").await.when(200)?;
        self.account = account["id"].as_str().unwrap_or_default().to_owned();
        Ok(self)
    }

    /// Stores the cookies of an answer, as a browser does.
    pub fn keep_cookies(&mut self, answer: &Answer) {
        for (name, value) in answer.cookies() {
            if value.is_empty() {
                self.cookies.remove(&name);
            } else {
                secret(&value);
                self.cookies.insert(name, value);
            }
        }
    }

    /// The value of a cookie; empty when there is none.
    pub fn cookie(&self, name: &str) -> &str {
        self.cookies.get(name).map_or("", String::as_str)
    }

    /// A request with the cookies. One that changes something comes from our own pages.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method.clone(), format!("{}{path}", self.base));
        let request = request.header(USER_AGENT, &self.device);
        let request = if method == Method::GET { request } else { request.header(ORIGIN, &self.base) };
        if self.cookies.is_empty() {
            return request;
        }
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header(COOKIE, pairs.join("; "))
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path), format!("GET {}", without_query(path))).await
    }

    /// `method path` without a body.
    pub async fn ask(&self, method: Method, path: &str) -> Answer {
        let asked = format!("{method} {}", without_query(path));
        send(self.request(method, path), asked).await
    }

    /// A request for a generation with this body under this key.
    pub async fn generate(&self, key: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, "/v1/generations").header("idempotency-key", key);
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        send(request, "POST /v1/generations".to_owned()).await
    }

    /// A valid request for a generation under a new key.
    pub async fn submit(&self) -> Answer {
        let number = unique();
        self.generate(&format!("key-{number}"), &order()).await
    }

    /// The available and the held credits.
    pub async fn credits(&self) -> (u64, u64) {
        let credits = self.get("/v1/credits").await.ok(200);
        (credits["available"].as_u64().unwrap(), credits["held"].as_u64().unwrap())
    }

    /// The generation of this id.
    pub async fn generation(&self, id: &str) -> Value {
        self.get(&format!("/v1/generations/{id}")).await.ok(200)
    }
}

/// The body of a valid request, with a unique prompt.
pub fn order() -> Value {
    let prompt = format!("a canary-{} on a wire", unique());
    secret(&prompt);
    json!({"model": MODEL, "prompt": prompt})
}

/// Sends a request.
pub async fn send(request: RequestBuilder, asked: String) -> Answer {
    match request.send().await {
        Ok(response) => Answer::read(asked, response).await,
        Err(error) => panic!("{asked} is not answered: {error:?}"),
    }
}

/// Checks that the answer is 204.
pub fn done(answer: &Answer) -> Result<(), String> {
    if answer.status == 204 { Ok(()) } else { Err(format!("{answer}, not 204")) }
}

/// Sends JSON under a new idempotency key.
pub async fn post(person: &Person, path: &str, body: &Value) -> Answer {
    let request = person.request(Method::POST, path).header("idempotency-key", format!("key-{}", unique()));
    let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
    send(request, format!("POST {path}")).await
}

/// A generation's id.
pub fn id(generation: &Value) -> String {
    generation["id"].as_str().unwrap_or_default().to_owned()
}

/// The target of a redirect.
pub fn location(answer: &Answer, base: &str) -> Result<Url, String> {
    if !matches!(answer.status, 302 | 303) {
        return Err(format!("{answer}, not a redirect"));
    }
    let text = answer.header(LOCATION.as_str());
    let base = Url::parse(base).map_err(|error| error.to_string())?;
    base.join(text).map_err(|error| format!("{} leads to {text}: {error}", answer.asked))
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}
