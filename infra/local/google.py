"""The local Google: oidc-provider-mock, as strict as the real service.

Arguments: the one registered redirect URI, and our address for security events. The program listens on a
free loopback port, and then writes one JSON line to stdout: port, client_id, client_secret.

It adds to the mock: PKCE by S256 and the nonce are required, the secret may come in the header or in the
body, and a new person has the claims that Google always sends. A test sets other claims in advance by
PUT /users/<sub>. ID tokens follow the clock of LOCAL_CLOCK_FILE. The pages lie in google_pages/.

POST /_local/security-event with JSON makes a security event token of Cross-Account Protection (RFC 8417)
and sends it to us as RFC 8935 says. It answers {"token", "statuses"}. The members, all but `event` optional:
- event: a name such as `sessions-revoked`, or a whole URI
- sub: the person; without it the event is about nobody, as `verification` is
- reason, state: further members of the event
- iss, aud, iat, typ: other values than the right ones
- key: `other` signs with a key that is not Google's, under the id of Google's
- times: how often it is sent; 0 only answers the token
"""

import functools
import json
import os
import pathlib
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import flask
import jinja2
import uvicorn
from authlib import jose
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import _legacy
from oidc_provider_mock import _app, _storage

PAGES = pathlib.Path(__file__).with_name("google_pages")

# Events of OAuth have another prefix than those of RISC.
OAUTH_EVENTS = ("token-revoked", "tokens-revoked")

challenges = {}


class Clock:
    """Replaces the module `time` where ID tokens are made: the machine's time plus the milliseconds in the file."""

    @staticmethod
    def time():
        with open(os.environ["LOCAL_CLOCK_FILE"], encoding="ascii") as file:
            return time.time() + int(file.read()) / 1000


class Pkce(CodeChallenge):
    """PKCE by S256 only, also for clients with a secret."""

    def validate_code_challenge(self, grant, redirect_uri):
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge with code_challenge_method=S256 is required")
        super().validate_code_challenge(grant, redirect_uri)

    def get_authorization_code_challenge(self, authorization_code):
        return challenges.get(authorization_code.code)

    def get_authorization_code_challenge_method(self, authorization_code):
        return "S256"


class CodeGrant(_app.AuthorizationCodeGrant):
    """The mock's grant, with PKCE."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def __init__(self, *arguments):
        super().__init__(*arguments)
        Pkce()(self)

    def save_authorization_code(self, code, request):
        super().save_authorization_code(code, request)
        challenges[code] = request.payload.data["code_challenge"]


class Storage(_storage.Storage):
    """The mock's storage, in which every person has an account at Google."""

    def get_user(self, sub):
        return super().get_user(sub) or _storage.User(
            sub=sub,
            claims={
                "email": sub if "@" in sub else f"{sub}@example.com",
                "email_verified": True,
                "name": sub.split("@")[0].title(),
                "picture": f"https://lh3.googleusercontent.com/a/{sub}",
            },
        )


class Client(_storage.Client):
    """The mock's client, which may send its secret in both ways, as Google allows."""

    def check_endpoint_auth_method(self, method, endpoint):
        return method in CodeGrant.TOKEN_ENDPOINT_AUTH_METHODS


class SecurityEvents:
    """Sends security events about people to one address. `client_id` is their audience."""

    def __init__(self, address):
        self.address = address
        self.client_id = None

    def post(self):
        """The route POST /_local/security-event."""
        asked = flask.request.get_json()
        token = self.token(asked)
        return {"token": token, "statuses": [self.send(token) for _ in range(asked.get("times", 1))]}

    def token(self, asked):
        issuer = flask.request.host_url.rstrip("/")
        about = {name: asked[name] for name in ("reason", "state") if name in asked}
        if "sub" in asked:
            about["subject"] = {"subject_type": "iss-sub", "iss": issuer, "sub": asked["sub"]}
        claims = {
            "iss": asked.get("iss", issuer),
            "aud": asked.get("aud", self.client_id),
            "iat": asked.get("iat", int(Clock.time())),
            "jti": uuid.uuid4().hex,
            "events": {uri(asked["event"]): about},
        }
        google = _storage.storage.jwk
        header = {
            "alg": "RS256",
            "typ": asked.get("typ", "secevent+jwt"),
            "kid": google.as_dict()["kid"],
        }
        key = stranger() if asked.get("key") == "other" else google
        return jose.jwt.encode(header, claims, key).decode()

    def send(self, token):
        """Sends a token once. Returns the status of the answer."""
        headers = {"content-type": "application/secevent+jwt", "accept": "application/json"}
        request = urllib.request.Request(self.address, token.encode(), headers)
        try:
            with DIRECTLY.open(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code


@functools.cache
def stranger():
    """A key that is not Google's."""
    return jose.RSAKey.generate_key(is_private=True)


# No proxy of the environment is asked.
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def with_state(answer):
    """The mock forgets the state when a person cancels; Google does not."""
    state = flask.request.args.get("state")
    if flask.request.path == "/oauth2/authorize" and "error=" in (answer.location or "") and state:
        answer.location += "&" + urllib.parse.urlencode({"state": state})
    return answer


def uri(event):
    """The URI of an event."""
    if event.startswith("https://"):
        return event
    family = "oauth" if event in OAUTH_EVENTS else "risc"
    return f"https://schemas.openid.net/secevent/{family}/event-type/{event}"


def application(events):
    _legacy.time = Clock
    _app.AuthorizationCodeGrant = CodeGrant
    _app.Storage = Storage
    _app.Client = Client
    app = _app.app(require_client_registration=True, require_nonce=True)
    app.jinja_loader = jinja2.ChoiceLoader([jinja2.FileSystemLoader(PAGES), app.jinja_loader])
    app.post("/_local/security-event")(events.post)
    app.after_request(with_state)
    # The mock runs in Werkzeug's debugger, which executes code for every client of the port.
    app.debug = False
    app.wsgi_app = app.wsgi_app.app
    return app


def main():
    events = SecurityEvents(sys.argv[2])
    app = application(events)
    client = app.test_client().post("/oauth2/clients", json={"redirect_uris": [sys.argv[1]]}).get_json()
    events.client_id = client["client_id"]
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    print(json.dumps({"port": port, **{key: client[key] for key in ("client_id", "client_secret")}}), flush=True)
    # The parent reads only that line. All further output goes to the log.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    config = uvicorn.Config(app, interface="wsgi", log_level="info")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
