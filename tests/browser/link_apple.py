"""A person who signed in with Google links Apple. Both lead to the same account, until the person removes Apple."""

from browser import Person, run
from linking import link_identity, sign_in_in_new_tab, unlink_identity
from ours import account, choose, expect_signed_in, open_page, sign_out
from partners import APPLE, GOOGLE, at_apple, at_google


def scenario(stage):
    browser, person, at_the_other = stage.browser(), Person("Ada"), Person("Grace")
    page = sign_in_in_new_tab(stage, browser, GOOGLE, person)
    expect_signed_in(stage, browser, page, person)
    before = account(page)
    link_identity(stage, browser, page, APPLE, at_the_other, method="POST")
    stage.picture(page, "linked")
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

    unlink_identity(page, APPLE, revocation="requested")
    sign_out(browser, page)
    choose(page, APPLE)
    # Our service has given its authorisation back, so Apple asks as at the first time.
    at_apple(page, at_the_other)
    expect_signed_in(stage, browser, page, at_the_other)
    assert account(page)["id"] != before["id"], "a removed identity still leads to the account"


run(scenario)
