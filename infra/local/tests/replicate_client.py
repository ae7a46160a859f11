"""Drives the fake Replicate with Replicate's own official client.

    python replicate_client.py http://127.0.0.1:7001 r8_local

needs the package `replicate` of infra/local/requirements.txt. Exits with 0 when the client
works with the fake as with the real service.
"""

import http.client
import json
import sys
import threading
import time

import httpx
import replicate
from replicate.exceptions import ModelError, ReplicateError
from replicate.webhook import InvalidSignatureError, InvalidTimestampError, Webhooks

from harness import Fake, Receiver, browse, expect_picture, refusal, run

BASE, TOKEN = sys.argv[1:3]
control = Fake(BASE).control
MODEL = "black-forest-labs/flux-schnell"
INPUT = {"prompt": "a red fox", "aspect_ratio": "16:9", "output_format": "png"}


def a_prediction_is_created_polled_and_downloaded(client):
    control(success_after_ms=300)
    prediction = client.models.predictions.create(MODEL, input={**INPUT, "num_outputs": 2})
    assert prediction.status == "starting" and prediction.model == MODEL, prediction
    prediction.wait()
    assert prediction.status == "succeeded" and len(prediction.output) == 2, prediction
    assert prediction.metrics["total_time"] > 0, prediction
    expect_picture(prediction.output[1])


def progress_is_read_from_the_logs(client):
    control(success_after_ms=1_500)
    prediction = client.models.predictions.create(MODEL, input=INPUT)
    seen = []
    while prediction.status not in ("succeeded", "failed"):
        if prediction.progress:
            seen.append(prediction.progress.percentage)
        time.sleep(0.1)
        prediction.reload()
    assert len(set(seen)) > 2 and seen == sorted(seen) and seen[-1] <= 1, seen
    assert prediction.progress.percentage == 1 and prediction.progress.total == 20, prediction.progress


def run_waits_for_the_output(client):
    control(success_after_ms=300)
    started = time.monotonic()
    output = client.run(MODEL, input=INPUT)
    assert output[0].endswith("/out-0.png") and time.monotonic() - started >= 0.3, output


def a_version_may_be_named_instead(client):
    control(success_after_ms=300)
    prediction = client.predictions.create(version=MODEL, input=INPUT)
    prediction.wait()
    assert prediction.status == "succeeded" and len(prediction.version) == 64, prediction


def predictions_are_listed_newest_first(client):
    control()
    made = [client.models.predictions.create(MODEL, input=INPUT).id for _ in range(103)]
    first = client.predictions.list()
    second = client.predictions.list(first.next)
    assert len(first) == 100 and second.next is None, (len(first), second.next)
    listed = [prediction.id for prediction in [*first, *second]]
    assert listed[:103] == made[::-1], "every prediction must be listed once, newest first"


def a_running_prediction_can_be_canceled(client):
    control(success_after_ms=60_000)
    prediction = client.models.predictions.create(MODEL, input=INPUT)
    prediction.cancel()
    assert prediction.status == "canceled", prediction
    assert client.predictions.get(prediction.id).status == "canceled"


def failures_have_the_shapes_that_the_client_knows(client):
    control(outcome="moderated", success_after_ms=100)
    error = refusal(ModelError, lambda: client.run(MODEL, input=INPUT, wait=False))
    assert "NSFW" in error.prediction.error, error
    stranger = replicate.Client(api_token="wrong", base_url=BASE)
    cases = [
        (401, {}, lambda: stranger.predictions.list()),
        (402, {"submit": "out_of_credit"}, lambda: client.models.predictions.create(MODEL, input=INPUT)),
        (404, {}, lambda: client.predictions.get("nonesuch")),
        (404, {}, lambda: client.models.predictions.create("no/such-model", input=INPUT)),
        (422, {}, lambda: client.models.predictions.create(MODEL, input={})),
        (422, {}, lambda: client.predictions.create(version="0" * 64, input=INPUT)),
    ]
    for status, knobs, call in cases:
        control(**knobs)
        error = refusal(ReplicateError, call)
        assert error.status == status and error.detail, (status, error)


def throttling_is_waited_out(client):
    control(reads="throttled", retry_after_s=1)
    threading.Timer(0.5, control).start()
    started = time.monotonic()
    client.predictions.list()
    assert time.monotonic() - started >= 1, "the client must have heeded Retry-After"


def connections_break_as_the_knobs_say(client):
    control(submit="answer_lost", output="cut_off", success_after_ms=100, times=1)
    refusal(httpx.RemoteProtocolError, lambda: client.models.predictions.create(MODEL, input=INPUT))
    prediction = client.predictions.list()[0]
    prediction.wait()
    refusal(http.client.IncompleteRead, lambda: browse(prediction.output[0]))


def webhooks_are_signed_as_the_client_expects(client):
    receiver, secret = Receiver(), client.webhooks.default.secret()
    create = lambda: client.models.predictions.create(
        MODEL, input=INPUT, webhook=receiver.url, webhook_events_filter=["completed"]
    )
    validate = lambda webhook: Webhooks.validate(
        headers=webhook.headers, body=webhook.body.decode(), secret=secret, tolerance=300
    )

    control(success_after_ms=100)
    receiver.refusals = 1
    prediction = create()
    first, again = receiver.next(), receiver.next()
    validate(first)
    told = json.loads(first.body)
    assert told["id"] == prediction.id and told["status"] == "succeeded", told
    assert again.headers["webhook-id"] == first.headers["webhook-id"], "a repeated webhook must keep its id"

    for mode, kind in [("bad_signature", InvalidSignatureError), ("stale", InvalidTimestampError)]:
        control(success_after_ms=100, webhook=mode)
        create()
        webhook = receiver.next()
        refusal(kind, lambda: validate(webhook))

    control(success_after_ms=60_000, webhook="early")
    prediction = create()
    told = json.loads(receiver.arrived().body)
    assert told["id"] == prediction.id, "an early webhook must come before the answer"


if __name__ == "__main__":
    official = replicate.Client(api_token=TOKEN, base_url=BASE)
    checks = [
        a_prediction_is_created_polled_and_downloaded,
        progress_is_read_from_the_logs,
        progress_is_read_from_the_logs,
        run_waits_for_the_output,
        a_version_may_be_named_instead,
        predictions_are_listed_newest_first,
        a_running_prediction_can_be_canceled,
        failures_have_the_shapes_that_the_client_knows,
        throttling_is_waited_out,
        connections_break_as_the_knobs_say,
        webhooks_are_signed_as_the_client_expects,
    ]
    run(checks, official)
    control()
