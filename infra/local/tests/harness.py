"""The common part of the scripts that drive a fake: its control, its webhooks, its pages, and the run of the checks."""

import http.server
import json
import queue
import threading
import typing
import urllib.error
import urllib.parse
import urllib.request

# The longest wait for a webhook, in seconds. The fakes repeat a refused one within it.
PATIENCE_S = 15


class Fake:
    """The control of a running fake, which is no part of a partner's protocol."""

    def __init__(self, base):
        self.base = base

    def control(self, **knobs):
        """Resets all knobs, then turns the given ones. Returns the counts."""
        self.act("reset")
        return request("PATCH", f"{self.base}/_control", knobs)["counts"]

    def act(self, act, **asked):
        """Makes the fake act once, such as `notify`."""
        request("POST", f"{self.base}/_control/{act}", asked)


class Delivery(typing.NamedTuple):
    """A webhook as it came. The names of its headers are in lower case."""

    path: str
    headers: dict
    body: bytes


class Receiver(http.server.ThreadingHTTPServer):
    """A server on this machine that keeps each webhook, and answers it with `status`.

    `refusals`: the number of webhooks that it answers with 503 first, so that the fake must repeat them.
    """

    def __init__(self, port=0, status=204):
        super().__init__(("127.0.0.1", port), Handler)
        self.status, self.refusals = status, 0
        self.deliveries = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def next(self):
        """Waits for the next webhook."""
        return self.deliveries.get(timeout=PATIENCE_S)

    def arrived(self):
        """The next webhook, which must have come already."""
        return self.deliveries.get_nowait()


class Handler(http.server.BaseHTTPRequestHandler):
    """One request to a `Receiver`."""

    def do_POST(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = self.server.status
        if self.server.refusals > 0:
            self.server.refusals -= 1
            status = 503
        self.server.deliveries.put(Delivery(self.path, headers, self.rfile.read(int(headers["content-length"]))))
        self.send_response(status)
        self.end_headers()

    def do_GET(self):
        """A page of ours to which a partner sends a person back. It shows its own path."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_):
        pass


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def request(method, url, value=None, headers={}):
    """Sends a request, whose body is the JSON of a value if there is one. Returns the JSON of the answer."""
    body = None if value is None else json.dumps(value).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method)) as answer:
        return json.load(answer)


def browse(url, form=None):
    """Opens a page, or sends its form. Returns the text of the page to which that leads."""
    body = None if form is None else urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(url, body) as page:
        return page.read().decode()


def submit(url, form):
    """Sends the form of a page. Returns the redirect or the refusal, which is not followed."""
    opener = urllib.request.build_opener(NoRedirect)
    return refusal(urllib.error.HTTPError, lambda: opener.open(url, urllib.parse.urlencode(form).encode()))


def redirected(url, form, redirect_uri):
    """Sends the form of a partner's page. Returns the query of the way back to our redirect URI."""
    answer = submit(url, form)
    location = answer.headers["location"]
    assert answer.code == 302 and location.startswith(redirect_uri + "?"), (answer.code, location)
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))


def expect_picture(url):
    """The file at this address is a PNG."""
    with urllib.request.urlopen(url) as file:
        content = file.read()
    assert file.headers["content-type"] == "image/png" and content.startswith(b"\x89PNG\r\n\x1a\n"), content[:16]


def refusal(kind, call):
    """The exception of this kind that a call must raise."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"a call that must raise {kind.__name__} succeeded")


def run(checks, *arguments):
    """Runs the checks in their order. The first that fails ends the script."""
    for check in checks:
        check(*arguments)
        print(f"ok: {check.__name__}")
