// What settings cost, and what they may be, by what GET /v1/models says of a model.

// A number that has more values than this is no choice, but a number.
const CHOICES = 16;

// What settings cost, in credits. Sent along as max_cost, it binds.
export function price(model, settings) {
  const set = (name) => settings[name] ?? model.settings.properties[name].default;
  const { per, unit, images, seconds } = model.price_rule;
  const amount = (unit) => typeof unit === "number" ? unit : amount(unit.values[set(unit.setting)]);
  const count = { generation: 1, image: images, second: seconds }[per];
  return amount(unit) * (typeof count === "number" ? count : parseInt(set(count), 10));
}

// Everything that a setting may be, where that is a choice.
export function choices({ enum: values, minimum, maximum, multipleOf: step = 1, default: usual }) {
  if (values || usual === undefined || maximum - minimum >= CHOICES) return values;
  const all = Array.from({ length: maximum - minimum + 1 }, (_, n) => minimum + n);
  return all.filter((number) => number % step === 0);
}
