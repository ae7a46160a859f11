"""Independent clients, PyPI `Authlib` and `joserfc`, against a fake Apple.

Arguments: the fake's base URL, our private key there (PEM), our redirect URI, the port that it sends notifications to.
"""

import html.parser
import json
import os
import sys
import time
import urllib.error

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey, KeySet

from harness import Fake, Receiver, browse, refusal, request, run

BASE, PEM, REDIRECT_URI, PORT = sys.argv[1:5]
CLIENT, TEAM, KEY = "com.cinemaxsai.web", "CINEMAXSAI", "LOCAL0KEY1"
PAGE = BASE.replace("127.0.0.1", "localhost") + "/auth/authorize"
FAKE, RECEIVER = Fake(BASE), Receiver(int(PORT))


def client_secret(**changes):
    """A client secret as "Creating a client secret" in Apple's documentation says."""
    now = int(time.time())
    claims = {"iss": TEAM, "iat": now, "exp": now + 300, "aud": BASE, "sub": CLIENT, **changes}
    return jwt.encode({"alg": "ES256", "kid": KEY}, claims, ECKey.import_key(PEM), algorithms=["ES256"])


def session(**changes):
    return OAuth2Session(
        CLIENT,
        client_secret(**changes),
        scope="name email",
        redirect_uri=REDIRECT_URI,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post",
        revocation_endpoint_auth_method="client_secret_post",
    )


class Form(html.parser.HTMLParser):
    """The form of a page: its address and its hidden fields."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.action = attributes.get("action")
        if tag == "input" and attributes.get("type") == "hidden":
            self.fields[attributes["name"]] = attributes["value"]


def authorized(oauth, person, **choices):
    """Goes through the page. Returns the fields of the form for us, and the verifier and the nonce of the attempt."""
    verifier, nonce = "v" * 64, "n" * 32
    url, state = oauth.create_authorization_url(PAGE, code_verifier=verifier, nonce=nonce, response_mode="form_post")
    assert "stand-in" in browse(url)
    form = Form(browse(url, {"person": person, "action": "continue", **choices}))
    assert form.action == REDIRECT_URI and form.fields["state"] == state, (form.action, form.fields)
    return form.fields, verifier, nonce


def keys():
    published = request("GET", BASE + "/auth/keys")
    assert len(published["keys"]) > 1 and all(key["alg"] == "RS256" for key in published["keys"]), published
    return KeySet.import_key_set(published)


def verified(token, **wanted):
    """The claims of a token of Apple's, after signature, issuer, audience and time were checked."""
    claims = jwt.decode(token, keys(), algorithms=["RS256"]).claims
    wanted = {"iss": BASE, "aud": CLIENT, **wanted}
    registry = jwt.JWTClaimsRegistry(**{name: {"essential": True, "value": value} for name, value in wanted.items()})
    registry.validate(claims)
    return claims


def a_person_signs_in_is_known_again_and_is_revoked():
    oauth = session()
    fields, verifier, nonce = authorized(oauth, "ada@people.test", first_name="Ada", last_name="Lovelace", email="hide")
    user = json.loads(fields["user"])
    assert user["name"] == {"firstName": "Ada", "lastName": "Lovelace"}, user
    assert user["email"].endswith("@privaterelay.appleid.com"), user
    tokens = oauth.fetch_token(BASE + "/auth/token", code=fields["code"], code_verifier=verifier)
    claims = verified(tokens["id_token"], nonce=nonce, nonce_supported=True)
    assert claims["email"] == user["email"] and claims["is_private_email"] == claims["email_verified"] == "true", claims
    assert claims["sub"].count(".") == 2 and claims["exp"] > time.time(), claims

    again = session()
    fields, verifier, nonce = authorized(again, "ada@people.test")
    assert "user" not in fields, fields
    tokens = again.fetch_token(BASE + "/auth/token", code=fields["code"], code_verifier=verifier)
    assert verified(tokens["id_token"], nonce=nonce)["sub"] == claims["sub"]

    refreshed = again.refresh_token(BASE + "/auth/token", refresh_token=tokens["refresh_token"])
    assert verified(refreshed["id_token"])["sub"] == claims["sub"], refreshed
    answer = again.revoke_token(BASE + "/auth/revoke", token=tokens["refresh_token"], token_type_hint="refresh_token")
    assert (answer.status_code, answer.text) == (200, ""), answer
    error = refusal(
        OAuthError, lambda: again.refresh_token(BASE + "/auth/token", refresh_token=tokens["refresh_token"])
    )
    assert error.error == "invalid_grant", error
    fields, _, _ = authorized(session(), "ada@people.test")
    assert "user" in fields, "after a revocation the next time is a first time"


def what_is_wrong_is_refused_in_apples_form():
    now = int(time.time())
    for changes, error in [
        ({"exp": now + 15_777_000 + 3_600}, "invalid_client"),
        ({"exp": now - 1}, "invalid_client"),
        ({"aud": "https://accounts.google.com"}, "invalid_client"),
        ({"iss": "ANOTHER123"}, "invalid_client"),
        ({"sub": "com.another.web"}, "invalid_client"),
    ]:
        oauth = session(**changes)
        fields, verifier, _ = authorized(oauth, "bob")
        exchange = lambda: oauth.fetch_token(BASE + "/auth/token", code=fields["code"], code_verifier=verifier)
        assert refusal(OAuthError, exchange).error == error, changes
    oauth = session()
    fields, verifier, _ = authorized(oauth, "bob")
    exchange = lambda verifier: oauth.fetch_token(BASE + "/auth/token", code=fields["code"], code_verifier=verifier)
    assert refusal(OAuthError, lambda: exchange("w" * 64)).error == "invalid_grant"
    assert refusal(OAuthError, lambda: exchange(verifier)).error == "invalid_grant", "a code is valid once"
    elsewhere = OAuth2Session(CLIENT, scope="name email", redirect_uri="http://127.0.0.1/elsewhere")
    url, _ = elsewhere.create_authorization_url(PAGE, response_mode="form_post")
    assert refusal(urllib.error.HTTPError, lambda: browse(url)).code == 400


def notifications_verify_unless_the_knob_forges_them():
    authorized(session(), "cem@people.test")
    notify = lambda: FAKE.act("notify", type="email-disabled", person="cem@people.test")
    received = lambda: json.loads(RECEIVER.next().body)["payload"]
    notify()
    events = json.loads(verified(received())["events"])
    assert events["type"] == "email-disabled" and events["email"] == "cem@people.test", events
    assert abs(events["event_time"] / 1000 - time.time()) < 60, events

    FAKE.control(notices="twice")
    notify()
    assert verified(received())["jti"] == verified(received())["jti"]

    FAKE.control(notices="other_key")
    notify()
    refusal(BadSignatureError, lambda: verified(received()))

    FAKE.control(notices="audience")
    notify()
    refusal(JoseError, lambda: verified(received()))


if __name__ == "__main__":
    checks = [
        a_person_signs_in_is_known_again_and_is_revoked,
        what_is_wrong_is_refused_in_apples_form,
        notifications_verify_unless_the_knob_forges_them,
    ]
    run(checks)
    FAKE.control()
