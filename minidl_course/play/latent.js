// Walk through the code of chapter 29's autoencoder: two numbers become a digit.

import { dense, relu, sigmoid, unpack } from "./nn.js";
import { canvas, checkbox, colour, css, drawnInTheme, make, pointed, slider, squares } from "./ui.js";

export const SHAPES = {
  "wider/W": [2, 64], "wider/b": [64],
  "widest/W": [64, 128], "widest/b": [128],
  "pixels/W": [128, 784], "pixels/b": [784]
};

// code (2) -> image (784), 0 to 1
export function decode(w, code) {
  const on = (name, x) => dense(x, w[`${name}/W`], w[`${name}/b`]);
  return sigmoid(on("pixels", relu(on("widest", relu(on("wider", Float32Array.from(code)))))));
}

const SIDE = 336, CHART = 12; // of the map, and digits along a side of the chart

export function mount(element, file) {
  const w = unpack(file, SHAPES), { codes, digits, low, high } = file.extra;
  const pad = low.map((v, i) => 0.08 * (high[i] - v));
  const [from, to] = [low.map((v, i) => v - pad[i]), high.map((v, i) => v + pad[i])];
  let at = codes[0].slice(), chart = false, charted = null;
  const map = canvas(SIDE, SIDE, "", { class: "map", tabindex: 0, role: "application" });
  const view = canvas(28 * 8, 28 * 8, "What the decoder draws", { class: "decoded" });
  const said = make("p", { class: "said", role: "status" });
  const place = (code) => [0, 1].map((i) => (SIDE * (code[i] - from[i])) / (to[i] - from[i]))
    .map((v, i) => (i ? SIDE - v : v)); // the second number runs upwards
  const codeAt = ([x, y]) => [x, SIDE - y].map((v, i) =>
    from[i] + (Math.min(SIDE, Math.max(0, v)) / SIDE) * (to[i] - from[i]));
  const sliders = [0, 1].map((i) => slider(i ? "Second number" : "First number",
    { min: from[i], max: to[i], step: (to[i] - from[i]) / 200, value: at[i], told: (v) => v.toFixed(1) },
    (v) => { at[i] = v; draw(); }));

  function go(code) {
    at = code;
    sliders.forEach((control, i) => {
      control.querySelector("input").value = at[i];
      control.querySelector("output").textContent = at[i].toFixed(1);
    });
    draw();
  }

  // The test digit whose code lies nearest, with the two numbers as they lie on the map.
  function nearest() {
    const far = codes.map((code) => Math.hypot(...place(code).map((v, i) => v - place(at)[i])));
    const n = far.indexOf(Math.min(...far));
    return { digit: digits[n], far: far[n] };
  }

  function drawChart(context, paper, ink) {
    charted ??= Array.from({ length: CHART * CHART }, (_, n) => decode(w, codeAt(
      [(n % CHART) + 0.5, Math.floor(n / CHART) + 0.5].map((v) => (v * SIDE) / CHART))));
    charted.forEach((image, n) => squares(context, image, 28,
      { x: (n % CHART) * 28, y: Math.floor(n / CHART) * 28, from: paper, to: ink }));
  }

  function draw() {
    const [paper, ink, data, mark] = ["paper", "ink", "data", "mark"].map((name) => colour(element, name));
    const context = map.getContext("2d");
    context.fillStyle = css(paper);
    context.fillRect(0, 0, SIDE, SIDE);
    if (chart) drawChart(context, paper, ink);
    context.font = "600 12px system-ui, sans-serif";
    [context.textAlign, context.textBaseline] = ["center", "middle"];
    context.fillStyle = css(data);
    if (!chart) codes.forEach((code, n) => context.fillText(digits[n], ...place(code)));
    const [x, y] = place(at);
    context.strokeStyle = css(mark);
    context.lineWidth = 3;
    context.beginPath();
    context.arc(x, y, 9, 0, 7);
    context.stroke();
    squares(view.getContext("2d"), decode(w, at), 28, { size: 8, from: paper, to: ink });
    const { digit, far } = nearest();
    said.textContent = `(${at.map((v) => v.toFixed(1)).join(", ")}): ` +
      (far < 25 ? `nearest is a ${digit}` : "no test digit is near");
    map.setAttribute("aria-label", `Map of the code with 300 test digits. Arrow keys walk. You are at ${said.textContent}.`);
  }

  let held = false;
  map.addEventListener("pointerdown", (event) => { held = true; go(codeAt(pointed(map, event))); });
  map.addEventListener("pointermove", (event) => { if (held || event.pointerType === "mouse") go(codeAt(pointed(map, event))); });
  for (const name of ["pointerup", "pointercancel"]) map.addEventListener(name, () => { held = false; });
  map.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [0, -6], ArrowDown: [0, 6], ArrowLeft: [-6, 0], ArrowRight: [6, 0] }[event.key];
    if (!move) return;
    event.preventDefault();
    go(codeAt(place(at).map((v, i) => v + move[i])));
  });
  element.replaceChildren(
    make("div", { class: "columns" },
      make("div", { class: "picture" }, make("p", { class: "above" }, "The map: where the encoder puts 300 test digits"), map),
      make("div", { class: "drawn" }, make("div", { class: "picture" }, make("p", { class: "above" }, "What the decoder draws"), view), said,
        ...sliders.map((control) => make("p", {}, control)),
        make("p", {}, checkbox("Show what is drawn everywhere", false, (on) => { chart = on; draw(); })))),
    make("p", { class: "hint" }, "Point at the map, drag a finger over it, or Tab to it and walk with the arrows. Go where no digit lies, too."),
    make("p", { class: "told" }, file.told));
  drawnInTheme(draw);
}
