// What the browser keeps for a person: the draft of a prompt and the theme. Nothing fails where it keeps nothing. Signing
// out clears all of it (Clear-Site-Data), and `forgetAll` does for browsers that do not know that header.

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
export const forgetAll = () => attempt((store) => store.clear());

// Whether the browser keeps anything. One that keeps no cookies keeps nothing else either.
export const keeps = () => attempt((store) => store.length) !== null;

// The key of something personal. Without an account it belongs to nobody yet.
export const own = (key, account) => `${key}:${account ?? ""}`;

// Gives this account what was typed before the sign-in, and forgets what others have left.
export function adopt(account) {
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
