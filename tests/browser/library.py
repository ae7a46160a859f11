"""The library: star, name, search, delete and bring back, save many as one zip, with the mouse. And its tab stops."""

import io
import re
import zipfile

from playwright.sync_api import expect

from browser import Person, run
from ours import create, expect_made, notice, open_page, sign_in

PROMPTS = ["A lighthouse in a storm", "A harbour at night", "Dunes at noon"]

# The elements of the page that Tab reaches, as far as it can be told without pressing it.
STOPS = """() => [...document.querySelectorAll("#grid a, #grid button")].filter((part) => part.tabIndex >= 0).length"""


def tile(page, prompt):
    return page.locator(".tile").filter(has=page.get_by_role("img", name=prompt))


def scenario(stage):
    browser, person = stage.browser(accept_downloads=True), Person("Ada")
    page = browser.tab()
    sign_in(stage, browser, page, person, "/create")
    for prompt in PROMPTS:
        create(page, prompt)
        expect_made(page, prompt)
    open_page(stage, page, "/library")
    expect(page.locator(".tile")).to_have_count(3)
    stage.state(page, "filled")
    assert page.evaluate(STOPS) == 1, f"the grid has {page.evaluate(STOPS)} tab stops, not one"

    # Star, and the view of those.
    tile(page, PROMPTS[0]).hover()
    tile(page, PROMPTS[0]).get_by_role("button", name="Star").click()
    expect(tile(page, PROMPTS[0]).get_by_role("button", name="Star")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Starred", exact=True).check()
    expect(page.locator(".tile")).to_have_count(1)
    assert "favourite=true" in page.url, f"the address does not say what is shown: {page.url}"
    page.reload()
    expect(page.locator(".tile")).to_have_count(1)
    page.get_by_label("Starred", exact=True).uncheck()
    expect(page.locator(".tile")).to_have_count(3)

    # Name, on the page of the work.
    tile(page, PROMPTS[1]).get_by_role("link").click()
    expect(page.get_by_role("heading", name=PROMPTS[1])).to_be_visible()
    stage.state(page, "work")
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("Title").fill("Night piece")
    stage.state(page, "renaming")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Night piece")).to_be_visible()
    expect(page.get_by_role("button", name="Rename")).to_be_focused()

    # Search finds the name and the prompt.
    open_page(stage, page, "/library")
    for text, found in [("night piece", "Night piece"), ("harbour", "Night piece"), ("dunes", PROMPTS[2])]:
        page.get_by_role("searchbox").fill(text)
        expect(tile(page, found)).to_be_visible()
        expect(page.locator(".tile")).to_have_count(1)
    stage.state(page, "search")
    page.get_by_role("searchbox").fill("nothing of this")
    expect(page.locator(".tile")).to_have_count(0)
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    stage.state(page, "no-match")
    page.get_by_role("searchbox").fill("")
    expect(page.locator(".tile")).to_have_count(3)

    # Many as one zip.
    page.evaluate("() => { delete globalThis.showSaveFilePicker; }")
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("button", name="Select all shown").click()
    expect(page.locator("#selected")).to_have_text("3 selected")
    stage.state(page, "selecting")
    with page.expect_download() as download:
        page.get_by_role("group", name="Selected works").get_by_role("button", name="Download").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        assert archive.testzip() is None, "the zip is damaged"
        names = archive.namelist()
        assert len(names) == 3 and all("ai-generated" in name for name in names), f"the zip has {names}"
        assert all(archive.read(name).startswith(b"\x89PNG") for name in names), "a file of the zip is no picture"
    expect(notice(page)).to_contain_text("3 files saved")

    # Delete, and bring back.
    page.get_by_role("group", name="Selected works").get_by_role("button", name="Delete").click()
    expect(page.locator(".tile")).to_have_count(0)
    expect(notice(page)).to_contain_text("3 deleted")
    found = page.evaluate("async () => (await (await fetch('/v1/generations')).json()).items.length")
    assert found == 0, f"{found} deleted works are still listed"
    notice(page).get_by_role("button", name="Undo").click()
    expect(page.locator(".tile")).to_have_count(3)

    # Delete on the page of a work. The library offers to bring it back.
    page.get_by_role("button", name="Select", exact=True).click()
    expect(page.get_by_role("group", name="Selected works")).to_have_count(0)
    tile(page, PROMPTS[2]).get_by_role("link").click()
    expect(page.get_by_role("heading", name=PROMPTS[2])).to_be_visible()
    address = page.url
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url(re.compile("/library"))
    expect(notice(page).get_by_role("button", name="Undo")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(2)
    other = browser.tab()
    other.goto(address)
    expect(other.get_by_role("heading", name="This work is not here")).to_be_visible()
    notice(page).get_by_role("button", name="Undo").click()
    expect(page.locator(".tile")).to_have_count(3)

    # For axe half a minute may be short on a busy machine, so nothing comes back after this.
    tile(page, PROMPTS[2]).hover()
    tile(page, PROMPTS[2]).get_by_role("button", name="Menu").click()
    page.locator("#menu").get_by_role("button", name="Delete").click()
    expect(notice(page)).to_contain_text("1 deleted")
    stage.state(page, "undo")
    stage.state(other, "gone")


run(scenario)
