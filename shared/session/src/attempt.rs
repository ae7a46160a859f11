//! An attempt to sign in, or to link an identity. The browser keeps it in a sealed cookie between our
//! redirect to the partner and the partner's answer.

use crate::{
    cookie::{self, CallbackBy},
    refresh::RefreshToken,
    return_to::ReturnTo,
    seal::Seal,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Acceptance, AccountId, Error, Ids, Result, SessionId, Timestamp, limits::SIGN_IN_LIFETIME};
use serde::{Deserialize, Serialize};
use std::fmt;
use subtle::ConstantTimeEq;

/// The prefix of the name of every attempt's cookie. The attempt's id follows, so that the attempts
/// of two tabs do not overwrite each other.
const NAME_PREFIX: &str = "__Host-sign-in-";

/// Most open attempts of one browser. The cookies of more attempts could exceed the 10 KB of
/// headers that the gateway accepts, and the person could not sign in until they expire.
const OPEN_ATTEMPTS: usize = 4;

/// Length of an attempt's id in base64url characters: 8 bytes.
const ID_CHARS: usize = 11;

/// The account to which an attempt links an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkTarget {
    /// The account.
    pub account: AccountId,
    /// The session that began the attempt. It must be alive when the attempt ends.
    pub session: SessionId,
}

/// An attempt to sign in. The partner's answer repeats `state`, which proves that the same
/// browser began and ends the attempt.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInAttempt {
    /// The partner's name in our paths, such as `google`.
    pub provider: String,
    /// `<id>.<secret>`. The id is a part of the cookie's name; the secret is compared.
    pub state: String,
    /// The nonce that the partner's ID token must repeat (OpenID Connect Core §3.1.2.1).
    pub nonce: String,
    /// The PKCE verifier (RFC 7636 §4.1).
    pub verifier: String,
    /// The page that the person sees after signing in.
    pub return_to: ReturnTo,
    /// When the attempt began.
    pub started_at: Timestamp,
    /// The account to which the attempt links an identity. `None` for an attempt to sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_to: Option<LinkTarget>,
    /// The text of the refresh token that the browser had when the attempt began. Attempts have it where the
    /// partner posts a form: the browser sends no other cookie of ours with that form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<String>,
    /// The documents on the page of the sign-in. An account that the attempt creates keeps it.
    #[serde(default, skip_serializing_if = "Acceptance::is_empty")]
    pub acceptance: Acceptance,
}

impl SignInAttempt {
    /// A new attempt with a fresh `state`.
    #[must_use]
    pub fn start(
        provider: impl fmt::Display,
        nonce: String,
        verifier: String,
        return_to: ReturnTo,
        ids: &Ids,
        now: Timestamp,
    ) -> Self {
        let id = URL_SAFE_NO_PAD.encode(ids.bytes::<8>());
        let secret = URL_SAFE_NO_PAD.encode(ids.bytes::<32>());
        let state = format!("{id}.{secret}");
        let provider = provider.to_string();
        let (link_to, former, acceptance) = (None, None, Acceptance::default());
        Self { provider, state, nonce, verifier, return_to, started_at: now, link_to, former, acceptance }
    }

    /// The same attempt, which links an identity to an account instead of signing in.
    #[must_use]
    pub fn linking(self, target: LinkTarget) -> Self {
        Self { link_to: Some(target), ..self }
    }

    /// The same attempt with what the page of the sign-in showed.
    #[must_use]
    pub fn with_acceptance(self, acceptance: Acceptance) -> Self {
        Self { acceptance, ..self }
    }

    /// The same attempt with the refresh token that the browser has, in its text form. A text that is no
    /// refresh token is left out, so that no foreign cookie makes the attempt's cookie large.
    #[must_use]
    pub fn with_former(self, refresh_token: Option<&str>) -> Self {
        let former = refresh_token.filter(|text| RefreshToken::parse(text).is_ok());
        Self { former: former.map(str::to_owned), ..self }
    }

