"""The browser of a scenario, its people, and what a failure leaves behind.

A scenario is a script of this folder: `run` starts the browser, plays the scenario, and ends with its message. It needs
the description of a running platform, which the local platform writes: `target/local/<port>.json`.

Every wait is for a condition, at most `PATIENCE_MS`.
"""

import argparse
import contextlib
import json
import pathlib
import random
import re
import shutil
import string
import sys
import time
import urllib.parse
import urllib.request

import axe
from playwright.sync_api import Error, expect, sync_playwright

# A cold start of a function on a busy machine takes many seconds.
PATIENCE_MS = 60_000

# Without a sandbox, because a container has none. No name is looked up, so that no page reaches beyond this machine.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]

SESSION = "__Host-session"
REFRESH = "__Host-refresh"
ATTEMPT = "__Host-sign-in-"
CONSENT = "consent"

# The text that asks for consent, as the page about cookies names it.
ASKED = re.compile(r'data-version="([^"]+)" data-hash="([^"]+)"')

# The faults that can be planted in the scripts.
PLANTS = pathlib.Path(__file__).with_name("plants.json")

FOLDER_OF_ASSETS = re.compile(r"/a/[0-9a-f]+/")

# How far a page reaches beyond the right end of the window. Wide tables scroll inside of it.
BEYOND = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

# The sizes of the window: width and height in CSS pixels.
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
SCHEMES = ("light", "dark")


class Person:
    """Somebody whom no other scenario knows, by an e-mail address. The last name occurs nowhere else.

    All scenarios have one network address, and only the first 40 new accounts of a network on a day can spend their
    credits. So a scenario has as few people as it needs.
    """

    def __init__(self, first_name):
        self.last_name = "".join(random.choices(string.ascii_lowercase, k=10)).title()
        self.first_name = first_name
        self.email = f"{first_name}.{self.last_name}@people.example".lower()

    @property
    def name(self):
        return f"{self.first_name} {self.last_name}"


