// What a prompt and a picture must be, checked before anything is sent. The limits come from the page.

const ENDS = /^\p{White_Space}+|\p{White_Space}+$/gu;
// A character that can be seen. U+2800 is a Braille pattern without a dot.
const SEEN = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]/u;
const MEGA = 1024 * 1024;

// The text as it is sent: without white space at its ends, with one kind of line end, and without half a character.
export const clean = (text) => text.replace(/\r\n?/g, "\n").toWellFormed().replace(ENDS, "");

// The characters of a text as the API counts them: Unicode scalar values.
export function count(text) {
  let characters = 0;
  for (const _ of clean(text)) characters += 1;
  return characters;
}

// Whether nothing of a text can be seen.
export const isBlank = (text) => !SEEN.test(text);

const tenths = (number) => (Math.ceil(number * 10) / 10).toLocaleString("en");

// The media type of a picture by its content. Throws an error that says why the picture cannot be used. `limits` has
// the most bytes of the file, the longest side in pixels, the most bytes of its pixels, and the most pixels of a
// progressive JPEG.
export async function pictureType(file, limits) {
  if (file.size > limits.bytes) {
    throw new Error(`This picture has ${tenths(file.size / MEGA)} MB. It may have ${limits.bytes / MEGA} MB.`);
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const view = new DataView(bytes.buffer);
  const form = bytes.length > 32 && FORMS.find(({ magic }) => magic.test(String.fromCharCode(...bytes.subarray(0, 12))));
  if (!form) throw new Error("This file is no PNG, JPEG or WebP. Choose another one.");
  const picture = form.read(bytes, view);
  if (!picture?.isWhole) throw new Error("The end of this picture is missing. Choose the whole file.");
  const { width, height, pixelBytes, isProgressive } = picture;
  if (Math.max(width, height) > limits.side) {
    throw new Error(`This picture is ${width} × ${height} pixels. A side may have ${Number(limits.side).toLocaleString("en")}.`);
  }
  const most = Math.min(limits.pixelBytes / pixelBytes, isProgressive ? limits.progressive : Infinity);
  if (width * height > most) {
    const may = Math.floor(most / 1e5) / 10;
    throw new Error(`This picture has ${tenths(width * height / 1e6)} million pixels. It may have ${may} million. Make it smaller first.`);
  }
  return form.type;
}

// How a format begins, and its size as its headers tell it. `isWhole` says that the end of the file is there.
const FORMS = [
  { type: "image/png", magic: /^\x89PNG\r\n\x1a\n/, read: png },
  { type: "image/jpeg", magic: /^\xff\xd8\xff/, read: jpeg },
  { type: "image/webp", magic: /^RIFF[^]{4}WEBP/, read: webp },
];

function png(bytes, view) {
  const [depth, colour] = [bytes[24], bytes[25]];
  let [at, isWhole, isClear] = [8, false, false];
  while (at + 8 <= bytes.length) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    isClear ||= name === "tRNS";
    isWhole ||= name === "IEND";
    at += 12 + view.getUint32(at);
  }
  const channels = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 }[colour] + isClear;
  return { width: view.getUint32(16), height: view.getUint32(20), pixelBytes: channels * (depth > 8 ? 2 : 1), isWhole };
}

// ITU-T T.81, B.1.1.4 and B.2.2: a marker, then a length that includes its own two bytes. In the data after the
// start of a scan (da) ff d9 is the end of the picture and nothing else.
function jpeg(bytes, view) {
  let frame = null;
  for (let at = 2; at + 10 < bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xda) return frame && { ...frame, isWhole: hasEnd(bytes, at) };
    if (marker === 0xff) {
      at += 1;
    } else if (marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
    } else {
      if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
        const pixelBytes = bytes[at + 9] === 1 ? 1 : 3;
        frame = { height: view.getUint16(at + 5), width: view.getUint16(at + 7), pixelBytes, isProgressive: (marker & 3) === 2 };
      }
      at += 2 + Math.max(view.getUint16(at + 2), 2);
    }
  }
  return null;
}

function hasEnd(bytes, from) {
  for (let at = bytes.length - 2; at > from; at -= 1) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  }
  return false;
}

// RFC 9649: the first chunk is VP8X, "VP8 " or VP8L.
function webp(bytes, view) {
  const isWhole = view.getUint32(4, true) + 8 <= bytes.length;
  const at24 = (at) => view.getUint16(at, true) + bytes[at + 2] * 65536 + 1;
  switch (String.fromCharCode(...bytes.subarray(12, 16))) {
    case "VP8X":
      return { width: at24(24), height: at24(27), pixelBytes: bytes[20] & 16 ? 4 : 3, isWhole };
    case "VP8L": {
      const sizes = view.getUint32(21, true);
      return { width: (sizes & 0x3fff) + 1, height: ((sizes >> 14) & 0x3fff) + 1, pixelBytes: sizes & (1 << 28) ? 4 : 3, isWhole };
    }
    default:
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff, pixelBytes: 3, isWhole };
  }
}
