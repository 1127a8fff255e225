// A neuron, or a small network, learns to tell two kinds of points apart, before your eyes.

import { backward, forward, fresh, lossOf, points, randomFrom, step } from "./small_net.js";
import { button, calm, canvas, colour, css, drawnInTheme, make, select, slider, squares } from "./ui.js";

const SIDE = 300, REACH = 2.6, GRID = 50, N = 160, BATCH = 16; // the map shows -REACH to REACH
const KINDS = { moons: "two moons", blobs: "two blobs", circles: "circles", xor: "checkerboard", spiral: "spirals" };
const RULES = { sgd: "SGD", momentum: "SGD with momentum", adam: "Adam" };
const SLOW = 400, QUICK = 30; // milliseconds between pictures

const PLACES = Array.from({ length: GRID * GRID }, (_, i) => [
  (((i % GRID) + 0.5) / GRID - 0.5) * 2 * REACH, (0.5 - (Math.floor(i / GRID) + 0.5) / GRID) * 2 * REACH]);
const unit = (v) => (v / (2 * REACH) + 0.5) * SIDE;

// How a demo of this module begins, by its name.
const STARTS = {
  points: { kind: "moons", layers: 1, units: 4, activation: "tanh", rule: "adam", rate: 0.03 },
  neuron: { kind: "blobs", layers: 0, units: 4, activation: "tanh", rule: "sgd", rate: 0.1 },
};

