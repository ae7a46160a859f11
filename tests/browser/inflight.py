"""Changes answers on their way to a page, for the looks of states that the local platform does not bring easily.

Nothing that a scenario proves about the service goes through here.
"""

import contextlib
import copy
import datetime
import re

LIST = re.compile(r"/v1/generations(\?[^/]*)?$")
ONE = re.compile(r"/v1/generations/([0-9a-f-]+)$")

FINAL = ("succeeded", "failed", "moderated", "canceled", "timed_out")


@contextlib.contextmanager
def routed(page, *routes):
    """Handles requests of a page until the end of the block. A route is a pattern and a handler."""
    for pattern, handler in routes:
        page.route(pattern, handler)
    try:
        yield
    finally:
        # A request that is still under way belongs to a page that is about to be left.
        page.unroute_all(behavior="ignoreErrors")


def path(of):
    """The pattern of a path with any query."""
    return re.compile(rf"{re.escape(of)}(\?[^/]*)?$")


def edited(edit):
    """A handler that lets `edit` change the JSON of each answer to a read."""

    def handle(route):
        if route.request.method != "GET":
            return route.fallback()
        answer = route.fetch()
        if answer.status != 200:
            return route.fulfill(response=answer)
        body = answer.json()
        edit(body)
        return route.fulfill(json=body)

    return handle


def lost(route):
    """A handler for a connection that is lost."""
    route.abort("connectionreset")


class Held:
    """A handler that keeps requests of a method waiting until they may go on."""

    def __init__(self, method):
        self.method = method
        self.routes = []

    def __call__(self, route):
        if route.request.method == self.method:
            self.routes.append(route)
        else:
            route.fallback()

    def release(self):
        for route in self.routes:
            route.continue_()
        self.routes.clear()


def variant(work, number, **fields):
    """A copy of a work, as another one with other fields. The first one is the newest."""
    # To the second: 2026-12-01T10:00:00.
    asked = datetime.datetime.fromisoformat(work["created_at"][:19]) - datetime.timedelta(seconds=number)
    own = {"id": f"{work['id'][:-4]}{9999 - number}", "created_at": f"{asked.isoformat()}Z"}
    return {**copy.deepcopy(work), **own, **fields}


def under_way(work, number, status, **fields):
    """A copy of a work that is not finished yet."""
    return variant(work, number, status=status, outputs=[], finished_at=None, **fields)


def failed(work, number, status, detail, **fields):
    """A copy of a work that delivered nothing, and cost nothing."""
    code = "provider_failed" if status == "failed" else status
    failure = {"code": code, "detail": detail, "reason": None, "released": 4}
    return variant(work, number, status=status, outputs=[], cost=0, failure=failure, **fields)


DISABLED = {
    "at": "2026-12-01T10:00:00Z",
    "reason": "The picture shows a person who has not agreed to it.",
    "ground": "Terms, section “What is not allowed”",
    "appeal": "Write to us.",
}


class Works:
    """The works that a page reads. `edit` gets the real ones, and answers those to be shown.

    `cursor` makes the first part of a list look as if there were more.
    """

    def __init__(self, edit, cursor=None):
        self.edit = edit
        self.cursor = cursor
        self.shown = {}

    def routes(self):
        return (LIST, edited(self.list)), (ONE, self.one)

    def list(self, body):
        works = self.edit(body["items"])
        self.shown.update({work["id"]: work for work in works})
        body["items"] = [{**work, "cancel_price": None} for work in works]
        body["next_cursor"] = self.cursor

    def one(self, route):
        if route.request.method != "GET":
            return route.fallback()
        work = self.shown.get(ONE.search(route.request.url)[1])
        if not work:
            answer = route.fetch()
            if answer.status != 200:
                return route.fulfill(response=answer)
            [work] = self.edit([answer.json()])
        price = None if work["status"] in FINAL else work["cancel_price"] or 0
        return route.fulfill(json={**work, "cancel_price": price})
