"""The page of the account, and that of the credits: what a person changes, and how both look in trouble."""

import re

from playwright.sync_api import expect

from browser import Person, run
from inflight import Held, edited, lost, path, routed
from ours import account, create, expect_made, menu, notice, open_page, sign_in

PROMPT = "A lighthouse in a storm"
REASON = "Payments of this account were taken back three times."
WISH = "A lighthouse at dawn"

# Whether the browser keeps a draft for this account (or, without an id, for nobody yet).
KEEPS = "([account, text]) => localStorage.getItem(`draft:${account}`) === text"


def owing(body):
    """Debt, frozen credits, a running job, and all kinds of entries, of which there are more."""
    frozen = {"reason": "Many new accounts came from your network.", "at": "2026-12-01T10:00:00Z"}
    body.update(available=0, frozen=50, held=8, debt=120, next_cursor="more")
    body["lots"] = [
        {"source": "welcome", "remaining": 50, "expires_at": "2027-03-01T10:00:00Z", "frozen": frozen},
        {"source": "pack", "remaining": 30, "expires_at": None, "frozen": None},
    ]
    [entry, *_] = body["items"]
    body["items"] = [
        {**entry, "version": 90 - number, "model": None, "generation": None, "reason": None, **fields}
        for number, fields in enumerate(
            [
                {"kind": "clawback", "source": None, "cause": "dispute", "available_change": -380, "debt_change": 120},
                {"kind": "freeze_lot", "source": None, "frozen_change": 50, "reason": frozen["reason"]},
                {"kind": "hold", "source": None, "model": "kling-2.1", "available_change": -8, "held_change": 8},
                {"kind": "grant", "source": "pack", "available_change": 500},
                {"kind": "grant", "source": "welcome", "available_change": 50},
            ]
        )
    ]


def used(body):
    """Two months with several models."""
    body["months"] = [
        {
            "month": month,
            "generations": 22,
            "credits": 340,
            "by_model": {
                "flux-schnell": {"generations": 20, "credits": 80},
                "kling-2.1": {"generations": 2, "credits": 260},
            },
        }
        for month in ("2026-12", "2026-11")
    ]


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    sign_in(stage, browser, page, person, "/")
    stage.state(page, "home")
    draft(stage, page)
    # Another device of the same person.
    phone = stage.browser("phone")
    other = phone.tab()
    sign_in(stage, phone, other, person, "/account")

    profile(stage, page)
    devices(stage, page)
    troubles(stage, page)
    money(stage, page)


def draft(stage, page):
    """Words that are typed before the account is known become its draft."""
    held, person = Held("GET"), account(page)["id"]
    with routed(page, (path("/v1/account"), held)):
        with page.expect_request(path("/v1/account")):
            open_page(stage, page)
        page.get_by_label("Prompt", exact=True).fill(WISH)
        page.wait_for_function(KEEPS, arg=["", WISH])
        assert held.routes, "the account was read, so this proves nothing"
        held.release()
        page.wait_for_function(KEEPS, arg=[person, WISH])


def is_reread(answer):
    """Whether an answer is to the page that reads the account again, which it does after each change."""
    return answer.request.method == "GET" and answer.url.endswith("/v1/account")


def profile(stage, page):
    open_page(stage, page, "/account")
    expect(page.locator("#list li")).to_have_count(2)
    page.locator("#log summary").click()
    expect(page.locator("#entries li")).to_have_count(2)
    stage.state(page, "account")

    page.get_by_label("Name", exact=True).fill("Ada of the Lamps")
    page.get_by_role("button", name="Save the name").click()
    expect(notice(page)).to_contain_text("Saved.")
    expect(menu(page)).to_have_accessible_name(re.compile("Ada of the Lamps"))
    assert account(page)["name"] == "Ada of the Lamps"
    page.get_by_label("Name", exact=True).fill("A" * 201)
    page.get_by_role("button", name="Save the name").click()
    expect(notice(page)).to_contain_text("The name has 201 characters. It may have 200.")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()

    with page.expect_response(is_reread):
        page.get_by_label("Dark", exact=True).check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    with page.expect_response(is_reread):
        page.get_by_label("As the system", exact=True).check()
    expect(page.locator("html")).not_to_have_attribute("data-theme", re.compile("."))
    with page.expect_response(is_reread):
        page.get_by_label("Mail about new models and features").check()
    with page.expect_response(is_reread):
        page.get_by_label("Model to begin with").select_option("flux-schnell-fal")
    preferences = account(page)["preferences"]
    found = (preferences["theme"], preferences["emails"]["news"], preferences["default_model"])
    assert found == ("system", True, "flux-schnell-fal"), f"the preferences are {found}"


def devices(stage, page):
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.locator("#list li")).to_have_count(1)
    expect(notice(page)).to_contain_text("Every other device is signed out.")
    expect(page.get_by_role("heading", name="Devices")).to_be_focused()
    # The only way to sign in stays.
    expect(page.get_by_role("button", name="Remove Google")).to_be_disabled()
    expect(page.get_by_role("button", name="Connect Apple")).to_be_enabled()


def troubles(stage, page):
    with routed(page, (path("/v1/sessions"), lost)):
        open_page(stage, page, "/account")
        expect(page.get_by_role("alert")).to_be_visible()
        stage.state(page, "account-error")
    with routed(page, (path("/v1/account"), edited(lambda body: body.update(status="frozen", status_reason=REASON)))):
        open_page(stage, page, "/account")
        expect(page.locator("#profile")).to_contain_text("Frozen. The reason is at the top.")
        expect(page.get_by_role("region", name="Your account")).to_contain_text(REASON)
        stage.state(page, "account-frozen")
    # An error of the browser has no words for people.
    open_page(stage, page, "/account")
    expect(page.locator("#list li")).to_have_count(1)
    with routed(page, (path("/v1/account"), not_json)):
        page.get_by_label("Name", exact=True).fill("Ada")
        page.get_by_role("button", name="Save the name").click()
        expect(notice(page)).to_contain_text("Something on this page went wrong.")


def not_json(route):
    """A handler that answers what no service of ours does."""
    route.fulfill(status=200, content_type="application/json", body="<html>")


def money(stage, page):
    open_page(stage, page, "/billing")
    expect(page.get_by_text("You have not used any credits yet.")).to_be_visible()
    expect(page.locator("#entries")).to_contain_text("Welcome credits")
    stage.state(page, "billing")
    open_page(stage, page, "/create")
    create(page, PROMPT)
    expect_made(page, PROMPT)
    open_page(stage, page, "/billing")
    expect(page.locator("#entries")).to_contain_text("Paid for a work, with FLUX.1 schnell (fal)")
    expect(page.get_by_role("rowheader", name="FLUX.1 schnell (fal)", exact=True)).to_be_visible()
    stage.state(page, "billing-used")
    with routed(page, (path("/v1/credits"), edited(owing)), (path("/v1/usage"), edited(used))):
        open_page(stage, page, "/billing")
        expect(page.locator("#billing")).to_contain_text("A payment was taken back after its credits were spent.")
        expect(page.locator("#lots")).to_contain_text("Frozen since")
        expect(page.get_by_role("button", name="Show more")).to_be_visible()
        expect(page.get_by_role("rowheader", name="December 2026")).to_be_visible()
        stage.state(page, "billing-owed")
    with routed(page, (path("/v1/credits"), lost)):
        open_page(stage, page, "/billing")
        expect(page.get_by_role("alert")).to_contain_text("This page goes on by itself")
        stage.state(page, "billing-error")


run(scenario)
