"""A person deletes the account: dates and money first, then a way back, and in the end a receipt, which everybody with
the address can read."""

import re
import time

from playwright.sync_api import expect

from browser import PATIENCE_MS, REFRESH, SESSION, Person, run
from ours import account, choose, create, expect_made, expect_signed_in, notice, open_page, press, sign_in, sign_out
from partners import GOOGLE, at_google

PROMPT = "A lighthouse in a storm"
SENTENCE = "delete my account"
DAY_S = 86_400

DELETION = re.compile(r"/v1/deletions/[^/]+$")
REQUEST = re.compile(r"/v1/account/deletion$")

# Whether the first element stands before the second one.
PRECEDES = "(first, second) => Boolean(first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING)"


def section(page):
    return page.locator("#delete")


def field(page):
    return page.get_by_label("To confirm, type: delete my account")


def expect_dates_and_money(page):
    """The day of the erasure, the last day of the backups and the credits that are lost stand before the field."""
    days = section(page).locator("ol time").evaluate_all("(all) => all.map((day) => [day.dataset.days, day.dateTime])")
    now = page.evaluate("Date.now()") / 1000
    assert [int(day) for day, _ in days] == [0, 7, 7, 30], f"the steps are {days}"
    for day, at in days:
        seconds = page.evaluate("(at) => Date.parse(at)", at) / 1000 - now
        assert abs(seconds - int(day) * DAY_S) < DAY_S / 24, f"the step of {day} days has the date {at}"
    money = section(page).locator("dl")
    expect(money).to_contain_text("0 credits, which end with the account")
    expect(money).to_contain_text("46 credits, which end with the account")
    for part in ("ol", "dl"):
        precedes = page.evaluate(
            f"([first, second]) => ({PRECEDES})(first, second)",
            [section(page).locator(part).element_handle(), field(page).element_handle()],
        )
        assert precedes, f"the field stands before <{part}>"


def ask(page):
    """Asks for the deletion. Returns the address of its page, on which the browser is then."""
    field(page).fill(SENTENCE)
    section(page).get_by_role("button", name=re.compile("^Delete my account on")).click()
    page.wait_for_url(DELETION)
    return page.url


def ask_without_answer(stage, browser, page, person):
    """Asks for the deletion with two presses, and the answer is lost. Returns the address of the page all the same."""
    sent = []

    def lose(route):
        if route.request.method != "POST":
            return route.fallback()
        sent.append(route.request.url)
        if len(sent) > 1:
            return route.continue_()
        answer = route.fetch()
        assert answer.status == 202, f"the service must have taken the request: {answer.status}"
        return route.abort("connectionreset")

    page.route(REQUEST, lose)
    field(page).fill(SENTENCE)
    field(page).press("Enter")
    field(page).press("Enter")
    expect(notice(page)).to_contain_text("Your request may have arrived. Sign in to see.")
    assert len(sent) == 2, f"the request and one repetition were to be sent, and there are {len(sent)}"
    expect(page.locator("#out")).to_be_visible()
    stage.state(page, "unknown")
    page.unroute(REQUEST)
    come_back(stage, browser, page, person)
    banner = page.get_by_role("region", name="Your account")
    of_banner = banner.get_by_role("link", name="The page of the deletion").get_attribute("href")
    link = section(page).get_by_role("link", name="Its page")
    expect(link).to_have_attribute("href", of_banner)
    stage.state(page, "found-again")
    link.click()
    page.wait_for_url(DELETION)
    address = page.url
    open_page(stage, page, "/account")
    sign_out(browser, page)
    return address


def until(page, address, words):
    """Reads the page of the deletion again until it has these words."""
    begun = time.monotonic()
    while True:
        page.goto(address)
        if words in page.locator("main").inner_text():
            return
        assert time.monotonic() - begun < PATIENCE_MS / 1000, f"the page of the deletion does not say “{words}”"
        page.wait_for_timeout(500)


def come_back(stage, browser, page, person):
    open_page(stage, page, "/account")
    choose(page, GOOGLE)
    at_google(page, person)
    expect_signed_in(stage, browser, page, person)


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    sign_in(stage, browser, page, person, "/create")
    create(page, PROMPT)
    expect_made(page, PROMPT)
    first = account(page)["id"]

    open_page(stage, page, "/account")
    expect(field(page)).to_be_visible()
    expect(section(page).locator("dl")).to_contain_text("46")
    expect_dates_and_money(page)
    stage.state(page, "asked")
    field(page).fill("delete")
    field(page).press("Enter")
    expect(section(page).get_by_role("alert")).to_be_visible()
    expect(field(page)).to_be_focused()

    # Asked for, and taken back.
    kept = ask(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("This account is going to be deleted")
    expect(page.locator("main")).to_contain_text("The erasure begins on")
    stage.state(page, "scheduled")
    left = sorted({SESSION, REFRESH} & set(browser.cookies()))
    assert not left, f"these cookies are left after the deletion: {left}"
    come_back(stage, browser, page, person)
    banner = page.get_by_role("region", name="Your account")
    expect(banner).to_contain_text("This account is being deleted")
    expect(section(page)).to_contain_text("You asked for the deletion")
    expect(field(page)).to_be_hidden()
    stage.state(page, "closing")
    open_page(stage, page, "/create")
    expect(press(page)).to_have_text("Nothing new can be made")
    banner.get_by_role("button", name="Keep my account").click()
    expect(banner).to_be_hidden()
    found = account(page)
    assert (found["id"], found["status"]) == (first, "active"), f"the account is {found['status']}"
    expect(press(page)).not_to_have_text("Nothing new can be made")
    open_page(stage, page, "/account")
    expect(field(page)).to_be_visible()
    stage.state(page, "kept")
    page.goto(kept)
    expect(page.get_by_role("heading", level=1)).to_have_text("This deletion was canceled")
    stage.state(page, "taken-back")

    # Asked for again, and not taken back.
    open_page(stage, page, "/account")
    address = ask_without_answer(stage, browser, page, person)
    assert address != kept, "a new deletion has a new address"
    stage.advance_clock("8d")
    until(page, address, "All data was erased on")
    expect(page.get_by_role("heading", level=1)).to_have_text("This account is erased")
    stage.state(page, "erased")
    stage.advance_clock("2d")
    until(page, address, "A second check found nothing on")
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    for word in (PROMPT, person.last_name, person.email, first):
        assert word.lower() not in page.content().lower(), f"the page of the deletion has “{word}”"
    stage.state(page, "receipt")

    # A person who comes back is somebody new.
    come_back(stage, browser, page, person)
    assert account(page)["id"] != first, "the erased account is still there"
    works = page.evaluate("async () => (await (await fetch('/v1/generations')).json()).items.length")
    assert works == 0, f"{works} works of the erased account are still there"


run(scenario)
