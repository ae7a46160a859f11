//! People and their browsers.

mod partners;

use crate::{answer::Answer, app::App, event::Event, functions::HTTP};
use kernel::{AccountId, SessionId};
use serde_json::{Value, json};
use session::{RefreshToken, cookie};
use std::{collections::BTreeMap, sync::LazyLock};
use testkit::{GoogleProfile, PUBLIC_ORIGIN, Random};

impl App {
    /// A new browser without cookies.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser { app: self.clone(), cookies: BTreeMap::new(), address: None }
    }

    /// Signs a new person in through Google.
    ///
    /// # Panics
    /// When the sign-in fails.
    pub async fn sign_in(&self, name: &str) -> Person {
        self.browser().sign_in(&GoogleProfile::new(name)).await
    }
}

/// A browser. It stores the cookies of the answers.
#[derive(Debug, Clone)]
pub struct Browser {
    app: App,
    cookies: BTreeMap<String, Cookie>,
    /// The address, if it is not the recorded one.
    address: Option<String>,
}

/// A cookie in a browser.
#[derive(Debug, Clone)]
struct Cookie {
    value: String,
    /// Whether the browser also sends it with a form that another site posts: `SameSite=None`.
    is_for_every_site: bool,
}

impl Browser {
    /// The same browser at another address.
    #[must_use]
    pub fn at(self, address: &str) -> Self {
        Self { address: Some(address.to_owned()), ..self }
    }

    /// Opens the sign-in with Google. Returns the address of Google's page.
    ///
    /// # Panics
    /// When the answer is no redirect.
    pub async fn begin(&mut self) -> String {
        self.begin_at("google").await
    }

    /// Opens the sign-in with a partner, such as `apple`. Returns the address of the partner's page.
    ///
    /// # Panics
    /// When the answer is no redirect.
    pub async fn begin_at(&mut self, provider: &str) -> String {
        let event = Event::recorded("login").path("provider", provider).cookies(&self.jar());
        let answer = self.app.send(self.sent(event)).await.expect(303);
        self.keep(&answer);
        answer.header("location").expect("a redirect has a location").to_owned()
    }

    /// Opens our callback, to which the partner redirected the browser.
    pub async fn arrive(&mut self, callback: &str) -> Answer {
        let answer = self.app.send(self.callback(callback)).await;
        self.keep(&answer);
        answer
    }

    /// The event of opening our callback for Google or Facebook.
    ///
    /// # Panics
    /// When `callback` is not ours.
    #[must_use]
    pub fn callback(&self, callback: &str) -> Event {
        let ours = format!("{PUBLIC_ORIGIN}/v1/login/");
        let parts = callback.strip_prefix(&ours).and_then(|rest| rest.split_once("/callback?"));
        let (provider, query) = parts.unwrap_or_else(|| panic!("{callback} is not our callback"));
        let event = Event::recorded("login-callback").path("provider", provider).raw_query(query);
        self.sent(event.cookies(&self.jar()))
    }

    /// The event, sent from the browser's address.
    fn sent(&self, event: Event) -> Event {
        match &self.address {
            Some(address) => event.from_address(address),
            None => event,
        }
    }

    /// Opens the sign-in and signs in on Google's page. Returns the address of our callback.
    ///
    /// # Panics
    /// When the sign-in does not begin.
    pub async fn sign_in_at_google(&mut self, profile: &GoogleProfile) -> String {
        let page = self.begin().await;
        self.app.google().sign_in(&page, profile)
    }

    /// Signs in through Google.
    ///
    /// # Panics
    /// When the sign-in fails.
    pub async fn sign_in(mut self, profile: &GoogleProfile) -> Person {
        let callback = self.sign_in_at_google(profile).await;
        let answer = self.arrive(&callback).await;
        assert_eq!(answer.status(), 303, "the sign-in must work: {answer:?}");
        Person::of(self)
    }

    /// The cookies, in the form in which the gateway passes them on.
    #[must_use]
    pub fn jar(&self) -> Vec<String> {
        self.cookies.iter().map(|(name, cookie)| format!("{name}={}", cookie.value)).collect()
    }

    /// Stores the cookies of an answer.
    pub fn keep(&mut self, answer: &Answer) {
        for set in answer.set_cookies() {
            let mut parts = set.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let is_for_every_site = parts.any(|attribute| attribute.eq_ignore_ascii_case("samesite=none"));
            let cookie = Cookie { value: value.to_owned(), is_for_every_site };
            match value.is_empty() {
                true => drop(self.cookies.remove(name)),
                false => drop(self.cookies.insert(name.to_owned(), cookie)),
            }
        }
    }
}

/// A person who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    app: App,
    browser: Browser,
    account: AccountId,
    session: SessionId,
    token: String,
    refresh_token: String,
}