class Browser:
    """A browser of one person: its cookies, its tabs, and the answers that its tabs have got.

    `settings` are those of a context of playwright, such as `java_script_enabled=False`. Colours change at once, so
    that axe sees the last ones. The question about advertising is answered with no, unless the browser is to be asked.
    """

    def __init__(self, stage, is_asked=False, **settings):
        self.stage = stage
        self.context = stage.chromium.new_context(reduced_motion="reduce", **settings)
        refusal = {} if is_asked else stage.refusal()
        if refusal:
            self.context.add_cookies([refusal])
        stage.plant(self.context)
        self.context.set_default_timeout(1_000 * stage.options.patience)
        self.callbacks = []
        self.console = []
        self.errors = []

    def tab(self):
        """A new tab."""
        page = self.context.new_page()
        page.on("response", self._note)
        page.on("console", lambda line: self.console.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def _note(self, answer):
        if urllib.parse.urlsplit(answer.url).path.endswith("/callback"):
            self.callbacks.append((answer.request.method, answer.status, answer.headers.get("location", "")))

    def last_callback(self):
        """Method, status and `Location` of the last answer to a partner's way back."""
        assert self.callbacks, "no partner has sent the browser back to us"
        return self.callbacks[-1]

    def cookies(self):
        """The cookies of our site by name."""
        return {cookie["name"]: cookie for cookie in self.context.cookies(self.stage.base)}

    def attempts(self):
        """The cookies of sign-ins that have begun and not ended."""
        return [cookie for name, cookie in self.cookies().items() if name.startswith(ATTEMPT)]

    def forget(self, name):
        """Removes a cookie, as at the end of its life."""
        self.context.clear_cookies(name=name)


class Stage:
    """One scenario: the platform, the browsers, and the folder of the pictures."""

    def __init__(self, chromium, options):
        self.chromium = chromium
        self.options = options
        self.platform = json.loads(options.map.read_text())
        self.base = self.platform["base_url"]
        self.browsers = []
        self.refused = None

    def browser(self, size="desktop", **settings):
        """A browser without cookies, as wide as a desktop or a phone."""
        width, height = SIZES[size]
        viewport = {"width": width, "height": height}
        self.browsers.append(Browser(self, viewport=viewport, has_touch=size == "phone", **settings))
        return self.browsers[-1]

    def ask(self, address, method="GET", body=None, patience_s=PATIENCE_MS / 1000):
        """The text of an answer, as a program asks for it, without cookies."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(address, data, {"content-type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=patience_s) as answer:
            return answer.read().decode()

    def refusal(self):
        """The cookie of a person who has said no to the advertising network. Empty if the platform has none."""
        if self.refused is None:
            self.refused = {}
            asked = ASKED.search(self.ask(f"{self.base}/cookies"))
            if asked:
                value = f"{asked[1]}.{asked[2][:8]}.refused.{int(time.time())}"
                # A Secure cookie is stored only for https, and is sent to loopback too.
                url = self.base.replace("http:", "https:")
                self.refused = {"name": CONSENT, "value": value, "url": url, "secure": True, "sameSite": "Lax"}
        return self.refused

    def advance_clock(self, by):
        """Moves the clock of the functions forward, such as by `31s`. Every schedule runs once before the answer."""
        self.ask(f"{self.base}/_local/clock", "POST", {"advance": by}, patience_s=180)

    def control(self, partner):
        """The knobs and the counts of a stand-in, such as `stripe`."""
        return json.loads(self.ask(f"{self.platform[partner]}/_control"))

    @contextlib.contextmanager
    def turned(self, partner, **knobs):
        """Turns knobs of a stand-in, and back. All scenarios share the stand-ins: play such a scenario alone, or turn
        those of one that no other scenario uses."""
        address = f"{self.platform[partner]}/_control"
        self.ask(address, "PATCH", knobs)
        try:
            yield
        finally:
            self.ask(f"{address}/reset", "POST")

    def plant(self, context):
        """Puts the fault of `--plant`, if there is one, into a script as this browser gets it. See `planted.py`."""
        if not self.options.plant:
            return
        plant = next(plant for plant in json.loads(PLANTS.read_text()) if plant["name"] == self.options.plant)
        path = f"{FOLDER_OF_ASSETS.search(self.ask(self.base))[0]}{plant['asset']}"
        script = self.ask(f"{self.base}{path}")
        if script.count(plant["text"]) != 1:
            sys.exit(f"{plant['name']} cannot be planted: its text must stand once in {plant['asset']}")
        changed = script.replace(plant["text"], plant["instead"])
        answer = {"content_type": "text/javascript; charset=utf-8", "body": changed}
        context.route(f"{self.base}{path}", lambda route: route.fulfill(**answer))

    def figure(self, what, value):
        """Writes a figure that a person may want to read: a line of `<scenario>-figures.txt` beside the pictures."""
        with self.options.into.joinpath(f"{self.options.name}-figures.txt").open("a") as file:
            file.write(f"{what}: {value}\n")

    def is_ours(self, url):
        """Whether a page is one of ours."""
        return url == self.base or url.startswith(f"{self.base}/")

    def state(self, page, name):
        """A state that a person may see: axe finds no fault in it, in both themes and on both sizes, and nothing of it is
        beside the window.

        With `--screenshots` it is also a picture each.
        """
        faults = []
        with as_seen(page) as views:
            for view in views:
                faults += [f"{name}, {view}: {fault}" for fault in axe.faults(page)]
                beyond = page.evaluate(BEYOND)
                faults += [f"{name}, {view}: the page is {beyond} pixels wider than the window"] if beyond > 0 else []
                self._picture(page, f"{name}-{view}")
        assert not faults, "faults of the page:\n" + "\n".join(faults)

    def picture(self, page, name):
        """With `--screenshots`: pictures of a page that is not ours, or of a moment that does not last."""
        if not self.options.screenshots:
            return
        with as_seen(page) as views:
            for view in views:
                self._picture(page, f"{name}-{view}")

    def _picture(self, page, name):
        if self.options.screenshots:
            page.screenshot(path=self.options.screenshots / f"{self.options.name}-{name}.png", full_page=True)

    def evidence(self):
        """A picture of each open tab, and the errors of the browsers' consoles: one line each."""
        lines = []
        for number, page in enumerate((page for browser in self.browsers for page in browser.context.pages), 1):
            path = self.options.into / f"{self.options.name}-{number}.png"
            lines.append(f"tab {number}: {without_query(page.url)}")
            with contextlib.suppress(Error):
                page.screenshot(path=path, full_page=True)
                lines.append(f"screenshot: {path}")
        for browser in self.browsers:
            lines += [f"console: {without_query(line)}" for line in browser.console]
            lines += [f"error of a page: {line}" for line in browser.errors]
        return lines


@contextlib.contextmanager
def as_seen(page):
    """Shows the page in each theme and on each size, and then as it was before. Gives the names of these views."""
    usual = page.viewport_size

    def views():
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                yield f"{scheme}-{size}"

    yield views()
    page.set_viewport_size(usual)
    page.emulate_media(color_scheme="null")


def without_query(text):
    """A text in which no address has a query: queries have codes and states."""
    return re.sub(r"\?[^\s'\"]*", "", text)


def run(scenario):
    """Plays a scenario. Ends the process: with 0, or with 1 and a message on standard error."""
    options = arguments()
    for folder in filter(None, (options.into, options.screenshots)):
        folder.mkdir(parents=True, exist_ok=True)
        for old in [*folder.glob(f"{options.name}-*.png"), folder / f"{options.name}-figures.txt"]:
            old.unlink(missing_ok=True)
    expect.set_options(timeout=1_000 * options.patience)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=options.chromium, headless=True, args=FLAGS)
        stage = Stage(chromium, options)
        try:
            scenario(stage)
            errors = [error for browser in stage.browsers for error in browser.errors]
            assert not errors, f"a script of a page has failed: {errors}"
        except (AssertionError, Error) as error:
            sys.exit("\n".join([str(error), *stage.evidence()]))
        finally:
            chromium.close()


def arguments():
    parser = argparse.ArgumentParser(description="Plays this scenario against a running local platform.")
    parser.add_argument("map", type=pathlib.Path, help="the description of the platform: target/local/<port>.json")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the path of Chromium")
    parser.add_argument("--into", type=pathlib.Path, default=pathlib.Path("target/browser"), help="folder of pictures")
    parser.add_argument("--screenshots", type=pathlib.Path, help="folder for pictures of all pages; without it none")
    parser.add_argument("--plant", help="a fault of plants.json, which this scenario must find")
    parser.add_argument("--patience", type=int, default=PATIENCE_MS // 1_000, help="the longest wait, in seconds")
    options = parser.parse_args()
    options.name = pathlib.Path(sys.argv[0]).stem
    if not options.chromium:
        parser.error("there is no chromium: install it, or say --chromium PATH")
    return options
