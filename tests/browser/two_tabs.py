"""Two tabs renew the session at once, with one and the same refresh token. Both stay signed in."""

import re

from browser import REFRESH, SESSION, Person, run
from ours import choose, expect_signed_in, open_page
from partners import GOOGLE, at_google

RENEWAL = re.compile(r"/v1/session/refresh$")


class Both:
    """Holds the renewals until both tabs have asked, so that neither waits for the other's answer."""

    def __init__(self):
        self.held = []

    def hold(self, route):
        self.held.append(route)
        if len(self.held) == 2:
            for held in self.held:
                held.continue_()

    def sent(self):
        """The refresh tokens that were sent."""
        cookies = [held.request.all_headers().get("cookie", "") for held in self.held]
        return [token for header in cookies for token in re.findall(rf"{REFRESH}=([^;]*)", header)]


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    first, second = browser.tab(), browser.tab()
    open_page(stage, first)
    choose(first, GOOGLE)
    at_google(first, person)
    expect_signed_in(stage, browser, first, person)
    open_page(stage, second)
    expect_signed_in(stage, browser, second, person)
    token = browser.cookies()[REFRESH]["value"]

    both = Both()
    browser.context.route(RENEWAL, both.hold)
    # The access token lasts ten minutes. Then the browser forgets it.
    browser.forget(SESSION)
    tabs = [first, second]
    with first.expect_response(RENEWAL) as first_answer, second.expect_response(RENEWAL) as second_answer:
        for tab in tabs:
            tab.reload(wait_until="commit")
    answers = [first_answer.value.status, second_answer.value.status]
    assert answers == [200, 200], f"the two renewals are answered {answers}"
    for tab in tabs:
        expect_signed_in(stage, browser, tab, person)
    assert both.sent() == [token, token], "the tabs must have sent the same refresh token"
    browser.context.unroute(RENEWAL)

    # The token that both have got works once more.
    browser.forget(SESSION)
    for tab in tabs:
        tab.reload()
        expect_signed_in(stage, browser, tab, person)
    assert browser.cookies()[REFRESH]["value"] != token, "the refresh token has not been exchanged"


run(scenario)
