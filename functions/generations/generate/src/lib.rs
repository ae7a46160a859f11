//! `POST /v1/generations`: holds the price and queues the generation (P04, P06).
//!
//! Answers 202 with the generation. The header `Idempotency-Key` is required. The same request
//! under the same key answers the same generation as `GET /v1/generations/{id}` would, and costs
//! nothing. The session must be alive in both cases.

use accounts::AccountStore;
use contract::Route;
use credits::CreditStore;
use generations::{
    Catalogue, GenerationStore, GenerationView, IdempotencyKey, NewGeneration, Paused, Prompt, SpendCaps, Submit,
    Taken, TrainingVendors,
};
use kernel::{Error, Result};
use media::MediaStore;
use runtime::{
    Ctx, Init,
    http::{Request, Response},
    metric::{self, Metric},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use session::Verifier;
use std::sync::Arc;

/// The stage, for metrics, the session check, and the submission with its stores and queue.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    verifier: Verifier,
    submit: Submit,
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
            stage: init.var("STAGE")?.to_owned(),
            verifier: init.verifier()?,
            submit: Submit {
                caps: SpendCaps::parse(&caps)?,
                paused: Paused::parse(init.var("PAUSED")?, &catalogue)?,
                catalogue,
                accounts: AccountStore::new(init.table("ACCOUNTS_TABLE")?),
                generations: GenerationStore::new(init.table("GENERATIONS_TABLE")?),
                credits: CreditStore::new(init.table("CREDITS_TABLE")?),
                media: MediaStore::new(init.aws()?, init.var("MEDIA_BUCKET")?),
                queue: init.queue("GENERATION_QUEUE_URL")?,
            },
        })
    }
}

/// The contract of the route.
#[must_use]
pub fn contract() -> Route {
    Route::post("/v1/generations", "Start a generation")
        .about(
            "The price is held, and charged when the generation is delivered. `GET /v1/generations/{id}` says how it \
             goes on. The same request with the same key answers the same generation, in its present state, and \
             costs nothing more.",
        )
        .protected()
        .needs_key()
        .reads::<Body>()
        .answers::<GenerationView<'_>>(202, "the generation; its price is held")
        .with_header("location", "The path of the generation.")
        .leads_to("get-generation", "id", "$response.body#/id")
        .leads_to("update-generation", "id", "$response.body#/id")
        .leads_to("delete-generation", "id", "$response.body#/id")
        .leads_to("cancel-generation", "id", "$response.body#/id")
        .fails(&[
            "insufficient_credits",
            "account_not_active",
            "not_found",
            "price_above_max_cost",
            "not_uploaded",
            "model_retired",
            "model_not_offered",
            "unknown_model",
            "too_many_refused",
            "too_many_failed",
            "too_many_generations",
            "provider_paused",
        ])
}

/// Takes one request for a generation.
///
/// # Errors
/// As for [`Submit::submit`]; `idempotency_key_required`, `cross_origin` and the errors of the
/// body.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let caller = request.caller(&deps.verifier, ctx.now)?;
    let key = IdempotencyKey::parse(request.idempotency_key()?)?;
    let body: Body = request.json()?;
    let new = body.parse()?;
    let submitted = deps.submit.submit(&caller, &key, &new, &ctx.ids, ctx.now).await;
    if let Err(Error::SpendCapReached { .. }) = submitted {
        metric::publish(&deps.stage, ctx.now, &[Metric { name: "SpendCapRefusals", value: 1.0 }]);
    }
    let Taken { generation, cancel_price } = submitted?;
    let location = format!("/v1/generations/{}", generation.id);
    let view = GenerationView::with_links(&generation, &deps.submit.media, ctx.signed_at)?;
    let view = view.with_cancel_price(cancel_price);
    Ok(Response::json(202, &view).header("location", &location))
}

/// A request for a generation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GenerationRequest")]
struct Body {
    /// The id of a model of `GET /v1/models`.
    model: String,
    /// The wish in words, from which the model makes the work: 1 to 4,000
    /// Unicode scalar values, one of them visible. White space at both ends is removed after they are counted.
    #[schemars(with = "Prompt")]
    prompt: String,
    /// The settings. Those that are left out, or null, get their defaults. `GET /v1/models` has the schema of
    /// each model's settings.
    #[serde(default)]
    settings: Option<Map<String, Value>>,
    /// Uploads of the same account, as input pictures. Without any, a model that takes pictures uses the first
    /// image of the generation that `based_on` names.
    #[serde(default)]
    #[schemars(with = "Option<Vec<kernel::UploadId>>", extend("uniqueItems" = true))]
    inputs: Option<Vec<String>>,
    /// A generation of the same account that this one is based on.
    #[serde(default)]
    #[schemars(with = "Option<kernel::GenerationId>")]
    based_on: Option<String>,
    /// The highest price that is accepted, in credits. Null or left out: any price.
    #[serde(default, deserialize_with = "kernel::whole::optional")]
    max_cost: Option<kernel::Credits>,
}

impl Body {
    fn parse(self) -> Result<NewGeneration> {
        Ok(NewGeneration {
            model: self.model,
            prompt: Prompt::parse(&self.prompt)?,
            settings: self.settings.unwrap_or_default(),
            inputs: self.inputs.unwrap_or_default().iter().map(|id| id.parse()).collect::<Result<_>>()?,
            based_on: self.based_on.map(|id| id.parse()).transpose()?,
            max_cost: self.max_cost,
        })
    }
}
