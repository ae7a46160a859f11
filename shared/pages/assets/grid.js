// Tiles as one tab stop. Arrow keys, Home and End move inside.

const tilesOf = (root) => [...root.querySelectorAll(".tile > a")];

// The nearest tile in the next row: below for 1, above for -1.
function beside(all, from, way) {
  const box = (tile) => tile.getBoundingClientRect();
  const middle = (tile) => box(tile).left + box(tile).width / 2;
  const far = (tile) => way * (box(tile).top - box(from).top);
  const aside = (tile) => Math.abs(middle(tile) - middle(from));
  return all.filter((tile) => far(tile) > 1).sort((one, other) => Math.round(far(one) - far(other)) || aside(one) - aside(other))[0];
}

// Leaves exactly one tile in the order of Tab: this one, or the one that was it.
export function settle(root, stop = root.querySelector(".tile > [tabindex='0']") ?? tilesOf(root)[0]) {
  for (const tile of tilesOf(root)) tile.tabIndex = tile === stop ? 0 : -1;
}

// The tile that gets the focus when this one is gone.
export function following(root, tile) {
  const all = tilesOf(root);
  const at = all.indexOf(tile);
  return all[at + 1] ?? all[at - 1];
}

// Listens to the keys. `act` gets each other key of a tile, and answers whether it has used it.
export function grid(root, act) {
  const tileOf = (target) => target.closest(".tile")?.firstElementChild;
  root.addEventListener("focusin", ({ target }) => settle(root, tileOf(target)));
  root.addEventListener("keydown", (event) => {
    const { key, target } = event;
    const tile = tileOf(target);
    if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = tilesOf(root);
    const at = all.indexOf(tile);
    const moves = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 };
    const way = { ArrowDown: 1, ArrowUp: -1 }[key];
    const next = way ? beside(all, tile, way) : all[moves[key]];
    next?.focus();
    if (way || key in moves || (target === tile && act(key, tile))) event.preventDefault();
  });
}
