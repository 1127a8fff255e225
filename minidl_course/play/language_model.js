// The language model of chapter 25: it guesses the next token of what you type, and writes on.

import { BytePairs } from "./byte_pairs.js";
import { Reader } from "./gpt.js";
import { unpack } from "./nn.js";
import { drawn, probabilities } from "./sampling.js";
import { bars, button, calm, canvas, colour, css, drawnInTheme, labelled, make, mix, pointed, select, slider } from "./ui.js";

export const SHAPES = {
  "embed/W": ["tokens", "width"],
  "block*/self_attention/norm/scale": ["width"],
  "block*/self_attention/layer/query_dense/W": ["width", "width"],
  "block*/self_attention/layer/key_dense/W": ["width", "keys"],
  "block*/self_attention/layer/value_dense/W": ["width", "keys"],
  "block*/self_attention/layer/output_dense/W": ["width", "width"],
  "block*/feedforward/norm/scale": ["width"],
  "block*/feedforward/layer/wide/gate/W": ["width", "hidden"],
  "block*/feedforward/layer/wide/dense/W": ["width", "hidden"],
  "block*/feedforward/layer/narrow/W": ["hidden", "width"],
  "last/scale": ["width"]
};

const MOST = 200, PAUSE = 40; // tokens at a press of Write; milliseconds between two
const BARS = 5, SEEN = 20; // likeliest tokens; last tokens under "Where it looks"
const KS = [1, 2, 3, 5, 10, 20, 50, 100, 200];
const WIDTH = 14, HEIGHT = 9, LEFT = 58; // of a square in the picture of all heads; room for "block 1"
const percent = (share) => `${Math.round(100 * share)}\u00a0%`;

// A text (ids) and the settings -> p (V) of the next token, all tokens from the likeliest on, and
// how many may be drawn
export function guessed(reader, ids, { temperature, k, share }) {
  const logits = reader.read(ids), p = probabilities(logits, temperature, k, share);
  const order = [...logits.keys()].sort((a, b) => logits[b] - logits[a]);
  return { p, order, some: p.filter((one) => one > 0).length };
}

