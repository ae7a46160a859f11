//! `/models` and `/models/{id}`: the catalogue for people.

mod rule;
mod settings;

use crate::{
    models::settings::Choice,
    shell::{Shell, written},
    words,
};
use askama::Template;
use generations::{Catalogue, Model, ModelKind, Paused};
use jiff::tz::TimeZone;
use kernel::{Result, Timestamp};
use register::vendors::vendor;

/// A heading of the list, and the kinds of models below it.
type Heading = (&'static str, &'static str, &'static str, &'static [ModelKind]);

const HEADINGS: [Heading; 4] = [
    ("pictures", "Pictures", "from words", &[ModelKind::TextToImage]),
    ("edit", "Edit", "change a picture of yours", &[ModelKind::ImageToImage]),
    ("enlarge", "Enlarge", "make a picture larger", &[ModelKind::Upscale]),
    ("video", "Video", "from words or a picture", &[ModelKind::TextToVideo, ModelKind::ImageToVideo]),
];

/// Whether a model takes new work.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Available,
    Paused,
    /// Its vendor may train with inputs, and the operator has not allowed that.
    Withheld,
    /// It takes new work until this day.
    Retiring(String),
    /// It took new work until this day.
    Retired(String),
}

impl State {
    fn of(model: &Model, catalogue: &Catalogue, paused: &Paused, now: Timestamp) -> Self {
        let today = TimeZone::UTC.to_datetime(now).date();
        match model.retires_on {
            Some(last) if last < today => Self::Retired(words::day(last)),
            _ if catalogue.withholds(model) => Self::Withheld,
            _ if !paused.admits(model) => Self::Paused,
            Some(last) => Self::Retiring(words::day(last)),
            None => Self::Available,
        }
    }

    fn takes_work(&self) -> bool {
        matches!(self, Self::Available | Self::Retiring(_))
    }

    fn class(&self) -> &'static str {
        match self {
            Self::Available => "good",
            Self::Paused | Self::Withheld | Self::Retired(_) => "bad",
            Self::Retiring(_) => "meta",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Available => "Available".to_owned(),
            Self::Paused => "Paused for now".to_owned(),
            Self::Withheld => "Not on offer: its vendor may train with inputs".to_owned(),
            Self::Retiring(last) => format!("Until {last}"),
            Self::Retired(last) => format!("Ended on {last}"),
        }
    }
}

/// A model of the list.
struct Listed<'a> {
    id: &'a str,
    name: &'a str,
    price: String,
    state: State,
}

impl<'a> Listed<'a> {
    fn new(model: &'a Model, catalogue: &Catalogue, paused: &Paused, now: Timestamp) -> Result<Self> {
        let price = words::number(model.default_price()?.0);
        Ok(Self { id: &model.id, name: &model.name, price, state: State::of(model, catalogue, paused, now) })
    }
}

struct Group<'a> {
    id: &'static str,
    title: &'static str,
    about: &'static str,
    models: Vec<Listed<'a>>,
}

#[derive(Template)]
#[template(path = "models.html")]
struct List<'a> {
    shell: &'a Shell<'a>,
    groups: Vec<Group<'a>>,
}

impl List<'_> {
    /// Whether any model takes new work.
    fn takes_work(&self) -> bool {
        self.groups.iter().flat_map(|group| &group.models).any(|model| model.state.takes_work())
    }
}

#[derive(Template)]
#[template(path = "model.html")]
struct One<'a> {
    shell: &'a Shell<'a>,
    model: Listed<'a>,
    what: &'static str,
    rule: String,
    pictures: String,
    minutes: u64,
    vendor: &'a str,
    vendor_name: &'a str,
    settings: Vec<Choice>,
}

/// The page of all models, also of those that are paused or have retired.
///
/// # Errors
/// `internal` when a model has no price for its defaults, or the page cannot be written.
pub fn render(shell: &Shell<'_>, catalogue: &Catalogue, paused: &Paused, now: Timestamp) -> Result<String> {
    let mut groups = Vec::with_capacity(HEADINGS.len());
    for (id, title, about, kinds) in HEADINGS {
        let of_kind = catalogue.models().iter().filter(|model| kinds.contains(&model.kind));
        let models = of_kind.map(|model| Listed::new(model, catalogue, paused, now)).collect::<Result<Vec<_>>>()?;
        groups.push(Group { id, title, about, models });
    }
    groups.retain(|group| !group.models.is_empty());
    written(&List { shell, groups })
}

/// The page of one model. `None` if there is no model of this id.
///
/// # Errors
/// As for [`render`].
pub fn one(
    shell: &Shell<'_>,
    catalogue: &Catalogue,
    paused: &Paused,
    now: Timestamp,
    id: &str,
) -> Result<Option<String>> {
    let Some(model) = catalogue.models().iter().find(|model| model.id == id) else { return Ok(None) };
    let key = model.provider.as_str();
    let page = One {
        shell,
        model: Listed::new(model, catalogue, paused, now)?,
        what: what(model.kind),
        rule: rule::words(&model.price)?,
        pictures: match model.inputs.fields.len() {
            0 => "None".to_owned(),
            1 => "One".to_owned(),
            most => format!("One to {}", words::count(most)),
        },
        minutes: model.deadline().as_secs().div_ceil(60),
        vendor: key,
        vendor_name: vendor(key).map_or(key, |vendor| vendor.name),
        settings: settings::choices(&model.settings)?,
    };
    written(&page).map(Some)
}

/// The sentence about a kind of model.
fn what(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::TextToImage => "Makes pictures from your words.",
        ModelKind::ImageToImage => "Changes a picture of yours as your words say.",
        ModelKind::TextToVideo => "Makes a short video from your words.",
        ModelKind::ImageToVideo => "Makes a short video that begins with a picture of yours.",
        ModelKind::Upscale => "Makes a picture of yours larger, with more detail.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use generations::TrainingVendors;

    #[test]
    fn a_model_is_available_paused_retiring_or_retired() {
        let catalogue = Catalogue::built_in().unwrap();
        let mut model = catalogue.models()[0].clone();
        let (open, paused) = (Paused::default(), Paused::parse(&model.id, &catalogue).unwrap());
        let now: Timestamp = "2027-01-15T12:00:00Z".parse().unwrap();
        assert_eq!(State::of(&model, &catalogue, &open, now), State::Available);
        assert_eq!(State::of(&model, &catalogue, &paused, now), State::Paused);
        model.retires_on = Some("2027-01-15".parse().unwrap());
        assert_eq!(State::of(&model, &catalogue, &open, now), State::Retiring("15 January 2027".to_owned()));
        assert_eq!(State::of(&model, &catalogue, &paused, now), State::Paused);
        model.retires_on = Some("2027-01-14".parse().unwrap());
        assert_eq!(State::of(&model, &catalogue, &paused, now).words(), "Ended on 14 January 2027");
        assert!(!State::of(&model, &catalogue, &open, now).takes_work());
        model.retires_on = None;
        let none = Catalogue::for_new_generations(TrainingVendors::parse("none").unwrap()).unwrap();
        assert_eq!(State::of(&model, &none, &open, now), State::Withheld);
    }
}
