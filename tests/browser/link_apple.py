"""A person who signed in with Google links Apple. Then both lead to the same account."""

from playwright.sync_api import expect

from browser import SESSION, Person, run
from ours import account, choose, expect_return, expect_signed_in, notice, open_page, sign_out
from partners import APPLE, GOOGLE, arrive, at_apple, at_google

# A form of our own page, as the page of the account has it.
LINK = """() => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: "/v1/account/identities/apple" });
  document.body.append(form);
  form.submit();
}"""


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    open_page(stage, page)
    choose(page, GOOGLE)
    at_google(page, person)
    expect_signed_in(stage, browser, page, person)
    before, session = account(page), browser.cookies()[SESSION]["value"]

    page.evaluate(LINK)
    arrive(page, APPLE)
    at_apple(page, Person("Grace"))
    page.wait_for_url(stage.is_ours)
    expect(notice(page)).to_contain_text("You can now sign in with Apple")
    expect_return(browser, "POST", "/account?linked=apple")
    stage.picture(page, "linked")
    assert browser.cookies()[SESSION]["value"] == session, "linking must not change the session"
    after = account(page)
    assert after["id"] == before["id"], "linking has changed the account"


run(scenario)
