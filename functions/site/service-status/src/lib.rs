//! `GET /v1/status`: which models take new generations now, and how long their works typically take. Public (P03).
//!
//! It reads what `generate` reads: the operator's switch, the daily spend and the health of the models. It says that a
//! model is paused, and never how much was spent or what the cap is.

use contract::Route;
use generations::{
    Availability, Catalogue, GenerationStore, ModelAvailability, Paused, SpendCaps, TrainingVendors, UnavailableReason,
};
use kernel::{Result, Timestamp, schema::Time};
use providers::ProviderName;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

/// The catalogue, its switches, and the rows of spend and health.
#[derive(Debug)]
pub struct Deps {
    availability: Availability,
}

impl Deps {
    /// Builds the clients at cold start.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        let training = TrainingVendors::parse(init.var("ALLOW_TRAINING_VENDORS")?)?;
        let catalogue = Catalogue::for_new_generations(training)?;
        let caps = [
            ("bfl", init.var("BFL_DAILY_CAP")?),
            ("fal", init.var("FAL_DAILY_CAP")?),
            ("replicate", init.var("REPLICATE_DAILY_CAP")?),
        ];
        Ok(Self {
            availability: Availability {
                caps: SpendCaps::parse(&caps)?,
                paused: Paused::parse(init.var("PAUSED")?, &catalogue)?,
                catalogue,
                generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
            },
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::get("/v1/status", "Read whether everything works")
        .about(
            "It may be 30 seconds old. A model that is `available` takes requests with its default settings; \
             `POST /v1/generations` decides.",
        )
        .cached()
        .answers::<Answer<'_>>(200, "which models take new generations; cached for 30 seconds")
}

/// Answers the status. It is the same for everybody and may be cached for 30 seconds. One request to AWS.
///
/// # Errors
/// `unavailable` when AWS does not answer.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, _: Request) -> Result<Response> {
    let models = deps.availability.read(ctx.now).await?;
    Ok(Response::json(200, &Answer::new(&models, ctx.now)).header("cache-control", "public, max-age=30"))
}

/// Whether all models take new generations.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    /// All of them do.
    Ok,
    /// At least one of them does not.
    Degraded,
}

/// The status of the service.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ServiceStatus")]
struct Answer<'a> {
    /// Whether all models take new generations.
    status: Status,
    /// The providers that run the models on offer.
    providers: Vec<ProviderItem>,
    /// The models on offer, in display order.
    models: Vec<ModelItem<'a>>,
    /// The time at which this was true.
    #[schemars(with = "Time")]
    checked_at: Timestamp,
}

/// A provider of models.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ProviderStatus")]
struct ProviderItem {
    /// The id.
    #[schemars(with = "String")]
    id: ProviderName,
    /// Whether at least one of its models takes new generations.
    available: bool,
}

/// A model on offer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ModelStatus")]
struct ModelItem<'a> {
    /// The id, as `GET /v1/models` lists it.
    id: &'a str,
    /// Whether it takes new generations.
    available: bool,
    /// Why it takes none: `paused` by us, or `failing`, and then it is tried again within the hour. Null while it takes
    /// new generations.
    reason: Option<UnavailableReason>,
    /// The seconds from the request to the finished work that half of the works took. Null where it is not known.
    #[schemars(range(min = 1))]
    typical_seconds: Option<u64>,
}

impl<'a> Answer<'a> {
    fn new(models: &[ModelAvailability<'a>], now: Timestamp) -> Self {
        let mut providers: BTreeMap<ProviderName, bool> = BTreeMap::new();
        for ModelAvailability { model, reason } in models {
            *providers.entry(model.provider).or_default() |= reason.is_none();
        }
        let is_whole = !models.is_empty() && models.iter().all(|model| model.reason.is_none());
        Self {
            status: if is_whole { Status::Ok } else { Status::Degraded },
            providers: providers.into_iter().map(|(id, available)| ProviderItem { id, available }).collect(),
            models: models.iter().map(ModelItem::from).collect(),
            checked_at: now,
        }
    }
}

impl<'a> From<&ModelAvailability<'a>> for ModelItem<'a> {
    fn from(ModelAvailability { model, reason }: &ModelAvailability<'a>) -> Self {
        Self { id: &model.id, available: reason.is_none(), reason: *reason, typical_seconds: model.typical_seconds }
    }
}
