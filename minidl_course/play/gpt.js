// The language model of chapter 25, one token at a time: RMSNorm, rotary positions, grouped
// queries, SwiGLU, and logits by the matrix of the embedding. The keys and values of what was read
// are kept, so that a token costs one pass through the weights, however long the text is.

import { dense, softmax } from "./nn.js";

const WAVELENGTH = 10000; // of the slowest rotation, over 2 pi

const row = (W, i) => W.data.subarray(i * W.shape[1], (i + 1) * W.shape[1]);
const sum = (x, y) => x.map((v, i) => v + y[i]);

// x (D), scale (D) -> x with a mean square of 1, times the scale
function normalized(x, scale, epsilon) {
  const s = 1 / Math.sqrt(x.reduce((a, v) => a + v * v, 0) / x.length + epsilon);
  return x.map((v, i) => v * s * scale.data[i]);
}

// Heads of D numbers each, one behind the other, rotated to step t: i and i + D / 2 are a point.
function rotated(x, D, t) {
  const y = new Float32Array(x.length);
  for (let i = 0; i < D / 2; i++) {
    const angle = t / WAVELENGTH ** ((2 * i) / D), cos = Math.cos(angle), sin = Math.sin(angle);
    for (let p = i, q = i + D / 2; p < x.length; p += D, q += D) {
      y[p] = x[p] * cos - x[q] * sin;
      y[q] = x[q] * cos + x[p] * sin;
    }
  }
  return y;
}

// q (H D), keys and values of S steps (K D each) -> y (H D), and the S weights of every head. H / K
// neighbours among the heads of q share one of k and v.
function attend(q, keys, values, heads, groups) {
  const D = q.length / heads, y = new Float32Array(q.length), looks = [];
  for (let h = 0; h < heads; h++) {
    const own = h * D, shared = Math.floor((h * groups) / heads) * D;
    const weights = softmax(keys.map((k) => {
      let score = 0;
      for (let i = 0; i < D; i++) score += q[own + i] * k[shared + i];
      return score / Math.sqrt(D);
    }));
    values.forEach((v, s) => {
      for (let i = 0; i < D; i++) y[own + i] += weights[s] * v[shared + i];
    });
    looks.push(weights);
  }
  return { y, looks };
}

export class Reader {
  // w: the weights; sizes: of the network, and `window`, the tokens that it was trained to read
  constructor(w, sizes) {
    [this.w, this.sizes] = [w, sizes];
    this.begin(0);
  }

  begin(from) { // at this token of a text
    [this.from, this.ids] = [from, []];
    this.kept = Array.from({ length: this.sizes.blocks }, () => ({ keys: [], values: [], looks: [] }));
  }

  // A text (ids, at least one) -> logits (V) of the token behind it. What begins as the text before
  // did is not read again.
  //
  // Where the window is full, the text before its second half is forgotten, and that half is read
  // anew, since each of its tokens now stands elsewhere. minidl's `generate` then shows the model the
  // last 128 tokens at every step: here it is shown 65 to 128, for a sixtieth of the work.
  read(ids) {
    const half = this.sizes.window / 2, from = half * Math.max(0, Math.ceil(ids.length / half) - 2);
    if (from !== this.from) this.begin(from);
    const shown = ids.slice(from), differs = shown.findIndex((id, t) => id !== this.ids[t]);
    const known = differs < 0 ? shown.length - 1 : differs; // the last one is what guesses
    for (const list of [this.ids, ...this.kept.flatMap(({ keys, values }) => [keys, values])]) list.splice(known);
    let h;
    for (const id of shown.slice(known)) h = this.step(id);
    return this.guess(h);
  }

  // The weights (S) with which a head of a block looked, at last, at what was read from `from` on
  look(block, head) {
    return this.kept[block].looks[head];
  }

  step(id) { // token -> h (D), of which the logits are made
    const { heads, groups, epsilon, last_epsilon } = this.sizes, t = this.ids.length;
    let x = row(this.w["embed/W"], id);
    this.kept.forEach((kept, n) => {
      const of = (name) => this.w[`block${n + 1}/${name}`];
      const a = normalized(x, of("self_attention/norm/scale"), epsilon), D = a.length / heads;
      const [q, k, v] = ["query", "key", "value"].map((name) => dense(a, of(`self_attention/layer/${name}_dense/W`)));
      kept.keys.push(rotated(k, D, t));
      kept.values.push(v);
      const { y, looks } = attend(rotated(q, D, t), kept.keys, kept.values, heads, groups);
      kept.looks = looks;
      x = sum(x, dense(y, of("self_attention/layer/output_dense/W")));
      const f = normalized(x, of("feedforward/norm/scale"), epsilon);
      const gate = dense(f, of("feedforward/layer/wide/gate/W")), wide = dense(f, of("feedforward/layer/wide/dense/W"));
      x = sum(x, dense(gate.map((z, i) => (z / (1 + Math.exp(-z))) * wide[i]), of("feedforward/layer/narrow/W")));
    });
    this.ids.push(id);
    return normalized(x, this.w["last/scale"], last_epsilon);
  }

  guess(h) { // h (D) -> logits (V): how well it fits to each row of the embedding
    const { shape: [V, D], data } = this.w["embed/W"], z = new Float32Array(V);
    for (let j = 0; j < V; j++) {
      for (let d = 0; d < D; d++) z[j] += h[d] * data[j * D + d];
    }
    return z;
  }
}
