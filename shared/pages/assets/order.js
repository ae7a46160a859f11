// Asks for something that costs so that it is paid once: a generation, or the page of a purchase. Until the API has
// answered this very request for sure, each repetition has the same key: a second press, a reload, another tab.

import { api } from "./api.js";
import { keep, kept, own } from "./store.js";

const WORKS = "/v1/generations";
// The API remembers a key for 24 hours. A key that is older is not sent again.
const LIFETIME_MS = 23 * 60 * 60 * 1000;
// Requests without an answer whose keys are kept.
const MOST = 8;

// The keys that this page has sent, for a browser that keeps nothing.
const sent = new Map();

async function digest(text) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}

const name = (account) => own("sent", account);
const open = (account) => JSON.parse(kept(name(account)) ?? "[]").filter(({ at }) => Date.now() - at < LIFETIME_MS);

// Whether the answer decides what has become of the request. A throttle, a failure and a lost connection do not.
const isDefinite = ({ status }) => status >= 400 && status < 500 && ![401, 408, 429].includes(status);

// The answer of the API to a request of this account. `isRepeated` says that an earlier press has started this work.
export async function order(account, body, path = WORKS) {
  const hash = await digest(account + JSON.stringify(body));
  const earlier = sent.get(hash) ?? open(account).find((old) => old.hash === hash)?.key;
  const key = earlier ?? crypto.randomUUID();
  const others = () => open(account).filter((old) => old.hash !== hash);
  const write = (all) => keep(name(account), JSON.stringify(all.slice(0, MOST)));
  const answered = () => {
    sent.delete(hash);
    write(others());
  };
  sent.set(hash, key);
  write([{ hash, key, at: Date.now() }, ...others()]);
  try {
    // The clock of the browser may be wrong, so the newest work before this press tells whether the earlier one was taken.
    const [newest] = earlier && path === WORKS ? (await api("GET", `${WORKS}?limit=1`)).items : [];
    const made = await api("POST", path, { body, headers: { "idempotency-key": key } });
    answered();
    // Ids grow with the time.
    return { ...made, isRepeated: newest?.id >= made.id };
  } catch (problem) {
    if (isDefinite(problem)) answered();
    if (problem.status === 0 || problem.status >= 500) problem.message += " If you press again, you pay once.";
    throw problem;
  }
}
