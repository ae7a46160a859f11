"""The connection is lost while a picture is made, and comes back. So does the page, without a reload."""

import re

from playwright.sync_api import expect

from browser import Person, run
from ours import create, describe, expect_made, expect_ready, press, result, sign_in

PROMPT = "A lighthouse in a storm"
READS = re.compile(r"/v1/generations(\?|$)")


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    sign_in(stage, browser, page, person, "/create")
    # A failed read ends nothing: the first two answers about the job are failures.
    spoiled = []

    def spoil(route):
        if route.request.method != "GET" or len(spoiled) == 2:
            return route.continue_()
        spoiled.append(route.request.url)
        return route.fulfill(status=500, content_type="application/json", body='{"message":"Internal Server Error"}')

    page.route(READS, spoil)
    create(page, PROMPT)
    expect_made(page, PROMPT)
    assert len(spoiled) == 2, f"{len(spoiled)} of two reads have failed, so this proves nothing"
    page.unroute(READS)

    other = "A harbour at night"
    create(page, other)
    browser.context.set_offline(True)
    describe(page, "Words that stay")
    expect(page.locator("#why")).to_contain_text("You are offline")
    expect(press(page)).to_have_attribute("aria-disabled", "true")
    stage.state(page, "offline")
    expect(result(page, other)).to_be_visible()
    browser.context.set_offline(False)
    expect_made(page, other)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Words that stay")
    expect_ready(page)


run(scenario)
