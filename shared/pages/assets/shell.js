// What every page does: the person and the credits in the bar, the lamp, signing out, the theme, and what must be said.

import { api, patiently } from "./api.js";
import { $, element } from "./dom.js";
import { account, changed, credits, signedIn } from "./person.js";
import { say } from "./say.js";
import { forget, forgetAll, keep, keeps, kept } from "./store.js";
import { number } from "./words.js";

const root = document.documentElement;
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

// Takes everything of the person off the page.
function empty() {
  document.querySelectorAll("[data-personal]").forEach((part) => part.replaceChildren());
  $("standing").hidden = true;
  document.querySelector(".me").replaceChildren(signInHere());
}

// The next person at this browser must not find what this one has typed.
export function leave(address = "/") {
  forgetAll();
  $("prompt")?.form.reset();
  empty();
  location.assign(address);
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
  const theme = preferences?.theme;
  if (theme && theme !== (kept("theme") ?? "system")) paint(theme);
}

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
  const lines = isUsual ? [] : (await notices()).standing(person, balance, keepAccount);
  $("standing").replaceChildren(...lines);
  $("standing").hidden = lines.length === 0;
}

async function keepAccount() {
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

function paint(theme) {
  if (theme === "system") {
    delete root.dataset.theme;
    forget("theme");
  } else {
    root.dataset.theme = theme;
    keep("theme", theme);
  }
}

// Draws the page light, dark, or as the system wants it, and keeps that as a preference.
export async function chooseTheme(theme) {
  paint(theme);
  if (signedIn) await api("PATCH", "/v1/account", { body: { preferences: { theme } } });
}

function switchTheme() {
  const now = root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  chooseTheme(now === "dark" ? "light" : "dark").catch(say.problem);
}

// The change of the policy, until the person has seen it. An account records that it was shown.
async function showPolicy() {
  const banner = $("policy");
  if (!banner) return;
  const { version } = banner.dataset;
  if (kept("policy") === version) return banner.remove();
  const button = banner.querySelector("button");
  button.hidden = false;
  button.addEventListener("click", () => { keep("policy", version); banner.remove(); });
  const person = await account();
  const told = (notice) => notice.document === "policy" && notice.version === version;
  if (!person || person.acceptance?.notices?.some(told)) return;
  const body = { kind: "notice", document: "policy", version, shown_at: new Date().toISOString() };
  await api("POST", "/v1/consents", { body });
}

async function start() {
  $("theme")?.addEventListener("click", switchTheme);
  $("sign-out")?.addEventListener("click", signOut);
  // A tag is never worth a message.
  if ($("consent")) import("./consent.js").catch(() => {});
  if (!keeps() && document.querySelector(".providers")) {
    say("Your browser keeps no cookies for this site, so you cannot sign in. Allow them for this site, then load the page again.");
  }
  const asked = new URLSearchParams(location.search);
  const ours = ["linked", "problem", "reason"].filter((name) => asked.has(name));
  // Facebook leaves a fragment in the address.
  if (ours.length || location.hash === "#_=_") {
    const rest = new URLSearchParams([...asked].filter(([name]) => !ours.includes(name)));
    history.replaceState(null, "", location.pathname + (rest.size ? `?${rest}` : "") + location.hash.replace("#_=_", ""));
  }
  try {
    if (signedIn) {
      showPerson(await account());
      showCredits(await credits());
      await showStanding();
    }
    await showPolicy();
  } catch (problem) {
    say.problem(problem);
  }
  if (ours.length) {
    const said = (await notices()).returned(asked, await account().catch(() => null));
    if (said) say(said);
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
// The lamp: how many jobs are under way, on every page.
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
