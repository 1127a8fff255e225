"""SmolLM2's weights in our blocks, and in the Llama that chapter 25 shows in PyTorch: one model."""

import re
from pathlib import Path

import numpy as np
import pytest
import twins

from minidl.datasets import files
from minidl_course import smollm
from minidl_course.chapters import language_models as page
from minidl_course.chapters.common import softmax
from minidl_course.generation import generate
from notebooks import read

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")

PAGE = Path(__file__).resolve().parents[2] / "notebooks" / "25-language-models.ipynb"
PARTS = (
    ("before.weight", "self_attention/norm/scale"),
    ("q.weight", "self_attention/layer/query_dense/W"),
    ("k.weight", "self_attention/layer/key_dense/W"),
    ("v.weight", "self_attention/layer/value_dense/W"),
    ("o.weight", "self_attention/layer/output_dense/W"),
    ("between.weight", "feedforward/norm/scale"),
    ("gate.weight", "feedforward/layer/wide/gate/W"),
    ("up.weight", "feedforward/layer/wide/dense/W"),
    ("down.weight", "feedforward/layer/narrow/W"),
)


@pytest.fixture(scope="module")
def smol(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        if not smollm.is_here():
            patch.setenv("MINIDL_CACHE", str(tmp_path_factory.mktemp("cache")))
        try:
            return smollm.load()
        except (ImportError, files.DataNotFoundError) as error:
            pytest.skip(f"SmolLM2 is out of reach: {error}".splitlines()[0])


def in_torch(model):
    """The page's Llama, with the positions and the weights of this model."""
    program = twins.blocks_of(read(PAGE))["PyTorch"]
    assert program.count("10000.0") == 1
    program = program.replace("10000.0", "100000.0")
    theirs = twins.run(program, "PyTorch", ("Llama",)).Llama(49152, 576, 30, heads=9, groups=3)
    ours = {name: param.value for name, param in model.params().items()}
    weights = {"embedding.weight": ours["embed/W"], "last.weight": ours["last/scale"]}
    for n in range(30):
        for name, place in PARTS:
            weights[f"blocks.{n}.{name}"] = ours[f"block{n + 1}/{place}"].T
    theirs.load_state_dict({name: torch.tensor(W) for name, W in weights.items()})
    return theirs


def test_logits_are_those_of_the_llama_in_pytorch(smol):
    model, tokens = smol
    ids = tokens.chat(("user", "It's 1,234.50 dollars -- isn't it?"))[None]
    with torch.no_grad():
        z = in_torch(model)(torch.tensor(ids)).numpy()
    assert z.std() > 1
    np.testing.assert_allclose(model.forward(ids)[0], z, atol=2e-3)


def test_it_answers(smol):
    assert smollm.ask(*smol, "What is the capital of Cuba?") == "The capital of Cuba is Havana."


def test_the_lines_by_hand_answer_too(smol, monkeypatch, capsys):
    cells = {cell.id: cell.source for cell in read(PAGE).cells}
    program = "\n".join(cells[name] for name in ("grouped", "parts-by-hand", "gpt"))
    assert program.count("10000.0") == 1
    names = {"np": np, "softmax": softmax, "page": page}
    exec(program.replace("10000.0", "100000.0"), names)
    (fold,) = re.findall(r"^```python\n(.*?)^```", cells["by-hand-told"], re.DOTALL | re.MULTILINE)
    monkeypatch.setattr(smollm, "load", lambda: smol)
    exec(fold, names)
    assert capsys.readouterr().out == "The capital of Cuba is Havana.\n"


def test_without_its_template_it_says_nothing(smol):
    model, tokens = smol
    end = tokens.special[smollm.END]
    bare = tokens.encode("What is the capital of Cuba?")
    assert generate(model, bare, 5, 0, stop=end).tolist() == [end]
