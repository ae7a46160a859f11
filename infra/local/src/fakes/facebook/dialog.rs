//! The dialog: what we ask, and what Facebook answers through the browser.

use super::{
    profile::FacebookProfile,
    settings::FakeFacebookSettings,
    state::{FacebookState, GrantedCode},
};
use crate::fakes::sign_in::{parameters::Parameters, pkce};
use jiff::Timestamp;
use url::Url;

/// The length of a code, in characters. Facebook's are longer.
const CODE_CHARS: usize = 64;

/// A checked request for an authorization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DialogRequest {
    redirect_uri: String,
    state: Option<String>,
    pub(super) wants_email: bool,
    /// Whether Facebook asks for the password of a person whom it knows.
    pub(super) reauthenticates: bool,
    challenge: Option<String>,
}

impl DialogRequest {
    /// Reads the parameters of the dialog.
    ///
    /// # Errors
    /// With the sentence that the person reads.
    pub fn read(settings: &FakeFacebookSettings, query: &Parameters) -> Result<Self, String> {
        if query.text("client_id") != settings.app_id {
            return Err("Invalid App ID: The provided app ID does not look like a valid app ID.".to_owned());
        }
        let redirect_uri = query.text("redirect_uri");
        if !settings.redirect_uris.iter().any(|known| known == redirect_uri) {
            let why = "URL Blocked: This redirect failed because the redirect URI is not whitelisted in the app's Client \
                       OAuth Settings.";
            return Err(why.to_owned());
        }
        if !["", "code"].contains(&query.text("response_type")) {
            return Err("Invalid response_type: this app uses code.".to_owned());
        }
        if !["", "reauthenticate"].contains(&query.text("auth_type")) {
            return Err("Invalid auth_type: this app uses reauthenticate.".to_owned());
        }
        let scopes: Vec<_> = query.text("scope").split([',', ' ']).filter(|scope| !scope.is_empty()).collect();
        if let Some(scope) = scopes.iter().find(|scope| !["public_profile", "email"].contains(scope)) {
            return Err(format!("Invalid Scopes: {scope}."));
        }
        Ok(Self {
            redirect_uri: redirect_uri.to_owned(),
            state: query.get("state").map(str::to_owned),
            wants_email: scopes.contains(&"email"),
            reauthenticates: query.get("auth_type").is_some(),
            challenge: pkce::challenge(query)?,
        })
    }

    /// The address to which the browser goes after a person has canceled.
    pub fn canceled(&self) -> String {
        self.answered(&[
            ("error", "access_denied"),
            ("error_code", "200"),
            ("error_description", "Permissions error"),
            ("error_reason", "user_denied"),
        ])
    }

    /// The address to which the browser goes after a person has authorized our app.
    pub fn granted(&self, state: &mut FacebookState, now: Timestamp, profile: &FacebookProfile) -> String {
        state.counts.authorizations += 1;
        state.people.insert(profile.person.clone(), profile.clone());
        let code = format!("AQ{}", state.new_text(CODE_CHARS, now));
        let granted = GrantedCode {
            at: now,
            person: profile.person.clone(),
            redirect_uri: self.redirect_uri.clone(),
            has_email: self.wants_email && profile.shares_email,
            challenge: self.challenge.clone(),
            is_spent: false,
        };
        state.codes.insert(code.clone(), granted);
        self.answered(&[("code", &code)])
    }

    /// The redirect URI is registered, so it is a URL: one that is not stays as it is.
    fn answered(&self, answer: &[(&str, &str)]) -> String {
        let Ok(mut url) = Url::parse(&self.redirect_uri) else { return self.redirect_uri.clone() };
        url.query_pairs_mut().extend_pairs(answer).extend_pairs(self.state.iter().map(|state| ("state", state)));
        url.into()
    }
}
