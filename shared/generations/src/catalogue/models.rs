//! The models on offer, read from `catalogue.json`.

use crate::catalogue::{
    price::{PriceBreakdown, PriceRule},
    settings::{Settings, SettingsSchema},
    training::TrainingVendors,
};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{Credits, Error, MicroDollars, Result, Timestamp, limits};
use providers::ProviderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{str::FromStr, time::Duration};

/// The one file that lists the models.
const FILE: &str = include_str!("../../catalogue.json");

/// The kind of a model: its input and its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// A prompt becomes an image.
    TextToImage,
    /// A picture and a prompt become a new picture.
    ImageToImage,
    /// A prompt becomes a video.
    TextToVideo,
    /// A picture becomes a video.
    ImageToVideo,
    /// A picture becomes a larger picture.
    Upscale,
}

impl FromStr for ModelKind {
    type Err = Error;

    /// Reads the stored form, which is also the answered form. Any other text is `invalid`.
    fn from_str(text: &str) -> Result<Self> {
        let kind = serde_json::from_value(Value::from(text));
        kind.map_err(|_| Error::invalid("kind", "There is no such kind. GET /v1/models lists the kinds."))
    }
}

impl ModelKind {
    /// The largest size of one output, in bytes.
    #[must_use]
    pub fn output_limit(self) -> u64 {
        match self {
            Self::TextToImage | Self::ImageToImage | Self::Upscale => limits::IMAGE_OUTPUT_BYTES,
            Self::TextToVideo | Self::ImageToVideo => limits::VIDEO_OUTPUT_BYTES,
        }
    }
}

/// The input pictures of a model.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelInputs {
    /// The names of the provider's fields for the pictures. The first picture is required.
    pub fields: Vec<String>,
    /// The encoding of the pictures in these fields.
    #[serde(rename = "form", default)]
    pub encoding: PictureEncoding,
}

/// The encoding of a picture in the input of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureEncoding {
    /// `data:<type>;base64,<bytes>`, <https://www.rfc-editor.org/rfc/rfc2397>
    #[default]
    DataUri,
    /// The bytes in base64, without a prefix.
    Base64,
}

/// One model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Our stable id.
    pub id: String,
    /// The name that is shown to people.
    pub name: String,
    /// Its kind.
    pub kind: ModelKind,
    /// The provider that runs it.
    pub provider: ProviderName,
    /// The provider's name of the model.
    pub provider_model: String,
    /// The price of one generation, in credits.
    pub price: PriceRule,
    /// The provider's price of one generation, in millionths of a dollar.
    pub provider_cost: PriceRule,
    /// The last day (UTC) on which the model takes new generations, where it is known.
    #[serde(default)]
    pub retires_on: Option<Date>,
    /// The longest time from the request to the stored output.
    deadline_seconds: u64,
    /// The seconds from the request to the stored output that half of the works took, where they are known.
    /// `cargo ops typical-seconds` computes them.
    #[serde(default)]
    pub typical_seconds: Option<u64>,
    /// Its input pictures: empty for a kind without input pictures.
    #[serde(default)]
    pub inputs: ModelInputs,
    /// Fields of every job, beside the prompt and the settings.
    fixed_input: Map<String, Value>,
    /// The settings that a person may choose, as JSON Schema.
    pub settings: SettingsSchema,
}

impl Model {
    /// The longest time from the request to the stored output.
    #[must_use]
    pub fn deadline(&self) -> Duration {
        Duration::from_secs(self.deadline_seconds)
    }

    /// The price of a generation with settings that this model accepted, in credits.
    ///
    /// # Errors
    /// `internal` when the rule does not cover the settings. A test of the catalogue excludes
    /// that.
    pub fn breakdown(&self, settings: &Settings) -> Result<PriceBreakdown> {
        self.price.breakdown(settings)
    }

    /// The price of a generation with the default settings, in credits.
    ///
    /// # Errors
    /// As for [`Self::breakdown`].
    pub fn default_price(&self) -> Result<Credits> {
        Ok(Credits(self.breakdown(&self.settings.accept(&Map::new())?)?.total))
    }

    /// The provider's price of a generation with the default settings.
    ///
    /// # Errors
    /// As for [`Self::breakdown`].
    pub(crate) fn default_cost(&self) -> Result<MicroDollars> {
        Ok(MicroDollars(self.provider_cost.breakdown(&self.settings.accept(&Map::new())?)?.total))
    }

    /// Whether the model no longer takes new generations.
    fn has_retired(&self, now: Timestamp) -> bool {
        self.retires_on.is_some_and(|last| last < TimeZone::UTC.to_datetime(now).date())
    }

    /// The input of a job, without its pictures.
    #[must_use]
    pub fn input(&self, prompt: &str, settings: &Settings) -> Map<String, Value> {
        let mut input = self.fixed_input.clone();
        input.extend(settings.values().clone());
        input.insert("prompt".to_owned(), Value::from(prompt));
        input
    }
}

/// All models of the catalogue.
#[derive(Debug, Clone)]
pub struct Catalogue {
    models: Vec<Model>,
    /// The vendors whose training is allowed. `None` withholds no model.
    training: Option<TrainingVendors>,
}

impl Catalogue {
    /// The catalogue that is compiled into the program, for generations that exist. It withholds no model.
    ///
    /// # Errors
    /// `internal` when the file does not parse. A test of the catalogue excludes that.
    pub fn built_in() -> Result<Self> {
        let models = serde_json::from_str(FILE).map_err(Error::internal)?;
        Ok(Self { models, training: None })
    }

