//! The lines that CloudWatch counts are printed, with the fields that the template's filters compare.

use policy::{log_filter::LogFilter, template::Template};
use serde_json::json;
use testkit::{Fault, Faults, GoogleProfile};
use tests::{App, Printed, prompt};

#[tokio::test(start_paused = true)]
async fn an_answer_that_a_provider_is_paused_is_counted_and_a_fault_is_not() {
    let printed = Printed::in_production();
    let app = App::new(1).await;
    app.world().set_variable("PAUSED", "fal");
    let app = app.restarted().await;
    let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    // Switched off, at the cap, unavailable, invalid and accepted.
    let on_fal = json!({ "model": "flux-schnell-fal", "prompt": "a boat" });
    assert_eq!(person.generate(&on_fal).await.outcome(), (503, "provider_paused".to_owned()));
    app.world().set_variable("PAUSED", "none");
    app.world().set_variable("REPLICATE_DAILY_CAP", "0");
    let app = app.restarted().await;
    let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    assert_eq!(person.generate(&prompt("a boat")).await.outcome(), (503, "provider_paused".to_owned()));
    app.world().inject(Faults::every("dynamodb.", Fault::ServerError));
    assert_eq!(person.generate(&prompt("a boat")).await.outcome(), (503, "unavailable".to_owned()));
    app.world().inject(Faults::none());
    person.generate(&json!({ "model": "flux-schnell", "prompt": "" })).await.expect(422);
    person.generate(&on_fal).await.expect(202);

    let filter = LogFilter::of(&Template::read(), "ProviderPausedFilter");
    let (text, is_answer) = (printed.text(), |line: &&str| line.contains("\"answered\""));
    let counted: Vec<_> = text.lines().filter(|line| filter.counts(line)).collect();
    assert_eq!(counted.len(), 2, "both answers `provider_paused` must be counted, and no other line: {counted:#?}");
    assert!(counted.iter().all(is_answer), "{counted:#?}");
    let answers = text.lines().filter(is_answer).filter(|line| line.contains("POST /v1/generations"));
    assert_eq!(answers.count(), 5, "every answer must have a line: {text}");
}
