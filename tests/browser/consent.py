"""The tag of an advertising network. Without consent, after a refusal or a withdrawal, and with Global Privacy Control
nothing reaches the network."""

import re

from playwright.sync_api import expect

from browser import Person, run
from ours import account, open_page, sign_in

CONSENTS = re.compile(r"/v1/consents$")

PAGES_WITHOUT_TAG = ["/create", "/library", "/account", "/billing", "/models", "/privacy", "/cookies"]


class Watched:
    """The requests of a browser's tabs to the network."""

    def __init__(self, stage, browser):
        self.sent = []
        self.origin = stage.platform["ads"]
        browser.context.on("request", self.note)

    def note(self, request):
        if request.url.startswith(self.origin):
            self.sent.append(request.url)


def is_choice(answer):
    """Whether an answer is to a choice about advertising, and not to the notice about the policy."""
    return bool(CONSENTS.search(answer.url)) and answer.request.post_data_json["kind"] == "advertising"


def dialog(page):
    return page.get_by_role("dialog")


def visit(stage, page, *paths):
    """Opens pages, and waits until each has done what it does by itself."""
    for path in paths:
        open_page(stage, page, path)
        page.wait_for_load_state("networkidle")


def scenario(stage):
    refusing(stage)
    with_gpc(stage)
    giving(stage)


def refusing(stage):
    browser, person = stage.browser(is_asked=True), Person("Ada")
    watched, page = Watched(stage, browser), browser.tab()
    visit(stage, page, "/")
    expect(dialog(page)).to_be_visible()
    yes, no = (dialog(page).get_by_role("button", name=name, exact=True) for name in ("Yes", "No"))
    sizes = [button.bounding_box() for button in (yes, no)]
    areas = [(size["width"], size["height"]) for size in sizes]
    assert areas[0] == areas[1], f"the buttons must be equal, and are {areas}"
    assert page.evaluate("document.activeElement === document.body"), "nothing may be preselected"
    stage.state(page, "asked")
    visit(stage, page, "/plans", "/")
    assert not watched.sent, "without a choice nothing may be sent"
    no.click()
    expect(dialog(page)).to_be_hidden()
    visit(stage, page, "/", "/plans", *PAGES_WITHOUT_TAG)
    expect(dialog(page)).to_have_count(0)
    assert not watched.sent, f"after a refusal the page has sent {watched.sent}"
    with page.expect_response(is_choice) as recorded:
        sign_in(stage, browser, page, person, "/")
    assert recorded.value.status == 204, f"the refusal is answered {recorded.value.status}"
    row = account(page)["consents"]["advertising"]
    assert row["choice"] == "refused", f"the refusal of the browser must become that of the account: {row}"
    assert not watched.sent, f"after a refusal the page has sent {watched.sent}"


def with_gpc(stage):
    browser, person = stage.browser(is_asked=True, extra_http_headers={"Sec-GPC": "1"}), Person("Grace")
    browser.context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    watched, page = Watched(stage, browser), browser.tab()
    visit(stage, page, "/", "/plans")
    expect(dialog(page)).to_have_count(0)
    visit(stage, page, "/cookies")
    expect(page.locator("main")).to_contain_text("Global Privacy Control")
    stage.state(page, "gpc")
    sign_in(stage, browser, page, person, "/plans")
    visit(stage, page, "/", "/plans")
    assert not watched.sent, f"with Global Privacy Control the page has sent {watched.sent}"
    answer = browser.context.request.get(f"{stage.base}/.well-known/gpc.json")
    assert answer.json()["gpc"] is True


def giving(stage):
    browser, person = stage.browser(is_asked=True), Person("Joan")
    watched, page = Watched(stage, browser), browser.tab()
    before = stage.control("ads")["counts"]
    visit(stage, page, "/")
    with page.expect_response(lambda answer: answer.url.startswith(watched.origin)) as told:
        dialog(page).get_by_role("button", name="Yes", exact=True).click()
    assert told.value.ok, f"the network has answered {told.value.status}"
    visit(stage, page, "/plans")
    count = len(watched.sent)
    assert count == 2, f"each of two pages tells of one view, and {watched.sent} was sent"
    sign_in(stage, browser, page, person, "/create")
    visit(stage, page, *PAGES_WITHOUT_TAG)
    assert len(watched.sent) == count, f"a page without the tag has sent {watched.sent[count:]}"
    visit(stage, page, "/")
    row = account(page)["consents"]["advertising"]
    assert row["choice"] == "given" and row["version"] and row["chosen_at"], f"the proof of the consent is {row}"
    after = stage.control("ads")["counts"]
    for name in ("refused", "with_referrer", "with_cookie"):
        assert after[name] == before[name], f"the network has got more than an event: {name}"

    # Withdrawn where it can be read, and as easily as it was given.
    open_page(stage, page, "/cookies")
    expect(page.locator("#choice")).to_have_text(re.compile("You have said yes"))
    stage.state(page, "given")
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.locator("#choice")).to_have_text("You have taken your yes back.")
    sent = len(watched.sent)
    visit(stage, page, "/", "/plans")
    assert len(watched.sent) == sent, "after the withdrawal nothing may be sent"
    assert account(page)["consents"]["advertising"]["choice"] == "withdrawn"
    stage.figure("requests to the network: refused, GPC, given", f"0, 0, {sent}")


run(scenario)
