//! The costs of pictures and videos, in credits and about in money.

use crate::words;
use billing::{Plan, Plans};
use generations::{Model, ModelKind};
use kernel::Result;

/// A row of the table of costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cost {
    /// The kind of work.
    pub(crate) what: &'static str,
    /// The credits: a number, or a range.
    pub(crate) credits: String,
    /// The same in money, at the price of the smallest pack.
    pub(crate) about: String,
}

/// A model with a price up to this one is fast: it makes a picture in seconds.
pub(crate) const FAST: u64 = 5;

/// A kind of work, and the models that make it.
type Row = (&'static str, fn(ModelKind, u64) -> bool);

const ROWS: [Row; 5] = [
    ("A fast picture", |kind, price| kind == ModelKind::TextToImage && price <= FAST),
    ("A picture from the best models", |kind, price| kind == ModelKind::TextToImage && price > FAST),
    ("A change to your own picture", |kind, _| kind == ModelKind::ImageToImage),
    ("A larger copy of a picture", |kind, _| kind == ModelKind::Upscale),
    ("A video of five seconds", |kind, _| matches!(kind, ModelKind::TextToVideo | ModelKind::ImageToVideo)),
];

/// The works by which packs are compared.
const MADE: [Row; 3] = [
    ("fast pictures", |kind, price| kind == ModelKind::TextToImage && price <= FAST),
    ("pictures from the best models", |kind, price| kind == ModelKind::TextToImage && price > FAST),
    ("videos", |kind, _| matches!(kind, ModelKind::TextToVideo | ModelKind::ImageToVideo)),
];

/// The costs with the default settings of the models. A kind that no model makes is left out.
pub(crate) fn costs(models: &[&Model], plans: &Plans) -> Result<Vec<Cost>> {
    let smallest = smallest(plans);
    let mut costs = Vec::with_capacity(ROWS.len());
    for (what, makes) in ROWS {
        let mut prices = Vec::new();
        for model in models {
            let price = model.default_price()?.0;
            prices.extend(makes(model.kind, price).then_some(price));
        }
        let (Some(least), Some(most)) = (prices.iter().min(), prices.iter().max()) else { continue };
        let about = |credits: u64| smallest.map_or_else(String::new, |pack| for_credits(credits, pack));
        let range = |show: &dyn Fn(u64) -> String| match least == most {
            true => show(*least),
            false => format!("{} to {}", show(*least), show(*most)),
        };
        costs.push(Cost { what, credits: range(&words::number), about: range(&about) });
    }
    Ok(costs)
}

/// The works that a number of credits pays for, at the least price of each kind: "up to 125 fast pictures, 83 of the best, or 25
/// videos". Empty if no model is on offer.
pub(crate) fn made_with(credits: u64, models: &[&Model]) -> Result<String> {
    let mut parts = Vec::with_capacity(MADE.len());
    for (name, makes) in MADE {
        let mut least = None;
        for model in models {
            let price = model.default_price()?.0;
            if price > 0 && makes(model.kind, price) {
                least = Some(least.map_or(price, |least: u64| least.min(price)));
            }
        }
        parts.extend(least.map(|least| format!("{} {name}", words::number(credits / least))));
    }
    Ok(match parts.split_last() {
        None => String::new(),
        Some((one, [])) => format!("Up to {one}"),
        Some((last, others)) => format!("Up to {} or {last}", others.join(", ")),
    })
}

/// Credits at the price of a pack.
pub(crate) fn for_credits(credits: u64, pack: &Plan) -> String {
    let hundredths = (credits * pack.price.amount).div_ceil(pack.credits.0.max(1));
    words::money(hundredths, pack.price.currency.code())
}

/// The price of the smallest pack. Empty if nothing is on sale.
pub(crate) fn pack_price(plans: &Plans) -> String {
    smallest(plans).map_or_else(String::new, |plan| words::money(plan.price.amount, plan.price.currency.code()))
}

fn smallest(plans: &Plans) -> Option<&Plan> {
    plans.all().iter().min_by_key(|plan| plan.price.amount)
}
