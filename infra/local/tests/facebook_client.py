"""Meta's own official client, PyPI `facebook-business`, and an independent one, `facebook-sdk`, against a fake Facebook.

Arguments: the fake's base URL, its app id, its app secret, our redirect URI, the port that it calls back.
"""

import sys
import urllib.parse

import facebook
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from harness import Fake, Receiver, browse, redirected, refusal, run

BASE, APP, SECRET, REDIRECT_URI, PORT = sys.argv[1:6]
VERSION = "v24.0"
FAKE, RECEIVER = Fake(BASE), Receiver(int(PORT))

# Where the clients send their requests.
FacebookSession.GRAPH = BASE
facebook.FACEBOOK_GRAPH_URL = BASE + "/"
facebook.FACEBOOK_WWW_URL = BASE + "/"


def graph(token=None):
    """The independent client. It knows only old versions, so its version is set by hand."""
    client = facebook.GraphAPI(token)
    client.version = VERSION
    return client


def signed_in(person, **choices):
    """Goes through the dialog. Returns the code."""
    url = graph().get_auth_url(APP, REDIRECT_URI, ["public_profile", "email"], state="a state of ours")
    assert "stand-in" in browse(url)
    query = redirected(url, {"person": person, "action": "continue", **choices}, REDIRECT_URI)
    assert query["state"] == "a state of ours", query
    return query["code"]


def token(person, **choices):
    return graph().get_access_token_from_code(signed_in(person, **choices), REDIRECT_URI, APP, SECRET)["access_token"]


def me(access_token, secret, fields="id,name,email"):
    """`/me` by Meta's client, which makes the proof from the secret."""
    api = FacebookAdsApi(FacebookSession(APP, secret, access_token), api_version=VERSION)
    return api.call("GET", ("me",), {"fields": fields}).json()


def the_official_client_proves_itself_and_reads_a_person():
    access_token = token("ada@people.test")
    person = me(access_token, SECRET)
    assert person["email"] == "ada@people.test" and person["name"] == "Ada", person
    error = refusal(FacebookRequestError, lambda: me(access_token, "another secret"))
    assert error.api_error_message() == "Invalid appsecret_proof provided in the API argument", error
    assert (error.http_status(), error.api_error_code()) == (400, 100), error
    error = refusal(FacebookRequestError, lambda: me(access_token, None))
    assert (error.api_error_type(), error.api_error_code()) == ("GraphMethodException", 100), error
    error = refusal(FacebookRequestError, lambda: me("EAAx", SECRET))
    assert (error.api_error_type(), error.api_error_code()) == ("OAuthException", 190), error
    for choice in ["withhold", "none"]:
        assert "email" not in me(token("ada@people.test", email=choice), SECRET)
    FAKE.control(answers="server_error")
    error = refusal(FacebookRequestError, lambda: me(access_token, SECRET))
    assert (error.http_status(), error.api_error_code(), error.api_transient_error()) == (500, 2, True), error
    FAKE.control()


def an_independent_client_exchanges_a_code_and_debugs_its_token():
    code = signed_in("bob")
    access = graph().get_access_token_from_code(code, REDIRECT_URI, APP, SECRET)
    assert access["token_type"] == "bearer" and access["expires_in"] > 5_000_000, access
    data = graph().debug_access_token(access["access_token"], APP, SECRET)["data"]
    assert data["is_valid"] and data["app_id"] == APP and data["type"] == "USER", data
    assert data["user_id"] == me(access["access_token"], SECRET)["id"], data
    exchange = lambda code, uri, secret: lambda: graph().get_access_token_from_code(code, uri, APP, secret)
    for call in [
        exchange(code, REDIRECT_URI, SECRET),
        exchange(signed_in("bob"), REDIRECT_URI + "/", SECRET),
        exchange(signed_in("bob"), REDIRECT_URI, "another secret"),
        lambda: graph().debug_access_token(access["access_token"], APP, "another secret"),
        lambda: graph(access["access_token"]).get_object("me"),
    ]:
        refusal(facebook.GraphAPIError, call)


def signed_request():
    """The path and the signed request of the next callback."""
    callback = RECEIVER.next()
    return callback.path, urllib.parse.parse_qs(callback.body.decode())["signed_request"][0]


def callbacks_are_signed_as_an_independent_parser_expects():
    access_token = token("cem")
    subject = me(access_token, SECRET)["id"]
    for act, path in [("deauthorize", "facebook"), ("data-deletion", "facebook-deletion")]:
        FAKE.act(act, person="cem")
        where, signed = signed_request()
        assert where == f"/v1/webhooks/identity/{path}", where
        assert facebook.parse_signed_request(signed, SECRET)["user_id"] == subject
        assert facebook.parse_signed_request(signed, "another secret") is False
    error = refusal(FacebookRequestError, lambda: me(access_token, SECRET))
    assert (error.api_error_code(), error.api_error_subcode()) == (190, 458), error
    for mode in ["other_secret", "other_algorithm"]:
        FAKE.control(callbacks=mode)
        FAKE.act("deauthorize", person="cem")
        _, signed = signed_request()
        assert facebook.parse_signed_request(signed, SECRET) is False, mode


if __name__ == "__main__":
    checks = [
        the_official_client_proves_itself_and_reads_a_person,
        an_independent_client_exchanges_a_code_and_debugs_its_token,
        callbacks_are_signed_as_an_independent_parser_expects,
    ]
    run(checks)
    FAKE.control()
