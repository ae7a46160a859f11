//! What is refused without a word rings at any traffic: payments, Stripe's webhooks, and tokens.

use crate::{
    alarms::{COUNTED, NAMESPACE},
    assert_found, assert_none,
    template::Template,
    tree,
    watched::{expression, number, on, text, threshold, watched},
};

/// The metric of `stripe-webhook`: a paid event that grants nothing.
const UNGRANTED: &str = "UngrantedPayments";
/// The metric of a filter: webhooks of Stripe with a wrong signature.
const STRIPE: &str = "StripeRefusals";
/// The metric of `identity-webhook`: refused messages about people's identities that the partner has signed.
const IDENTITY: &str = "IdentityRefusals";
/// The most refused webhooks of Stripe that may pass without a ring, and the seconds in which they are counted. A
/// shop with one sale a day must notice a wrong secret: Stripe gives an event up after three days. The same numbers hold
/// for messages about identities, of which there are as few.
const STRIPE_REFUSALS: (i64, i64) = (3, 24 * 60 * 60);
/// The most answers 401 in one period that may pass without a look at their share, and the fewest periods.
const SHARE: (i64, i64) = (20, 3);
/// The metric of a filter: answers 401 to people and clients.
const UNAUTHENTICATED: &str = "UnauthenticatedAnswers";

/// A wrong secret is noticed at any traffic: that of Stripe within a day, that of our tokens by the share of the
/// requests that it refuses.
fn refusals(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    for (namespace, metric) in
        [(NAMESPACE, UNGRANTED), (COUNTED, STRIPE), (NAMESPACE, IDENTITY), (COUNTED, UNAUTHENTICATED)]
    {
        if on(template, namespace, metric).count() != 1 {
            findings.push(format!("let one alarm ring on {metric} of {namespace}"));
        }
    }
    let (most, seconds) = STRIPE_REFUSALS;
    for alarm in on(template, COUNTED, STRIPE).chain(on(template, NAMESPACE, IDENTITY)) {
        let counted = watched(alarm).iter().all(|it| it.statistic == "Sum" && it.period >= seconds);
        if !counted || threshold(alarm).is_none_or(|threshold| threshold > most) {
            findings.push(format!("{}: ring at {most} refusals within {seconds} s", alarm.name));
        }
    }
    for alarm in on(template, NAMESPACE, UNGRANTED) {
        if threshold(alarm) != Some(1) || text(alarm, "ComparisonOperator") != "GreaterThanOrEqualToThreshold" {
            findings.push(format!("{}: ring at the first payment", alarm.name));
        }
    }
    let (floor, periods) = SHARE;
    for alarm in on(template, COUNTED, UNAUTHENTICATED) {
        let share = expression(alarm).and_then(|text| {
            let (least, rest) = text.strip_prefix("IF(refused >= ")?.split_once(", ")?;
            (rest == "100 * refused / requests, 0)").then(|| least.parse::<i64>().ok())?
        });
        if share.is_none_or(|least| least > floor) {
            findings.push(format!("{}: ring on the share of the requests, from {floor} refusals on", alarm.name));
        }
        if number(alarm, "EvaluationPeriods").is_none_or(|evaluated| evaluated < periods) {
            findings.push(format!("{}: ring after {periods} periods", alarm.name));
        }
    }
    findings
}

#[test]
fn what_is_refused_rings_at_any_traffic() {
    assert_none(refusals(&Template::read()));
    for (function, metric) in [("billing/stripe-webhook", UNGRANTED), ("identity/identity-webhook", IDENTITY)] {
        let code = tree::code(&tree::read(&format!("functions/{function}/src/lib.rs")));
        assert!(tree::literals(&code).contains(&metric), "{function} must publish {metric}");
    }
}

#[test]
fn a_refusal_that_nobody_hears_is_found() {
    for (from, to, found) in [
        ("MetricName: UngrantedPayments", "MetricName: Payments", "on UngrantedPayments of Cinemaxsai"),
        (
            "MetricName: UngrantedPayments\n      Dimensions: [{Name: Stage, Value: !Ref Stage}]\n      Statistic: Sum\n      \
             Period: 300\n      EvaluationPeriods: 1\n      Threshold: 1",
            "MetricName: UngrantedPayments\n      Dimensions: [{Name: Stage, Value: !Ref Stage}]\n      Statistic: Sum\n      \
             Period: 300\n      EvaluationPeriods: 1\n      Threshold: 2",
            "UngrantedPaymentsAlarm: ring at the first payment",
        ),
        ("Period: 86400", "Period: 900", "StripeRefusalsAlarm: ring at 3 refusals within 86400 s"),
        ("MetricName: IdentityRefusals", "MetricName: Refusals", "on IdentityRefusals of Cinemaxsai"),
        ("IF(refused >= 10,", "IF(refused >= 300,", "UnauthenticatedAlarm: ring on the share"),
        (
            "EvaluationPeriods: 3\n      Threshold: 50",
            "EvaluationPeriods: 1\n      Threshold: 50",
            "UnauthenticatedAlarm: ring after 3 periods",
        ),
    ] {
        assert_found(&refusals(&Template::with(from, to)), found);
    }
}
