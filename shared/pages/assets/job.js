// One generation among the results: under way, delivered, or not.

import { Problem } from "./api.js";
import { element, icon } from "./dom.js";
import { isOpen } from "./jobs.js";
import { download, media } from "./links.js";
import { isFilm, nameOf } from "./naming.js";
import { say } from "./say.js";
import { clock, many, number, shape, span, status } from "./words.js";

const CANCELABLE = ["queued", "submitting", "running"];
// Failures for which the same request can do better.
const PASSING = ["provider_failed", "provider_canceled", "provider_lost", "output_unusable", "timed_out"];
const SHAPES = ["1:1", "3:2", "2:3", "4:3", "3:4", "5:4", "4:5", "16:9", "9:16", "21:9", "9:21"];
// How far a job has come when the typical time is not known, in seconds.
const USUAL = { picture: 15, film: 120 };

// All of a generation that an element shows. The element need not be made again while it stays the same.
export const face = ({ status, progress, queue_position, title, outputs, disabled }) =>
  JSON.stringify([status, progress, queue_position, title, outputs.length, disabled]);

const proportion = (text) => text.split(":").reduce((width, height) => width / height);

// The shape that the stylesheet knows for an output, or for what will be one. Undefined if none is near.
function shapeOf(generation) {
  const { outputs: [output], settings } = generation;
  if (!output) return shape(settings.aspect_ratio ?? settings.image_size) ?? (isFilm(generation) ? "16:9" : "1:1");
  return SHAPES.find((known) => Math.abs(Math.log(proportion(known) * output.height / output.width)) < 0.03);
}

// Does something at a click, once at a time. The button is not disabled, because that would lose the focus.
function acts(button, act) {
  let isBusy = false;
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    await Promise.resolve(event).then(act).catch(say.problem);
    isBusy = false;
  });
  return button;
}

export const button = (action, words, act, ...parts) =>
  acts(element("button", { className: "btn small", type: "button", dataset: { action }, textContent: words }, ...parts), act);

const lines = (...texts) => element("p", { className: "meta" }, ...texts.filter(Boolean).flatMap((text) => [text, element("br")]).slice(0, -1));

// The line with the button that cancels. The words about the price, and what a press does, come from a module of their own.
function cancel(generation) {
  const line = element("div", { className: "line" });
  const load = () => import("./cancel.js").then(({ cancel }) => cancel(generation, line), () => { throw new Problem(0, {}); });
  line.append(button("cancel", "Cancel", async (event) => (await load())(event)));
  load().catch(() => {});
  return line;
}

// Draws how long each job runs, and how far it has come.
function tick() {
  for (const bar of document.querySelectorAll("progress[data-since]")) {
    const seconds = Math.max(0, (Date.now() - Date.parse(bar.dataset.since)) / 1000);
    bar.nextSibling.textContent = span(seconds);
    // Never full before it is done: at the typical time it shows 86 of 100.
    if (bar.dataset.typical) bar.value = 1 - Math.exp(-2 * seconds / bar.dataset.typical);
  }
}
setInterval(tick, 1000);

function underWay(generation, heading, { name, seconds }) {
  const { created_at: since, progress, queue_position: before, cost, status: code } = generation;
  const typical = progress === null ? { typical: seconds || USUAL[isFilm(generation) ? "film" : "picture"] } : {};
  const bar = element("progress", { max: 1, value: (progress ?? 0) / 100, dataset: { since, ...typical } });
  bar.setAttribute("aria-labelledby", heading.id);
  const state = element("p", {}, element("b", { textContent: status(code) }),
    before > 0 && `, ${number(before)} before it`, code === "running" && seconds > 0 && `, about ${span(seconds)} in all`);
  return [
    element("div", { className: "frame", dataset: { ar: shapeOf(generation) } }, bar, element("p", { className: "clock", ariaHidden: "true" })),
    element("div", { className: "note" }, heading, state,
      lines(name, `${shapeOf(generation)} · ${many(cost, "credit")} held`), CANCELABLE.includes(code) && cancel(generation)),
  ];
}

function picture(generation, index, kind, text) {
  const ar = shapeOf(generation);
  const link = element("a", { href: `/g/${generation.id}` }, media(generation, index, kind, text));
  if (kind === "url" && ar) Object.assign(link, { className: "frame" }).dataset.ar = ar;
  return link;
}

