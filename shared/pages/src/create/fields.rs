//! The fields of a model's settings, in the words of people.

use generations::{Model, PriceRule};
use kernel::{Error, Result};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Values that say little by themselves: the words for them, and the shape as the stylesheet knows it.
const VALUES: [(&str, &str, &str); 9] = [
    ("match_input_image", "As your picture", ""),
    ("square_hd", "Square", "1:1"),
    ("square", "Square, small", "1:1"),
    ("portrait_4_3", "Portrait 3:4", "3:4"),
    ("portrait_16_9", "Portrait 9:16", "9:16"),
    ("landscape_4_3", "Landscape 4:3", "4:3"),
    ("landscape_16_9", "Landscape 16:9", "16:9"),
    ("standard", "Standard", ""),
    ("pro", "Pro", ""),
];

/// A number with more values than this is a field to type in, and no choice.
const MOST_CHOICES: i64 = 16;

/// A setting with more values than this is a list that opens, and no row of buttons.
const MOST_BUTTONS: usize = 4;

/// The fields of a model, by their places in the form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Fields {
    /// The number of pictures, beside the button.
    pub(crate) count: Option<Field>,
    /// The shape.
    pub(crate) shape: Option<Field>,
    /// Those that change the price. They are always open.
    pub(crate) priced: Vec<Field>,
    /// The others, under "More".
    pub(crate) more: Vec<Field>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// The name in the form: the type of the value and the name of the setting, such as `int.seed`.
    pub(crate) name: String,
    /// The label.
    pub(crate) title: String,
    /// The effect of the setting. Empty where the label says it.
    pub(crate) hint: String,
    /// How its value is given.
    pub(crate) control: Control,
}

/// How the value of a field is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Control {
    /// Buttons of which one is pressed.
    Buttons(Vec<Choice>),
    /// A list that opens.
    List(Vec<Choice>),
    /// A text with this many characters at most.
    Text(usize),
    /// A whole number between these two. Without one, the model takes any.
    Number(i64, i64),
}

/// A value that a person may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The value that is sent.
    pub(crate) value: String,
    /// Its words.
    pub(crate) words: String,
    /// The shape, as the stylesheet knows it. Empty if it is none.
    pub(crate) shape: String,
    /// Whether it holds without a choice.
    pub(crate) is_default: bool,
}

/// A setting as `GET /v1/models` shows it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Setting {
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    r#enum: Vec<String>,
    default: Option<serde_json::Value>,
    minimum: Option<i64>,
    maximum: Option<i64>,
    multiple_of: Option<i64>,
    max_length: Option<usize>,
}

#[derive(Debug, Deserialize)]
struct Schema {
    properties: BTreeMap<String, Setting>,
}

impl Fields {
    /// The fields of a model.
    ///
    /// # Errors
    /// `internal` when its schema has another form than the catalogue writes.
    pub(crate) fn of(model: &Model) -> Result<Self> {
        let schema = serde_json::to_value(&model.settings).and_then(serde_json::from_value::<Schema>);
        let priced = serde_json::to_string(&model.price).map_err(Error::internal)?;
        let mut fields = Self::default();
        for (name, setting) in schema.map_err(Error::internal)?.properties {
            let field = Field::new(&name, &setting);
            match name.as_str() {
                "aspect_ratio" | "image_size" => fields.shape = Some(field),
                _ if is_count(&model.price, &name) => fields.count = Some(field),
                _ if priced.contains(&format!("\"{name}\"")) => fields.priced.push(field),
                _ => fields.more.push(field),
            }
        }
        Ok(fields)
    }

    /// The words of the shape that holds without a choice, with a comma before them. Empty without one.
    pub(crate) fn usual_shape(&self) -> String {
        let choices = self.shape.iter().flat_map(|field| field.choices());
        choices.filter(|choice| choice.is_default).map(|choice| format!(", {}", choice.words)).collect()
    }
}

/// Whether a setting is the number of pictures that are paid for.
fn is_count(rule: &PriceRule, name: &str) -> bool {
    matches!(rule, PriceRule::Image { images: generations::Count::Setting(setting), .. } if setting == name)
}

impl Field {
    fn new(name: &str, setting: &Setting) -> Self {
        let kind = if setting.minimum.is_some() { "int" } else { "text" };
        Self {
            name: format!("{kind}.{name}"),
            title: title(name, &setting.title),
            hint: setting.description.clone(),
            control: control(name, setting),
        }
    }

    /// The values of a field that is a choice. Empty for another one.
    pub(crate) fn choices(&self) -> &[Choice] {
        match &self.control {
            Control::Buttons(choices) | Control::List(choices) => choices,
            Control::Text(_) | Control::Number(..) => &[],
        }
    }
}

/// The label of a setting. The catalogue has the names of the field.
fn title(name: &str, title: &str) -> String {
    match name {
        "negative_prompt" => "Leave out".to_owned(),
        "duration" => "Length".to_owned(),
        _ => title.to_owned(),
    }
}

