"""People sign in with Facebook: one shares the address, one withholds it, and one has none."""

from browser import Person, run
from ours import account, choose, expect_return, expect_signed_in, open_page, sign_out
from partners import FACEBOOK, arrive, at_facebook


def scenario(stage):
    for choice, has_address in [("Share it", True), ("Do not share it", False), ("This account has none", False)]:
        browser, person = stage.browser(), Person("Mary")
        page = browser.tab()
        open_page(stage, page)
        choose(page, FACEBOOK)
        arrive(page, FACEBOOK)
        if has_address:
            stage.picture(page, "partner")
        at_facebook(page, person, email=choice)
        expect_signed_in(stage, browser, page, person)
        expect_return(browser, "GET", "/")
        found = account(page)
        address = person.email if has_address else None
        assert found["email"] == address, f"after “{choice}” the account has another address than it should"
        assert person.last_name in found["name"], "the account does not have the name from Facebook"
        stage.picture(page, "signed-in-with-address" if has_address else "signed-in-without-address")
        sign_out(browser, page)


run(scenario)
