// What the demos share: elements, labelled controls, and numbers drawn as colours.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// A control with its label. A page may hold this module twice (JupyterLab), so ids are drawn.
export function labelled(label, control, ...after) {
  control.id = `minidl-play-${Math.random().toString(36).slice(2)}`;
  return make("span", { class: "control" }, make("label", { for: control.id }, label), control, ...after);
}

export const button = (label, act, attributes = {}) =>
  make("button", { type: "button", onclick: act, ...attributes }, label);

export function select(label, options, chosen, act) {
  const items = Object.entries(options).map(([value, text]) =>
    make("option", { value, selected: value === String(chosen) }, text));
  const control = make("select", { onchange: () => act(control.value) }, ...items);
  return labelled(label, control);
}

export function slider(label, { min, max, step, value, told = String }, act) {
  const said = make("output", {}, told(value));
  const control = make("input", {
    type: "range", min, max, step, value, "aria-valuetext": told(value),
    oninput: () => {
      said.textContent = told(Number(control.value));
      control.setAttribute("aria-valuetext", said.textContent);
      act(Number(control.value));
    },
  });
  return labelled(label, control, said);
}

export function checkbox(label, checked, act) {
  const control = make("input", { type: "checkbox", checked, onchange: () => act(control.checked) });
  return labelled(label, control);
}

// A canvas whose drawing has width x height units, however large it is on the page.
export function canvas(width, height, label, attributes = {}) {
  const element = make("canvas", { role: "img", "aria-label": label, ...attributes });
  element.width = width;
  element.height = height;
  return element;
}

// The [r, g, b] of a CSS variable of the demo, as it is now, in light or in dark.
export function colour(element, name) {
  const probe = make("span", { style: `color: var(--${name}); display: none` });
  element.append(probe);
  const found = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  probe.remove();
  return found;
}

export const css = ([r, g, b]) => `rgb(${Math.round(r)}, ${Math.round(g)}, ${Math.round(b)})`;
export const mix = (a, b, t) => a.map((v, i) => v + (b[i] - v) * Math.min(1, Math.max(0, t)));

// Values (rows x columns) as squares of `size` units at (x, y): value 0 is `from`, value 1 is `to`,
// and, if there is `below`, value -1 is that.
export function squares(context, values, columns, { x = 0, y = 0, size = 1, from, to, below = to }) {
  const rows = values.length / columns, image = new ImageData(columns, rows);
  values.forEach((value, i) => {
    const [r, g, b] = mix(from, value < 0 ? below : to, Math.abs(value));
    image.data.set([r, g, b, 255], 4 * i);
  });
  const small = document.createElement("canvas");
  [small.width, small.height] = [columns, rows];
  small.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, x, y, columns * size, rows * size);
}

// Call `draw` now, and whenever the page turns dark or light.
export function drawnInTheme(draw) {
  const page = document.documentElement, body = document.body;
  const options = { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light"] };
  const watch = new MutationObserver(draw);
  watch.observe(page, options);
  watch.observe(body, options);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
}

// A bar for each name; `set(values)` takes numbers from 0 to 1.
export function bars(names, caption) {
  const rows = names.map((name) => {
    const fill = make("span", { class: "fill" }), said = make("span", { class: "share" });
    return { fill, said, row: make("li", {}, make("span", { class: "name" }, name),
      make("span", { class: "bar", "aria-hidden": "true" }, fill), said) };
  });
  const element = make("ol", { class: "bars", "aria-label": caption }, ...rows.map((r) => r.row));
  const set = (values) => {
    const best = Math.max(...values);
    rows.forEach(({ row, fill, said }, i) => {
      fill.style.width = `${100 * values[i]}%`;
      said.textContent = `${(100 * values[i]).toFixed(values[i] < 0.1 ? 1 : 0)} %`;
      row.classList.toggle("best", values[i] === best && best > 0);
    });
  };
  return { element, set };
}

// Where on a canvas (in its units) a pointer is.
export function pointed(element, event) {
  const box = element.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * element.width,
    ((event.clientY - box.top) / box.height) * element.height];
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
