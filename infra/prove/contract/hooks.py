"""Checks beyond those of Schemathesis, for `cargo prove contract`."""

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import requests
import schemathesis

# Headers of the transport and of the gateway, which no contract lists.
OF_THE_TRANSPORT = {
    "apigw-requestid",
    "connection",
    "content-length",
    "content-type",
    "date",
    "keep-alive",
    "server",
    "transfer-encoding",
    "x-amzn-requestid",
}


CATALOGUE = Path(__file__).parents[3] / "shared/generations/catalogue.json"
MODELS = [model["id"] for model in json.loads(CATALOGUE.read_text())]


# A server of HTTP refuses wrong values of these before a function sees them.
OF_THE_SERVER = {"connection", "content-length", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade"}


@schemathesis.hook
def map_headers(context, headers):
    """Leaves the framing of requests to the client."""
    for name in [name for name in headers or {} if name.lower() in OF_THE_SERVER]:
        del headers[name]
    return headers


@schemathesis.hook
def map_body(context, body):
    """Most requests name a model of the catalogue, so that they reach what lies behind the model."""
    if context.operation.path not in ("/v1/generations", "/v1/quotes") or not isinstance(body, dict):
        return body
    model = body.get("model")
    if isinstance(model, str) and len(model) % 4:
        body["model"] = MODELS[len(model) % len(MODELS)]
        for name, kind in (("settings", dict), ("inputs", list), ("based_on", str), ("max_cost", int)):
            if type(body.get(name)) is kind:
                del body[name]
    return body


@schemathesis.check
def only_documented_headers(ctx, response, case):
    """Schemathesis looks for documented headers that are missing, and not for others that are there."""
    if response.request.method != case.operation.method.upper():
        # The contract says of `OPTIONS` and of other methods what holds for all paths.
        return
    documented = case.operation.responses.find_by_status_code(response.status_code)
    if documented is None:
        return
    names = {name.lower() for name, _ in documented.headers.items()}
    strange = {name.lower() for name in response.headers} - names - OF_THE_TRANSPORT
    assert not strange, f"the contract does not list the headers {sorted(strange)} of {response.status_code}"


@schemathesis.check
def no_violation(ctx, response, case):
    """The front answers 599 when an answer breaks the contract, or when a log line has what was sent."""
    assert response.status_code != 599, response.text


# Where the local Google signs people in, if a run against the local platform is signed in.
SIGN_IN_AT = os.environ.get("CONTRACT_SIGN_IN_AT")

# The routes after which the session is no longer there.
ENDS_THE_SESSION = {("delete", "/v1/session"), ("post", "/v1/account/deletion")}


class Person:
    """A person who is signed in. When the session has ended, somebody else signs in."""

    token = None
    number = 0

    def get(self, case, ctx):
        if Person.token is None:
            Person.number += 1
            Person.token = signed_in(f"contract-{Person.number}")
        return Person.token

    def set(self, case, data, ctx):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


def signed_in(subject):
    """The access token of a new session. The cookies are `Secure`, so they are carried by hand."""
    begun = requests.get(f"{SIGN_IN_AT}/v1/login/google", allow_redirects=False, timeout=30)
    attempt = begun.headers["set-cookie"].split(";")[0]
    form = {"sub": subject}
    consent = requests.post(begun.headers["location"], data=form, allow_redirects=False, timeout=30)
    back = urlsplit(consent.headers["location"])
    callback = f"{SIGN_IN_AT}{back.path}?{back.query}"
    arrived = requests.get(callback, headers={"cookie": attempt}, allow_redirects=False, timeout=30)
    cookies = arrived.raw.headers.getlist("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("__Host-session="))
    return session.split(";")[0].split("=", 1)[1]


if SIGN_IN_AT:
    schemathesis.auth(refresh_interval=None)(Person)


@schemathesis.hook
def after_call(context, case, response):
    route = (case.operation.method.lower(), case.operation.path)
    if response.status_code == 401 or route in ENDS_THE_SESSION:
        Person.token = None