    /// The catalogue for new generations. It withholds the models of vendors that may train with inputs and are not
    /// among `training`.
    ///
    /// # Errors
    /// As for [`Self::built_in`].
    pub fn for_new_generations(training: TrainingVendors) -> Result<Self> {
        Ok(Self { training: Some(training), ..Self::built_in()? })
    }

    /// Every model, in display order.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The models that have not retired and are not withheld. An operator may have paused some of them.
    pub fn on_offer(&self, now: Timestamp) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(move |model| !model.has_retired(now) && !self.withholds(model))
    }

    /// The models that are withheld and have not retired. `register::vendors` has the reason for each.
    pub fn withheld(&self, now: Timestamp) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(move |model| !model.has_retired(now) && self.withholds(model))
    }

    /// Whether the vendor of a model may train with inputs, and the operator has not allowed it.
    #[must_use]
    pub fn withholds(&self, model: &Model) -> bool {
        self.training.as_ref().is_some_and(|training| !training.admits(model.provider))
    }

    /// The model of this id, for a new generation.
    ///
    /// # Errors
    /// `unknown_model`, `model_retired`, `model_not_offered`.
    pub fn offered(&self, id: &str, now: Timestamp) -> Result<&Model> {
        let model = self.model(id)?;
        match model.has_retired(now) {
            true => Err(Error::ModelRetired),
            false if self.withholds(model) => Err(Error::ModelNotOffered),
            false => Ok(model),
        }
    }

    /// The model of this id, also one that has retired or is withheld.
    ///
    /// # Errors
    /// `unknown_model`.
    pub fn model(&self, id: &str) -> Result<&Model> {
        self.models.iter().find(|model| model.id == id).ok_or(Error::UnknownModel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Above the price of every model, to catch a typing error in the catalogue.
    const MOST_CREDITS: u64 = 1_000;

    /// Twenty dollars, in millionths.
    const MOST_COST: u64 = 20_000_000;

    #[test]
    fn the_catalogue_is_sound() {
        let catalogue = Catalogue::built_in().unwrap();
        let ids: HashSet<&str> = catalogue.models().iter().map(|model| model.id.as_str()).collect();
        assert_eq!(ids.len(), catalogue.models().len(), "give every model an id of its own");
        assert!(
            ids.len() + ProviderName::ALL.len() <= 100,
            "GET /v1/status reads all of them in one batch of 100 rows"
        );
        for model in catalogue.models() {
            for (field, rule, most) in
                [("price", &model.price, MOST_CREDITS), ("provider_cost", &model.provider_cost, MOST_COST)]
            {
                assert_eq!(rule.check(&model.settings, most), Ok(()), "{}: correct its {field}", model.id);
            }
            let needs = matches!(model.kind, ModelKind::ImageToImage | ModelKind::ImageToVideo | ModelKind::Upscale);
            assert_eq!(needs, !model.inputs.fields.is_empty(), "{}: the kind says whether it takes pictures", model.id);
            assert!((60..=3_600).contains(&model.deadline().as_secs()), "{}: a deadline of 1 to 60 minutes", model.id);
            let most = model.deadline().as_secs();
            let is_typical = model.typical_seconds.is_none_or(|seconds| (1..most).contains(&seconds));
            assert!(is_typical, "{}: typical_seconds lie between 1 and the deadline", model.id);
            let defaults = model.settings.accept(&Map::new());
            assert!(defaults.is_ok(), "{}: every default must be one of its setting's values", model.id);
            let outputs = model.breakdown(&defaults.unwrap()).unwrap().outputs();
            assert_eq!(outputs, 1, "{}: by default one output is made and paid for", model.id);
        }
    }

    #[test]
    fn a_model_takes_new_generations_until_the_end_of_its_last_day() {
        let mut model = Catalogue::built_in().unwrap().models()[0].clone();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(!model.has_retired(at("2999-01-01T00:00:00Z")), "a model without a last day stays");
        model.retires_on = Some("2026-12-31".parse().unwrap());
        let id = model.id.clone();
        let catalogue = Catalogue { models: vec![model], training: None };
        let last = at("2026-12-31T23:59:59.999Z");
        assert!(catalogue.offered(&id, last).is_ok() && catalogue.on_offer(last).count() == 1);
        let after = at("2027-01-01T00:00:00Z");
        assert_eq!(catalogue.offered(&id, after).unwrap_err().code(), "model_retired");
        assert_eq!(catalogue.on_offer(after).count(), 0, "it is no longer listed");
        assert!(catalogue.model(&id).is_ok(), "a generation under way still finds its model");
    }

    #[test]
    fn a_model_whose_vendor_may_train_is_withheld_unless_the_vendor_is_allowed() {
        let now: Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
        let all = Catalogue::built_in().unwrap();
        assert_eq!(all.withheld(now).count(), 0, "generations under way still find their models");
        for allowed in ["none", "bfl", "fal,replicate", "bfl,fal,replicate"] {
            let training = TrainingVendors::parse(allowed).unwrap();
            let catalogue = Catalogue::for_new_generations(training.clone()).unwrap();
            for model in all.on_offer(now) {
                let offered = catalogue.offered(&model.id, now).map_err(|error| error.code());
                let listed = catalogue.on_offer(now).any(|it| it.id == model.id);
                let withheld = catalogue.withheld(now).any(|it| it.id == model.id);
                let admitted = training.admits(model.provider);
                assert_eq!((listed, withheld), (admitted, !admitted), "{allowed}: {}", model.id);
                assert_eq!(offered.err(), (!admitted).then_some("model_not_offered"), "{allowed}: {}", model.id);
                assert!(catalogue.model(&model.id).is_ok(), "{allowed}: {}", model.id);
            }
        }
    }
}
