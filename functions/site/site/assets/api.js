// Requests to the API with the session of the user.

class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? "The service cannot be reached. Check your connection and try again.");
    this.status = status;
    this.code = body.code;
  }
}

export async function send(method, path, { body, headers } = {}) {
  const request = { method, headers: { ...headers } };
  if (body !== undefined) {
    request.headers["content-type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, request);
  } catch {
    throw new Problem(0, {});
  }
  // The gateway sets the media type JSON even on an empty body.
  const text = await answer.text();
  const json = text && answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : {};
  if (!answer.ok) throw new Problem(answer.status, json);
  return json;
}

// One refresh at a time. An access token is valid for ten minutes.
let refreshing = null;
function refresh() {
  refreshing ??= send("POST", "/v1/session/refresh").finally(() => { refreshing = null; });
  return refreshing;
}

export async function api(method, path, options) {
  try {
    return await send(method, path, options);
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    await refresh();
    return send(method, path, options);
  }
}
