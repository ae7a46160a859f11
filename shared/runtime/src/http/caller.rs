//! The caller of a request, from its access token.

use crate::http::request::Request;
use kernel::{AccountId, Caller, Error, Result, Timestamp};
use session::{Pseudonym, VerifiedToken, Verifier, cookie};

/// The headers in which browsers say that nobody has opened the page yet.
const PURPOSES: [&str; 3] = ["sec-purpose", "purpose", "x-moz"];

impl Request {
    /// The caller of a route for everybody: `None` without an access token. With one, the rules of
    /// [`Self::caller`] hold.
    ///
    /// # Errors
    /// `unauthenticated` for a token that is not valid; `cross_origin`; `other_account`.
    pub fn optional_caller(&self, verifier: &Verifier, now: Timestamp) -> Result<Option<Caller>> {
        let has_cookie = cookie::read(self.cookies(), cookie::SESSION).is_some();
        match has_cookie || self.headers().contains_key("authorization") {
            true => self.caller(verifier, now).map(Some),
            false => Ok(None),
        }
    }

    /// The caller, from the access token in the `Authorization` header or in the session cookie. A
    /// change by cookie must also come from our own pages, and a request that names its account must be made by it
    /// ([`Self::made_for`]).
    ///
    /// # Errors
    /// `unauthenticated`, `cross_origin`, `other_account`.
    pub fn caller(&self, verifier: &Verifier, now: Timestamp) -> Result<Caller> {
        let caller = self.signed_in(verifier, now)?;
        self.made_for(caller.account)?;
        Ok(caller)
    }

