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
    browser, person, at_the_other = stage.browser(), Person("Ada"), Person("Grace")
    page = browser.tab()
    open_page(stage, page)
    choose(page, GOOGLE)
    at_google(page, person)
    expect_signed_in(stage, browser, page, person)
    before, session = account(page), browser.cookies()[SESSION]["value"]

    page.evaluate(LINK)
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


run(scenario)
