"""A newcomer's first picture: from the press on the sign-in until the picture is in the window. On both sizes."""

import time

from playwright.sync_api import expect

from browser import SIZES, Person, run
from ours import choose, create, describe, expect_made, expect_signed_in, open_page, press
from partners import GOOGLE, at_google

PROMPT = "A lighthouse in a storm"

# Whether the upper part of a picture can be seen: nothing is above it, and nothing that is docked covers it.
IN_WINDOW = """(shown) => {
  const { left, top, width, height } = shown.getBoundingClientRect();
  const seen = document.elementFromPoint(left + width / 2, top + Math.min(height, 200) / 2);
  return Boolean(seen) && (seen === shown || seen === shown.closest("a"));
}"""


def scenario(stage):
    for size in SIZES:
        browser, person = stage.browser(size), Person("Ada")
        page = browser.tab()
        open_page(stage, page, "/create")
        describe(page, PROMPT)
        expect(press(page)).to_have_text("Sign in to create for 4 credits")
        press(page).click()
        page.wait_for_url(lambda url: "/sign-in" in url)
        begun = time.monotonic()
        choose(page, GOOGLE)
        at_google(page, person)
        expect_signed_in(stage, browser, page, person)
        expect(page.get_by_label("Prompt", exact=True)).to_have_value(PROMPT)
        create(page, PROMPT)
        picture = expect_made(page, PROMPT)
        stage.figure(f"first picture on a {size}, seconds", round(time.monotonic() - begun, 1))
        assert page.evaluate(IN_WINDOW, picture.element_handle()), f"the picture is outside the window of a {size}, or covered"
        stage.state(page, f"made-{size}")


run(scenario)
