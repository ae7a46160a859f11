"""Our page, as a person uses it."""

import re

from playwright.sync_api import expect

from browser import REFRESH, SESSION
from partners import GOOGLE, at_google

# A request by the module with which our page sends its own.
ASK = """async ([method, path]) => {
  const { api } = await import(new URL("api.js", document.querySelector("script[type=module]").src).href);
  try {
    return [200, await api(method, path)];
  } catch (problem) {
    return [problem.status, { code: problem.code }];
  }
}"""


def open_page(stage, page, path="/"):
    """Opens a page of ours."""
    page.goto(f"{stage.base}{path}")


def choose(page, partner):
    """Follows the link to the sign-in with a partner."""
    page.get_by_role("link", name=f"Continue with {partner}").click()


def sign_in(stage, browser, page, person, path="/"):
    """Signs a person in with Google, from a page of ours and back to it."""
    open_page(stage, page, f"/sign-in?return_to={path}")
    choose(page, GOOGLE)
    at_google(page, person)
    expect_signed_in(stage, browser, page, person)


def menu(page):
    """The button that opens the menu of the person. It has their name."""
    return page.get_by_role("banner").get_by_role("button", name=re.compile("account menu$", re.IGNORECASE))


def expect_signed_in(stage, browser, page, person, left_attempts=0):
    """The page shows the person, and the browser has both cookies of the session.

    `left_attempts`: sign-ins that were begun before and not ended. Their cookies may stay until they expire.
    """
    page.wait_for_url(stage.is_ours)
    expect(menu(page)).to_have_accessible_name(re.compile(person.last_name, re.IGNORECASE))
    expect(page.get_by_role("link", name=re.compile("^Continue with"))).to_have_count(0)
    cookies = browser.cookies()
    for name in (SESSION, REFRESH):
        assert name in cookies, f"{name} is missing among {sorted(cookies)}"
        expect_protected(cookies[name], "Lax")
    assert len(browser.attempts()) <= left_attempts, "the cookie of the ended attempt is still there"


def expect_protected(cookie, same_site):
    """A cookie that no script reads, that only a safe origin gets, for our host alone."""
    flags = {key: cookie[key] for key in ("httpOnly", "secure", "sameSite", "path", "domain")}
    wanted = {"httpOnly": True, "secure": True, "sameSite": same_site, "path": "/", "domain": "127.0.0.1"}
    assert flags == wanted, f"{cookie['name']} has {flags}, not {wanted}"


def expect_signed_out(page):
    """The page offers the sign-in, and shows no account."""
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
    expect(menu(page)).to_have_count(0)


def sign_out(browser, page):
    """Signs out, which takes both cookies away."""
    menu(page).click()
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    expect_signed_out(page)
    left = sorted({SESSION, REFRESH} & set(browser.cookies()))
    assert not left, f"these cookies are left after signing out: {left}"


def notice(page):
    """The messages to the person, under the bar."""
    return page.locator("#say")


def expect_return(browser, method, location):
    """The partner has sent the browser back by this method, and our answer leads to this address."""
    found = browser.last_callback()
    assert found == (method, 303, location), f"the way back was {found}, not {(method, 303, location)}"


def account(page):
    """The account, as the page itself would ask for it."""
    found = page.evaluate("async () => { const a = await fetch('/v1/account'); return [a.status, await a.json()]; }")
    assert found[0] == 200, f"GET /v1/account answers {found[0]} ({found[1].get('code')})"
    return found[1]


def identities(page):
    """The partners that lead to the account, as the account lists them."""
    return sorted(identity["provider"] for identity in account(page)["identities"])


def link(stage, page, partner):
    """Goes to a partner from the page of the account, to link an identity there."""
    open_page(stage, page, "/account")
    page.get_by_role("button", name=f"Connect {partner}").click()


def unlink(page, partner):
    """Removes the identity at a partner. Returns the status and the answer, or the code of the problem."""
    status, answer = page.evaluate(ASK, ["DELETE", identity_at(partner)])
    return status, answer


def identity_at(partner):
    return f"/v1/account/identities/{partner.lower()}"


def describe(page, prompt):
    """Writes a prompt on the page to create."""
    page.get_by_label("Prompt", exact=True).fill(prompt)


def press(page):
    """The one button of the composer: it says what it does and what that costs."""
    return page.locator("#submit")


def expect_ready(page):
    """The composer is filled in, and the button would create."""
    expect(press(page)).to_have_text(re.compile("^Create for"))
    expect(press(page)).to_have_attribute("aria-disabled", "false")


def create(page, prompt):
    """Asks for a picture. Returns its element, which is there once the service has taken the request."""
    describe(page, prompt)
    expect_ready(page)
    press(page).click()
    expect(result(page, prompt)).to_be_visible()
    return result(page, prompt)


def result(page, prompt):
    """The element of a work on the page to create."""
    return page.get_by_role("article", name=prompt)


def expect_made(page, prompt):
    """The picture of this prompt is there, and its bytes have come."""
    picture = result(page, prompt).get_by_role("img").first
    expect(picture).to_be_visible()
    page.wait_for_function("(shown) => shown.complete && shown.naturalWidth > 0", arg=picture.element_handle())
    return picture


def credits(page):
    """The credits that the person has, as the API says."""
    return page.evaluate("async () => (await (await fetch('/v1/credits?limit=1')).json()).available")
