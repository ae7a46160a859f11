"""Counter-proof for the sign-in with Apple: it needs the one cookie that goes across sites.

Two people sign in through the same interception, which writes `SameSite` of the attempt's cookie anew. With the
service's own `None` the sign-in must work. With `Lax` and no other change it must fail, so the cookie is the cause.
"""

import re

from playwright.sync_api import expect

from browser import REFRESH, SESSION, Person, run
from ours import choose, expect_protected, expect_return, expect_signed_in, expect_signed_out, notice, open_page
from partners import APPLE, arrive, at_apple

LOGIN = re.compile(r"/v1/login/apple(\?|$)")


def rewriting(same_site):
    """A handler of requests that answers as our service does, with this `SameSite` of the cookie."""

    def handle(route):
        answer = route.fetch(max_redirects=0)
        headers = {}
        for header in answer.headers_array:
            name, value = header["name"].lower(), header["value"]
            if name == "set-cookie":
                value = value.replace("SameSite=None", f"SameSite={same_site}")
            # Values of one name are separated by lines here.
            headers[name] = f"{headers[name]}\n{value}" if name in headers else value
        route.fulfill(status=answer.status, headers=headers, body=answer.body())

    return handle


def sign_in(stage, browser, person, same_site):
    """Signs in with Apple, with this `SameSite` of the attempt's cookie. Returns the tab, back on our page."""
    page = browser.tab()
    open_page(stage, page)
    browser.context.route(LOGIN, rewriting(same_site))
    choose(page, APPLE)
    arrive(page, APPLE)
    attempts = browser.attempts()
    assert len(attempts) == 1, f"one attempt has begun, and there are {len(attempts)} cookies of attempts"
    expect_protected(attempts[0], same_site)
    at_apple(page, person)
    page.wait_for_url(stage.is_ours)
    return page


def scenario(stage):
    control, person = stage.browser(), Person("Grace")
    page = sign_in(stage, control, person, "None")
    expect_signed_in(stage, control, page, person)
    expect_return(control, "POST", "/")

    browser = stage.browser()
    page = sign_in(stage, browser, Person("Grace"), "Lax")
    expect(notice(page)).to_contain_text("did not work")
    expect_return(browser, "POST", "/?problem=sign_in_failed")
    stage.picture(page, "failed")
    expect_signed_out(page)
    stored = sorted({SESSION, REFRESH} & set(browser.cookies()))
    assert not stored, f"the failed sign-in has set {stored}"


run(scenario)
