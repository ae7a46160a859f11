"""Pictures at the door: what cannot be used is refused before it is sent, with the reason and the number that would be
right. One that can be used is."""

import re

from playwright.sync_api import expect

from browser import Person, run
from images import GOOD, file, png
from ours import create, expect_made, press, sign_in

UPLOADS = re.compile(r"/v1/uploads$")

REFUSED = [
    (file("notes.png", "image/png", b"These are no pixels at all, although the name says so."), "no PNG, JPEG or WebP"),
    (file("half.png", "image/png", GOOD["buffer"][:-30]), "end of this picture is missing"),
    (file("large.png", "image/png", GOOD["buffer"] + bytes(20 * 1024 * 1024)), "It may have 20 MB"),
    (file("wide.png", "image/png", png(60_000, 100)), "A side may have"),
    (file("many.png", "image/png", png(9_000, 9_000)), re.compile("81 million pixels. It may have")),
]


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    sent = []
    page.on("request", lambda request: sent.append(request.url) if UPLOADS.search(request.url) else None)
    sign_in(stage, browser, page, person, "/create")
    page.get_by_role("radio", name=re.compile("FLUX.1 Kontext dev")).check()
    expect(press(page)).to_have_text("Add a picture to create")
    stage.state(page, "needed")
    for picture, words in REFUSED:
        page.locator("#file").set_input_files(picture)
        expect(page.locator("#file-problem")).to_contain_text(words)
    stage.state(page, "refused")
    assert not sent, "a picture that cannot be used was sent"

    page.locator("#file").set_input_files(GOOD)
    expect(page.locator("#attached-name")).to_have_text("good.png")
    expect(press(page)).to_have_text(re.compile("^Create for"))
    stage.state(page, "attached")
    create(page, "The same place in winter")
    expect_made(page, "The same place in winter")
    assert len(sent) == 1


run(scenario)
