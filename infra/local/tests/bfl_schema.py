"""Checks the fake Black Forest Labs against the published schema: there is no official client.

    python bfl_schema.py http://127.0.0.1:7004 local-bfl-key

needs the package `jsonschema` of infra/local/requirements.txt. It validates every answer by
bfl_openapi.json, and the fake must refuse every request that the document refuses. Exits with 0 on success.
"""

import hashlib
import hmac
import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

from jsonschema import Draft202012Validator

from harness import Fake, Receiver, expect_picture, request, run

BASE, KEY = sys.argv[1:3]
control = Fake(BASE).control
DOCUMENT = json.loads(pathlib.Path(__file__).with_name("bfl_openapi.json").read_text())
MODELS = ["flux-2-pro", "flux-pro-1.1-ultra"]
INPUT = {"prompt": "a red fox", "output_format": "png"}


def validator(schema):
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def send(method, path, body=None, key=KEY):
    """Returns status, headers and JSON. The answer must follow the document."""
    headers = {"content-type": "application/json", **({"x-key": key} if key else {})}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(BASE + path, data, headers, method=method)) as answer:
            status, headers, content = answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        status, headers, content = error.code, error.headers, json.load(error)
    described = DOCUMENT["paths"].get(path.partition("?")[0], {}).get(method.lower(), {})
    schema = described.get("responses", {}).get(str(status))
    if schema:
        validator(schema).validate(content)
    elif described:
        assert status != 200 and isinstance(content["detail"], str), (status, content)
    return status, headers, content


def result(task):
    return send("GET", f"/v1/get_result?id={task}")[2]


def ended(task):
    for _ in range(200):
        told = result(task)
        if told["status"] != "Pending":
            return told
        time.sleep(0.02)
    raise AssertionError("the task must end")


def a_task_is_made_polled_and_downloaded():
    for model in MODELS:
        control(success_after_ms=400)
        status, _, task = send("POST", f"/v1/{model}", INPUT)
        assert status == 200 and "status" not in task, task
        assert result(task["id"])["status"] == "Pending"
        assert request("GET", task["polling_url"])["id"] == task["id"], "polling needs no key"
        told = ended(task["id"])
        assert told["status"] == "Ready" and told["result"]["prompt"] == INPUT["prompt"], told
        expect_picture(told["result"]["sample"])


def every_end_has_its_published_status():
    for outcome, word in [
        ("fail", "Error"),
        ("moderated", "Content Moderated"),
        ("input_moderated", "Request Moderated"),
        ("aborted", "Task not found"),
        ("no_output", "Ready"),
    ]:
        control(success_after_ms=50, outcome=outcome)
        _, _, task = send("POST", "/v1/flux-2-pro", INPUT)
        told = ended(task["id"])
        assert told["status"] == word and told["result"] is None, (outcome, told)
    assert result("nonesuch")["status"] == "Task not found"


def the_fake_refuses_what_the_document_refuses():
    control()
    wrong = [
        {},
        {"prompt": 1},
        {"prompt": "x", "output_format": "gif"},
        {"prompt": "x", "safety_tolerance": 7},
        {"prompt": "x", "safety_tolerance": "1"},
        {"prompt": "x", "seed": 1.5},
        {"prompt": "x", "seed": "1"},
        {"prompt": "x", "webhook_url": 1},
        {"prompt": "x", "width": 32},
        {"prompt": "x", "height": "64"},
        {"prompt": "x", "raw": "yes"},
        {"prompt": "x", "aspect_ratio": 1},
    ]
    for model in MODELS:
        described = DOCUMENT["paths"][f"/v1/{model}"]["post"]["requestBody"]
        for body in wrong:
            if validator(described).is_valid(body):
                continue
            status, _, told = send("POST", f"/v1/{model}", body)
            assert status == 422 and told["detail"], (model, body, status, told)
        assert validator(described).is_valid({**INPUT, "seed": None}), "the document allows null"
        assert send("POST", f"/v1/{model}", {**INPUT, "seed": None})[0] == 200
    assert send("GET", "/v1/get_result")[0] == 422
    assert send("POST", "/v1/flux-9", INPUT)[0] == 404
    for key in [None, "other"]:
        assert send("POST", "/v1/flux-2-pro", INPUT, key)[0] == 403
        assert send("GET", "/v1/credits", key=key)[0] == 403
    assert send("GET", "/v1/credits")[0] == 200


def temporary_refusals_have_a_retry_after():
    for submit, status, wait in [
        ("out_of_credit", 402, None),
        ("retired", 404, None),
        ("throttled", 429, "7"),
        ("server_error", 500, None),
        ("unavailable", 503, "7"),
    ]:
        control(submit=submit, retry_after_s=7)
        got, headers, _ = send("POST", "/v1/flux-2-pro", INPUT)
        assert (got, headers["retry-after"]) == (status, wait), (submit, got, headers["retry-after"])


def webhooks_are_signed_over_the_body():
    receiver = Receiver()
    url, secret = f"{receiver.url}/hook", "the secret of one task"
    for mode, good in [("once", True), ("bad_signature", False)]:
        control(success_after_ms=50, webhook=mode)
        _, _, task = send("POST", "/v1/flux-2-pro", {**INPUT, "webhook_url": url, "webhook_secret": secret})
        assert task["webhook_url"] == url and "polling_url" not in task, task
        webhook = receiver.next()
        expected = "sha256=" + hmac.new(secret.encode(), webhook.body, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(webhook.headers["x-bfl-signature"], expected) == good, mode
        told = json.loads(webhook.body)
        assert told["id"] == task["id"] and told["status"] == "Ready" and told["result"]["sample"], told


if __name__ == "__main__":
    Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"]["Flux2Inputs"])
    checks = [
        a_task_is_made_polled_and_downloaded,
        every_end_has_its_published_status,
        the_fake_refuses_what_the_document_refuses,
        temporary_refusals_have_a_retry_after,
        webhooks_are_signed_over_the_body,
    ]
    run(checks)
    control()
