"""Two people use one browser, one after the other. Nothing of the first is shown to the second, and no tab acts for
both."""

from playwright.sync_api import expect

from browser import Person, run
from ours import (
    create,
    credits,
    describe,
    expect_made,
    expect_ready,
    expect_signed_in,
    expect_signed_out,
    open_page,
    press,
    sign_in,
    sign_out,
)

SECRET = "A birthday card for my sister"
DRAFT = "A ring in a velvet box"


# All that a page has of text, what is typed in its fields included, and what it keeps.
SHOWN = """() => [document.documentElement.outerHTML,
  ...[...document.querySelectorAll("input, textarea")].map((field) => field.value),
  ...Object.entries(localStorage).flat()].join("\\n").toLowerCase()"""


def expect_nothing_of(page, person):
    """The page, and what the browser keeps for it, has no word of this person."""
    shown = page.evaluate(SHOWN)
    for word in (SECRET, DRAFT, person.last_name, person.email):
        assert word.lower() not in shown, f"{page.url} has “{word}” of the person before"


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
    left.wait_for_url(f"{stage.base}/")
    expect_signed_out(left)
    expect_nothing_of(left, first)

    sign_in(stage, browser, page, second, "/create")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("")
    for path in ("/create", "/library", "/account", "/billing", "/"):
        open_page(stage, page, path)
        expect_signed_in(stage, browser, page, second)
        page.wait_for_load_state("networkidle")
        expect_nothing_of(page, first)

    # A tab of the second person, while the first signs in elsewhere in this browser.
    stale, fresh = browser.tab(), browser.tab()
    open_page(stage, stale, "/create")
    describe(stale, "A house of glass")
    expect_ready(stale)
    browser.context.clear_cookies()
    sign_in(stage, browser, fresh, first, "/create")
    before = credits(fresh)
    press(stale).click()
    expect_signed_in(stage, browser, stale, first)
    assert credits(fresh) == before, "a tab of the second person has spent the first person's credits"
    expect(stale.get_by_label("Prompt", exact=True)).not_to_have_value("A house of glass")


run(scenario)
