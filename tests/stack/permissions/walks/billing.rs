//! Credits and payments.

use super::people::{Walked, newcomer};
use crate::{
    journey,
    permissions::quiet::Quiet,
    person::{client, done, send},
};

/// The walk of a function of this file; `None` for another function.
pub async fn walk(quiet: &Quiet, function: &str) -> Option<Walked> {
    Some(match function {
        "Checkout" => checkout(quiet).await,
        "GetCredits" => get_credits(quiet).await,
        "GetUsage" => get_usage(quiet).await,
        "StripeWebhook" => stripe_webhook(quiet).await,
        _ => return None,
    })
}

/// The first page is one query; a later page also reads the balance.
async fn get_credits(quiet: &Quiet) -> Walked {
    let person = newcomer(quiet).await?;
    person.submit().await.when(202)?;
    let first = person.get("/v1/credits?limit=1").await.when(200)?;
    let cursor = first["next_cursor"].as_str().ok_or("the statement has one page")?;
    person.get(&format!("/v1/credits?limit=1&cursor={cursor}")).await.when(200).map(drop)
}

async fn get_usage(quiet: &Quiet) -> Walked {
    newcomer(quiet).await?.get("/v1/usage").await.when(200).map(drop)
}

async fn checkout(quiet: &Quiet) -> Walked {
    journey::opens_a_checkout(&newcomer(quiet).await?).await.map(drop)
}

/// A person pays, and Stripe sends the webhook.
async fn stripe_webhook(quiet: &Quiet) -> Walked {
    let session = journey::opens_a_checkout(&newcomer(quiet).await?).await?;
    let (stripe, now) = (quiet.platform().stripe(), quiet.platform().now());
    let paid = stripe.pay(now, &session).status();
    let session = stripe.session(now, &session).ok_or(format!("there is no page to pay on ({paid})"))?;
    let told = stripe.event(now, "checkout.session.completed", &session);
    let request = client().post(&told.url).headers(told.headers).body(told.body);
    done(&send(request, "POST /v1/webhooks/stripe".to_owned()).await)
}
