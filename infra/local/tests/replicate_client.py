"""Drives the fake Replicate with Replicate's own official client.

    python replicate_client.py http://127.0.0.1:7001 r8_local

needs the package `replicate` of infra/local/requirements.txt. Exits with 0 when the client
works with the fake as with the real service.
"""

import http.client
import http.server
import json
import queue
import sys
import threading
import time
import urllib.request

import httpx
import replicate
from replicate.exceptions import ModelError, ReplicateError
from replicate.webhook import InvalidSignatureError, InvalidTimestampError, Webhooks

BASE, TOKEN = sys.argv[1:3]
MODEL = "black-forest-labs/flux-schnell"
INPUT = {"prompt": "a red fox", "aspect_ratio": "16:9", "output_format": "png"}


def control(**knobs):
    """Resets all knobs, then turns the given ones."""
    requests = [("POST", "/_control/reset", None), ("PATCH", "/_control", json.dumps(knobs).encode())]
    for method, path, body in requests:
        urllib.request.urlopen(urllib.request.Request(BASE + path, body, method=method)).read()


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps each webhook. Refuses the first delivery, so that the fake must repeat it."""

    received = queue.Queue()
    refused = False

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.received.put((dict(self.headers), body))
        refuse, Receiver.refused = self.path == "/refuse-once" and not Receiver.refused, True
        self.send_response(500 if refuse else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


def receiver():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def a_prediction_is_created_polled_and_downloaded(client):
    control(success_after_ms=300)
    prediction = client.models.predictions.create(MODEL, input={**INPUT, "num_outputs": 2})
    assert prediction.status == "starting" and prediction.model == MODEL, prediction
    prediction.wait()
    assert prediction.status == "succeeded" and len(prediction.output) == 2, prediction
    assert prediction.metrics["total_time"] > 0, prediction
    with urllib.request.urlopen(prediction.output[1]) as file:
        content = file.read()
    assert file.headers["content-type"] == "image/png" and content.startswith(b"\x89PNG"), content[:16]


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
    try:
        client.run(MODEL, input=INPUT, wait=False)
        raise AssertionError("a moderated prediction must raise")
    except ModelError as error:
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
        try:
            call()
            raise AssertionError(f"a call that must end with {status} succeeded")
        except ReplicateError as error:
            assert error.status == status and error.detail, error


def throttling_is_waited_out(client):
    control(reads="throttled", retry_after_s=1)
    threading.Timer(0.5, control).start()
    started = time.monotonic()
    client.predictions.list()
    assert time.monotonic() - started >= 1, "the client must have heeded Retry-After"


def connections_break_as_the_knobs_say(client):
    control(submit="answer_lost", output="cut_off", success_after_ms=100, times=1)
    try:
        client.models.predictions.create(MODEL, input=INPUT)
        raise AssertionError("the answer must get lost")
    except httpx.RemoteProtocolError:
        pass
    prediction = client.predictions.list()[0]
    prediction.wait()
    try:
        urllib.request.urlopen(prediction.output[0]).read()
        raise AssertionError("the file must be cut off")
    except http.client.IncompleteRead:
        pass


def webhooks_are_signed_as_the_client_expects(client):
    url, secret = receiver(), client.webhooks.default.secret()
    create = lambda path="": client.models.predictions.create(
        MODEL, input=INPUT, webhook=url + path, webhook_events_filter=["completed"]
    )
    next_one = lambda: Receiver.received.get(timeout=10)

    control(success_after_ms=100)
    prediction = create("/refuse-once")
    headers, body = next_one()
    Webhooks.validate(headers=headers, body=body, secret=secret, tolerance=300)
    assert json.loads(body)["id"] == prediction.id and json.loads(body)["status"] == "succeeded", body
    again, _ = next_one()
    assert again["webhook-id"] == headers["webhook-id"], "a repeated webhook must keep its id"

    for mode, refusal in [("bad_signature", InvalidSignatureError), ("stale", InvalidTimestampError)]:
        control(success_after_ms=100, webhook=mode)
        create()
        headers, body = next_one()
        try:
            Webhooks.validate(headers=headers, body=body, secret=secret, tolerance=300)
            raise AssertionError(f"a webhook in the mode {mode} must be refused")
        except refusal:
            pass

    control(success_after_ms=60_000, webhook="early")
    prediction = create()
    _, body = Receiver.received.get_nowait()
    assert json.loads(body)["id"] == prediction.id, "an early webhook must come before the answer"


if __name__ == "__main__":
    official = replicate.Client(api_token=TOKEN, base_url=BASE)
    for check in [
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
    ]:
        check(official)
        print(f"ok: {check.__name__}")
    control()
