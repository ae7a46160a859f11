"""An answer is lost, or is a failure, after the service has taken the request. The next press pays nothing more."""

import re

from playwright.sync_api import expect

from browser import Person, run
from ours import credits, describe, expect_made, open_page, press, sign_in

GENERATIONS = re.compile(r"/v1/generations$")


class Once:
    """Lets the first request of a page to create reach the service, and keeps its answer from the page."""

    def __init__(self, page, spoil):
        self.keys = []
        self.spoil = spoil
        page.route(GENERATIONS, self.answer)

    def answer(self, route):
        if route.request.method != "POST":
            return route.continue_()
        self.keys.append(route.request.headers["idempotency-key"])
        if len(self.keys) > 1:
            return route.continue_()
        answer = route.fetch()
        assert answer.status == 202, f"the service must have taken the request: {answer.status}"
        return self.spoil(route)


def fails(route):
    route.fulfill(status=503, content_type="application/problem+json", body='{"code":"unavailable"}')


def is_lost(route):
    route.abort("connectionreset")


def scenario(stage):
    for spoil, reloads in [(fails, False), (is_lost, False), (fails, True)]:
        browser, person = stage.browser(), Person("Ada")
        page = browser.tab()
        sign_in(stage, browser, page, person, "/create")
        before, prompt = credits(page), f"A lighthouse, {spoil.__name__} {reloads}"
        once = Once(page, spoil)
        describe(page, prompt)
        expect(press(page)).to_have_text(re.compile("^Create for"))
        press(page).click()
        expect(page.locator("#why")).to_contain_text("you pay once")
        stage.state(page, f"unknown-{spoil.__name__}")
        if reloads:
            page.reload()
            expect(page.get_by_label("Prompt", exact=True)).to_have_value(prompt)
            expect(press(page)).to_have_text(re.compile("^Create for"))
        press(page).click()
        expect_made(page, prompt)
        assert len(once.keys) == 2 and once.keys[0] == once.keys[1], f"the keys of the two presses are {once.keys}"
        assert before - credits(page) == 4, f"one picture costs 4 credits, and the person paid {before - credits(page)}"
        # A new request is a new one.
        open_page(stage, page, "/create")
        describe(page, prompt)
        expect(press(page)).to_have_text(re.compile("^Create for"))
        press(page).click()
        page.wait_for_function("async () => (await (await fetch('/v1/generations')).json()).items.length === 2")
        assert once.keys[2] != once.keys[0], "a new request must have a new key"


run(scenario)
