// The account of a person: the profile, the ways to sign in, the devices, the preferences, the consents and the
// deletion.

import { api, patiently } from "./api.js";
import { clean, count, isBlank } from "./checks.js";
import { choose, gpc } from "./consent.js";
import { $ } from "./dom.js";
import { copy, fill } from "./fill.js";
import { account, changed } from "./person.js";
import { announce, say } from "./say.js";
import { chooseTheme } from "./scheme.js";
import { forgetAll } from "./store.js";
import { number } from "./words.js";
import { listen, read } from "./works.js";

const CONFIRMATION = "delete my account";
const DAY_MS = 86_400_000;

// The choices that are being saved, and the end of the last save.
let [saving, saved] = [0, Promise.resolve()];

const root = $("account");
const ways = [...$("ways").children];
const nameOf = (partner) => ways.find(({ dataset }) => dataset.provider === partner)?.querySelector("b").textContent ?? partner;
const patch = (body) => api("PATCH", "/v1/account", { body });

function showWays(identities) {
  for (const way of ways) {
    const found = identities.find(({ provider }) => provider === way.dataset.provider);
    fill(way, { ...found, mail: found?.email ?? "No address", on: found, off: !found });
    const [button, isLast] = [way.querySelector("[data-act]"), identities.length < 2];
    button.disabled = isLast;
    button.setAttribute("aria-describedby", isLast ? "last" : "recent");
  }
}

function showConsents({ consents: { advertising: last }, acceptance: { policy, terms, declared_age, notices } }) {
  const choice = last?.choice;
  fill($("consents"), {
    ...last, unasked: !last, given: choice === "given", refused: choice === "refused", withdrawn: choice === "withdrawn",
    overruled: choice === "given" && (gpc() || !last.in_force),
    policy: policy?.version, policy_at: policy?.accepted_at, terms: terms?.version, terms_at: terms?.accepted_at, declared_age, unshown: !policy && !terms,
  });
  $("notices").replaceChildren(...notices.map((notice) => copy("notice", notice)));
}

function showChoices({ theme: chosen, emails, default_model: preferred }) {
  const { theme, news, default_model: model } = $("choices").elements;
  theme.value = chosen;
  news.checked = emails.news;
  model.value = preferred ?? "";
  if (model.selectedIndex < 0) model.append(new Option("One that is no longer on offer", preferred, true, true));
}

// Shows the account in all places of the page.
function show(person) {
  const { name, email, picture_url: picture, created_at: since, preferences, identities, status } = person;
  fill(root, { since, mail: email ?? "None", active: false, frozen: false, closing: false, may: status !== "closing", [status]: true, only: identities.length < 2 });
  if (picture && $("picture").hidden) Object.assign($("picture"), { src: picture, hidden: false, onerror: () => { $("picture").hidden = true; } });
  if (document.activeElement !== $("name")) $("name").value = name ?? "";
  $("name").disabled = false;
  // An answer of before a choice does not take the choice back.
  if (!saving) showChoices(preferences);
  showWays(identities);
  showConsents(person);
}

// The dates of a deletion and what becomes of the credits, before it can be asked for; and its page, after that.
async function showDeletion({ deletion }) {
  fill($("delete"), { code: deletion?.code, requested_at: deletion?.requested_at });
  const credits = await read("/v1/credits?limit=1");
  if (!credits) return;
  const from = deletion ? Date.parse(deletion.requested_at) : Date.now();
  for (const place of $("delete").querySelectorAll("[data-days]")) fill(place.parentNode, { date: new Date(from + place.dataset.days * DAY_MS).toISOString() });
  const sum = (isBought) => credits.lots.filter(({ source }) => isBought === /pack|subscription/.test(source)).reduce((all, { remaining }) => all + remaining, 0);
  fill($("delete"), { bought: sum(true), given_to: sum(false), held: credits.held, debt: credits.debt });
}

async function showDevices() {
  const { items } = await read("/v1/sessions") ?? {};
  if (!items) return;
  $("list").replaceChildren(...items.map((session) => {
    const mobile = /iPhone|iPad|Android/.test(session.device);
    const made = copy("device", { ...session, mobile, desk: !mobile, other: !session.current });
    made.querySelector("button").value = session.id;
    return made;
  }));
  fill($("devices"), { several: items.length > 1 });
}