    fn signed_in(&self, verifier: &Verifier, now: Timestamp) -> Result<Caller> {
        if self.headers().contains_key("authorization") {
            let header = self.header("authorization").ok_or(Error::Unauthenticated)?;
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

    /// Refuses a request whose header `X-Account` names another account than `account`, or none that exists. The
    /// page of one person sends it, because another may have signed in in another tab of the browser since.
    ///
    /// # Errors
    /// `other_account`.
    pub fn made_for(&self, account: AccountId) -> Result<()> {
        let named = self.headers().get_all("x-account").iter().map(|value| value.to_str().ok()?.parse().ok());
        if named.into_iter().all(|named| named == Some(account)) { Ok(()) } else { Err(Error::OtherAccount) }
    }

    /// Writes the pseudonym of an account to the answered line, also if the request is refused later. For
    /// routes that learn the account in another way than by an access token.
    pub fn note_account(&self, who: Pseudonym) {
        self.who().set(who);
    }

    /// The pseudonym of the account, for other lines than the answered one. `None` if the request has proven no
    /// account, or its function has no pseudonym.
    #[must_use]
    pub fn pseudonym(&self) -> Option<String> {
        self.who().text()
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

    /// Refuses a request that a browser sends for a part of a page, such as a picture, or before a person
    /// opens the address, and not because a person opens it
    /// (<https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header>).
    ///
    /// # Errors
    /// `cross_origin`.
    pub fn opens_a_page(&self) -> Result<()> {
        match self.header("sec-fetch-dest") {
            None | Some("document") if !self.is_prefetch() => Ok(()),
            _ => Err(Error::CrossOrigin),
        }
    }

    /// Refuses a page that a browser opens because a page of another origin leads there: by a link, a redirect, a form or a
    /// script. Another host of this site is another origin too. A person who types the address is no page, and a client
    /// that does not say where the request comes from is allowed
    /// (<https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>).
    ///
    /// # Errors
    /// `cross_origin`.
    pub fn not_opened_by_another_origin(&self) -> Result<()> {
        match self.header("sec-fetch-site") {
            None | Some("none" | "same-origin") => Ok(()),
            Some(_) => Err(Error::CrossOrigin),
        }
    }

    /// Whether the browser only fetches or draws the page beforehand, and may show it later
    /// (<https://fetch.spec.whatwg.org/#sec-purpose-header>). `Purpose` and `X-Moz` are of older browsers.
    fn is_prefetch(&self) -> bool {
        let values = PURPOSES.iter().flat_map(|name| self.headers().get_all(*name));
        values.filter_map(|value| value.to_str().ok()).any(|value| value.to_ascii_lowercase().contains("prefetch"))
    }

    /// Whether a page of ours sent the request. `None` if the client does not say.
    ///
    /// A form has the origin `null` if its page has no referrer
    /// (<https://fetch.spec.whatwg.org/#append-a-request-origin-header>). Our pages have one for our own
    /// site, but a browser may be told to send none. Then `Sec-Fetch-Site` decides, which no page can set.
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

#[cfg(test)]
mod tests {
    use crate::http::sample::posting;

    #[test]
    fn a_change_must_come_from_our_own_pages() {
        let ours = "https://cinemaxsai.com";
        let cases = [
            (serde_json::json!({"origin": ours}), true),
            (serde_json::json!({"sec-fetch-site": "same-origin"}), true),
            (serde_json::json!({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}), false),
            (serde_json::json!({"origin": "null"}), false),
            (serde_json::json!({"origin": "null", "sec-fetch-site": "same-origin"}), true),
            (serde_json::json!({"origin": "null", "sec-fetch-site": "cross-site"}), false),
            (serde_json::json!({"sec-fetch-site": "cross-site"}), false),
            (serde_json::json!({}), false),
        ];
        for (headers, allowed) in cases {
            assert_eq!(posting(headers.clone(), "").from_own_pages(ours).is_ok(), allowed, "{headers}");
        }
    }

    #[test]
    fn a_page_of_another_site_is_refused_also_without_a_cookie() {
        let ours = "https://cinemaxsai.com";
        let cases = [
            (serde_json::json!({}), true),
            (serde_json::json!({"sec-fetch-site": "none"}), true),
            (serde_json::json!({"origin": ours}), true),
            (serde_json::json!({"origin": "null", "sec-fetch-site": "same-origin"}), true),
            (serde_json::json!({"sec-fetch-site": "cross-site"}), false),
            (serde_json::json!({"sec-fetch-site": "same-site"}), false),
            (serde_json::json!({"origin": "https://evil.example"}), false),
            (serde_json::json!({"origin": "null"}), false),
        ];
        for (headers, allowed) in cases {
            assert_eq!(posting(headers.clone(), "").not_from_another_site(ours).is_ok(), allowed, "{headers}");
        }
    }

    #[test]
    fn a_request_made_for_the_account_that_it_names() {
        let (ours, other) = ("01929e6b-6c00-7000-8000-0123456789ab", "01929e6b-6c00-7000-8000-0123456789ac");
        let cases = [
            (serde_json::json!({}), true),
            (serde_json::json!({"x-account": ours}), true),
            (serde_json::json!({"X-Account": ours.to_ascii_uppercase()}), true),
            (serde_json::json!({"x-account": other}), false),
            (serde_json::json!({"x-account": ""}), false),
            (serde_json::json!({"x-account": "me"}), false),
            // The gateway joins a header that comes twice.
            (serde_json::json!({"x-account": format!("{ours},{ours}")}), false),
            (serde_json::json!({"x-account": "\u{d7}"}), false),
        ];
        for (headers, allowed) in cases {
            let made = posting(headers.clone(), "").made_for(ours.parse().unwrap());
            assert_eq!(
                made.map_err(|error| error.code()),
                if allowed { Ok(()) } else { Err("other_account") },
                "{headers}"
            );
        }
    }

    #[test]
    fn a_picture_of_a_page_opens_no_address() {
        for (dest, allowed) in [("document", true), ("image", false), ("empty", false), ("iframe", false)] {
            assert_eq!(
                posting(serde_json::json!({"sec-fetch-dest": dest}), "").opens_a_page().is_ok(),
                allowed,
                "{dest}"
            );
        }
        assert!(posting(serde_json::json!({}), "").opens_a_page().is_ok(), "a client that is no browser");
    }

    #[test]
    fn a_page_of_another_origin_opens_no_page_that_asks() {
        let sites = [("none", true), ("same-origin", true), ("same-site", false), ("cross-site", false), ("", false)];
        for (site, allowed) in sites {
            let opened = posting(serde_json::json!({"sec-fetch-site": site}), "").not_opened_by_another_origin();
            assert_eq!(opened.is_ok(), allowed, "{site}");
        }
        assert!(posting(serde_json::json!({}), "").not_opened_by_another_origin().is_ok(), "an older client");
    }

    #[test]
    fn a_page_that_is_fetched_beforehand_is_not_opened() {
        for (name, value, allowed) in [
            ("sec-purpose", "prefetch", false),
            ("sec-purpose", "prefetch;prerender", false),
            ("sec-purpose", "prefetch;anonymous-client-ip", false),
            ("purpose", "Prefetch", false),
            ("x-moz", "prefetch", false),
            ("sec-purpose", "navigate", true),
        ] {
            for dest in [Some("document"), None] {
                let mut headers = serde_json::json!({ name: value });
                if let Some(dest) = dest {
                    headers["sec-fetch-dest"] = dest.into();
                }
                let opens = posting(headers, "").opens_a_page();
                assert_eq!(opens.is_ok(), allowed, "{name}: {value}, {dest:?}");
            }
        }
    }
}
