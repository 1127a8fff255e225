"""SmolLM2's weights in our blocks, and in the Llama that chapter 25 shows in PyTorch: one model."""

import textwrap
from pathlib import Path
from textwrap import fill

import numpy as np
import pytest
import twins

from minidl.datasets import files
from minidl.optimizers import Adam
from minidl_course import atlas, lora, smollm
from minidl_course.chapters import from_a_model_to_an_assistant as stages
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
    model, tokens = smol
    cells = {cell.id: cell.source for cell in read(PAGE).cells}
    program = "\n".join(cells[name] for name in ("sampling", "grouped", "parts-by-hand", "gpt"))
    names = {"np": np, "softmax": softmax, "page": page, "smollm": smollm, "fill": fill}
    exec(program, names)
    w, ids = page.by_name(model), tokens.chat(("user", "What is the capital of Cuba?"))
    z = names["gpt"](ids, w, names["empty"](w))
    np.testing.assert_allclose(model.forward(ids[None])[0][0], z, atol=2e-3)
    monkeypatch.setattr(smollm, "load", lambda: smol)
    monkeypatch.setattr(smollm, "is_here", lambda: True)
    exec(cells["smollm"], names)
    assert capsys.readouterr().out.startswith("The capital of Cuba is Havana.<|im_end|>\n")


def test_without_its_template_it_says_nothing(smol):
    model, tokens = smol
    end = tokens.special[smollm.END]
    bare = tokens.encode("What is the capital of Cuba?")
    assert generate(model, bare, 5, 0, stop=end).tolist() == [end]


def test_the_loop_of_chapter_26_learns(smol, monkeypatch, capsys):  # last: it changes the model
    (path,) = PAGE.parent.glob("26-*.ipynb")
    cells = {cell.id: cell.source for cell in read(path).cells}
    program = cells["likelihood"] + "\n" + cells["smol-lora"]
    assert program.count("steps, N = 8, 2") == 1
    names = {"np": np, "softmax": softmax, "textwrap": textwrap, "Adam": Adam, "atlas": atlas}
    names |= {"lora": lora, "smollm": smollm, "stages": stages, "taught": stages.split(0)[0]}
    names["smol"], names["tokens"] = smol
    monkeypatch.setattr(smollm, "is_here", lambda: True)
    exec(program.replace("steps, N = 8, 2", "steps, N = 4, 1"), names)
    losses = list(map(float, capsys.readouterr().out.splitlines()[0].split()))
    assert len(losses) == 4 and losses[-1] < 0.8 * losses[0]
