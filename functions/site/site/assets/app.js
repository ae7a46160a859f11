// The page: sign in, create, view, download. All its data comes from the API.

import { api, patiently, send, wait } from "/api.js";
import * as attach from "/attach.js";
import { $, element, notice, returned, showFrozen, statement } from "/notices.js";
import { price } from "/price.js";
import { settings, showFields } from "/settings.js";

const FINAL = ["succeeded", "failed", "moderated", "canceled", "timed_out"];
const CANCELABLE = ["queued", "submitting", "running"];
const WORDS = {
  queued: "Waiting for a free place", submitting: "Being sent to the model", running: "Being made",
  canceling: "Being called off", collecting: "Being stored", succeeded: "Done", failed: "Not made", moderated: "Not allowed",
  canceled: "Called off", timed_out: "Took too long",
};
const POLL_MS = 1500;
// How long the page waits for thumbnails after the end of a generation.
const THUMBNAILS_MS = 60_000;
const state = { models: [], cursor: null, account: {}, signedIn: false, active: false, frozen: 0, key: null, polling: false, leaving: false };

function show(problem) {
  if (problem.status === 401) return signedOut();
  const frozen = problem.code === "insufficient_credits" && state.frozen;
  notice(frozen ? `${problem.message} ${state.frozen} credits are frozen: see the reason below.` : problem.message);
  // The status of the account has changed since the page was loaded.
  if (problem.code === "account_not_active") showAccount().then(showCredits).catch(show);
}

function signedOut() {
  state.signedIn = state.active = false;
  $("account").hidden = true;
  for (const id of ["gallery-section", "buy-section", "delete-section", "closing", "frozen"]) $(id).hidden = true;
  $("welcome").hidden = false;
  $("submit").disabled = true;
  $("submit").textContent = "Sign in to create";
}

// Shows the account, and only what its status allows.
async function showAccount() {
  const account = await api("GET", "/v1/account");
  const closing = account.status === "closing";
  Object.assign(state, { account, signedIn: true, active: account.status === "active" });
  $("name").textContent = account.name ?? account.email ?? "";
  $("account").hidden = $("gallery-section").hidden = false;
  $("closing").hidden = !closing;
  $("delete-section").hidden = closing;
  $("buy-section").hidden = !state.active;
  showFrozen(account, []);
  showPrice();
}

async function showCredits() {
  const credits = await api("GET", "/v1/credits?limit=1");
  const parts = Object.entries({ held: credits.held, frozen: credits.frozen }).filter(([, amount]) => amount);
  const others = parts.map(([name, amount]) => `${amount} ${name}`).join(", ");
  $("credits").textContent = `${credits.available} credits${others && ` (${others})`}`;
  state.frozen = credits.frozen;
  showFrozen(state.account, credits.lots.filter((lot) => lot.frozen));
}

const chosenModel = () => state.models.find((model) => model.id === $("model").value);

function showPrice() {
  const model = chosenModel();
  if (!state.signedIn || !model) return;
  const words = model.available ? `Create for ${price(model, settings())} credits` : "Not available right now";
  $("submit").textContent = state.active ? words : "Nothing new can be made";
  $("submit").disabled = !state.active || !model.available || attach.isNeeded(model);
  if (state.active && model.available && attach.isNeeded(model)) $("submit").textContent = "Add a picture to create";
}

function showSettings() {
  const model = chosenModel();
  attach.showFor(model);
  showFields(model?.settings.properties ?? {});
  showPrice();
}

// A button with one action on a generation at a time. It is not disabled, because a disabled
// button loses the keyboard focus.
function action(name, text, act) {
  const made = element("button", { type: "button", textContent: text });
  made.dataset.action = name;
  let busy = false;
  made.addEventListener("click", async () => {
    if (busy) return;
    notice();
    busy = true;
    try {
      await act();
    } catch (problem) {
      show(problem);
    } finally {
      busy = false;
    }
  });
  return made;
}

function actions(generation) {
  const path = `/v1/generations/${generation.id}`;
  const all = [];
  if (CANCELABLE.includes(generation.status)) {
    all.push(action("cancel", "Cancel", async () => {
      const { cancel_price: price } = await api("GET", path);
      const question = `Today's free cancellations are used up, so this costs up to ${price} credits. Cancel it all the same?`;
      if (price > 0 && !confirm(question)) return;
      place(await api("POST", `${path}/cancel`, { body: { max_cost: price ?? 0 } }));
      await showCredits();
    }));
  }
  const favourite = action("favourite", generation.favourite ? "★ Favourite" : "☆ Favourite", async () =>
    place(await api("PATCH", path, { body: { favourite: !generation.favourite } })));
  favourite.ariaPressed = String(generation.favourite);
  all.push(favourite);
  if (generation.outputs[0]?.content_type.startsWith("image/")) {
    all.push(action("use", "Use as input", async () => useAsInput(generation)));
  }
  if (FINAL.includes(generation.status)) {
    all.push(action("delete", "Delete", async () => {
      if (!confirm("Delete this for good? It cannot be brought back.")) return;
      await api("DELETE", path);
      $(`g-${generation.id}`)?.remove();
      $("empty").hidden = $("gallery").childElementCount > 0;
    }));
  }
  return element("div", { className: "actions" }, ...all);
}

