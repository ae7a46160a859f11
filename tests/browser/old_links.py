"""A page stays open for longer than its links are valid. Downloads and pictures work, and nobody sees S3's XML."""

from playwright.sync_api import expect

from browser import Person, run
from ours import create, expect_made, open_page, sign_in

PROMPT = "A lighthouse in a storm"

# Links are valid for five minutes.
LATER = "6m"

# The clock of the browser, moved as that of the platform.
LATE = "() => { const now = Date.now.bind(Date); Date.now = () => now() + 6 * 60_000; }"


def saved(page, link):
    """The name and the first bytes of the file that a link saves. The page stays where it is."""
    before = page.url
    with page.expect_download() as download:
        link.click()
    assert page.url == before, f"the link has left the page for {page.url}"
    path = download.value.path()
    return download.value.suggested_filename, path.read_bytes()[:8]


def expect_picture(file):
    name, begin = file
    assert begin == b"\x89PNG\r\n\x1a\n", f"{name} is no picture: {begin}"
    assert "ai-generated" in name, f"the name of the file says nothing of AI: {name}"


# The picture is there, by another link than the one that was refused.
RENEWED = "(shown) => shown.complete && shown.naturalWidth > 0 && !shown.src.endsWith('&again')"


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page, work, library = browser.tab(), browser.tab(), browser.tab()
    refused = []
    for tab in (page, work, library):
        tab.on("response", lambda answer: refused.append(answer.url) if answer.status == 403 else None)
    sign_in(stage, browser, page, person, "/create")
    create(page, PROMPT)
    address = expect_made(page, PROMPT).evaluate("(shown) => shown.closest('a').pathname")
    open_page(stage, work, address)
    expect(work.get_by_role("heading", name=PROMPT)).to_be_visible()
    open_page(stage, library, "/library")
    expect(library.locator("#grid").get_by_role("img", name=PROMPT)).to_be_visible()

    # The links of all three pages are old now.
    stage.advance_clock(LATER)
    old = page.get_by_role("link", name="Download").get_attribute("href")
    answer = browser.context.request.get(old)
    assert answer.status == 403, f"the old link must be refused, or this test proves nothing: {answer.status}"

    # A page that knows the time does not use it.
    page.evaluate(LATE)
    expect_picture(saved(page, page.get_by_role("link", name="Download")))
    assert not refused, f"the page has used a link that was too old: {len(refused)}"

    # Nor does one whose clock is wrong leave a picture broken: it asks for a new link after the refusal.
    for tab in (work, library):
        shown = tab.locator("[data-personal] img").first
        # Another address, so that the browser does not show its copy.
        old = shown.get_attribute("src")
        assert browser.context.request.get(f"{old}&again").status == 403, "the link of the picture must be old"
        shown.evaluate("(shown) => { shown.src += '&again'; }")
        tab.wait_for_function(RENEWED, arg=shown.element_handle())
    expect_picture(saved(work, work.get_by_role("link", name="Download")))
    stage.state(library, "renewed")
    tile = library.locator(".tile").first
    tile.hover()
    tile.get_by_role("button", name="Menu").click()
    expect_picture(saved(library, library.locator("#menu").get_by_role("button", name="Download")))


run(scenario)
