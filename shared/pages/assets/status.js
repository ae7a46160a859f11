// The state of the models now, from GET /v1/status.

import { patiently, send } from "./api.js";
import { $ } from "./dom.js";
import { say } from "./say.js";
import { clock, span } from "./words.js";

const REASONS = { paused: "Paused", failing: "Has trouble, tried again within the hour" };

async function show() {
  const read = () => send("GET", "/v1/status");
  const { status, models, checked_at } = await patiently(read, (seconds) =>
    say(`The service does not answer. This page tries again in ${seconds} seconds.`));
  say();
  const words = status === "ok" ? "Everything works." : "Some models take no new work right now.";
  $("status").textContent = `${words} Checked on ${clock(checked_at)}.`;
  for (const { id, available, reason, typical_seconds } of models) {
    const row = document.querySelector(`[data-model="${CSS.escape(id)}"]`);
    if (!row) continue;
    const [, state, time] = row.cells;
    state.textContent = available ? "Available" : REASONS[reason] ?? "Not available";
    state.className = available ? "good" : "bad";
    time.textContent = typical_seconds ? span(typical_seconds) : "–";
  }
}

show().catch(say.problem);
