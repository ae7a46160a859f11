// A picture of the person: checked, and sent to the bucket directly. The limits come from the page.

import { api, Problem } from "./api.js";

const MEGA = 1024 * 1024;
const million = (pixels) => `${(Math.ceil(pixels / 1e5) / 10).toLocaleString("en")} million`;
const letters = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to));

// The media type of a picture by its content. Throws an error that says why the picture cannot be used. `limits` has
// the most bytes of the file, the longest side in pixels, and the most pixels: of most pictures (`plain`), of one with
// transparency or a progressive JPEG (`costly`), and of one with 16 bits a colour (`deep`).
export async function pictureType(file, limits) {
  if (file.size > limits.bytes) {
    throw new Error(`This picture has ${Math.ceil(10 * file.size / MEGA) / 10} MB. It may have ${limits.bytes / MEGA} MB.`);
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const form = bytes.length > 32 && FORMS.find(({ magic }) => magic.test(letters(bytes, 0, 12)));
  if (!form) throw new Error("This file is no PNG, JPEG or WebP. Choose another one.");
  const picture = form.read(bytes, new DataView(bytes.buffer));
  if (!picture?.isWhole) throw new Error("The end of this picture is missing. Choose the whole file.");
  const { width, height, most } = picture;
  if (Math.max(width, height) > limits.side) throw new Error(`This picture is ${width} × ${height} pixels. A side may have ${limits.side}.`);
  if (width * height > limits[most]) {
    throw new Error(`This picture has ${million(width * height)} pixels. It may have ${million(limits[most])}. Make it smaller first.`);
  }
  return form.type;
}

// Sends a picture, and answers the id of the upload. `sent` is called with the part that is sent, from 0 to 1.
export async function upload(file, content_type, signal, sent) {
  const { id, url, fields } = await api("POST", "/v1/uploads", { body: { content_type, bytes: file.size } });
  signal.throwIfAborted();
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  // fetch reports no upload progress.
  const request = new XMLHttpRequest();
  signal.addEventListener("abort", () => request.abort());
  return new Promise((done, failed) => {
    request.upload.addEventListener("progress", ({ loaded, total }) => sent(loaded / total));
    request.addEventListener("load", () => request.status < 300 ? done(id) : failed(new Error("The picture was not taken. Try again.")));
    request.addEventListener("error", () => failed(new Problem(0, {})));
    request.open("POST", url);
    request.send(form);
  });
}

// How a format begins, and what its headers tell. `isWhole` says that the end of the file is there.
const FORMS = [
  {
    type: "image/png",
    magic: /^\x89PNG\r\n\x1a\n/,
    read: (bytes, view) => ({
      width: view.getUint32(16),
      height: view.getUint32(20),
      most: bytes[24] > 8 ? "deep" : bytes[25] & 4 ? "costly" : "plain",
      isWhole: letters(bytes, -4096).includes("IEND"),
    }),
  },
  { type: "image/jpeg", magic: /^\xff\xd8\xff/, read: jpeg },
  { type: "image/webp", magic: /^RIFF[^]{4}WEBP/, read: webp },
];

// ITU-T T.81, B.1.1.4 and B.2.2: a marker, then a length that includes its own two bytes. In the data after the
// start of a scan (da) ff d9 is the end of the picture and nothing else.
function jpeg(bytes, view) {
  let frame = null;
  for (let at = 2; at + 10 < bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xda) {
      while (at < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] === 0xd9)) at += 1;
      return frame && { ...frame, isWhole: at < bytes.length };
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      frame = { height: view.getUint16(at + 5), width: view.getUint16(at + 7), most: (marker & 3) === 2 ? "costly" : "plain" };
    }
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return null;
}

// RFC 9649: the first chunk is VP8X, "VP8 " or VP8L.
function webp(bytes, view) {
  const isWhole = view.getUint32(4, true) + 8 <= bytes.length;
  const made = (width, height, isClear) => ({ width, height, most: isClear ? "costly" : "plain", isWhole });
  const chunk = letters(bytes, 12, 16);
  const sizes = view.getUint32(21, true);
  if (chunk === "VP8X") return made((view.getUint32(24, true) & 0xffffff) + 1, (view.getUint32(26, true) >>> 8) + 1, bytes[20] & 16);
  if (chunk === "VP8L") return made((sizes & 0x3fff) + 1, ((sizes >> 14) & 0x3fff) + 1, sizes & (1 << 28));
  return made(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff, false);
}