fn control(name: &str, setting: &Setting) -> Control {
    let values = match (setting.minimum, setting.maximum) {
        (Some(least), Some(most)) if setting.default.is_some() && most - least < MOST_CHOICES => {
            let step = setting.multiple_of.unwrap_or(1);
            (least..=most).filter(|number| number % step == 0).map(|number| number.to_string()).collect()
        }
        (Some(least), Some(most)) => return Control::Number(least, most),
        _ => setting.r#enum.clone(),
    };
    if values.is_empty() {
        return Control::Text(setting.max_length.unwrap_or_default());
    }
    let usual = setting.default.as_ref().map(|usual| usual.as_str().map_or_else(|| usual.to_string(), str::to_owned));
    let choices: Vec<_> = values.into_iter().map(|value| choice(name, value, usual.as_deref())).collect();
    let is_shape = choices.iter().any(|choice| !choice.shape.is_empty());
    if is_shape || choices.len() <= MOST_BUTTONS { Control::Buttons(choices) } else { Control::List(choices) }
}

fn choice(name: &str, value: String, usual: Option<&str>) -> Choice {
    let known = VALUES.iter().find(|(known, ..)| *known == value);
    let words = match known {
        Some((_, words, _)) => (*words).to_owned(),
        None if name == "duration" => format!("{value} s"),
        None => value.clone(),
    };
    let shape = match known {
        Some((.., shape)) => (*shape).to_owned(),
        None => value.split_once(':').map_or_else(String::new, |_| value.clone()),
    };
    Choice { is_default: usual == Some(value.as_str()), value, words, shape }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::named;
    use generations::Catalogue;

    fn all() -> Vec<(String, Fields)> {
        let catalogue = Catalogue::built_in().unwrap();
        catalogue.models().iter().map(|model| (model.id.clone(), Fields::of(model).unwrap())).collect()
    }

    fn every(fields: &Fields) -> impl Iterator<Item = &Field> {
        fields.count.iter().chain(&fields.shape).chain(&fields.priced).chain(&fields.more)
    }

    #[test]
    fn every_setting_of_every_model_has_a_field() {
        for model in Catalogue::built_in().unwrap().models() {
            let fields = Fields::of(model).unwrap();
            let mut names: Vec<_> = every(&fields).filter_map(|field| field.name.split('.').nth(1)).collect();
            names.sort_unstable();
            let schema = serde_json::to_value(&model.settings).unwrap();
            let known: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
            assert_eq!(names, known, "{}: each setting has one field", model.id);
        }
    }

    #[test]
    fn people_read_words_and_no_raw_value() {
        for (model, fields) in all() {
            for Field { title, hint, .. } in every(&fields) {
                assert!(!title.contains('_') && !hint.contains('_'), "{model}: {title}, {hint}");
            }
            for Choice { value, words, .. } in every(&fields).flat_map(Field::choices) {
                let is_plain = words.starts_with(|first: char| first.is_uppercase() || first.is_ascii_digit());
                assert!(is_plain && !words.contains('_'), "{model}: give {value} words in VALUES");
            }
        }
    }

    #[test]
    fn the_stylesheet_and_the_scripts_know_every_shape() {
        let text = |name| str::from_utf8(named(name).unwrap().content).unwrap();
        for (model, fields) in all() {
            for Choice { value, words, shape, .. } in fields.shape.iter().flat_map(|field| field.choices()) {
                let is_known = shape.is_empty() || text("site.css").contains(&format!("[data-ar=\"{shape}\"]"));
                assert!(is_known, "{model}: site.css has no shape {shape}");
                let is_said = value == words || text("words.js").contains(&format!("{value}: \"{words}\""));
                assert!(is_said, "{model}: words.js must say {words:?} for {value}");
                assert!(
                    shape.is_empty() || text("job.js").contains(&format!("\"{shape}\"")),
                    "job.js has no shape {shape}"
                );
            }
        }
    }

    #[test]
    fn what_changes_the_price_is_always_in_sight() {
        let fields = |id: &str| all().into_iter().find(|(model, _)| model == id).unwrap().1;
        let names = |fields: &[Field]| fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
        let seedance = fields("seedance-1-lite");
        assert_eq!(names(&seedance.priced), ["int.duration", "text.resolution"]);
        assert_eq!(names(&seedance.more), ["int.seed"]);
        assert!(matches!(seedance.priced[0].control, Control::List(_)), "eight lengths are a list");
        assert!(matches!(seedance.priced[1].control, Control::Buttons(_)), "three sizes are buttons");
        let schnell = fields("flux-schnell");
        assert_eq!(schnell.count.unwrap().choices().len(), 4);
        assert_eq!(
            (names(&schnell.priced).len(), schnell.more[0].control.clone()),
            (0, Control::Number(0, u32::MAX.into()))
        );
        let diffusion = fields("stable-diffusion-3.5-large");
        assert_eq!(
            (diffusion.more[0].title.as_str(), diffusion.more[0].control.clone()),
            ("Leave out", Control::Text(1000))
        );
        assert_eq!((diffusion.count, diffusion.shape.map(|field| field.choices().len())), (None, Some(9)));
    }
}
