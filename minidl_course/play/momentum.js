// A ball with momentum rolls in the valley of chapter 06 while two sliders move.

import { calm, canvas, colour, css, drawnInTheme, make, mix, slider } from "./ui.js";

export const CURVATURE = [1, 50], START = [-3, 0.6], STEPS = 60; // of the floor, and of the walls
const WIDE = 440, HIGH = 170, LEFT = -3.4, TOP = 0.85, UNIT = WIDE / 4.4; // pixels for 1 of w
const HEIGHTS = [20, 15, 10, 5, 2, 0.5]; // of lines of equal loss, the outermost first
const CURVE = { wide: 262, left: 58, right: 248, top: 10, low: 138, most: 1, least: -5 }; // powers of ten

// The points (steps + 1) x 2 that SGD with this momentum and rate visits: formula (4).
export function walk(momentum, rate, steps = STEPS) {
  const path = [START.slice()], v = [0, 0];
  for (let t = 0; t < steps; t++) {
    const w = path.at(-1);
    path.push(w.map((at, i) => at + (v[i] = momentum * v[i] - rate * CURVATURE[i] * at)));
  }
  return path;
}

// What share of the way a step leaves in the long run, along the slower of floor and wall: the
// larger |r| of formula (8).
export function factor(momentum, rate) {
  return Math.max(...CURVATURE.map((curvature) => {
    const half = (1 + momentum - rate * curvature) / 2, inside = half * half - momentum;
    return inside < 0 ? Math.sqrt(momentum) : Math.abs(half) + Math.sqrt(inside);
  }));
}

const x = (w) => (w - LEFT) * UNIT, y = (w) => (TOP - w) * UNIT;

export function mount(element) {
  const chosen = { momentum: 0.8, rate: 0.03 };
  let path, shown = STEPS, timer = null;
  const map = canvas(WIDE, HIGH, "", { class: "valley" });
  const curve = canvas(CURVE.wide, HIGH, "", { class: "valley" });
  const said = make("p", { class: "said", role: "status" });

  function drawMap(paper, ink, data, other) {
    const context = map.getContext("2d");
    context.fillStyle = css(paper);
    context.fillRect(0, 0, WIDE, HIGH);
    HEIGHTS.forEach((height, n) => {
      context.beginPath();
      context.ellipse(x(0), y(0), UNIT * Math.sqrt(2 * height), UNIT * Math.sqrt(height / 25), 0, 0, 7);
      context.fillStyle = css(mix(paper, data, 0.08 * (n + 1)));
      context.fill();
    });
    context.strokeStyle = context.fillStyle = css(other);
    context.lineWidth = 1.5;
    context.beginPath();
    path.slice(0, shown + 1).forEach(([a, b]) => context.lineTo(x(a), y(b)));
    context.stroke();
    path.slice(0, shown + 1).forEach(([a, b]) => dot(context, x(a), y(b), 2.5));
    context.fillStyle = css(ink);
    dot(context, x(START[0]), y(START[1]), 4);
    [context.font, context.textAlign, context.textBaseline] = ["20px system-ui, sans-serif", "center", "middle"];
    context.fillText("★\ufe0e", x(0), y(0));
  }

  function dot(context, across, down, radius) {
    context.beginPath();
    context.arc(across, down, radius, 0, 7);
    context.fill();
  }

  function drawCurve(paper, ink, other, line) {
    const { wide, left, right, top, low, most, least } = CURVE, context = curve.getContext("2d");
    const place = (power) => top + ((most - power) * (low - top)) / (most - least);
    context.fillStyle = css(paper);
    context.fillRect(0, 0, wide, HIGH);
    [context.font, context.fillStyle, context.strokeStyle] = ["12px system-ui, sans-serif", css(ink), css(line)];
    [context.lineWidth, context.textBaseline, context.textAlign] = [0.5, "middle", "right"];
    for (let power = most; power >= least; power -= 2) {
      context.fillText(power < 0 ? (10 ** power).toFixed(-power) : "10", left - 6, place(power));
      context.beginPath();
      context.moveTo(left, place(power));
      context.lineTo(right, place(power));
      context.stroke();
    }
    context.textAlign = "center";
    for (const step of [0, 20, 40, 60]) context.fillText(step ? step : "step 0", left + (step * (right - left)) / STEPS, low + 18);
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, low);
    context.clip();
    [context.strokeStyle, context.lineWidth] = [css(other), 2];
    context.beginPath();
    path.slice(0, shown + 1).forEach((w, t) =>
      context.lineTo(left + (t * (right - left)) / STEPS, place(Math.log10(Math.hypot(...w) + 1e-12))));
    context.stroke();
    context.restore();
  }

  function draw() {
    const [paper, ink, data, other, line] = ["paper", "ink", "data", "other", "line"].map((name) => colour(element, name));
    path = walk(chosen.momentum, chosen.rate);
    drawMap(paper, ink, data, other);
    drawCurve(paper, ink, other, line);
    const far = Math.hypot(...path[STEPS]), left = factor(chosen.momentum, chosen.rate);
    const words = `After 60 steps: ${far < 100 ? far.toPrecision(2) : "far"} away from the star. `;
    said.textContent = words + (left < 1 ? `A step leaves ${left.toFixed(3)} of the way.` : "It flies off.");
    map.setAttribute("aria-label", `The ball's path in the valley, from above. ${said.textContent}`);
    curve.setAttribute("aria-label", `Its distance to the star, step by step. ${said.textContent}`);
    Object.assign(element.dataset, { far, shown });
  }

  function roll() { // the same path once more, step by step
    clearTimeout(timer);
    shown = calm() ? STEPS : 0;
    const next = () => {
      draw();
      if (shown < STEPS) { shown++; timer = setTimeout(next, 60); }
    };
    next();
  }

  const set = (name) => (value) => { clearTimeout(timer); shown = STEPS; chosen[name] = value; draw(); };
  const share = { min: 0, max: 0.98, step: 0.02, value: chosen.momentum, told: (v) => v.toFixed(2) };
  const length = { min: 0.002, max: 0.08, step: 0.002, value: chosen.rate, told: (v) => v.toFixed(3) };
  element.replaceChildren(
    make("div", { class: "in-a-row" }, slider("Momentum", share, set("momentum")), slider("Rate", length, set("rate")),
      make("button", { type: "button", onclick: roll }, "Roll")),
    make("div", { class: "columns" },
      make("div", { class: "picture" }, make("p", { class: "above" }, "The valley from above: 60 steps"), map),
      make("div", { class: "picture" }, make("p", { class: "above" }, "Distance to the star: steeper is faster"), curve)),
    said,
    make("p", { class: "told" }, "Your browser computes each path with the two lines of momentum. A test holds them equal to minidl's."));
  drawnInTheme(draw);
}