export function mount(element, file) {
  const { extra } = file, reader = new Reader(unpack(file, SHAPES), extra), pairs = new BytePairs(extra.merges);
  const heads = extra.blocks * extra.heads, settings = { temperature: 0.8, k: extra.tokens, share: 1 }, chosen = { block: 0, head: 0 };
  let ids = [], begun = 0, next = null, timer = null, left = 0; // begun: tokens that the reader typed

  const field = make("textarea", { rows: 2, maxlength: 600, spellcheck: "false", oninput: () => begin() });
  field.value = extra.beginning;
  const typed = make("span", { class: "typed" }), written = make("span");
  const page = make("p", { class: "written", tabindex: 0, role: "region", "aria-label": "The text" }, typed, written);
  const said = make("p", { class: "said", role: "status" }), room = make("p", { class: "caption" });
  const chart = make("div", { class: "tokens" }), shades = make("p", { class: "letters shades", role: "group",
    "aria-label": `The last ${SEEN} tokens, the darker the more the head looks at them` });
  const looks = make("p", { class: "window-told" });
  const all = canvas(LEFT + SEEN * WIDTH, heads * HEIGHT + 1, "", { class: "grid" });
  const one = button("One token", () => { stop(); write(); });
  const many = button("Write", () => (timer === null ? run() : stop()));

  function begin() { // what was typed, and nothing more
    stop();
    ids = pairs.encode(field.value);
    begun = ids.length;
    one.disabled = many.disabled = !begun;
    said.textContent = begun ? `${begun} tokens are read.` : "Type a beginning.";
    show();
  }

  function write(id = drawn(next.p, Math.random())) {
    ids.push(id);
    said.textContent = `${ids.length - begun} tokens are written.`;
    show();
  }

  function run() {
    left = MOST;
    many.textContent = "Stop";
    said.textContent = "It writes.";
    const on = () => {
      ids.push(drawn(next.p, Math.random()));
      show();
      timer = --left ? setTimeout(on, calm() ? 0 : PAUSE) : stop();
    };
    timer = setTimeout(on);
  }

  function stop() {
    if (timer === null) return null;
    clearTimeout(timer);
    many.textContent = "Write";
    said.textContent = `${ids.length - begun} tokens are written.`;
    return (timer = null);
  }

  function set(name, value) {
    settings[name] = value;
    if (begun) show();
  }

  function show() {
    next = begun ? guessed(reader, ids, settings) : null;
    typed.textContent = pairs.decode(ids.slice(0, begun));
    written.textContent = pairs.decode(ids.slice(begun));
    page.scrollTop = page.scrollHeight;
    element.dataset.tokens = ids.length;
    showBars();
    showLooks();
  }

  function showBars() {
    const at = [...chart.querySelectorAll("button")].indexOf(document.activeElement);
    if (!next) {
      chart.replaceChildren();
      room.textContent = "";
      return;
    }
    const best = next.order.slice(0, BARS);
    const { element: list, set: fill } = bars(best.map((id) => button(pairs.shown(id), () => { stop(); write(id); },
      { "aria-label": `Write ${pairs.shown(id)}` })), "The likeliest tokens");
    fill(best.map((id) => next.p[id]));
    chart.replaceChildren(list);
    chart.querySelectorAll("button")[at]?.focus();
    room.textContent = next.some === 1 ? "No other token may be drawn." : `One of ${next.some} tokens is drawn.`;
    element.dataset.likeliest = pairs.shown(best[0]);
  }

  // How much the last token looks at each of the last SEEN, in a head.
  const near = (block, head) => (next ? [...reader.look(block, head)].slice(-SEEN) : []);

  function showLooks() {
    const last = ids.slice(-SEEN).map((id) => pairs.shown(id)), shares = near(chosen.block, chosen.head);
    const [paper, data] = ["paper", "data"].map((name) => colour(element, name));
    shades.replaceChildren(...last.map((token, s) => // half of the colour at most: ink can be read on it
      make("span", { style: `background: ${css(mix(paper, data, 0.5 * Math.sqrt(shares[s])))}` }, token)));
    const far = 1 - shares.reduce((a, b) => a + b, 0);
    const most = shares.map((share, s) => [share, `“${last[s]}” (${percent(share)})`])
      .sort((a, b) => b[0] - a[0]).slice(0, 3).filter(([share]) => share >= 0.01).map(([, words]) => words);
    if (far >= 0.01) most.push(`what came before (${percent(far)})`);
    const told = [most.slice(0, -1).join(", "), ...most.slice(-1)].filter(Boolean).join(" and ");
    looks.textContent = next ? `To guess what comes next, this head looks at ${told}.` : "";
    drawAll(paper, data);
  }

  function drawAll(paper, data) {
    const context = all.getContext("2d");
    context.fillStyle = css(paper);
    context.fillRect(0, 0, all.width, all.height);
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "top";
    for (let n = 0; n < heads; n++) {
      const block = Math.floor(n / extra.heads), shares = near(block, n % extra.heads);
      shares.forEach((share, s) => {
        context.fillStyle = css(mix(paper, data, Math.sqrt(share)));
        context.fillRect(LEFT + (SEEN - shares.length + s) * WIDTH, n * HEIGHT + 1, WIDTH - 1, HEIGHT - 1);
      });
      if (n % extra.heads) continue;
      context.fillStyle = css(colour(element, "soft"));
      context.fillText(`block ${block + 1}`, 0, n * HEIGHT + 3);
      if (block) context.fillRect(0, n * HEIGHT, all.width, 1);
    }
    context.strokeStyle = css(colour(element, "mark"));
    context.lineWidth = 2;
    context.strokeRect(LEFT - 1, (chosen.block * extra.heads + chosen.head) * HEIGHT, all.width - LEFT, HEIGHT + 1);
    all.setAttribute("aria-label",
      `Where all ${heads} heads look; a frame marks head ${chosen.head + 1} of block ${chosen.block + 1}`);
  }

  const upTo = (n) => Object.fromEntries(Array.from({ length: n }, (_, i) => [i, i + 1]));
  const choosers = { block: select("Block", upTo(extra.blocks), 0, (n) => choose({ block: Number(n) })),
    head: select("Head", upTo(extra.heads), 0, (n) => choose({ head: Number(n) })) };
  function choose(changed) {
    Object.assign(chosen, changed);
    for (const [name, control] of Object.entries(choosers)) control.querySelector("select").value = chosen[name];
    showLooks();
  }
  all.addEventListener("click", (event) => {
    const n = Math.min(heads - 1, Math.max(0, Math.floor(pointed(all, event)[1] / HEIGHT)));
    choose({ block: Math.floor(n / extra.heads), head: n % extra.heads });
  });

  const kOf = (i) => KS[i] ?? extra.tokens;
  element.replaceChildren(
    make("div", {}, labelled("A beginning", field)),
    make("p", { class: "in-a-row" }, one, many, button("Begin anew", begin), said),
    make("div", { class: "columns" },
      make("div", { class: "drawn" }, page),
      make("div", { class: "settings" },
        slider("Temperature", { min: 0, max: 2, step: 0.1, value: settings.temperature, told: (t) => t.toFixed(1) }, (t) => set("temperature", t)),
        slider("Top-k", { min: 0, max: KS.length, step: 1, value: KS.length, told: (i) => KS[i] ? String(KS[i]) : "all" }, (i) => set("k", kOf(i))),
        slider("Top-p", { min: 0.05, max: 1, step: 0.05, value: 1, told: (p) => p.toFixed(2) }, (p) => set("share", p)),
        make("p", { class: "above" }, "What may come next"), chart, room)),
    make("p", { class: "in-a-row" }, make("span", { class: "above" }, "Where it looks:"), choosers.block, choosers.head),
    make("div", { class: "columns" },
      make("div", { class: "drawn" }, shades, looks,
        make("p", { class: "hint" }, "␣ is a blank, ↵ the end of a line. Press one of the likeliest tokens to write it yourself. Click on a row of the picture to choose its head.")),
      make("div", { class: "picture" }, make("p", { class: "above" }, "All heads: a row each, the last token at the right"), all)),
    make("p", { class: "told" }, file.told));
  begin();
  drawnInTheme(showLooks);
}
