//! The three partners as a browser meets them: the way to a partner's page, and the way back to our callback.

use local::fakes::{AppleProfile, FacebookProfile};
use serde_json::{Value, json};
use testkit::{ACCOUNTS_TABLE, GoogleProfile};
use tests::{Answer, App, Browser, Event, Person};
use url::form_urlencoded::{Serializer, parse};

/// All partners, by their names in paths.
pub const PARTNERS: [&str; 3] = ["google", "apple", "facebook"];

/// The prefix of the names of attempts' cookies.
const ATTEMPT: &str = "__Host-sign-in-";

/// The answer of a partner, which the browser takes to our callback. It may be changed before it is sent.
#[derive(Debug, Clone)]
pub struct Back {
    provider: String,
    parameters: Vec<(String, String)>,
}

impl Back {
    /// The callback that the browser sends: a form of Apple's page, and a redirect of the others.
    ///
    /// With the form, browsers send the cookies of attempts at Apple alone. Those of other attempts do no harm here.
    pub fn event(&self, browser: &Browser) -> Event {
        match self.provider.as_str() {
            "apple" => self.by_form(browser),
            _ => self.by_redirect(browser),
        }
    }

    /// The callback as a form, whatever the partner does.
    pub fn by_form(&self, browser: &Browser) -> Event {
        let sent: Vec<_> = browser.jar().into_iter().filter(|cookie| cookie.starts_with(ATTEMPT)).collect();
        let event = Event::recorded("login-callback.apple").path("provider", &self.provider);
        event.body(&self.encoded()).cookies(&sent)
    }

    /// The callback as a redirect, whatever the partner does.
    pub fn by_redirect(&self, browser: &Browser) -> Event {
        let event = Event::recorded("login-callback").path("provider", &self.provider);
        event.raw_query(&self.encoded()).cookies(&browser.jar())
    }

    /// The parameters, as a query or a form has them.
    pub fn encoded(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.parameters).finish()
    }

    /// The value of a parameter.
    ///
    /// # Panics
    /// When the partner has not sent it.
    pub fn get(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_else(|| panic!("{} has sent no {name}", self.provider))
    }

    /// The same answer with this value of a parameter.
    pub fn with(self, name: &str, value: &str) -> Self {
        let mut changed = self.without(name);
        changed.parameters.push((name.to_owned(), value.to_owned()));
        changed
    }

    /// The same answer without a parameter.
    pub fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(known, _)| known != name);
        self
    }

    /// The same answer, taken to the callback of another partner.
    pub fn taken_to(self, provider: &str) -> Self {
        Self { provider: provider.to_owned(), ..self }
    }
}

/// Opens the sign-in of a partner. Returns the address of its page.
pub async fn begin(app: &App, browser: &mut Browser, provider: &str) -> String {
    begin_for(app, browser, provider, "/gallery").await
}

/// The same with `return_to`.
pub async fn begin_for(app: &App, browser: &mut Browser, provider: &str, return_to: &str) -> String {
    let event = Event::recorded("login").path("provider", provider).query(&[("return_to", return_to)]);
    begun(app, browser, event.cookies(&browser.jar())).await
}

/// Begins to link an identity, from our own page. Returns the address of the partner's page.
pub async fn begin_link(app: &App, person: &Person, browser: &mut Browser, provider: &str) -> String {
    let event = person.page_event("POST", &format!("/v1/account/identities/{provider}"));
    begun(app, browser, event).await
}

async fn begun(app: &App, browser: &mut Browser, event: Event) -> String {
    let answer = app.send(event).await.expect(303);
    browser.keep(&answer);
    answer.header("location").expect("a redirect has a location").to_owned()
}

/// A person signs in on the partner's page.
pub fn authorize(app: &App, provider: &str, page: &str, who: &str) -> Back {
    let url = match provider {
        "google" => app.google().sign_in(page, &GoogleProfile::new(who)),
        "apple" => return apple(app, page, &AppleProfile::new(who)),
        _ => app
            .facebook()
            .sign_in(app.world().now(), page, &FacebookProfile::new(who))
            .expect("Facebook shows its page"),
    };
    redirected(provider, &url)
}

/// A person signs in on Apple's page.
pub fn apple(app: &App, page: &str, profile: &AppleProfile) -> Back {
    let answer = app.apple().sign_in(app.world().now(), page, profile).expect("Apple shows its page");
    let parameters = answer.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Back { provider: "apple".to_owned(), parameters }
}

