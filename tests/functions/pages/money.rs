//! The plans, the credits and the account: what their pages say without a script, and what they promise to their scripts.

use super::{asks, asks_signed_in, html::count, page};
use billing::Plans;
use generations::Catalogue;
use kernel::limits::{DELETION_DUE, DELETION_GRACE, NAME_CHARS, RECENT_SIGN_IN};
use std::collections::BTreeSet;
use tests::App;

/// The pages of a person, and the script of each.
const PERSONAL: [(&str, &str); 2] = [("/account", "account.js"), ("/billing", "billing.js")];

fn script(name: &str) -> &'static str {
    let asset = pages::named(name).unwrap_or_else(|| panic!("there is no asset {name}"));
    std::str::from_utf8(asset.content).unwrap()
}

/// The texts between these two in a text.
fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).map(move |rest| rest.split(end).next().unwrap_or_default())
}

/// P03: prices are open to everybody, and are those of the plans.
#[tokio::test(start_paused = true)]
async fn everybody_reads_every_plan_with_its_price_without_a_script() {
    let app = App::new(1).await;
    let (out, within) = (page(&app, asks("/plans")).await, page(&app, asks_signed_in("/plans")).await);
    let plans = Plans::built_in().unwrap();
    for plan in plans.all() {
        let price = format!("€{}.{:02}", plan.price.amount / 100, plan.price.amount % 100);
        let named = format!("{} credits for {price}\"", plan.credits.0);
        for html in [&out, &within] {
            assert!(html.contains(&format!("<td class=\"num\">{price}</td>")), "{} costs {price}: {html}", plan.id);
        }
        assert!(out.contains(&format!("Sign in to buy {named}")), "a visitor is led to the sign-in: {out}");
        let button = format!("value=\"{}\" data-price=\"{}\" aria-label=\"Buy {named}", plan.id, plan.price.amount);
        assert!(within.contains(&button), "{button} must be in {within}");
    }
    assert_eq!(count(&within, "data-act=\"buy\""), plans.all().len(), "nothing else is sold");
    assert!(out.contains("Up to 125 fast pictures") && out.contains("€2.00 for 100"), "{out}");
    assert!(out.contains("href=\"/sign-in?return_to=/plans\"") && !out.contains("plans.js"), "{out}");
    for html in [out, within] {
        assert!(html.contains("You pay on Stripe's own page; we never see your card."), "{html}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_model_the_plans_still_have_their_prices() {
    let app = App::new(1).await;
    app.world().set_variable("ALLOW_TRAINING_VENDORS", "none");
    let html = page(&app.restarted().await, asks("/plans")).await;
    assert!(html.contains("€9.99") && html.contains("No model is on offer right now."), "{html}");
    assert!(!html.contains("Up to"), "nothing can be made with a pack today: {html}");
}

/// A return from Stripe is no proof of a payment: what the page says depends on the statement, and its address changes
/// nothing.
#[tokio::test(start_paused = true)]
async fn the_address_of_a_return_claims_no_payment() {
    let app = App::new(1).await;
    let html = page(&app, asks_signed_in("/plans?checkout=success")).await;
    assert_eq!(html, page(&app, asks_signed_in("/plans")).await);
    let outcome = between(&html, "id=\"outcome\"", "</div>").next().unwrap();
    let hidden = outcome.lines().filter(|line| line.contains("data-if=")).all(|line| line.contains("\" hidden>"));
    assert!(hidden && outcome.starts_with(" tabindex=\"-1\" hidden"), "nothing is claimed beforehand: {outcome}");
    for state in ["waiting", "late", "over", "arrived", "covered", "canceled", "unknown"] {
        assert!(outcome.contains(&format!("data-if=\"{state}\"")), "the page has no words for {state}");
        assert!(script("plans.js").contains(&format!("\"{state}\"")), "nothing shows {state}");
    }
    let buys = between(script("plans.js"), "function buy(", "\n}\n").next().unwrap();
    let (noted, left) = (buys.find("remember(").unwrap(), buys.find("location.assign").unwrap());
    assert!(
        noted < left && buys.contains("newest?.version"),
        "note the newest entry before the browser leaves: {buys}"
    );
    assert!(script("plans.js").contains("version > least"), "an older purchase is not this one");
    let settles = between(script("plans.js"), "function settle(", "\n}\n").next().unwrap();
    assert!(settles.contains("mark.page !== page"), "an arrival ends its own purchase alone: {settles}");
    assert!(settles.contains("Math.max(mark.after, version)"), "and no other one claims it: {settles}");
}

/// A script that asks for an id that is missing ends with an error, and the page stays empty.
#[tokio::test(start_paused = true)]
async fn every_id_place_and_act_of_a_script_is_in_its_page() {
    let app = App::new(1).await;
    for (path, entry) in PERSONAL.into_iter().chain([("/plans", "plans.js")]) {
        let html = page(&app, asks_signed_in(path)).await;
        assert!(html.contains(&format!("/{entry}\" type=\"module\"")), "{path} must load {entry}");
        for id in between(script(entry), "$(\"", "\")").filter(|id| *id != "keep") {
            assert!(html.contains(&format!("id=\"{id}\"")), "{entry} needs #{id} in {path}");
        }
        for template in between(script(entry), "copy(\"", "\"") {
            assert!(html.contains(&format!("<template id=\"{template}\"")), "{entry} needs the template {template}");
        }
        let acts: BTreeSet<_> = between(&html, "data-act=\"", "\"").collect();
        for act in acts {
            let words = ["\n", ",", "{", ", ", "{ "].map(|before| format!("{before}{act}: "));
            let words =
                words.into_iter().chain([format!("async {act}("), format!("{{ {act} }}"), format!("{{ {act}, ")]);
            assert!(
                words.into_iter().any(|word| script(entry).contains(&word)),
                "{entry} must know the act {act} of {path}"
            );
        }
    }
}

/// Nothing of a person stays when the session ends: the part with it goes, and the way in is shown.
#[tokio::test(start_paused = true)]
async fn a_page_of_a_person_is_empty_without_a_session_and_says_why() {
    let app = App::new(1).await;
    for (path, entry) in PERSONAL {
        let (out, within) = (page(&app, asks(path)).await, page(&app, asks_signed_in(path)).await);
        assert!(!out.contains(entry) && out.contains("Only you can see"), "{path} must say why it is empty: {out}");
        assert!(out.contains(&format!("return_to={path}&#38;")), "the sign-in must lead back to {path}");
        let root = format!("id=\"{}\" data-personal", path.trim_start_matches('/'));
        assert!(within.contains(&root) && !out.contains(&root), "{path} has all that is personal in one part");
        assert!(script(entry).contains("listen(root, "), "{entry} must remove that part when the session ends");
        let words = between(&within, "<noscript>", "</noscript>").next().expect("words for no script");
        assert!(words.contains("Switch JavaScript on") && words.contains("href=\"/contact\""), "{path}: {words}");
    }
}

/// The dates and the money stand before the field, so nobody learns of them after the click.
#[tokio::test(start_paused = true)]
async fn a_deletion_says_what_it_does_before_it_can_be_asked_for() {
    let app = App::new(1).await;
    let html = page(&app, asks_signed_in("/account")).await;
    let (before, form) = html.split_once("<form class=\"stack\" id=\"delete-form\"").unwrap();
    let part = before.split("id=\"delete\"").nth(1).unwrap();
    let days = |period: std::time::Duration| period.as_secs() / (24 * 60 * 60);
    for text in [
        format!("data-days=\"{}\"", days(DELETION_GRACE)),
        format!("by <time data-is=\"date\" data-day data-days=\"{}\"", days(DELETION_DUE)),
        "The money".to_owned(),
        "data-is=\"bought\"".to_owned(),
        "href=\"/withdraw\"".to_owned(),
        "for 90 days after the erasure".to_owned(),
        "signed receipt".to_owned(),
    ] {
        assert!(part.contains(&text), "{text} must stand before the field: {part}");
    }
    assert!(form.contains("type: delete my account</label>"), "{form}");
    assert!(
        script("account.js").contains("const CONFIRMATION = \"delete my account\";"),
        "the API takes this text alone"
    );
    assert!(html.contains(&format!("data-most=\"{NAME_CHARS}\"")), "the page has the limit of a name");
    assert!(html.contains(&format!("within the last {} minutes", RECENT_SIGN_IN.as_secs() / 60)), "{html}");
}

#[tokio::test(start_paused = true)]
async fn people_read_no_code_of_the_statement() {
    let app = App::new(1).await;
    let html = page(&app, asks_signed_in("/billing")).await;
    let contract = tests::document();
    let codes = ["EntryKind", "LotSource", "ClawbackCause"].into_iter().flat_map(|name| {
        contract["components"]["schemas"][name]["enum"].as_array().unwrap().iter().map(|code| code.as_str().unwrap())
    });
    let codes: Vec<&str> = codes.collect();
    assert!(codes.len() > 20, "the statement has more codes than {codes:?}");
    for code in codes {
        assert!(
            html.contains(&format!("<option value=\"{code}\">")),
            "say {code} in words in shared/pages/src/money/billing.rs"
        );
    }
    for model in Catalogue::built_in().unwrap().models() {
        assert!(html.contains(&format!("<option value=\"{}\">", model.id)), "{} has no name", model.id);
    }
}
