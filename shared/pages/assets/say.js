// The messages of the page. A message stays under the bar until it is dismissed or replaced, away from all that is
// docked.

import { $, element, icon } from "./dom.js";

// How long a person can take back what they have done.
export const UNDO_MS = 30_000;
const DONE_MS = 6_000;

function place(kind, ...parts) {
  const close = element("button", { className: "btn bare small", type: "button", ariaLabel: "Dismiss" }, icon("close"));
  const made = element("div", { className: "line", dataset: { kind } }, element("p", {}, ...parts), close);
  close.addEventListener("click", () => made.remove());
  $("say").append(made);
  return made;
}

const clear = (kind) => $("say").querySelectorAll(`[data-kind=${kind}]`).forEach((old) => old.remove());

// Says something in place of what was said before. Without parts the message goes away.
export function say(...parts) {
  clear("said");
  return parts.length ? place("said", ...parts) : null;
}

// A problem of the API, or an error with words of ours. The errors of a browser have names of their own, and no words
// for people. The shell has its own words for a session that is over and for another account.
say.problem = ({ status, code, name, message }) => {
  if (status === 401 || code === "other_account") return null;
  return say(name === "Error" ? message : "Something on this page went wrong. Load the page again.");
};

// Says for some seconds that something is done.
say.done = (text) => {
  clear("done");
  const made = place("done", text);
  setTimeout(() => made.remove(), DONE_MS);
  return made;
};

// Says that something is done, with a button that takes it back while the message stands: up to the time `until`.
say.undo = (text, label, undo, until = Date.now() + UNDO_MS) => {
  const made = place("undo", text);
  const button = element("button", { className: "btn small", type: "button", textContent: label });
  button.addEventListener("click", () => { made.remove(); undo(); });
  made.firstChild.after(button);
  setTimeout(() => made.remove(), until - Date.now());
  return made;
};

// Tells something to readers of the screen alone.
export function announce(text) {
  $("live").textContent = text;
}
