// Brings the demos of a page to life:  <div class="minidl-play" data-play="digit">a picture</div>
//
//     import { mountAll } from "./play/index.js"; mountAll();
//
// The picture stays where a demo cannot run. Nothing is loaded from outside this folder.

const DEMOS = {
  digit: { module: () => import("./digit.js"), weights: true },
  connect_four: { module: () => import("./connect_four.js"), weights: true },
  neuron: { module: () => import("./points.js"), weights: false },
  points: { module: () => import("./points.js"), weights: false },
  momentum: { module: () => import("./momentum.js"), weights: false },
  latent: { module: () => import("./latent.js"), weights: true },
  dates: { module: () => import("./dates.js"), weights: true },
  language_model: { module: () => import("./language_model.js"), weights: true },
};

async function hydrate(element) {
  const name = element.dataset.play, waiting = document.createElement("p");
  waiting.setAttribute("role", "status");
  waiting.textContent = "The network is being loaded.";
  try {
    const demo = DEMOS[name];
    if (!demo) throw new Error(`there is no demo "${name}", only ${Object.keys(DEMOS).join(", ")}`);
    if (demo.weights) element.append(waiting);
    const [{ mount }, file] = await Promise.all([demo.module(), demo.weights && weightsOf(name)]);
    await mount(element, file);
    element.dataset.ready = "";
  } catch (error) {
    waiting.remove();
    const words = document.createElement("p");
    words.setAttribute("role", "alert");
    words.textContent = `This demo could not start: ${error.message}`;
    element.append(words);
    throw error;
  }
}

async function weightsOf(name) {
  const address = new URL(`./weights/${name}.json`, import.meta.url);
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

// Starts every demo of `root` when the reader comes near it, or at once where `lazy` is false. The
// promise is kept when all that were started at once are ready.
export function mountAll(root = document, { lazy = true } = {}) {
  const waiting = [...root.querySelectorAll(".minidl-play[data-play]:not([data-begun])")];
  const begin = (element) => {
    element.dataset.begun = "";
    return hydrate(element);
  };
  if (!lazy || !("IntersectionObserver" in globalThis)) return Promise.all(waiting.map(begin));
  const watch = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watch.unobserve(target);
      begin(target).catch(console.error);
    }
  }, { rootMargin: "400px" });
  waiting.forEach((element) => watch.observe(element));
  return Promise.resolve();
}
