"""Drives the fake fal with fal's own official client.

    python fal_queue.py http://127.0.0.1:7003 local-fal-key

needs the package `fal-client` of infra/local/requirements.txt. Exits with 0 when the client
works with the fake as with the real service.
"""

import base64
import hashlib
import http.server
import json
import queue
import sys
import threading
import time
import urllib.error
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fal_client import Completed, InProgress, Queued, SyncClient, client as official_module
from fal_client.client import FalClientHTTPError

BASE, KEY = sys.argv[1:3]
MODEL = "fal-ai/flux/schnell"
ARGUMENTS = {"prompt": "a red fox", "image_size": "landscape_16_9", "output_format": "png"}

# The client takes the host of the queue from its environment, but always speaks TLS to it.
official_module.QUEUE_URL_FORMAT = BASE + "/"


def request(method, path, body=None, headers={}):
    asked = urllib.request.Request(BASE + path, body, method=method, headers=headers)
    with urllib.request.urlopen(asked) as answer:
        return answer.headers, answer.read()


def control(**knobs):
    """Resets all knobs, then turns the given ones. Returns the counts."""
    request("POST", "/_control/reset")
    _, body = request("PATCH", "/_control", json.dumps(knobs).encode())
    return json.loads(body)["counts"]


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps each webhook. Refuses the first delivery, so that the fake must repeat it."""

    received = queue.Queue()
    refused = False

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.put((dict(self.headers), body))
        refuse, Receiver.refused = self.path.startswith("/refuse-once") and not Receiver.refused, True
        self.send_response(500 if refuse else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


def receiver():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def fails(status, call):
    try:
        call()
    except FalClientHTTPError as error:
        assert error.status_code == status, (status, error.status_code, error.message)
        return error
    raise AssertionError(f"a call that must end with {status} succeeded")


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
    with urllib.request.urlopen(result["images"][0]["url"]) as file:
        content = file.read()
    assert file.headers["content-type"] == "image/png" and content.startswith(b"\x89PNG"), content[:16]


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
    try:
        request("GET", status_url.removeprefix(BASE), headers={"Authorization": f"Key {KEY}"})
        raise AssertionError("the whole name of the model must be refused")
    except urllib.error.HTTPError as error:
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
    urllib.request.urlopen(url).read()
    time.sleep(1.2)
    try:
        urllib.request.urlopen(url)
        raise AssertionError("the output must have expired")
    except urllib.error.HTTPError as error:
        assert error.code == 404, error.code


def an_erased_request_is_gone(client):
    control(success_after_ms=100)
    handle = client.submit(MODEL, ARGUMENTS)
    url = handle.get()["images"][0]["url"]
    path = f"/v1/models/requests/{handle.request_id}/payloads"
    _, body = request("DELETE", path, headers={"Authorization": f"Key {KEY}"})
    assert json.loads(body) == {"cdn_delete_results": [{"link": url, "exception": None}]}, body
    fails(404, handle.get)


def verify(headers, body):
    """Verifies as fal's documents describe: tries every published key."""
    headers = {name.lower(): value for name, value in headers.items()}
    parts = [headers[f"x-fal-webhook-{name}"] for name in ("request-id", "user-id", "timestamp")]
    assert abs(time.time() - int(parts[2])) <= 300, "the timestamp is too old"
    message = "\n".join([*parts, hashlib.sha256(body).hexdigest()]).encode()
    _, keys = request("GET", "/.well-known/jwks.json")
    for key in json.loads(keys)["keys"]:
        public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
        try:
            return public.verify(bytes.fromhex(headers["x-fal-webhook-signature"]), message)
        except InvalidSignature:
            continue
    raise InvalidSignature


def webhooks_are_signed_as_in_the_documents(client):
    url = receiver()
    create = lambda path="": client.submit(MODEL, ARGUMENTS, webhook_url=f"{url}{path}?job=1&mac=2")
    next_one = lambda: Receiver.received.get(timeout=10)

    control(success_after_ms=100)
    handle = create("/refuse-once")
    headers, body = next_one()
    verify(headers, body)
    told = json.loads(body)
    assert told["request_id"] == handle.request_id and told["status"] == "OK" and told["payload"]["images"], told
    _, again = next_one()
    assert again == body, "a repeated webhook must have the same body"

    control(success_after_ms=100, webhook="previous_key")
    create()
    verify(*next_one())
    for mode, refusal in [("bad_signature", InvalidSignature), ("stale", AssertionError)]:
        control(success_after_ms=100, webhook=mode)
        create()
        try:
            verify(*next_one())
        except refusal:
            continue
        raise SystemExit(f"a webhook in the mode {mode} must be refused")

    control(success_after_ms=100, outcome="input_moderated")
    create()
    told = json.loads(next_one()[1])
    assert told["status"] == "ERROR" and told["payload"]["detail"][0]["type"] == "content_policy_violation", told

    control(success_after_ms=60_000, webhook="early")
    handle = create()
    _, body = Receiver.received.get_nowait()
    assert json.loads(body)["request_id"] == handle.request_id, "an early webhook must come before the answer"


if __name__ == "__main__":
    official = SyncClient(key=KEY)
    for check in [
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
    ]:
        check(official)
        print(f"ok: {check.__name__}")
    control()
