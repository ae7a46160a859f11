"""Somebody has copied a refresh token, and uses it after the person has. That ends the session of both."""

import re

from playwright.sync_api import expect

from browser import REFRESH, SESSION, Person, run
from ours import (
    choose,
    describe,
    expect_ready,
    expect_signed_in,
    expect_signed_out,
    notice,
    open_page,
    press,
    sign_in,
)
from partners import GOOGLE, at_google

RENEWAL = re.compile(r"/v1/session/refresh$")
GENERATIONS = re.compile(r"/v1/generations$")

PROMPT = "A lighthouse in a storm"

# A repetition within 30 seconds is a lost answer or a second tab.
AFTER_GRACE = "31s"


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    sign_in(stage, browser, page, person, "/create")
    stolen = browser.cookies()[REFRESH]

    browser.forget(SESSION)
    page.reload()
    expect_signed_in(stage, browser, page, person)
    assert browser.cookies()[REFRESH]["value"] != stolen["value"], "the refresh token has not been exchanged"
    stage.advance_clock(AFTER_GRACE)

    thief = stage.browser()
    kept = {key: stolen[key] for key in ("name", "value", "expires", "httpOnly", "secure", "sameSite")}
    # A Secure cookie is stored only for https, and is sent to loopback too.
    thief.context.add_cookies([{**kept, "url": stage.base.replace("http:", "https:")}])
    elsewhere = thief.tab()
    with elsewhere.expect_response(RENEWAL) as renewal:
        open_page(stage, elsewhere)
    assert renewal.value.status == 401, f"the copied token is answered {renewal.value.status}"
    assert REFRESH in renewal.value.request.all_headers().get("cookie", ""), "the copied token was not sent"
    expect_signed_out(elsewhere)

    # The page of the person still shows what it has read. The next action finds that the session has ended.
    describe(page, PROMPT)
    expect_ready(page)
    with page.expect_response(RENEWAL) as renewal, page.expect_response(GENERATIONS) as refused:
        press(page).click()
    assert refused.value.status == 401, f"the action in the ended session is answered {refused.value.status}"
    assert refused.value.json()["code"] == "unauthenticated", "the answer has another code"
    assert renewal.value.status == 401, f"the renewal of the ended session is answered {renewal.value.status}"
    expect_signed_out(page)
    # It says so, and keeps the words.
    expect(notice(page)).to_contain_text("You are signed out. Your words are still here.")
    expect(press(page)).to_have_text(re.compile("^Sign in to create"))
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(PROMPT)
    stage.state(page, "session-lost")
    notice(page).get_by_role("link", name="Sign in").click()
    choose(page, GOOGLE)
    at_google(page, person)
    expect_signed_in(stage, browser, page, person)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(PROMPT)


run(scenario)
