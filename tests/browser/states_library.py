"""How the library looks, and the page of a work: empty, being read, full, without a connection; each kind of work."""

import re

from playwright.sync_api import expect

from browser import Person, run
from inflight import DISABLED, LIST, Held, Works, failed, lost, routed, under_way, variant
from ours import choose_model, create, expect_made, open_page, result, sign_in

PICTURE, FILM = "A lighthouse in a storm", "Waves roll in"
LONG = "A view from the cliff over the bay at dusk, with a lighthouse, seven boats, and a long, long row of lamps"


def mixed(works):
    """All kinds of works, and more pictures than a row takes."""
    work = next(work for work in works if work["prompt"] == PICTURE)
    film = next(work for work in works if work["prompt"] == FILM)
    [output] = work["outputs"]
    bare = {**output, "thumbnail_url": None}
    return [
        under_way(work, 1, "running", prompt="A harbour at night", progress=40),
        under_way(work, 2, "queued", prompt="Dunes at noon", progress=None),
        variant(work, 3, outputs=[output] * 4, prompt="Four views of a bay", cost=16),
        variant(film, 4),
        variant(work, 5, outputs=[], disabled=DISABLED, prompt="Somebody else"),
        variant(work, 6, outputs=[bare], prompt="A forest in the rain"),
        variant(work, 7, favourite=True, title="Mine", prompt=LONG),
        failed(work, 8, "failed", "The model gave up.", prompt="A house of glass"),
        failed(work, 9, "moderated", "The provider does not allow this.", prompt="A duel"),
        *(variant(work, number, prompt=f"A wave, number {number}") for number in range(10, 26)),
    ]


def only(**fields):
    """Every work looks as these fields say."""
    return lambda works: [{**work, **fields} for work in works]


def scenario(stage):
    browser, person = stage.browser(), Person("Ada")
    page = browser.tab()
    sign_in(stage, browser, page, person, "/library")
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    stage.state(page, "empty")

    open_page(stage, page, "/create")
    create(page, PICTURE)
    expect_made(page, PICTURE)
    choose_model(page, "wan-2.2-t2v-fast")
    create(page, FILM)
    expect(result(page, FILM).locator("video")).to_be_visible()
    stage.state(page, "film-made")
    ids = {prompt: result(page, prompt).get_attribute("id").removeprefix("g-") for prompt in (PICTURE, FILM)}

    library(stage, page)
    work(stage, page, ids)


def library(stage, page):
    held = Held("GET")
    with routed(page, (LIST, held)):
        open_page(stage, page, "/library")
        expect(page.locator("#library[data-state=busy]")).to_be_visible()
        stage.state(page, "skeleton")
        held.release()
    with routed(page, *Works(mixed, cursor="more").routes()):
        open_page(stage, page, "/library")
        expect(page.get_by_role("button", name="Show more")).to_be_visible()
        expect(page.locator(".tile")).to_have_count(23)
        expect(page.locator("#failures")).to_contain_text("2 did not finish. 8 credits came back.")
        stage.state(page, "mixed")
        page.locator("#failures summary").click()
        expect(page.locator("#failures li")).to_have_count(2)
        stage.state(page, "failures")
    with routed(page, (LIST, lost)):
        open_page(stage, page, "/library")
        expect(page.get_by_role("alert")).to_contain_text("This page goes on by itself")
        stage.state(page, "error")
    # It does, as soon as the service answers again.
    expect(page.locator(".tile")).to_have_count(2)
    expect(page.get_by_role("alert")).to_have_count(0)


def work(stage, page, ids):
    for name, prompt, edit, words, part in [
        (
            "running",
            PICTURE,
            only(status="running", outputs=[], finished_at=None, progress=40),
            "Running, 40 %",
            "#figure progress",
        ),
        (
            "batch",
            PICTURE,
            lambda works: [{**one, "outputs": one["outputs"] * 4} for one in works],
            "AI-generated",
            "#batch li:nth-child(4):last-child img",
        ),
        ("film", FILM, only(), "AI-generated", "#figure video"),
        ("pending", PICTURE, pending, "AI-generated", "#figure img"),
        (
            "disabled",
            PICTURE,
            only(outputs=[], disabled=DISABLED),
            "An operator has disabled this work",
            "#statement *",
        ),
        ("failed", PICTURE, undelivered, "The model gave up. 4 credits came back.", "#figure .frame"),
        ("lineage", FILM, made_from(ids), "Made from", "#lineage li img"),
    ]:
        with routed(page, *Works(edit).routes()):
            open_page(stage, page, f"/g/{ids[prompt]}")
            expect(page.locator("#work")).to_contain_text(words)
            expect(page.locator(part).first).to_be_visible()
            expect(page.locator("#facts")).to_contain_text("Cost")
            expect(page.locator("#lineage li")).to_have_count(1 if name == "lineage" else 0)
            stage.state(page, name)
    with routed(page, (re.compile(r"/v1/generations/"), lost)):
        open_page(stage, page, f"/g/{ids[PICTURE]}")
        expect(page.get_by_role("alert")).to_contain_text("This page goes on by itself")
        stage.state(page, "work-error")


def undelivered(works):
    return [{**failed(one, 0, "failed", "The model gave up."), "id": one["id"]} for one in works]


def pending(works):
    """The thumbnails are not made yet. The page shows the whole file meanwhile."""
    return [{**one, "outputs": [{**output, "thumbnail_url": None} for output in one["outputs"]]} for one in works]


def made_from(ids):
    """The film was made from the picture."""
    return lambda works: [{**one, "based_on": ids[PICTURE] if one["id"] == ids[FILM] else None} for one in works]


run(scenario)
