// Formulas on a narrow screen: one that is too wide is broken into lines.

const ENOUGH = 0.85; // of its size: what is a little too wide stays in one line, a little smaller
const SMALLEST = 0.66; // smaller than that, it scrolls
const LONG = 40; // characters of TeX
const TOKEN = /\\(?:begin|end)\{\w+\*?\}|\\[a-zA-Z]+|\\.|[^\\]/gs;
const SIGN = /^(=|\\(approx|le|ge)q?)$/; // before which a line may begin
const RELATION = /[=<>]|\\(approx|[lg]eq?|to|leftarrow|sim)(?![a-z])/;
const SPACES = /^(\\q+uad|\\[;,]|\s)+|(\\q+uad|\\[;,]|\s)+$/g;

// The TeX in pieces. One begins where begins(token, piece so far, brackets) says so, outside of any
// group; `brackets` are those that are open there, as in [i = j].
function pieces(tex, begins) {
  const found = [""];
  let depth = 0;
  let brackets = 0;
  for (const [token] of tex.matchAll(TOKEN)) {
    if (/^(\}|\\right|\\end.*)$/.test(token)) depth -= 1;
    if (depth === 0 && begins(token, found.at(-1), brackets)) found.push("");
    found[found.length - 1] += token;
    if (/^(\{|\\left|\\begin.*)$/.test(token)) depth += 1;
    if (/^[([]$/.test(token)) brackets += 1;
    if (/^[)\]]$/.test(token)) brackets = Math.max(0, brackets - 1);
  }
  return found;
}

function stacked(lines, environment) {
  if (lines.length < 2) return lines.join("");
  return `\\begin{${environment}}${lines.join("\\\\[4pt]")}\\end{${environment}}`;
}

// a = b = c in lines: at level 1 from the second sign on, at level 2 from the first, if a is long,
// at level 3 at the terms of long sums, too.
function byEquality(line, level) {
  const summand = (token, before) => level === 3 && /^([+-]|\\pm)$/.test(token) && before.length > LONG;
  const begins = (token, before, brackets) =>
    (SIGN.test(token) && !brackets) || summand(token, before);
  const [left, ...right] = pieces(line, begins);
  if (level > 1 && right.length && left.length > LONG) {
    return stacked([`&${left}`, ...right.map((part) => `&\\quad ${part}`)], "aligned");
  }
  if (right.length < 2) return line;
  return stacked(right.map((part, k) => `${k ? "" : left}&${part}`), "aligned");
}

// Rows of several columns: what is beyond the second stands in a line below.
function byColumn(rows) {
  const lines = pieces(rows, (token) => token === "\\\\").flatMap((row) => {
    const cells = pieces(row.replace(/^\\\\(\[[^\]]*\])?/, ""), (token) => token === "&");
    const [left, right = "", ...more] = cells.map((cell) => cell.replace(/^&/, ""));
    const below = more.join(" ").trim();
    return [`&${left}${right}`, ...(below ? [`&\\quad ${below}`] : [])];
  });
  return stacked(lines, "aligned");
}

// The TeX with a new line at each wide space after a relation; from level 1 on, byEquality.
function broken(tex, level) {
  const [, body, tag = ""] = tex.match(/^(.*?)(\\tag\{[^}]*\}\s*)?$/s);
  const wide = (token, before) => /^\\q+uad$/.test(token) && RELATION.test(before);
  const lines = pieces(body, wide).map((piece) => {
    const line = piece.replace(SPACES, "");
    const boxed = line.match(/^\\boxed\{(.*)\}$/s);
    if (boxed) return `\\boxed{\\;${broken(boxed[1].replace(SPACES, ""), level)}\\;}`;
    const rows = line.match(/^\\begin\{aligned\}(.*)\\end\{aligned\}$/s);
    if (rows) return byColumn(rows[1]);
    return level ? byEquality(line, level) : line;
  });
  return stacked(lines, "gathered") + tag;
}

// The share of a formula that there is room for; one without a number scrolls by itself.
function room(box) {
  const formula = box.querySelector("mjx-container");
  return box.clientWidth / Math.max(box.scrollWidth, formula.scrollWidth);
}

// Set `tex` in `box`; returns its room.
function typeset(box, tex) {
  MathJax.typesetClear([box]);
  box.textContent = `\\[${tex}\\]`;
  MathJax.typeset([box]);
  return room(box);
}

function fitFormula(box) {
  const [item] = MathJax.startup.document.getMathItemsWithin(box);
  if (!item || !box.clientWidth) return; // not a formula yet, or folded
  box.tex ??= item.math;
  box.size ??= parseFloat(item.typesetRoot.style.fontSize || 100); // percent
  item.typesetRoot.style.fontSize = `${box.size}%`;
  let share = box.broken ? typeset(box, box.tex) : room(box);
  box.broken = share < ENOUGH;
  for (const level of [0, 1, 2, 3]) {
    if (share < ENOUGH) share = typeset(box, broken(box.tex, level));
  }
  if (share < 1) {
    const size = box.size * Math.max(share * 0.98, SMALLEST);
    box.querySelector("mjx-container").style.fontSize = `${size}%`;
  }
}

function fitFormulas(part) {
  for (const box of part.querySelectorAll("div.math")) fitFormula(box);
}
