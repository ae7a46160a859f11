//! `/`: what this is, samples, prices, and the ways to sign in.

use crate::{
    money::prices::{Cost, costs, pack_price},
    shell::{Shell, written},
    words,
};
use askama::Template;
use billing::Plans;
use generations::Catalogue;
use kernel::{Result, Timestamp, limits::WELCOME_CREDITS};

/// A picture of the wall.
#[derive(Debug, Clone, Copy)]
struct Picture {
    /// The file among the assets.
    file: &'static str,
    /// The size in pixels.
    size: (u32, u32),
    /// The shape, as the stylesheet knows it.
    shape: &'static str,
    /// The prompt.
    prompt: &'static str,
    /// Its maker: the model that made it, or a sample.
    maker: &'static str,
}

const fn sample(
    maker: &'static str,
    file: &'static str,
    shape: &'static str,
    size: (u32, u32),
    prompt: &'static str,
) -> Picture {
    Picture { file, size, shape, prompt, maker }
}

/// The operator's own works, made with the models of the catalogue: each names its model as its maker. While there is
/// none, the page shows [`SAMPLES`]. No picture is ever attributed to a model that did not make it.
const WORKS: &[Picture] = &[];

/// Pictures that were drawn by a program, to show the page. The page says so.
const SAMPLES: &[Picture] = &[
    sample("Sample 01", "dunes", "16:9", (1120, 630), "Dunes after a storm, low sun, long shadows"),
    sample("Sample 02", "aurora", "2:3", (640, 960), "Northern lights over a still lake"),
    sample("Sample 03", "pears", "4:5", (800, 1000), "Three pears on an oak table, window light"),
    sample("Sample 04", "fern", "3:4", (720, 960), "Cyanotype photogram of ferns"),
    sample("Sample 05", "city", "16:9", (1120, 630), "A city in evening haze, first lights"),
    sample("Sample 06", "arches", "9:16", (630, 1120), "A vaulted arcade, late afternoon"),
    sample("Sample 07", "silk", "1:1", (900, 900), "Crimson silk, raking light, macro"),
    sample("Sample 08", "marble", "4:3", (960, 720), "Polished stone with veins of gold"),
    sample("Sample 09", "sea", "21:9", (1190, 510), "Open sea at dusk, one calm minute before dark"),
];

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    shell: &'a Shell<'a>,
    /// The page to which a sign-in returns.
    return_to: &'a str,
    models: String,
    first: Picture,
    wall: &'static [Picture],
    are_samples: bool,
    welcome: u64,
    /// The credits of the cheapest work. `None` if no model is on offer.
    cheapest: Option<u64>,
    costs: Vec<Cost>,
    pack: String,
}

/// The page.
///
/// # Errors
/// `internal` when the catalogue has no price for its defaults, or the page cannot be written.
pub fn render(shell: &Shell<'_>, catalogue: &Catalogue, plans: &Plans, now: Timestamp) -> Result<String> {
    let pictures = if WORKS.is_empty() { SAMPLES } else { WORKS };
    let Some((first, wall)) = pictures.split_first() else { return Ok(String::new()) };
    let offered: Vec<_> = catalogue.on_offer(now).collect();
    let cheapest =
        offered.iter().map(|model| model.default_price().map(|price| price.0)).collect::<Result<Vec<_>>>()?;
    written(&Home {
        shell,
        return_to: "/",
        models: words::count(offered.len()),
        first: *first,
        wall,
        are_samples: WORKS.is_empty(),
        welcome: WELCOME_CREDITS.0,
        cheapest: cheapest.into_iter().filter(|price| *price > 0).min(),
        costs: costs(&offered, plans)?,
        pack: pack_price(plans),
    })
}
