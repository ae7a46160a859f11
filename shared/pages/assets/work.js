// The page of one work.

import { api } from "./api.js";
import { $, element } from "./dom.js";
import * as jobs from "./jobs.js";
import { download, hold, media } from "./links.js";
import { account, changed } from "./person.js";
import { isFilm, nameOf, pathOf } from "./naming.js";
import { announce, say } from "./say.js";
import { keep, own } from "./store.js";
import { clock, day, many, number, span, status as word, value } from "./words.js";
import { change, listen, offers, ratio, read, remove, sizeOf, star } from "./works.js";

const MOST_ANCESTORS = 5;

const id = location.pathname.slice(3).toLowerCase();
let [work, drawn] = [];

// The name of a model or a setting.
const named = (key) => [...$("names").options].find((option) => option.value === key)?.text ?? key;

// The output that the address names: #2 is the second.
const index = () => work.outputs[location.hash.slice(1) - 1] ? location.hash.slice(1) - 1 : 0;

function facts() {
  const { model, settings: { seed, ...settings }, inputs, outputs, created_at: begun, finished_at: ended, cost, failure } = work;
  const output = outputs[index()];
  return [
    ["Model", element("a", { href: `/models/${model}` }, named(model))],
    ...Object.entries(settings).map(([name, chosen]) => [named(name), value(chosen)]),
    ["Seed", seed ?? "Chosen by the model"],
    inputs.length && ["Input", many(inputs.length, "picture")],
    ...output ? [
      ["Size", `${output.width} × ${output.height} pixels`],
      ["File", `${output.content_type.split("/")[1].toUpperCase()}, ${sizeOf(output.bytes)} (${number(output.bytes)} bytes)`],
      ["SHA-256", output.sha256],
    ] : [],
    ["Asked for", clock(begun) + (ended ? `, took ${span((new Date(ended) - new Date(begun)) / 1000)}` : "")],
    ["Cost", many(cost, "credit")],
  ].filter(Boolean);
}

function draw() {
  const { outputs, prompt, progress } = work;
  const at = index();
  const count = outputs.length;
  // A picture stays while other things change.
  const shownFile = count && `${at} ${outputs[at].sha256}`;
  $("figure").style.setProperty("--ar", ratio(work));
  if (shownFile && shownFile === drawn) return;
  drawn = shownFile;
  const bar = jobs.isOpen(work) && element("progress", { max: 100, ariaLabel: "How much of it is made", ...progress && { value: progress } });
  $("figure").replaceChildren(count ? Object.assign(media(work, at, "url", nameOf({ prompt })), { controls: true }) : element("div", { className: "frame" }, bar));
  $("batch").hidden = count < 2;
  $("batch").replaceChildren(...outputs.map((_, n) => element("li", {},
    element("a", { href: `#${n + 1}`, ariaCurrent: String(n === at) }, media(work, n, "thumbnail_url", `Picture ${n + 1} of ${count}`)))));
}

function show(found) {
  work = hold(found);
  const { outputs, failure, disabled, queue_position: before, progress, status } = work;
  const name = nameOf(work);
  draw();
  document.title = `${name.slice(0, 60)} · Cinemaxsai`;
  $("title").textContent = name;
  $("prompt-text").textContent = work.prompt;
  $("facts").replaceChildren(...facts().flatMap(([term, fact]) => [element("dt", {}, term), element("dd", {}, fact)]));
  if (!disabled) $("statement").replaceChildren();
  else if (!$("statement").firstChild) import("./notices.js").then(({ statement }) => $("statement").replaceChildren(statement(disabled)), say.problem);
  $("state").textContent = failure ? `${failure.detail} ${many(failure.released, "credit")} came back.`
    : disabled ? "Disabled" : before ? `Waiting: ${before} before you` : word(status) + (progress ? `, ${progress} %` : "");
  $("work").dataset.state = jobs.isOpen(work) ? "open" : outputs.length ? "done" : "bare";
  $("star").ariaPressed = String(work.favourite);
  $("first").hidden = outputs.length < 2 || isFilm(work);
  offers($("offers"), work);
}

// The works that it was made from, one after the other.
async function lineage() {
  const line = (...parts) => {
    $("lineage").hidden = false;
    $("lineage").lastElementChild.append(element("li", {}, ...parts));
  };
  let from = work.based_on;
  for (let n = 0; from && n < MOST_ANCESTORS; n += 1) {
    const found = await read(pathOf(from), () => line("The work that it was made from is deleted."));
    if (!found) return;
    line(element("a", { href: `/g/${from}` }, found.outputs.length ? media(hold(found), 0, "thumbnail_url", "") : "",
      element("span", {}, nameOf(found), element("br"), element("span", { className: "meta" }, `${named(found.model)}, ${day(found.created_at)}`))));
    from = found.based_on;
  }
}

function gone() {
  $("work").hidden = true;
  $("gone").hidden = false;
  $("gone").firstElementChild.focus();
}

function rename(isOn) {
  $("renaming").hidden = !isOn;
  $("heading").hidden = isOn;
  $("new-title").value = work.title ?? "";
  $(isOn ? "new-title" : "rename").focus();
}

listen($("work"), {
  again: () => location.reload(),
  rename: () => rename(true),
  keep: () => rename(false),
  async title() {
    show(await change(id, { title: $("new-title").value.trim() || null }));
    rename(false);
  },
  download: () => download(work, index()),
  star: async () => show(await star(work)),
  async copy() {
    await navigator.clipboard.writeText(work.prompt);
    say.done("Copied.");
  },
  async delete() {
    const removed = await remove([id]);
    if (!removed.ids.length) return;
    keep(own("deleted", (await account()).id), JSON.stringify(removed));
    location.assign("/library");
  },
  async cancel() {
    const { cancel_price: price } = await api("GET", pathOf(id));
    const question = `Today's free cancellations are used up, so this costs up to ${price} credits. Cancel it all the same?`;
    if (price > 0 && !confirm(question)) return;
    jobs.watch(await api("POST", `${pathOf(id)}/cancel`, { body: { max_cost: price ?? 0 } }));
    $("title").focus();
    changed();
  },
});
$("renaming").addEventListener("keydown", ({ key }) => { if (key === "Escape") rename(false); });

const found = await read(pathOf(id), gone);
if (found) {
  show(found);
  if (jobs.isOpen(work)) jobs.watch(work);
  addEventListener("hashchange", () => show(work));
  jobs.on((next, before) => {
    if ((next ?? before).id !== id) return;
    if (!next) return gone();
    if (jobs.isOpen(work) && !jobs.isOpen(next)) announce(word(next.status));
    show(next);
  });
  await lineage();
}
