"""Two people use one browser, one after the other. Nothing of the first is shown to the second, and no tab acts for both."""

import re

from playwright.sync_api import expect

from browser import Person, run
from ours import create, credits, describe, expect_made, expect_signed_in, open_page, press, sign_in, sign_out

SECRET = "A birthday card for my sister"
DRAFT = "A ring in a velvet box"


def scenario(stage):
    browser, first, second = stage.browser(), Person("Ada"), Person("Grace")
    page = browser.tab()
    sign_in(stage, browser, page, first, "/create")
    create(page, SECRET)
    expect_made(page, SECRET)
    describe(page, DRAFT)
    # The first person leaves this tab open.
    left = browser.tab()
    open_page(stage, left, "/create")
    expect(left.get_by_label("Prompt", exact=True)).to_have_value(DRAFT)
    sign_out(browser, page)
    expect(left.get_by_role("article")).to_have_count(0)
    assert DRAFT not in left.content() and SECRET not in left.content(), "the other tab still shows the first person's words"

    sign_in(stage, browser, page, second, "/create")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("")
    for path in ("/create", "/library", "/account", "/billing", "/"):
        open_page(stage, page, path)
        expect_signed_in(stage, browser, page, second)
        for word in (SECRET, DRAFT, first.last_name, first.email):
            assert word.lower() not in page.content().lower(), f"{path} shows “{word}” of the first person"

    # A tab of the second person, while the first signs in elsewhere in this browser.
    stale, fresh = browser.tab(), browser.tab()
    open_page(stage, stale, "/create")
    describe(stale, "A house of glass")
    expect(press(stale)).to_have_text(re.compile("^Create for"))
    browser.context.clear_cookies()
    sign_in(stage, browser, fresh, first, "/create")
    before = credits(fresh)
    press(stale).click()
    expect_signed_in(stage, browser, stale, first)
    assert credits(fresh) == before, "a tab of the second person has spent the first person's credits"
    expect(stale.get_by_label("Prompt", exact=True)).not_to_have_value("A house of glass")


run(scenario)
