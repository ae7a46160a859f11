"""The local Google: oidc-provider-mock, made as strict as the real one.

Argument: the one redirect URI that is registered. When it listens (on a free loopback port), it
writes one JSON line to stdout: port, client_id, client_secret.

On top of the mock: PKCE by S256 is demanded and verified, the nonce is demanded, the secret may come
in the header or in the body, and a new person has the claims that Google always sends. A test may set
other claims before by PUT /users/<sub>. ID tokens go by the clock of LOCAL_CLOCK_FILE.
"""

import json
import os
import socket
import sys
import time

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import uvicorn
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import _legacy
from oidc_provider_mock import _app, _storage

challenges = {}


class Clock:
    """What the module that makes ID tokens takes for `time`: ahead of the machine by the milliseconds in the file."""

    @staticmethod
    def time():
        with open(os.environ["LOCAL_CLOCK_FILE"], encoding="ascii") as file:
            return time.time() + int(file.read()) / 1000


class Pkce(CodeChallenge):
    """PKCE by S256 only, for clients with a secret too."""

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
    """The mock's storage, in which everybody has an account at Google."""

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
    """The mock's client, which may send its secret both ways, as Google allows."""

    def check_endpoint_auth_method(self, method, endpoint):
        return method in CodeGrant.TOKEN_ENDPOINT_AUTH_METHODS


def application():
    _legacy.time = Clock
    _app.AuthorizationCodeGrant = CodeGrant
    _app.Storage = Storage
    _app.Client = Client
    app = _app.app(require_client_registration=True, require_nonce=True)
    # The mock runs in Werkzeug's debugger, which would execute code for whoever reaches the port.
    app.debug = False
    app.wsgi_app = app.wsgi_app.app
    return app


def main():
    app = application()
    client = app.test_client().post("/oauth2/clients", json={"redirect_uris": [sys.argv[1]]}).get_json()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    print(json.dumps({"port": port, **{key: client[key] for key in ("client_id", "client_secret")}}), flush=True)
    # Nobody reads the pipe after that line; the log of requests goes to the log.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    config = uvicorn.Config(app, interface="wsgi", log_level="info")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
