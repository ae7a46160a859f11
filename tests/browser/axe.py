"""axe-core: what a program can see of the accessibility of a page (WCAG 2.2, levels A and AA)."""

import functools
import importlib.util
import pathlib

# The rules of the levels that the site promises, and the best practices of axe.
OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}


@functools.cache
def script():
    """The source of axe-core, which the package brings beside its own module."""
    package = importlib.util.find_spec("axe_playwright_python")
    return pathlib.Path(package.origin).with_name("axe.min.js").read_text()


def faults(page):
    """What axe finds in the page as it is shown: one line each, with the elements."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(script())
    found = page.evaluate("(options) => axe.run(document, options)", OPTIONS)
    return [line(fault) for fault in found["violations"]]


def line(fault):
    """The rule, what it asks for, and the first elements that break it."""
    elements = [" ".join(map(str, node["target"])) for node in fault["nodes"]]
    return f"{fault['id']}: {fault['help']} ({len(elements)}): {'; '.join(elements[:3])}"
