"""The sign-in pages of the partners, as a person uses them. Each is a stand-in on this machine.

Our pages are on 127.0.0.1, and the partners' are on localhost: two sites.
"""

import re

from playwright.sync_api import expect

GOOGLE, APPLE, FACEBOOK = "Google", "Apple", "Facebook"

# Where the page of a partner is.
PAGES = {
    # The mock, or the certified provider.
    GOOGLE: re.compile(r"^http://localhost:\d+/(oauth2/authorize\?|interaction/)"),
    APPLE: re.compile(r"^http://localhost:\d+/auth/authorize\?"),
    FACEBOOK: re.compile(r"^http://localhost:\d+/v[\d.]+/dialog/oauth\?"),
}

AGREE = {
    GOOGLE: re.compile(r"^(authorize|continue|next|sign in)$", re.IGNORECASE),
    APPLE: "Continue",
    FACEBOOK: "Continue",
}


def arrive(page, partner):
    """Waits until the page of the partner is there, on another site than ours."""
    page.wait_for_url(PAGES[partner])


def cancel(page, partner):
    """Leaves the page of Apple or of Facebook by its button."""
    arrive(page, partner)
    page.get_by_role("button", name="Cancel").click()


def at_google(page, person):
    """Signs in with Google."""
    arrive(page, GOOGLE)
    page.get_by_role("textbox").fill(person.email)
    page.get_by_role("button", name=AGREE[GOOGLE]).click()


def at_apple(page, person, is_first=True, hides_email=False, before_consent=lambda: None):
    """Signs in with Apple. Only the first authorisation asks for a name and for the choice of an address."""
    arrive(page, APPLE)
    page.get_by_label("E-mail or name").fill(person.email)
    page.get_by_role("button", name="Sign In", exact=True).click()
    agree = page.get_by_role("button", name=AGREE[APPLE])
    expect(agree).to_be_visible()
    first_name = page.get_by_label("First name")
    if is_first:
        first_name.fill(person.first_name)
        page.get_by_label("Last name").fill(person.last_name)
        page.get_by_role("radio", name="Hide My Email" if hides_email else "Share My Email").check()
    else:
        expect(first_name).to_have_count(0)
    before_consent()
    agree.click()


def at_facebook(page, person, email="Share it"):
    """Signs in with Facebook. `email` is a choice of its dialog."""
    arrive(page, FACEBOOK)
    page.get_by_label("E-mail or name").fill(person.email)
    page.get_by_role("radio", name=email, exact=True).check()
    page.get_by_role("button", name=AGREE[FACEBOOK]).click()


SIGN_IN = {GOOGLE: at_google, APPLE: at_apple, FACEBOOK: at_facebook}
