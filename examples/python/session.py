"""The session of README.md, with the client that openapi-python-client has generated."""

import sys
import time
import uuid
from urllib.parse import urlsplit

import httpx
from cinemaxsai_client import AuthenticatedClient
from cinemaxsai_client.api.account import get_account
from cinemaxsai_client.api.billing import get_credits, get_usage
from cinemaxsai_client.api.generations import generate, get_generation, list_models
from cinemaxsai_client.api.identity import logout
from cinemaxsai_client.models import GenerationRequest
from cinemaxsai_client.models.gateway_message import GatewayMessage
from cinemaxsai_client.models.problem import Problem

BASE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"


def sign_in(subject: str) -> str:
    """Signs in at the local Google. The cookies are `Secure`, so they are carried by hand."""
    begun = httpx.get(f"{BASE}/v1/login/google")
    attempt = begun.headers["set-cookie"].split(";")[0]
    consent = httpx.post(begun.headers["location"], data={"sub": subject})
    back = urlsplit(consent.headers["location"])
    arrived = httpx.get(f"{BASE}{back.path}?{back.query}", headers={"cookie": attempt})
    cookies = arrived.headers.get_list("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("__Host-session="))
    return session.split(";")[0].split("=", 1)[1]


def data(answer):
    """The data of an answer, or an error with its problem document, or with the message of the gateway."""
    if answer is None or isinstance(answer, (GatewayMessage, Problem)):
        raise SystemExit(f"refused: {answer}")
    return answer


client = AuthenticatedClient(base_url=BASE, token=sign_in("alice"))

print("signed in as", data(get_account.sync(client=client)).name)
print("models:", len(data(list_models.sync(client=client)).items))

wish = GenerationRequest.from_dict(
    {"model": "flux-schnell", "prompt": "A lighthouse in a storm", "settings": {"aspect_ratio": "16:9"}}
)
generation = data(generate.sync(client=client, body=wish, idempotency_key=str(uuid.uuid4())))
while generation.finished_at is None:
    print(generation.status)
    time.sleep(1)
    generation = data(get_generation.sync(client=client, id=generation.id))
if not generation.outputs:
    raise SystemExit(f"the generation ended as {generation.status}")
output = generation.outputs[0]
with open("lighthouse.png", "wb") as file:
    file.write(httpx.get(output.download_url).content)
print("saved lighthouse.png,", output.width, "by", output.height)

print("credits:", data(get_credits.sync(client=client)).available)
print("months of usage:", len(data(get_usage.sync(client=client)).months))
if logout.sync_detailed(client=client).status_code != 204:
    raise SystemExit("the session has not ended")
print("signed out")
