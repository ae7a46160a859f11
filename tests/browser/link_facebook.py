"""A person who signed in with Google links Facebook, signs in with it elsewhere, and removes it again."""

from playwright.sync_api import expect

from browser import REFRESH, SESSION, Person, run
from ours import (
    account,
    choose,
    expect_return,
    expect_signed_in,
    identities,
    link,
    notice,
    open_page,
    unlink,
)
from partners import FACEBOOK, GOOGLE, arrive, at_facebook, at_google


def scenario(stage):
    browser, person, at_the_other = stage.browser(), Person("Ada"), Person("Mary")
    page = browser.tab()
    open_page(stage, page)
    choose(page, GOOGLE)
    at_google(page, person)
    expect_signed_in(stage, browser, page, person)
    before = account(page)
    session = {name: browser.cookies()[name]["value"] for name in (SESSION, REFRESH)}

    link(page, FACEBOOK)
    arrive(page, FACEBOOK)
    at_facebook(page, at_the_other)
    page.wait_for_url(stage.is_ours)
    expect(notice(page)).to_contain_text("You can now sign in with Facebook")
    expect_return(browser, "GET", "/account?linked=facebook")
    kept = {name: browser.cookies()[name]["value"] for name in (SESSION, REFRESH)}
    assert kept == session, "linking must not change the session"
    assert not browser.attempts(), "the cookie of the ended attempt is still there"
    assert account(page)["id"] == before["id"], "linking has changed the account"
    assert identities(page) == ["facebook", "google"], f"{identities(page)} are linked"

    elsewhere = stage.browser()
    other = elsewhere.tab()
    open_page(stage, other)
    choose(other, FACEBOOK)
    at_facebook(other, at_the_other)
    # The name that came from Google stays.
    expect_signed_in(stage, elsewhere, other, person)
    assert account(other)["id"] == before["id"], "Facebook leads to another account"

    status, answer = unlink(page, FACEBOOK)
    assert (status, answer.get("revocation")) == (200, "not_needed"), f"the removal is answered {status} {answer}"
    assert identities(page) == ["google"], f"{identities(page)} are left"
    for partner, refusal in [(FACEBOOK, (404, "not_found")), (GOOGLE, (409, "last_identity"))]:
        status, answer = unlink(page, partner)
        found = (status, answer.get("code"))
        assert found == refusal, f"the removal of {partner} is answered {found}, not {refusal}"
    open_page(stage, page)
    expect_signed_in(stage, browser, page, person)

    stranger = stage.browser()
    other = stranger.tab()
    open_page(stage, other)
    choose(other, FACEBOOK)
    at_facebook(other, at_the_other)
    expect_signed_in(stage, stranger, other, at_the_other)
    assert account(other)["id"] != before["id"], "a removed identity still leads to the account"


run(scenario)
