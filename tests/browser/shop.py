"""A person buys credits on the page of Stripe. What the page says after the return is checked: it claims a payment only
when the statement has one that came after this purchase began."""

import re

from playwright.sync_api import expect

from browser import Person, run
from ours import credits, open_page, sign_in

STRIPE = re.compile(r"/c/pay/")
CREDITS = re.compile(r"/v1/credits\?limit=100$")

# Words of an outcome.
CONFIRMED = "Your payment is confirmed"
WAITING = "No payment has been reported to us yet"

WELCOME, PACK = 50, 500


def outcome(page):
    return page.locator("#outcome")


def go_and_buy(page):
    """Goes to the page of Stripe. Returns its address."""
    page.get_by_role("button", name="Buy 500 credits for").click()
    page.wait_for_url(STRIPE)
    return page.url


def pay(stage, page):
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(stage.is_ours)


def expect_no_claim(stage, page, words):
    """The page of a return is opened by hand. It says this, and claims nothing."""
    open_page(stage, page, "/plans?checkout=success")
    expect(outcome(page)).to_contain_text(words)
    expect(outcome(page)).to_be_focused()
    assert CONFIRMED not in outcome(page).inner_text(), "the page claims a payment that there was not"


def expect_arrived(page, total):
    expect(outcome(page)).to_contain_text(f"{CONFIRMED}: {PACK} credits")
    expect(page.locator("#balance")).to_have_text(f"{total:,}")
    assert credits(page) == total, f"the person has {credits(page)} credits, not {total}"


def scenario(stage):
    browser, person = stage.browser(is_asked=True), Person("Ada")
    page = browser.tab()
    told = []
    ads = stage.platform["ads"]
    page.on("request", lambda request: told.append(request.url) if request.url.startswith(ads) else None)
    open_page(stage, page)
    page.get_by_role("dialog").get_by_role("button", name="Yes", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    sign_in(stage, browser, page, person, "/plans")
    stage.state(page, "packs")

    # Without a purchase nothing is claimed.
    expect_no_claim(stage, page, "This browser knows of no open purchase")
    stage.state(page, "unknown")

    # Left at Stripe.
    open_page(stage, page, "/plans")
    go_and_buy(page)
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url(stage.is_ours)
    expect(outcome(page)).to_contain_text("You left the page of Stripe")
    stage.state(page, "canceled")
    assert credits(page) == WELCOME

    # Paid, and Stripe does not report it yet.
    with stage.turned("stripe", webhook="never"):
        open_page(stage, page, "/plans")
        go_and_buy(page)
        pay(stage, page)
        expect(outcome(page)).to_contain_text(WAITING)
        stage.state(page, "pending")
        expect(outcome(page)).to_contain_text("Nothing has arrived yet")
        stage.state(page, "late")
        assert credits(page) == WELCOME, "nobody has reported the payment"
    # The page is still open, and finds what is reported now.
    stage.ask(f"{stage.platform['stripe']}/_control/resend", "POST")
    expect_arrived(page, WELCOME + PACK)
    stage.state(page, "paid")
    expect(page.locator("#live")).to_contain_text(CONFIRMED)

    # The first purchase is not taken for the second.
    open_page(stage, page, "/plans")
    unpaid = go_and_buy(page)
    with page.expect_response(CREDITS):
        open_page(stage, page, "/plans?checkout=success")
    with page.expect_response(CREDITS):
        expect(outcome(page)).to_contain_text(WAITING)
    expect(outcome(page)).to_contain_text(WAITING)
    assert CONFIRMED not in outcome(page).inner_text(), "an older purchase is taken for this one"
    page.goto(unpaid)
    with page.expect_request(lambda request: "event=purchase" in request.url):
        pay(stage, page)
        expect_arrived(page, WELCOME + 2 * PACK)

    # The network learns the event and its value, once for each purchase.
    purchases = [url for url in told if "event=purchase" in url]
    assert len(purchases) == 2 and all("value=9.99" in url for url in purchases), f"the network was told {purchases}"
    open_page(stage, page, "/billing")
    expect(page.locator("#entries tr", has_text="+500")).to_have_count(2)
    stage.state(page, "statement")
    at_once(stage, browser)


def at_once(stage, browser):
    """Two purchases are begun at once, in two tabs, and both are paid. Each return tells of its own one."""
    tabs = [browser.tab(), browser.tab()]
    for tab in tabs:
        open_page(stage, tab, "/plans")
        go_and_buy(tab)
    assert tabs[0].url != tabs[1].url, "a second press must open a page of its own"
    for number, tab in enumerate(tabs, 3):
        pay(stage, tab)
        expect_arrived(tab, WELCOME + number * PACK)


run(scenario)
