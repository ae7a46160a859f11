"""A person who signed in with Google links Apple. Both lead to the same account, until the person removes Apple."""

from playwright.sync_api import expect

from browser import SESSION, Person, run
from ours import (
    account,
    choose,
    expect_return,
    expect_signed_in,
    identities,
    link,
    notice,
    open_page,
    sign_out,
    unlink,
)
from partners import APPLE, GOOGLE, arrive, at_apple, at_google


def scenario(stage):
    browser, person, at_the_other = stage.browser(), Person("Ada"), Person("Grace")
    page = browser.tab()
    open_page(stage, page)
    choose(page, GOOGLE)
    at_google(page, person)
    expect_signed_in(stage, browser, page, person)
    before, session = account(page), browser.cookies()[SESSION]["value"]

    link(page, APPLE)
    arrive(page, APPLE)
    at_apple(page, at_the_other)
    page.wait_for_url(stage.is_ours)
    expect(notice(page)).to_contain_text("You can now sign in with Apple")
    expect_return(browser, "POST", "/account?linked=apple")
    stage.picture(page, "linked")
    assert browser.cookies()[SESSION]["value"] == session, "linking must not change the session"
    assert account(page)["id"] == before["id"], "linking has changed the account"
    open_page(stage, page)
    # The name that came from Google stays.
    expect_signed_in(stage, browser, page, person)

    for partner, sign_in in [
        (APPLE, lambda: at_apple(page, at_the_other, is_first=False)),
        (GOOGLE, lambda: at_google(page, person)),
    ]:
        sign_out(browser, page)
        choose(page, partner)
        sign_in()
        expect_signed_in(stage, browser, page, person)
        found = account(page)["id"]
        assert found == before["id"], f"{partner} leads to the account {found}, not to {before['id']}"

    status, answer = unlink(page, APPLE)
    assert (status, answer.get("revocation")) == (200, "requested"), f"the removal is answered {status} {answer}"
    assert identities(page) == ["google"], f"{identities(page)} are left"
    sign_out(browser, page)
    choose(page, APPLE)
    # Our service has given its authorisation back, so Apple asks as at the first time.
    at_apple(page, at_the_other)
    expect_signed_in(stage, browser, page, at_the_other)
    assert account(page)["id"] != before["id"], "a removed identity still leads to the account"


run(scenario)
