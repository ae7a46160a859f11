"""Two people use one browser, one after the other. Nothing of the first is shown to the second, and no tab acts for
both."""

import re

from playwright.sync_api import expect

from browser import CONSENT, Person, run
from ours import (
    account,
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

CONSENTS = re.compile(r"/v1/consents$")

# All that a page has of text, what is typed in its fields included, and what it keeps.
SHOWN = """() => [document.documentElement.outerHTML,
  ...[...document.querySelectorAll("input, textarea")].map((field) => field.value),
  ...Object.entries(localStorage).flat()].join("\\n").toLowerCase()"""


def expect_nothing_of(page, person):
    """The page, and what the browser keeps for it, has no word of this person."""
    shown = page.evaluate(SHOWN)
    for word in (SECRET, DRAFT, person.last_name, person.email):
        assert word.lower() not in shown, f"{page.url} has “{word}” of the person before"


def say_yes(page):
    """Says yes to the advertising network in the dialog."""
    page.get_by_role("dialog").get_by_role("button", name="Yes", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def is_choice(answer):
    """Whether an answer is to a choice about advertising, and not to the notice about the policy."""
    return bool(CONSENTS.search(answer.url)) and answer.request.post_data_json["kind"] == "advertising"


def expect_no_cookie_of_a_choice(browser):
    assert CONSENT not in browser.cookies(), "the choice of this person would become that of the next one"


def scenario(stage):
    # Without a network there is nothing to choose.
    has_network = bool(stage.refusal())
    browser, first, second = stage.browser(is_asked=True), Person("Ada"), Person("Grace")
    page = browser.tab()
    if has_network:
        open_page(stage, page)
        say_yes(page)
        assert CONSENT in browser.cookies(), "the choice of a visitor is kept"
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
    expect_no_cookie_of_a_choice(browser)

    sign_in(stage, browser, page, second, "/create")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("")
    for path in ("/create", "/library", "/account", "/billing", "/"):
        open_page(stage, page, path)
        expect_signed_in(stage, browser, page, second)
        page.wait_for_load_state("networkidle")
        expect_nothing_of(page, first)
    chosen = account(page)["consents"]["advertising"]
    assert chosen is None, f"the second person has chosen nothing, and the account has {chosen}"
    if has_network:
        choices(stage, browser, page)

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


def choices(stage, browser, page):
    """A choice of a person who is signed in, and the one of a visitor who signs in, are those of the account alone."""
    # The page asks, because the account has no choice.
    with page.expect_response(is_choice):
        say_yes(page)
    page.wait_for_load_state("networkidle")
    assert account(page)["consents"]["advertising"]["choice"] == "given"
    expect_no_cookie_of_a_choice(browser)
    other, newcomer = stage.browser(), Person("Joan")
    tab = other.tab()
    assert CONSENT in other.cookies(), "this browser has said no"
    with tab.expect_response(is_choice):
        sign_in(stage, other, tab, newcomer, "/create")
    tab.wait_for_load_state("networkidle")
    assert account(tab)["consents"]["advertising"]["choice"] == "refused"
    expect_no_cookie_of_a_choice(other)


run(scenario)
