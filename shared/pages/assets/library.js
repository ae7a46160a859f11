// The library: all works of the person, by month. The address has what is searched and filtered.

import { $, element } from "./dom.js";
import { following, grid, settle } from "./grid.js";
import * as jobs from "./jobs.js";
import { download, fresh, hold, media } from "./links.js";
import { account } from "./person.js";
import { isFilm, nameOf } from "./naming.js";
import { announce, say } from "./say.js";
import { forget, kept, own } from "./store.js";
import { day, many, status as word } from "./words.js";
import { change, each, listen, offers, offerUndo, ratio, read, remove, sizeOf, star } from "./works.js";

const PAGE = 24;
// A filter that the API does not have reads larger pages, and no more than these for one press of the button.
const LARGE = 100;
const MOST_PAGES = 10;

const works = new Map();
const selected = new Set();
let [run, cursor, asked, menuOf] = [0, null, null, null];

const linkOf = (id) => $(`g-${id}`)?.querySelector(".tile > a");
const idOf = (part) => part.closest(".tile")?.id.slice(2) ?? menuOf;
const isSelecting = () => document.body.classList.contains("selecting");
const state = ({ status }) => status === "succeeded" ? "done" : jobs.isOpen({ status }) ? "running" : "failed";
const tileState = ({ status, progress, favourite, title, disabled, outputs }) =>
  JSON.stringify([status, progress, favourite, title, disabled, outputs.map((output) => output.thumbnail_url !== null)]);
const wanted = (name, has) => !asked.has(name) || asked.get(name) === has;
const matches = (work) => wanted("kind", isFilm(work) ? "video" : "picture") && wanted("status", state(work));

// Newest first: ids begin with the time.
const insert = (list, made) => list.insertBefore(made, [...list.children].find(({ id }) => id < made.id) ?? null);

// The list of a month.
function month(time) {
  const id = `m-${new Date(time).toLocaleDateString("sv").slice(0, 7)}`;
  const title = new Date(time).toLocaleDateString("en-GB", { month: "long", year: "numeric" });
  return ($(id) ?? insert($("grid"), element("section", { id, ariaLabel: title }, element("h2", { className: "meta" }, title), element("ul", { className: "rows" })))).lastChild;
}

function tile(work) {
  const { id, outputs, status, progress, disabled, favourite } = work;
  const name = outputs.length > 1 ? `${nameOf(work)}, ${outputs.length} pictures` : nameOf(work);
  const made = $("tile").content.firstElementChild.cloneNode(true);
  const [link, , over] = made.children;
  const [mark, menu] = over.querySelectorAll("button");
  link.href = `/g/${id}`;
  over.firstElementChild.textContent = name;
  mark.ariaPressed = String(favourite);
  mark.ariaLabel = `Star: ${name}`;
  menu.ariaLabel = `Menu: ${name}`;
  made.style.setProperty("--ar", ratio(work));
  if (outputs.length) {
    const all = outputs.slice(0, 4).map((_, n) => media(work, n, "thumbnail_url", n ? "" : name));
    link.prepend(element("div", { className: all.length > 1 ? "sheet" : "" }, ...all), isFilm(work) ? element("span", { className: "length" }, "Video") : "");
  } else {
    const bar = jobs.isOpen(work) && element("progress", { max: 100, ariaLabel: name, ...progress && { value: progress } });
    link.prepend(element("div", { className: "frame" }, bar, element("span", { className: "doing" }, disabled ? "Disabled" : word(status), element("span", { className: "sr" }, `: ${name}`))));
  }
  return made;
}

const back = ({ failure }) => failure?.released ?? 0;

const line = (work) => element("li", {}, element("a", { href: `/g/${work.id}` }, nameOf(work)),
  ` ${work.failure?.detail ?? word(work.status)} ${day(work.created_at)}, ${many(back(work), "credit")} back.`);

// Shows a work, or what has changed in it.
function place(work) {
  const { id } = work;
  const isFailed = state(work) === "failed";
  const made = isFailed ? line(work) : tile(work);
  made.id = `g-${id}`;
  if (isFailed || !works.has(id)) {
    drop(id);
    insert(isFailed ? $("failures").lastElementChild : month(work.created_at), made);
  } else {
    const old = $(made.id);
    const hadFocus = old.contains(document.activeElement);
    made.firstElementChild.tabIndex = linkOf(id).tabIndex;
    old.replaceWith(made);
    if (hadFocus) linkOf(id).focus();
  }
  works.set(id, work);
  choose(id, selected.has(id));
}

