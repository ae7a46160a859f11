// The choice about the tag of an advertising network. Without a choice, and with Global Privacy Control, there is no
// tag.

import { api } from "./api.js";
import { $ } from "./dom.js";
import { account, changed } from "./person.js";
import { forget, kept, own, visitorsChoice } from "./store.js";

const LIFETIME = 180 * 86_400;
// Digits of the text's digest in the cookie.
const DIGITS = 8;

// The dialog, the form of the page about cookies, or the part of the account's page. All name the text by its version
// and its digest.
const asked = () => ($("consent") ?? $("consents"))?.dataset;

export const gpc = () => navigator.globalPrivacyControl === true || document.body.hasAttribute("data-gpc");

// The parts of a choice as a browser keeps it. The time is in seconds.
function parsed(value) {
  const [at, choice, digest, ...version] = (value ?? "").split(".").reverse();
  return { version: version.reverse().join("."), hash: digest, choice, at: Number(at) };
}

function record({ version, hash, choice, at }) {
  const chosen_at = new Date(1000 * at).toISOString();
  return api("POST", "/v1/consents", { body: { kind: "advertising", choice, version, hash, chosen_at, gpc: gpc() } });
}

// Records in the account what the person chose before the sign-in, unless the account has a choice on the same text.
async function recordEarlier() {
  const person = await account();
  const key = own("consent", person?.id);
  const earlier = person && parsed(kept(key));
  if (!earlier?.choice) return;
  const isNew = earlier.version !== person.consents.advertising?.version;
  if (isNew) await record(earlier);
  forget(key);
  if (isNew) await changed();
}

const earlier = recordEarlier().catch(() => {});

// The choice of an account. Null if the person is to be asked: nothing was chosen, or another text was agreed to.
function choiceOf({ acceptance: { declared_age: age }, consents: { advertising: last } }) {
  // Nobody below the age of advertising is asked.
  if (!(age >= asked().age)) return "refused";
  if (last?.choice !== "given") return last?.choice ?? null;
  if (last.version !== asked().version) return null;
  return last.in_force ? "given" : "refused";
}

// The choice that counts: the one of the account, else the one that this browser keeps for the same text.
export async function chosen() {
  if (!asked()) return "refused";
  await earlier;
  const person = await account();
  if (person) return choiceOf(person);
  const { version, hash, choice } = parsed(visitorsChoice());
  return version === asked().version && hash === asked().hash.slice(0, DIGITS) ? choice : null;
}

// Keeps a choice: in the account of a person who is signed in, else in the browser.
export async function choose(choice) {
  const { version, hash } = asked();
  const at = Math.floor(Date.now() / 1000);
  const person = await account();
  if (person) {
    await record({ version, hash, choice, at });
    forget(own("consent", person.id));
    await changed();
  } else {
    const shown = choice === "given" ? "given" : "refused";
    document.cookie = `consent=${version}.${hash.slice(0, DIGITS)}.${shown}.${at}; Path=/; Max-Age=${LIFETIME}; SameSite=Lax; Secure`;
  }
}

// Tells an event and its value to the network, by a picture, if the person allows it. The address of the page is not
// sent.
export async function tell(event, value = "") {
  const url = asked()?.tag;
  if (!url || gpc() || await chosen() !== "given") return;
  const src = url.replace("{event}", encodeURIComponent(event)).replace("{value}", encodeURIComponent(value));
  Object.assign(new Image(), { referrerPolicy: "no-referrer", src });
}

// Asks for a choice where there is none. Escape closes the question and records nothing.
async function ask() {
  const dialog = $("consent");
  if (dialog?.tagName !== "DIALOG" || gpc()) return;
  if (await chosen() !== null) return tell("view");
  dialog.open = true;
  addEventListener("keydown", ({ key }) => { if (key === "Escape") dialog.open = false; });
  dialog.addEventListener("click", async ({ target: { value } }) => {
    if (!value) return;
    dialog.open = false;
    await choose(value).then(() => tell("view")).catch(() => {});
  });
}

// A tag is never worth a message, so a failure says nothing.
ask().catch(() => {});
