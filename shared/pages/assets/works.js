// What a person can do with their works, in the library and on the page of one.

import { api, patiently } from "./api.js";
import { $, element } from "./dom.js";
import { hold } from "./links.js";
import { announce, say } from "./say.js";
import { many, shape } from "./words.js";

export const pathOf = (id) => `/v1/generations/${id}`;
export const nameOf = ({ title, prompt }) => title ?? prompt;
export const isFilm = ({ kind }) => kind.endsWith("video");
export const sizeOf = (bytes) => bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

// Width divided by height, also before there is a file.
export function ratio({ outputs: [output], settings }) {
  const [width, height] = output ? [output.width, output.height] : (shape(settings.aspect_ratio ?? settings.image_size) ?? "1:1").split(":");
  return width / height;
}

// Does something at a click, once at a time. The button is not disabled, because that would lose the focus.
export function acts(button, act) {
  let isBusy = false;
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    try {
      await act(event);
    } catch (problem) {
      say.problem(problem);
    } finally {
      isBusy = false;
    }
  });
  return button;
}

export const change = async ({ id }, body) => hold(await api("PATCH", pathOf(id), { body }));

// Does something with each work, three at once. Answers the ids for which it worked, and the problems of the others.
export async function each(ids, act) {
  const [queue, done, problems] = [[...ids], [], []];
  await Promise.all([1, 2, 3].map(async () => {
    while (queue.length) {
      const id = queue.shift();
      try {
        await patiently(() => act(id));
        done.push(id);
      } catch (problem) {
        problems.push(problem);
      }
    }
  }));
  return { done, problems };
}

// Says for how many works something did not work, and why, once for each reason.
export function sayProblems(problems, what) {
  if (problems.length) say(`${many(problems.length, "work")} could not be ${what}. ${[...new Set(problems.map(({ message }) => message))].join(" ")}`);
}

// Hides works, and deletes them after the time in which the person can take that back. One that is gone already is deleted.
export const remove = (ids) => each(ids, (id) =>
  api("DELETE", `${pathOf(id)}?undo=true`).catch((problem) => { if (problem.status !== 404) throw problem; }));

// Offers to bring works back. `restored` gets each one that is.
export function offerUndo(ids, restored) {
  const bring = async (id) => restored(await change({ id }, { deleted: false }));
  say.undo(`${ids.length} deleted.`, "Undo", async () => {
    const { done, problems } = await each(ids, bring);
    announce(`${many(done.length, "work")} brought back.`);
    sayProblems(problems, "brought back");
  });
}

// The links that begin something new with a work. A work without a picture can only be repeated.
export function offers(root, generation) {
  const hasPicture = generation.outputs.length > 0 && !isFilm(generation);
  for (const link of root.querySelectorAll("[data-as]")) {
    link.href = `/create?from=${generation.id}&as=${link.dataset.as}`;
    (link.closest("li") ?? link).hidden = link.dataset.as !== "repeat" && !hasPicture;
  }
}

// The session has ended, or another person has signed in: nothing of this person stays in the page.
export function whenOver(clear) {
  const leave = () => {
    clear();
    $("out").hidden = false;
  };
  for (const event of ["session-over", "other-account"]) document.addEventListener(event, leave);
}
