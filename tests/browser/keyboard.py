"""The keyboard alone: to the content, a picture, the library with its arrows, the menu of a work, signing out."""

import re

import axe
from playwright.sync_api import expect

from browser import Person, run
from ours import create, expect_made, expect_ready, expect_signed_out, menu, open_page, press, sign_in

PROMPTS = ["A lighthouse in a storm", "A harbour at night", "Dunes at noon"]

# The contour of the focus, which must be seen: at least 2 pixels.
CONTOUR = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return outlineStyle === "none" ? 0 : parseFloat(outlineWidth);
}"""

# The focus is not hidden by something docked (WCAG 2.4.11).
SEEN = """() => {
  const part = document.activeElement;
  const { left, top, width, height } = part.getBoundingClientRect();
  const on = document.elementFromPoint(left + width / 2, Math.min(Math.max(top + height / 2, 1), innerHeight - 1));
  return on !== null && (part.contains(on) || on.contains(part) || part.labels?.[0]?.contains(on) === true);
}"""


def tab_to(page, wanted, most=80):
    """Presses Tab until this element has the focus. Every stop on the way is seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("(part) => part === document.activeElement"):
            expect(wanted).to_be_focused()
            assert page.evaluate(CONTOUR) >= 2, "the focus cannot be seen"
            assert page.evaluate(SEEN), "something covers the focus"
            return
    raise AssertionError(f"Tab does not reach {wanted} within {most} stops")


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    sign_in(stage, browser, page, person, "/create")
    for prompt in PROMPTS[:2]:
        create(page, prompt)
        expect_made(page, prompt)

    open_page(stage, page, "/create")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    prompt = page.get_by_label("Prompt", exact=True)
    tab_to(page, prompt, 3)
    page.keyboard.insert_text(PROMPTS[2])
    expect_ready(page)
    tab_to(page, press(page))
    page.keyboard.press("Enter")
    expect_made(page, PROMPTS[2])
    expect(press(page)).to_be_focused()
    expect(page.locator("#live")).to_have_text("Your picture is ready.")

    open_page(stage, page, "/library")
    tiles = page.locator(".tile > a")
    expect(tiles).to_have_count(3)
    tab_to(page, tiles.nth(0))
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(tiles.nth(2)).to_be_focused()
    page.keyboard.press("Home")
    expect(tiles.nth(0)).to_be_focused()
    stage.picture(page, "focused-tile")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.querySelector('#grid').contains(document.activeElement)"), "the grid is one stop"
    page.keyboard.press("Shift+Tab")
    expect(tiles.nth(0)).to_be_focused()

    # The menu of the tile, and back.
    page.keyboard.press("m")
    expect(page.locator("#menu")).to_be_visible()
    # On a phone axe takes the docked tabs for neighbours of the menu, which lies above them.
    faults = axe.faults(page)
    assert not faults, f"axe finds in the open menu: {faults}"
    stage.picture(page, "menu")
    page.keyboard.press("Escape")
    expect(page.locator("#menu")).to_be_hidden()
    tiles.nth(0).focus()
    page.keyboard.press("s")
    expect(page.locator(".tile").nth(0).get_by_role("button", name="Star")).to_have_attribute("aria-pressed", "true")

    # Deleting moves the focus to another tile.
    page.keyboard.press("m")
    page.locator("#menu").get_by_role("button", name="Delete").press("Enter")
    expect(tiles).to_have_count(2)
    expect(tiles.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/g/"))

    # Renaming takes the focus, and gives it back.
    rename = page.get_by_role("button", name="Rename")
    tab_to(page, rename)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.insert_text("Mine")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Mine")).to_be_visible()
    expect(rename).to_be_focused()

    page.evaluate("document.activeElement.blur()")
    tab_to(page, menu(page))
    page.keyboard.press("Enter")
    out = page.get_by_role("banner").get_by_role("button", name="Sign out")
    tab_to(page, out, 8)
    page.keyboard.press("Enter")
    expect_signed_out(page)


run(scenario)
