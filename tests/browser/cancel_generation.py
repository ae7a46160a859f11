"""A person cancels a picture that is being made. The credits are back, the focus stays near, and it is told."""

import re

from playwright.sync_api import expect

from browser import Person, run
from ours import create, credits, expect_ready, open_page, press, result, sign_in

PROMPTS = ["A lighthouse in a storm", "A harbour at night"]

# A job that is not canceled would be done only after the patience of this test.
NEVER_MS = 600_000

FOCUSED = "() => document.activeElement.closest('article')?.id ?? document.activeElement.tagName"


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    sign_in(stage, browser, page, person, "/create")
    before = credits(page)
    with stage.turned("replicate", success_after_ms=NEVER_MS):
        for prompt in PROMPTS:
            create(page, prompt)
        # The partner has both jobs now.
        for prompt in PROMPTS:
            expect(result(page, prompt)).to_contain_text("Running")
    assert credits(page) == before - 8, "the price of two pictures is held"
    expect(page.locator("#running")).to_contain_text("2")
    job = result(page, PROMPTS[0])
    expect(job.get_by_role("progressbar")).to_be_visible()
    stage.state(page, "running")

    # On the page on which works are made.
    button = job.get_by_role("button", name=re.compile("^Cancel"))
    expect(button).to_have_text("Cancel, free")
    button.focus()
    page.keyboard.press("Enter")
    expect(result(page, PROMPTS[0])).to_contain_text("Your 4 credits are back.")
    expect(page.locator("#live")).to_contain_text(PROMPTS[0])
    focused = page.evaluate(FOCUSED)
    assert focused == result(page, PROMPTS[0]).get_attribute("id"), f"the focus has gone to {focused}"
    assert credits(page) == before - 4
    expect(page.locator("#balance")).to_have_text(str(before - 4))
    expect_ready(page)
    stage.state(page, "canceled")

    # Dismissing it moves the focus to the next one.
    result(page, PROMPTS[0]).get_by_role("button", name="Dismiss").press("Enter")
    expect(result(page, PROMPTS[0])).to_have_count(0)
    focused = page.evaluate(FOCUSED)
    assert focused == result(page, PROMPTS[1]).get_attribute("id"), f"the focus has gone to {focused}"

    # On the page of the work.
    address = result(page, PROMPTS[1]).get_attribute("id").removeprefix("g-")
    open_page(stage, page, f"/g/{address}")
    page.get_by_role("button", name="Cancel", exact=True).press("Enter")
    expect(page.locator("#state")).to_contain_text("4 credits came back")
    assert page.evaluate("document.activeElement !== document.body"), "the focus has gone to the page"
    assert credits(page) == before, "a free cancellation gives everything back"
    open_page(stage, page, "/create")
    expect(press(page)).to_be_visible()
    # It is hidden before the works are read too.
    page.wait_for_load_state("networkidle")
    expect(page.locator("#running")).to_be_hidden()


run(scenario)
