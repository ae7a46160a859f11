"""Without JavaScript everything works but creating: pages, prices, policy, sign-in, a message, a deletion's page."""

import re

from playwright.sync_api import expect

from browser import SESSION, Person, run
from ours import choose, open_page, sign_in
from partners import GOOGLE, at_google

# The number of a case.
NUMBER = re.compile(r"C-[0-9A-Z]{4}-[0-9A-Z]{4}")

# Pages, and a sentence or a word that each must have.
PAGES = {
    "/": "Describe a picture",
    "/models": "credits",
    "/models/flux-schnell": "FLUX.1",
    "/plans": "€",
    "/privacy": "We do not sell or rent your personal data",
    "/privacy/2026-11-24": "2026",
    "/terms": "counsel",
    "/legal": "counsel",
    "/accessibility": "Web Content Accessibility",
    "/vendors": "Replicate",
    "/processing": "30 days",
    "/cookies": "__Host-session",
    "/contact": "Message",
    "/report": "good faith",
    "/withdraw": "within 14 days",
    "/status": "JavaScript",
    "/create": "Creating needs JavaScript",
}


def scenario(stage):
    browser = stage.browser(java_script_enabled=False)
    page = browser.tab()
    for path, words in PAGES.items():
        answer = page.goto(f"{stage.base}{path}")
        assert answer.status == 200, f"{path} is answered {answer.status}"
        # `expect` leaves out what a noscript has.
        shown = page.locator("main").inner_text()
        assert words.lower() in shown.lower(), f"{path} must show “{words}”: {shown}"
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
    answer = page.goto(f"{stage.base}/nothing-here")
    assert answer.status == 404 and "html" in answer.headers["content-type"], "an unknown path must be a page"

    # Every model has its price on the page to create.
    page.goto(f"{stage.base}/create")
    expect(page.locator("[name=model]").first).to_be_attached()
    assert page.locator(".price").count() >= page.locator("[name=model]").count() > 0

    open_page(stage, page, "/contact")
    page.get_by_label("Your message").fill("How do I get an invoice?")
    page.get_by_label("Your mail address").fill("ada@people.example")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("main")).to_contain_text(NUMBER)
    stage.picture(page, "sent")

    person = Person("Ada")
    open_page(stage, page)
    stage.picture(page, "home")
    choose(page, GOOGLE)
    at_google(page, person)
    page.wait_for_url(stage.is_ours)
    assert SESSION in browser.cookies(), "the person is not signed in"
    for path in ("/library", "/account", "/billing"):
        open_page(stage, page, path)
        assert "JavaScript" in page.locator("main").inner_text(), f"{path} must say why it shows nothing"
    stage.picture(page, "billing")

    # A deletion that was asked for elsewhere is followed without a script.
    other = stage.browser()
    account = other.tab()
    sign_in(stage, other, account, person, "/account")
    code = account.evaluate("""async () => {
      const { api } = await import(new URL("api.js", document.querySelector("script[type=module]").src).href);
      return (await api("POST", "/v1/account/deletion", { body: { confirm: "delete my account" } })).code;
    }""")
    page.goto(f"{stage.base}/deletions/{code}")
    expect(page.get_by_role("heading", level=1)).to_have_text("This account is going to be deleted")
    expect(page.locator("main")).to_contain_text("The erasure begins on")


run(scenario)
