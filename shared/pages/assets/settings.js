// The fields of the settings of a model, and what the person has chosen in them. The page has the fields of each model
// as a template, so they need no request and have their words from one place.

import { clean, count, isBlank } from "./checks.js";
import { $ } from "./dom.js";
import { number } from "./words.js";

// The choices of the person, also for settings that the present model does not have.
let chosen = {};

// A field is named by the type and the name of its setting: `int.seed`.
const fields = () => [...$("composer").querySelectorAll("[name*='.']")];
const nameOf = (field) => field.name.slice(field.name.indexOf(".") + 1);

// Shows the fields of a model in place of all others, with these values where the model takes them.
export function showFields(model, values = chosen) {
  chosen = { ...values };
  const made = $(`fields-${model}`).content.cloneNode(true);
  $("many").replaceChildren(...made.querySelectorAll(".count"));
  $("fields").replaceChildren(made);
  for (const field of fields()) {
    const value = String(chosen[nameOf(field)] ?? "");
    if (field.type === "radio") field.checked ||= field.value === value;
    else if (value && (!field.options || [...field.options].some((option) => option.value === value))) field.value = value;
  }
}

// Remembers what is chosen now, for the next model. Answers all that is remembered.
export function remember() {
  const now = settings();
  for (const field of fields()) delete chosen[nameOf(field)];
  return Object.assign(chosen, now);
}

// The settings of a request.
export function settings() {
  const all = {};
  for (const field of fields()) {
    if ((field.type === "radio" && !field.checked) || isBlank(field.value)) continue;
    all[nameOf(field)] = field.name.startsWith("int.") ? Number(field.value) : clean(field.value);
  }
  return all;
}

// The first field that cannot be sent, and why. Null if all can.
export function wrongField() {
  for (const field of fields()) {
    const [{ most }, name] = [field.dataset, field.labels[0]?.textContent];
    const characters = most && count(field.value);
    if (characters > most) return { field, words: `“${name}” has ${number(characters)} characters. It may have ${number(Number(most))}.` };
    if (!field.validity.valid) return { field, words: `“${name}” is a whole number from ${number(Number(field.min))} to ${number(Number(field.max))}.` };
  }
  return null;
}

// The price of settings in credits, by the rule of a model. The request sends it as max_cost, which binds it.
export function price({ per, unit, images, seconds }, settings) {
  const amount = (part) => typeof part === "number" ? part : amount(part.values[settings[part.setting]]);
  const units = { generation: 1, image: images, second: seconds }[per];
  return amount(unit) * (typeof units === "number" ? units : parseInt(settings[units], 10));
}
