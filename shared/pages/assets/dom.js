// Elements of the page.

export const $ = (id) => document.getElementById(id);

// The folder of the assets.
const FOLDER = new URL(".", import.meta.url).pathname;

// An element with properties. `dataset` and `on` are objects: data attributes, and listeners by event. Children that are
// null, undefined or false are left out.
export function element(tag, { dataset, on, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  Object.assign(made.dataset, dataset);
  for (const [event, act] of Object.entries(on ?? {})) made.addEventListener(event, act);
  made.append(...children.filter((child) => child != null && child !== false));
  return made;
}

// An icon of the sprite. It says nothing to a reader of the screen: its button does.
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const [made, use] = [document.createElementNS(space, "svg"), document.createElementNS(space, "use")];
  made.setAttribute("class", "icon");
  made.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${FOLDER}icons.svg#${name}`);
  made.append(use);
  return made;
}
