//! The public limits and prices.

use generations::{Catalogue, Model, ModelKind};
use kernel::{Credits, MicroDollars, limits};
use policy::{
    assert_none,
    template::{FUNCTION, Template},
    tree,
    yaml::Node,
};
use providers::ProviderName;
use serde_json::{Map, Value};
use std::{iter, time::Duration};

/// The price of the first model of each kind.
const IMAGE_PRICE: Credits = Credits(4);
const VIDEO_PRICE: Credits = Credits(20);

/// Clients rely on these limits. A change of one is a change of the API: change it here and in
/// functions/README.md, and note it in CHANGELOG.md.
#[test]
fn the_limits_have_their_promised_values() {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let days = |days: u64| minutes(days * 24 * 60);
    assert_eq!(limits::PROMPT_CHARS, 4_000);
    assert_eq!(limits::NAME_CHARS, 200);
    assert_eq!((limits::TITLE_CHARS, limits::SEARCH_CHARS, limits::FILTERED_AT_ONCE), (200, 200, 500));
    assert_eq!(limits::JSON_BODY_BYTES, 65_536);
    assert_eq!((limits::LIST_DEFAULT, limits::LIST_MAX), (24, 100));
    assert_eq!(limits::IDEMPOTENCY_KEY_CHARS, 64);
    assert_eq!(limits::IDEMPOTENCY_KEY_LIFETIME, days(1));
    assert_eq!((limits::UPLOADS_MAX, limits::UPLOAD_OPEN, limits::UPLOAD_LIFETIME), (10, minutes(5), days(1)));
    assert_eq!((limits::INPUT_BYTES, limits::INPUT_SIDE), (20 * 1024 * 1024, 16_384));
    let pixels = (limits::INPUT_PIXELS, limits::INPUT_PIXELS_COSTLY, limits::INPUT_PIXELS_DEEP);
    assert_eq!(pixels, (33_000_000, 25_000_000, 12_000_000));
    assert_eq!(limits::INPUT_TYPES, ["image/png", "image/jpeg", "image/webp"]);
    assert_eq!((limits::PERSON_PICTURE_BYTES, limits::PERSON_PICTURE_SIDE), (2 * 1024 * 1024, 192));
    assert_eq!(limits::WELCOME_CREDITS, Credits(50));
    assert_eq!(limits::BATCH_MAX, 4);
    assert_eq!((limits::PARALLEL_GENERATIONS, limits::PARALLEL_GENERATIONS_MAX), (3, 32));
    assert_eq!(
        (limits::FREE_CANCELS_DAILY, limits::LOST_JOBS_DAILY),
        (MicroDollars(500_000), MicroDollars(15_000_000))
    );
    assert_eq!((limits::REFUSED_DAILY, limits::REFUSED_PAUSE, limits::REFUSED_PAUSE_MAX), (10, minutes(60), days(1)));
    assert_eq!((limits::LOTS_MAX, limits::USAGE_MONTHS), (200, 13));
    assert_eq!((limits::RELEASED_LIFETIME, limits::LATE_LIFETIME), (days(1), days(2)));
    assert_eq!(limits::ACCESS_TOKEN_LIFETIME, minutes(10));
    assert_eq!((limits::SESSION_IDLE_LIFETIME, limits::SESSION_LIFETIME), (days(30), days(180)));
    assert_eq!(limits::SESSIONS_MAX, 20);
    assert_eq!(limits::REFRESH_GRACE, Duration::from_secs(30));
    assert_eq!(limits::SIGN_IN_LIFETIME, minutes(10));
    assert_eq!(limits::SIGN_IN_LOG_LIFETIME, days(90));
    assert_eq!(limits::DOWNLOAD_LINK_LIFETIME, minutes(5));
    assert_eq!(limits::UNDO_WINDOW, Duration::from_secs(30));
    assert_eq!((limits::DELETION_GRACE, limits::DELETION_DUE), (days(7), days(30)));
    assert_eq!((limits::ERASURE_SETTLES, limits::WELCOME_MARKER_LIFETIME), (days(1), days(90)));
}

