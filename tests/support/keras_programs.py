"""The programs of `tests/models/keras_programs/`: how one runs, in minidl and in Keras alike.

They are written as books and blog posts about Keras write them, and run on Keras 3 as they stand.
What each must find stands in `sequential_facts.py` and `functional_facts.py`.
"""

import re
from pathlib import Path
from types import SimpleNamespace

FOLDER = Path(__file__).parent.parent / "models" / "keras_programs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))


def in_minidl(text):
    """Return a program that imports minidl where the given one imports Keras."""
    text = re.sub(
        r"^(import keras|from tensorflow import keras)$", "import minidl as keras", text, flags=re.M
    )
    return re.sub(r"^from (tensorflow\.)?keras\b", "from minidl", text, flags=re.M)


def run(name, translate=str):
    """Run a program's text, translated, in the current folder; return its variables."""
    text = translate((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    variables = {"__name__": name}
    exec(compile(text, f"{name}.py", "exec"), variables)
    return SimpleNamespace(**variables)
