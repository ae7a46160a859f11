"""A person signs in with Google, sees themselves, and signs out."""

from browser import REFRESH, SESSION, Person, run
from ours import account, choose, expect_return, expect_signed_in, expect_signed_out, open_page, sign_out
from partners import GOOGLE, arrive, at_google


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    open_page(stage, page)
    expect_signed_out(page)
    stage.picture(page, "signed-out")
    choose(page, GOOGLE)
    arrive(page, GOOGLE)
    stage.picture(page, "partner")
    at_google(page, person)
    expect_signed_in(stage, browser, page, person)
    expect_return(browser, "GET", "/")
    assert account(page)["email"] == person.email, "the account has another address than the person"
    read = page.evaluate("document.cookie")
    assert SESSION not in read and REFRESH not in read, f"a script can read a cookie of the session: {read}"
    stage.picture(page, "signed-in")
    sign_out(browser, page)
    open_page(stage, page)
    expect_signed_out(page)


run(scenario)
