"""A browser that keeps no cookies and nothing else. Every public page works, the sign-in says why it cannot, and
nothing throws."""

import json
import pathlib
import re
import tempfile

from playwright.sync_api import expect

from browser import FLAGS, run
from ours import describe, notice, press

# The preferences of a Chromium whose person blocks all cookies, which blocks storage too.
BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}

PUBLIC = [
    "/",
    "/create",
    "/models",
    "/plans",
    "/privacy",
    "/terms",
    "/cookies",
    "/vendors",
    "/contact",
    "/report",
    "/status",
    "/sign-in",
]


def scenario(stage):
    with tempfile.TemporaryDirectory() as folder:
        preferences = pathlib.Path(folder) / "Default" / "Preferences"
        preferences.parent.mkdir()
        preferences.write_text(json.dumps(BLOCKED))
        context = stage.chromium.browser_type.launch_persistent_context(
            folder, executable_path=stage.options.chromium, headless=True, args=FLAGS
        )
        context.set_default_timeout(1_000 * stage.options.patience)
        stage.plant(context)
        try:
            visit(stage, context.new_page())
        finally:
            context.close()


def visit(stage, page):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path in PUBLIC:
        page.goto(f"{stage.base}{path}")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        page.wait_for_load_state("networkidle")
        blocked = page.evaluate("() => { try { localStorage.length; return false; } catch { return true; } }")
        assert blocked, "the browser keeps something, so this proves nothing"
    assert not errors, f"pages have thrown: {errors}"

    page.goto(f"{stage.base}/sign-in")
    expect(notice(page)).to_contain_text("Your browser keeps no cookies for this site")
    page.goto(f"{stage.base}/create")
    describe(page, "A lighthouse in a storm")
    expect(page.locator("#why")).to_contain_text("Copy your words before you sign in")
    expect(press(page)).to_contain_text("Sign in to create")
    theme = page.get_by_role("button", name="Light or dark").first
    theme.click()
    expect(page.locator("html")).to_have_attribute("data-theme", re.compile("dark|light"))
    page.reload()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("")
    assert not errors, f"pages have thrown: {errors}"


run(scenario)
