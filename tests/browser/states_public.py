"""How the pages look that everybody may read: the models, the prices, the forms, the status, and what is not there."""

import re

from playwright.sync_api import expect

from browser import run
from inflight import edited, lost, path, routed
from ours import open_page

PAGES = {
    "home": "/",
    "sign-in": "/sign-in",
    "models": "/models",
    "model": "/models/flux-schnell",
    "plans": "/plans",
    "contact": "/contact",
    "report": "/report",
    "withdraw": "/withdraw",
    "library": "/library",
    "account": "/account",
    "billing": "/billing",
}

AVAILABLE = '<span class="good">Available</span>'

# The other states of a model, as its page has them. They come from the catalogue and from the operator's parameters.
STATES = [
    '<span class="bad">Paused for now</span>',
    '<span class="meta">Until 31 January 2027</span>',
    '<span class="bad">Ended on 30 November 2026</span>',
    '<span class="bad">Not on offer: its vendor may train with inputs</span>',
]


def troubled(route):
    """A handler that gives models on a page other states."""
    answer = route.fetch()
    text = answer.text()
    for state in STATES:
        text = text.replace(AVAILABLE, state, 1)
    route.fulfill(status=200, content_type="text/html; charset=utf-8", body=text)


def paused(body):
    body["status"] = "degraded"
    for model, reason in zip(body["models"], ("paused", "failing")):
        model.update(available=False, reason=reason)


def scenario(stage):
    page = stage.browser().tab()
    for name, address in PAGES.items():
        open_page(stage, page, address)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        page.wait_for_load_state("networkidle")
        stage.state(page, name)
    with routed(page, (path("/models"), troubled)):
        open_page(stage, page, "/models")
        expect(page.get_by_text("Ended on 30 November 2026")).to_be_visible()
        stage.state(page, "models-troubled")
    status(stage, page)
    forms(stage, page)
    absent(stage, page)


def status(stage, page):
    open_page(stage, page, "/status")
    expect(page.locator("#status")).to_contain_text("Everything works.")
    expect(page.get_by_role("cell", name="Available").first).to_be_visible()
    stage.state(page, "status")
    with routed(page, (path("/v1/status"), edited(paused))):
        open_page(stage, page, "/status")
        expect(page.locator("#status")).to_contain_text("Some models take no new work right now.")
        expect(page.get_by_role("cell", name="Paused")).to_be_visible()
        stage.state(page, "status-paused")
    with routed(page, (path("/v1/status"), lost)):
        open_page(stage, page, "/status")
        expect(page.locator("#say")).to_contain_text("The service does not answer.")
        stage.state(page, "status-error")
    # The page is still open, and goes on by itself.
    expect(page.locator("#status")).to_contain_text("Everything works.")
    expect(page.locator("#say")).to_be_empty()


def forms(stage, page):
    """A message that is sent, one that is not, and a report."""
    open_page(stage, page, "/contact")
    page.get_by_label("Your message").fill("How do I get an invoice?")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This was not sent")
    stage.state(page, "contact-error")
    page.go_back()
    expect(page.get_by_label("Your message")).to_have_value("How do I get an invoice?")
    page.get_by_label("Your mail address").fill("ada@people.example")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("main")).to_contain_text(re.compile("C-[0-9A-Z]{4}-[0-9A-Z]{4}"))
    stage.state(page, "contact-sent")

    open_page(stage, page, "/report")
    page.get_by_label("Where is it?").fill("https://example.com/picture")
    page.get_by_label("What is wrong with it?").fill("It shows me, and I have not agreed.")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Report").click()
    expect(page.locator("main")).to_contain_text(re.compile("C-[0-9A-Z]{4}-[0-9A-Z]{4}"))
    stage.state(page, "report-sent")


def absent(stage, page):
    """People get a page, and programs a problem."""
    for name, address, heading in [
        ("unknown", "/nothing-here", "This page does not exist"),
        ("deletion-unknown", f"/deletions/{'A' * 27}", "There is no such deletion"),
    ]:
        answer = page.goto(f"{stage.base}{address}")
        assert answer.status == 404, f"{address} is answered {answer.status}"
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        stage.state(page, name)
        asked = page.context.request.get(f"{stage.base}{address}", headers={"accept": "application/json"})
        assert asked.status == 404 and asked.json()["code"], f"{address} is answered {asked.status} to a program"


run(scenario)
