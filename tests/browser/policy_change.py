"""The privacy policy changes. The home page says so, shows what is different, and the account records it once."""

import re

from playwright.sync_api import expect

from browser import Person, run
from ours import account, open_page, sign_in, sign_out

# The versions that are published (shared/register).
OLD, NEW = "2026-11-24", "2026-12-15"

CONSENTS = re.compile(r"/v1/consents$")

# The notice as the layout has it, for the days on which no change is near.
NOTICE = f"""<div class="banner" id="policy" role="region" aria-label="Notice" data-version="{NEW}">
<p>The privacy policy changed.
<a href="/privacy/{NEW}">See what changed</a></p><button class="btn small" type="button" hidden>Got it</button></div>"""


def announce(stage, context):
    """Makes the home page announce the change also when it is long ago. The day of the platform decides that."""
    if 'id="policy"' in stage.ask(stage.base):
        return

    def add(route):
        answer = route.fetch()
        text = answer.text().replace("</header>", f"</header>{NOTICE}", 1)
        route.fulfill(status=200, content_type="text/html; charset=utf-8", body=text)

    context.route(f"{stage.base}/", add)


def is_notice(request):
    """Whether a request records the notice, and not a choice about advertising."""
    return bool(CONSENTS.search(request.url)) and request.post_data_json["kind"] == "notice"


def records(page):
    """The notices that the account has recorded."""
    return account(page)["acceptance"]["notices"]


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    announce(stage, browser.context)
    page = browser.tab()
    open_page(stage, page)
    notice = page.get_by_role("region", name="Notice")
    expect(notice).to_contain_text("The privacy policy")
    stage.state(page, "notice")
    notice.get_by_role("link").click()
    page.wait_for_url(f"{stage.base}/privacy/{NEW}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.locator("ins").count() > 0, "the page must show what the new version adds"
    stage.state(page, "difference")
    open_page(stage, page, f"/privacy/{OLD}")
    expect(page.locator("main")).to_contain_text(re.compile("version", re.IGNORECASE))

    # The first use after the notice is recorded, and no later one.
    sent = []
    browser.context.on("request", lambda request: sent.append(request) if is_notice(request) else None)
    with page.expect_response(lambda answer: is_notice(answer.request)) as recorded:
        sign_in(stage, browser, page, person)
    assert recorded.value.status == 204, f"the notice is answered {recorded.value.status}"
    [first] = [record for record in records(page) if record["version"] == NEW]
    assert first["shown_at"] and first["used_at"], f"the record is {first}"
    for _ in range(2):
        open_page(stage, page)
        page.wait_for_load_state("networkidle")
    assert len(sent) == 1, f"the notice was recorded {len(sent)} times"
    other = stage.browser()
    announce(stage, other.context)
    tab = other.tab()
    sign_in(stage, other, tab, person)
    tab.wait_for_load_state("networkidle")
    assert records(tab) == [first], "a second browser must not change the record"

    # A person who has seen it need not see it again.
    notice.get_by_role("button", name="Got it").click()
    expect(notice).to_be_hidden()
    open_page(stage, page)
    page.wait_for_load_state("networkidle")
    expect(page.locator("#policy")).to_be_hidden()
    assert records(page) == [first], "closing the notice must not change the record"
    later(stage)


def later(stage):
    """A visitor closes the notice and signs in later. The account records when it was shown, and the next person sees
    it."""
    browser, person = stage.browser(), Person("Grace")
    announce(stage, browser.context)
    page = browser.tab()
    notice = page.get_by_role("region", name="Notice")
    open_page(stage, page)
    notice.get_by_role("button", name="Got it").click()
    expect(notice).to_be_hidden()
    shown_at = page.evaluate("localStorage.getItem('policy:').split(' ')[1]")
    with page.expect_response(lambda answer: is_notice(answer.request)) as recorded:
        sign_in(stage, browser, page, person)
    assert recorded.value.status == 204, f"the notice is answered {recorded.value.status}"
    expect(page.locator("#policy")).to_be_hidden()
    [record] = records(page)
    same = page.evaluate("([one, other]) => Date.parse(one) === Date.parse(other)", [record["shown_at"], shown_at])
    assert same, f"the notice was shown at {shown_at}, and the record is {record}"
    sign_out(browser, page)
    open_page(stage, page)
    expect(notice).to_be_visible()


run(scenario)