#[test]
fn the_first_model_of_a_kind_has_its_promised_price() {
    let catalogue = Catalogue::built_in().expect("the catalogue parses");
    for (kind, price) in [(ModelKind::TextToImage, IMAGE_PRICE), (ModelKind::TextToVideo, VIDEO_PRICE)] {
        let first = catalogue.models().iter().find(|model| model.kind == kind);
        assert_eq!(first.and_then(|model| model.default_price().ok()), Some(price), "{kind:?}");
    }
}

/// The time that a function needs to answer after a request to AWS has timed out.
const TO_ANSWER: Duration = Duration::from_secs(2);

fn ended_too_early(template: &Template) -> Vec<String> {
    let least = (aws::REQUEST_TIMEOUT + TO_ANSWER).as_secs() as i64;
    let too_early = template.all(FUNCTION).filter(|function| {
        let timeout = template.setting(*function, "Timeout").and_then(Node::number);
        timeout.is_none_or(|timeout| timeout < least)
    });
    too_early.map(|function| format!("{}: give it a Timeout of {least} or more", function.name)).collect()
}

/// A dead connection must end in an answer with `retry-after`, before Lambda ends the function.
#[test]
fn every_timeout_leaves_time_to_answer_after_an_aws_timeout() {
    assert_none(ended_too_early(&Template::read()));
    let shorter = Template::with("    Timeout: 10", "    Timeout: 9");
    assert!(!ended_too_early(&shorter).is_empty(), "a function of nine seconds must be found");
}

/// The timeout of `LoginCallback` in the template, and a shorter one.
const LOGIN: &str = "a dead connection to AWS after it.\n      Timeout: 29";
const LOGIN_OF_27: &str = "a dead connection to AWS after it.\n      Timeout: 27";

