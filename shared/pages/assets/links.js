// Links to files. They are valid for five minutes, so each use takes one that was read in the last four.

import { api, patiently, Problem } from "./api.js";
import { element } from "./dom.js";

const FRESH_MS = 4 * 60_000;
const RETRY_MS = 15_000;

// By id: the work as it was read last, when, and the list that had it.
const known = new Map();
const reading = new Map();

// Remembers a work and its links. `list` is the path of the list that had it: one request renews all of its links.
export function hold(work, list = known.get(work.id)?.list) {
  known.set(work.id, { work, list, at: Date.now() });
  return work;
}

export const forgetLinks = () => known.clear();

function renew(path) {
  if (!reading.has(path)) {
    const answer = patiently(() => api("GET", path)).then((answer) => (answer.items ?? [answer]).forEach((one) => hold(one)));
    reading.set(path, answer.finally(() => reading.delete(path)));
  }
  return reading.get(path);
}

// A link to an output, read after `since`. Without a thumbnail it is the link to the whole file.
export async function fresh({ id }, index, kind, since = 0) {
  // A list may no longer have the work.
  for (const path of [known.get(id)?.list, `/v1/generations/${id}`]) {
    if (path && !(known.get(id)?.at > Math.max(since, Date.now() - FRESH_MS))) await renew(path);
  }
  const output = known.get(id)?.work.outputs[index];
  if (!output) throw new Problem(404, { detail: "This file is no longer here." });
  return output[kind] ?? output.url;
}

const near = new IntersectionObserver((all) => {
  for (const { isIntersecting, target } of all) if (isIntersecting) target.dispatchEvent(new Event("near"));
}, { rootMargin: "50%" });

// A picture or a film of an output. It is loaded when it comes near, once more with a new link if that fails, and then
// again after a while, when the browser is back online, and when the person comes back to the page.
export function media(work, index, kind, text) {
  const { content_type: type, width, height } = work.outputs[index];
  const made = type.startsWith("video/")
    ? element("video", { width, height, ariaLabel: text, muted: true, loop: true, playsInline: true, preload: "metadata" })
    : element("img", { width, height, alt: text });
  let [used, failed, later] = [0, false];
  function loadLater() {
    later = new AbortController();
    const { signal } = later;
    addEventListener("online", load, { signal });
    document.addEventListener("visibilitychange", load, { signal });
    setTimeout(() => signal.aborted || near.observe(made), RETRY_MS);
  }
  async function load() {
    later?.abort();
    near.unobserve(made);
    // A film goes on where its link ended.
    const { currentTime, paused } = made;
    try {
      made.src = await fresh(work, index, kind, used);
    } catch {
      // The work is gone, or the session is over.
      return;
    }
    used = known.get(work.id).at;
    if (currentTime) made.currentTime = currentTime;
    if (paused === false) made.play();
  }
  made.addEventListener("near", load);
  // Pictures tell the first, films the second.
  for (const event of ["load", "loadeddata"]) made.addEventListener(event, () => { failed = false; });
  made.addEventListener("error", () => {
    if (failed) return loadLater();
    failed = true;
    return load();
  });
  near.observe(made);
  return made;
}

// Saves an output. The page is left only for a link that works, and the answer to it is a download.
export const download = async (work, index) => location.assign(await fresh(work, index, "download_url"));
