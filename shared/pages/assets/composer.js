// The form of a new work: what the person wants, what it costs, and why it cannot start yet.

import { patiently, send } from "./api.js";
import * as attach from "./attach.js";
import { clean, count, isBlank } from "./checks.js";
import { $, element } from "./dom.js";
import { watch } from "./jobs.js";
import { order } from "./order.js";
import { account, changed as reread, credits, signedIn } from "./person.js";
import { announce, say } from "./say.js";
import { price, remember, settings, showFields, wrongField } from "./settings.js";
import { keep, kept, own } from "./store.js";
import { many, number, span } from "./words.js";

const form = $("composer");
const words = $("prompt");
const most = Number(words.dataset.most);
const link = (href, textContent) => element("a", { href, textContent });

let person = null;
let balance = null;
let isOver = !signedIn;
let isSending = false;
// Whether the browser keeps what is typed.
let isKept = true;
// Why the last press did not start anything.
let refused = null;
// The work from which this one comes: its id, and its name.
let from = null;
// Whether the browser keeps what is chosen: neither before it is filled in, nor after the person has left.
let isMine = false;

export const radioOf = (id) => form.querySelector(`[name=model][value="${CSS.escape(id ?? "")}"]`);
export const chosen = () => form.querySelector("[name=model]:checked");
export const takesPicture = (radio) => radio.dataset.inputs > 0;

// The name and the typical seconds of a model; its id if it is no longer on offer.
export const modelOf = (id) => ({ name: radioOf(id)?.dataset.name ?? id, seconds: Number(radioOf(id)?.dataset.seconds ?? 0) });

// The fields of a request for what is attached, if the model takes it.
const source = () => takesPicture(chosen()) && !attach.isMissing() ? attach.input() : {};
const cost = () => price(JSON.parse(chosen().dataset.rule), settings());

// The state of the button: what it says; what it does (`go`), if it can do something; the line about the price; and why it cannot.
function state() {
  const amount = cost();
  const label = `Create for ${many(amount, "credit")}`;
  const { name } = modelOf(chosen().value);
  if (isSending) return { label: "Sending…" };
  if (isOver) {
    const lost = !isKept && !isBlank(words.value) && ["Your browser keeps nothing for this site. Copy your words before you sign in."];
    return { label: `Sign in to create for ${many(amount, "credit")}`, go: "sign-in", why: lost };
  }
  if (person?.status === "closing") return { label: "Nothing new can be made", why: ["This account is being deleted. ", link("#standing", "Keep it")] };
  if (person && person.status !== "active") return { label: "Nothing new can be made", why: ["Your account is frozen. ", link("#standing", "Read why")] };
  if (!navigator.onLine) return { label, why: ["You are offline. Your words stay here."] };
  if (chosen().disabled) return { label: "Not available right now", why: [`${name} takes nothing new right now. Choose another model.`] };
  if (attach.uploading() !== null) return { label: `Uploading ${Math.floor(100 * attach.uploading())}%` };
  if (takesPicture(chosen()) && attach.isMissing()) return { label: "Add a picture to create", go: "file" };
  const left = balance && balance.available - amount;
  if (left < 0) {
    const why = [`You have ${number(balance.available)}, this costs ${number(amount)}: ${number(-left)} too few. `, link("/plans", "Get credits")];
    return { label, why, tooDear: true };
  }
  return { label, go: "create", price: balance && `You have ${number(balance.available)}. After this: ${number(left)}.` };
}

// Draws the button, the price, the count of characters and the reasons.
export function refresh() {
  const now = state();
  const button = $("submit");
  // A disabled button would lose the focus.
  button.disabled = false;
  if (button.textContent !== now.label) button.textContent = now.label;
  button.ariaDisabled = String(!now.go);
  $("price").textContent = now.price || "";
  const why = refused ?? now.why;
  $("why").replaceChildren(...(why || []));
  $("why").hidden = !why;
  const [characters, over] = [count(words.value), count(words.value) - most];
  $("count").textContent = `${number(characters)} of ${number(most)}${over > 0 ? `: ${number(over)} too many` : ""}`;
  $("count").classList.toggle("bad", over > 0);
  words.ariaInvalid = String(over > 0);
  attach.showFor(takesPicture(chosen()));
  $("from").hidden = !from || "based_on" in source();
  $("from-name").textContent = from?.name ?? "";
  const shape = form.querySelector(".shapes :checked")?.closest("label").textContent.trim();
  $("chosen").replaceChildren(element("b", { textContent: modelOf(chosen().value).name }), shape ? `, ${shape}` : "");
}

// The words and the choices. `first` is the preference that held for them.
export const draft = () => ({
  prompt: words.value, model: chosen().value, settings: { ...remember() }, picture: attach.kept(), from, first: person?.preferences.default_model,
});

// The words are kept by themselves, because the page of a visitor keeps them too.
function save() {
  const { prompt, ...others } = draft();
  keep(own("draft", person?.id), prompt);
  if (isMine) keep(own("choice", person?.id), JSON.stringify(others));
  isKept = (kept(own("draft", person?.id)) ?? "") === prompt;
}

function changed() {
  refused = null;
  save();
  refresh();
}

// Whether a request names the work from which this one comes; and forgets that work.
const isFrom = ({ based_on: id }) => from && from.id === id;
function drop() {
  from = null;
  changed();
}

