// A pad to draw on with a mouse, a finger or the keyboard: ink from 0 to 1.

import { canvas, colour, css, pointed, squares } from "./ui.js";

export const SIDE = 112; // pixels of ink; four are one of the network's 28
const PEN = 5, STEP = 4; // radius of the pen, and how far an arrow key takes it
const EXAMPLE = [[32, 30], [48, 20], [68, 22], [76, 36], [66, 50], [50, 54], [68, 58], [80, 72], [70, 90], [48, 94], [30, 86]];

export class Pad {
  constructor(changed) {
    this.changed = changed;
    this.ink = new Float32Array(SIDE * SIDE);
    this.pen = [SIDE / 2, SIDE / 4]; // of the keyboard
    this.down = false;
    this.untouched = true; // what lies there is an example, and goes with the first stroke
    const view = canvas(SIDE, SIDE, "Pad to draw a digit on. Arrow keys move the pen, space puts it down or lifts it, Delete clears.",
      { tabindex: 0, class: "pad", role: "application" });
    this.element = view;
    view.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      try { view.setPointerCapture(event.pointerId); } catch { /* a pointer that is gone already */ }
      this.begin();
      this.last = pointed(view, event);
      this.line(this.last, this.last);
    });
    view.addEventListener("pointermove", (event) => {
      if (!this.last) return;
      for (const each of event.getCoalescedEvents?.() ?? [event]) {
        const to = pointed(view, each);
        this.line(this.last, to);
        this.last = to;
      }
    });
    for (const name of ["pointerup", "pointercancel"]) view.addEventListener(name, () => { this.last = null; });
    view.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["focus", "blur"]) view.addEventListener(name, () => { this.down = false; this.draw(); });
  }

  key(event) {
    const move = { ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0] }[event.key];
    if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else if (event.key === " ") {
      this.begin();
      this.down = !this.down;
      if (this.down) this.line(this.pen, this.pen);
    } else if (move) {
      const to = this.pen.map((v, i) => Math.min(SIDE - PEN, Math.max(PEN, v + move[i])));
      if (this.down) this.line(this.pen, to);
      this.pen = to;
    } else return;
    event.preventDefault();
    this.draw();
  }

  begin() {
    if (this.untouched) this.clear();
  }

  clear() {
    this.ink.fill(0);
    this.untouched = this.down = false;
    this.draw();
    this.changed();
  }

  // A stroke with round ends; its edge fades over one pixel.
  line([x0, y0], [x1, y1]) {
    const [dx, dy] = [x1 - x0, y1 - y0], length = dx * dx + dy * dy || 1;
    for (let y = Math.max(0, Math.floor(Math.min(y0, y1) - PEN - 1)); y < Math.min(SIDE, Math.max(y0, y1) + PEN + 1); y++) {
      for (let x = Math.max(0, Math.floor(Math.min(x0, x1) - PEN - 1)); x < Math.min(SIDE, Math.max(x0, x1) + PEN + 1); x++) {
        const t = Math.min(1, Math.max(0, ((x + 0.5 - x0) * dx + (y + 0.5 - y0) * dy) / length));
        const far = Math.hypot(x + 0.5 - x0 - t * dx, y + 0.5 - y0 - t * dy), i = y * SIDE + x;
        this.ink[i] = Math.max(this.ink[i], Math.min(1, Math.max(0, PEN + 0.5 - far)));
      }
    }
    this.draw();
    this.changed();
  }

  // Draw a 3, so that there is something to see: at once, or as a hand would.
  example(atOnce) {
    const pieces = EXAMPLE.slice(1).map((to, i) => [EXAMPLE[i], to]);
    const next = () => {
      if (!this.untouched || !pieces.length) return;
      this.line(...pieces.shift());
      if (atOnce) next();
      else setTimeout(next, 60);
    };
    next();
  }

  draw() {
    const context = this.element.getContext("2d"), parent = this.element.parentElement;
    if (!parent) return;
    squares(context, this.ink, SIDE, { from: colour(parent, "paper"), to: colour(parent, "ink") });
    if (document.activeElement !== this.element || !this.element.matches(":focus-visible")) return;
    const [x, y] = this.pen;
    context.strokeStyle = context.fillStyle = css(colour(parent, "mark"));
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(x, y, PEN, 0, 7);
    if (this.down) context.fill();
    context.stroke();
  }
}
