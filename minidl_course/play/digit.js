// Draw a digit: the convolutional network reads it while you draw, and shows all that it computes.

import { conv2d, dense, largest, maxPool, relu, softmax, tensor, unpack } from "./nn.js";
import { centred } from "./centre.js";
import { Pad, SIDE } from "./pad.js";
import { bars, button, calm, canvas, checkbox, colour, css, drawnInTheme, make, pointed, squares } from "./ui.js";

export const SHAPES = {
  "conv1/w": [5, 5, 1, 8], "conv1/b": [8],
  "conv2/w": [5, 5, 8, 16], "conv2/b": [16],
  "hidden/W": [784, 48], "hidden/b": [48],
  "guess/W": [48, 10], "guess/b": [10]
};

// image (28 x 28) -> what every layer says
export function forward(w, image) {
  const on = (x) => tensor(x.shape, relu(x.data));
  const conv1 = on(conv2d(tensor([28, 28, 1], image), w["conv1/w"], w["conv1/b"]));
  const pool1 = maxPool(conv1);
  const conv2 = on(conv2d(pool1, w["conv2/w"], w["conv2/b"]));
  const pool2 = maxPool(conv2);
  const hidden = relu(dense(pool2.data, w["hidden/W"], w["hidden/b"]));
  const logits = dense(hidden, w["guess/W"], w["guess/b"]);
  return { conv1, pool1, conv2, pool2, hidden, logits, shares: softmax(logits) };
}

const LAYERS = {
  conv1: "First convolution: 8 maps",
  pool1: "Pooled: largest of 2 × 2",
  conv2: "Second convolution: 16 maps",
  pool2: "Pooled again: 7 × 7 each",
};

// The first and last row (or column) of the image that place i of a layer has seen.
export function seen(layer, i) {
  let [a, b] = [i, i];
  for (const name of Object.keys(LAYERS).slice(0, Object.keys(LAYERS).indexOf(layer) + 1).reverse()) {
    [a, b] = name.startsWith("pool") ? [2 * a, 2 * b + 1] : [a - 2, b + 2];
  }
  return [Math.max(0, a), Math.min(27, b)];
}

// The logarithm of what the odds of `digit` are against all others. It still tells 99 % from 99.99 %.
function logOdds(logits, digit) {
  const others = [...logits].filter((_, i) => i !== digit), most = Math.max(...others);
  return logits[digit] - most - Math.log(others.reduce((sum, z) => sum + Math.exp(z - most), 0));
}

const HALF = 3; // a square of 7 x 7 is blanked

// How much the log odds of `digit` fall when a square around each pixel is blank: (28 x 28)
export function occluded(w, image, digit) {
  const before = logOdds(forward(w, image).logits, digit), loss = new Float32Array(784);
  for (let r = 0; r < 28; r += 2) {
    for (let c = 0; c < 28; c += 2) {
      const blank = image.slice();
      for (let i = Math.max(0, r - HALF); i <= Math.min(27, r + HALF); i++) {
        for (let j = Math.max(0, c - HALF); j <= Math.min(27, c + HALF); j++) blank[i * 28 + j] = 0;
      }
      const drop = before - logOdds(forward(w, blank).logits, digit);
      for (const [i, j] of [[0, 0], [0, 1], [1, 0], [1, 1]]) loss[(r + i) * 28 + c + j] = drop;
    }
  }
  return loss;
}

const GAP = 2, SCALE = 3; // between maps, in their pixels; and units of the canvas a pixel

// The maps of one layer side by side, with a place to point at.
function mapsOf(layer, [H, W, M], point) {
  const columns = 4, wide = columns * (W + GAP) - GAP, high = (M / columns) * (H + GAP) - GAP;
  const view = canvas(wide * SCALE, high * SCALE,
    `${LAYERS[layer]}. Arrow keys choose a place, N and P another map.`, { tabindex: 0, class: "maps" });
  let at = null; // [map, row, column]
  const corner = (m) => [(m % columns) * (W + GAP), Math.floor(m / columns) * (H + GAP)];
  const choose = (place) => { at = place; point(layer, at); };
  view.addEventListener("pointermove", (event) => {
    const [x, y] = pointed(view, event).map((v) => Math.floor(v / SCALE));
    const m = Math.floor(y / (H + GAP)) * columns + Math.floor(x / (W + GAP));
    const [c, r] = [x % (W + GAP), y % (H + GAP)];
    choose(c < W && r < H && m < M ? [m, r, c] : null);
  });
  view.addEventListener("pointerleave", () => choose(null));
  view.addEventListener("focus", () => choose(at ?? [0, H >> 1, W >> 1]));
  view.addEventListener("blur", () => choose(null));
  view.addEventListener("keydown", (event) => {
    const [m, r, c] = at ?? [0, H >> 1, W >> 1];
    const to = { ArrowUp: [m, r - 1, c], ArrowDown: [m, r + 1, c], ArrowLeft: [m, r, c - 1],
      ArrowRight: [m, r, c + 1], n: [(m + 1) % M, r, c], p: [(m + M - 1) % M, r, c] }[event.key];
    if (!to) return;
    event.preventDefault();
    choose([to[0], Math.min(H - 1, Math.max(0, to[1])), Math.min(W - 1, Math.max(0, to[2]))]);
  });
  const draw = (x, look) => {
    const context = view.getContext("2d"), most = Math.max(...x.data, 1e-9);
    context.clearRect(0, 0, view.width, view.height);
    for (let m = 0; m < M; m++) {
      const [left, top] = corner(m);
      const map = Array.from({ length: H * W }, (_, i) => x.data[i * M + m] / most);
      squares(context, map, W, { x: left * SCALE, y: top * SCALE, size: SCALE, ...look });
    }
    if (!at) return;
    const [left, top] = corner(at[0]);
    outline(context, (left + at[2]) * SCALE, (top + at[1]) * SCALE, SCALE, SCALE, look.mark);
  };
  return { element: make("div", { class: "picture" }, make("p", { class: "above" }, LAYERS[layer]), view), draw };
}