function card(generation) {
  const item = element("li", { id: `g-${generation.id}` });
  item.dataset.status = generation.status;
  const { status, favourite, title, progress, queue_position, disabled } = generation;
  const drawn = generation.outputs.map((output) => output.content_type.startsWith("video/") || output.thumbnail_url !== null);
  item.dataset.shown = JSON.stringify([status, favourite, title, progress, queue_position, drawn, disabled]);
  if (drawn.includes(false)) item.dataset.finished = generation.finished_at;
  for (const output of generation.outputs) {
    const shape = { width: output.width, height: output.height };
    // A film shows its first frame. A picture shows its thumbnail, once there is one, and links to the full picture.
    item.append(output.content_type.startsWith("video/")
      ? element("video", { ...shape, src: output.url, controls: true, loop: true, muted: true, playsInline: true, preload: "metadata", ariaLabel: generation.prompt })
      : element("a", { className: "whole", href: output.url, target: "_blank", rel: "noopener", title: "Show in full size" },
        element("img", { ...shape, src: output.thumbnail_url ?? output.url, alt: generation.prompt, loading: "lazy" })));
  }
  const text = element("div", { className: "card" });
  if (generation.title) text.append(element("h3", { textContent: generation.title }));
  text.append(element("p", { className: "prompt", textContent: generation.prompt }));
  const busy = !FINAL.includes(generation.status);
  const done = disabled ? "Disabled" : WORDS[status] ?? status;
  const words = queue_position > 0 ? `Waiting: ${queue_position} before you` : done;
  const cost = generation.failure ? `, ${generation.failure.released} credits given back` : `, ${generation.cost} credits`;
  text.append(element("p", { className: busy ? "state busy" : "state", textContent: busy ? words : words + cost }));
  if (progress !== null) text.append(element("progress", { max: 100, value: progress, ariaLabel: "How much of it is made" }));
  if (generation.failure) text.append(element("p", { textContent: generation.failure.detail }));
  if (disabled) text.append(statement(disabled));
  for (const [n, output] of generation.outputs.entries()) {
    const textContent = generation.outputs.length > 1 ? `Download ${n + 1}` : "Download";
    text.append(element("p", {}, element("a", { href: output.download_url, textContent })));
  }
  text.append(actions(generation));
  item.append(text);
  return item;
}

function place(generation, atTop) {
  const known = $(`g-${generation.id}`);
  const made = card(generation);
  if (known) {
    if (known.dataset.shown === made.dataset.shown) return;
    const focused = known.contains(document.activeElement) && document.activeElement.dataset.action;
    known.replaceWith(made);
    if (focused) made.querySelector(`[data-action="${focused}"]`)?.focus();
  } else if (atTop) {
    $("gallery").prepend(made);
  } else {
    $("gallery").append(made);
  }
  $("empty").hidden = $("gallery").childElementCount > 0;
}

function isAwaited(item) {
  const { status, finished } = item.dataset;
  return !FINAL.includes(status) || Date.now() - Date.parse(finished) < THUMBNAILS_MS;
}

// The generation of a card, or null if the card is gone: replaced or deleted here, or deleted elsewhere.
async function read(item) {
  try {
    return await patiently(async () => item.isConnected ? api("GET", `/v1/generations/${item.id.slice(2)}`) : null);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    item.remove();
    return null;
  }
}

async function poll() {
  if (state.polling) return;
  state.polling = true;
  try {
    for (;;) {
      const open = [...$("gallery").children].filter(isAwaited);
      if (open.length === 0) break;
      await wait(POLL_MS);
      for (const item of open) {
        const generation = await read(item);
        if (!generation) continue;
        place(generation);
        if (generation.status !== item.dataset.status) await patiently(showCredits);
      }
    }
  } catch (problem) {
    show(problem);
  } finally {
    state.polling = false;
  }
}

