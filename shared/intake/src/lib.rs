//! The shared part of the routes `contact` and `report`, through which people write to us.
//!
//! Each takes JSON and forms, because a form must work without script. A person may be signed in or not.
//! The same message within a day is one case. No mail is sent.

use accounts::AccountStore;
use cases::{CaseStore, CaseView, NewCase, Receive, RequestKey};
use kernel::{Error, RatePolicy, Result};
use runtime::{
    Ctx, Init,
    http::{Edge, Request, Response},
};
use serde::de::DeserializeOwned;
use session::Verifier;
use transient::{Network, NetworkKeys, NetworkRates};

/// The body of such a route.
pub trait CaseBody: DeserializeOwned {
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
    /// `unauthenticated` (a token that is not valid, or whose session has ended), `cross_origin`,
    /// `too_many_requests`, `idempotency_key_reused`, `unavailable`.
    pub async fn take<B: CaseBody>(&self, ctx: &Ctx, request: &Request) -> Result<Response> {
        request.not_from_another_site(self.verifier.public_origin())?;
        let body: B = request.json_or_form()?;
        let key = request.header("idempotency-key").or(body.key()).map(RequestKey::parse).transpose()?;
        if body.website().is_some_and(|website| !website.is_empty()) {
            return Err(Error::invalid("website", "Leave the field website empty."));
        }
        let message = body.parse()?;
        let caller = match request.optional_caller(&self.verifier, ctx.now)? {
            Some(caller) => Some(self.receive.accounts.require_fresh(&caller, ctx.now).await?),
            None => None,
        };
        let account = caller.as_ref().map(accounts::FreshCaller::account);
        let network = Network::of(request.client_address(&self.edge));
        let mut rate = None;
        let allow = async || {
            rate = Some(self.rates.count_caller(self.policy, account, network, ctx.now).await?);
            Ok(())
        };
        let case = self.receive.receive(&message, key.as_ref(), caller.as_ref(), &ctx.ids, ctx.now, allow).await?;
        let answer = match request.is_form() && request.wants_page() {
            true => Response::page(201, "We have your message", &case.thanks()),
            false => Response::json(201, &CaseView::new(&case)),
        };
        Ok(answer.rate_limit(rate.as_ref()))
    }
}
