"""The steps that the scenarios of linking have in common. The person has signed in with Google before."""

from playwright.sync_api import expect

from browser import REFRESH, SESSION
from ours import account, choose, expect_return, identities, link, notice, open_page, unlink
from partners import FACEBOOK, GOOGLE, SIGN_IN, arrive


def sign_in_in_new_tab(stage, browser, partner, person):
    """Opens our page in a new tab, and signs in with a partner there. Returns the tab."""
    page = browser.tab()
    open_page(stage, page)
    choose(page, partner)
    SIGN_IN[partner](page, person)
    return page


def link_identity(stage, browser, page, partner, person, method):
    """Links the identity of a person at a partner, which sends the browser back by `method`.

    The session and the account stay.
    """
    before, session = account(page), session_of(browser)
    link(stage, page, partner)
    arrive(page, partner)
    # Of the three, only Facebook shows no page to a person whom it knows, unless it is asked to.
    assert ("auth_type=reauthenticate" in page.url) == (partner == FACEBOOK), page.url
    SIGN_IN[partner](page, person)
    page.wait_for_url(stage.is_ours)
    expect(notice(page)).to_contain_text(f"You can now sign in with {partner} too, as {person.email}.")
    expect_return(browser, method, f"/account?linked={partner.lower()}")
    assert session_of(browser) == session, "linking must not change the session"
    assert not browser.attempts(), "the cookie of the ended attempt is still there"
    assert account(page)["id"] == before["id"], "linking has changed the account"
    expect_identities(page, GOOGLE, partner)


def unlink_identity(page, partner, revocation):
    """Removes the identity at a partner, so that only Google leads to the account."""
    status, answer = unlink(page, partner)
    assert (status, answer.get("revocation")) == (200, revocation), f"the removal is answered {status} {answer}"
    expect_identities(page, GOOGLE)


def expect_identities(page, *partners):
    """These partners lead to the account, and no other."""
    found, wanted = identities(page), sorted(partner.lower() for partner in partners)
    assert found == wanted, f"{found} lead to the account, not {wanted}"


def session_of(browser):
    """The values of both cookies of the session."""
    cookies = browser.cookies()
    return {name: cookies[name]["value"] for name in (SESSION, REFRESH)}
