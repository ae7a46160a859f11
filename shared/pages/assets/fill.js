// Writes values into the places of a page: `data-is` takes a value, as a text, a time or an address, and `data-if` is shown
// only if there is one.

import { $ } from "./dom.js";
import { clock, day, number } from "./words.js";

function write(place, value) {
  const { day: isDay, path } = place.dataset;
  if (path) return place.setAttribute("href", path + value);
  const isTime = place.dateTime !== undefined && value;
  if (isTime) place.dateTime = value;
  place.textContent = isTime ? (isDay === undefined ? clock : day)(value) : typeof value === "number" ? number(value) : value ?? "";
  return place;
}

export function fill(root, values) {
  for (const [name, value] of Object.entries(values)) {
    for (const part of root.querySelectorAll(`[data-if=${name}]`)) part.toggleAttribute("hidden", !value);
    for (const place of root.querySelectorAll(`[data-is=${name}]`)) write(place, value);
  }
}

// A copy of the first element of a template, with values.
export function copy(id, values) {
  const made = $(id).content.firstElementChild.cloneNode(true);
  fill(made, values);
  return made;
}
