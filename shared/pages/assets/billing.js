// The credits of a person: what is left and until when, the statement, and the use by month and model.

import { $ } from "./dom.js";
import { copy, fill } from "./fill.js";
import { announce } from "./say.js";
import { many, number } from "./words.js";
import { listen, read } from "./works.js";

const root = $("billing");
// The name of a model, a source or a kind.
const named = (id) => $("names").querySelector(`[value="${CSS.escape(id)}"]`)?.textContent ?? id;
const signed = (amount) => `${amount > 0 ? "+" : amount < 0 ? "−" : ""}${number(Math.abs(amount))}`;

function entry(item) {
  const { at, kind, source, cause, generation, model, reason, held_change: held } = item;
  const others = Object.entries({ frozen: item.frozen_change, owed: item.debt_change }).filter(([, change]) => change);
  return copy("entry", {
    at, generation, work: generation, model: model && named(model), what: named(source ?? cause ?? kind), held: kind === "settle" && -held,
    change: signed(item.available_change), note: [reason, ...others.map(([word, change]) => `${word} ${signed(change)}`)].filter(Boolean).join(", "),
  });
}

let cursor;

async function more() {
  const page = await read(`/v1/credits?limit=24${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  if (!page) return null;
  const rows = page.items.map(entry);
  // Before the rows are there: they have places of the same names.
  if (cursor === undefined) {
    fill(root, { ...page, lots: page.lots.length, entries: rows.length, nothing: !rows.length });
    $("lots").append(...page.lots.map((lot) => copy("lot", { ...lot, ...lot.frozen, from: named(lot.source), endless: !lot.expires_at })));
  }
  $("entries").append(...rows);
  if (cursor) {
    // The focus must not fall to the page when the button goes away.
    rows[0]?.focus();
    announce(many(rows.length, "more entry", "more entries"));
  }
  cursor = page.next_cursor;
  $("more").hidden = !cursor;
  return page;
}

function showUse({ months }) {
  const most = Math.max(1, ...months.flatMap(({ by_model: used }) => Object.values(used).map(({ credits }) => credits)));
  fill(root, { used: months.length, unused: !months.length });
  for (const month of months) {
    const name = new Date(month.month).toLocaleDateString("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
    const body = copy("month", { ...month, name });
    for (const [id, total] of Object.entries(month.by_model).sort(([, one], [, other]) => other.credits - one.credits)) {
      const row = copy("used", { ...total, name: named(id) });
      Object.assign(row.querySelector("progress"), { max: most, value: total.credits });
      body.append(row);
    }
    $("usage").append(body);
  }
}

listen(root, { more, again: () => location.reload() });

if (await more()) {
  const use = await read("/v1/usage");
  if (use) showUse(use);
}
root.ariaBusy = "false";
