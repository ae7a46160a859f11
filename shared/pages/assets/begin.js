// Starts from a work: fills the composer with what it was made of.

import { api, patiently } from "./api.js";
import { chosen, draft, fill, radioOf, takesPicture } from "./composer.js";
import { isBlank } from "./checks.js";
import { $ } from "./dom.js";
import { nameOf, pathOf } from "./naming.js";
import { announce, say } from "./say.js";

// The first model that makes this of a picture, or one that takes a picture.
function first(kind) {
  const all = [...$("composer").querySelectorAll("[name=model]:enabled")].filter(takesPicture);
  return (all.find(({ dataset }) => dataset.kind === kind) ?? all[0])?.value;
}

// The picture of which a work was made, if its model takes one.
function sourceOf({ model, inputs: [upload], based_on: generation, created_at: made }) {
  if (!radioOf(model) || !takesPicture(radioOf(model))) return null;
  const name = "The same picture";
  return upload ? { upload, at: Date.parse(made), name } : generation && { generation, name };
}

// `as` is `repeat`, `variation` (another seed), `upscale`, or `input` (its picture).
function begin(work, as) {
  const { id, model, prompt, settings } = work;
  const before = draft();
  const picture = { generation: id, name: nameOf(work) };
  if (as === "upscale" || as === "input") {
    const next = as === "input" && takesPicture(chosen()) ? before.model : first(as === "upscale" ? "upscale" : "image_to_image");
    if (!next) return say("No model on offer takes a picture.");
    // The picture names the work from which this comes, as long as it is attached.
    fill({ ...(as === "upscale" ? { prompt } : before), model: next, picture, from: null });
  } else {
    const { seed, ...others } = settings;
    fill({ prompt, model, settings: as === "repeat" ? settings : others, picture: sourceOf(work), from: { id, name: nameOf(work) } });
    if (!radioOf(model)) say("The model of this work is no longer on offer. Choose another one.");
  }
  if (!isBlank(before.prompt) && before.prompt !== $("prompt").value) say.undo("What you had typed was replaced.", "Bring it back", () => fill(before));
  announce(`Filled in. ${$("submit").textContent}.`);
  return $("prompt").focus();
}

// Starts as an address says: `from` is the id of a work, `as` what to make of it.
export async function follow(asked) {
  try {
    begin(await patiently(() => api("GET", pathOf(encodeURIComponent(asked.get("from"))))), asked.get("as"));
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    say("This work is no longer here.");
  }
}
