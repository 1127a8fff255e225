"""Whether the demos, their weights and pictures belong together: asked before a page is built."""

import json
import re

from minidl_course.play import bundle, weights
from minidl_course.play.demos import DEMOS

SHAPES = re.compile(r"^export const SHAPES = (\{[^}]*\});$", re.MULTILINE)
LISTED = re.compile(
    r"^  (\w+): \{ module: \(\) => import\(\"\./(\w+)\.js\"\), weights: (true|false)", re.M
)


def check():
    """Raise `ValueError` with one line for each fault; return the names of the demos.

    Looked at: that every module imports what there is, that the weight files are whole, say how
    they were measured, and hold just the tensors that the modules ask for, that `index.js` knows
    every demo, and that each has its still picture.
    """
    faults = [fault for look in (_modules, _index, _weights, _stills) for fault in look()]
    if faults:
        raise ValueError("the demos are not in order:\n" + "\n".join(faults))
    return tuple(DEMOS)


def _modules():
    texts = {path.stem: path.read_text(encoding="utf-8") for path in bundle.FOLDER.glob("*.js")}
    for module, text in sorted(texts.items()):
        known = bundle.imports(text)
        if len(known) != len(re.findall(r"^import\b", text, re.MULTILINE)):
            yield f'{module}.js: write each import on one line, import {{ a, b }} from "./x.js";'
        for other, names in known:
            if missing := set(names) - set(bundle.exports(texts.get(other, ""))):
                yield f"{module}.js imports {sorted(missing)}, not exported by {other}.js"
    for name in (demo.module or name for name, demo in DEMOS.items()):
        if "mount" not in bundle.exports(texts.get(name, "")):
            yield f"{name}.js must export the function mount"


def _index():
    text = bundle.source("index")
    listed = {name: (module, learned) for name, module, learned in LISTED.findall(text)}
    expected = {n: (demo.module or n, str(demo.learned).lower()) for n, demo in DEMOS.items()}
    if listed != expected:
        yield f"index.js lists {listed}, and demos.py {expected}"


def _weights():
    for name, demo in DEMOS.items():
        if not demo.learned:
            continue
        try:
            file = weights.load(name)
        except ValueError as error:
            yield str(error)
            continue
        remedy = f"make it anew: {file['made_by']}"
        found = SHAPES.search(bundle.source(name))
        if not found:
            yield f"{name}.js must export SHAPES, plain JSON of the shape of each tensor"
            continue
        asked = _sized(json.loads(found[1]), file.get("extra", {}))
        stored = {key: tensor["shape"] for key, tensor in file["tensors"].items()}
        for key in sorted(asked.keys() | stored.keys()):
            if asked.get(key) != stored.get(key):
                yield (
                    f"weights/{name}.json: {key} is {stored.get(key, 'missing')}, {name}.js asks "
                    f"for {asked.get(key, 'nothing of that name')}; {remedy}"
                )
        for fact in ("measured", "told"):
            if not file.get(fact):
                yield f"weights/{name}.json does not say what was measured ({fact!r}); {remedy}"


def _sized(shapes, extra):
    """Return shapes as `sized` of nn.js does: with the sizes, and for every block, of `extra`."""
    numbers = range(1, extra.get("blocks", 0) + 1)
    return {
        one: [extra.get(size, size) for size in shape]
        for name, shape in shapes.items()
        for one in ([name.replace("*", str(n)) for n in numbers] if "*" in name else [name])
    }


def _stills():
    for name in DEMOS:
        if not (bundle.FOLDER / "stills" / f"{name}.png").is_file():
            yield f"stills/{name}.png is missing: python -m minidl_course.play.stills {name}"
