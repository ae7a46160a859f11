// Messages to the person: the notice, and why the account or some of its credits are frozen.

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

// The account or the lots of credits that an operator or a rule has frozen, with the reason and the way to appeal.
export function showFrozen({ status, status_reason }, lots) {
  const all = status === "frozen";
  const lines = lots.map(({ remaining, frozen }) => {
    const day = new Date(frozen.at).toLocaleDateString(undefined, { dateStyle: "long" });
    return `${remaining} credits cannot be spent since ${day}. ${frozen.reason}`;
  });
  if (all) lines.unshift("Nothing new can be made. You can still see, save and export your works.");
  if (all && status_reason) lines.unshift(`The reason: ${status_reason}`);
  const appeal = element("p", {}, "If you disagree, ", element("a", { href: "/contact", textContent: "write to us" }),
    " and choose “I appeal against a decision”.");
  $("frozen").replaceChildren(
    element("h2", { textContent: all ? "Your account is frozen" : "Some of your credits are frozen" }),
    ...lines.map((textContent) => element("p", { textContent })), appeal);
  $("frozen").hidden = lines.length === 0;
}
