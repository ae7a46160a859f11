// The fields of the settings of a model, and what the person has chosen in them.

import { $, element } from "/notices.js";
import { choices } from "/price.js";

// Values that say little by themselves. Requests send the value.
const WORDS = { match_input_image: "as the input" };

function field(schema) {
  const values = choices(schema);
  if (values) {
    const made = element("select", {});
    made.append(...values.map((value) => new Option(WORDS[value] ?? value, value, value === schema.default, value === schema.default)));
    return made;
  }
  if (schema.type === "string") return element("input", { type: "text", maxLength: schema.maxLength, placeholder: schema.description });
  const usual = schema.default === undefined ? { placeholder: "random" } : { value: schema.default };
  return element("input", { type: "number", min: schema.minimum, max: schema.maximum, ...usual });
}

// Shows the fields of these settings in place of all others.
export function showFields(properties) {
  $("settings").replaceChildren(...Object.entries(properties).flatMap(([name, schema]) => {
    const made = Object.assign(field(schema), { id: `set-${name}`, name });
    made.dataset.type = schema.type;
    return [element("label", { htmlFor: made.id, textContent: schema.title }), made];
  }));
}

export function settings() {
  const chosen = [...$("settings").querySelectorAll("[name]")].filter(({ value }) => value.trim() !== "");
  return Object.fromEntries(chosen.map(({ name, value, dataset }) => [name, dataset.type === "integer" ? Number(value) : value]));
}
