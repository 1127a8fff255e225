"""The programs of `tests/models/keras_programs/`: how one runs, in minidl and in Keras alike.

They are written as books and blog posts about Keras write them, and run on Keras 3 as they stand.
What each must find stands in `sequential_facts.py` and `functional_facts.py`.
"""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.register_assert_rewrite("sequential_facts", "functional_facts")
import functional_facts  # noqa: E402
import sequential_facts  # noqa: E402

FACTS = vars(sequential_facts) | vars(functional_facts)
FOLDER = Path(__file__).parent.parent / "models" / "keras_programs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))


def in_minidl(text):
    """Return a program that imports minidl where the given one imports Keras."""
    text = re.sub(
        r"^(import keras|from tensorflow import keras)$", "import minidl as keras", text, flags=re.M
    )
    return re.sub(r"^from (tensorflow\.)?keras\b", "from minidl", text, flags=re.M)


def run_and_check(name, translate=str):
    """Run a program's text, translated, in the current folder, and check what it found."""
    text = translate((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    variables = {"__name__": name}
    exec(compile(text, f"{name}.py", "exec"), variables)
    FACTS[name](SimpleNamespace(**variables))
