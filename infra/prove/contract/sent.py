"""The texts of requests, which no log line may have: the hooks write them, and this program looks for them.

Arguments: the description of the local platform, and the files of the hooks. Prints the number of texts and of
lines, and ends with 1 if a line has a text.
"""

import json
import re
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import requests

# A shorter text occurs by chance among the lines of all requests.
SHORTEST = 12

# Headers that a client's library writes.
OF_THE_TRANSPORT = {"accept-encoding", "connection", "content-length", "host", "te", "transfer-encoding"}

# What everybody may read.
ROOT = Path(__file__).parents[3]
PUBLIC = "".join(
    (ROOT / path).read_text() for path in ("functions/site/site/assets/openapi.json", "shared/generations/catalogue.json")
)

# Logs name generations and cases by their ids.
ID = re.compile(r"[0-9a-fA-F-]{36}")

# The answer of MiniStack has at most as many events.
EVENTS_MAX = 10_000


def texts(request):
    """The texts of a request: of its path, its query, its headers and its body."""
    url = urlsplit(request.url)
    found = {unquote_plus(part) for part in url.path.split("/")} | of_form(url.query)
    for name, value in request.headers.items():
        if name.lower() not in OF_THE_TRANSPORT:
            found |= of_header(value if isinstance(value, str) else value.decode("latin-1"))
    body = request.body or b""
    body = body if isinstance(body, bytes) else str(body).encode()
    body = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    try:
        found |= set(of_json(json.loads(body)))
    except ValueError:
        found |= {body} | of_form(body)
    return {text for text in found if len(text) >= SHORTEST and text not in PUBLIC and not ID.fullmatch(text)}


def of_form(text):
    """The names and values of a form, as they are and as a form means them."""
    raw = re.split("[&=]", text)
    pairs = parse_qsl(text, keep_blank_values=True, errors="replace")
    return {*raw, *map(unquote_plus, raw), *(part for pair in pairs for part in pair)}


def of_header(value):
    """A value, its credentials behind a scheme, the signature of a token, and each cookie's value."""
    cookies = [pair.partition("=")[2] for pair in value.split("; ")]
    return {value, value.partition(" ")[2].strip(), value.rpartition(".")[2], *cookies}


def of_json(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from of_json(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from of_json(item)


def lines(platform):
    """Every line of every log group of the platform."""
    for resource in platform["resources"].values():
        if resource["type"] == "AWS::Logs::LogGroup":
            yield from lines_of(platform["cloud"], resource["id"])


def lines_of(cloud, group):
    question = {"logGroupName": group}
    scope = f"{cloud['key']}/20260101/{cloud['region']}/logs/aws4_request"
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "Logs_20140328.FilterLogEvents",
    }
    while True:
        answer = requests.post(cloud["endpoint"], data=json.dumps(question), headers=headers, timeout=60)
        answer.raise_for_status()
        events = answer.json()["events"]
        yield from (event["message"] for event in events)
        if len(events) < EVENTS_MAX:
            return
        # The next answer repeats the last millisecond of this one. A line that is searched twice does no harm.
        if question.get("startTime") == events[-1]["timestamp"]:
            sys.exit(f"{group} has {EVENTS_MAX} events in one millisecond")
        question["startTime"] = events[-1]["timestamp"]


def main():
    platform = json.loads(Path(sys.argv[1]).read_text())
    sent = set().union(*(json.loads(Path(file).read_text()) for file in sys.argv[2:]))
    logged = "\n".join(lines(platform))
    if not sent or logged.count("\n") < len(sys.argv[2:]) * 100:
        sys.exit(f"{len(sent)} texts and {logged.count(chr(10))} lines: the search has nothing to search")
    # In a line of JSON, quotes and controls of a text are escaped.
    found = [text for text in sorted(sent) if text in logged or json.dumps(text, ensure_ascii=False)[1:-1] in logged]
    print(f"{len(sent)} texts of the requests were looked for in {logged.count(chr(10)) + 1} log lines")
    if found:
        sys.exit("log lines have texts of the requests: " + ", ".join(map(repr, found[:20])))


if __name__ == "__main__":
    main()