function outline(context, x, y, width, height, mark) {
  context.strokeStyle = css(mark);
  context.lineWidth = 2;
  context.strokeRect(x - 1, y - 1, width + 2, height + 2);
}

export function mount(element, file) {
  const w = unpack(file, SHAPES);
  let image, answer, loss = null, pointedAt = null, due = false, rest = null;
  const guesses = bars([..."0123456789"], "How sure the network is of each digit");
  const said = make("p", { class: "said", "aria-live": "polite" });
  const told = make("p", { class: "window-told", "aria-live": "polite" });
  const view = canvas(28 * 6, 28 * 6, "The digit as the network sees it", { class: "seen" });
  const maps = {}, pad = new Pad(() => later());
  let covering = false;

  function later() { // one reading a frame, however fast the hand is
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; read(); });
  }

  function read() {
    image = centred(pad.ink, SIDE);
    answer = forward(w, image);
    const best = largest(answer.shares), empty = !image.some((v) => v > 0);
    loss = null;
    clearTimeout(rest);
    if (covering && !empty) { // 196 readings: when the hand rests
      rest = setTimeout(() => { loss = occluded(w, image, best); draw(); }, 250);
    }
    guesses.set(empty ? new Float32Array(10) : answer.shares);
    said.textContent = empty ? "Draw a digit, as large as you like."
      : `I read a ${best}, ${Math.round(100 * answer.shares[best])} % sure.`;
    element.dataset.answer = empty ? "" : best;
    draw();
  }

  function dearest() { // what happens where covering costs most
    const at = largest(loss), [r, c] = [Math.floor(at / 28), at % 28], best = largest(answer.shares);
    const odds = Math.exp(logOdds(answer.logits, best) - loss[at]), share = odds / (1 + odds);
    return `Covered around row ${r + 1}, column ${c + 1}, it is ${(100 * share).toFixed(share < 0.995 ? 0 : 2)} % sure of the ${best}.`;
  }

  function draw() {
    if (!answer) return;
    const look = { from: colour(element, "paper"), to: colour(element, "data"), mark: colour(element, "mark") };
    const context = view.getContext("2d");
    squares(context, image, 28, { size: 6, from: look.from, to: colour(element, "ink") });
    if (loss) {
      const most = Math.max(...loss, 0.5);
      context.globalAlpha = 0.75;
      squares(context, loss.map((v, i) => Math.max(v / most, 0)), 28,
        { size: 6, from: look.from, to: look.mark });
      context.globalAlpha = 0.35;
      squares(context, image, 28, { size: 6, from: look.from, to: colour(element, "ink") });
      context.globalAlpha = 1;
    }
    for (const [layer, map] of Object.entries(maps)) map.draw(answer[layer], look);
    if (!pointedAt) {
      told.textContent = loss ? dearest() : "Point at a place in a map below.";
      return;
    }
    const [layer, [m, r, c]] = pointedAt, [top, bottom] = seen(layer, r), [left, right] = seen(layer, c);
    outline(context, left * 6, top * 6, (right - left + 1) * 6, (bottom - top + 1) * 6, look.mark);
    const [, W, M] = answer[layer].shape, value = answer[layer].data[(r * W + c) * M + m];
    told.textContent = `Map ${m + 1}, row ${r + 1}, column ${c + 1} says ${value.toFixed(2)}. It saw ` +
      `rows ${top + 1} to ${bottom + 1} and columns ${left + 1} to ${right + 1} of the digit.`;
  }

  const shapes = { conv1: [28, 28, 8], pool1: [14, 14, 8], conv2: [14, 14, 16], pool2: [7, 7, 16] };
  for (const [layer, shape] of Object.entries(shapes)) {
    maps[layer] = mapsOf(layer, shape, (name, at) => { pointedAt = at && [name, at]; draw(); });
  }
  element.replaceChildren(
    make("div", { class: "columns" },
      make("div", { class: "tools" }, pad.element,
        make("p", { class: "in-a-row" }, button("Clear", () => pad.clear()),
          checkbox("Cover parts", false, (on) => { covering = on; read(); })),
        make("p", { class: "hint" }, "Mouse or finger, or Tab to the pad: arrows move the pen, space " +
          "puts it down and lifts it, Delete clears.")),
      make("div", { class: "answers" }, said, guesses.element),
      make("div", { class: "seen" }, make("p", { class: "above" }, "Brought to size and centre, as the network sees it"), view, told)),
    make("div", { class: "layers" }, ...Object.values(maps).map((map) => map.element)),
    make("p", { class: "hint" }, "Point at a place in a map, or Tab to it and use the arrows: the frame on " +
      "the digit is the window that made it. “Cover parts” blanks a 7 × 7 square everywhere in " +
      "turn, and colours where that costs the network most of its trust."),
    make("p", { class: "told" }, file.told));
  drawnInTheme(() => { pad.draw(); draw(); });
  pad.example(calm());
  read();
}
