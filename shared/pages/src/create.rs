//! `/create`: the composer with every model on offer, and the place of the results. All words and prices come from the
//! catalogue, so the page can be read before its script runs, and without it.

mod fields;

use crate::{
    create::fields::{Control, Field, Fields},
    money::prices::FAST,
    shell::{Shell, written},
};
use askama::Template;
use generations::{Catalogue, Model, ModelKind, Paused};
use kernel::{Error, Result, Timestamp, limits};

/// The groups of the price list, in their order.
const GROUPS: [(&str, &str); 4] = [("fast", "Fast"), ("best", "Best"), ("edit", "Edit"), ("video", "Video")];

/// A model of the price list.
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'static str,
    group: &'static str,
    /// The price with the default settings, in credits.
    price: u64,
    /// The rule of the price, as JSON for the script.
    rule: String,
    /// The greatest number of input pictures.
    inputs: usize,
    /// The typical time, for people. Empty where it is not known.
    time: String,
    /// The same in seconds. Empty where it is not known.
    seconds: String,
    is_paused: bool,
    fields: Fields,
}

/// The limits of what a person types and attaches.
struct Limits {
    prompt: usize,
    bytes: usize,
    megabytes: usize,
    side: u32,
    /// The most pixels of most pictures.
    plain: u64,
    /// The most pixels of one with transparency, and of a progressive JPEG.
    costly: u64,
    /// The most pixels of one with colours of 16 bits.
    deep: u64,
    types: String,
}

#[derive(Template)]
#[template(path = "create.html")]
struct Page<'a> {
    shell: &'a Shell<'a>,
    groups: Vec<(&'static str, &'static str, Vec<&'a Row<'a>>)>,
    rows: &'a [Row<'a>],
    chosen: Option<&'a Row<'a>>,
    limits: Limits,
}

/// The page with the models on offer. Those that an operator has paused are listed and cannot be chosen.
///
/// # Errors
/// `internal` when a model has no price for its defaults, or the page cannot be written.
pub fn render(shell: &Shell<'_>, catalogue: &Catalogue, paused: &Paused, now: Timestamp) -> Result<String> {
    let rows = catalogue.on_offer(now).map(|model| Row::new(model, paused)).collect::<Result<Vec<_>>>()?;
    let groups = GROUPS.map(|(id, title)| {
        let mut rows: Vec<_> = rows.iter().filter(|row| row.group == id).collect();
        rows.sort_by_key(|row| row.price);
        (id, title, rows)
    });
    let groups: Vec<_> = groups.into_iter().filter(|(.., rows)| !rows.is_empty()).collect();
    let listed = || groups.iter().flat_map(|(.., rows)| rows.iter().copied());
    let chosen = listed().find(|row| !row.is_paused).or_else(|| listed().next());
    written(&Page { shell, groups, rows: &rows, chosen, limits: Limits::new() })
}

impl Limits {
    fn new() -> Self {
        Self {
            prompt: limits::PROMPT_CHARS,
            bytes: limits::INPUT_BYTES,
            megabytes: limits::INPUT_BYTES / (1024 * 1024),
            side: limits::INPUT_SIDE,
            plain: limits::INPUT_PIXELS,
            costly: limits::INPUT_PIXELS_COSTLY,
            deep: limits::INPUT_PIXELS_DEEP,
            types: limits::INPUT_TYPES.join(","),
        }
    }
}

impl<'a> Row<'a> {
    fn new(model: &'a Model, paused: &Paused) -> Result<Self> {
        let price = model.default_price()?.0;
        let (kind, group) = match model.kind {
            ModelKind::TextToImage if price <= FAST => ("text_to_image", "fast"),
            ModelKind::TextToImage => ("text_to_image", "best"),
            ModelKind::ImageToImage => ("image_to_image", "edit"),
            ModelKind::Upscale => ("upscale", "edit"),
            ModelKind::TextToVideo => ("text_to_video", "video"),
            ModelKind::ImageToVideo => ("image_to_video", "video"),
        };
        let seconds = model.typical_seconds;
        Ok(Self {
            id: &model.id,
            name: &model.name,
            kind,
            group,
            price,
            rule: serde_json::to_string(&model.price).map_err(Error::internal)?,
            inputs: model.inputs.fields.len(),
            time: seconds.map_or_else(String::new, span),
            seconds: seconds.map_or_else(String::new, |seconds| seconds.to_string()),
            is_paused: !paused.admits(model),
            fields: Fields::of(model)?,
        })
    }

    /// The price on the button.
    fn credits(&self) -> String {
        match self.price {
            1 => "1 credit".to_owned(),
            price => format!("{price} credits"),
        }
    }
}

/// A time in words, as the scripts write it.
fn span(seconds: u64) -> String {
    match seconds {
        0..90 => format!("{seconds} s"),
        _ => format!("{} min", (seconds + 30) / 60),
    }
}

