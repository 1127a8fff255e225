// The course's layers once more, in JavaScript: what a trained network needs to answer.
//
// A tensor is {shape, data}: data is a Float32Array, last axis fastest, as in NumPy. One sample at a
// time, so there is no batch axis. Sums are those of chapters 03 (dense), 10 (convolution), 18 (GRU)
// and 22 (attention); tests compare each network with minidl's to 1e-4.

export function tensor(shape, data) {
  const size = shape.reduce((a, b) => a * b, 1);
  data = data ?? new Float32Array(size);
  if (data.length !== size) {
    throw new Error(`a tensor of shape (${shape}) has ${size} numbers, got ${data.length}`);
  }
  return { shape, data };
}

function bytesOf(text) {
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}
const floatsOf = (text) => new Float32Array(bytesOf(text).buffer);

// Shapes as a module asks for them -> as they are. Where the file says how large its network is, a
// size may be the name of a fact in `extra`, and block* stands for block1, block2, .. of its blocks.
export function sized(shapes, extra = {}) {
  const numbers = Array.from({ length: extra.blocks ?? 0 }, (_, n) => n + 1);
  return Object.fromEntries(Object.entries(shapes).flatMap(([name, shape]) => {
    const names = name.includes("*") ? numbers.map((n) => name.replace("*", n)) : [name];
    return names.map((one) => [one, shape.map((size) => extra[size] ?? size)]);
  }));
}

// A weight file (weights.py writes it) -> {name: tensor}. Matrices and kernels are stored as 8-bit
// integers q and one scale for each output, the last axis: w = scale q. Biases are plain floats.
export function unpack(file, shapes) {
  const weights = {};
  for (const [name, shape] of Object.entries(sized(shapes, file.extra))) {
    const stored = file.tensors?.[name];
    if (!stored || String(stored.shape) !== String(shape)) {
      const got = stored ? `(${stored.shape})` : "no such tensor";
      throw new Error(
        `weights of ${file.network}: ${name} must be (${shape}), the file has ${got}; ` +
        `make it anew: ${file.made_by}`);
    }
    if (stored.floats) {
      weights[name] = tensor(shape, floatsOf(stored.floats));
      continue;
    }
    const q = new Int8Array(bytesOf(stored.q).buffer), scale = floatsOf(stored.scale);
    const data = new Float32Array(q.length);
    for (let i = 0; i < q.length; i++) data[i] = q[i] * scale[i % scale.length];
    weights[name] = tensor(shape, data);
  }
  return weights;
}

// x (D), W (D, M), b (M) -> (M)
export function dense(x, W, b) {
  const [D, M] = W.shape, { data } = W;
  const y = b ? Float32Array.from(b.data) : new Float32Array(M);
  for (let i = 0; i < D; i++) {
    const v = x[i], first = i * M;
    if (v === 0) continue; // after a relu many are
    for (let j = 0; j < M; j++) y[j] += v * data[first + j];
  }
  return y;
}

// x (H, W, C), w (R, S, C, M), b (M) -> (H, W, M); zeros around the image keep its size
export function conv2d(x, w, b) {
  const [H, W, C] = x.shape, [R, S, , M] = w.shape;
  const top = (R - 1) >> 1, left = (S - 1) >> 1, y = tensor([H, W, M]), sums = new Float32Array(M);
  for (let p = 0; p < H; p++) {
    for (let q = 0; q < W; q++) {
      sums.set(b.data);
      for (let r = Math.max(0, top - p); r < Math.min(R, H + top - p); r++) {
        for (let s = Math.max(0, left - q); s < Math.min(S, W + left - q); s++) {
          const place = ((p + r - top) * W + q + s - left) * C;
          for (let c = 0; c < C; c++) {
            const pixel = x.data[place + c], tap = ((r * S + s) * C + c) * M;
            if (pixel === 0) continue;
            for (let m = 0; m < M; m++) sums[m] += pixel * w.data[tap + m];
          }
        }
      }
      y.data.set(sums, (p * W + q) * M);
    }
  }
  return y;
}

// x (H, W, C) -> (H/2, W/2, C): the largest of each 2 x 2
export function maxPool(x) {
  const [H, W, C] = x.shape, y = tensor([H >> 1, W >> 1, C]);
  y.data.fill(-Infinity);
  for (let p = 0; p < 2 * (H >> 1); p++) {
    for (let q = 0; q < 2 * (W >> 1); q++) {
      for (let c = 0; c < C; c++) {
        const to = ((p >> 1) * (W >> 1) + (q >> 1)) * C + c;
        y.data[to] = Math.max(y.data[to], x.data[(p * W + q) * C + c]);
      }
    }
  }
  return y;
}

export const relu = (x) => x.map((v) => Math.max(v, 0));
export const tanh = (x) => x.map(Math.tanh);
export const sigmoid = (x) => x.map((v) => 1 / (1 + Math.exp(-v)));

export function softmax(z) {
  const largest = Math.max(...z), e = Array.from(z, (v) => Math.exp(v - largest));
  const sum = e.reduce((a, b) => a + b, 0);
  return Float32Array.from(e, (v) => v / sum);
}

// One step of a GRU: x (D), h (M), W (D, 3M), U (M, 3M), b (2, 3M) -> the next h (M). The blocks
// are z, r, n: what to keep, what to look back at, what is new.
export function gruStep(x, h, W, U, b) {
  const M = h.length, s = dense(x, W), u = dense(h, U), next = new Float32Array(M);
  for (let i = 0; i < 3 * M; i++) {
    s[i] += b.data[i];
    u[i] += b.data[3 * M + i];
  }
  const gate = (v) => 1 / (1 + Math.exp(-v));
  for (let i = 0; i < M; i++) {
    const z = gate(s[i] + u[i]), r = gate(s[M + i] + u[M + i]);
    const n = Math.tanh(s[2 * M + i] + r * u[2 * M + i]);
    next[i] = z * h[i] + (1 - z) * n;
  }
  return next;
}

// A query h (M) looks at the memory, a list of S keys (M), which are also the values: the weights
// (S), a softmax of the dot products, and the weighted mean (M).
export function attend(h, memory) {
  const weights = softmax(memory.map((key) => key.reduce((sum, k, i) => sum + k * h[i], 0)));
  const mean = new Float32Array(h.length);
  memory.forEach((value, s) => value.forEach((v, i) => { mean[i] += weights[s] * v; }));
  return { weights, mean };
}

export const largest = (x) => x.reduce((best, v, i) => (v > x[best] ? i : best), 0);