    /// The `Set-Cookie` value that stores the attempt for [`SIGN_IN_LIFETIME`]. With [`CallbackBy::Form`],
    /// browsers send it with the form that the partner's page posts.
    ///
    /// # Errors
    /// `internal` when the attempt cannot be sealed.
    pub fn cookie(&self, seal: &Seal, ids: &Ids, by: CallbackBy) -> Result<String> {
        let name = self.cookie_name();
        let plain = serde_json::to_vec(self).map_err(Error::internal)?;
        let sealed = seal.seal(&name, &plain, ids)?;
        Ok(cookie::set_attempt(&name, &sealed, SIGN_IN_LIFETIME, by))
    }

    /// Reads the attempt of this `state` from the bytes of the `Cookie` header.
    ///
    /// # Errors
    /// `sign_in_failed` when this browser began no such attempt with `provider`, or began it longer
    /// than [`SIGN_IN_LIFETIME`] ago.
    pub fn resume(
        provider: impl fmt::Display,
        state: &str,
        cookies: &[u8],
        seal: &Seal,
        now: Timestamp,
    ) -> Result<Self> {
        let attempt = Self::open(state, cookies, seal)
            .filter(|attempt| attempt.provider == provider.to_string() && same(&attempt.state, state))
            .ok_or(Error::SignInFailed { detail: "This sign-in was not started in this browser. Start again." })?;
        let age = now.duration_since(attempt.started_at).unsigned_abs();
        if age > SIGN_IN_LIFETIME {
            return Err(Error::SignInFailed { detail: "This sign-in took too long. Start again." });
        }
        Ok(attempt)
    }

    /// The `Set-Cookie` value that removes the attempt's cookie, because an attempt is used once.
    #[must_use]
    pub fn clear(&self) -> String {
        cookie::clear(&self.cookie_name())
    }

    /// The `Set-Cookie` values that remove the oldest attempts in the `Cookie` header, so that
    /// together with a new one at most four remain.
    #[must_use]
    pub fn clear_surplus(cookies: &[u8]) -> Vec<String> {
        let open = cookie::all(cookies).filter(|(name, _)| name.strip_prefix(NAME_PREFIX).is_some_and(is_id));
        let mut names: Vec<&str> = open.map(|(name, _)| name).collect();
        // Browsers send older cookies first (RFC 6265 §5.4), so the newest stay.
        names.truncate(names.len().saturating_sub(OPEN_ATTEMPTS - 1));
        names.into_iter().map(cookie::clear).collect()
    }

    fn open(state: &str, cookies: &[u8], seal: &Seal) -> Option<Self> {
        let name = format!("{NAME_PREFIX}{}", id(state));
        let plain = seal.open(&name, cookie::read(cookies, &name)?)?;
        serde_json::from_slice(&plain).ok()
    }

    fn cookie_name(&self) -> String {
        format!("{NAME_PREFIX}{}", id(&self.state))
    }
}

impl fmt::Debug for SignInAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInAttempt")
            .field("provider", &self.provider)
            .field("started_at", &self.started_at)
            .finish_non_exhaustive()
    }
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn id(state: &str) -> &str {
    state.split('.').next().unwrap_or_default()
}

