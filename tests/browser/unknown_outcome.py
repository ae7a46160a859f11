"""An answer is lost, or is a failure, after the service has taken the request. The next press pays nothing more, and says
that the work had been started. After a request that never arrived, it starts the work."""

import re

from playwright.sync_api import expect

from browser import Person, run
from ours import (
    credits,
    describe,
    expect_made,
    expect_ready,
    expect_signed_in,
    notice,
    open_page,
    press,
    sign_in,
)

GENERATIONS = re.compile(r"/v1/generations$")

EARLIER = "Your earlier press had started this."


class Once:
    """Keeps the answer to the first request of a page to create from the page. `arrives`: the service takes the request."""

    def __init__(self, page, spoil, arrives):
        self.keys = []
        self.spoil = spoil
        self.arrives = arrives
        page.route(GENERATIONS, self.answer)

    def answer(self, route):
        if route.request.method != "POST":
            return route.continue_()
        self.keys.append(route.request.headers["idempotency-key"])
        if len(self.keys) > 1:
            return route.continue_()
        if self.arrives:
            answer = route.fetch()
            assert answer.status == 202, f"the service must have taken the request: {answer.status}"
        return self.spoil(route)


def fails(route):
    route.fulfill(status=503, content_type="application/problem+json", body='{"code":"unavailable"}')


def is_lost(route):
    route.abort("connectionreset")


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    sign_in(stage, browser, browser.tab(), person, "/create")
    for spoil, reloads, arrives in [
        (fails, False, True),
        (is_lost, False, True),
        (is_lost, False, False),
        (fails, True, True),
    ]:
        page = browser.tab()
        open_page(stage, page, "/create")
        expect_signed_in(stage, browser, page, person)
        before, prompt = credits(page), f"A lighthouse, {spoil.__name__} {reloads} {arrives}"
        once = Once(page, spoil, arrives)
        describe(page, prompt)
        expect_ready(page)
        press(page).click()
        expect(page.locator("#why")).to_contain_text("you pay once")
        if reloads:
            page.reload()
            expect(page.get_by_label("Prompt", exact=True)).to_have_value(prompt)
            expect_ready(page)
        else:
            stage.state(page, f"{spoil.__name__}{'' if arrives else '-on-the-way'}")
        press(page).click()
        expect_made(page, prompt)
        if arrives:
            expect(notice(page)).to_contain_text(EARLIER)
        else:
            expect(notice(page)).not_to_contain_text(EARLIER)
        assert len(once.keys) == 2 and once.keys[0] == once.keys[1], f"the keys of the two presses are {once.keys}"
        assert before - credits(page) == 4, f"one picture costs 4 credits, and the person paid {before - credits(page)}"
        page.close()

    # A new request with the same words is a new one.
    page = browser.tab()
    open_page(stage, page, "/create")
    expect_signed_in(stage, browser, page, person)
    before = credits(page)
    describe(page, prompt)
    expect_ready(page)
    with page.expect_request(lambda request: request.method == "POST" and GENERATIONS.search(request.url)) as sent:
        press(page).click()
    assert sent.value.headers["idempotency-key"] not in once.keys, "a new request must have a new key"
    expect(page.get_by_role("article", name=prompt)).to_have_count(2)
    expect(notice(page)).not_to_contain_text(EARLIER)
    assert credits(page) == before - 4


run(scenario)
