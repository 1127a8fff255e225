// Byte-pair encoding, as in minidl_course/bpe.py: text -> the numbers of its tokens, and back.

// A text in pieces, one letter for each byte of its UTF-8. (To JavaScript's \s the byte A0 is a blank,
// too: but with that byte no letter begins.)
const PIECE = / ?[A-Za-z\x80-\xff]+| ?[0-9]+| ?[^\sA-Za-z\x80-\xff0-9]+|\s+(?!\S)|\s+/g;
const BYTES = 256;

// ids with `merged` in the place of each pair (a, b), from left to right
function merge(ids, a, b, merged) {
  const out = [];
  for (let i = 0; i < ids.length; i++) {
    const found = ids[i] === a && ids[i + 1] === b;
    out.push(found ? merged : ids[i]);
    if (found) i++;
  }
  return out;
}

export class BytePairs {
  // merges: pairs (a, b); pair i is token 256 + i
  constructor(merges) {
    this.merges = merges;
    this.tokens = Array.from({ length: BYTES }, (_, i) => [i]); // the bytes of each
    this.numbers = new Map();
    merges.forEach(([a, b], i) => {
      this.tokens.push([...this.tokens[a], ...this.tokens[b]]);
      this.numbers.set(`${a} ${b}`, BYTES + i);
    });
  }

  encode(text) {
    const letters = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
    return (letters.match(PIECE) ?? []).flatMap((piece) => this.ofPiece(piece));
  }

  ofPiece(piece) {
    let ids = Array.from(piece, (letter) => letter.charCodeAt(0));
    for (;;) {
      const known = ids.slice(1).map((b, i) => this.numbers.get(`${ids[i]} ${b}`) ?? Infinity);
      const first = known.reduce((a, b) => Math.min(a, b), Infinity); // the pair that was learned first
      if (first === Infinity) return ids;
      ids = merge(ids, ...this.merges[first - BYTES], first);
    }
  }

  // Where a letter is cut through, U+FFFD.
  decode(ids) {
    const bytes = Uint8Array.from(ids.flatMap((id) => this.tokens[id]));
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  // A token as it is shown: blanks and ends of lines can be seen, and so can halves of letters.
  shown(id) {
    const text = this.decode([id]);
    if (text.includes("\ufffd")) return this.tokens[id].map((byte) => `‹${byte.toString(16)}›`).join("");
    return text.replaceAll(" ", "␣").replaceAll("\n", "↵")
      .replace(/[\0-\x1f\x7f]/g, (sign) => `‹${sign.charCodeAt(0).toString(16)}›`);
  }
}
