// A picture for a model that takes one: chosen, dropped or pasted, and shown. Or the picture of a work. The checks and the
// way to the bucket are loaded for the first file.

import { Problem } from "./api.js";
import { $ } from "./dom.js";
import { fresh } from "./links.js";
import { announce } from "./say.js";

// An upload can be used for 24 hours.
const LIFETIME_MS = 23 * 60 * 60 * 1000;

// The attachment: {upload, at} or {generation}, and a name. An upload under way has neither, and `part` of it is sent.
let attached = null;
let sending = null;
let changed = () => {};

// The part of an upload under way that is sent, from 0 to 1. Null if none is under way.
export const uploading = () => attached?.part ?? null;
export const isMissing = () => !attached;

// The field of a request for the attachment.
export const input = () => attached.generation ? { based_on: attached.generation } : { inputs: [attached.upload] };

// The part of it that a draft keeps.
export const kept = () => attached && attached.part === undefined ? attached : null;

function complain(words) {
  $("file-problem").textContent = words;
  $("file-problem").hidden = !words;
  if (words) announce(words);
}

// Shows what a model takes.
export function showFor(takesPicture) {
  $("drop").hidden = !takesPicture;
}

function shows(src) {
  if ($("preview").src.startsWith("blob:")) URL.revokeObjectURL($("preview").src);
  if (src) $("preview").src = src; else $("preview").removeAttribute("src");
  $("preview").hidden = !src;
  $("attached-name").textContent = attached?.name ?? "";
  $("attached").hidden = !attached;
  $("choose").hidden = Boolean(attached);
  $("upload").hidden = attached?.part === undefined;
}

// Attaches a picture that is there already, or none. The preview of a work comes later.
export function attach(picture) {
  sending?.abort();
  sending = null;
  const isGone = picture?.upload && Date.now() - picture.at > LIFETIME_MS;
  attached = isGone ? null : picture;
  $("file").value = "";
  complain(isGone ? "The picture was kept for a day. Add it again." : "");
  shows();
  if (!attached?.generation) return;
  const mine = attached;
  fresh({ id: mine.generation }, 0, "thumbnail_url").then(
    (src) => { if (attached === mine) shows(src); },
    ({ status, message }) => { if (attached === mine && status === 404) { attach(null); complain(message); changed(); } });
}

async function upload(file) {
  const { pictureType, upload: send } = await import("./picture.js").catch(() => { throw new Problem(0, {}); });
  const type = await pictureType(file, $("file").dataset);
  attach(null);
  const mine = { name: file.name || "The picture", part: 0 };
  attached = mine;
  sending = new AbortController();
  const { signal } = sending;
  shows(URL.createObjectURL(file));
  changed();
  try {
    await $("preview").decode();
    const id = await send(file, type, signal, (part) => { $("upload").value = mine.part = part; changed(); });
    if (attached !== mine) return;
    delete mine.part;
    Object.assign(mine, { upload: id, at: Date.now() });
    $("upload").hidden = true;
    announce("The picture is here.");
  } catch (problem) {
    if (attached !== mine) return;
    attach(null);
    throw problem;
  }
}

// Registers the event listeners. Calls back when the attachment changes.
export function listen(callback) {
  changed = callback;
  const take = async ([file]) => {
    if (!file || $("drop").hidden || $("file").disabled) return;
    complain("");
    // The button that has the focus gives way to another one.
    const hadFocus = $("drop").contains(document.activeElement);
    // The errors of a browser have names of their own: it cannot read the file, or the picture.
    await upload(file).catch(({ status, name, message }) => {
      if (status !== 401) complain(name === "Error" ? message : "This picture cannot be read. Choose another one.");
    });
    if (hadFocus && document.activeElement === document.body) (attached ? $("detach") : $("file")).focus();
    $("file").value = "";
    changed();
  };
  $("file").addEventListener("change", () => take([...$("file").files]));
  $("detach").addEventListener("click", () => { attach(null); changed(); $("file").focus(); });
  const form = $("composer");
  const carries = (event) => event.dataTransfer.types.includes("Files") && !$("drop").hidden;
  form.addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); $("drop").classList.toggle("over", carries(event)); });
  form.addEventListener("dragleave", () => $("drop").classList.remove("over"));
  form.addEventListener("drop", (event) => {
    if (carries(event)) event.preventDefault();
    $("drop").classList.remove("over");
    take([...event.dataTransfer.files]);
  });
  form.addEventListener("paste", ({ clipboardData }) => take([...clipboardData.files]));
}
