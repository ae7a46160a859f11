//! `/plans`: the packs on sale with their prices, and what they are worth in pictures. It needs no script to be read.

use crate::{
    money::prices::{Cost, costs, for_credits, made_with},
    shell::{Shell, written},
    words,
};
use askama::Template;
use billing::{Plan, Plans};
use generations::{Catalogue, Model};
use kernel::{Result, Timestamp};

/// Of how many credits a pack's price is told for comparison.
const COMPARED: u64 = 100;

/// A pack on sale.
struct Pack<'a> {
    id: &'a str,
    credits: String,
    price: String,
    /// The price in hundredths, for the script.
    hundredths: u64,
    /// The price of a hundred credits of it.
    hundred: String,
    /// The works that it pays for. Empty if no model is on offer.
    makes: String,
}

#[derive(Template)]
#[template(path = "plans.html")]
struct Page<'a> {
    shell: &'a Shell<'a>,
    packs: Vec<Pack<'a>>,
    costs: Vec<Cost>,
}

/// The page.
///
/// # Errors
/// `internal` when a model has no price for its defaults, or the page cannot be written.
pub fn render(shell: &Shell<'_>, catalogue: &Catalogue, plans: &Plans, now: Timestamp) -> Result<String> {
    let offered: Vec<_> = catalogue.on_offer(now).collect();
    let packs = plans.all().iter().map(|plan| Pack::new(plan, &offered)).collect::<Result<_>>()?;
    written(&Page { shell, packs, costs: costs(&offered, plans)? })
}

impl<'a> Pack<'a> {
    fn new(plan: &'a Plan, offered: &[&Model]) -> Result<Self> {
        Ok(Self {
            id: &plan.id,
            credits: words::number(plan.credits.0),
            price: words::money(plan.price.amount, plan.price.currency.code()),
            hundredths: plan.price.amount,
            hundred: for_credits(COMPARED, plan),
            makes: made_with(plan.credits.0, offered)?,
        })
    }
}
