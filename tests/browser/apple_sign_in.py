"""A person signs in with Apple, whose page posts the answer from another site, and later once more."""

import re

from playwright.sync_api import expect

from browser import Person, run
from ours import account, choose, expect_protected, expect_return, expect_signed_in, menu, open_page, sign_out
from partners import APPLE, arrive, at_apple


def scenario(stage):
    browser, person = stage.browser(), Person("Grace")
    page = browser.tab()
    open_page(stage, page)
    choose(page, APPLE)
    arrive(page, APPLE)
    stage.picture(page, "partner")
    attempts = browser.attempts()
    assert len(attempts) == 1, f"one attempt has begun, and there are {len(attempts)} cookies of attempts"
    expect_protected(attempts[0], "None")
    at_apple(page, person, hides_email=True, before_consent=lambda: stage.picture(page, "consent"))
    expect_signed_in(stage, browser, page, person)
    expect_return(browser, "POST", "/")
    first = account(page)
    assert first["name"] == person.name, "the account does not have the name that was typed at Apple"
    assert first["email"] and first["email"] != person.email, "the account must have the address of the relay"
    stage.picture(page, "signed-in")
    sign_out(browser, page)

    # Apple sends no name now.
    choose(page, APPLE)
    at_apple(page, person, is_first=False, before_consent=lambda: stage.picture(page, "consent-again"))
    expect_signed_in(stage, browser, page, person)
    expect(menu(page)).to_have_accessible_name(re.compile(re.escape(person.name)))
    again = account(page)
    assert again["id"] == first["id"], "the second sign-in leads to another account"
    assert again["name"] == person.name, "the second sign-in has lost the name"


run(scenario)
