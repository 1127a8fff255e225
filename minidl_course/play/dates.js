// Attention over a date: chapter 22's translator reads what you type, and shows where it looks.

import { attend, dense, gruStep, largest, tanh, unpack } from "./nn.js";
import { calm, canvas, colour, css, drawnInTheme, labelled, make, mix, select, squares } from "./ui.js";

export const SHAPES = {
  "read/W": [54, 16], "write/W": [16, 16],
  "encoder/forward_layer/W": [16, 96], "encoder/forward_layer/U": [32, 96], "encoder/forward_layer/b": [2, 96],
  "encoder/backward_layer/W": [16, 96], "encoder/backward_layer/U": [32, 96], "encoder/backward_layer/b": [2, 96],
  "decoder/W": [16, 192], "decoder/U": [64, 192], "decoder/b": [2, 192],
  "join/W": [128, 64], "join/b": [64],
  "guess/W": [64, 16], "guess/b": [16]
};

const UNKNOWN = 1, MOST = 40; // a letter that was never read; letters of an answer

const joined = (a, b) => Float32Array.from([...a, ...b]);
const row = (W, i) => W.data.subarray(i * W.shape[1], (i + 1) * W.shape[1]);

// ids of the letters (S) -> all states of the encoder (S rows of 64), and the decoder's first state
export function read(w, ids) {
  const run = (way, order) => {
    const states = [];
    let h = new Float32Array(32);
    for (const i of order) {
      h = gruStep(row(w["read/W"], ids[i]), h, ...["W", "U", "b"].map((p) => w[`encoder/${way}_layer/${p}`]));
      states[i] = h;
    }
    return { states, last: h };
  };
  const places = ids.map((_, i) => i), there = run("forward", places), back = run("backward", places.toReversed());
  return { states: places.map((i) => joined(there.states[i], back.states[i])), code: joined(there.last, back.last) };
}

// One letter more: the id before, the decoder's state -> logits, the next state, attention
export function writeStep(w, before, state, states) {
  const h = gruStep(row(w["write/W"], before), state, w["decoder/W"], w["decoder/U"], w["decoder/b"]);
  const { weights, mean } = attend(h, states);
  const logits = dense(tanh(dense(joined(h, mean), w["join/W"], w["join/b"])), w["guess/W"], w["guess/b"]);
  return { logits, state: h, weights };
}

// text -> {letters, weights}: what is written, and for each letter what was looked at (S)
export function translate(w, { reads, writes }, text) {
  const ids = [...text].map((letter) => { const i = reads.indexOf(letter); return i > 0 ? i : UNKNOWN; });
  const found = { letters: [], weights: [] };
  if (!ids.length) return found;
  const { states, code } = read(w, ids);
  let [before, state] = [writes.indexOf("<"), code];
  while (found.letters.length < MOST) {
    const step = writeStep(w, before, state, states), letter = writes[largest(step.logits)];
    if (letter === ">") break;
    found.letters.push(letter);
    found.weights.push(step.weights);
    [before, state] = [writes.indexOf(letter), step.state];
  }
  return found;
}

const EXAMPLES = ["Dienstag, 3. März 1998", "jueves, 12 de febrero de 1987", "July 14, 1989",
  "lundi 8 mai 2045; 9 ene 2011", "1. Mai 1950; August 2, 2026; 24 déc. 1968"];

