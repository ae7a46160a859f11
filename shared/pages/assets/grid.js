// Tiles as one tab stop. Arrow keys, Home and End move inside.

const tiles = (root) => [...root.querySelectorAll(".tile > a")];

// The nearest tile in the next row, above or below.
function beside(all, from, isDown) {
  const box = (tile) => tile.getBoundingClientRect();
  const { top, left, width } = box(from);
  const distance = (tile) => Math.abs(box(tile).left + box(tile).width / 2 - left - width / 2);
  const beyond = all.filter((tile) => isDown ? box(tile).top > top + 1 : box(tile).top < top - 1);
  const row = isDown ? box(beyond[0] ?? from).top : box(beyond.at(-1) ?? from).top;
  return beyond.filter((tile) => Math.abs(box(tile).top - row) < 2).sort((one, other) => distance(one) - distance(other))[0];
}

// Leaves exactly one tile in the order of Tab: this one, or the one that was it.
export function settle(root, stop = root.querySelector(".tile > a[tabindex='0']") ?? root.querySelector(".tile > a")) {
  for (const tile of tiles(root)) tile.tabIndex = tile === stop ? 0 : -1;
  return stop;
}

// The tile that has the focus after this one is gone.
export function following(root, tile) {
  const all = tiles(root);
  const at = all.indexOf(tile);
  return all[at + 1] ?? all[at - 1] ?? null;
}

// Listens to the keys. `act(key, tile)` answers whether it knows the key.
export function grid(root, act) {
  const tileOf = (target) => target.closest(".tile")?.querySelector("a");
  root.addEventListener("focusin", ({ target }) => { if (tileOf(target)) settle(root, tileOf(target)); });
  root.addEventListener("keydown", (event) => {
    const tile = tileOf(event.target);
    if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = tiles(root);
    const at = all.indexOf(tile);
    const moves = {
      ArrowRight: () => all[at + 1],
      ArrowLeft: () => all[at - 1],
      ArrowDown: () => beside(all, tile, true),
      ArrowUp: () => beside(all, tile, false),
      Home: () => all[0],
      End: () => all.at(-1),
    };
    if (Object.hasOwn(moves, event.key)) moves[event.key]()?.focus();
    else if (event.target !== tile || !act(event.key.toLowerCase(), tile)) return;
    event.preventDefault();
  });
}
