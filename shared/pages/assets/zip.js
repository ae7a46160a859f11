// Saves several files as one zip. They are stored as they are, because pictures and films are compressed already.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

// Without a file picker the whole zip is in memory until it is saved.
export const MOST_IN_MEMORY = 500e6;
// More needs ZIP64, which not every program reads.
export const MOST_BYTES = 2 ** 32 - 1;
export const MOST_FILES = 2 ** 16 - 1;

export const canStream = () => "showSaveFilePicker" in globalThis;

// Bytes beside the content of a file: two headers, the descriptor, and twice the name.
const AROUND = 30 + 46 + 16;
const END = 22;
// The size and the checksum follow the content (bit 3), and names are UTF-8 (bit 11).
const FLAGS = 0x808;
const VERSION = 20;

export const zipBytes = (files) => files.reduce((sum, { name, bytes }) => sum + bytes + AROUND + 2 * name.length, END);

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function crc32(bytes, crc) {
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return crc;
}

// Numbers in little-endian. `layout` has the bytes of each, such as "422".
function record(layout, ...values) {
  const view = new DataView(new ArrayBuffer([...layout].reduce((sum, size) => sum + Number(size), 0)));
  let at = 0;
  for (const [n, value] of values.entries()) {
    if (layout[n] === "4") view.setUint32(at, value, true); else view.setUint16(at, value, true);
    at += Number(layout[n]);
  }
  return new Uint8Array(view.buffer);
}

// The date and the time of a file, in the local time of the person and in steps of two seconds.
function stamp(time) {
  const at = new Date(time);
  return [at.getHours() << 11 | at.getMinutes() << 5 | at.getSeconds() >> 1,
    (at.getFullYear() - 1980) << 9 | (at.getMonth() + 1) << 5 | at.getDate()];
}

const shared = ({ time, sum, bytes, name }) =>
  record("2222244422", VERSION, FLAGS, 0, ...stamp(time), sum, bytes, bytes, name.length, 0);

// Writes the zip. A file is `{name, bytes, time, open}`, and `open` answers a response. A file that cannot be read whole
// is taken out again. Returns the names of those.
export async function write(files, sink, wrote, signal) {
  const [entries, missing] = [[], []];
  let at = 0;
  const put = async (...parts) => {
    for (const part of parts) {
      await sink.write(part);
      at += part.length;
    }
  };
  for (const file of files) {
    const entry = { ...file, name: new TextEncoder().encode(file.name), bytes: 0, sum: 0, at };
    try {
      const answer = await file.open(signal);
      if (!answer.ok) throw new Error(`${answer.status}`);
      await put(record("4", 0x04034b50), shared(entry), entry.name);
      let crc = -1;
      const reader = answer.body.getReader();
      for (let piece; !(piece = await reader.read()).done;) {
        crc = crc32(piece.value, crc);
        entry.bytes += piece.value.length;
        await put(piece.value);
        wrote(piece.value.length);
      }
      entry.sum = ~crc;
      if (entry.bytes !== file.bytes) throw new Error("The file has another size.");
      await put(record("4444", 0x08074b50, entry.sum, entry.bytes, entry.bytes));
      entries.push(entry);
    } catch (problem) {
      // A disk that is full fails for every file.
      if (signal?.aborted || problem.name === "QuotaExceededError") throw problem;
      await sink.rewind(entry.at);
      at = entry.at;
      missing.push(file.name);
    }
  }
  const start = at;
  for (const entry of entries) {
    await put(record("42", 0x02014b50, VERSION), shared(entry), record("22244", 0, 0, 0, 0, entry.at), entry.name);
  }
  await put(record("42222442", 0x06054b50, 0, 0, entries.length, entries.length, at - start, start, 0));
  return missing;
}

// Writes to the disk, a piece at a time. Browsers show the picker only in a click.
async function disk(suggestedName) {
  const types = [{ description: "Zip", accept: { "application/zip": [".zip"] } }];
  const file = await (await showSaveFilePicker({ suggestedName, types })).createWritable();
  return {
    write: (part) => file.write(part),
    rewind: (at) => file.truncate(at),
    close: () => file.close(),
    abort: () => file.abort(),
  };
}

// Collects the pieces in memory, and then saves them as a download.
function memory(download) {
  const parts = [];
  let size = 0;
  return {
    write(part) { size += part.length; parts.push(part); },
    rewind(at) { while (size > at) size -= parts.pop().length; },
    close() {
      const href = URL.createObjectURL(new Blob(parts, { type: "application/zip" }));
      Object.assign(document.createElement("a"), { href, download }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60_000);
    },
    abort() { parts.length = 0; },
  };
}

// Saves the files under this name. `wrote` is called with the number of bytes after each piece. Returns the names of the
// files that could not be read; nothing is saved if that are all.
export async function save(name, files, wrote, signal) {
  const sink = canStream() ? await disk(name) : memory(name);
  try {
    const missing = await write(files, sink, wrote, signal);
    await (missing.length < files.length ? sink.close() : sink.abort());
    return missing;
  } catch (problem) {
    await sink.abort();
    throw problem;
  }
}