export function mount(element) {
  const chosen = { ...STARTS[element.dataset.play] ?? STARTS.points };
  let seed = 1, data, net, states, epoch, losses, timer = null, random;
  const map = canvas(SIDE, SIDE, "", { class: "map" });
  const curve = canvas(280, 90, "Loss over the epochs", { class: "curve" });
  const inside = canvas(280, 140, "What each unit of the hidden layers answers to", { class: "inside" });
  const said = make("p", { class: "said" }), spoken = make("p", { class: "unseen", role: "status" });
  const go = button("Learn", () => (timer === null ? start() : stop()), { class: "go" });

  const hidden = () => new Array(chosen.layers).fill(chosen.units);

  function anew() {
    stop();
    data = points(chosen.kind, N, seed);
    [net, states, epoch, losses, random] = [fresh(hidden(), seed), [], 0, [], randomFrom(seed)];
    draw();
  }

  function learn() { // one epoch
    const order = data.labels.map((_, n) => [random(), n]).sort((a, b) => a[0] - b[0]).map(([, n]) => n);
    for (let i = 0; i < N; i += BATCH) {
      const batch = order.slice(i, i + BATCH), labels = batch.map((n) => data.labels[n]);
      const outputs = forward(net, batch.map((n) => data.X[n]), chosen.activation);
      step(net, backward(net, outputs, labels, chosen.activation), chosen.rule, chosen.rate, states);
    }
    epoch++;
    losses.push(lossOf(forward(net, data.X, chosen.activation).at(-1), data.labels));
  }

  function frame() {
    for (let n = 0; n < (calm() ? 10 : 2); n++) learn();
    draw();
    if (epoch < 1000) timer = setTimeout(frame, calm() ? SLOW : QUICK);
    else stop();
  }

  function start() {
    if (epoch >= 1000) anew();
    go.textContent = "Pause";
    frame();
  }

  function stop() {
    if (timer !== null) spoken.textContent = said.textContent;
    clearTimeout(timer);
    timer = null;
    go.textContent = "Learn";
  }

  function draw() {
    const [paper, ink, one, two] = ["paper", "ink", "data", "other"].map((name) => colour(element, name));
    const outputs = forward(net, PLACES, chosen.activation), context = map.getContext("2d");
    const look = { from: paper, to: two, below: one };
    const sure = outputs.at(-1).map(([z]) => 0.6 * Math.tanh(z / 2));
    squares(context, sure, GRID, { size: SIDE / GRID, ...look });
    data.X.forEach(([x, y], n) => {
      context.fillStyle = css(data.labels[n] ? two : one);
      context.strokeStyle = css(ink);
      context.beginPath();
      if (data.labels[n]) context.rect(unit(x) - 3.5, SIDE - unit(y) - 3.5, 7, 7);
      else context.arc(unit(x), SIDE - unit(y), 4, 0, 7);
      context.fill();
      context.stroke();
    });
    const logits = forward(net, data.X, chosen.activation).at(-1), loss = lossOf(logits, data.labels);
    const right = logits.filter(([z], n) => (z > 0) === (data.labels[n] === 1)).length / N;
    said.textContent = `Epoch ${epoch}: loss ${loss.toFixed(3)}, ${Math.round(100 * right)} % right`;
    map.setAttribute("aria-label", `Points of two kinds, circles and squares, over the regions that the network gives to each. ${said.textContent}`);
    element.dataset.right = right;
    drawCurve(paper, ink, two);
    drawInside(outputs, look, ink);
  }

  function drawCurve(paper, ink, two) {
    const context = curve.getContext("2d"), most = Math.max(0.8, ...losses);
    context.fillStyle = css(paper);
    context.fillRect(0, 0, 280, 90);
    context.strokeStyle = css(two);
    context.lineWidth = 2;
    context.beginPath();
    losses.forEach((v, i) => context.lineTo(6 + (268 * i) / Math.max(losses.length - 1, 50), 84 - (78 * v) / most));
    context.stroke();
  }

  function drawInside(outputs, look, ink) {
    const context = inside.getContext("2d");
    inside.height = Math.max(1, 70 * chosen.layers);
    context.clearRect(0, 0, 280, 140);
    for (let l = 1; l <= chosen.layers; l++) {
      const most = Math.max(1e-9, ...outputs[l].flat().map(Math.abs)), size = 280 / 8 - 3;
      for (let j = 0; j < chosen.units; j++) {
        const x = j * 35, y = (l - 1) * 70 + 16;
        const values = outputs[l].filter((_, i) => i % 2 === 0 && Math.floor(i / GRID) % 2 === 0).map((row) => row[j] / most);
        squares(context, values, GRID / 2, { x, y, size: size / (GRID / 2), ...look });
      }
      context.fillStyle = css(ink);
      context.font = "11px system-ui, sans-serif";
      context.fillText(`hidden layer ${l}: what each unit answers to`, 0, (l - 1) * 70 + 11);
    }
  }

  const set = (name) => (value) => { chosen[name] = value; anew(); };
  const live = (name) => (value) => { chosen[name] = value; states = []; };
  const rates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];
  element.replaceChildren(
    make("div", { class: "columns" },
      make("div", { class: "tools wider" }, map, said, spoken,
        make("p", { class: "in-a-row" }, go, button("One epoch", () => { stop(); learn(); draw(); }),
          button("New start", () => { seed++; anew(); }))),
      make("div", { class: "settings" },
        select("Points", KINDS, chosen.kind, set("kind")),
        slider("Hidden layers", { min: 0, max: 2, step: 1, value: chosen.layers, told: (v) => (v ? String(v) : "none") }, set("layers")),
        slider("Units in each", { min: 1, max: 8, step: 1, value: chosen.units }, set("units")),
        select("Activation", { tanh: "tanh", relu: "ReLU" }, chosen.activation, set("activation")),
        select("Optimizer", RULES, chosen.rule, live("rule")),
        slider("Learning rate", { min: 0, max: rates.length - 1, step: 1, value: rates.indexOf(chosen.rate), told: (v) => String(rates[v]) },
          (v) => live("rate")(rates[v])),
        make("div", { class: "picture" }, make("p", { class: "above" }, "Loss over the epochs"), curve), inside)),
    make("p", { class: "hint" }, "Press Learn. Optimizer and learning rate can be changed on the way; the other settings begin anew."),
    make("p", { class: "told" }, "No trained weights here: the network learns in your browser, by the gradients of chapter 03. A test holds them equal to minidl's."));
  anew();
  drawnInTheme(draw);
}