// Takes a work off the page. The next one gets its place in the order of Tab, and the focus.
function drop(id) {
  const item = $(`g-${id}`);
  if (!item) return;
  const next = linkOf(id)?.tabIndex === 0 && following($("grid"), linkOf(id));
  const hadFocus = item.contains(document.activeElement);
  item.remove();
  works.delete(id);
  choose(id, false);
  if (next) settle($("grid"), next);
  if (next && hadFocus) next.focus();
}

function shown() {
  const failed = [...works.values()].filter((work) => state(work) === "failed");
  $("grid").querySelectorAll("section:not(:has(li))").forEach((empty) => empty.remove());
  $("failures").hidden = !failed.length;
  $("failures").firstElementChild.textContent = `${failed.length} did not finish. ${many(failed.reduce((sum, work) => sum + back(work), 0), "credit")} came back.`;
  $("library").dataset.state = works.size || cursor ? "some" : asked.size ? "none" : "empty";
  $("more").hidden = !cursor;
  $("shown").textContent = `${many(works.size - failed.length, "work")}${cursor ? " shown" : ""}`;
  settle($("grid"));
}

// Reads until a page is full.
async function more() {
  const mine = run;
  const enough = works.size + PAGE;
  const query = new URLSearchParams({ limit: asked.has("kind") || asked.has("status") ? LARGE : PAGE });
  for (const [name, value] of asked) if (!["kind", "status"].includes(name)) query.set(name === "q" ? "text" : name, value);
  for (let pages = 0; pages < MOST_PAGES && works.size < enough; pages += 1) {
    if (cursor) query.set("cursor", cursor);
    const path = `/v1/generations?${query}`;
    const page = await read(path);
    if (!page || mine !== run) return;
    if ($("library").dataset.state === "busy") $("grid").replaceChildren();
    cursor = page.next_cursor;
    for (const work of page.items.map((one) => hold(one, path)).filter(matches)) {
      place(work);
      if (jobs.isOpen(work)) jobs.watch(work);
    }
    shown();
    if (!cursor) break;
  }
  announce($("shown").textContent);
}

// Reads anew what the form asks for.
function search() {
  run += 1;
  cursor = null;
  asked = new URLSearchParams([...new FormData($("filters"))].filter(([, value]) => value.trim()));
  history.replaceState(null, "", `/library${asked.size ? `?${asked}` : ""}`);
  [...works.keys()].forEach(drop);
  $("failures").open = asked.get("status") === "failed";
  $("library").dataset.state = "busy";
  return more();
}

function choose(id, isChosen) {
  selected[isChosen ? "add" : "delete"](id);
  $(`g-${id}`)?.classList.toggle("on", isChosen);
  const mark = linkOf(id)?.querySelector(".chosen");
  if (mark) mark.hidden = !isChosen;
  $("selected").textContent = `${selected.size} selected`;
  for (const button of $("bulk").querySelectorAll("[data-some]")) button.disabled = !selected.size;
}

function toggle(id) {
  choose(id, !selected.has(id));
  announce($("selected").textContent);
}

function select(isOn) {
  document.body.classList.toggle("selecting", isOn);
  $("select").ariaPressed = String(isOn);
  $("bulk").hidden = !isOn;
  for (const id of selected) choose(id, false);
  $("select").focus();
}

async function discard(ids) {
  const removed = await remove(ids);
  removed.ids.forEach(drop);
  shown();
  ($("grid").querySelector("[tabindex='0']") ?? $("select")).focus();
  offerUndo(removed, restored);
}

function restored(work) {
  place(work);
  shown();
  linkOf(work.id)?.focus();
}

function openMenu(id, source) {
  menuOf = id;
  offers($("menu"), works.get(id));
  $("menu").showPopover({ source });
  $("menu").firstElementChild.focus();
}

