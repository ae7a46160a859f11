// Light or dark, as the person or the system wants it.

import { api } from "./api.js";
import { signedIn } from "./person.js";
import { forget, keep } from "./store.js";

const root = document.documentElement;

// Draws the page light, dark, or as the system wants it.
export function paint(theme) {
  if (theme === "system") {
    delete root.dataset.theme;
    forget("theme");
  } else {
    root.dataset.theme = theme;
    keep("theme", theme);
  }
}

// Draws the page so, and keeps that as a preference.
export async function chooseTheme(theme) {
  paint(theme);
  if (signedIn) await api("PATCH", "/v1/account", { body: { preferences: { theme } } });
}

// Changes dark to light, and light to dark.
export function turn() {
  const now = root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  return chooseTheme(now === "dark" ? "light" : "dark");
}
