"""How works look on the page on which they are made: waiting, under way, called off, in part, or not at all."""

import re
import urllib.parse

from playwright.sync_api import expect

from browser import Person, run
from inflight import DISABLED, LIST, Works, failed, routed, under_way, variant
from ours import create, expect_made, expect_ready, open_page, sign_in

PROMPT = "A lighthouse in a storm"

# The results that the page shows.
MOST = 12

LOADED = """(name) => performance.getEntriesByType("resource").some((entry) => entry.name.endsWith(name))"""


class Many:
    """Answers a list with as many works as it asks for. The first one waits until it is released."""

    def __init__(self):
        self.first = None
        self.asked = []

    def __call__(self, route):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(route.request.url).query)
        self.asked.append(int(query["limit"][0]))
        if len(self.asked) == 1:
            self.first = route
        else:
            self.fulfill(route, self.asked[-1])

    def release(self):
        self.fulfill(self.first, self.asked[0])

    def fulfill(self, route, limit):
        body = route.fetch().json()
        [work, *_] = body["items"]
        body["items"] = [variant(work, number, prompt=f"A wave, number {number}") for number in range(limit)]
        route.fulfill(json=body)


def waiting(works):
    """Three at once, as many as there may be."""
    [work, *_] = works
    return [
        under_way(work, 1, "queued", prompt="A harbour at night", queue_position=3, progress=None),
        under_way(work, 2, "running", prompt="Dunes at noon", progress=40),
        under_way(work, 3, "running", prompt="A forest in the rain", progress=None, cancel_price=4),
    ]


def ending(works):
    """The last steps, and a batch of which two of four were delivered."""
    [work, *_] = works
    [output] = work["outputs"]
    return [
        under_way(work, 1, "canceling", prompt="A harbour at night", progress=40),
        under_way(work, 2, "collecting", prompt="Dunes at noon", progress=100),
        variant(work, 3, outputs=[output, output], cost=8, settings={**work["settings"], "num_outputs": 4}),
    ]


def undelivered(works):
    [work, *_] = works
    return [
        failed(work, 1, "failed", "The model gave up.", prompt="A harbour at night"),
        failed(work, 2, "moderated", "The provider does not allow this.", prompt="Dunes at noon"),
        failed(work, 3, "timed_out", "It was not finished in time.", prompt="A forest in the rain"),
        failed(work, 4, "canceled", "You canceled it.", prompt="A house of glass"),
    ]


def disabled(works):
    [work, *_] = works
    return [variant(work, 1, outputs=[], disabled=DISABLED)]


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    sign_in(stage, browser, page, person, "/create")
    create(page, PROMPT)
    expect_made(page, PROMPT)
    jobs = page.locator("#jobs").get_by_role("article")

    # The bar reads fewer works than the page shows. Its read is still under way when the page asks for more.
    many = Many()
    with routed(page, (LIST, many)):
        open_page(stage, page, "/create")
        expect_ready(page)
        page.wait_for_function(LOADED, arg="/results.js")
        many.release()
        expect(jobs).to_have_count(MOST)
        assert many.asked[0] < MOST, f"the first read asks for {many.asked[0]}, so this proves nothing"

    with routed(page, *Works(waiting).routes()):
        open_page(stage, page, "/create")
        expect(jobs).to_have_count(3)
        expect(jobs.nth(0)).to_contain_text("Waiting for a free place, 3 before it")
        expect(page.locator("#running")).to_contain_text("3")
        stage.state(page, "three-at-once")
        # The price of canceling is said on the button, and asked once more.
        last = jobs.nth(2)
        last.get_by_role("button", name="Cancel for up to 4 credits").click()
        expect(last.get_by_role("button", name="Yes, cancel for up to 4 credits")).to_be_visible()
        expect(last.get_by_role("button", name="Keep it")).to_be_visible()
        assert last.evaluate("(job) => job.contains(document.activeElement)"), "the focus has left the job"
        stage.state(page, "cancel-costs")
    with routed(page, *Works(ending).routes()):
        open_page(stage, page, "/create")
        expect(jobs).to_have_count(3)
        expect(jobs.nth(2)).to_contain_text("2 of 4 pictures were made. The others cost nothing.")
        stage.state(page, "canceling-and-partly")
    with routed(page, *Works(undelivered).routes()):
        open_page(stage, page, "/create")
        expect(jobs).to_have_count(4)
        expect(page.get_by_text("Your 4 credits are back.")).to_have_count(4)
        # The same request can do better after a failure, and another one after a refusal.
        expect(jobs.nth(0).get_by_role("button", name="Try again for 4 credits")).to_be_visible()
        expect(jobs.nth(1).get_by_role("link", name="Change it")).to_be_visible()
        stage.state(page, "not-delivered")
    with routed(page, *Works(disabled).routes()):
        open_page(stage, page, "/create")
        expect(jobs).to_contain_text(re.compile("An operator has disabled this work"))
        expect(jobs.get_by_role("img")).to_have_count(0)
        stage.state(page, "disabled")


run(scenario)
