// The price and the allowed values of settings, from the answer of GET /v1/models.

// A setting with more values than this is a number field and no list of choices.
const CHOICES = 16;

// The price of settings in credits. The request sends it as max_cost, which limits the price.
export function price(model, settings) {
  const set = (name) => settings[name] ?? model.settings.properties[name].default;
  const { per, unit, images, seconds } = model.price_rule;
  const amount = (unit) => typeof unit === "number" ? unit : amount(unit.values[set(unit.setting)]);
  const count = { generation: 1, image: images, second: seconds }[per];
  return amount(unit) * (typeof count === "number" ? count : parseInt(set(count), 10));
}

// All values of a setting, if it is a list of choices.
export function choices({ enum: values, minimum, maximum, multipleOf: step = 1, default: usual }) {
  if (values || usual === undefined || maximum - minimum >= CHOICES) return values;
  const all = Array.from({ length: maximum - minimum + 1 }, (_, n) => minimum + n);
  return all.filter((number) => number % step === 0);
}
