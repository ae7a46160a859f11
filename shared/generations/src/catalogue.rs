//! The models on offer, as data.

use crate::settings::{self, Settings};
use kernel::{Credits, Error, Result, limits};
use providers::ProviderName;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{str::FromStr, time::Duration};

/// The one file that lists the models.
const FILE: &str = include_str!("../catalogue.json");

/// What a model makes of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
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

impl FromStr for Kind {
    type Err = Error;

    /// The word that is stored and answered; any other is `invalid`.
    fn from_str(text: &str) -> Result<Self> {
        let kind = serde_json::from_value(Value::from(text));
        kind.map_err(|_| Error::invalid("kind", "There is no such kind. GET /v1/models shows what there is."))
    }
}

impl Kind {
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
    pub kind: Kind,
    /// Who runs it.
    pub provider: ProviderName,
    /// What they call it.
    pub provider_model: String,
    /// What one generation costs.
    pub price: Credits,
    /// What it costs all the same when the provider stops it because it was called off; at
    /// most the price. Before it is sent, calling off costs nothing.
    pub cancel_price: Credits,
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

    /// What the provider is sent.
    #[must_use]
    pub fn input(&self, prompt: &str, settings: &Settings) -> Map<String, Value> {
        let mut input = self.fixed_input.clone();
        input.extend(settings.values().clone());
        input.insert("prompt".to_owned(), Value::from(prompt));
        input
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

    /// What its provider calls the model of this id: empty when the catalogue has it no
    /// longer, which leaves a job under way to those providers that need no model to ask.
    #[must_use]
    pub fn provider_model(&self, id: &str) -> &str {
        self.model(id).map_or("", |model| &model.provider_model)
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

    #[test]
    fn the_catalogue_is_sound() {
        let catalogue = Catalogue::built_in().unwrap();
        let ids: HashSet<&str> = catalogue.models().iter().map(|model| model.id.as_str()).collect();
        assert_eq!(ids.len(), catalogue.models().len(), "give every model an id of its own");
        for model in catalogue.models() {
            assert!(!model.price.is_zero(), "{}: a model must cost something", model.id);
            assert!(model.cancel_price <= model.price, "{}: calling off may cost the price at most", model.id);
            let needs = matches!(model.kind, Kind::ImageToImage | Kind::ImageToVideo | Kind::Upscale);
            assert_eq!(needs, !model.inputs.fields.is_empty(), "{}: the kind says whether it takes pictures", model.id);
            assert!((60..=3_600).contains(&model.deadline().as_secs()), "{}: a deadline of 1 to 60 minutes", model.id);
            let defaults = model.settings.accept(&Map::new());
            assert!(defaults.is_ok(), "{}: every default must be one of its setting's values", model.id);
        }
    }
}
