// Words for what the API says in codes.

const STATUSES = {
  queued: "Waiting for a free place", submitting: "Being sent to the model", running: "Running", canceling: "Being called off",
  collecting: "Being stored", succeeded: "Done", failed: "Not made", moderated: "Not allowed", canceled: "Called off", timed_out: "Took too long",
};

// The parameters of a model that say little by themselves. Requests send the value.
const VALUES = {
  match_input_image: "As your picture", square_hd: "Square", square: "Square, small", portrait_4_3: "Portrait 3:4", portrait_16_9: "Portrait 9:16",
  landscape_4_3: "Landscape 4:3", landscape_16_9: "Landscape 16:9", jpeg: "JPEG", png: "PNG", webp: "WebP",
};

// The shape of a named size, as `data-ar` has it.
const SHAPES = {
  square_hd: "1:1", square: "1:1", portrait_4_3: "3:4", portrait_16_9: "9:16", landscape_4_3: "4:3", landscape_16_9: "16:9",
};

export const FINAL = ["succeeded", "failed", "moderated", "canceled", "timed_out"];
export const status = (code) => STATUSES[code] ?? code;
export const value = (code) => VALUES[code] ?? String(code);
export const shape = (code) => SHAPES[code] ?? (/^\d+:\d+$/.test(code) ? code : null);
export const number = (amount) => amount.toLocaleString("en");
export const many = (amount, one, more = `${one}s`) => `${number(amount)} ${amount === 1 ? one : more}`;
export const day = (time) => new Date(time).toLocaleDateString("en-GB", { dateStyle: "long" });
export const clock = (time) => new Date(time).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });

// A span of seconds, short: 9 s, 2 min.
export const span = (seconds) => seconds < 90 ? `${Math.round(seconds)}\u00a0s` : `${Math.round(seconds / 60)}\u00a0min`;
