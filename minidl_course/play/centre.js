// A drawing of any size and place -> the 28 x 28 pixels that MNIST's makers would have made of it:
// scaled into a box of 20 x 20 with its shape kept, and moved so that its centre of mass lies in the
// middle (LeCun et al. 1998). `centre.py` is the same in Python, and tests hold the two equal.

// (0.500001: halves are rounded up, however the machine rounds the sum before.)
const FAINT = 0.1; // ink below this is none, when the box is found

// How much of source pixel j (of `from`) lies in target pixel i (of `to`): rows that sum to 1.
function shares(from, to) {
  return Array.from({ length: to }, (_, i) => {
    const [begin, end] = [(i * from) / to, ((i + 1) * from) / to];
    const row = [];
    for (let j = Math.floor(begin); j < Math.min(from, Math.ceil(end)); j++) {
      const part = Math.min(end, j + 1) - Math.max(begin, j);
      if (part > 0) row.push([j, part / (end - begin)]);
    }
    return row;
  });
}

// ink (height x width) -> (H x W), each pixel the mean of what it covers
export function resized(ink, height, width, H, W) {
  const rows = shares(height, H), columns = shares(width, W), out = new Float64Array(H * W);
  rows.forEach((row, p) => columns.forEach((column, q) => {
    let sum = 0;
    for (const [i, a] of row) for (const [j, b] of column) sum += a * b * ink[i * width + j];
    out[p * W + q] = sum;
  }));
  return out;
}

// ink (side x side), 0 paper to 1 ink -> Float32Array of 28 x 28; all zeros where nothing is drawn
export function centred(ink, side) {
  let [top, bottom, left, right] = [side, 0, side, 0];
  ink.forEach((v, i) => {
    if (v <= FAINT) return;
    const r = Math.floor(i / side), c = i % side;
    [top, bottom] = [Math.min(top, r), Math.max(bottom, r + 1)];
    [left, right] = [Math.min(left, c), Math.max(right, c + 1)];
  });
  const image = new Float32Array(28 * 28);
  if (bottom <= top) return image;
  const height = bottom - top, width = right - left, scale = 20 / Math.max(height, width);
  const H = Math.max(1, Math.floor(height * scale + 0.5));
  const W = Math.max(1, Math.floor(width * scale + 0.5));
  const box = new Float64Array(height * width);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) box[r * width + c] = ink[(top + r) * side + left + c];
  }
  const small = resized(box, height, width, H, W);
  const most = Math.max(...small), mass = small.reduce((a, b) => a + b, 0);
  let [down, across] = [0, 0];
  small.forEach((v, i) => {
    down += (v * Math.floor(i / W)) / mass;
    across += (v * (i % W)) / mass;
  });
  const place = (middle, length) =>
    Math.min(28 - length, Math.max(0, Math.floor(14 - middle + 0.500001)));
  const [r0, c0] = [place(down, H), place(across, W)];
  small.forEach((v, i) => {
    image[(r0 + Math.floor(i / W)) * 28 + c0 + (i % W)] = v / most;
  });
  return image;
}
