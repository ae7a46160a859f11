// The price of settings in credits, by the rule of a model. The request sends it as max_cost, which binds it.
export function price({ per, unit, images, seconds }, settings) {
  const amount = (part) => typeof part === "number" ? part : amount(part.values[settings[part.setting]]);
  const units = { generation: 1, image: images, second: seconds }[per];
  return amount(unit) * (typeof units === "number" ? units : parseInt(settings[units], 10));
}
