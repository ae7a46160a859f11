"""What the pages weigh, how still they stand, how soon they show something, and how many stops the keyboard has.

The figures are written down. The budgets of the site are asserted, but not the times: a busy machine is slow.
"""

from playwright.sync_api import expect

from browser import SIZES, Person, run
from inflight import Works, routed, variant
from ours import create, expect_made, expect_signed_in, open_page, sign_in

PROMPT = "A lighthouse in a storm"

# Bytes after compression, and the sum of the shifts (https://web.dev/articles/cls).
MOST_WITHOUT_PICTURES = 60_000
MOST_SCRIPTS = 20_000
MOST_SHIFT = 0.02

TILES = 24
TILES_OF_STOPS = 18

# The sum of the layout shifts, and the time of the largest paint in milliseconds.
VITALS = """() => new Promise((done) => {
  let [shift, paint] = [0, 0];
  const observe = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  observe("layout-shift", ({ hadRecentInput, value }) => { shift += hadRecentInput ? 0 : value; });
  observe("largest-contentful-paint", ({ startTime }) => { paint = startTime; });
  setTimeout(() => done([shift, paint]), 500);
})"""

# Where the focus is: in the grid, elsewhere, or where it was before, at the end of the round.
FOCUSED = """() => {
  const part = document.activeElement;
  globalThis.stops ??= new Set([document.body]);
  if (globalThis.stops.has(part)) return "end";
  globalThis.stops.add(part);
  return document.querySelector("#grid").contains(part) ? "grid" : "elsewhere";
}"""


class Loaded:
    """The requests of a tab, by which a page is weighed."""

    def __init__(self, page):
        self.page = page
        self.requests = []
        page.on("requestfinished", lambda request: self.requests.append(request))

    def open(self, stage, path):
        """Opens a page, and waits until it is at rest. Returns its bytes by the type of the resource."""
        self.requests.clear()
        open_page(stage, self.page, path)
        self.page.wait_for_load_state("networkidle")
        sizes = {}
        for request in list(self.requests):
            picture = request.resource_type == "image" and not request.url.endswith(".svg")
            kind = "picture" if picture else request.resource_type
            sizes[kind] = sizes.get(kind, 0) + max(request.sizes()["responseBodySize"], 0)
        return len(self.requests), sizes


def measure(stage, name, page, path):
    """Writes down what a page weighs for a browser that has nothing yet, and asserts what it may weigh."""
    count, sizes = Loaded(page).open(stage, path)
    without = sum(size for kind, size in sizes.items() if kind != "picture")
    stage.figure(f"{name}, requests", count)
    stage.figure(f"{name}, bytes without pictures, of pictures", f"{without}, {sizes.get('picture', 0)}")
    stage.figure(f"{name}, bytes of scripts", sizes.get("script", 0))
    assert 0 < sizes["script"] <= MOST_SCRIPTS, f"{name} loads {sizes['script']} of {MOST_SCRIPTS} bytes of scripts"
    stand_still(stage, name, page)
    return without


def stand_still(stage, name, page):
    shift, paint = page.evaluate(VITALS)
    stage.figure(f"{name}, layout shift, largest paint in ms", f"{shift:.4f}, {paint:.0f}")
    assert shift < MOST_SHIFT, f"{name} shifts by {shift:.4f}, and may by {MOST_SHIFT}"


def many(count):
    """A library of this size, from one work."""
    return lambda works: [variant(works[0], number, prompt=f"A wave, number {number}") for number in range(count)]


def stops(page):
    """The stops of one round with Tab: those in the grid, and all."""
    found = []
    while "end" not in found:
        page.keyboard.press("Tab")
        found.append(page.evaluate(FOCUSED))
    return found.count("grid"), len(found) - 1


def scenario(stage):
    for size in SIZES:
        without = measure(stage, f"home on a {size}", stage.browser(size).tab(), "/")
        most = MOST_WITHOUT_PICTURES
        assert without <= most, f"home weighs {without} of {most} bytes without pictures"

    maker, person = stage.browser(), Person("Ada")
    page = maker.tab()
    sign_in(stage, maker, page, person, "/create")
    create(page, PROMPT)
    expect_made(page, PROMPT)
    kept = [cookie for cookie in maker.context.cookies() if cookie["domain"] == "127.0.0.1"]
    for size in SIZES:
        for name, path in [("create", "/create"), ("library", "/library")]:
            # A browser with the session alone, which has nothing of the site yet. A choice about advertising would load
            # its script, once.
            browser = stage.browser(size, is_asked=True)
            browser.context.add_cookies(of_https(stage, kept))
            page = browser.tab()
            with routed(page, *(Works(many(TILES)).routes() if name == "library" else ())):
                measure(stage, f"{name} on a {size}", page, path)
                expect_signed_in(stage, browser, page, person)
                expect(page.locator(".tile")).to_have_count(TILES if name == "library" else 0)

    with routed(page, *Works(many(TILES_OF_STOPS)).routes()):
        page.set_viewport_size(dict(zip(("width", "height"), SIZES["desktop"])))
        open_page(stage, page, "/library")
        expect(page.locator(".tile")).to_have_count(TILES_OF_STOPS)
        in_grid, all_stops = stops(page)
        stage.figure(f"tab stops of a library of {TILES_OF_STOPS}: in the grid, in all", f"{in_grid}, {all_stops}")
        assert in_grid == 1, f"the grid has {in_grid} tab stops, not one"


def of_https(stage, cookies):
    """The cookies in the form in which they can be added. A Secure cookie is stored only for https."""
    names = ("name", "value", "expires", "httpOnly", "secure", "sameSite")
    url = stage.base.replace("http:", "https:")
    return [{**{name: cookie[name] for name in names}, "url": url} for cookie in cookies]


run(scenario)