export function mount(element, file) {
  const w = unpack(file, SHAPES), unread = make("p", { class: "hint" });
  let text = EXAMPLES[0], found, shown = 0, timer = null;
  const field = make("input", { type: "text", maxlength: 80, autocomplete: "off", spellcheck: "false",
    value: text, oninput: () => begin(field.value) });
  const source = make("p", { class: "letters", role: "group", "aria-label": "What is read" });
  const target = make("p", { class: "letters", role: "group", "aria-label": "What is written: choose a letter to see where it looked" });
  const said = make("p", { class: "said", role: "status" }), told = make("p", { class: "window-told" });
  const grid = canvas(1, 1, "Attention: a row for each letter written, a column for each letter read", { class: "grid" });

  function begin(next) {
    text = next;
    found = translate(w, file.extra, text.trim());
    const strange = [...new Set(text.trim())].filter((letter) => !file.extra.reads.includes(letter));
    unread.textContent = strange.length ? `It has never read ${strange.map((l) => `“${l}”`).join(", ")}, and sees a blank there.` : "";
    clearTimeout(timer);
    source.replaceChildren(...[...text.trim()].map((letter) => make("span", {}, letter)));
    target.replaceChildren(...found.letters.map((letter, t) =>
      make("button", { type: "button", class: "letter", onclick: () => look(t), onfocus: () => look(t), onpointerenter: () => look(t),
        "aria-label": letter === " " ? "blank" : letter }, letter === " " ? "\u00a0" : letter)));
    said.textContent = found.letters.length ? `It writes ${found.letters.join("")}` : "Type a date.";
    element.dataset.answer = found.letters.join("");
    shown = calm() ? found.letters.length : 1;
    look(shown - 1);
    if (!calm()) timer = setTimeout(on, 150);
  }

  function on() { // write the next letter, as long as nobody points at one
    if (shown >= found.letters.length) return;
    look(shown++);
    timer = setTimeout(on, 150);
  }

  function look(t) {
    const weights = found.weights[t];
    element.dataset.at = t;
    if (t < shown - 1) clearTimeout(timer), shown = found.letters.length;
    const [paper, data, ink] = ["paper", "data", "ink"].map((name) => colour(element, name));
    [...source.children].forEach((span, s) => {
      const share = weights ? weights[s] : 0;
      span.style.background = css(mix(paper, data, share));
      span.style.color = css(share > 0.45 ? paper : ink);
    });
    [...target.children].forEach((letter, i) => {
      letter.classList.toggle("now", i === t);
      letter.style.visibility = i < shown ? "" : "hidden";
    });
    if (weights) {
      const order = [...weights].map((share, s) => [share, s]).sort((a, b) => b[0] - a[0]).slice(0, 3);
      told.textContent = `For “${found.letters[t]}” it looks at ` + order.filter(([share]) => share > 0.05)
        .map(([share, s]) => `“${[...text.trim()][s]}” (letter ${s + 1}, ${Math.round(100 * share)} %)`).join(", ") + ".";
    } else told.textContent = "";
    drawGrid(paper, data, ink, t);
  }

  function drawGrid(paper, data, ink, now) {
    const letters = [...text.trim()], size = 14, [S, T] = [letters.length, found.letters.length];
    [grid.width, grid.height] = [(S + 2) * size, (T + 2) * size];
    grid.style.width = `${grid.width}px`;
    const context = grid.getContext("2d");
    context.fillStyle = css(paper);
    context.fillRect(0, 0, grid.width, grid.height);
    found.weights.slice(0, shown).forEach((weights, t) =>
      squares(context, weights, S, { x: 1.5 * size, y: (t + 1.5) * size, size, from: paper, to: data }));
    context.fillStyle = css(ink);
    context.font = "12px ui-monospace, monospace";
    [context.textAlign, context.textBaseline] = ["center", "middle"];
    letters.forEach((letter, s) => context.fillText(letter, (s + 2) * size, 0.8 * size));
    found.letters.slice(0, shown).forEach((letter, t) => context.fillText(letter, 0.8 * size, (t + 2) * size));
    context.strokeStyle = css(colour(element, "mark"));
    context.lineWidth = 1.5;
    if (now >= 0 && T) context.strokeRect(1.5 * size, (now + 1.5) * size, S * size, size);
  }

  const examples = Object.fromEntries(EXAMPLES.map((example, i) => [i, example]));
  element.replaceChildren(
    make("p", { class: "in-a-row" }, labelled("A date", field),
      select("or", examples, 0, (i) => { field.value = EXAMPLES[i]; begin(field.value); })),
    unread,
    make("p", { class: "caption" }, "It reads"), source,
    make("p", { class: "caption" }, "It writes"), target, said, told,
    make("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "Attention as a table" }, grid),
    make("p", { class: "hint" }, "Type a date in English, French, German or Spanish, up to three with a semicolon between. Point at a written letter, or Tab to it, to see where the network looked."),
    make("p", { class: "told" }, file.told));
  drawnInTheme(() => (found ? look(Math.min(shown, found.letters.length) - 1) : begin(text)));
}
