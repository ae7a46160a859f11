// The page on which works are made. A visitor has the composer alone.

import { readStatus, refresh, start } from "./composer.js";
import { $ } from "./dom.js";
import { signedIn } from "./person.js";
import { say } from "./say.js";

// The address may name a work from which to start.
async function follow({ searchParams }) {
  if (signedIn && searchParams.has("from")) await (await import("./begin.js")).follow(searchParams);
}

$("jobs").addEventListener("click", (event) => {
  const link = event.target.closest("a[data-as]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  follow(new URL(link.href)).catch(say.problem);
});

async function open() {
  readStatus().catch(() => {});
  await start();
  const here = new URL(location);
  // A reload must not fill in the same once more. A visitor needs the address for the way back.
  if (signedIn || here.searchParams.has("model")) history.replaceState(null, "", "/create");
  if (!signedIn) return;
  const { show } = await import("./results.js");
  await Promise.all([show(), follow(here)]);
}

open().catch((problem) => { refresh(); say.problem(problem); });
