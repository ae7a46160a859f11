//! `PATCH /v1/account`: changes the name and the preferences of the person (P01).
//!
//! The body is a JSON Merge Patch (RFC 7396): a member that it does not have stays, and `null` removes the name or
//! gives a preference its default. The answer is that of `GET /v1/account`. A patch that changes nothing writes
//! nothing. Changes of different members at once are all stored, so the route needs no `If-Match`.
//!
//! A person may correct their data at any time (GDPR, article 16), so a frozen account and one that is being
//! deleted can be changed too. No sign-in overwrites a name that the person set or removed.

use accounts::{AccountStore, Name, PreferencesChange, ProfileChange, Theme};
use contract::Route;
use credits::CreditStore;
use generations::{Catalogue, TrainingVendors};
use kernel::{Object, Result, Timestamp};
use media::MediaStore;
use profile::{AccountReader, AccountView};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use session::Verifier;
use std::sync::Arc;

/// The verifier of access tokens, the account and its balance, and the catalogue.
#[derive(Debug)]
pub struct Deps {
    verifier: Verifier,
    reader: AccountReader,
    catalogue: Catalogue,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable, or when the catalogue does not parse.
    pub async fn new(init: &Init) -> Result<Self> {
        let accounts = AccountStore::new(init.table("ACCOUNTS_TABLE")?);
        let credits = CreditStore::new(init.table("CREDITS_TABLE")?);
        let media = MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?);
        let training = TrainingVendors::parse(init.var("ALLOW_TRAINING_VENDORS")?)?;
        Ok(Self {
            verifier: init.verifier()?,
            reader: AccountReader::new(accounts, credits, media),
            catalogue: Catalogue::for_new_generations(training)?,
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::patch("/v1/account", "Change the name and the preferences of the person")
        .about(
            "The body is a JSON Merge Patch (RFC 7396). A member that is left out stays. `null` removes the name, and \
             gives a preference, or all of an object, its default. A name that was set or removed here stays so when \
             the person signs in again. A frozen account and one that is being deleted can be changed too.",
        )
        .protected()
        .reads_merge_patch::<Body>()
        .fails(&["unknown_model", "model_retired", "model_not_offered"])
        .answers::<AccountView>(200, "the account after the change, as `GET /v1/account` answers it")
}

/// Changes the account. It takes two requests: one reads the session and the account, and one writes the profile.
/// A patch that changes nothing takes the first alone.
///
/// # Errors
/// `unauthenticated` (also when the session was ended), `cross_origin`, `unknown_model`, `model_retired`,
/// `model_not_offered`, `invalid` and the other errors of the body, `unavailable`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let body: Body = request.merge_patch()?;
    let change = body.parse(&deps.catalogue, ctx.now)?;
    // An ended session may not change anything.
    let (caller, account) = deps.reader.read_fresh(&caller, ctx.now).await?;
    let seen = account.profile_item().clone();
    let profile = deps.reader.accounts().change_profile(&caller, seen, &change).await?;
    Ok(Response::json(200, &deps.reader.view_with(account, profile, ctx.signed_at)?))
}

/// A change of the name, of preferences, or of both.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AccountChange")]
struct Body {
    /// The new name, in one line. White space at both ends does not count. Null removes the name.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Name>")]
    name: Option<Option<String>>,
    /// The new preferences. Null gives all of them their defaults.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<PreferencesBody>")]
    preferences: Option<Option<Object<PreferencesBody>>>,
}

/// A change of preferences.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PreferencesChange")]
struct PreferencesBody {
    /// The colours of the pages. Null stands for `system`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Theme>")]
    theme: Option<Option<String>>,
    /// The id of the model that a new generation begins with: one of `GET /v1/models`. Null stands for none.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    default_model: Option<Option<String>>,
    /// The mails that the person wants. Null gives all of them their defaults.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<EmailPreferencesBody>")]
    emails: Option<Option<Object<EmailPreferencesBody>>>,
}

/// A change of the mails that a person wants.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EmailPreferencesChange")]
struct EmailPreferencesBody {
    /// Whether the person wants news about the service. Null stands for `false`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<bool>")]
    news: Option<Option<bool>>,
}

impl Body {
    fn parse(self, catalogue: &Catalogue, now: Timestamp) -> Result<ProfileChange> {
        let name = self.name.map(|name| name.map(|name| Name::parse(&name)).transpose()).transpose()?;
        let preferences = match self.preferences {
            None => PreferencesChange::default(),
            Some(None) => PreferencesChange::reset(),
            Some(Some(Object(preferences))) => preferences.parse(catalogue, now)?,
        };
        Ok(ProfileChange { name, preferences })
    }
}

impl PreferencesBody {
    fn parse(self, catalogue: &Catalogue, now: Timestamp) -> Result<PreferencesChange> {
        let defaults = PreferencesChange::reset();
        let theme = match self.theme {
            None => None,
            Some(None) => defaults.theme,
            Some(Some(word)) => Some(word.parse()?),
        };
        if let Some(Some(id)) = &self.default_model {
            catalogue.offered(id, now)?;
        }
        let news = match self.emails {
            None => None,
            Some(None | Some(Object(EmailPreferencesBody { news: Some(None) }))) => defaults.news,
            Some(Some(Object(EmailPreferencesBody { news }))) => news.flatten(),
        };
        Ok(PreferencesChange { theme, default_model: self.default_model, news })
    }
}

/// Reads a member that is present, also as `null`. A missing member is not deserialised.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(member: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(member).map(Some)
}
