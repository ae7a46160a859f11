"""How the page looks on which works are made, before a press and after it."""

from playwright.sync_api import expect

from browser import REFRESH, SESSION, Person, run
from images import GOOD
from inflight import LIST, Held, edited, lost, path, routed
from ours import (
    ASK,
    choose_model,
    describe,
    expect_made,
    expect_ready,
    notice,
    open_page,
    press,
    result,
    sign_in,
)

PROMPT = "A lighthouse in a storm"
OTHER = "A lighthouse at dawn"

FIRST_MODEL = "flux-schnell"
PREFERRED = "stable-diffusion-3.5-large"

# Keeps the model to begin with, as the page of the account does.
PREFER = """async (model) => {
  const { api } = await import(new URL("api.js", document.querySelector("script[type=module]").src).href);
  await api("PATCH", "/v1/account", { body: { preferences: { default_model: model } } });
}"""

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
    unread(stage, page)
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

    preferred(stage, page)
    comes_from(stage, page)
    session_over(stage, browser, page, person)


def unread(stage, page):
    """Neither the account nor the works can be read. The page says so, and goes on when they can."""
    with routed(page, (path("/v1/account"), lost), (LIST, lost)):
        open_page(stage, page, "/create")
        expect(notice(page)).to_contain_text("This goes on by itself in")
        expect(page.locator("#empty")).to_be_hidden()
        stage.state(page, "unread")
    expect(page.locator("#price")).to_contain_text("You have 50.")
    expect(notice(page)).not_to_contain_text("This goes on by itself in")
    expect(page.locator("#empty")).to_be_visible()


def preferred(stage, page):
    """The preferred model is there at the beginning, until another one is chosen."""
    chosen = page.locator("[name=model]:checked")
    expect(chosen).to_have_value(FIRST_MODEL)
    page.evaluate(PREFER, PREFERRED)
    open_page(stage, page, "/create")
    expect(chosen).to_have_value(PREFERRED)
    expect_ready(page)
    choose_model(page, FIRST_MODEL)
    page.reload()
    expect_ready(page)
    expect(chosen).to_have_value(FIRST_MODEL)
    page.evaluate(PREFER, None)


def vary(page):
    """Begins a variation of the first work."""
    result(page, PROMPT).get_by_role("link", name="Variation").click()
    expect(page.locator("#from")).to_contain_text(f"From: {PROMPT}")
    expect_ready(page)


def comes_from(stage, page):
    """The work from which a new one comes is shown, can be taken off, and may be gone."""
    origin, prompt = page.locator("#from"), page.get_by_label("Prompt", exact=True)
    open_page(stage, page, "/create")
    vary(page)
    stage.state(page, "from")
    page.reload()
    expect(origin).to_contain_text(PROMPT)
    page.get_by_role("button", name="Remove the work it comes from").click()
    expect(origin).to_be_hidden()
    expect(prompt).to_be_focused()
    page.reload()
    expect_ready(page)
    expect(origin).to_be_hidden()
    # Other words are another work.
    vary(page)
    describe(page, "")
    expect(origin).to_be_hidden()

    vary(page)
    describe(page, OTHER)
    expect(origin).to_be_visible()
    address = result(page, PROMPT).get_attribute("id").removeprefix("g-")
    status, _ = page.evaluate(ASK, ["DELETE", f"/v1/generations/{address}"])
    assert status == 200, f"the work is not deleted: {status}"
    press(page).click()
    expect(page.locator("#why")).to_have_text("The work it came from is gone. Press again to create without it.")
    expect(origin).to_be_hidden()
    expect_ready(page)
    stage.state(page, "from-gone")
    press(page).click()
    expect_made(page, OTHER)
    _, made = page.evaluate(ASK, ["GET", "/v1/generations?limit=1"])
    assert made["items"][0]["based_on"] is None, "a work that is gone is named as the origin"


def session_over(stage, browser, page, person):
    """The session ends under the page: the words alone stay there. The rest comes back with the person."""
    open_page(stage, page, "/create")
    result(page, OTHER).get_by_role("link", name="Use as input").click()
    expect(page.locator("#attached-name")).to_have_text(OTHER)
    expect_ready(page)
    describe(page, PROMPT)
    for name in (SESSION, REFRESH):
        browser.forget(name)
    press(page).click()
    expect(press(page)).to_contain_text("Sign in to create for")
    expect(page.locator("#attached-name")).to_have_text("")
    expect(page.locator("#price")).to_have_text("")
    expect(page.locator("#attached")).to_be_hidden()
    expect(page.locator("#jobs").get_by_role("article")).to_have_count(0)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(PROMPT)
    stage.state(page, "session-over")
    sign_in(stage, browser, page, person, "/create")
    expect(page.locator("#attached-name")).to_have_text(OTHER)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(PROMPT)


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
    choose_model(page, "flux-kontext-dev")
    expect(press(page)).to_have_text("Add a picture to create")
    held = Held("POST")
    with routed(page, (path("/v1/uploads"), held)):
        page.locator("#file").set_input_files(GOOD)
        expect(press(page)).to_have_text("Uploading 0%")
        stage.state(page, "uploading")
        # Taken back: a request that is sent after all would attach the picture.
        page.locator("#detach").click()
        expect(press(page)).to_have_text("Add a picture to create")
    with routed(page, (path("/v1/uploads"), lost)):
        open_page(stage, page, "/create")
        expect(press(page)).to_have_text("Add a picture to create")
        page.locator("#file").set_input_files(GOOD)
        expect(page.locator("#file-problem")).to_be_visible()
        expect(press(page)).to_have_text("Add a picture to create")
        stage.state(page, "upload-failed")
    choose_model(page, "flux-schnell")


run(scenario)
