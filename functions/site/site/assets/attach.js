// A picture for models that accept one: chosen or dropped, shown, and uploaded directly to the bucket.

const $ = (id) => document.getElementById(id);
const TYPES = ["image/png", "image/jpeg", "image/webp"];
const MOST_BYTES = 20 * 1024 * 1024;

// The attachment: an upload, or a generation whose first picture is used.
let attached = null;
let sending = null;

// The field of a request for the attachment. Waits until the upload has ended.
export async function input() {
  await attached?.sent;
  if (!attached) return {};
  return attached.generation ? { based_on: attached.generation } : { inputs: [attached.upload] };
}

// Shows the inputs that a model accepts.
export function showFor(model) {
  $("attach").hidden = !model?.inputs;
}

export function isNeeded(model) {
  return Boolean(model?.inputs) && !attached;
}

// Attaches the picture of a generation.
export function attachGeneration(generation, changed) {
  detach();
  attached = { generation: generation.id };
  shows(generation.outputs[0].url, generation.title ?? generation.prompt);
  $("progress").hidden = true;
  changed();
}

export function detach() {
  sending?.abort();
  if ($("preview").src.startsWith("blob:")) URL.revokeObjectURL($("preview").src);
  attached = sending = null;
  $("file").value = "";
  $("preview").removeAttribute("src");
  $("attached").hidden = true;
  $("drop").hidden = false;
}

function shows(src, name) {
  $("preview").src = src;
  $("attached-name").textContent = name;
  $("attached").hidden = false;
  $("drop").hidden = true;
}

async function attach(file, api, changed) {
  if (!TYPES.includes(file.type)) throw new Error("Choose a PNG, JPEG or WebP.");
  if (file.size > MOST_BYTES) throw new Error("This picture has more than 20 MB. Choose a smaller one.");
  detach();
  const taken = { upload: null };
  attached = taken;
  shows(URL.createObjectURL(file), file.name);
  $("progress").hidden = false;
  $("progress").value = 0;
  taken.sent = (async () => {
    const open = await api("POST", "/v1/uploads", { body: { content_type: file.type, bytes: file.size } });
    if (attached !== taken) return;
    await post(open, file);
    taken.upload = open.id;
    $("progress").hidden = true;
    changed();
  })();
  try {
    await taken.sent;
  } catch (problem) {
    if (attached !== taken) return;
    detach();
    throw problem;
  }
}

// fetch reports no upload progress.
function post(open, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(open.fields)) form.append(name, value);
  form.append("file", file);
  return new Promise((done, failed) => {
    sending = new XMLHttpRequest();
    sending.upload.addEventListener("progress", ({ loaded, total }) => { $("progress").value = loaded / total; });
    sending.addEventListener("load", ({ target }) =>
      target.status < 300 ? done() : failed(new Error("The picture was not taken. Try again.")));
    sending.addEventListener("error", () => failed(new Error("The picture could not be sent. Check your connection and try again.")));
    sending.open("POST", open.url);
    sending.send(form);
  });
}

// Registers the event listeners. Calls `changed` when the attachment changes.
export function listen(api, changed, show) {
  const take = (file) => { if (file) attach(file, api, changed).catch(show).finally(changed); };
  $("file").addEventListener("change", () => take($("file").files[0]));
  $("detach").addEventListener("click", () => { detach(); changed(); $("file").focus(); });
  const drop = $("drop");
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(event.dataTransfer.files[0]);
  });
}
