"""Checks beyond those of Schemathesis, for `cargo prove contract`."""

import atexit
import json
import os
import random
from pathlib import Path
from urllib.parse import urlsplit

import requests
import schemathesis
import sent

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
MODELS = json.loads(CATALOGUE.read_text())

# The operations whose body names a model. Its settings have the schema of the model, which the contract cannot
# name.
WITH_A_MODEL = {"/v1/generations", "/v1/quotes"}

# The origin of the service, and the token with which it signs somebody in.
SERVICE = os.environ.get("CONTRACT_AT")
TOKEN = os.environ.get("CONTRACT_TOKEN")

# The path of one generation, and the ids of the newest ones.
ONE_GENERATION = "/v1/generations/{id}"
GENERATIONS = []

# The newest `ETag` of a path, until a request has sent it back.
ETAGS = {}

FORM = "application/x-www-form-urlencoded"


# A server of HTTP refuses wrong values of these before a function sees them.
OF_THE_SERVER = {"connection", "content-length", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade"}


@schemathesis.hook
def map_headers(context, headers):
    """Leaves the framing of requests to the client."""
    for name in [name for name in headers or {} if name.lower() in OF_THE_SERVER]:
        del headers[name]
    return headers


@schemathesis.hook
def before_call(context, case, kwargs):
    """Lets valid requests reach what they are about. Invalid ones stay as they were drawn, without an account: one that
    is drawn is never the caller's, so every request with it would be refused (409)."""
    for name in [name for name in case.headers or {} if name.lower() == "x-account"]:
        del case.headers[name]
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if etag := ETAGS.pop(case.operation.path, None):
        # Every second request of a cached answer asks whether it has changed (304).
        case.headers = {**(case.headers or {}), "If-None-Match": etag}
    if case.operation.path.startswith(ONE_GENERATION) and case.meta.phase.name.value != "stateful":
        # A drawn id belongs to nothing. Sequences have ids of their own.
        drawn = drawn_from([case.path_parameters, case.body if isinstance(case.body, dict) else None])
        if drawn.random() < 0.8 and (generation := one_of_the_caller(drawn)):
            case.path_parameters = {**case.path_parameters, "id": generation}
    if not isinstance(case.body, dict):
        return
    if case.media_type == FORM:
        # A form has no null: the field is left out (RFC 6570, section 2.3). Schemathesis would write the word.
        case.body = {name: value for name, value in case.body.items() if value is not None}
    elif case.operation.path in WITH_A_MODEL and "model" in case.body:
        case.body = with_a_model(case.body)
        if case.operation.method.lower() == "post" and case.operation.path == "/v1/generations":
            drawn = drawn_from(case.body)
            if drawn.random() < 0.6:
                # Short keys repeat, and a key belongs to one request. The same body gets the same key.
                case.headers = {**(case.headers or {}), "Idempotency-Key": f"{drawn.getrandbits(128):032x}"}


def one_of_the_caller(drawn):
    """The id of a generation of the person who is signed in. `None` if there is none."""
    token = TOKEN or Person.token
    if token and (not GENERATIONS or drawn.random() < 0.2):
        Requests.made += 1
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"made-by-the-hooks-{Requests.made}"}
        wanted = {"model": MODELS[0]["id"], "prompt": "A boat."}
        made = requests.post(f"{SERVICE}/v1/generations", json=wanted, headers=headers, timeout=30)
        if made.status_code == 202:
            GENERATIONS.append(made.json()["id"])
            del GENERATIONS[:-8]
    return drawn.choice(GENERATIONS) if GENERATIONS else None


def drawn_from(value):
    """Chance that is the same for the same value, so that a request can be repeated."""
    return random.Random(json.dumps(value, sort_keys=True, default=str))


def with_a_model(body):
    """Most bodies name a model of the catalogue, with settings that it takes, so that they reach what lies behind the
    model. Half of them name no other object and no price, which nobody can know by chance. All else stays as it was
    drawn."""
    drawn = drawn_from(body)
    if drawn.random() < 0.1:
        return body
    model = drawn.choice(MODELS)
    body = {**body, "model": model["id"]}
    if drawn.random() < 0.5:
        body = {name: value for name, value in body.items() if name not in ("inputs", "based_on", "max_cost")}
    if isinstance(body.get("settings"), dict):
        body["settings"] = settings_of(model, drawn)
    return body


def settings_of(model, drawn):
    """Some settings that fit the schema of a model. Those of the catalogue are choices, whole numbers and texts."""
    schemas = model["settings"]["properties"]
    return {name: value_of(schema, drawn) for name, schema in schemas.items() if drawn.random() < 0.5}


def value_of(schema, drawn):
    if "enum" in schema:
        return drawn.choice(schema["enum"])
    if schema["type"] == "integer":
        return drawn.randrange(schema["minimum"], schema["maximum"] + 1, schema.get("multipleOf", 1))
    if schema["type"] == "string":
        return "".join(drawn.choices("abc xyz\u00e4\u4e16\U0001f30d", k=drawn.randint(1, schema["maxLength"])))
    raise ValueError(f"draw a value for settings of this kind too: {schema}")


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


# Whether the local Google signs people in: in the signed-in run against the local platform.
SIGNS_IN = "CONTRACT_SIGNS_IN" in os.environ

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
    begun = requests.get(f"{SERVICE}/v1/login/google", allow_redirects=False, timeout=30)
    attempt = begun.headers["set-cookie"].split(";")[0]
    form = {"sub": subject}
    consent = requests.post(begun.headers["location"], data=form, allow_redirects=False, timeout=30)
    back = urlsplit(consent.headers["location"])
    callback = f"{SERVICE}{back.path}?{back.query}"
    arrived = requests.get(callback, headers={"cookie": attempt}, allow_redirects=False, timeout=30)
    cookies = arrived.raw.headers.getlist("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("__Host-session="))
    return session.split(";")[0].split("=", 1)[1]


if SIGNS_IN:
    schemathesis.auth(refresh_interval=None)(Person)


# The file into which a run writes the number of its requests.
COUNT_FILE = os.environ.get("CONTRACT_COUNT")

# The file into which a run against the local platform writes the texts of its requests. Its logs are searched
# for them afterwards.
SENT_FILE = os.environ.get("CONTRACT_SENT")


class Requests:
    """The requests that were answered, their texts, and the generations that the hooks have asked for."""

    count = 0
    made = 0
    texts = set()


@atexit.register
def write_what_was_done():
    if COUNT_FILE:
        Path(COUNT_FILE).write_text(str(Requests.count))
    if SENT_FILE:
        Path(SENT_FILE).write_text(json.dumps(sorted(Requests.texts)))


@schemathesis.hook
def after_call(context, case, response):
    Requests.count += 1
    if SENT_FILE:
        Requests.texts |= sent.texts(response.request)
    if response.status_code == 200 and "etag" in response.headers:
        ETAGS[case.operation.path] = response.headers["etag"][0]
    route = (case.operation.method.lower(), case.operation.path)
    if route == ("post", "/v1/generations") and response.status_code == 202:
        GENERATIONS.append(response.json()["id"])
        del GENERATIONS[:-8]
    if case.operation.path.startswith(ONE_GENERATION) and (case.path_parameters or {}).get("id") in GENERATIONS:
        if response.status_code == 404:
            # Somebody else is signed in by now.
            GENERATIONS.clear()
        elif route[0] == "delete" and response.status_code in (202, 204):
            GENERATIONS.remove(case.path_parameters["id"])
    if response.status_code == 401 or route in ENDS_THE_SESSION:
        Person.token = None
