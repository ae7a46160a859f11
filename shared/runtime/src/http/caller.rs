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
        let own = self.is_from_own_pages(public_origin) == Some(true);
        if self.reads() || own { Ok(()) } else { Err(Error::CrossOrigin) }
    }

    /// Refuses a change that a browser sends from a page of another site, also without a cookie. A client
    /// that is no browser says nothing about its page, and is allowed.
    ///
    /// # Errors
    /// `cross_origin`.
    pub fn not_from_another_site(&self, public_origin: &str) -> Result<()> {
        match self.is_from_own_pages(public_origin) {
            Some(false) => Err(Error::CrossOrigin),
            Some(true) | None => Ok(()),
        }
    }

    /// Refuses a request that a browser sends for a part of a page, such as a picture, and not because a
    /// person opens the address (<https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header>).
    ///
    /// # Errors
    /// `cross_origin`.
    pub fn opens_a_page(&self) -> Result<()> {
        match self.header("sec-fetch-dest") {
            None | Some("document") => Ok(()),
            Some(_) => Err(Error::CrossOrigin),
        }
    }

    /// Whether a page of ours sent the request. `None` if the client does not say. A form on a page
    /// without referrers has the origin `null` (<https://fetch.spec.whatwg.org/#append-a-request-origin-header>);
    /// then `Sec-Fetch-Site` decides, which no page can set.
    fn is_from_own_pages(&self, public_origin: &str) -> Option<bool> {
        match (self.header("origin"), self.header("sec-fetch-site")) {
            (Some(origin), _) if origin != "null" => Some(origin == public_origin),
            (_, Some("same-origin")) => Some(true),
            // A person has typed the address or opened a bookmark.
            (None, Some("none")) => None,
            (_, Some(_)) | (Some(_), None) => Some(false),
            (None, None) => None,
        }
    }
}
