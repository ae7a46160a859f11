// The script of every page: the person, the credits and the number of running jobs in the bar, signing out, the theme,
// and the messages that every page has.

import { api, patiently } from "./api.js";
import { $, element } from "./dom.js";
import { account, changed, credits, signedIn } from "./person.js";
import { say } from "./say.js";
import { anyKeeps, forgetAll, keep, keeps, kept, own } from "./store.js";
import { number } from "./words.js";

let leaving = false;

// The page on which to sign in, and then to come back to this one.
const signInHere = () => element("a", { href: `/sign-in?return_to=${encodeURIComponent(location.pathname + location.search)}`, textContent: "Sign in" });

// Pages of this browser tell each other that the person has signed out. A browser that blocks storage may refuse.
let channel = null;
try {
  channel = new BroadcastChannel("session");
} catch {
  // Each page then finds out by its next request.
}

// Takes everything of the person off the page. The event `left` makes each module forget what it shows or holds.
function empty() {
  document.querySelectorAll("[data-personal]").forEach((part) => part.replaceChildren());
  $("standing").hidden = true;
  document.querySelector(".me").replaceChildren(signInHere());
  document.dispatchEvent(new Event("left"));
}

// The next person at this browser must not find what this one has typed.
function leave() {
  forgetAll();
  $("prompt")?.form.reset();
  empty();
  location.assign("/");
}

async function signOut() {
  if (leaving) return;
  leaving = true;
  try {
    await patiently(() => api("DELETE", "/v1/session"), (seconds) =>
      say(`You are not signed out yet. Leave this page open: it tries again in ${seconds} seconds.`));
    channel?.postMessage("signed out");
    leave();
  } catch (problem) {
    // The session had ended already.
    if (problem.status === 401) leave();
    say.problem(problem);
  } finally {
    leaving = false;
  }
}

function showPerson({ name, email, preferences }) {
  const named = name ?? email ?? "";
  const initials = named.split(/[\s@._-]+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
  if (initials) $("face")?.replaceChildren(initials);
  if ($("face")) $("face").ariaLabel = `${initials ? `${initials}, ` : ""}${named ? `${named}, ` : ""}account menu`;
  if (preferences.theme !== (kept("theme") ?? "system")) scheme("paint", preferences.theme);
}

// Few people change the colours, so few pages load the code for it.
const scheme = (act, theme) => import("./scheme.js").then((acts) => acts[act](theme)).catch(say.problem);

function showCredits({ available, held, frozen }) {
  if (!$("balance")) return;
  $("balance").textContent = number(available);
  const parts = Object.entries({ held, frozen }).filter(([, amount]) => amount);
  $("balance").title = parts.map(([word, amount]) => `${number(amount)} ${word}`).join(", ");
}

// Few accounts are frozen or closing, so few pages load the words for them.
const notices = () => import("./notices.js");

async function showStanding() {
  const [person, balance] = [await account(), await credits().catch(() => null)];
  const isUsual = person.status === "active" && !balance?.frozen;
  const lines = isUsual ? [] : (await notices()).standing(person, balance);
  $("standing").replaceChildren(...lines);
  $("standing").hidden = lines.length === 0;
}

// The change of the policy, until the person closes it. An account records once when it was shown, also if that was
// before the sign-in. Until the account is known, the banner is hidden if anybody has closed it here, so that the page
// stands still.
async function showPolicy() {
  const banner = $("policy");
  if (!banner) return;
  const [{ version }, button] = [banner.dataset, banner.querySelector("button")];
  banner.hidden = anyKeeps("policy", version);
  button.hidden = false;
  const record = async () => {
    const person = await account();
    const key = own("policy", person?.id);
    const [closed, at] = (kept(key) ?? "").split(" ");
    banner.hidden = closed === version;
    const now = { document: "policy", version, shown_at: banner.hidden ? at : new Date().toISOString() };
    const told = (notice) => notice.document === "policy" && notice.version === version;
    if (person && !person.acceptance.notices.some(told)) {
      await api("POST", "/v1/consents", { body: { kind: "notice", ...now } });
      person.acceptance.notices.push(now);
    }
    return [key, `${version} ${now.shown_at}`];
  };
  button.addEventListener("click", () => record().then(([key, value]) => { keep(key, value); banner.hidden = true; }).catch(say.problem));
  await record();
}

// Says what became of a sign-in or a link, which the address has. Facebook leaves a fragment in it.
async function sayReturn() {
  const here = new URL(location);
  const said = /[?&](linked|problem)=|#_=_$/.test(here) && await (await notices()).returned(here);
  if (said) say(said);
}

async function start() {
  $("theme")?.addEventListener("click", () => scheme("turn"));
  $("sign-out")?.addEventListener("click", signOut);
  // A tag is never worth a message.
  if ($("consent")) import("./consent.js").catch(() => {});
  if (!keeps()) {
    $("kept")?.remove();
    if (document.querySelector(".providers")) say("Your browser keeps no cookies for this site, so you cannot sign in. Allow them for this site, then load the page again.");
  }
  showPolicy().catch(say.problem);
  sayReturn().catch(say.problem);
  try {
    if (signedIn) {
      const person = await account();
      showPerson(person);
      // A choice from before the sign-in becomes one of the account.
      if (kept(own("consent", person.id))) import("./consent.js").catch(() => {});
      showCredits(await credits());
      await showStanding();
    }
  } catch (problem) {
    say.problem(problem);
  }
}

document.addEventListener("session-over", () => {
  if (leaving) return;
  empty();
  say("You are signed out. Your words are still here. ", signInHere());
});
document.addEventListener("other-account", () => location.reload());
document.addEventListener("account", ({ detail }) => showPerson(detail));
document.addEventListener("credits", ({ detail }) => { showCredits(detail); showStanding().catch(say.problem); });
// The number of jobs under way, on every page.
if (signedIn) import("./jobs.js").then(({ look }) => look()).catch(() => {});
document.addEventListener("running", ({ detail }) => {
  if (!$("running")) return;
  $("running").querySelector("[data-count]").textContent = detail;
  $("running").hidden = !detail;
});
channel?.addEventListener("message", () => leave());
// A page that the browser kept whole may be one of a person who has left.
addEventListener("pageshow", ({ persisted }) => { if (persisted && signedIn) changed().catch(say.problem); });

start();
