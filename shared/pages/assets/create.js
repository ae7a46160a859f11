// The page on which works are made. A visitor has the composer alone.

import { api, patiently } from "./api.js";
import { readStatus, refresh, start } from "./composer.js";
import { $ } from "./dom.js";
import { signedIn } from "./person.js";
import { say } from "./say.js";

// The address may name a work from which to start.
async function follow({ searchParams }) {
  const [id, as] = [searchParams.get("from"), searchParams.get("as")];
  if (!id || !signedIn) return;
  try {
    const work = await patiently(() => api("GET", `/v1/generations/${encodeURIComponent(id)}`));
    (await import("./begin.js")).begin(work, as);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    say("This work is no longer here.");
  }
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
  if (!signedIn) return;
  const here = new URL(location);
  const { show } = await import("./results.js");
  await Promise.all([show(), follow(here)]);
  if (here.searchParams.has("from")) history.replaceState(null, "", "/create");
}

open().catch((problem) => { refresh(); say.problem(problem); });
