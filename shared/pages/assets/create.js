// The page on which works are made: the composer, and what was made last.

import { api, patiently } from "./api.js";
import { begin, modelOf, readStatus, refresh, retry, start } from "./composer.js";
import { $ } from "./dom.js";
import { face, job } from "./job.js";
import { isOpen, look, on, watch } from "./jobs.js";
import { hold } from "./links.js";
import { order } from "./order.js";
import { account, changed, signedIn } from "./person.js";
import { announce, say } from "./say.js";
import { keep, kept, own } from "./store.js";
import { isFilm, nameOf, pathOf } from "./works.js";

// The results that the page shows.
const MOST = 12;
// What delivered nothing is shown for a day, unless the person dismisses it.
const FAILURES_MS = 24 * 60 * 60 * 1000;
// Dismissed failures that are remembered.
const DISMISSED = 50;

const list = $("jobs");
let person = null;

const dismissed = () => JSON.parse(kept(own("dismissed", person)) ?? "[]");

function isHidden(generation) {
  if (isOpen(generation) || generation.status === "succeeded") return false;
  return Date.now() - Date.parse(generation.finished_at) > FAILURES_MS || dismissed().includes(generation.id);
}

// Takes a result off the page. The focus moves to the next one, or to the button of the composer.
function remove(old) {
  const hadFocus = old.contains(document.activeElement);
  const next = old.nextElementSibling ?? old.previousElementSibling ?? $("submit");
  old.remove();
  if (hadFocus) next.focus();
  $("empty").hidden = list.childElementCount > 0;
}

function dismiss({ id }) {
  keep(own("dismissed", person), JSON.stringify([id, ...dismissed()].slice(0, DISMISSED)));
  remove($(`g-${id}`));
}

// The same request once more, at the price that was paid back.
async function again(generation) {
  const { model, prompt, settings, inputs, based_on, failure } = generation;
  const body = { model, prompt, settings, max_cost: failure.released, ...(based_on && { based_on }), ...(inputs.length && { inputs }) };
  watch(await order(person, body));
  dismiss(generation);
  announce("Started.");
  changed().catch(() => {});
}

function place(generation, before) {
  const old = $(`g-${(generation ?? before).id}`);
  if (!generation || isHidden(generation)) return old && remove(old);
  hold(generation, `/v1/generations?limit=${MOST}`);
  if (old?.dataset.face === face(generation)) return null;
  const made = job(generation, { ...modelOf(generation.model), again, dismiss });
  if (old) {
    const focused = old.contains(document.activeElement) && document.activeElement;
    old.replaceWith(made);
    if (focused) (made.querySelector(`[data-action="${focused.dataset.action}"]`) ?? made).focus();
  } else {
    list.insertBefore(made, [...list.children].find(({ dataset }) => dataset.made < generation.created_at) ?? null);
    // One that the person has just asked for.
    if (isOpen(generation) && list.firstChild === made) made.scrollIntoView({ block: "nearest" });
  }
  $("empty").hidden = true;
  return null;
}

// Says how a job ended that was seen under way.
function ended(generation, before) {
  if (!generation || !before || !isOpen(before) || isOpen(generation)) return;
  const { status, outputs, failure } = generation;
  const made = isFilm(generation) ? "Your video is ready." : outputs.length > 1 ? `Your ${outputs.length} pictures are ready.` : "Your picture is ready.";
  announce(status === "succeeded" ? made : `${nameOf(generation).slice(0, 80)}: ${failure.detail}`);
  changed().catch(() => {});
  retry();
}

// The address may name a work from which to start.
async function follow({ searchParams }) {
  const [id, as] = [searchParams.get("from"), searchParams.get("as")];
  if (id && signedIn) begin(await patiently(() => api("GET", pathOf(encodeURIComponent(id)))), as);
}

list.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-as]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  follow(new URL(link.href)).catch(say.problem);
});

async function open() {
  readStatus().catch(() => {});
  await start();
  if (!signedIn) return;
  person = (await account()).id;
  on(place);
  on(ended);
  const here = new URL(location);
  await Promise.all([look(MOST).then(() => { $("empty").hidden = list.childElementCount > 0; }), follow(here)]);
  if (here.searchParams.has("from")) history.replaceState(null, "", "/create");
}

open().catch((problem) => { refresh(); say.problem(problem); });
