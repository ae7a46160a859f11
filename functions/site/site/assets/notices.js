// Messages to the person: the notice, why the account or some of its credits are frozen, and why a work is disabled.

export const $ = (id) => document.getElementById(id);

export function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export function notice(...parts) {
  $("notice").replaceChildren(...parts);
  $("notice").hidden = parts.length === 0;
}

const longDay = (time) => new Date(time).toLocaleDateString(undefined, { dateStyle: "long" });

const paragraph = (textContent) => element("p", { textContent });

// The way to appeal: the form for messages, with “I appeal against a decision” chosen.
function appeal() {
  const link = element("a", { href: "/contact?kind=appeal", textContent: "appeal against this decision" });
  return element("p", {}, "If you disagree, ", link, ". A person decides again.");
}

// The account or the lots of credits that an operator or a rule has frozen, with the reason and the way to appeal.
export function showFrozen({ status, status_reason }, lots) {
  const all = status === "frozen";
  const lines = lots.map(({ remaining, frozen }) =>
    `${remaining} credits cannot be spent since ${longDay(frozen.at)}. ${frozen.reason}`);
  if (all) lines.unshift("Nothing new can be made. You can still see and download your works.");
  if (all && status_reason) lines.unshift(`The reason: ${status_reason}`);
  $("frozen").replaceChildren(
    element("h2", { textContent: all ? "Your account is frozen" : "Some of your credits are frozen" }),
    ...lines.map(paragraph), appeal());
  $("frozen").hidden = lines.length === 0;
}

// The statement of reasons of a work that an operator has disabled.
export function statement({ at, reason, ground }) {
  const lines = ["An operator has disabled this work.", `The reason: ${reason}`, `The ground: ${ground}`, `Disabled on ${longDay(at)}.`];
  return element("div", { className: "statement" }, ...lines.map(paragraph), appeal());
}
