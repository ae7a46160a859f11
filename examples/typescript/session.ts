// The session of README.md, with the types of the contract.

import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const base = process.argv[2] ?? "http://127.0.0.1:8080";

/** Signs in at the local Google. The cookies are `Secure`, so they are carried by hand. */
async function signIn(subject: string): Promise<string> {
  const begun = await fetch(`${base}/v1/login/google`, { redirect: "manual" });
  const attempt = begun.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
  const form = new URLSearchParams({ sub: subject });
  const consent = await fetch(location(begun), { method: "POST", body: form, redirect: "manual" });
  const arrived = await fetch(location(consent), { headers: { cookie: attempt }, redirect: "manual" });
  const session = arrived.headers.getSetCookie().find((cookie) => cookie.startsWith("__Host-session="));
  const token = session?.split(";")[0]?.slice("__Host-session=".length);
  if (!token) throw new Error(`the sign-in answers ${arrived.status}`);
  return token;
}

function location(answer: Response): string {
  const location = answer.headers.get("location");
  if (!location) throw new Error(`no redirect: ${answer.status}`);
  return location;
}

/** The data of an answer, or an error with its problem document. */
function data<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const token = await signIn("alice");
const api = createClient<paths>({ baseUrl: base, headers: { authorization: `Bearer ${token}` } });

console.log("signed in as", data(await api.GET("/v1/account")).name);
console.log("models:", data(await api.GET("/v1/models")).items.length);

const started = await api.POST("/v1/generations", {
  params: { header: { "Idempotency-Key": randomUUID() } },
  body: { model: "flux-schnell", prompt: "A lighthouse in a storm", settings: { aspect_ratio: "16:9" } },
});
const { id } = data(started);
let generation = data(await api.GET("/v1/generations/{id}", { params: { path: { id } } }));
while (generation.finished_at === null) {
  console.log(generation.status, generation.progress ?? "");
  await setTimeout(1000);
  generation = data(await api.GET("/v1/generations/{id}", { params: { path: { id } } }));
}
const output = generation.outputs[0];
if (!output) throw new Error(`the generation ended as ${generation.status}`);
const file = await fetch(output.download_url);
await writeFile("lighthouse.png", Buffer.from(await file.arrayBuffer()));
console.log("saved lighthouse.png,", output.width, "by", output.height);

console.log("credits:", data(await api.GET("/v1/credits")).available);
console.log("months of usage:", data(await api.GET("/v1/usage")).months.length);
const ended = await api.DELETE("/v1/session");
if (ended.error) throw new Error(JSON.stringify(ended.error));
console.log("signed out");
