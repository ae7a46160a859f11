// The code that the library and the page of a work share.

import { api, patiently } from "./api.js";
import { $ } from "./dom.js";
import { forgetLinks, hold } from "./links.js";
import { isFilm, pathOf } from "./naming.js";
import { announce, say, UNDO_MS } from "./say.js";
import { many, shape } from "./words.js";

// Requests at once, for many works.
const AT_ONCE = 6;

export const sizeOf = (bytes) => bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

// Width divided by height, also before there is a file.
export function ratio({ outputs: [output], settings }) {
  const [width, height] = output ? [output.width, output.height] : (shape(settings.aspect_ratio ?? settings.image_size) ?? "1:1").split(":");
  return width / height;
}

function trouble(text) {
  const words = $("broken").querySelector("p");
  $("broken").hidden = !text;
  // The same is said once.
  if (words.textContent !== text) words.textContent = text;
}

// The paths that are read again until they have an answer.
const waiting = new Set();
const showWaiting = () => trouble(waiting.size ? "The service does not answer. This page goes on by itself as soon as it does." : "");

// Reads something. It goes on by itself while the connection or the service fails. Undefined after a refusal, which is
// said; `absent` is called for what is not there.
export async function read(path, absent) {
  let refused = "";
  try {
    return await patiently(() => api("GET", path), () => { waiting.add(path); showWaiting(); });
  } catch ({ status, message }) {
    if (status === 404) absent();
    else if (status !== 401) refused = message;
  } finally {
    waiting.delete(path);
    showWaiting();
    if (refused) trouble(refused);
  }
}

export const change = async (id, body) => hold(await api("PATCH", pathOf(id), { body }));

export async function star({ id, favourite }) {
  announce(favourite ? "No longer starred." : "Starred.");
  return change(id, { favourite: !favourite });
}

// Does something with each work. Says for how many it did not work, and why, once for each reason. Answers the others.
export async function each(ids, what, act) {
  const [done, reasons, left] = [[], [], [...ids]];
  async function go() {
    for (let id = left.shift(); id; id = left.shift()) {
      try {
        await patiently(() => act(id));
        done.push(id);
      } catch ({ message }) {
        reasons.push(message);
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, go));
  if (reasons.length) say(`${reasons.length} of ${many(ids.length, "work")} could not be ${what}. ${[...new Set(reasons)].join(" ")}`);
  return done;
}

// Hides works, and deletes them after the time in which the person can take that back. One that is gone already is deleted.
// Answers the ids of the deleted ones, and until when the first of them can be brought back.
export async function remove(ids) {
  const until = Date.now() + UNDO_MS;
  const hide = (id) => api("DELETE", `${pathOf(id)}?undo=true`).catch((problem) => { if (problem.status !== 404) throw problem; });
  return { ids: await each(ids, "deleted", hide), until };
}

// Offers to bring works back. `restored` gets each one that is.
export function offerUndo({ ids, until }, restored) {
  const undo = () => each(ids, "brought back", async (id) => restored(await change(id, { deleted: false })));
  if (ids.length) say.undo(`${ids.length} deleted.`, "Undo", undo, until);
}

// The links that begin something new with a work. One without a picture can only be repeated.
export function offers(root, work) {
  for (const link of root.querySelectorAll("[data-as]")) {
    link.href = `/create?from=${work.id}&as=${link.dataset.as}`;
    link.hidden = link.dataset.as !== "repeat" && (!work.outputs.length || isFilm(work));
  }
}

// Runs the act that a button names, once at a time. The button is not disabled, because that would lose the focus. When the
// session ends or another person signs in, nothing of this person stays in the page.
export function listen(root, acts) {
  const busy = new Set();
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    if (button.type !== "button") event.preventDefault();
    if (busy.has(button)) return;
    busy.add(button);
    try {
      await acts[button.dataset.act](button);
    } catch (problem) {
      say.problem(problem);
    }
    busy.delete(button);
  });
  for (const event of ["left", "other-account"]) {
    document.addEventListener(event, () => {
      root.remove();
      forgetLinks();
      document.title = "Cinemaxsai";
      $("out").hidden = false;
    });
  }
}
