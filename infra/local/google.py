"""The local Google: oidc-provider-mock, as strict as the real service.

Argument: the one registered redirect URI. The program listens on a free loopback port, and then writes
one JSON line to stdout: port, client_id, client_secret.

It adds to the mock: PKCE by S256 and the nonce are required, the secret may come in the header or in the
body, and a new person has the claims that Google always sends. A test sets other claims in advance by
PUT /users/<sub>. ID tokens follow the clock of LOCAL_CLOCK_FILE.
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


def application():
    _legacy.time = Clock
    _app.AuthorizationCodeGrant = CodeGrant
    _app.Storage = Storage
    _app.Client = Client
    app = _app.app(require_client_registration=True, require_nonce=True)
    # The mock runs in Werkzeug's debugger, which executes code for every client of the port.
    app.debug = False
    app.wsgi_app = app.wsgi_app.app
    return app


def main():
    app = application()
    client = app.test_client().post("/oauth2/clients", json={"redirect_uris": [sys.argv[1]]}).get_json()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    print(json.dumps({"port": port, **{key: client[key] for key in ("client_id", "client_secret")}}), flush=True)
    # The parent reads only that line. All further output goes to the log.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    config = uvicorn.Config(app, interface="wsgi", log_level="info")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
