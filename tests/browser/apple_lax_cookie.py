"""Counter-proof for the sign-in with Apple: it needs the one cookie that goes across sites.

The browser gets the cookie of the attempt as `SameSite=Lax`. Everything else is as in the sign-in that works, and this
one must fail.
"""

import re

from playwright.sync_api import expect

from browser import REFRESH, SESSION, Person, run
from ours import choose, expect_protected, expect_return, expect_signed_out, notice, open_page
from partners import APPLE, arrive, at_apple

LOGIN = re.compile(r"/v1/login/apple(\?|$)")


def with_lax_cookie(route):
    """Our answer, with another `SameSite`."""
    answer = route.fetch(max_redirects=0)
    headers = {}
    for header in answer.headers_array:
        name, value = header["name"].lower(), header["value"]
        if name == "set-cookie":
            value = value.replace("SameSite=None", "SameSite=Lax")
        # Values of one name are separated by lines here.
        headers[name] = f"{headers[name]}\n{value}" if name in headers else value
    route.fulfill(status=answer.status, headers=headers, body=answer.body())


def scenario(stage):
    browser, person = stage.browser(), Person("Grace")
    page = browser.tab()
    open_page(stage, page)
    browser.context.route(LOGIN, with_lax_cookie)
    choose(page, APPLE)
    arrive(page, APPLE)
    attempts = browser.attempts()
    assert len(attempts) == 1, f"one attempt has begun, and there are {len(attempts)} cookies of attempts"
    expect_protected(attempts[0], "Lax")
    at_apple(page, person)
    page.wait_for_url(stage.is_ours)
    expect(notice(page)).to_contain_text("did not work")
    expect_return(browser, "POST", "/?problem=sign_in_failed")
    stage.picture(page, "failed")
    expect_signed_out(page)
    stored = sorted({SESSION, REFRESH} & set(browser.cookies()))
    assert not stored, f"the failed sign-in has set {stored}"


run(scenario)