async function showGallery(cursor) {
  const page = await api("GET", `/v1/generations?limit=24${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  page.items.forEach((generation) => place(generation, false));
  $("empty").hidden = $("gallery").childElementCount > 0;
  state.cursor = page.next_cursor;
  $("more").hidden = !state.cursor;
  poll();
}

async function create(event) {
  event.preventDefault();
  notice();
  $("submit").disabled = true;
  // The key stays until an answer arrives, so a second attempt after a lost answer costs nothing.
  state.key ??= crypto.randomUUID();
  try {
    const picture = chosenModel()?.inputs ? await attach.input() : {};
    const max_cost = price(chosenModel(), settings());
    const body = { model: $("model").value, prompt: $("prompt").value, settings: settings(), max_cost, ...picture };
    const generation = await api("POST", "/v1/generations", { body, headers: { "idempotency-key": state.key } });
    state.key = null;
    forgetDraft();
    place(generation, true);
    await showCredits();
    poll();
  } catch (problem) {
    if (problem.status && problem.status < 500) state.key = null;
    show(problem);
  } finally {
    $("submit").disabled = !state.active;
    showPrice();
  }
}

// Starts from a picture of the gallery, with the first model that accepts one.
function useAsInput(generation) {
  if (!chosenModel()?.inputs) {
    $("model").value = state.models.find((model) => model.inputs)?.id ?? $("model").value;
    showSettings();
  }
  attach.attachGeneration(generation, showPrice);
  $("prompt").focus();
}

async function showPlans() {
  const { items } = await send("GET", "/v1/plans");
  $("plans").replaceChildren(...items.map((plan) => {
    const price = new Intl.NumberFormat(undefined, { style: "currency", currency: plan.price.currency }).format(plan.price.amount / 100);
    const button = element("button", { type: "button", textContent: `Buy ${plan.credits} credits for ${price}` });
    button.addEventListener("click", () => buy(plan, button));
    return button;
  }));
}

async function buy(plan, button) {
  notice();
  button.disabled = true;
  try {
    const headers = { "idempotency-key": crypto.randomUUID() };
    const checkout = await api("POST", "/v1/checkouts", { body: { plan: plan.id }, headers });
    location.assign(checkout.url);
  } catch (problem) {
    button.disabled = false;
    show(problem);
  }
}

// The webhook of Stripe arrives a moment after the payment.
async function afterCheckout() {
  notice("Thank you. Your credits will appear in a moment.");
  for (let tries = 0; tries < 20; tries += 1) {
    const last = (await patiently(() => api("GET", "/v1/credits?limit=1"))).items[0];
    if (last?.kind === "grant" && last.source === "pack") {
      await showCredits();
      return notice("Thank you. Your credits are here.");
    }
    await wait(POLL_MS);
  }
  notice("Your payment is on its way to us. Your credits will appear as soon as Stripe has told us of it.");
}

async function deleteAccount(event) {
  event.preventDefault();
  notice();
  try {
    const deletion = await api("POST", "/v1/account/deletion", { body: { confirm: $("confirm").value } });
    const day = new Date(deletion.purge_at).toLocaleDateString(undefined, { dateStyle: "long" });
    signedOut();
    forgetDraft();
    const href = `${location.origin}/v1/deletions/${deletion.code}`;
    notice(`Your account will be erased on ${day}. Sign in before then to keep it. Keep this link to follow it: `,
      element("a", { href, textContent: href }));
  } catch (problem) {
    show(problem);
  }
}

async function keepAccount() {
  try {
    await api("DELETE", "/v1/account/deletion");
    location.assign("/");
  } catch (problem) {
    show(problem);
  }
}

// The next person at this browser must not find the draft. The answers to these requests clear it too
// (Clear-Site-Data), but not every browser knows that header.
function forgetDraft() {
  localStorage.removeItem("draft");
  $("prompt").value = "";
}

async function signOut() {
  if (state.leaving) return;
  state.leaving = true;
  try {
    await patiently(() => api("DELETE", "/v1/session"), (seconds) =>
      notice(`You are not signed out yet. Leave this page open: it tries again in ${seconds} seconds.`));
    forgetDraft();
    location.assign("/");
  } catch (problem) {
    notice();
    // The session had ended already.
    if (problem.status === 401) forgetDraft();
    show(problem);
  } finally {
    state.leaving = false;
  }
}

async function start() {
  $("prompt").value = localStorage.getItem("draft") ?? "";
  $("prompt").addEventListener("input", () => localStorage.setItem("draft", $("prompt").value));
  $("model").addEventListener("change", showSettings);
  $("settings").addEventListener("input", showPrice);
  $("create").addEventListener("submit", create);
  attach.listen(api, showPrice, show);
  $("sign-out").addEventListener("click", signOut);
  $("more").addEventListener("click", () => showGallery(state.cursor).catch(show));
  $("delete").addEventListener("submit", deleteAccount);
  $("keep").addEventListener("click", keepAccount);
  const asked = new URLSearchParams(location.search);
  // Facebook leaves a fragment in the address.
  if (asked.size || location.hash === "#_=_") history.replaceState(null, "", "/");
  try {
    state.models = (await send("GET", "/v1/models")).items;
    $("model").replaceChildren(...state.models.map((model) => new Option(`${model.name} (${model.price} credits)`, model.id)));
    for (const option of $("model").options) option.disabled = !state.models[option.index].available;
    showSettings();
    await showAccount();
    await Promise.all([showCredits(), showGallery(), state.active && showPlans()]);
    if (asked.get("checkout") === "success") await afterCheckout();
  } catch (problem) {
    show(problem);
  }
  const said = returned(asked, state.account);
  if (said) notice(said);
  if (asked.get("checkout") === "canceled") notice("Nothing was bought.");
}

start();
