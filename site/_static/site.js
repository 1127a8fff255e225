// What a page of the website does by itself, without any library.

// Whoever has no mouse scrolls what is too wide with the arrow keys: it must take the focus.
function letScroll() {
  for (const box of document.querySelectorAll("pre, table, .output, div.math, mjx-container, .highlight")) {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.tabIndex = 0;
    } else if (box.getAttribute("tabindex") === "0") {
      box.removeAttribute("tabindex");
    }
  }
}

// A figure that is much smaller than it was drawn, as on a phone, grows by a touch to its own size,
// and then scrolls in its box. The first one on a page is told of.
const SHRUNK = 0.6;
function letGrow() {
  for (const figure of document.querySelectorAll("img.figure, .animation img")) {
    const drawn = figure.getAttribute("width") ?? figure.naturalWidth;
    if (figure.clientWidth === 0 || figure.matches(".grown")) continue;
    const shrunk = figure.clientWidth < SHRUNK * drawn;
    figure.classList.toggle("can-grow", shrunk);
    if (shrunk) figure.tabIndex = 0;
    else figure.removeAttribute("tabindex");
  }
  const first = document.querySelector("img.can-grow");
  if (first && !document.querySelector(".figure-hint")) {
    const hint = document.createElement("p");
    hint.className = "figure-hint";
    hint.textContent = "Small print? Touch a picture to see it in its full size.";
    first.closest(".output")?.after(hint);
  }
}

function grow(event) {
  if (!event.target.matches?.("img.can-grow") || (event.key ?? "Enter") !== "Enter") return;
  event.target.classList.toggle("grown");
  letScroll();
}
addEventListener("click", grow);
addEventListener("keydown", grow);

function fit(event) {
  const opened = event?.type === "toggle" ? event.target : document; // a fold fits its own formulas
  if (window.MathJax?.startup?.document) fitFormulas(opened);
  letGrow();
  letScroll();
}

addEventListener("DOMContentLoaded", async () => {
  fit();
  await window.MathJax?.startup?.promise;
  fit();
  await document.fonts.ready; // in its own fonts a formula has another width
  fit();
});
addEventListener("resize", fit);
addEventListener("toggle", fit, true);
// What is folded is printed, too.
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details:not([open])")) {
    fold.open = true;
    fold.dataset.opened = "";
  }
});
addEventListener("afterprint", () => {
  for (const fold of document.querySelectorAll("details[data-opened]")) fold.open = false;
});