/// The functions that wait for partners, and the longest time until they know that nothing comes. A request to AWS may
/// follow the exchange of a code or come before two revocations, and none follows a message.
fn waits() -> [(&'static str, Duration); 3] {
    [
        ("LoginCallback", identity::EXCHANGE_TIMEOUT + aws::REQUEST_TIMEOUT),
        ("UnlinkIdentity", aws::REQUEST_TIMEOUT + identity::REVOCATION_TIMEOUT * 2),
        // Reads and writes are a part of it.
        ("IdentityWebhook", identity::NOTICE_TIMEOUT),
    ]
}

fn waiting_too_long(template: &Template) -> Vec<String> {
    let too_long = waits().into_iter().filter(|(name, longest)| {
        let function = template.find(FUNCTION, name);
        let timeout = function.and_then(|function| template.setting(function, "Timeout")).and_then(Node::number);
        timeout.is_none_or(|timeout| timeout < (*longest + TO_ANSWER).as_secs() as i64)
    });
    too_long.map(|(name, longest)| format!("{name}: its Timeout must be longer than {} s", longest.as_secs())).collect()
}

/// A partner that hangs must end in an answer too, and not in the end of the function.
#[test]
fn every_timeout_leaves_time_to_answer_after_a_partners() {
    assert_none(waiting_too_long(&Template::read()));
    for (from, to) in [("    Timeout: 10", "    Timeout: 9"), (LOGIN, LOGIN_OF_27)] {
        assert!(!waiting_too_long(&Template::with(from, to)).is_empty(), "{to} is too short");
    }
    assert!(net::KEYS_TIMEOUT < identity::NOTICE_TIMEOUT, "keys that do not come leave time for the message");
}

/// The rows about choices and notices.
fn rows_of_consents() -> [String; 2] {
    let (daily, hours) = (limits::CONSENTS_DAILY, limits::DEVICE_CLOCK_AHEAD.as_secs() / (60 * 60));
    let days = limits::CHOICE_LIFETIME.as_secs() / (24 * 60 * 60);
    [
        format!("| choices about consent, and notices, of an account | {daily} a day (UTC)"),
        format!("| a choice about consent, a notice | made at most {days} days ago, and at most {hours} hours ahead |"),
    ]
}

#[test]
fn the_readme_lists_the_limits_as_they_are() {
    let readme = tree::read("functions/README.md");
    let (_, section) = readme.split_once("\n## Limits\n").expect("functions/README.md has a section Limits");
    let section = section.split("\n## ").next().unwrap_or_default();
    let minutes = |duration: Duration| format!("{} minutes", duration.as_secs() / 60);
    let days = |duration: Duration| duration.as_secs() / (24 * 60 * 60);
    let (session, sign_in) = (days(limits::SESSION_IDLE_LIFETIME), days(limits::SIGN_IN_LOG_LIFETIME));
    let rows = [
        format!("| 1 to {},{:03} characters |", limits::PROMPT_CHARS / 1_000, limits::PROMPT_CHARS % 1_000),
        format!("| 1 to {} characters |", limits::TITLE_CHARS),
        format!("| 1 to {} characters, in prompt or title, without regard to case |", limits::SEARCH_CHARS),
        format!("| one page searches at most {} generations |", limits::FILTERED_AT_ONCE),
        format!("| {} seconds with `undo=true`, otherwise at once |", limits::UNDO_WINDOW.as_secs()),
        format!("| {} KiB |", limits::JSON_BODY_BYTES / 1_024),
        format!("| `limit` 1 to {}, default {} |", limits::LIST_MAX, limits::LIST_DEFAULT),
        format!("| 1 to {} characters of ", limits::IDEMPOTENCY_KEY_CHARS),
        format!("remembered for {} hours |", limits::IDEMPOTENCY_KEY_LIFETIME.as_secs() / (60 * 60)),
        format!("| 1 to {}, where the model makes several |", limits::BATCH_MAX),
        format!("| {} without a plan", limits::PARALLEL_GENERATIONS),
        format!("without a plan, at most {} |", limits::PARALLEL_GENERATIONS_MAX),
        format!("cost us at most 0.{:02} dollars; beyond", limits::FREE_CANCELS_DAILY.0 / 10_000),
        format!("| {} a day (UTC), then a pause of 1 hour, which doubles each time |", limits::REFUSED_DAILY),
        format!("| as many as cost us {} dollars a day (UTC) |", limits::LOST_JOBS_DAILY.0 / 1_000_000),
        format!("| {} open at once, of which at most {} are frozen", limits::LOTS_MAX, limits::FROZEN_LOTS_MAX),
        format!(
            "stay valid for at least {} hours more, but at most {} hours beyond",
            limits::RELEASED_LIFETIME.as_secs() / (60 * 60),
            limits::LATE_LIFETIME.as_secs() / (60 * 60)
        ),
        format!("| the newest {} months |", limits::USAGE_MONTHS),
        format!(
            "| {} credits; an image costs {IMAGE_PRICE} or more, a video {VIDEO_PRICE} or more. After {} new accounts",
            limits::WELCOME_CREDITS,
            limits::WELCOME_LOTS_DAILY
        ),
        format!("| {0} a minute may begin, and {0} may end.", limits::SIGN_INS_A_MINUTE),
        format!("| sign-ins of an account | {} an hour |", limits::SIGN_INS_HOURLY),
        format!("| refreshes of sessions of an account | {} a minute |", limits::REFRESHES_A_MINUTE),
        format!("| checkouts of an account | {} in ten minutes |", limits::CHECKOUTS_IN_TEN_MINUTES),
        format!("| messages to support | {} an hour of an account,", limits::CONTACTS_HOURLY),
        format!("| reports | {} an hour of an account,", limits::REPORTS_HOURLY),
        format!(
            "| {}; {session} days unused, at most {} days in all |",
            minutes(limits::ACCESS_TOKEN_LIFETIME),
            days(limits::SESSION_LIFETIME)
        ),
        format!("| {} at once; a sign-in beyond that ends the one used longest ago |", limits::SESSIONS_MAX),
        format!("| {} |", minutes(limits::DOWNLOAD_LINK_LIFETIME)),
        format!("| WebP, at most {} pixels wide and high;", limits::THUMBNAIL_SIDE),
        format!("| kept for {sign_in} days |"),
    ];
    let rows = rows.into_iter().chain(rows_of_inputs()).chain(rows_of_consents());
    let missing = rows.filter(|row| !section.contains(row.as_str()));
    assert_none(missing.map(|row| format!("functions/README.md must say `{row}` in its section Limits")).collect());
}

/// The rows about input pictures.
fn rows_of_inputs() -> [String; 3] {
    let minutes = |duration: Duration| format!("{} minutes", duration.as_secs() / 60);
    [
        format!("at most {} MiB, {},384 pixels a side", limits::INPUT_BYTES >> 20, limits::INPUT_SIDE / 1_000),
        format!(
            "and {} million in all ({} million with transparency or as a progressive JPEG, {} million with 16 bits",
            limits::INPUT_PIXELS / 1_000_000,
            limits::INPUT_PIXELS_COSTLY / 1_000_000,
            limits::INPUT_PIXELS_DEEP / 1_000_000
        ),
        format!(
            "| {} at once; sent within {}, usable for {} hours |",
            limits::UPLOADS_MAX,
            minutes(limits::UPLOAD_OPEN),
            limits::UPLOAD_LIFETIME.as_secs() / (60 * 60)
        ),
    ]
}

/// A setting with more values than these is no part of a price: a seed, a text.
const FEW: i64 = 100;

/// The values of a setting, as JSON Schema allows them. `None` for a setting with too many.
fn values(schema: &Value) -> Option<Vec<Value>> {
    if let Some(listed) = schema["enum"].as_array() {
        return Some(listed.clone());
    }
    let (least, most) = (schema["minimum"].as_i64()?, schema["maximum"].as_i64()?);
    let step = schema["multipleOf"].as_i64().unwrap_or(1);
    (most - least < FEW).then(|| (least..=most).filter(|number| number % step == 0).map(Value::from).collect())
}

/// The most that one job of a model can cost us, in millionths of a dollar.
fn dearest_job(model: &Model) -> u64 {
    let schema = serde_json::to_value(&model.settings).unwrap();
    let mut all = vec![Map::new()];
    for (name, setting) in schema["properties"].as_object().unwrap() {
        let Some(values) = values(setting) else { continue };
        let with = |chosen: &Map<String, Value>, value: &Value| {
            chosen.clone().into_iter().chain(iter::once((name.clone(), value.clone()))).collect()
        };
        all = all.iter().flat_map(|chosen| values.iter().map(move |value| with(chosen, value))).collect();
    }
    let cost = |chosen| model.provider_cost.breakdown(&model.settings.accept(chosen).unwrap()).unwrap().total;
    all.iter().map(cost).max().unwrap()
}

/// The most that one account can cost us on a day without paying for it, in millionths of a dollar: the jobs
/// that are lost until the limit, those that are under way by then, the first canceled job, and the free ones
/// after it.
fn unpaid_at_most(dearest: u64, lost_daily: MicroDollars) -> u64 {
    lost_daily.0 + dearest * u64::from(limits::PARALLEL_GENERATIONS_MAX) + dearest + limits::FREE_CANCELS_DAILY.0
}

#[test]
fn no_account_can_reach_the_cap_of_a_provider_without_paying() {
    let (catalogue, template) = (Catalogue::built_in().unwrap(), Template::read());
    for (provider, parameter, dearest) in [
        (ProviderName::Bfl, "BflDailyCap", 60_000),
        (ProviderName::Fal, "FalDailyCap", 12_000),
        (ProviderName::Replicate, "ReplicateDailyCap", 900_000),
    ] {
        let default = template.at(&["Parameters", parameter, "Default"]).and_then(Node::number);
        let cap = default.and_then(|dollars| u64::try_from(dollars).ok()).expect("a cap in whole dollars") * 1_000_000;
        let of_provider = catalogue.models().iter().filter(|model| model.provider == provider);
        assert_eq!(of_provider.map(dearest_job).max(), Some(dearest), "the dearest job of {provider:?}");
        let most = unpaid_at_most(dearest, limits::LOST_JOBS_DAILY);
        assert!(
            most < cap,
            "one account can cost us {most} millionths of a dollar at {provider:?} unpaid, and {parameter} is {cap}: \
             raise the cap, or lower `LOST_JOBS_DAILY`"
        );
        assert!(10 * dearest <= limits::LOST_JOBS_DAILY.0, "ten failures of the dearest job must meet no limit");
        assert!(unpaid_at_most(dearest, MicroDollars(cap)) >= cap, "a limit as high as the cap would not do");
    }
}