// After something that took the focused button away.
async function done(part, words, ...reads) {
  await Promise.all(reads.map((again) => again()));
  $(`h-${part}`).focus();
  say.done(words);
}

async function end(id, words) {
  await api("DELETE", `/v1/sessions${id}`);
  await done("devices", words, showDevices);
}

let cursor;

const ACTS = {
  again: () => location.reload(),
  leave: () => $("sign-out").click(),
  keep: () => $("keep")?.click(),
  end: ({ value }) => end(`/${value}`, "The device is signed out."),
  others: () => end("", "Every other device is signed out."),
  async unlink({ value }) {
    if (!confirm(`Remove ${nameOf(value)}? All other devices are signed out.`)) return;
    const { advice } = await api("DELETE", `/v1/account/identities/${value}`);
    if (advice) say(advice);
    await done("sign-ins", `${nameOf(value)} is removed. Every other device is signed out.`, changed, showDevices);
  },
  async withdraw() {
    await choose("withdrawn");
    await done("consents", "Your consent is taken back.", changed);
  },
  async more() {
    const page = await api("GET", `/v1/account/sign-ins?limit=24${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    const made = page.items.map((signIn) => copy("entry", { ...signIn, partner: nameOf(signIn.provider) }));
    $("entries").append(...made);
    if (cursor) made[0]?.focus();
    cursor = page.next_cursor;
    $("more").hidden = !cursor;
  },
};

// Runs what a form or a field does, and says what went wrong.
const on = (id, event, act) => $(id).addEventListener(event, (happened) => {
  if (event === "submit") happened.preventDefault();
  act(happened).catch(say.problem);
});

listen(root, ACTS);
document.addEventListener("account", ({ detail }) => { show(detail); showDeletion(detail); });
on("log", "toggle", async () => { if (!$("entries").firstChild) await ACTS.more(); });

on("naming", "submit", async () => {
  const [name, most] = [clean($("name").value), Number($("name").dataset.most)];
  const isLong = count(name) > most;
  $("name").ariaInvalid = isLong;
  if (isLong) {
    $("name").focus();
    return say(`The name has ${number(count(name))} characters. It may have ${most}.`);
  }
  await patch({ name: isBlank(name) ? null : name });
  await changed();
  return say.done("Saved.");
});

// Saves one choice after the other, so that the last one counts.
on("choices", "change", ({ target: { name, value, checked } }) => {
  const save = () => name === "theme" ? chooseTheme(value) : patch({ preferences: name === "news" ? { emails: { news: checked } } : { default_model: value || null } });
  saving += 1;
  saved = saved.then(save, save).finally(() => { saving -= 1; });
  return saved.then(() => say.done("Saved.")).finally(() => saving || changed());
});

// A form cannot name its account, and its access token may be over. So a request that does both goes before it.
on("ways", "submit", async ({ target }) => {
  await api("GET", "/v1/account");
  target.submit();
});

// Runs once at a time. After an answer that was lost the account may be closing, and then its session has ended.
let isAsking = false;
on("delete-form", "submit", async () => {
  if (isAsking) return;
  const isSure = clean($("sure").value).toLowerCase() === CONFIRMATION;
  $("unsure").hidden = isSure;
  if (!isSure) return $("sure").focus();
  announce("Asking for the deletion.");
  let mayHaveArrived = false;
  const ask = () => api("POST", "/v1/account/deletion", { body: { confirm: CONFIRMATION } }).catch((problem) => {
    mayHaveArrived ||= problem.status === 0 || problem.status >= 500;
    throw problem;
  });
  isAsking = true;
  try {
    const { code } = await patiently(ask, (seconds) =>
      say(`It is not certain yet that your request has arrived. Leave this page open: it tries again in ${seconds} seconds.`));
    forgetAll();
    // Its page has the dates, and can be read without a session.
    location.replace(`/v1/deletions/${code}`);
  } catch (problem) {
    isAsking = false;
    if (problem.status !== 401 || !mayHaveArrived) throw problem;
    forgetAll();
    say("Your request may have arrived. Sign in to see.");
  }
});

async function open() {
  const person = await patiently(account, (seconds) => say(`Your account could not be read. This page tries again in ${seconds} seconds.`));
  show(person);
  await Promise.all([showDeletion(person), showDevices()]);
  root.ariaBusy = "false";
}

open().catch(({ status, message }) => {
  if (status === 401) return;
  $("broken").hidden = false;
  $("broken").firstElementChild.textContent = message;
});
