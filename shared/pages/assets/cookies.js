// The choice about advertising on the page about cookies: which one counts, and another one.

import { choose, chosen } from "./consent.js";
import { $ } from "./dom.js";
import { say } from "./say.js";

const WORDS = { given: "You have said yes. To take it back, choose No.", refused: "You have said no.", withdrawn: "You have taken your yes back." };

let now;

async function show() {
  now = await chosen();
  $("choice").textContent = WORDS[now] ?? "You have not chosen. That counts as a no.";
  for (const button of $("consent").querySelectorAll("button")) button.ariaPressed = String(button.value === (now === "withdrawn" ? "refused" : now));
}

$("consent").addEventListener("click", async ({ target: { value } }) => {
  if (!value) return;
  try {
    await choose(value === "refused" && now === "given" ? "withdrawn" : value);
    await show();
  } catch (problem) {
    say.problem(problem);
  }
});
show().catch(say.problem);
