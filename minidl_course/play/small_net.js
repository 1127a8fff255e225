// A small dense network that learns in the browser: chapters 01, 03 and 06 by hand once more.
//
// A batch is a list of N rows. A layer is {W (D x M), b (M)} of plain numbers, W as a list of rows. The
// last layer gives one logit a point, the loss is the binary cross-entropy.

// Numbers from 0 to 1 that repeat with their seed (mulberry32).
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const gaussian = (random) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

// Layers 2 -> hidden[0] -> ... -> 1, by Glorot's rule (chapter 05)
export function fresh(hidden, seed) {
  const random = randomFrom(seed), sizes = [2, ...hidden, 1];
  return sizes.slice(1).map((M, l) => {
    const D = sizes[l], limit = Math.sqrt(6 / (D + M));
    const row = () => Array.from({ length: M }, () => limit * (2 * random() - 1));
    return { W: Array.from({ length: D }, row), b: new Array(M).fill(0) };
  });
}

const ACTIVATIONS = {
  tanh: { f: Math.tanh, slope: (y) => 1 - y * y },
  relu: { f: (z) => Math.max(z, 0), slope: (y) => (y > 0 ? 1 : 0) },
};

// X (N, 2) -> the outputs of every layer, X first; the last are the logits (N, 1)
export function forward(layers, X, activation) {
  const { f } = ACTIVATIONS[activation], outputs = [X];
  layers.forEach(({ W, b }, l) => {
    const last = l === layers.length - 1;
    outputs.push(outputs[l].map((x) => b.map((bias, j) => {
      let z = bias;
      for (let i = 0; i < x.length; i++) z += x[i] * W[i][j];
      return last ? z : f(z);
    })));
  });
  return outputs;
}

// The mean binary cross-entropy of logits (N, 1) and labels (N) of 0 and 1
export const lossOf = (logits, labels) => logits.reduce((sum, [z], n) =>
  sum + Math.max(z, 0) - z * labels[n] + Math.log1p(Math.exp(-Math.abs(z))), 0) / labels.length;

// The gradients of the loss, in the form of the layers
export function backward(layers, outputs, labels, activation) {
  const { slope } = ACTIVATIONS[activation], gradients = new Array(layers.length), N = labels.length;
  let dz = outputs.at(-1).map(([z], n) => [(1 / (1 + Math.exp(-z)) - labels[n]) / N]);
  for (let l = layers.length - 1; l >= 0; l--) {
    const x = outputs[l], { W } = layers[l];
    const dW = W.map((row, i) => row.map((_, j) => dz.reduce((sum, d, n) => sum + x[n][i] * d[j], 0)));
    const db = layers[l].b.map((_, j) => dz.reduce((sum, d) => sum + d[j], 0));
    gradients[l] = { W: dW, b: db };
    if (l > 0) {
      dz = dz.map((d, n) => W.map((row, i) =>
        row.reduce((sum, w, j) => sum + w * d[j], 0) * slope(x[n][i])));
    }
  }
  return gradients;
}

// One number's new value, and what is kept for the next step: chapter 06. `state` starts as {}.
export const RULES = {
  sgd: (w, g, rate) => w - rate * g,
  momentum: (w, g, rate, state) => {
    state.v = 0.9 * (state.v ?? 0) - rate * g;
    return w + state.v;
  },
  adam: (w, g, rate, state) => {
    state.t = (state.t ?? 0) + 1;
    state.m = 0.9 * (state.m ?? 0) + 0.1 * g;
    state.s = 0.999 * (state.s ?? 0) + 0.001 * g * g;
    const m = state.m / (1 - 0.9 ** state.t), s = state.s / (1 - 0.999 ** state.t);
    return w - (rate * m) / (Math.sqrt(s) + 1e-7);
  },
};

// Takes one step of `rule` in all layers; states has one for each number, made by the first step.
export function step(layers, gradients, rule, rate, states) {
  let k = 0;
  const moved = (w, g) => RULES[rule](w, g, rate, (states[k] ??= {}, states[k++]));
  layers.forEach((layer, l) => {
    layer.W = layer.W.map((row, i) => row.map((w, j) => moved(w, gradients[l].W[i][j])));
    layer.b = layer.b.map((w, j) => moved(w, gradients[l].b[j]));
  });
}

const noisy = (random, size) => size * gaussian(random);
const around = (random, radius, turn, noise) =>
  [radius * Math.cos(turn) + noisy(random, noise), radius * Math.sin(turn) + noisy(random, noise)];

// One point of class c (0 or 1); t runs from 0 to 1 over the points of a class.
const KINDS = {
  blobs: (c, t, random) => [(c ? 1 : -1) + noisy(random, 0.5), (c ? 0.8 : -0.8) + noisy(random, 0.5)],
  moons: (c, t, random) => {
    const [x, y] = around(random, 1.3, Math.PI * (c ? t + 1 : t), 0.12);
    return c ? [x + 0.65, y + 0.35] : [x - 0.65, y - 0.35];
  },
  circles: (c, t, random) => around(random, c ? 0.6 : 1.8, 2 * Math.PI * t, 0.15),
  xor: (c, t, random) => {
    const side = random() < 0.5 ? 1 : -1;
    return [side * (0.3 + 1.5 * random()), (c ? 1 : -1) * side * (0.3 + 1.5 * random())];
  },
  spiral: (c, t, random) => around(random, 0.25 + 1.8 * t, 3.2 * Math.PI * t + Math.PI * c, 0.05),
};

// N points of a kind: {X (N, 2), labels (N)}, classes in turn
export function points(kind, N, seed) {
  const random = randomFrom(seed), labels = Array.from({ length: N }, (_, n) => n % 2);
  return { X: labels.map((c, n) => KINDS[kind](c, Math.floor(n / 2) / (N / 2), random)), labels };
}
