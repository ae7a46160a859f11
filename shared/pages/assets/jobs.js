// The jobs under way. One list serves all jobs of the page. It is read less often while nothing changes, whatever fails,
// and not at all while nothing is awaited.

import { api } from "./api.js";
import { FINAL } from "./words.js";

const SHORTEST_MS = 1500;
const LONGEST_MS = 10_000;
const LONGEST_AFTER_FAILURE_MS = 60_000;
// How long thumbnails are awaited after the end of a generation.
const THUMBNAILS_MS = 60_000;

const known = new Map();
// When the end of a generation was seen, and when it was last told by another request than the list.
const ended = new Map();
const told = new Map();
const listeners = [];
let limit = 8;
let delay = SHORTEST_MS;
let timer = null;
// The read under way.
let reading = null;
let isOver = false;
let read = 0;

export const isOpen = ({ status }) => !FINAL.includes(status);

// The number of jobs under way.
export const running = () => [...known.values()].filter(isOpen).length;

// Calls back with each generation that is new or has changed, and with what was known before. The first is null when
// the generation is gone. What is known already comes at once.
export function on(callback) {
  listeners.push(callback);
  for (const generation of known.values()) callback(generation);
}

// All of a generation that can change and be seen. Links always change.
const face = ({ status, progress, queue_position, outputs, title, favourite, disabled }) =>
  JSON.stringify([status, progress, queue_position, outputs.map((output) => Boolean(output.thumbnail_url)), title, favourite, disabled]);

// Tells the bar how many are under way, after each read too.
const light = () => document.dispatchEvent(new CustomEvent("running", { detail: running() }));

function tell(generation, before) {
  for (const listener of listeners) listener(generation, before);
  light();
}

function take(generation) {
  if (isOver) return false;
  const before = known.get(generation.id);
  known.set(generation.id, generation);
  if (!isOpen(generation) && !ended.has(generation.id)) ended.set(generation.id, performance.now());
  if (before && face(before) === face(generation)) return false;
  tell(generation, before);
  return true;
}

function isAwaited(generation) {
  if (isOpen(generation)) return true;
  const lacks = generation.outputs.some((output) => output.content_type.startsWith("image/") && !output.thumbnail_url);
  return lacks && performance.now() - ended.get(generation.id) < THUMBNAILS_MS;
}

const awaited = () => [...known.values()].filter(isAwaited);

// A generation that another request has told: it has just been made, canceled or changed.
export function watch(generation) {
  told.set(generation.id, performance.now());
  take(generation);
  delay = SHORTEST_MS;
  if (!reading) later();
}

// A generation that has been deleted.
export function forget(id) {
  const before = known.get(id);
  if (before && known.delete(id)) tell(null, before);
}

function later() {
  clearTimeout(timer);
  if (!isOver) timer = setTimeout(() => look(), delay);
}

// One that the list does not have: it is older than all of the list, or it is gone.
async function readOne({ id }) {
  try {
    return await api("GET", `/v1/generations/${id}`);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    return forget(id);
  }
}

async function readAll() {
  const began = performance.now();
  const { items } = await api("GET", `/v1/generations?limit=${limit}`);
  const listed = new Set(items.map(({ id }) => id));
  const others = await Promise.all(awaited().filter(({ id }) => !listed.has(id)).map(readOne));
  const all = [...items.reverse(), ...others].filter((found) => found && !(told.get(found.id) > began));
  return all.map(take).includes(true);
}

async function readOnce() {
  clearTimeout(timer);
  let failed = false;
  try {
    delay = await readAll() ? SHORTEST_MS : Math.min(1.4 * delay, LONGEST_MS);
    light();
  } catch (problem) {
    failed = true;
    delay = Math.min(Math.max(2 * delay, 1000 * (problem.retryAfter ?? 0)), LONGEST_AFTER_FAILURE_MS);
  }
  reading = null;
  read = performance.now();
  if (failed || awaited().length) later();
}

// Reads the list now. `most` is the number of generations that the page shows: a read under way that asks for fewer is
// awaited, and followed by another one.
export async function look(most = 0) {
  const isWider = most > limit;
  limit = Math.max(limit, most);
  if (reading && isWider) await reading;
  if (!isOver) await (reading ??= readOnce());
}

// At once, when the person is back or the connection is. A list that was read just now is new enough.
function wake() {
  if (document.hidden || (performance.now() - read < LONGEST_MS && !awaited().length)) return;
  delay = SHORTEST_MS;
  look();
}

addEventListener("online", wake);
document.addEventListener("visibilitychange", wake);
document.addEventListener("left", () => {
  isOver = true;
  clearTimeout(timer);
  known.clear();
});
