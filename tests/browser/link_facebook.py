"""A person who signed in with Google links Facebook, signs in with it elsewhere, and removes it again."""

from browser import Person, run
from linking import link_identity, sign_in_in_new_tab, unlink_identity
from ours import account, expect_signed_in, open_page, unlink
from partners import FACEBOOK, GOOGLE


def scenario(stage):
    browser, person, at_the_other = stage.browser(), Person("Ada"), Person("Mary")
    page = sign_in_in_new_tab(stage, browser, GOOGLE, person)
    expect_signed_in(stage, browser, page, person)
    before = account(page)
    link_identity(stage, browser, page, FACEBOOK, at_the_other, method="GET")

    elsewhere = stage.browser()
    other = sign_in_in_new_tab(stage, elsewhere, FACEBOOK, at_the_other)
    # The name that came from Google stays.
    expect_signed_in(stage, elsewhere, other, person)
    assert account(other)["id"] == before["id"], "Facebook leads to another account"

    unlink_identity(page, FACEBOOK, revocation="not_needed")
    for partner, refusal in [(FACEBOOK, (404, "not_found")), (GOOGLE, (409, "last_identity"))]:
        status, answer = unlink(page, partner)
        found = (status, answer.get("code"))
        assert found == refusal, f"the removal of {partner} is answered {found}, not {refusal}"
    open_page(stage, page)
    expect_signed_in(stage, browser, page, person)

    stranger = stage.browser()
    other = sign_in_in_new_tab(stage, stranger, FACEBOOK, at_the_other)
    expect_signed_in(stage, stranger, other, at_the_other)
    assert account(other)["id"] != before["id"], "a removed identity still leads to the account"


run(scenario)