impl Person {
    /// The person whose session is in this browser's cookies.
    ///
    /// # Panics
    /// When the browser has no session.
    #[must_use]
    pub fn of(browser: Browser) -> Self {
        let held = |name: &str| {
            let cookie = browser.cookies.get(name).unwrap_or_else(|| panic!("the browser has no {name}"));
            cookie.value.clone()
        };
        let (token, refresh_token) = (held(cookie::SESSION), held(cookie::REFRESH));
        let RefreshToken { account, session, .. } =
            RefreshToken::parse(&refresh_token).expect("our refresh token parses");
        Self { app: browser.app.clone(), browser, account, session, token, refresh_token }
    }

    /// The service.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The browser.
    #[must_use]
    pub fn browser(&self) -> &Browser {
        &self.browser
    }

    /// The access token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The refresh token.
    #[must_use]
    pub fn refresh_token(&self) -> &str {
        &self.refresh_token
    }

    /// The event of a request by this person, with the access token in its header.
    ///
    /// # Panics
    /// When no function has this route.
    #[must_use]
    pub fn event(&self, method: &str, path: &str) -> Event {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        routed(method, path).raw_query(query).without_header("origin").bearer(&self.token)
    }

    /// The event of the same request from one of our pages, with the cookies.
    #[must_use]
    pub fn page_event(&self, method: &str, path: &str) -> Event {
        let event = self.event(method, path).anonymous().cookies(&self.browser.jar());
        event.header("origin", PUBLIC_ORIGIN).header("sec-fetch-site", "same-origin")
    }

    /// Sends `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.app.send(self.event("GET", path)).await
    }

    /// Sends a request without a body.
    pub async fn ask(&self, method: &str, path: &str) -> Answer {
        self.app.send(self.event(method, path)).await
    }

    /// Cancels a generation.
    pub async fn cancel(&self, id: &str) -> Answer {
        self.ask("POST", &format!("/v1/generations/{id}/cancel")).await
    }

    /// Deletes a generation.
    pub async fn delete(&self, id: &str) -> Answer {
        self.ask("DELETE", &format!("/v1/generations/{id}")).await
    }

    /// Deletes a generation in a way that can be undone.
    pub async fn delete_with_undo(&self, id: &str) -> Answer {
        self.ask("DELETE", &format!("/v1/generations/{id}?undo=true")).await
    }

    /// Undoes the deletion of a generation.
    pub async fn undo_deletion(&self, id: &str) -> Answer {
        let event = self.event("PATCH", &format!("/v1/generations/{id}"));
        self.app.send(event.json_body(&json!({ "deleted": false }))).await
    }

    /// Requests a generation under a new idempotency key.
    pub async fn generate(&self, body: &Value) -> Answer {
        self.app.send(self.generate_event(body)).await
    }

    /// The event that requests a generation under a new idempotency key.
    #[must_use]
    pub fn generate_event(&self, body: &Value) -> Event {
        let key = self.app.world().chance(|random: &mut Random| random.hex(32));
        self.keyed_event(&key, body)
    }

    /// The event that requests a generation under this idempotency key.
    #[must_use]
    pub fn keyed_event(&self, key: &str, body: &Value) -> Event {
        self.event("POST", "/v1/generations").json_body(body).header("idempotency-key", key)
    }

    /// Requests a generation for this prompt. Returns its id.
    ///
    /// # Panics
    /// When the request is refused.
    pub async fn ask_for(&self, prompt: &str) -> String {
        let answer = self.generate(&json!({ "model": "flux-schnell", "prompt": prompt })).await.expect(202);
        answer.json()["id"].as_str().expect("a generation has an id").to_owned()
    }

    /// Stores the tokens of an answer.
    ///
    /// # Panics
    /// When the answer has no tokens.
    pub fn keep(&mut self, answer: &Answer) {
        let answer = answer.json();
        let text = |name: &str| answer[name].as_str().expect("a refresh by body has its tokens in the body").to_owned();
        (self.token, self.refresh_token) = (text("access_token"), text("refresh_token"));
    }
}

/// Function, method and path of each route. They are read once, because simulations look up
/// thousands.
static ROUTES: LazyLock<Vec<(&str, String, String)>> = LazyLock::new(|| {
    let routes = HTTP.iter().filter_map(|function| {
        let event = Event::recorded(function);
        let (method, path) = event.route().split_once(' ')?;
        Some((*function, method.to_owned(), path.to_owned()))
    });
    routes.collect()
});

/// The recorded event of the function with this route, with its path parameters filled in.
fn routed(method: &str, path: &str) -> Event {
    let parts: Vec<&str> = path.split('/').collect();
    let found = ROUTES.iter().find_map(|(function, known, pattern)| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        let fits = |(wanted, found): (&&str, &&str)| wanted.starts_with('{') || wanted == found;
        let is_it = known == method && pattern.len() == parts.len() && pattern.iter().zip(&parts).all(fits);
        is_it.then(|| {
            let named = pattern
                .iter()
                .zip(&parts)
                .filter_map(|(name, value)| Some((name.strip_prefix('{')?.trim_end_matches('}'), *value)));
            named.fold(Event::recorded(function), |event, (name, value)| event.path(name, value))
        })
    });
    found.unwrap_or_else(|| panic!("no function has the route {method} {path}"))
}
