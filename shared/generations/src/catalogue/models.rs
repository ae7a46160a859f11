//! The models on offer, as data.

use crate::{
    catalogue::price::{Price, Rule},
    catalogue::settings::{self, Settings},
};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{Credits, Error, Result, Timestamp, limits};
use providers::ProviderName;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{str::FromStr, time::Duration};

/// The one file that lists the models.
const FILE: &str = include_str!("../../catalogue.json");

/// What a model makes of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// A prompt becomes an image.
    TextToImage,
    /// A picture becomes another by a prompt.
    ImageToImage,
    /// A prompt becomes a video.
    TextToVideo,
    /// A picture begins to move.
    ImageToVideo,
    /// A picture becomes a larger one.
    Upscale,
}

impl FromStr for ModelKind {
    type Err = Error;

    /// The word that is stored and answered; any other is `invalid`.
    fn from_str(text: &str) -> Result<Self> {
        let kind = serde_json::from_value(Value::from(text));
        kind.map_err(|_| Error::invalid("kind", "There is no such kind. GET /v1/models shows what there is."))
    }
}

impl ModelKind {
    /// How large one output may be, in bytes.
    #[must_use]
    pub fn output_limit(self) -> u64 {
        match self {
            Self::TextToImage | Self::ImageToImage | Self::Upscale => limits::IMAGE_OUTPUT_BYTES,
            Self::TextToVideo | Self::ImageToVideo => limits::VIDEO_OUTPUT_BYTES,
        }
    }
}

/// The pictures that a model takes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// The provider's names of the fields for them. The first must be given.
    pub fields: Vec<String>,
    /// How they are written.
    #[serde(default)]
    pub form: Form,
}

/// How a picture is written into a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// `data:<type>;base64,<bytes>`, <https://www.rfc-editor.org/rfc/rfc2397>
    #[default]
    DataUri,
    /// The bytes in base64 alone.
    Base64,
}

/// One model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Our own stable name.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// What it makes of what.
    pub kind: ModelKind,
    /// Who runs it.
    pub provider: ProviderName,
    /// What they call it.
    pub provider_model: String,
    /// What one generation costs, in credits.
    pub price: Rule,
    /// What it costs us at the provider, in millionths of a dollar.
    pub provider_cost: Rule,
    /// How much of the price it costs all the same when the provider stops it because it
    /// was called off. Before it is sent, calling off costs nothing.
    #[serde(rename = "cancel_percent")]
    cancel: Percent,
    /// The last day (in UTC) on which it takes something new, where its end is known.
    #[serde(default)]
    pub retires_on: Option<Date>,
    /// How long a generation may take, from the request to the stored output.
    deadline_seconds: u64,
    /// Which pictures it takes; none where the kind needs none.
    #[serde(default)]
    pub inputs: Inputs,
    /// What is sent to the provider with every job, beside prompt and settings.
    fixed_input: Map<String, Value>,
    /// What a person may set, as JSON Schema.
    pub settings: settings::Schema,
}

impl Model {
    /// How long a generation may take, from the request to the stored output.
    #[must_use]
    pub fn deadline(&self) -> Duration {
        Duration::from_secs(self.deadline_seconds)
    }

    /// What a generation costs with settings that this model accepted, in credits.
    ///
    /// # Errors
    /// `internal`, which the test of the catalogue rules out.
    pub fn price(&self, settings: &Settings) -> Result<Price> {
        self.price.price(settings)
    }

    /// What it costs when nothing is set.
    ///
    /// # Errors
    /// `internal`, which the test of the catalogue rules out.
    pub fn default_price(&self) -> Result<Credits> {
        Ok(Credits(self.price(&self.settings.accept(&Map::new())?)?.total))
    }

    /// What one of this price costs all the same when the provider stops it because it was
    /// called off: never more than the price.
    #[must_use]
    pub fn cancel_price(&self, price: Credits) -> Credits {
        self.cancel.of(price)
    }

    /// Whether it is past the last day on which it takes something new.
    #[must_use]
    pub fn has_retired(&self, now: Timestamp) -> bool {
        self.retires_on.is_some_and(|last| last < TimeZone::UTC.to_datetime(now).date())
    }

    /// What the provider is sent.
    #[must_use]
    pub fn input(&self, prompt: &str, settings: &Settings) -> Map<String, Value> {
        let mut input = self.fixed_input.clone();
        input.extend(settings.values().clone());
        input.insert("prompt".to_owned(), Value::from(prompt));
        input
    }
}

/// A share of a price, from nothing to all of it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u8")]
struct Percent(u8);