impl Field {
    /// The id of its element in the page.
    fn id(&self) -> String {
        self.name.replace('.', "-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use generations::TrainingVendors;

    const TODAY: &str = "2026-12-01T00:00:00Z";

    fn shell(signed_in: bool) -> Shell<'static> {
        Shell {
            signed_in,
            path: "/create",
            notice: None,
            gpc: false,
            tag: None,
            policy: "2026-12-01",
            terms: "2026-12-01",
            minimum_age: 18,
        }
    }

    fn page(signed_in: bool, paused: &str, now: &str) -> String {
        let catalogue = Catalogue::built_in().unwrap();
        let paused = Paused::parse(paused, &catalogue).unwrap();
        render(&shell(signed_in), &catalogue, &paused, now.parse().unwrap()).unwrap()
    }

    /// The row of a model in the price list.
    fn row<'a>(page: &'a str, id: &str) -> &'a str {
        let start =
            page.find(&format!("name=\"model\" value=\"{id}\"")).unwrap_or_else(|| panic!("list the model {id}"));
        &page[start..start + page[start..].find("</label>").unwrap()]
    }

    /// The text of a page that people read.
    fn visible(page: &str) -> String {
        let mut text = String::new();
        let mut is_tag = false;
        for char in page.chars() {
            match char {
                '<' => is_tag = true,
                '>' => is_tag = false,
                char if !is_tag => text.push(char),
                _ => {}
            }
        }
        text
    }

    #[test]
    fn every_model_on_offer_is_listed_with_the_price_of_the_catalogue() {
        let page = page(false, "none", TODAY);
        for model in Catalogue::built_in().unwrap().on_offer(TODAY.parse().unwrap()) {
            let row = row(&page, &model.id);
            let price = model.default_price().unwrap().0;
            assert!(row.contains(&format!("<span class=\"price\">{price}<")), "{}: {row}", model.id);
            assert!(row.contains(&model.name), "{}: {row}", model.id);
            assert!(page.contains(&format!("<template id=\"fields-{}\">", model.id)), "{} has fields", model.id);
        }
    }

    #[test]
    fn the_groups_go_by_what_a_model_makes_and_what_it_costs() {
        let page = page(false, "none", TODAY);
        let group = |id: &str| {
            let start = page.find(&format!("aria-labelledby=\"g-{id}\"")).unwrap();
            let end = page[start..].find("</div>").unwrap();
            let rows = page[start..start + end].split("name=\"model\" value=\"").skip(1);
            rows.map(|row| row.split('"').next().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(group("fast"), ["flux-schnell", "flux-schnell-fal"]);
        assert_eq!(group("best"), ["flux-1.1-pro-ultra", "stable-diffusion-3.5-large"]);
        assert_eq!(group("edit"), ["flux-kontext-dev", "clarity-upscaler", "flux-kontext-pro"]);
        assert_eq!(group("video").len(), 4);
    }

    #[test]
    fn people_see_no_raw_value() {
        for signed_in in [false, true] {
            let page = visible(&page(signed_in, "none", TODAY));
            assert!(
                !page.contains('_'),
                "give this words: {:?}",
                page.split_whitespace().find(|word| word.contains('_'))
            );
        }
    }

    #[test]
    fn the_button_has_the_price_before_and_after_the_sign_in() {
        let (out, within) = (page(false, "none", TODAY), page(true, "none", TODAY));
        assert!(visible(&out).contains("Sign in to create for 4 credits"));
        assert!(visible(&within).contains("Create for 4 credits") && !visible(&within).contains("Sign in to create"));
        assert!(out.contains("type=\"file\" disabled"), "a picture cannot be kept over a sign-in");
        assert!(!within.contains("type=\"file\" disabled"));
        for page in [out, within] {
            let button = page.find("id=\"submit\"").unwrap();
            assert!(page[button..button + 100].contains("disabled"), "without a script nothing may be sent");
            assert!(!page.contains("maxlength"), "a browser counts other characters than the API, and cuts in silence");
            assert!(page.contains("<noscript>") && page.contains("data-most=\"4000\""));
        }
    }

    #[test]
    fn a_paused_model_is_listed_and_cannot_be_chosen() {
        let page = page(true, "flux-schnell", TODAY);
        assert!(row(&page, "flux-schnell").contains("disabled") && row(&page, "flux-schnell").contains("Paused"));
        assert!(row(&page, "flux-schnell-fal").contains("checked"), "the next one is chosen");
        let all = self::page(true, "bfl,fal,replicate", TODAY);
        assert_eq!(all.matches("Paused").count(), Catalogue::built_in().unwrap().models().len());
    }

    #[test]
    fn without_a_model_the_page_says_why() {
        let catalogue = Catalogue::for_new_generations(TrainingVendors::default()).unwrap();
        let now = TODAY.parse().unwrap();
        let page = render(&shell(true), &catalogue, &Paused::default(), now).unwrap();
        assert_eq!(catalogue.on_offer(now).count(), 0, "no vendor of today's models excludes training");
        assert!(visible(&page).contains("may train"), "say why no model is left");
        assert!(page.contains("href=\"/vendors\"") && !page.contains("create.js"));
        assert!(!catalogue.models().iter().any(|model| page.contains(&model.name)), "a withheld model is not listed");
    }

    #[test]
    fn a_time_is_short() {
        assert_eq!([span(2), span(89), span(90), span(150)], ["2 s", "89 s", "2 min", "3 min"]);
    }
}
