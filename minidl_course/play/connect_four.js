// Play Connect Four against chapter 33's network, which looks ahead by tree search.

import { dense, largest, relu, tanh, unpack } from "./nn.js";
import { H, W, empty, full, landing, legal, lineOf, planes, play, search } from "./four.js";
import { button, make, select } from "./ui.js";

export const SHAPES = {
  "dense/W": [84, 192], "dense/b": [192],
  "dense_1/W": [192, 192], "dense_1/b": [192],
  "dense_2/W": [192, 192], "dense_2/b": [192],
  "policy/W": [192, 7], "policy/b": [7],
  "value/W": [192, 1], "value/b": [1]
};

// cells -> logits (7) of the columns, and the value from -1 to 1 for who moves next
export function guessOf(w) {
  const on = (name, x) => dense(x, w[`${name}/W`], w[`${name}/b`]);
  return (cells) => {
    let h = relu(on("dense", planes(cells)));
    for (const name of ["dense_1", "dense_2"]) {
      const change = relu(on(name, h));
      h = h.map((v, i) => v + change[i]);
    }
    return { logits: on("policy", h), value: tanh(on("value", h))[0] };
  };
}

const LEVELS = { 1: "1 visit: hardly looks ahead", 10: "10 visits", 40: "40 visits", 200: "200 visits", 1000: "1000 visits" };

export function mount(element, file) {
  const guess = guessOf(unpack(file, SHAPES));
  let cells, yours, past, visits = 200, thinking = false; // cells: 1 is whoever moves next
  const said = make("p", { class: "said", role: "status" });
  const drops = Array.from({ length: W }, (_, c) =>
    button(String(c + 1), () => you(c), { "aria-label": `Drop a stone in column ${c + 1}` }));
  const holes = Array.from({ length: H * W }, (_, i) =>
    make("span", { class: "hole", onclick: () => you(i % W) }));
  const board = make("div", { class: "holes", role: "img" }, ...holes);
  const thoughts = Array.from({ length: W }, (_, c) => ({
    found: make("span", { class: "found" }), seemed: make("span", { class: "seemed" }), words: make("span", { class: "words" }), c,
  }));
  const back = button("Take back", takeBack);

  const over = () => lineOf(cells) !== null || full(cells);

  function restart(begin) {
    [cells, yours, past, thinking] = [empty(), begin, [], false];
    think(null);
    show("Your move: choose a column.");
    if (!begin) reply();
  }

  function you(column) {
    if (thinking) return;
    if (over()) { show("This game is over. Begin a new one."); return; }
    if (!legal(cells)[column]) { show(`Column ${column + 1} is full.`); return; }
    past.push({ cells, yours: true });
    cells = play(cells, column);
    yours = false;
    if (over()) show(lineOf(cells) ? "You have won!" : "A draw.");
    else reply();
  }

  function reply() {
    thinking = true;
    show("I am looking ahead …");
    const asked = cells;
    setTimeout(() => {
      if (asked !== cells) return; // a new game has begun meanwhile
      const found = search(cells, guess, visits), column = largest(found.visits);
      past.push({ cells, yours: false });
      cells = play(cells, column);
      [thinking, yours] = [false, true];
      think(found);
      const expects = found.value > 0.6 ? "I expect to win" : found.value < -0.6 ? "I expect to lose" : "It is open";
      show(lineOf(cells) ? "I have won." : full(cells) ? "A draw." :
        `I play column ${column + 1}. ${expects} (${found.value.toFixed(2)}). Your move.`);
    }, 30);
  }

  function takeBack() {
    if (thinking || !past.some((position) => position.yours)) return;
    let before;
    do before = past.pop(); while (!before.yours);
    cells = before.cells;
    yours = true;
    think(null);
    show("Your move: choose a column.");
  }

  function think(found) {
    const most = found ? Math.max(...found.visits) : 1;
    thoughts.forEach(({ found: bar, seemed, words, c }) => {
      bar.style.height = found ? `${(100 * found.visits[c]) / most}%` : "0";
      seemed.style.height = found ? `${100 * found.prior[c]}%` : "0";
      words.textContent = found ? String(found.visits[c]) : "";
    });
  }

  function show(words) {
    const line = lineOf(cells) ?? [], lines = [];
    holes.forEach((hole, i) => {
      const mine = cells[i] === (yours ? 1 : -1);
      hole.className = `hole${cells[i] ? (mine ? " x" : " o") : ""}${line.includes(i) ? " won" : ""}`;
      hole.textContent = cells[i] ? (mine ? "✕" : "○") : "";
    });
    for (let r = 0; r < H; r++) {
      const row = holes.slice(r * W, r * W + W).map((hole) => ({ "✕": "yours", "○": "mine" })[hole.textContent] ?? "empty");
      lines.push(`row ${r + 1}: ${row.join(", ")}`);
    }
    board.setAttribute("aria-label", `The board from the top. ${lines.join("; ")}`);
    drops.forEach((drop, c) => { drop.disabled = over() || landing(cells, c) < 0; });
    back.disabled = !past.some((position) => position.yours);
    said.textContent = words;
    element.dataset.stones = cells.filter((v) => v !== 0).length;
  }

  element.replaceChildren(
    make("div", { class: "columns" },
      make("div", { class: "four" }, make("div", { class: "drops", role: "group", "aria-label": "Columns" }, ...drops), board),
      make("div", { class: "answers" }, said,
        make("p", { class: "in-a-row" }, button("New game: crosses begin", () => restart(true)),
          button("New game: rings begin", () => restart(false)), back),
        select("It looks ahead with", LEVELS, visits, (value) => { visits = Number(value); }),
        make("div", { class: "thoughts" },
          make("p", { class: "above" }, "Its last thoughts: visits of each column (wide bars), and what the network alone would have played (thin)"),
          make("ol", {}, ...thoughts.map(({ found, seemed, words, c }) =>
            make("li", {}, make("span", { class: "pair", "aria-hidden": "true" }, found, seemed), `${c + 1}`, words)))))),
    make("p", { class: "hint" }, "You have the crosses (✕). Click a column or its number; with the keyboard, Tab to a number and press Enter. " +
      "The number it names is what it expects: 1 is a sure win for it, −1 one for you."),
    make("p", { class: "told" }, file.told));
  restart(true);
}
