// Buying credits: to the page of Stripe, and back. A return proves no payment. Only the statement does.

import { api, patiently, wait } from "./api.js";
import { $ } from "./dom.js";
import { fill } from "./fill.js";
import { order } from "./order.js";
import { account, changed, credits } from "./person.js";
import { announce, say } from "./say.js";
import { keep, kept, own } from "./store.js";
import { listen } from "./works.js";

const SOON_MS = 2_000;
// From then on a payment is late, and the page asks less often.
const LATE_MS = 30_000;
const SELDOM_MS = 15_000;
const LONGEST_MS = 15 * 60_000;
// Purchases that are remembered while no credits have arrived for them.
const MOST = 8;

const statement = (limit) => api("GET", `/v1/credits?limit=${limit}`);

// The purchases of an account that were begun here, newest first: the id of the page of Stripe, the newest entry of the
// statement before, and the price.
const begun = (account) => JSON.parse(kept(own("bought", account)) ?? "[]");
const remember = (account, marks) => keep(own("bought", account), JSON.stringify(marks.slice(0, MOST)));

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
    const { id: page, url } = await order(id, { plan }, "/v1/checkouts");
    remember(id, [{ page, after: newest?.version ?? 0, price }, ...begun(id)]);
    location.assign(url);
  } finally {
    button.textContent = label;
  }
}

// The mark of a purchase. Stripe names its page in the address of the return; without a name it is the newest one.
function markOf(account, page) {
  const marks = begun(account);
  return page ? marks.find((mark) => mark.page === page) : marks[0];
}

// Takes the arrival of a purchase from the marks: its own one goes, and no other one can claim it.
function settle(account, page, version) {
  const others = begun(account).filter((mark) => mark.page !== page);
  remember(account, others.map((mark) => ({ ...mark, after: Math.max(mark.after, version) })));
}

// Waits until the statement has a purchase that came after this one began, and is the arrival of no other one. Null
// after a long time.
async function arrival(account, { page, after }) {
  for (let waited = 0; waited < LONGEST_MS;) {
    const { items } = await patiently(() => statement(100), (seconds) => say(`The service does not answer. This page asks again in ${seconds} seconds.`));
    const least = markOf(account, page)?.after ?? after;
    const found = items.reverse().find(({ kind, source, version }) => kind === "grant" && source === "pack" && version > least);
    if (found) return found;
    const pause = waited < LATE_MS ? SOON_MS : SELDOM_MS;
    await wait(pause);
    waited += pause;
    if (waited === LATE_MS) show("late");
  }
  return null;
}

async function returned(outcome, page) {
  const { id } = await account();
  const mark = outcome === "success" && markOf(id, page);
  show(mark ? "waiting" : outcome === "canceled" ? "canceled" : "unknown");
  $("outcome").focus();
  const found = mark && await arrival(id, mark);
  if (found) {
    const arrived = found.available_change + found.frozen_change;
    settle(id, mark.page, found.version);
    show(arrived ? "arrived" : "covered", { credits: arrived, at: found.at });
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
  const asked = new URLSearchParams(location.search);
  const outcome = asked.get("checkout");
  if (outcome) await returned(outcome, asked.get("session"));
}

open().catch(say.problem);
