// Buying credits: to the page of Stripe, and back. A return proves no payment. Only the statement does.

import { api, patiently, wait } from "./api.js";
import { $ } from "./dom.js";
import { fill } from "./fill.js";
import { order } from "./order.js";
import { account, changed, credits } from "./person.js";
import { announce, say } from "./say.js";
import { forget, keep, kept, own } from "./store.js";
import { listen } from "./works.js";

const SOON_MS = 2_000;
// From then on a payment is late, and the page asks less often.
const LATE_MS = 30_000;
const SELDOM_MS = 15_000;
const LONGEST_MS = 15 * 60_000;

const statement = (limit) => api("GET", `/v1/credits?limit=${limit}`);

let shown;

function show(state, values = {}) {
  if (shown) fill($("outcome"), { [shown]: false });
  shown = state;
  fill($("outcome"), { [state]: true, ...values });
  $("outcome").hidden = false;
  announce($("outcome").querySelector("p:not([hidden])").textContent);
}

// Remembers the newest entry of the statement, so that no older purchase is taken for this one.
async function buy(button) {
  const { id } = await account();
  const { value: plan, dataset: { price }, textContent: label } = button;
  button.textContent = "Opening…";
  try {
    const { items: [newest] } = await statement(1);
    const { url } = await order(id, { plan }, "/v1/checkouts");
    keep(own("bought", id), JSON.stringify({ after: newest?.version ?? 0, price }));
    location.assign(url);
  } finally {
    button.textContent = label;
  }
}

// Waits until the statement has a purchase that came after this one began. Null after a long time.
async function arrival(after) {
  for (let waited = 0; waited < LONGEST_MS;) {
    const { items } = await patiently(() => statement(100));
    const found = items.find(({ kind, source, version }) => kind === "grant" && source === "pack" && version > after);
    if (found) return found;
    const pause = waited < LATE_MS ? SOON_MS : SELDOM_MS;
    await wait(pause);
    waited += pause;
    if (waited === LATE_MS) show("late");
  }
  return null;
}

async function returned(outcome) {
  const key = own("bought", (await account()).id);
  const mark = outcome === "success" && JSON.parse(kept(key) ?? "null");
  show(mark ? "waiting" : outcome === "canceled" ? "canceled" : "unknown");
  $("outcome").focus();
  const found = mark && await arrival(mark.after);
  if (found) {
    const arrived = found.available_change + found.frozen_change;
    show(arrived ? "arrived" : "covered", { credits: arrived, at: found.at });
    forget(key);
    await changed();
    // A tag is never worth a message.
    import("./consent.js").then(({ tell }) => tell("purchase", (mark.price / 100).toFixed(2))).catch(() => {});
  } else if (mark) {
    show("over");
  }
  history.replaceState(null, "", location.pathname);
}

listen($("mine"), { buy });
document.addEventListener("credits", ({ detail }) => fill($("mine"), detail));

async function open() {
  fill($("mine"), await credits());
  const outcome = new URLSearchParams(location.search).get("checkout");
  if (outcome) await returned(outcome);
}

open().catch(say.problem);
