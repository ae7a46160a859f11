// The last works of the person, on the page on which works are made.

import { modelOf, retry } from "./composer.js";
import { $ } from "./dom.js";
import { face, job } from "./job.js";
import { isOpen, look, on, watch } from "./jobs.js";
import { hold } from "./links.js";
import { isFilm, nameOf } from "./naming.js";
import { order } from "./order.js";
import { account, changed } from "./person.js";
import { announce } from "./say.js";
import { keep, kept, own } from "./store.js";

// The results that the page shows.
const MOST = 12;
// A work that delivered nothing is shown for a day, unless the person dismisses it.
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

// Says that there is nothing, if the list has been read and is empty.
const settle = () => { $("empty").hidden = list.childElementCount > 0; };

// Takes a result off the page. The focus moves to the next one, or to the button of the composer.
function remove(old) {
  const hadFocus = old.contains(document.activeElement);
  const next = old.nextElementSibling ?? old.previousElementSibling ?? $("submit");
  old.remove();
  if (hadFocus) next.focus();
  settle();
}

function dismiss({ id }) {
  keep(own("dismissed", person), JSON.stringify([id, ...dismissed()].slice(0, DISMISSED)));
  remove($(`g-${id}`));
}

// The same request once more, at the price that was paid back. It goes without the work from which it came, if that is gone.
async function again(generation) {
  const { model, prompt, settings, inputs, based_on, failure } = generation;
  const body = { model, prompt, settings, max_cost: failure.released, ...(inputs.length && { inputs }) };
  watch(await order(person, { ...body, ...(based_on && { based_on }) }).catch((problem) => {
    if (problem.status !== 404 || !based_on) throw problem;
    return order(person, body);
  }));
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
    // Only the answer to a press has the price of canceling.
    if (generation.cancel_price !== null) made.scrollIntoView({ block: "nearest" });
  }
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

// Shows the results, and goes on with those that are under way.
export async function show() {
  person = (await account()).id;
  on(place);
  on(ended);
  document.addEventListener("running", settle);
  await look(MOST);
  $("rest").hidden = false;
}