// Saves the files of works as one zip.
async function saveAll(ids) {
  const { most, save, zipBytes } = await import("./zip.js");
  const files = ids.map((id) => works.get(id)).flatMap((work) => work.outputs.map(({ bytes, content_type: type }, n) => ({
    name: `cinemaxsai-ai-generated-${work.id}-${n}.${type.split("/")[1].replace("jpeg", "jpg")}`,
    bytes,
    time: work.finished_at,
    // The browser may have a copy that the bucket does not let us read.
    open: async (signal) => fetch(await fresh(work, n, "download_url"), { signal, cache: "no-store" }),
  })));
  const [bytes, count] = [zipBytes(files), many(files.length, "file")];
  if (!files.length) return say("These works have no files.");
  if (bytes > most()) return say(`${count} with ${sizeOf(bytes)}: this browser saves at most ${sizeOf(most())} at once. Select fewer, or download them one by one from their menus.`);
  const stop = new AbortController();
  const bar = element("progress", { max: bytes, value: 0, ariaLabel: "How much is saved" });
  const cancel = element("button", { className: "btn small", type: "button", on: { click: () => stop.abort() } }, "Cancel");
  try {
    const missing = await save(`cinemaxsai-ai-generated-${new Date().toISOString().slice(0, 10)}.zip`, files, (more) => {
      if (!bar.value) say(`Saving ${count}. `, bar, " ", cancel);
      bar.value += more;
    }, stop.signal);
    say(missing.length ? `${missing.length} of ${count} could not be read. Try again for: ${missing.join(", ")}` : `${count} saved.`);
  } catch (problem) {
    say(...problem.name === "AbortError" ? [] : [`Nothing was saved. ${problem.message}`]);
  }
}

const ACTS = {
  star: async (button) => place(await star(works.get(idOf(button)))),
  menu: (button) => openMenu(idOf(button), button),
  download: () => works.get(menuOf).outputs.length === 1 ? download(works.get(menuOf), 0) : saveAll([menuOf]),
  delete: () => discard([menuOf]),
  again: () => location.reload(),
  select: () => select(!isSelecting()),
  all: () => $("grid").querySelectorAll(".tile").forEach((item) => choose(idOf(item), true)),
  save: () => saveAll([...selected]),
  stars: () => each([...selected], "starred", async (id) => place(await change(id, { favourite: true }))),
  discard: () => discard([...selected]),
  async more() {
    const last = [...works.keys()].length;
    await more();
    if ($("more").hidden) linkOf([...works.keys()][last])?.focus();
  },
};

listen($("library"), ACTS);
// The address has words of the person.
document.addEventListener("left", () => history.replaceState(null, "", "/library"));
let timer;
$("filters").addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, 300);
});
$("grid").addEventListener("click", (event) => {
  // Enter opens also while the person selects.
  if (!isSelecting() || !event.detail || event.target.closest("button")) return;
  event.preventDefault();
  if (event.target.closest(".tile")) toggle(idOf(event.target));
});
grid($("grid"), (key, link) => {
  const id = idOf(link);
  if (key === "s") link.parentElement.querySelector("[data-act=star]").click();
  else if (key === "m") openMenu(id, link);
  else if (key === " " && isSelecting()) toggle(id);
  else return false;
  return true;
});
jobs.on((work, before) => {
  if ($("library").dataset.state === "busy") return;
  const hasEnded = work && before && jobs.isOpen(before) && !jobs.isOpen(work);
  if (!work) drop(before.id);
  else if (works.has(work.id) ? tileState(work) !== tileState(works.get(work.id)) : !asked.size) place(hold(work));
  if (hasEnded) announce(`${word(work.status)}: ${nameOf(work)}`);
  shown();
});
// The form as the address has it.
for (const [name, value] of new URLSearchParams(location.search)) {
  const field = $("filters").elements[name];
  if (field?.type === "checkbox") field.checked = true;
  else if (field) field.value = value;
}
search();
// Works that were deleted on their page can be brought back here. The shell says why an account cannot be read.
account().then(({ id }) => {
  const key = own("deleted", id);
  const removed = JSON.parse(kept(key) ?? "{}");
  forget(key);
  if (removed.until > Date.now()) offerUndo(removed, restored);
}, () => {});
