"""Puts all pictures of pages on one sheet: `target/screenshots/index.html` and `contact-sheet.png`.

Usage: contact_sheet.py FOLDER --chromium PATH
"""

import argparse
import collections
import html
import pathlib

from browser import FLAGS, SCHEMES, SIZES
from playwright.sync_api import sync_playwright

VIEWS = [f"{scheme}-{size}" for size in SIZES for scheme in SCHEMES]

STYLE = """
body { font: 13px system-ui; margin: 16px; background: #888; color: #000 }
section { display: grid; grid-template-columns: 3fr 3fr 1fr 1fr; gap: 8px; align-items: start; margin-bottom: 24px }
h2 { grid-column: 1 / -1; font-size: 15px; margin: 0 }
img { width: 100%; max-height: 640px; object-fit: cover; object-position: top }
"""


def states(folder):
    """The pictures by state and view."""
    found = collections.defaultdict(dict)
    for path in sorted(folder.glob("*.png")):
        for view in VIEWS:
            if path.stem.endswith(f"-{view}"):
                found[path.stem.removesuffix(f"-{view}")][view] = path.name
    return found


def sheet(folder):
    """The page with all pictures. A state is a row."""
    rows = []
    for state, pictures in states(folder).items():
        name = html.escape(state)
        shown = [f'<a href="{file}"><img src="{file}" alt="{name}, {view}"></a>' for view, file in pictures.items()]
        rows.append(f"<section><h2>{name}</h2>{''.join(shown)}</section>")
    title = f"{len(rows)} states"
    return f"<!doctype html><meta charset=utf-8><title>{title}</title><style>{STYLE}</style>{''.join(rows)}"


def main():
    parser = argparse.ArgumentParser(description="Puts all pictures of pages on one sheet.")
    parser.add_argument("folder", type=pathlib.Path, help="the folder of the pictures: target/screenshots")
    parser.add_argument("--chromium", required=True, help="the path of Chromium")
    options = parser.parse_args()
    page_file = options.folder / "index.html"
    page_file.write_text(sheet(options.folder))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=options.chromium, headless=True, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1600, "height": 1000})
        page.goto(page_file.resolve().as_uri())
        page.screenshot(path=options.folder / "contact-sheet.png", full_page=True)
        chromium.close()
    print(page_file)


main()
