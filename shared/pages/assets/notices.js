// Sentences about the account: what a sign-in or a link has done, why the account or credits are frozen, and why a work
// is disabled.

import { api } from "./api.js";
import { $, element } from "./dom.js";
import { account, changed } from "./person.js";
import { say } from "./say.js";
import { day } from "./words.js";

// The sentence for each outcome of a sign-in. The key is the code in the address to which the sign-in returns.
const RETURNED = {
  sign_in_failed: "Signing in did not work. Please try again.",
  sign_in_canceled: "You left the sign-in. You can start again at any time.",
  too_many_requests: "Many sign-ins came from your network just now. Wait a minute, then try again.",
  identity_taken: "This sign-in belongs to another account. Sign in with it, and remove it there or delete that account first.",
  provider_linked: "This account has another sign-in of this partner. Remove that one first.",
  sign_in_again: "Your sign-in is too long ago for this. Sign out, sign in again, then try again within 15 minutes.",
  cross_origin: "Another site sent you to a sign-in, so nothing was done. To sign in, use the buttons of this page.",
  unauthenticated: "You are no longer signed in, so nothing was linked. Sign in, then try again.",
};
const CLOCK = "The clock of the sign-in service and our clock differ. Wait a few minutes, then try again.";
const PARTNERS = { google: "Google", apple: "Apple", facebook: "Facebook" };

// The sentence for the address to which a sign-in or a link returned; undefined if it says nothing. The address of the
// page loses these words, so that a reload does not say them again. After a link the sentence has the address of what
// was linked, if the account could be read: the person may be in another account there than they think.
export async function returned({ searchParams: asked }) {
  // Reading the account may say that the session is over. This sentence says more.
  const person = await account().catch(() => null);
  const rest = new URL(location);
  for (const name of ["linked", "problem", "reason"]) rest.searchParams.delete(name);
  if (rest.hash === "#_=_") rest.hash = "";
  history.replaceState(null, "", rest);
  const [linked, problem] = [asked.get("linked"), asked.get("problem")];
  if (Object.hasOwn(PARTNERS, linked)) {
    const email = person?.identities.find(({ provider }) => provider === linked)?.email;
    return `You can now sign in with ${PARTNERS[linked]} too${email ? `, as ${email}` : ""}.`;
  }
  if (problem === "sign_in_failed" && asked.get("reason") === "clock") return CLOCK;
  return Object.hasOwn(RETURNED, problem) ? RETURNED[problem] : undefined;
}

const paragraph = (textContent) => element("p", { textContent });

// The way to appeal: the form for messages, with “I appeal against a decision” chosen.
function appeal() {
  const link = element("a", { href: "/contact?kind=appeal", textContent: "appeal against this decision" });
  return element("p", {}, "If you disagree, ", link, ". A person decides again.");
}

async function keep() {
  try {
    await api("DELETE", "/v1/account/deletion");
    await changed();
    say("You keep your account. Nothing was erased. Jobs that were stopped stay so.");
    $("main").tabIndex = -1;
    $("main").focus();
  } catch (problem) {
    say.problem(problem);
  }
}

// The lines of the banner about an account that is being deleted or is frozen, or about credits that are. Empty if
// there is nothing to say.
export function standing(account, credits) {
  if (account.status === "closing") {
    const { deletion } = account;
    const when = deletion ? `on ${day(deletion.purge_at)}` : "seven days after you asked for it";
    const words = `This account is being deleted. Everything is erased ${when}. Until then you can look at your works and download them, or keep your account. Nothing new can be made. `;
    const link = deletion && element("a", { href: `/deletions/${deletion.code}`, textContent: "The page of the deletion" });
    const button = element("button", { className: "btn small", id: "keep", type: "button", textContent: "Keep my account", on: { click: keep } });
    return [element("p", {}, words, link), button];
  }
  const lots = (credits?.lots ?? []).filter((lot) => lot.frozen);
  const lines = lots.map(({ remaining, frozen }) => `${remaining} credits cannot be spent since ${day(frozen.at)}. ${frozen.reason}`);
  if (account.status === "frozen") {
    lines.unshift("Your account is frozen. Nothing new can be made. You can still see and download your works.");
    if (account.status_reason) lines.splice(1, 0, `The reason: ${account.status_reason}`);
  }
  return lines.length ? [...lines.map(paragraph), appeal()] : [];
}

// The statement of reasons of a work that an operator has disabled.
export function statement({ at, reason, ground }) {
  const lines = ["An operator has disabled this work.", `The reason: ${reason}`, `The ground: ${ground}`, `Disabled on ${day(at)}.`];
  return element("div", { className: "strip bad" }, element("div", { className: "stack" }, ...lines.map(paragraph), appeal()));
}
