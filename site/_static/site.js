// What a page of the website does by itself, without any library.

// Whoever has no mouse scrolls what is too wide with the arrow keys: it must take the focus.
function letScroll() {
  for (const box of document.querySelectorAll("pre, table, .output, div.math, .highlight")) {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.tabIndex = 0;
    } else if (box.getAttribute("tabindex") === "0") {
      box.removeAttribute("tabindex");
    }
  }
}

// A formula that is wider than a phone becomes smaller, down to two thirds; then it scrolls.
function fitFormulas() {
  for (const box of document.querySelectorAll("div.math")) {
    const formula = box.querySelector("mjx-container");
    if (!formula) continue;
    formula.dataset.size ??= formula.style.fontSize || "100%"; // as MathJax has made it
    formula.style.fontSize = formula.dataset.size;
    const share = box.clientWidth / box.scrollWidth;
    if (share < 1) {
      const size = parseFloat(formula.dataset.size) * Math.max(share * 0.98, 0.66);
      formula.style.fontSize = `${size}%`;
    }
  }
  letScroll();
}

addEventListener("DOMContentLoaded", () => {
  letScroll();
  const ready = window.MathJax?.startup?.promise;
  if (ready) ready.then(fitFormulas);
});
addEventListener("resize", fitFormulas);
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
