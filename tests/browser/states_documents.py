"""How the texts look: the privacy policy and its versions, terms, vendors, cookies, the reference of the API."""

from playwright.sync_api import expect

from browser import run
from ours import open_page

PAGES = {
    "privacy": "/privacy",
    "privacy-older": "/privacy/2026-11-24",
    "privacy-newer": "/privacy/2026-12-15",
    "terms": "/terms",
    "legal": "/legal",
    "accessibility": "/accessibility",
    "vendors": "/vendors",
    "processing": "/processing",
    "cookies": "/cookies",
    "docs": "/docs",
}


def scenario(stage):
    page = stage.browser().tab()
    for name, address in PAGES.items():
        open_page(stage, page, address)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        stage.state(page, name)


run(scenario)
