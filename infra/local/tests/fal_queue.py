"""Drives the fake fal with fal's own official client.

    python fal_queue.py http://127.0.0.1:7003 local-fal-key

needs the package `fal-client` of infra/local/requirements.txt. Exits with 0 when the client
works with the fake as with the real service.
"""

import base64
import hashlib
import json
import sys
import time
import urllib.error

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fal_client import Completed, InProgress, Queued, SyncClient, client as official_module
from fal_client.client import FalClientHTTPError

from harness import Fake, Receiver, browse, expect_picture, refusal, request, run

BASE, KEY = sys.argv[1:3]
AUTHORIZATION = {"Authorization": f"Key {KEY}"}
control = Fake(BASE).control
MODEL = "fal-ai/flux/schnell"
ARGUMENTS = {"prompt": "a red fox", "image_size": "landscape_16_9", "output_format": "png"}

# The client takes the host of the queue from its environment, but always speaks TLS to it.
official_module.QUEUE_URL_FORMAT = BASE + "/"


def fails(status, call):
    error = refusal(FalClientHTTPError, call)
    assert error.status_code == status, (status, error.status_code, error.message)
    return error


def a_request_is_queued_run_and_its_result_downloaded(client):
    control(success_after_ms=1_500, queue_position=3)
    handle = client.submit(MODEL, ARGUMENTS)
    seen = list(handle.iter_events(with_logs=True, interval=0.05))
    positions = [status.position for status in seen if isinstance(status, Queued)]
    assert positions and positions[0] <= 3 and positions == sorted(positions, reverse=True), positions
    assert any(isinstance(status, InProgress) for status in seen), seen
    assert isinstance(seen[-1], Completed) and seen[-1].error is None, seen[-1]
    result = handle.get()
    assert result["has_nsfw_concepts"] == [False] and result["prompt"] == ARGUMENTS["prompt"], result
    expect_picture(result["images"][0]["url"])


def subscribe_waits_for_the_result(client):
    control(success_after_ms=300)
    result = client.subscribe(MODEL, {**ARGUMENTS, "num_images": 2})
    assert len(result["images"]) == 2, result
    control(success_after_ms=300, files=1)
    result = client.subscribe(MODEL, {**ARGUMENTS, "num_images": 2})
    assert result["has_nsfw_concepts"] == [False, True] and len(result["images"]) == 2, result


def a_request_is_found_again_by_its_id(client):
    control(success_after_ms=100)
    submitted = client.submit(MODEL, ARGUMENTS)
    assert client.result(MODEL, submitted.request_id)["images"]
    assert isinstance(client.status(MODEL, submitted.request_id), Completed)
    # The status is not under the whole name of the model.
    status_url = submitted.status_url.replace("/requests/", "/schnell/requests/")
    error = refusal(urllib.error.HTTPError, lambda: request("GET", status_url, headers=AUTHORIZATION))
    assert error.code == 405, error.code


def a_cancellation_may_come_too_late(client):
    control(success_after_ms=60_000)
    handle = client.submit(MODEL, ARGUMENTS)
    handle.cancel()
    status = handle.status()
    assert isinstance(status, Completed) and status.error_type == "client_cancelled", status
    control(success_after_ms=600, cancel="ignored")
    handle = client.submit(MODEL, ARGUMENTS)
    handle.cancel()
    assert handle.get()["images"], "a cancellation is a request, not a fact"
    error = fails(400, handle.cancel)
    assert error.response.json() == {"status": "ALREADY_COMPLETED"}, error


def failures_have_the_shapes_that_the_client_knows(client):
    create = lambda arguments=ARGUMENTS, model=MODEL: client.subscribe(model, arguments, interval=0.05)
    stranger = SyncClient(key="other")
    for status, error_type, knobs, call in [
        (401, None, {}, lambda: stranger.submit(MODEL, ARGUMENTS)),
        (403, None, {"submit": "out_of_credit"}, create),
        (404, None, {"submit": "retired"}, create),
        (404, None, {}, lambda: create(model="fal-ai/no-such-model")),
        (422, None, {}, lambda: create({})),
        (422, None, {"outcome": "input_moderated"}, create),
        (500, "internal_error", {"outcome": "fail"}, create),
        (503, "runner_scheduling_failure", {"outcome": "aborted"}, create),
    ]:
        control(success_after_ms=100, **knobs)
        error = fails(status, call)
        assert error.message and error.error_type == error_type, (status, error)
    control(success_after_ms=100, outcome="moderated")
    assert create()["has_nsfw_concepts"] == [True], "a blackened picture comes with 200"
    control(success_after_ms=60_000)
    late = lambda: client.subscribe(MODEL, ARGUMENTS, start_timeout=1.5)
    assert fails(504, late).error_type == "request_timeout"