function shown(generation) {
  const text = nameOf(generation);
  const all = generation.outputs;
  if (isFilm(generation)) return Object.assign(media(generation, 0, "url", text), { controls: true });
  if (all.length === 1) return picture(generation, 0, "url", text);
  const tiles = all.map((_, n) => element("li", {}, picture(generation, n, "thumbnail_url", `Picture ${n + 1} of ${all.length}`)));
  return element("ul", { className: "sheet", dataset: { ar: shapeOf(generation) ?? "1:1" } }, ...tiles);
}

const ACTS = [["repeat", "repeat", "Repeat"], ["variation", "vary", "Variation"], ["upscale", "enlarge", "Upscale"], ["input", "picture", "Use as input"]];

function delivered(generation, heading, { name }) {
  const { id, outputs, settings, cost, created_at: made, finished_at: done, disabled } = generation;
  if (disabled) {
    const reasons = element("div");
    import("./notices.js").then(({ statement }) => reasons.append(statement(disabled)), say.problem);
    return [reasons, element("div", { className: "note" }, heading)];
  }
  const asked = settings.num_outputs ?? settings.num_images ?? 1;
  const what = isFilm(generation) ? "video" : "picture";
  const took = span((Date.parse(done) - Date.parse(made)) / 1000);
  const facts = lines(name, [shapeOf(generation), outputs.length > 1 && `${outputs.length} pictures`, many(cost, "credit")].filter(Boolean).join(" · "),
    `${clock(made)}, took ${took}`, `AI-generated ${what}`);
  const links = ACTS.filter(([as]) => as === "repeat" || !isFilm(generation)).map(([as, drawn, words]) =>
    element("a", { className: "btn bare small", href: `/create?from=${id}&as=${as}`, dataset: { as } }, icon(drawn), words));
  const saves = outputs.map((output, n) => {
    const which = outputs.length > 1 ? ` ${n + 1}` : "";
    const ariaLabel = `Download the AI-generated ${what}${which}`;
    const link = element("a", { className: "btn bare small", href: output.download_url, ariaLabel, dataset: { action: `save-${n}` } }, icon("download"), `Download${which}`);
    return acts(link, () => download(generation, n));
  });
  return [shown(generation), element("div", { className: "note" }, heading,
    outputs.length < asked && element("p", { textContent: `${outputs.length} of ${asked} pictures were made. The others cost nothing.` }),
    facts, element("div", { className: "acts" }, ...links, ...saves))];
}

function notDelivered(generation, heading, { again, dismiss }) {
  const { id, cost, failure, status: code } = generation;
  const back = failure.released > 0 && element("span", { className: "good", textContent: ` Your ${many(failure.released, "credit")} are back.` });
  const isSame = PASSING.includes(failure.code);
  const retry = isSame ? button("again", `Try again for ${many(failure.released, "credit")}`, () => again(generation))
    : element("a", { className: "btn small", href: `/create?from=${id}&as=repeat`, textContent: "Change it", dataset: { as: "repeat", action: "change" } });
  const close = button("dismiss", "", () => dismiss(generation), icon("close"));
  Object.assign(close, { className: "btn bare small", ariaLabel: "Dismiss" });
  return [icon(code === "canceled" ? "info" : "warn"), element("p", {}, heading, " ", failure.detail, back, cost > 0 && ` It cost ${many(cost, "credit")}.`),
    code !== "canceled" && retry, close];
}

// The element of a generation. `name` and `seconds` are the name and the typical seconds of its model; `again` and
// `dismiss` act on one that delivered nothing.
export function job(generation, context) {
  const { id, created_at: made, status: code } = generation;
  const isStrip = !isOpen(generation) && code !== "succeeded";
  const heading = element(isStrip ? "b" : "h3", { id: `title-${id}`, className: "brief", textContent: nameOf(generation) });
  const draw = isOpen(generation) ? underWay : isStrip ? notDelivered : delivered;
  const className = isStrip ? `strip ${code === "canceled" ? "" : "bad"}` : "job";
  const article = element("article", { id: `g-${id}`, className, tabIndex: -1, dataset: { made, status: code, face: face(generation) } },
    ...draw(generation, heading, context).filter(Boolean));
  article.setAttribute("aria-labelledby", heading.id);
  queueMicrotask(tick);
  return article;
}