/// A person leaves the partner's page.
pub fn cancel(app: &App, provider: &str, page: &str) -> Back {
    let url = match provider {
        "google" => app.google().refuse(page),
        "apple" => {
            let answer = app.apple().cancel(page).expect("Apple shows its page");
            let parameters = answer.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            return Back { provider: "apple".to_owned(), parameters };
        }
        _ => app.facebook().cancel(page).expect("Facebook shows its page"),
    };
    redirected(provider, &url)
}

/// The answer in a redirect. Facebook adds a fragment, which browsers keep to themselves.
fn redirected(provider: &str, url: &str) -> Back {
    let (address, query) = url.split_once('?').expect("a callback has a query");
    assert!(address.ends_with(&format!("/v1/login/{provider}/callback")), "{address} is the callback of {provider}");
    let query = query.split('#').next().unwrap_or_default();
    Back { provider: provider.to_owned(), parameters: parse(query.as_bytes()).into_owned().collect() }
}

/// Opens the sign-in of a partner, and signs in there.
pub async fn arrival(app: &App, browser: &mut Browser, provider: &str, who: &str) -> Back {
    let page = begin(app, browser, provider).await;
    authorize(app, provider, &page, who)
}

/// Signs a person in, in a new browser.
pub async fn sign_in(app: &App, provider: &str, who: &str) -> Person {
    sign_in_with(app, app.browser(), provider, who).await
}

/// Signs a person in, in this browser.
pub async fn sign_in_with(app: &App, mut browser: Browser, provider: &str, who: &str) -> Person {
    let back = arrival(app, &mut browser, provider, who).await;
    browser.keep(&app.send(back.event(&browser)).await.expect(303));
    Person::of(browser)
}

/// Links an identity to the account of a person. Returns the answer of the callback.
pub async fn link(app: &App, person: &Person, provider: &str, who: &str) -> Answer {
    let mut browser = person.browser().clone();
    let page = begin_link(app, person, &mut browser, provider).await;
    let back = authorize(app, provider, &page, who);
    app.send(back.event(&browser)).await
}

/// The stored identity of an account at a partner.
pub fn identity(app: &App, person: &Person, provider: &str) -> Option<Value> {
    app.world().item(ACCOUNTS_TABLE, &person.account().to_string(), &format!("identity#{provider}"))
}

/// The id of a person at a partner.
pub fn subject(app: &App, provider: &str, who: &str) -> String {
    match provider {
        "google" => who.to_owned(),
        "apple" => app.apple().settings().subject(who),
        _ => app.facebook().settings().user_id(who),
    }
}

/// Apple has no pictures of people. The others' are shown as soon as they are copied.
#[tokio::test(start_paused = true)]
async fn each_partner_brings_the_person_and_makes_a_private_workspace() {
    let app = App::new(1).await;
    let google = GoogleProfile { name: Some("Ada Lovelace".to_owned()), ..GoogleProfile::new("ada").pictured() };
    for provider in PARTNERS {
        let mut browser = app.browser();
        let page = begin(&app, &mut browser, provider).await;
        let back = match provider {
            "google" => redirected(provider, &app.google().sign_in(&page, &google)),
            "apple" => apple(&app, &page, &AppleProfile::new("ada").named("Ada", "Lovelace")),
            _ => {
                let profile = FacebookProfile::new("ada").named("Ada Lovelace");
                let url = app.facebook().sign_in(app.world().now(), &page, &profile).expect("Facebook shows its page");
                redirected(provider, &url)
            }
        };
        browser.keep(&app.send(back.event(&browser)).await.expect(303));
        let person = Person::of(browser);
        let account = person.get("/v1/account").await.expect(200).json();
        let seen = (&account["name"], &account["email"], &account["picture_url"], &account["id"]);
        let id = json!(person.account().to_string());
        assert_eq!(seen, (&json!("Ada Lovelace"), &json!("ada@example.com"), &json!(null), &id), "{provider}");
        app.work_on("picture").await;
        let picture = person.get("/v1/account").await.expect(200).json()["picture_url"].clone();
        let shown = picture.as_str().map(|link| app.world().fetch(link).headers()["content-type"].clone());
        let expected = (provider != "apple").then(|| "image/jpeg".parse().unwrap());
        assert_eq!(shown, expected, "{provider}: {picture}");
        assert_eq!(person.get("/v1/generations").await.expect(200).json()["items"], json!([]), "{provider}");
        person.ask_for("a boat").await;
        assert_eq!(person.get("/v1/generations").await.expect(200).json()["items"].as_array().unwrap().len(), 1);
    }
}

/// The account to which a person's identity leads.
pub fn leads_to(app: &App, provider: &str, who: &str) -> Option<Value> {
    let key = format!("{provider}#{}", subject(app, provider, who));
    app.world().item(ACCOUNTS_TABLE, &key, "account").map(|item| item["account"].clone())
}
