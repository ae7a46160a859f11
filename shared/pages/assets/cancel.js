// Cancels a job, at a price that the person has read.

import { api } from "./api.js";
import { element } from "./dom.js";
import { button } from "./job.js";
import { watch } from "./jobs.js";
import { pathOf } from "./naming.js";
import { announce } from "./say.js";
import { many } from "./words.js";

// The most that canceling costs, by id. Null until the API has said it.
const prices = new Map();
// The ids for which the person has still to say that they cancel at that price.
const asking = new Set();

// Fills the line with the button that cancels and its price. Where it costs something, it asks first, in its place. Answers
// the act of a press.
export function cancel(generation, line) {
  const { id } = generation;
  const learn = ({ cancel_price }) => prices.set(id, cancel_price);
  const draw = () => {
    const hadFocus = line.contains(document.activeElement);
    const amount = prices.get(id);
    const costs = `for up to ${many(amount ?? 0, "credit")}`;
    const words = asking.has(id) ? `Yes, cancel ${costs}` : amount ? `Cancel ${costs}` : amount === 0 ? "Cancel, free" : "Cancel";
    line.replaceChildren(button("cancel", words, press));
    if (asking.has(id)) {
      line.prepend(element("p", { textContent: "Today’s free cancellations are used up." }));
      line.append(button("keep", "Keep it", () => { asking.delete(id); draw(); }));
    }
    if (hadFocus) line.querySelector("button").focus();
  };
  const press = async ({ detail }) => {
    // The second click of a double click answers no question.
    if (detail > 1) return;
    const isSure = asking.delete(id);
    if (!isSure) {
      learn(await api("GET", pathOf(id)));
      if (prices.get(id) > 0) {
        asking.add(id);
        announce(`Today’s free cancellations are used up. Canceling costs up to ${many(prices.get(id), "credit")}.`);
        return draw();
      }
    }
    try {
      watch(await api("POST", `${pathOf(id)}/cancel`, { body: { max_cost: prices.get(id) ?? 0 } }));
    } catch (problem) {
      if (problem.code !== "price_above_max_cost") throw problem;
      learn(await api("GET", pathOf(id)));
      asking.add(id);
      draw();
    }
  };
  if (generation.cancel_price !== null) learn(generation);
  draw();
  if (!prices.has(id)) {
    prices.set(id, null);
    api("GET", pathOf(id)).then(learn).then(draw, () => {});
  }
  return press;
}
