// The browser's storage for a person: drafts, the keys of unanswered requests, dismissed failures, the theme. Nothing
// fails where the browser keeps nothing. Signing out clears all of it (Clear-Site-Data), and `forgetAll` does for
// browsers that do not know that header, and for the cookie of the choice about advertising.

function attempt(act) {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
}

export const keep = (key, value) => attempt((store) => store.setItem(key, value));
export const kept = (key) => attempt((store) => store.getItem(key));
export const forget = (key) => attempt((store) => store.removeItem(key));
// The choice about advertising that a visitor has made. It is a cookie.
export const visitorsChoice = () => attempt(() => document.cookie.match(/(?:^|; )consent=([^;]*)/)?.[1]);
export const forgetChoice = () => attempt(() => { document.cookie = `consent=; Path=/; Max-Age=0; SameSite=Lax; Secure`; });
export function forgetAll() {
  forgetChoice();
  attempt((store) => store.clear());
}

// Whether the browser keeps anything. One that keeps no cookies keeps nothing else either.
export const keeps = () => attempt((store) => store.length) !== null;

// The key of something personal. Without an account it belongs to nobody yet.
export const own = (key, account) => `${key}:${account ?? ""}`;

// Whether the browser keeps a value with this beginning under this name, whoever owns it. It answers before the account
// is read.
export const anyKeeps = (name, value) =>
  attempt((store) => Object.entries(store).some(([key, found]) => key.startsWith(`${name}:`) && found.startsWith(value)));

// Gives this account what was typed and chosen before the sign-in, and forgets what others have left.
export function adopt(account) {
  const choice = visitorsChoice();
  if (choice) keep(own("consent", account), choice);
  forgetChoice();
  attempt((store) => {
    for (const key of Object.keys(store)) {
      const [name, owner] = key.split(":");
      if (owner === undefined || owner === account) continue;
      const value = store.getItem(key);
      if (owner === "" && value) store.setItem(own(name, account), value);
      store.removeItem(key);
    }
  });
}
