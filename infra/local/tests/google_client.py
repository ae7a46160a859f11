"""Independent clients, PyPI `Authlib` and `joserfc`, against the local Google.

Argument: the path of google.py.
"""

import html.parser
import http.server
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

REDIRECT_URI = "http://127.0.0.1:9/v1/login/google/callback"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Fields(html.parser.HTMLParser):
    """The names of the fields and buttons of a page."""

    def __init__(self, text):
        super().__init__()
        self.names = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag in ("input", "button"):
            self.names.add(dict(attributes).get("name"))


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps each security event token."""

    received = queue.Queue()
    status = 202

    def do_POST(self):
        self.received.put((self.headers["content-type"], self.rfile.read(int(self.headers["content-length"])).decode()))
        self.send_response(Receiver.status)
        self.end_headers()

    def log_message(self, *_):
        pass


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
        with urllib.request.urlopen(self.base + "/jwks") as answer:
            return KeySet.import_key_set(json.load(answer))

    def event(self, **asked):
        body = json.dumps(asked).encode()
        headers = {"content-type": "application/json"}
        with urllib.request.urlopen(
            urllib.request.Request(self.base + "/_local/security-event", body, headers)
        ) as answer:
            return json.load(answer)


def pressed(url, form):
    """The query of the redirect after a button of the page was pressed."""
    opener = urllib.request.build_opener(NoRedirect)
    answer = refusal(urllib.error.HTTPError, lambda: opener.open(url, urllib.parse.urlencode(form).encode()))
    assert answer.code == 302 and answer.headers["location"].startswith(REDIRECT_URI), answer.headers
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["location"]).query))


def refusal(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"a call that must raise {kind.__name__} succeeded")


def a_person_signs_in_through_the_page(google):
    oauth = google.session()
    url = google.page(oauth, code_verifier="v" * 64, nonce="n" * 32)
    with urllib.request.urlopen(url) as page:
        text = page.read().decode()
    assert "E-mail or name" in text and "stand-in" in text and Fields(text).names >= {"sub", "action"}, text
    assert "http://" not in text and "https://" not in text, "the page needs nothing from elsewhere"
    query = pressed(url, {"sub": "ada@people.test"})
    assert query["state"] == "a state of ours", query
    tokens = oauth.fetch_token(google.base + "/oauth2/token", code=query["code"], code_verifier="v" * 64)
    claims = jwt.decode(tokens["id_token"], google.keys(), algorithms=["RS256"]).claims
    assert (claims["iss"], claims["nonce"], claims["email"]) == (google.base, "n" * 32, "ada@people.test"), claims
    again = lambda: oauth.fetch_token(google.base + "/oauth2/token", code=query["code"], code_verifier="v" * 64)
    assert refusal(OAuthError, again).error == "invalid_grant"
    with urllib.request.urlopen(url) as page:
        assert "Signed in before" in page.read().decode()


def a_person_cancels_and_comes_back_with_the_state(google):
    url = google.page(google.session(), code_verifier="v" * 64, nonce="n" * 32)
    query = pressed(url, {"action": "deny", "sub": ""})
    assert (query["error"], query["state"]) == ("access_denied", "a state of ours"), query


def a_page_without_pkce_or_nonce_is_refused(google):
    oauth = google.session()
    for more in [{"nonce": "n" * 32}, {"code_verifier": "v" * 64}]:
        url = google.page(oauth, **more)
        answer = lambda: urllib.request.build_opener(NoRedirect).open(url, b"sub=ada")
        error = refusal(urllib.error.HTTPError, answer)
        assert "error=invalid_request" in error.headers.get("location", "") or error.code == 400, more


def security_events_are_signed_and_sent(google):
    told = google.event(event="sessions-revoked", sub="ada", times=2)
    assert told["statuses"] == [202, 202], told
    first, second = Receiver.received.get(timeout=15), Receiver.received.get(timeout=15)
    assert first == second == ("application/secevent+jwt", told["token"]), first
    assert jws.extract_compact(told["token"].encode()).headers()["typ"] == "secevent+jwt"
    claims = jwt.decode(told["token"], google.keys(), algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"]) == (google.base, google.client_id) and "exp" not in claims, claims
    assert abs(claims["iat"] - time.time()) < 60 and claims["jti"], claims
    subject = {"subject_type": "iss-sub", "iss": google.base, "sub": "ada"}
    assert claims["events"] == {RISC + "sessions-revoked": {"subject": subject}}, claims
    Receiver.status = 400
    assert google.event(event="tokens-revoked", sub="ada")["statuses"] == [400]
    token = Receiver.received.get(timeout=15)[1]
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
    assert Receiver.received.empty(), "an event that is sent no times is not sent"


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        clock = os.path.join(folder, "clock")
        with open(clock, "w", encoding="ascii") as file:
            file.write("0\n")
        hook = f"http://127.0.0.1:{server.server_port}/v1/webhooks/identity/google"
        program = [sys.executable, "-B", "-W", "ignore", sys.argv[1], REDIRECT_URI, hook]
        environment = {"HOME": folder, "LOCAL_CLOCK_FILE": clock}
        with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
            try:
                running = Google(**json.loads(process.stdout.readline()))
                for check in [
                    a_person_signs_in_through_the_page,
                    a_person_cancels_and_comes_back_with_the_state,
                    a_page_without_pkce_or_nonce_is_refused,
                    security_events_are_signed_and_sent,
                    security_events_are_wrong_as_asked,
                ]:
                    check(running)
                    print(f"{check.__name__}: ok")
            finally:
                process.terminate()