fn is_id(text: &str) -> bool {
    text.len() == ID_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Fixed, IdSource};
    use std::sync::atomic::{AtomicU8, Ordering};

    /// Gives different bytes at each call, like the real source.
    struct Counting(AtomicU8);

    impl IdSource for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    fn seal() -> Seal {
        Seal::from_keys([URL_SAFE_NO_PAD.encode([3; 32]).as_str()]).unwrap()
    }

    /// The longest of what a page shows.
    fn shown() -> Acceptance {
        let version = Some("2026-12-01".parse().unwrap());
        Acceptance { policy: version, terms: version, age: Some(120) }
    }

    fn now() -> Timestamp {
        "2026-11-24T10:00:00.123Z".parse().unwrap()
    }

    fn start(ids: &Ids) -> SignInAttempt {
        SignInAttempt::start("google", "nonce".into(), "verifier".into(), ReturnTo::parse("/gallery"), ids, now())
    }

    fn pair(set_cookie: &str) -> &str {
        set_cookie.split(';').next().unwrap()
    }

    fn detail(result: Result<SignInAttempt>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.code(), "sign_in_failed");
        error.to_string()
    }

    #[test]
    fn an_attempt_comes_back_in_the_browser_that_began_it() {
        let ids = Ids::new(Counting(AtomicU8::new(0)));
        let (attempt, other) = (start(&ids), start(&ids));
        let (one, two) = (
            attempt.cookie(&seal(), &ids, CallbackBy::Redirect).unwrap(),
            other.cookie(&seal(), &ids, CallbackBy::Redirect).unwrap(),
        );
        assert!(one.ends_with("; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax"), "{one}");
        let cookies = format!("{}; {}", pair(&two), pair(&one));
        let resumed = SignInAttempt::resume("google", &attempt.state, cookies.as_bytes(), &seal(), now()).unwrap();
        assert_eq!(resumed, attempt);
        assert_eq!(SignInAttempt::resume("google", &other.state, cookies.as_bytes(), &seal(), now()).unwrap(), other);
    }

    #[test]
    fn an_attempt_remembers_the_link_the_former_session_and_what_was_shown() {
        let ids = Ids::new(Counting(AtomicU8::new(0)));
        let target = LinkTarget {
            account: "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap(),
            session: "01929e6b-6c01-7000-8000-0123456789ab".parse().unwrap(),
        };
        let token = RefreshToken { account: target.account, session: target.session, secret: [7; 32] }.to_text();
        let attempt = start(&ids).linking(target).with_former(Some(&token)).with_acceptance(shown());
        let cookie = attempt.cookie(&seal(), &ids, CallbackBy::Form).unwrap();
        assert!(cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=None"), "{cookie}");
        assert!(!cookie.contains(&token), "the cookie is sealed");
        let resumed = SignInAttempt::resume("google", &attempt.state, pair(&cookie).as_bytes(), &seal(), now());
        let resumed = resumed.unwrap();
        assert_eq!((resumed.link_to, resumed.former.as_deref()), (Some(target), Some(token.as_str())));
        assert_eq!(resumed.acceptance, shown());
        assert_eq!(resumed, attempt);
        assert!(!format!("{attempt:?}").contains(&token), "a debug output must have no token");
    }

    #[test]
    fn a_text_that_is_no_refresh_token_is_not_remembered() {
        let ids = Ids::new(Fixed(1));
        for text in ["", "x", "a.b.c", &"x".repeat(4_000)] {
            assert_eq!(start(&ids).with_former(Some(text)).former, None, "{text:?}");
        }
        assert_eq!(start(&ids).with_former(None).former, None);
    }

    /// The first form of an attempt. Attempts of this form are open for ten minutes after a deployment.
    #[test]
    fn an_attempt_that_was_sealed_before_links_still_opens() {
        let ids = Ids::new(Fixed(1));
        let attempt = start(&ids);
        let old = serde_json::json!({
            "provider": "google", "state": attempt.state, "nonce": "nonce", "verifier": "verifier",
            "return_to": "/gallery", "started_at": "2026-11-24T10:00:00.123Z",
        });
        assert_eq!(
            serde_json::to_value(&attempt).unwrap(),
            old,
            "an attempt without the later fields has the old form"
        );
        let name = attempt.cookie_name();
        let sealed = seal().seal(&name, old.to_string().as_bytes(), &ids).unwrap();
        let cookies = format!("{name}={sealed}");
        let resumed = SignInAttempt::resume("google", &attempt.state, cookies.as_bytes(), &seal(), now());
        assert_eq!(resumed.unwrap(), attempt);
    }

    /// Four attempts with the longest contents, and the tokens, are within the 10 KB of the gateway.
    #[test]
    fn the_longest_attempt_is_short_enough_to_have_four() {
        let ids = Ids::new(Fixed(1));
        let target = LinkTarget {
            account: "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap(),
            session: "01929e6b-6c01-7000-8000-0123456789ab".parse().unwrap(),
        };
        let token = RefreshToken { account: target.account, session: target.session, secret: [7; 32] }.to_text();
        let attempt = SignInAttempt { return_to: ReturnTo::parse(&format!("/{}", "a".repeat(511))), ..start(&ids) };
        let attempt = SignInAttempt { nonce: "n".repeat(43), verifier: "v".repeat(43), ..attempt };
        let attempt = attempt.linking(target).with_former(Some(&token)).with_acceptance(shown());
        let cookie = attempt.cookie(&seal(), &ids, CallbackBy::Form).unwrap();
        assert!(OPEN_ATTEMPTS * pair(&cookie).len() < 8_000, "{} bytes", pair(&cookie).len());
    }

    #[test]
    fn an_attempt_ends_only_with_its_own_state_provider_and_cookie() {
        let ids = Ids::new(Counting(AtomicU8::new(0)));
        let (attempt, other) = (start(&ids), start(&ids));
        let cookie = attempt.cookie(&seal(), &ids, CallbackBy::Redirect).unwrap();
        let cookies = pair(&cookie);
        let (id, _) = attempt.state.split_once('.').unwrap();
        for (provider, state, cookies) in [
            ("apple", attempt.state.as_str(), cookies),
            ("google", &other.state, cookies),
            ("google", &format!("{id}.AAAA"), cookies),
            ("google", id, cookies),
            ("google", "", cookies),
            ("google", &attempt.state, ""),
            // The value of one attempt with the name of another.
            ("google", &other.state, &cookies.replace(id, other.state.split_once('.').unwrap().0)),
        ] {
            let said = detail(SignInAttempt::resume(provider, state, cookies.as_bytes(), &seal(), now()));
            assert!(said.contains("not started in this browser"), "{said}");
        }
    }

    #[test]
    fn an_attempt_lasts_ten_minutes() {
        let ids = Ids::new(Fixed(1));
        let attempt = start(&ids);
        let cookie = attempt.cookie(&seal(), &ids, CallbackBy::Redirect).unwrap();
        let after = |duration| {
            SignInAttempt::resume(
                "google",
                &attempt.state,
                pair(&cookie).as_bytes(),
                &seal(),
                now().checked_add(duration).unwrap(),
            )
        };
        assert!(after(SIGN_IN_LIFETIME).is_ok());
        assert!(detail(after(SIGN_IN_LIFETIME + std::time::Duration::from_millis(1))).contains("took too long"));
    }

    #[test]
    fn an_attempt_is_used_once() {
        let cleared = start(&Ids::new(Fixed(1))).clear();
        // A browser takes this value in the answer to a posted form, and finds the cookie by its name.
        assert_eq!(cleared, "__Host-sign-in-AQEBAQEBAQE=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax");
    }

    #[test]
    fn forgotten_attempts_do_not_pile_up() {
        let names: Vec<String> = (0..6).map(|n| format!("__Host-sign-in-AAAAAAAAAA{n}=x")).collect();
        let cleared = SignInAttempt::clear_surplus(format!("a=b; {}", names.join("; ")).as_bytes());
        assert_eq!(cleared.len(), 3, "with the new one, {OPEN_ATTEMPTS} stay");
        assert!(cleared[0].starts_with("__Host-sign-in-AAAAAAAAAA0=;"), "the oldest goes first: {}", cleared[0]);
        assert!(SignInAttempt::clear_surplus(b"__Host-sign-in-AAAAAAAAAA1=x; __Host-sign-in-bad;name=x").is_empty());
    }
}
