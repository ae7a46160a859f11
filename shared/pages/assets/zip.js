// Saves several files as one zip. They are stored as they are, because pictures and films are compressed already.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

// More needs ZIP64, which not every program reads.
const MOST_BYTES = 2 ** 32 - 1;
// Without a file picker the whole zip is in memory until it is saved.
const MOST_IN_MEMORY = 500e6;
// The size and the checksum follow the content (bit 3), and names are UTF-8 (bit 11).
const FLAGS = 0x808;
const VERSION = 20;
// The bytes beside the content of a file without its name, and those at the end.
const [AROUND, END] = [92, 22];

const canStream = () => "showSaveFilePicker" in globalThis;

// The most bytes of a zip in this browser.
export const most = () => canStream() ? MOST_BYTES : MOST_IN_MEMORY;

// The bytes of the zip of files, whose names are ASCII.
export const zipBytes = (files) => files.reduce((sum, { name, bytes }) => sum + bytes + AROUND + 2 * name.length, END);

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

// Numbers in little-endian. `layout` has the bytes of each, such as "422".
const record = (layout, ...values) => Uint8Array.from(values.flatMap((value, n) => [0, 8, 16, 24].slice(0, layout[n]).map((shift) => value >>> shift)));

// The part that both headers of a file have. Times are local, in steps of two seconds.
function header({ time, sum, bytes, name }) {
  const at = new Date(time);
  const clock = at.getHours() << 11 | at.getMinutes() << 5 | at.getSeconds() >> 1;
  const day = (at.getFullYear() - 1980) << 9 | (at.getMonth() + 1) << 5 | at.getDate();
  return record("2222244422", VERSION, FLAGS, 0, clock, day, sum, bytes, bytes, name.length, 0);
}

// Writes the zip. A file is `{name, bytes, time, open}`, and `open` answers a response. A file that cannot be read whole is
// taken out again. Returns the names of those.
async function write(files, sink, wrote, signal) {
  const [entries, missing] = [[], []];
  let at = 0;
  const put = async (...parts) => {
    for (const part of parts) {
      await sink.write(part);
      at += part.length;
    }
  };
  for (const file of files) {
    const entry = { time: file.time, name: new TextEncoder().encode(file.name), bytes: 0, sum: 0, at };
    try {
      const answer = await file.open(signal);
      if (!answer.ok) throw answer;
      await put(record("4", 0x04034b50), header(entry), entry.name);
      const reader = answer.body.getReader();
      let crc = -1;
      for (let piece; !(piece = await reader.read()).done;) {
        for (const byte of piece.value) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
        entry.bytes += piece.value.length;
        await put(piece.value);
        wrote(piece.value.length);
      }
      entry.sum = ~crc;
      if (entry.bytes !== file.bytes) throw entry;
      await put(record("4444", 0x08074b50, entry.sum, entry.bytes, entry.bytes));
      entries.push(entry);
    } catch (problem) {
      // A disk that is full fails for every file.
      if (signal?.aborted || problem.name === "QuotaExceededError") throw problem;
      await sink.truncate(entry.at);
      at = entry.at;
      missing.push(file.name);
    }
  }
  const start = at;
  for (const entry of entries) await put(record("42", 0x02014b50, VERSION), header(entry), record("22244", 0, 0, 0, 0, entry.at), entry.name);
  const count = entries.length;
  await put(record("42222442", 0x06054b50, 0, 0, count, count, at - start, start, 0));
  return missing;
}

// Collects the pieces in memory, and then saves them as a download.
function memory(download) {
  const parts = [];
  let size = 0;
  return {
    write(part) { size += part.length; parts.push(part); },
    truncate(at) { while (size > at) size -= parts.pop().length; },
    close() {
      const href = URL.createObjectURL(new Blob(parts, { type: "application/zip" }));
      Object.assign(document.createElement("a"), { href, download }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60_000);
    },
    abort() {},
  };
}

// Saves the files under this name, to the disk a piece at a time where the browser can. Call it in a click, because browsers
// show the picker only then. `wrote` is called with the bytes of each piece. Returns the names of the files that could not
// be read. If that are all, nothing is saved.
export async function save(name, files, wrote, signal) {
  const sink = canStream() ? await (await showSaveFilePicker({ suggestedName: name })).createWritable() : memory(name);
  try {
    const missing = await write(files, sink, wrote, signal);
    await (missing.length < files.length ? sink.close() : sink.abort());
    return missing;
  } catch (problem) {
    await sink.abort();
    throw problem;
  }
}
