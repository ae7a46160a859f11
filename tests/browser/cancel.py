"""A person leaves the page of a partner. Our page says so calmly, and the next sign-in works."""

from playwright.sync_api import expect

from browser import REFRESH, SESSION, Person, run
from ours import choose, expect_return, expect_signed_in, expect_signed_out, notice, open_page
from partners import APPLE, FACEBOOK, at_apple, at_facebook, cancel


def scenario(stage):
    for partner, method, sign_in in [(APPLE, "POST", at_apple), (FACEBOOK, "GET", at_facebook)]:
        browser, person = stage.browser(), Person("Joan")
        page = browser.tab()
        open_page(stage, page)
        choose(page, partner)
        cancel(page, partner)
        page.wait_for_url(stage.is_ours)
        expect_signed_out(page)
        expect_return(browser, method, "/?problem=sign_in_canceled")
        expect(notice(page)).to_contain_text("You left the sign-in")
        stage.picture(page, partner.lower())
        stored = sorted({SESSION, REFRESH} & set(browser.cookies()))
        assert not stored, f"the sign-in that was left at {partner} has set {stored}"
        left = len(browser.attempts())
        choose(page, partner)
        sign_in(page, person)
        expect_signed_in(stage, browser, page, person, left_attempts=left)


run(scenario)