impl Percent {
    /// Rounded down: the person has the benefit of a fraction.
    fn of(self, price: Credits) -> Credits {
        let share = u128::from(price.0) * u128::from(self.0) / 100;
        Credits(u64::try_from(share).unwrap_or(price.0))
    }
}

impl TryFrom<u8> for Percent {
    type Error = &'static str;

    fn try_from(percent: u8) -> Result<Self, Self::Error> {
        if percent <= 100 { Ok(Self(percent)) } else { Err("a share is 100 percent at most") }
    }
}

/// All models.
#[derive(Debug, Clone)]
pub struct Catalogue(Vec<Model>);

impl Catalogue {
    /// The catalogue that is built in.
    ///
    /// # Errors
    /// `internal` when the file does not read; a test keeps it from being released so.
    pub fn built_in() -> Result<Self> {
        serde_json::from_str(FILE).map(Self).map_err(Error::internal)
    }

    /// Every model, in the order to show them.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.0
    }

    /// Those that take something new, if nobody has switched them off.
    pub fn on_offer(&self, now: Timestamp) -> impl Iterator<Item = &Model> {
        self.0.iter().filter(move |model| !model.has_retired(now))
    }

    /// The model of this id, for something new.
    ///
    /// # Errors
    /// `unknown_model`, `model_retired`.
    pub fn offered(&self, id: &str, now: Timestamp) -> Result<&Model> {
        let model = self.model(id)?;
        if model.has_retired(now) { Err(Error::ModelRetired) } else { Ok(model) }
    }

    /// The model of this id.
    ///
    /// # Errors
    /// `unknown_model`.
    pub fn model(&self, id: &str) -> Result<&Model> {
        self.0.iter().find(|model| model.id == id).ok_or(Error::UnknownModel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// More than any model may cost: a typing error should not reach a person.
    const MOST_CREDITS: u64 = 1_000;

    /// Twenty dollars, in millionths.
    const MOST_COST: u64 = 20_000_000;

    #[test]
    fn the_catalogue_is_sound() {
        let catalogue = Catalogue::built_in().unwrap();
        let ids: HashSet<&str> = catalogue.models().iter().map(|model| model.id.as_str()).collect();
        assert_eq!(ids.len(), catalogue.models().len(), "give every model an id of its own");
        for model in catalogue.models() {
            for (what, rule, most) in
                [("price", &model.price, MOST_CREDITS), ("provider_cost", &model.provider_cost, MOST_COST)]
            {
                assert_eq!(rule.check(&model.settings, most), Ok(()), "{}: mend its {what}", model.id);
            }
            let needs = matches!(model.kind, ModelKind::ImageToImage | ModelKind::ImageToVideo | ModelKind::Upscale);
            assert_eq!(needs, !model.inputs.fields.is_empty(), "{}: the kind says whether it takes pictures", model.id);
            assert!((60..=3_600).contains(&model.deadline().as_secs()), "{}: a deadline of 1 to 60 minutes", model.id);
            let defaults = model.settings.accept(&Map::new());
            assert!(defaults.is_ok(), "{}: every default must be one of its setting's values", model.id);
            let outputs = model.price(&defaults.unwrap()).unwrap().outputs();
            assert_eq!(outputs, 1, "{}: nobody should pay for more than one who did not ask for it", model.id);
        }
    }

    #[test]
    fn calling_off_never_costs_more_than_the_price() {
        for (percent, price, expected) in [(0, 40, 0), (50, 40, 20), (50, 41, 20), (99, 1, 0), (100, 41, 41)] {
            assert_eq!(Percent::try_from(percent).unwrap().of(Credits(price)), Credits(expected), "{percent} %");
        }
        assert_eq!(Percent(100).of(Credits(u64::MAX)), Credits(u64::MAX));
        assert!(Percent::try_from(101).is_err());
    }

    #[test]
    fn a_model_takes_something_until_the_end_of_its_last_day() {
        let mut model = Catalogue::built_in().unwrap().models()[0].clone();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(!model.has_retired(at("2999-01-01T00:00:00Z")), "a model without such a day stays");
        model.retires_on = Some("2026-12-31".parse().unwrap());
        let id = model.id.clone();
        let catalogue = Catalogue(vec![model]);
        let last = at("2026-12-31T23:59:59.999Z");
        assert!(catalogue.offered(&id, last).is_ok() && catalogue.on_offer(last).count() == 1);
        let after = at("2027-01-01T00:00:00Z");
        assert_eq!(catalogue.offered(&id, after).unwrap_err().code(), "model_retired");
        assert_eq!(catalogue.on_offer(after).count(), 0, "it is no longer listed");
        assert!(catalogue.model(&id).is_ok(), "what is under way still finds it");
    }
}
