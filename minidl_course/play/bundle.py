"""The modules of a demo as one text, for places that take one: the widget in JupyterLab.

The modules keep to a form that three rules can join: an import is one line,
`import { a, b } from "./nn.js";`, what is exported is said where it is defined, and nothing is
imported in a circle. Each module becomes a function that runs once, so names may repeat.
"""

import json
import pathlib
import re

from minidl_course.play.demos import demo

FOLDER = pathlib.Path(__file__).parent
IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
WIDGET = """
const file = %s;
export default {
  render({ el }) {
    const element = document.createElement("div");
    element.className = "minidl-play";
    element.dataset.play = "%s";
    el.append(element);
    const begin = () => {
      if (!element.isConnected) { // without a page there are no colours to ask for
        requestAnimationFrame(begin);
        return;
      }
      try {
        $%s.mount(element, file);
        element.dataset.ready = "";
      } catch (error) {
        element.append(`This demo could not start: ${error.message}`);
      }
    };
    begin();
  },
};
"""


def source(module):
    """The text of module.js."""
    return (FOLDER / f"{module}.js").read_text(encoding="utf-8")


def imports(text):
    """[(module, [names])] of what a module's text imports."""
    return [(module, names.split(", ")) for names, module in IMPORT.findall(text)]


def exports(text):
    """The names that a module's text exports."""
    return EXPORT.findall(text)


def needed(module, found=()):
    """The modules that a module needs and itself, each after all that it imports itself."""
    for other, _ in imports(source(module)):
        if other not in found:
            found = needed(other, found)
    return (*found, module)


def joined(module):
    """A module and all that it needs, as one text: `$module` holds what it exports."""
    parts = []
    for name in needed(module):
        text = source(name)
        inside = EXPORT.sub("", IMPORT.sub(r"const { \1 } = $\2;\n", text))
        parts.append(
            f"const ${name} = (() => {{\n{inside}return {{ {', '.join(exports(text))} }};\n}})();\n"
        )
    return "\n".join(parts)


def widget(name, file=None):
    """The text of an ES module for anywidget: the demo, with its weight file inside."""
    data, module = json.dumps(file, ensure_ascii=False), demo(name).module or name
    return joined(module) + WIDGET % (data, name, module)
