// The account and the credits of the person who is signed in, read once. Null for a visitor.

import { actFor, api } from "./api.js";
import { adopt } from "./store.js";

export const signedIn = document.body.hasAttribute("data-signed-in");

let read = {};

function once(name, load) {
  read[name] ??= signedIn ? load().catch((problem) => { delete read[name]; throw problem; }) : Promise.resolve(null);
  return read[name];
}

export const account = () => once("account", async () => {
  const found = await api("GET", "/v1/account");
  actFor(found.id);
  adopt(found.id);
  return found;
});

export const credits = () => once("credits", () => api("GET", "/v1/credits?limit=1"));

// Reads the account and the credits again, and tells them to the page: the events `account` and `credits`.
export async function changed() {
  read = {};
  const [person, balance] = await Promise.all([account(), credits()]);
  document.dispatchEvent(new CustomEvent("account", { detail: person }));
  document.dispatchEvent(new CustomEvent("credits", { detail: balance }));
  return balance;
}
