// Requests to the API with the session of the person.

import { say } from "./say.js";

// The shortest and the longest wait before a request is repeated, in seconds.
const SHORTEST_WAIT = 2;
const LONGEST_WAIT = 60;
// The longest wait that a sentence gives in seconds.
const SECONDS_IN_WORDS = 90;

// `retryAfter` is in seconds, or null if the answer has no Retry-After.
export class Problem extends Error {
  constructor(status, body, retryAfter = null) {
    super(body.detail ?? sentence(status, Math.max(retryAfter ?? 0, SHORTEST_WAIT)));
    Object.assign(this, { status, code: body.code, field: body.field, body, retryAfter });
  }
}

// The sentence for an answer that has none. The gateway answers `message` in place of `detail`.
function sentence(status, seconds) {
  if (status === 0) return "The service cannot be reached. Check your connection and try again.";
  if (status === 429) return `Too many requests came at once. Wait ${inWords(seconds)}, then try again.`;
  return `The service could not answer. Wait ${inWords(seconds)}, then try again.`;
}

// A wait in words, as in the sentences of the API.
function inWords(seconds) {
  return seconds > SECONDS_IN_WORDS ? `about ${Math.ceil(seconds / 60)} minutes` : `${seconds} seconds`;
}

export const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// The account that this page shows. Each request names it, so a page never acts for another person who has signed in
// meanwhile.
let known;
export function actFor(account) { known = account; }

const tell = (event) => document.dispatchEvent(new CustomEvent(event));

export async function send(method, path, { body, headers } = {}) {
  const request = { method, headers: { ...headers, ...(known && { "x-account": known }) } };
  if (body !== undefined) {
    request.headers["content-type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  let answer;
  let text;
  try {
    answer = await fetch(path, request);
    text = await answer.text();
  } catch {
    throw new Problem(0, {});
  }
  // The gateway sets the media type JSON even on an empty body.
  const json = text && answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : {};
  if (!answer.ok) {
    if (json.code === "other_account") tell("other-account");
    throw new Problem(answer.status, json, Number(answer.headers.get("retry-after")) || null);
  }
  return json;
}

// One refresh at a time. An access token is valid for ten minutes.
let refreshing = null;
function refresh() {
  refreshing ??= send("POST", "/v1/session/refresh").finally(() => { refreshing = null; });
  return refreshing;
}

// A request with a session. It is repeated once with a new access token. The event `session-over` says that there is none.
export async function api(method, path, options) {
  try {
    return await send(method, path, options);
  } catch (problem) {
    if (problem.status !== 401) throw problem;
  }
  try {
    await refresh();
    return await send(method, path, options);
  } catch (problem) {
    if (problem.status === 401) tell("session-over");
    throw problem;
  }
}

const goesOn = (seconds) => say(`The service does not answer. This goes on by itself in ${seconds} seconds.`);

// Repeats a request until it has an answer that a repetition cannot change. A throttle, a failure of the
// service and a lost connection pass. `waits` is called with the seconds before each repetition, and may answer a message,
// which goes away with the last one.
export async function patiently(request, waits = goesOn) {
  let message;
  for (let usual = SHORTEST_WAIT; ; usual = Math.min(2 * usual, LONGEST_WAIT)) {
    try {
      const answer = await request();
      message?.remove();
      return answer;
    } catch (problem) {
      const passes = problem.status === 0 || problem.status === 429 || problem.status >= 500;
      if (!passes) {
        message?.remove();
        throw problem;
      }
      const seconds = Math.min(Math.max(problem.retryAfter ?? usual, SHORTEST_WAIT), LONGEST_WAIT);
      message = waits(seconds);
      await wait(1000 * seconds);
    }
  }
}
