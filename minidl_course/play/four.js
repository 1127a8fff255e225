// Connect Four's rules, and Monte Carlo tree search guided by a network: minidl_course/games/walks.py again.

export const H = 6;
export const W = 7;
const C = 1.5; // how much the network's guess counts against what the search found

// All lines of four cells; cell (row, column) is row W + column, row 0 on top.
const LINES = [];
for (const [down, right] of [[0, 1], [1, 0], [1, 1], [1, -1]]) {
  for (let r = 0; r + 3 * down < H; r++) {
    for (let c = 0; c < W; c++) {
      if (c + 3 * right < 0 || c + 3 * right >= W) continue;
      LINES.push([0, 1, 2, 3].map((k) => (r + k * down) * W + c + k * right));
    }
  }
}

export const empty = () => new Int8Array(H * W);

// Cells hold 1 for who moves next and -1 for the other. The row where a stone in a column lands,
// -1 if the column is full:
export function landing(cells, column) {
  for (let r = H - 1; r >= 0; r--) if (cells[r * W + column] === 0) return r;
  return -1;
}

export const legal = (cells) => Array.from({ length: W }, (_, c) => cells[c] === 0);

// The position after a move, seen by the other player, who moves next.
export function play(cells, column) {
  const next = cells.map((v) => -v);
  next[landing(cells, column) * W + column] = -1;
  return next;
}

// The four stones of who has just moved that stand in a line, or null.
export const lineOf = (cells) => LINES.find((line) => line.every((i) => cells[i] === -1)) ?? null;
export const full = (cells) => cells.every((v) => v !== 0);

// What the network sees: (H, W, 2), own stones and the other's.
export function planes(cells) {
  const x = new Float32Array(2 * H * W);
  cells.forEach((v, i) => { if (v) x[2 * i + (v < 0)] = 1; });
  return x;
}

function node(cells, guess) {
  const { logits, value } = guess(cells), allowed = legal(cells);
  const most = Math.max(...logits.filter((_, c) => allowed[c]));
  const e = Array.from(logits, (z, c) => (allowed[c] ? Math.exp(z - most) : 0));
  const sum = e.reduce((a, b) => a + b, 0);
  return {
    value, prior: e.map((v, c) => (allowed[c] ? v / sum : -1)),
    visits: new Int32Array(W), total: new Float64Array(W), child: new Array(W).fill(null),
  };
}

function best({ prior, visits, total }) {
  const scale = C * Math.sqrt(1 + visits.reduce((a, b) => a + b, 0));
  let chosen = -1, highest = -Infinity;
  for (let a = 0; a < W; a++) {
    if (prior[a] < 0) continue;
    const q = visits[a] ? total[a] / visits[a] : 0;
    const score = q + (scale * prior[a]) / (1 + visits[a]);
    if (score > highest) [chosen, highest] = [a, score];
  }
  return chosen;
}

// Search a position that is not over: {visits (7), prior (7), value}, all seen by who moves next.
export function search(cells, guess, visits) {
  const root = node(cells, guess);
  for (let n = 0; n < visits; n++) {
    const path = [];
    let place = root, now = cells, worth;
    for (;;) {
      const move = best(place);
      path.push([place, move]);
      now = play(now, move);
      if (place.child[move]) { place = place.child[move]; continue; }
      if (lineOf(now)) worth = -1; // who would move next has lost
      else if (full(now)) worth = 0;
      else {
        place.child[move] = node(now, guess);
        worth = place.child[move].value;
      }
      break;
    }
    for (const [before, move] of path.reverse()) {
      worth = -worth;
      before.visits[move]++;
      before.total[move] += worth;
    }
  }
  const value = root.total.reduce((a, b) => a + b, 0) / visits;
  return { visits: [...root.visits], prior: root.prior.map((p) => Math.max(p, 0)), value };
}
