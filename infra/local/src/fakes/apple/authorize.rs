//! The authorization of a person: what we ask, and what Apple answers through the browser.

use super::{
    id_token,
    problem::AppleProblem,
    settings::FakeAppleSettings,
    state::{AppleState, Authorization, GrantedCode},
};
use crate::fakes::sign_in::{
    page::{usual_address, usual_name},
    parameters::Parameters,
    pkce,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use url::form_urlencoded::Serializer;

/// A person at Apple, and what they choose at their first authorization of our service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppleProfile {
    /// The name by which the fake knows the person.
    pub person: String,
    /// The first name.
    pub first_name: String,
    /// The last name; may be empty.
    pub last_name: String,
    /// The address of the person. We get it unless it is hidden.
    pub email: String,
    /// Whether we get an address of Apple's relay in place of theirs.
    pub hides_email: bool,
}

impl AppleProfile {
    /// A person who shares their name and address.
    #[must_use]
    pub fn new(person: &str) -> Self {
        let name = usual_name(person);
        let (first_name, last_name) = name.split_once(' ').unwrap_or((&name, "Appleseed"));
        Self {
            person: person.to_owned(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email: usual_address(person),
            hides_email: false,
        }
    }

    /// The same person, who hides their address.
    #[must_use]
    pub fn hiding_email(self) -> Self {
        Self { hides_email: true, ..self }
    }

    /// The same person under another name.
    #[must_use]
    pub fn named(self, first_name: &str, last_name: &str) -> Self {
        Self { first_name: first_name.to_owned(), last_name: last_name.to_owned(), ..self }
    }

    /// The same person with another address.
    #[must_use]
    pub fn with_email(self, email: &str) -> Self {
        Self { email: email.to_owned(), ..self }
    }
}

/// The form that Apple's page posts to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppleAnswer {
    /// The address that it goes to.
    pub redirect_uri: String,
    /// Its fields in their order.
    pub fields: Vec<(&'static str, String)>,
}

impl AppleAnswer {
    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The body of the request.
    #[must_use]
    pub fn body(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }
}

/// A checked request for an authorization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AuthorizationRequest {
    redirect_uri: String,
    state: Option<String>,
    nonce: Option<String>,
    pub(super) wants_name: bool,
    pub(super) wants_email: bool,
    wants_id_token: bool,
    challenge: Option<String>,
}

impl AuthorizationRequest {
    /// Reads the parameters of the sign-in page.
    pub fn read(settings: &FakeAppleSettings, query: &Parameters) -> Result<Self, AppleProblem> {
        if query.text("client_id") != settings.client_id {
            return Err(AppleProblem::new("invalid_client", "Invalid client id."));
        }
        let redirect_uri = query.text("redirect_uri");
        if !settings.redirect_uris.iter().any(|known| known == redirect_uri) {
            return Err(AppleProblem::invalid_request("Invalid web redirect url."));
        }
        let wants_id_token = match query.text("response_type") {
            "code" => false,
            "code id_token" => true,
            _ => return Err(AppleProblem::new("unsupported_response_type", "response_type must be code.")),
        };
        let scopes: Vec<&str> = query.text("scope").split(' ').filter(|scope| !scope.is_empty()).collect();
        if scopes.iter().any(|scope| !["name", "email", "openid"].contains(scope)) {
            return Err(AppleProblem::new("invalid_scope", "Invalid scope."));
        }
        // With fewer scopes Apple answers in other ways too, which no part of ours asks for.
        if query.text("response_mode") != "form_post" {
            let why = "response_mode must be form_post when name or email scope is requested.";
            return Err(AppleProblem::invalid_request(why));
        }
        Ok(Self {
            redirect_uri: redirect_uri.to_owned(),
            state: query.get("state").map(str::to_owned),
            nonce: query.get("nonce").map(str::to_owned),
            wants_name: scopes.contains(&"name"),
            wants_email: scopes.contains(&"email"),
            wants_id_token,
            challenge: pkce::challenge(query).map_err(AppleProblem::invalid_request)?,
        })
    }

    /// The answer after a person has canceled.
    pub fn canceled(&self) -> AppleAnswer {
        let fields = [("error", "user_cancelled_authorize".to_owned())].into_iter();
        AppleAnswer { redirect_uri: self.redirect_uri.clone(), fields: fields.chain(self.state_field()).collect() }
    }

    /// The answer after a person has authorized us. A choice of an earlier authorization stays.
    pub fn granted(
        &self,
        settings: &FakeAppleSettings,
        state: &mut AppleState,
        now: Timestamp,
        profile: &AppleProfile,
    ) -> AppleAnswer {
        state.counts.authorizations += 1;
        let is_first = !state.authorizations.contains_key(&profile.person);
        let authorization = state.authorizations.entry(profile.person.clone()).or_insert_with(|| Authorization {
            email: if profile.hides_email { settings.relay_address(&profile.person) } else { profile.email.clone() },
            is_private: profile.hides_email,
        });
        let authorization = authorization.clone();
        let code = state.new_token('c', now);
        let granted = GrantedCode {
            at: now,
            person: profile.person.clone(),
            redirect_uri: self.redirect_uri.clone(),
            nonce: self.nonce.clone(),
            has_email: self.wants_email,
            challenge: self.challenge.clone(),
            is_spent: false,
        };
        let mut fields = vec![("code", code.clone())];
        if self.wants_id_token {
            let bound = ("c_hash", code.as_str());
            fields.push(("id_token", id_token::issue(settings, state, now, &granted, &authorization, bound)));
        }
        fields.extend(self.state_field());
        fields.extend(self.user(is_first, profile, &authorization).map(|user| ("user", user)));
        state.codes.insert(code, granted);
        AppleAnswer { redirect_uri: self.redirect_uri.clone(), fields }
    }

    fn state_field(&self) -> Option<(&'static str, String)> {
        self.state.clone().map(|state| ("state", state))
    }

    /// The JSON of the person, which comes once.
    fn user(&self, is_first: bool, profile: &AppleProfile, authorization: &Authorization) -> Option<String> {
        let mut user = Map::new();
        if self.wants_name {
            let name = json!({ "firstName": profile.first_name, "lastName": profile.last_name });
            user.insert("name".to_owned(), name);
        }
        if self.wants_email {
            user.insert("email".to_owned(), authorization.email.as_str().into());
        }
        (is_first && !user.is_empty()).then(|| Value::from(user).to_string())
    }
}