// Forgets why the last press did not start anything: that may have passed.
export function retry() {
  refused = null;
  refresh();
}

// Fills in a draft, or the request of a work. A field that it lacks stays, or is empty.
export function fill({ prompt = "", model, settings: values = {}, picture = null, from: work = null }) {
  const radio = radioOf(model) ?? chosen();
  radio.checked = true;
  showFields(radio.value, values);
  words.value = prompt;
  attach.attach(picture);
  from = work;
  changed();
}

// Says why nothing started: beside the button, and under the bar.
function refuse(...parts) {
  refused = parts;
  refresh();
  say(...parts.map((part) => part.cloneNode?.(true) ?? part));
}

function explain(problem, asked) {
  // The shell has words for a session that is over, and for another account. An error of the browser has none.
  if (problem.status === 401 || problem.code === "other_account" || problem.name !== "Error") {
    say.problem(problem);
    return refresh();
  }
  if (problem.code === "insufficient_credits" || problem.code === "account_not_active") reread().catch(() => {});
  if (problem.code === "provider_paused") readStatus().catch(() => {});
  if (problem.code === "price_above_max_cost") return refuse("The price has changed. ", link("/create", "Load the page again"));
  if (problem.status === 404 && isFrom(asked)) {
    drop();
    return refuse("The work it came from is gone. Press again to create without it.");
  }
  if (problem.status === 404 && takesPicture(chosen())) {
    attach.attach(null);
    save();
    return refuse("The picture is no longer here. Add it again.");
  }
  return refuse(problem.message);
}

// Says what must be corrected in the words, and moves to the field.
function correct() {
  const characters = count(words.value);
  const wrong = isBlank(words.value) ? { field: words, words: "Say first what you want to see." }
    : characters > most ? { field: words, words: `The prompt has ${number(characters)} characters. It may have ${number(most)}.` }
    : wrongField();
  if (!wrong) return false;
  for (let box = wrong.field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  refuse(wrong.words);
  wrong.field.focus();
  return true;
}

async function create(event) {
  event.preventDefault();
  const now = state();
  if (now.go === "sign-in") return location.assign(`/sign-in?return_to=${encodeURIComponent(location.pathname + location.search)}`);
  if (now.go === "file") return $("file").click();
  if (isSending) return null;
  if (now.go !== "create") return now.why && refuse(...now.why);
  if (correct()) return null;
  isSending = true;
  refused = null;
  say();
  const body = { model: chosen().value, prompt: clean(words.value), settings: settings(), max_cost: cost(), based_on: from?.id, ...source() };
  refresh();
  try {
    person ??= await account();
    const made = await order(person.id, body);
    watch(made);
    if (isFrom(body)) drop();
    reread().catch(() => {});
    if (made.isRepeated) say("Your earlier press had started this. Press again for another one.");
    else announce("Started.");
  } catch (problem) {
    explain(problem, body);
  } finally {
    isSending = false;
    refresh();
  }
  return null;
}

// Reads which models take nothing new, and how long they take.
export async function readStatus() {
  const { models } = await send("GET", "/v1/status");
  for (const { id, available, typical_seconds: seconds } of models) {
    const radio = radioOf(id);
    if (!radio) continue;
    radio.disabled = !available;
    if (seconds) radio.dataset.seconds = seconds;
    const [time, amount] = radio.closest("label").querySelectorAll(".meta, .price");
    time.textContent = available ? (seconds ? span(seconds) : time.textContent.replace("Paused", "")) : "Paused";
    amount.hidden = !available;
  }
  refresh();
}

// Listens, and fills in what the person had typed.
export async function start() {
  // Whether the person has chosen something before the choices of before were read.
  let isTouched = false;
  form.addEventListener("input", ({ target }) => {
    isTouched ||= target !== words;
    if (target.name === "model") {
      remember();
      showFields(target.value);
    }
    // Other words are another work.
    if (!words.value) from = null;
    changed();
  });
  $("unlink").addEventListener("click", () => { drop(); words.focus(); });
  form.addEventListener("submit", create);
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  // On a phone the open settings would hide what has the focus.
  form.addEventListener("focusout", ({ relatedTarget: next }) => {
    if (next && !form.contains(next) && innerWidth < 960) form.querySelector(".settings").open = false;
  });
  attach.listen(() => { isTouched = true; changed(); });
  for (const event of ["online", "offline"]) addEventListener(event, retry);
  document.addEventListener("credits", ({ detail }) => { balance = detail; refresh(); });
  document.addEventListener("account", ({ detail }) => { person = detail; refresh(); });
  document.addEventListener("left", () => {
    [isOver, isMine, from, refused] = [true, false, null, null];
    attach.attach(null);
    refresh();
  });
  showFields(chosen().value);
  refresh();
  if (signedIn) {
    person = await patiently(account);
    patiently(credits).then((read) => { balance ??= read; refresh(); }, () => {});
  }
  const of = (key) => kept(own(key, person?.id));
  words.value ||= of("draft") ?? "";
  isMine = true;
  if (isTouched) return changed();
  const before = JSON.parse(of("choice") ?? "{}");
  const first = person?.preferences.default_model;
  // A preference counts until something else is chosen.
  const isNew = before.first !== undefined && before.first !== first;
  // The page of a model leads here with its id.
  const asked = new URLSearchParams(location.search).get("model");
  return fill({ ...before, prompt: words.value, model: [asked, isNew && first, before.model, first].find(radioOf) });
}
