//! The caller of a request, from its access token.

use crate::http::request::Request;
use kernel::{Caller, Error, Result, Timestamp};
use session::{AccessToken, VerifiedToken, Verifier, cookie};

impl Request {
    /// The caller of a route for everybody: `None` without an access token. With one, the rules of
    /// [`Self::caller`] hold.
    ///
    /// # Errors
    /// `unauthenticated` for a token that is not valid; `cross_origin`.
    pub fn optional_caller(&self, verifier: &Verifier, now: Timestamp) -> Result<Option<Caller>> {
        let has_cookie = cookie::read(self.cookies(), cookie::SESSION).is_some();
        match has_cookie || self.headers().contains_key("authorization") {
            true => self.caller(verifier, now).map(Some),
            false => Ok(None),
        }
    }

    /// The caller, from the access token in the `Authorization` header or in the session cookie. A
    /// change by cookie must also come from our own pages.
    ///
    /// # Errors
    /// `unauthenticated`, `cross_origin`.
    pub fn caller(&self, verifier: &Verifier, now: Timestamp) -> Result<Caller> {
        if let Some(header) = self.header("authorization") {
            let (scheme, token) = header.split_once(' ').ok_or(Error::Unauthenticated)?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(Error::Unauthenticated);
            }
            return self.verified(token.trim(), verifier, now);
        }
        let token = cookie::read(self.cookies(), cookie::SESSION).ok_or(Error::Unauthenticated)?;
        let caller = self.verified(token, verifier, now)?;
        self.from_own_pages(verifier.public_origin())?;
        Ok(caller)
    }

    /// The caller of a token. Its pseudonym is in the answered line from here on, also if the request is
    /// refused later.
    fn verified(&self, token: &str, verifier: &Verifier, now: Timestamp) -> Result<Caller> {
        let VerifiedToken { caller, who } = verifier.verify(token, now)?;
        if let Some(who) = who {
            self.who().set(who);
        }
        Ok(caller)
    }

    /// Writes the pseudonym of a new token's account to the answered line. For routes that issue a token
    /// and verify none.
    pub fn note_account(&self, token: &AccessToken) {
        self.who().set(token.who());
    }

    /// Refuses a change that a browser sends from another site. Safe methods are always allowed,
    /// because other sites cannot see the answer.
    ///
    /// # Errors
    /// `cross_origin`.
    pub fn from_own_pages(&self, public_origin: &str) -> Result<()> {
        let own = match self.header("origin") {
            Some(origin) => origin == public_origin,
            None => self.header("sec-fetch-site") == Some("same-origin"),
        };
        if self.reads() || own { Ok(()) } else { Err(Error::CrossOrigin) }
    }
}
