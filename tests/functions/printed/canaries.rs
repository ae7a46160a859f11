//! The texts that no log line may contain.

use tests::Person;

/// Texts from requests and answers that must not be printed.
#[derive(Default)]
pub struct Canaries(pub Vec<(&'static str, String)>);

impl Canaries {
    /// Adds a text. `what` is the data that it stands for.
    pub fn add(&mut self, what: &'static str, text: impl Into<String>) {
        self.0.push((what, text.into()));
    }

    /// Adds the tokens and ids of a person.
    pub fn person(&mut self, person: &Person) {
        self.add("an access token", person.token());
        self.add("an access token's signature", person.token().rsplit('.').next().unwrap());
        self.add("a refresh token", person.refresh_token());
        self.add("an account's id", person.account().to_string());
        self.add("a session's id", person.session().to_string());
        self.add("a refresh token's secret", person.refresh_token().rsplit('.').next().unwrap());
    }
}
