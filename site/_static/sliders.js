// Sliders of a chapter without a kernel. A sheet holds the picture of each combination of their
// values, line by line, as minidl_course/frames.py has drawn it: the last slider runs fastest.

function slide(box) {
  const figure = box.querySelector("img"), inputs = [...box.querySelectorAll("input")];
  const [width, height] = [Number(box.dataset.width), Number(box.dataset.height)];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const values = (input) => input.dataset.values.split(" ");
  let sheet;

  function load() {
    if (!sheet) (sheet = new Image()).src = box.dataset.sheet;
    return sheet.decode();
  }

  async function show() {
    const told = inputs.map((input) => values(input)[input.value]);
    inputs.forEach((input, n) => {
      input.setAttribute("aria-valuetext", told[n]);
      input.nextElementSibling.textContent = told[n];
    });
    await load();
    // A slider may have moved on while the sheet was loaded, and then its own call draws.
    if (inputs.some((input, n) => values(input)[input.value] !== told[n])) return;
    const place = inputs.reduce((sum, input) => sum * values(input).length + Number(input.value), 0);
    const columns = sheet.naturalWidth / width;
    canvas.getContext("2d").drawImage(sheet, -(place % columns) * width, -Math.floor(place / columns) * height);
    Object.assign(figure, { src: canvas.toDataURL(), width, height });
    figure.alt = `The same picture for ${inputs.map((input, n) => `${input.labels[0].textContent} ${told[n]}`).join(", ")}.`;
  }

  box.addEventListener("input", show);
  box.addEventListener("focusin", load);
  for (const hidden of box.querySelectorAll(".controls")) hidden.hidden = false;
  inputs.forEach((input) => (input.value = input.defaultValue)); // Firefox keeps where it stood
}

document.querySelectorAll(".sliders").forEach(slide);