def throttling_is_waited_out(client):
    control(submit="throttled", times=2)
    assert client.submit(MODEL, ARGUMENTS).request_id


def a_lost_answer_makes_the_client_submit_twice(client):
    before = control(submit="answer_lost", times=1)["predictions"]
    client.submit(MODEL, ARGUMENTS)
    assert control()["predictions"] == before + 2, "the official client repeats a request that may have arrived: ours must not"


def an_output_expires_at_its_requested_time(client):
    control(success_after_ms=100)
    preference = json.dumps({"expiration_duration_seconds": 1})
    headers = {"X-Fal-Object-Lifecycle-Preference": preference, "X-Fal-Store-IO": "0"}
    url = client.subscribe(MODEL, ARGUMENTS, headers=headers)["images"][0]["url"]
    expect_picture(url)
    time.sleep(1.2)
    error = refusal(urllib.error.HTTPError, lambda: browse(url))
    assert error.code == 404, error.code


def an_erased_request_is_gone(client):
    control(success_after_ms=100)
    handle = client.submit(MODEL, ARGUMENTS)
    url = handle.get()["images"][0]["url"]
    path = f"/v1/models/requests/{handle.request_id}/payloads"
    told = request("DELETE", BASE + path, headers=AUTHORIZATION)
    assert told == {"cdn_delete_results": [{"link": url, "exception": None}]}, told
    fails(404, handle.get)


def verify(webhook):
    """Verifies as fal's documents describe: tries every published key."""
    parts = [webhook.headers[f"x-fal-webhook-{name}"] for name in ("request-id", "user-id", "timestamp")]
    assert abs(time.time() - int(parts[2])) <= 300, "the timestamp is too old"
    message = "\n".join([*parts, hashlib.sha256(webhook.body).hexdigest()]).encode()
    for key in request("GET", BASE + "/.well-known/jwks.json")["keys"]:
        public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
        try:
            return public.verify(bytes.fromhex(webhook.headers["x-fal-webhook-signature"]), message)
        except InvalidSignature:
            continue
    raise InvalidSignature


def webhooks_are_signed_as_in_the_documents(client):
    receiver = Receiver()
    create = lambda: client.submit(MODEL, ARGUMENTS, webhook_url=f"{receiver.url}?job=1&mac=2")

    control(success_after_ms=100)
    receiver.refusals = 1
    handle = create()
    first, again = receiver.next(), receiver.next()
    verify(first)
    told = json.loads(first.body)
    assert told["request_id"] == handle.request_id and told["status"] == "OK" and told["payload"]["images"], told
    assert again.body == first.body, "a repeated webhook must have the same body"

    control(success_after_ms=100, webhook="previous_key")
    create()
    verify(receiver.next())
    for mode, kind in [("bad_signature", InvalidSignature), ("stale", AssertionError)]:
        control(success_after_ms=100, webhook=mode)
        create()
        webhook = receiver.next()
        refusal(kind, lambda: verify(webhook))

    control(success_after_ms=100, outcome="input_moderated")
    create()
    told = json.loads(receiver.next().body)
    assert told["status"] == "ERROR" and told["payload"]["detail"][0]["type"] == "content_policy_violation", told

    control(success_after_ms=60_000, webhook="early")
    handle = create()
    told = json.loads(receiver.arrived().body)
    assert told["request_id"] == handle.request_id, "an early webhook must come before the answer"


if __name__ == "__main__":
    official = SyncClient(key=KEY)
    checks = [
        a_request_is_queued_run_and_its_result_downloaded,
        subscribe_waits_for_the_result,
        a_request_is_found_again_by_its_id,
        a_cancellation_may_come_too_late,
        failures_have_the_shapes_that_the_client_knows,
        throttling_is_waited_out,
        a_lost_answer_makes_the_client_submit_twice,
        an_output_expires_at_its_requested_time,
        an_erased_request_is_gone,
        webhooks_are_signed_as_in_the_documents,
    ]
    run(checks, official)
    control()
