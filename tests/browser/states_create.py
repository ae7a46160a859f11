"""How the page looks on which works are made, before a press and after it."""

import re

from playwright.sync_api import expect

from browser import Person, run
from images import GOOD
from inflight import Held, edited, lost, path, routed
from ours import describe, expect_made, expect_ready, open_page, press, sign_in

PROMPT = "A lighthouse in a storm"

REASON = "Payments of this account were taken back three times."


def paused(body):
    body["status"] = "degraded"
    for model in body["models"]:
        if model["id"] == "flux-schnell":
            model.update(available=False, reason="paused")


def scenario(stage):
    page = stage.browser().tab()
    open_page(stage, page, "/create")
    describe(page, PROMPT)
    expect(press(page)).to_have_text("Sign in to create for 4 credits")
    stage.state(page, "out")

    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    sign_in(stage, browser, page, person, "/create")
    expect(page.locator("#empty")).to_be_visible()
    stage.state(page, "idle")
    describe(page, PROMPT)
    expect_ready(page)
    expect(page.locator("#price")).to_have_text("You have 50. After this: 46.")
    stage.state(page, "priced")

    answers(stage, page)
    uploading(stage, page)

    # The request is held, and then goes on: it is paid once.
    open_page(stage, page, "/create")
    describe(page, PROMPT)
    expect_ready(page)
    held = Held("POST")
    with routed(page, (path("/v1/generations"), held)):
        press(page).click()
        expect(press(page)).to_have_text("Sending…")
        expect(press(page)).to_be_focused()
        stage.state(page, "sending")
        # A press meanwhile sends nothing.
        page.keyboard.press("Enter")
        assert len(held.routes) == 1, f"{len(held.routes)} requests were sent"
        held.release()
        expect_made(page, PROMPT)
    stage.state(page, "done")


def answers(stage, page):
    """States that come from what the service knows of the person and of the models."""
    for name, of, change, button, why in [
        ("too-dear", "/v1/credits", lambda body: body.update(available=2), "Create for 4 credits", "2 too few"),
        ("paused", "/v1/status", paused, "Not available right now", "Choose another model"),
        (
            "frozen",
            "/v1/account",
            lambda body: body.update(status="frozen", status_reason=REASON),
            "Nothing new can be made",
            "Your account is frozen",
        ),
        (
            "closing",
            "/v1/account",
            lambda body: body.update(status="closing"),
            "Nothing new can be made",
            "This account is being deleted",
        ),
    ]:
        with routed(page, (path(of), edited(change))):
            open_page(stage, page, "/create")
            expect(press(page)).to_have_text(button)
            expect(page.locator("#why")).to_contain_text(why)
            # The words stay, and so does the button: what it would do is said beside it before the press.
            expect(press(page)).to_have_attribute("aria-disabled", "true")
            expect(page.get_by_label("Prompt", exact=True)).to_have_value(PROMPT)
            if name in ("frozen", "closing"):
                expect(page.get_by_role("region", name="Your account")).to_be_visible()
            stage.state(page, name)


def uploading(stage, page):
    """A picture that is being sent, and one whose way is lost."""
    open_page(stage, page, "/create")
    page.get_by_role("radio", name=re.compile("FLUX.1 Kontext dev")).check()
    expect(press(page)).to_have_text("Add a picture to create")
    held = Held("POST")
    with routed(page, (path("/v1/uploads"), held)):
        page.locator("#file").set_input_files(GOOD)
        expect(press(page)).to_have_text("Uploading 0%")
        stage.state(page, "uploading")
    with routed(page, (path("/v1/uploads"), lost)):
        open_page(stage, page, "/create")
        page.locator("#file").set_input_files(GOOD)
        expect(page.locator("#file-problem")).to_be_visible()
        expect(press(page)).to_have_text("Add a picture to create")
        stage.state(page, "upload-failed")
    page.get_by_role("radio", name=re.compile(r"FLUX.1 schnell \d|FLUX.1 schnell 4|^FLUX.1 schnell(?! \(fal)")).first.check()


run(scenario)
