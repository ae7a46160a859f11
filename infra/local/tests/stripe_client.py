"""Stripe's own official client, PyPI `stripe`, against a fake Stripe.

Arguments: the fake's base URL, its key, its webhook secret, the port that it sends webhooks to.
"""

import sys
import time
import urllib.error

import stripe

from harness import Fake, Receiver, browse, refusal, run

BASE, KEY, SECRET, PORT = sys.argv[1:5]
FAKE, RECEIVER = Fake(BASE), Receiver(int(PORT))
PARAMS = {
    "mode": "payment",
    "line_items": [
        {
            "quantity": 1,
            "price_data": {"currency": "eur", "unit_amount": 999, "product_data": {"name": "500 credits & more"}},
        }
    ],
    "adaptive_pricing": {"enabled": False},
    "client_reference_id": "account.pack-500.order.mac",
    "metadata": {"order": "account.pack-500.order.mac"},
    "payment_intent_data": {"metadata": {"order": "account.pack-500.order.mac"}},
    "success_url": f"http://127.0.0.1:{PORT}/back?session={{CHECKOUT_SESSION_ID}}",
    "cancel_url": f"http://127.0.0.1:{PORT}/canceled",
}


def control(**knobs):
    """Resets all knobs, turns the given ones, and forgets the received webhooks."""
    FAKE.control(**knobs)
    while not RECEIVER.deliveries.empty():
        RECEIVER.arrived()


def parsed(webhook):
    """The event of a webhook, verified and parsed as in Stripe's documents."""
    return stripe.Webhook.construct_event(webhook.body, webhook.headers["stripe-signature"], SECRET)


def received():
    """The event of the next webhook."""
    return parsed(RECEIVER.next())


def pay(session):
    """Presses the button of the hosted page. Returns the buyer's next page."""
    html = browse(session.url)
    assert "EUR 9.99" in html and "500 credits &amp; more" in html and "/canceled" in html, html
    return browse(session.url, {})


def a_session_is_opened_paid_and_delivered(client):
    control()
    session = client.v1.checkout.sessions.create(PARAMS)
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None), session
    assert session.amount_total == 999 and session.expires_at - session.created == 24 * 3600, session
    seen = pay(session)
    assert seen == f"/back?session={session.id}", seen
    event = parsed(RECEIVER.arrived())  # The buyer comes back after the webhook, as at Stripe.
    assert event.type == "checkout.session.completed" and event.api_version == stripe.api_version, event
    told = event.data.object
    assert (told.id, told.status, told.payment_status) == (session.id, "complete", "paid"), told
    assert told.metadata["order"] == PARAMS["metadata"]["order"] == told.client_reference_id, told
    intent = client.v1.payment_intents.retrieve(told.payment_intent)
    assert (intent.status, intent.amount_received, intent.currency) == ("succeeded", 999, "eur"), intent
    assert intent.metadata["order"] == PARAMS["metadata"]["order"], intent
    again = client.v1.checkout.sessions.retrieve(session.id)
    assert again.payment_intent == told.payment_intent and again.url is None, again


def a_repeated_key_opens_one_session(client):
    control()
    keyed = {"idempotency_key": f"key-{time.time()}"}
    first = client.v1.checkout.sessions.create(PARAMS, keyed)
    second = client.v1.checkout.sessions.create(PARAMS, keyed)
    assert first.id == second.id and second.last_response.headers["idempotent-replayed"] == "true"
    other = {**PARAMS, "metadata": {"order": "another"}}
    error = refusal(stripe.IdempotencyError, lambda: client.v1.checkout.sessions.create(other, keyed))
    assert error.http_status == 400, error


def refusals_have_the_shapes_that_the_client_knows(client):
    control()
    create = client.v1.checkout.sessions.create
    without = lambda name: {key: value for key, value in PARAMS.items() if key != name}
    cases = [
        ("parameter_unknown", "customer_emial", {**PARAMS, "customer_emial": "x"}),
        ("parameter_missing", "success_url", without("success_url")),
        ("url_invalid", "success_url", {**PARAMS, "success_url": "nowhere"}),
        (None, "expires_at", {**PARAMS, "expires_at": int(time.time()) + 60}),
    ]
    for code, param, params in cases:
        error = refusal(stripe.InvalidRequestError, lambda: create(params))
        assert (error.http_status, error.code, error.param) == (400, code, param), (error, error.code, error.param)
        assert error.request_id and error.user_message, error
    error = refusal(stripe.InvalidRequestError, lambda: client.v1.checkout.sessions.retrieve("cs_nonesuch"))
    assert (error.http_status, error.code) == (404, "resource_missing"), error
    stranger = stripe.StripeClient("sk_test_stranger", base_addresses={"api": BASE})
    refusal(stripe.AuthenticationError, lambda: stranger.v1.checkout.sessions.create(PARAMS))
    old = {"stripe_version": "2019-05-16"}
    refusal(stripe.InvalidRequestError, lambda: client.v1.checkout.sessions.create(PARAMS, old))


def a_delayed_payment_has_a_later_event(client):
    control(payment="later", payment_after_ms=300)
    session = client.v1.checkout.sessions.create(PARAMS)
    pay(session)
    completed, succeeded = received(), received()
    assert (completed.type, completed.data.object.payment_status) == ("checkout.session.completed", "unpaid")
    assert succeeded.type == "checkout.session.async_payment_succeeded", succeeded
    assert succeeded.data.object.payment_status == "paid", succeeded
    assert succeeded.data.object.payment_intent == completed.data.object.payment_intent, succeeded


def an_expired_session_cannot_be_paid(client):
    control()
    session = client.v1.checkout.sessions.create(PARAMS)
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"
    assert received().type == "checkout.session.expired"
    error = refusal(urllib.error.HTTPError, lambda: browse(session.url, {}))
    assert error.code == 410, error


def webhooks_are_repeated_and_forged_as_the_knobs_say(client):
    control()
    RECEIVER.refusals = 1
    pay(client.v1.checkout.sessions.create(PARAMS))
    first, second = received(), received()
    assert first.id == second.id, "a webhook that was refused must come again"

    control(webhook="twice")
    pay(client.v1.checkout.sessions.create(PARAMS))
    assert received().id == received().id

    for mode in ["bad_signature", "stale"]:
        control(webhook=mode)
        pay(client.v1.checkout.sessions.create(PARAMS))
        refusal(stripe.SignatureVerificationError, received)


if __name__ == "__main__":
    official = stripe.StripeClient(KEY, base_addresses={"api": BASE}, max_network_retries=0)
    checks = [
        a_session_is_opened_paid_and_delivered,
        a_repeated_key_opens_one_session,
        refusals_have_the_shapes_that_the_client_knows,
        a_delayed_payment_has_a_later_event,
        an_expired_session_cannot_be_paid,
        webhooks_are_repeated_and_forged_as_the_knobs_say,
    ]
    run(checks, official)
    control()
