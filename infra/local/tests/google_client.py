"""Independent clients, PyPI `Authlib` and `joserfc`, against the local Google.

Argument: the path of google.py.
"""

import html.parser
import json
import os
import subprocess
import sys
import tempfile
import time

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from harness import Receiver, browse, expect_picture, redirected, refusal, request, run, submit

REDIRECT_URI = "http://127.0.0.1:9/v1/login/google/callback"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
RECEIVER = Receiver(status=202)


class Fields(html.parser.HTMLParser):
    """The names of the fields and buttons of a page."""

    def __init__(self, text):
        super().__init__()
        self.names = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag in ("input", "button"):
            self.names.add(dict(attributes).get("name"))


class Google:
    """A running local Google."""

    def __init__(self, port, client_id, client_secret):
        self.base = f"http://127.0.0.1:{port}"
        self.client_id, self.client_secret = client_id, client_secret

    def session(self):
        return OAuth2Session(
            self.client_id,
            self.client_secret,
            scope="openid email profile",
            redirect_uri=REDIRECT_URI,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_post",
        )

    def page(self, oauth, **more):
        url, _ = oauth.create_authorization_url(
            self.base.replace("127.0.0.1", "localhost") + "/oauth2/authorize", state="a state of ours", **more
        )
        return url

    def keys(self):
        return KeySet.import_key_set(request("GET", self.base + "/jwks"))

    def event(self, **asked):
        headers = {"content-type": "application/json"}
        return request("POST", self.base + "/_local/security-event", asked, headers)


def a_person_signs_in_through_the_page(google):
    oauth = google.session()
    url = google.page(oauth, code_verifier="v" * 64, nonce="n" * 32)
    text = browse(url)
    assert "E-mail or name" in text and "stand-in" in text and Fields(text).names >= {"sub", "action"}, text
    assert "http://" not in text and "https://" not in text, "the page needs nothing from elsewhere"
    query = redirected(url, {"sub": "ada@people.test"}, REDIRECT_URI)
    assert query["state"] == "a state of ours", query
    tokens = oauth.fetch_token(google.base + "/oauth2/token", code=query["code"], code_verifier="v" * 64)
    claims = jwt.decode(tokens["id_token"], google.keys(), algorithms=["RS256"]).claims
    assert (claims["iss"], claims["nonce"], claims["email"]) == (google.base, "n" * 32, "ada@people.test"), claims
    assert claims["picture"] == google.base + "/_local/pictures/ada%40people.test", claims
    expect_picture(claims["picture"])
    again = lambda: oauth.fetch_token(google.base + "/oauth2/token", code=query["code"], code_verifier="v" * 64)
    assert refusal(OAuthError, again).error == "invalid_grant"
    assert "Signed in before" in browse(url)


def a_person_cancels_and_comes_back_with_the_state(google):
    url = google.page(google.session(), code_verifier="v" * 64, nonce="n" * 32)
    query = redirected(url, {"action": "deny", "sub": ""}, REDIRECT_URI)
    assert (query["error"], query["state"]) == ("access_denied", "a state of ours"), query


def a_page_without_pkce_or_nonce_is_refused(google):
    oauth = google.session()
    for more in [{"nonce": "n" * 32}, {"code_verifier": "v" * 64}]:
        error = submit(google.page(oauth, **more), {"sub": "ada"})
        assert "error=invalid_request" in error.headers.get("location", "") or error.code == 400, more


def security_events_are_signed_and_sent(google):
    told = google.event(event="sessions-revoked", sub="ada", times=2)
    assert told["statuses"] == [202, 202], told
    first, second = RECEIVER.next(), RECEIVER.next()
    assert first.body.decode() == second.body.decode() == told["token"], first
    assert first.headers["content-type"] == second.headers["content-type"] == "application/secevent+jwt", first
    assert jws.extract_compact(told["token"].encode()).headers()["typ"] == "secevent+jwt"
    claims = jwt.decode(told["token"], google.keys(), algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"]) == (google.base, google.client_id) and "exp" not in claims, claims
    assert abs(claims["iat"] - time.time()) < 60 and claims["jti"], claims
    subject = {"subject_type": "iss-sub", "iss": google.base, "sub": "ada"}
    assert claims["events"] == {RISC + "sessions-revoked": {"subject": subject}}, claims
    RECEIVER.status = 400
    assert google.event(event="tokens-revoked", sub="ada")["statuses"] == [400]
    token = RECEIVER.next().body.decode()
    events = jwt.decode(token, google.keys(), algorithms=["RS256"]).claims["events"]
    assert list(events) == ["https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked"], events


def security_events_are_wrong_as_asked(google):
    decoded = lambda **asked: jwt.decode(
        google.event(event="verification", times=0, **asked)["token"], google.keys(), algorithms=["RS256"]
    )
    assert decoded(state="x").claims["events"] == {RISC + "verification": {"state": "x"}}
    wrong = decoded(iss="https://elsewhere.test", aud="another", iat=1, typ="JWT")
    assert wrong.header["typ"] == "JWT", wrong.header
    assert [wrong.claims[name] for name in ("iss", "aud", "iat")] == ["https://elsewhere.test", "another", 1]
    refusal(BadSignatureError, lambda: decoded(key="other"))
    assert RECEIVER.deliveries.empty(), "an event that is sent no times is not sent"


if __name__ == "__main__":
    checks = [
        a_person_signs_in_through_the_page,
        a_person_cancels_and_comes_back_with_the_state,
        a_page_without_pkce_or_nonce_is_refused,
        security_events_are_signed_and_sent,
        security_events_are_wrong_as_asked,
    ]
    with tempfile.TemporaryDirectory() as folder:
        clock = os.path.join(folder, "clock")
        with open(clock, "w", encoding="ascii") as file:
            file.write("0\n")
        hook = f"{RECEIVER.url}/v1/webhooks/identity/google"
        program = [sys.executable, "-B", "-W", "ignore", sys.argv[1], REDIRECT_URI, hook]
        environment = {"HOME": folder, "LOCAL_CLOCK_FILE": clock}
        with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
            try:
                run(checks, Google(**json.loads(process.stdout.readline())))
            finally:
                process.terminate()
