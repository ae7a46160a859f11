//! The shared part of the routes `contact` and `report`, through which people write to us.
//!
//! Each takes JSON and forms, because a form must work without script. A person may be signed in or not. The
//! access token proves a session, and so does the refresh token in the cookie once the access token is gone.
//! The same message within a day is one case. No mail is sent.

use accounts::{AccountStore, FreshCaller, rotation::RefreshSecret};
use cases::{CaseStore, CaseView, NewCase, Receive, RequestKey};
use kernel::{Error, RatePolicy, Result, Timestamp};
use runtime::{
    Ctx, Init,
    http::{Edge, FormField, Request, Response},
};
use serde::de::DeserializeOwned;
use session::{RefreshToken, Verifier, cookie};
use transient::{Network, NetworkKeys, NetworkRates};

/// The body of such a route.
pub trait CaseBody: DeserializeOwned {
    /// The fields of the form on our page that sends such a body.
    const FORM: &'static [FormField];

    /// The Idempotency-Key of a form, which cannot send a header.
    fn key(&self) -> Option<&str>;

    /// The field `website`, which people do not see. Programs that fill every field fill it too.
    fn website(&self) -> Option<&str>;

    /// The message.
    ///
    /// # Errors
    /// `invalid`.
    fn parse(&self) -> Result<NewCase>;
}

/// The person who writes.
struct Sender {
    /// The account, if the request proves a session of it.
    caller: Option<FreshCaller>,
    /// Whether the browser has cookies of a session, and they prove none.
    session_is_over: bool,
}

/// The tables, secrets and clients of such a route.
#[derive(Debug)]
pub struct Intake {
    policy: RatePolicy,
    verifier: Verifier,
    edge: Edge,
    rates: NetworkRates,
    receive: Receive,
}

impl Intake {
    /// Builds the dependencies at cold start. `policy` limits the messages of one account, and those of
    /// one network by people who are not signed in.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or secret.
    pub async fn new(init: &Init, policy: RatePolicy) -> Result<Self> {
        let receive = Receive {
            cases: CaseStore::new(init.table("CASES_TABLE")?),
            accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
        };
        let secrets = init.secrets(&["network-hash-key"]).await?;
        let keys = NetworkKeys::from_key(secrets.get("network-hash-key")?.current())?;
        let rates = NetworkRates::new(init.table("TRANSIENT_TABLE")?, keys);
        Ok(Self { policy, verifier: init.verifier()?, edge: init.edge()?, rates, receive })
    }

    /// Stores one case: 201. A browser that sends a form gets a page with the case number.
    ///
    /// Only a new case is counted. A refused message and a repeated one are not. So a repeated message is
    /// also answered beyond the limit. Its answer has no headers of the limit.
    ///
    /// # Errors
    /// The errors of a wrong body, `invalid`, `idempotency_key_required` (a key of another form),
    /// `unauthenticated` (a token that is not valid, or whose session has ended, unless it is the cookie of
    /// a form), `cross_origin`, `other_account`, `too_many_requests`, `idempotency_key_reused`, `unavailable`. The
    /// errors of a form are in the words of its page.
    pub async fn take<B: CaseBody>(&self, ctx: &Ctx, request: &Request) -> Result<Response> {
        let taken = self.take_one::<B>(ctx, request).await;
        taken.map_err(|error| if request.is_form() { FormField::explain(B::FORM, error) } else { error })
    }

    async fn take_one<B: CaseBody>(&self, ctx: &Ctx, request: &Request) -> Result<Response> {
        request.not_from_another_site(self.verifier.public_origin())?;
        let body: B = request.json_or_form(B::FORM)?;
        // The header goes first. A key in the body must be right too: its client believes that it counts.
        let [in_header, in_body] = [request.idempotency_key()?, body.key()].map(|key| key.map(RequestKey::parse));
        let (in_header, in_body) = (in_header.transpose()?, in_body.transpose()?);
        let key = in_header.or(in_body);
        if body.website().is_some_and(|website| !website.is_empty()) {
            return Err(Error::invalid("website", "Leave the field website empty."));
        }
        let message = body.parse()?;
        let Sender { caller, session_is_over } = self.sender(request, ctx.now).await?;
        let account = caller.as_ref().map(FreshCaller::account);
        let network = Network::of(request.client_address(&self.edge));
        let mut rate = None;
        let allow = async || {
            rate = Some(self.rates.count_caller(self.policy, account, network, ctx.now).await?);
            Ok(())
        };
        let received = self.receive.receive(&message, key.as_ref(), caller.as_ref(), &ctx.ids, ctx.now, allow).await;
        let case = received.map_err(|error| if session_is_over { without_session(error) } else { error })?;
        let answer = match request.is_form() && request.wants_page() {
            true => Response::page(201, "We have your message", &case.thanks(session_is_over)),
            false => Response::json(201, &CaseView::new(&case)),
        };
        Ok(answer.rate_limit(rate.as_ref()))
    }

    /// Finds out who writes. A request with an access token must prove a session that is alive.
    ///
    /// The cookies of a session that is over do not stop a form: nobody needs an account for a report, and
    /// the page has no script that could renew or remove them.
    async fn sender(&self, request: &Request, now: Timestamp) -> Result<Sender> {
        let is_lenient = request.is_form() && !request.headers().contains_key("authorization");
        let verified = match request.optional_caller(&self.verifier, now) {
            // A page of another site has been refused before. This client does not say which page it is on.
            Err(Error::Unauthenticated | Error::CrossOrigin) if is_lenient => None,
            verified => verified?,
        };
        let proven = match verified {
            Some(caller) => self.receive.accounts.require_fresh(&caller, now).await.map(Some),
            None => self.proven_by_refresh_token(request, now).await,
        };
        let caller = match proven {
            Err(Error::Unauthenticated) if is_lenient => None,
            proven => proven?,
        };
        let has_cookie = |name| cookie::read(request.cookies(), name).is_some();
        let session_is_over = caller.is_none() && [cookie::SESSION, cookie::REFRESH].into_iter().any(has_cookie);
        Ok(Sender { caller, session_is_over })
    }

    /// The person whose browser has no valid access token, and still has the refresh token. A browser drops
    /// the access token after ten minutes, and people write longer. One request if there is such a token.
    ///
    /// The token is not rotated: if the answer to a form were lost, the session would be lost too.
    async fn proven_by_refresh_token(&self, request: &Request, now: Timestamp) -> Result<Option<FreshCaller>> {
        let token = cookie::read(request.cookies(), cookie::REFRESH).and_then(|token| RefreshToken::parse(token).ok());
        let is_ours = request.from_own_pages(self.verifier.public_origin()).is_ok();
        let Some(RefreshToken { account, session, secret }) = token.filter(|_| is_ours) else { return Ok(None) };
        let proven = self.receive.accounts.proven_by(account, session, &RefreshSecret::new(secret), now).await?;
        proven.as_ref().map_or(Ok(()), |caller| request.made_for(caller.account()))?;
        Ok(proven)
    }
}

/// A person whose session is over may wonder why an address is needed.
fn without_session(error: Error) -> Error {
    match error {
        Error::Invalid { field: "reply_to", detail } => {
            Error::invalid("reply_to", format!("You are no longer signed in. {detail}"))
        }
        error => error,
    }
}
