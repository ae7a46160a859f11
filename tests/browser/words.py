"""The page counts characters as the service does, and takes a prompt without any visible character for none."""

import re

from playwright.sync_api import expect

from browser import Person, run
from ours import create, describe, expect_made, press, sign_in

# The most characters of a prompt.
MOST = 4_000

# A zero-width space, a Hangul filler, a byte order mark, a blank of Braille.
INVISIBLE = "\u200b\u3164\ufeff\u2800"

GENERATIONS = re.compile(r"/v1/generations$")


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    sent = []

    def note(request):
        if request.method == "POST" and GENERATIONS.search(request.url):
            sent.append(request)

    page.on("request", note)
    sign_in(stage, browser, page, person, "/create")
    words, count = page.get_by_label("Prompt", exact=True), page.locator("#count")

    # A text field counts an emoji as two.
    describe(page, "🌊" * 3_000)
    expect(count).to_have_text("3,000 of 4,000")
    assert len(words.input_value()) == 3_000, "the page has cut the text"
    describe(page, "🌊" * (MOST + 2))
    expect(count).to_have_text("4,002 of 4,000: 2 too many")
    press(page).click()
    expect(page.locator("#why")).to_have_text("The prompt has 4,002 characters. It may have 4,000.")
    expect(words).to_be_focused()
    stage.state(page, "too-long")

    for blank in ["", "   ", *INVISIBLE, INVISIBLE]:
        describe(page, blank)
        press(page).click()
        expect(page.locator("#why")).to_have_text("Say first what you want to see.")
    stage.state(page, "no-words")
    assert not sent, "nothing may be sent without words, or with too many"

    # Joiners inside a text belong to it.
    family = "A family, 👩‍👩‍👧 by the sea"
    create(page, family)
    expect_made(page, "A family")
    assert sent[-1].post_data_json["prompt"] == family, "the page has changed the text"


run(scenario)
