// From logits to a token, as in minidl_course/generation.py: temperature, top-k, top-p, in this order.

// logits (V) -> with which probability each token is drawn. With temperature 0 the first of the
// largest gets it all. `k` tokens may be drawn, and those that equal the last of them; of these the
// fewest whose sum is `share` or more.
export function probabilities(logits, temperature, k, share) {
  const falling = (x) => Float64Array.from(x).sort().reverse(), most = falling(logits)[0];
  if (temperature === 0) return Float64Array.from(logits, (_, j) => Number(j === logits.indexOf(most)));
  const kth = falling(logits)[Math.min(k, logits.length) - 1];
  const p = divided(Float64Array.from(logits, (z) => (z < kth ? 0 : Math.exp((z - most) / temperature))));
  if (share >= 1) return p;
  let [sum, least] = [0, 1];
  for (const one of falling(p)) {
    if (sum >= share) break;
    [sum, least] = [sum + one, one];
  }
  return divided(p.map((one) => (one >= least ? one : 0)));
}

function divided(p) {
  const sum = p.reduce((a, b) => a + b, 0);
  return p.map((one) => one / sum);
}

// The token on whose piece of the line from 0 to 1 the number u falls
export function drawn(p, u) {
  let end = 0;
  const found = p.findIndex((one) => u < (end += one));
  return found < 0 ? p.findLastIndex((one) => one > 0) : found; // u beyond a sum that was rounded
}
