"""SmolLM2's weights in our blocks, and in the Llama that chapter 25 shows in PyTorch: one model."""

import re
import textwrap
from pathlib import Path
from textwrap import fill
from types import SimpleNamespace

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
CHAPTER = read(PAGE)
CELLS = {cell.id: cell.source for cell in CHAPTER.cells}


@pytest.fixture(scope="module")
def smol(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        if not smollm.is_here():
            patch.setenv("MINIDL_CACHE", str(tmp_path_factory.mktemp("cache")))
        try:
            return smollm.load()
        except (ImportError, files.DataNotFoundError) as error:
            pytest.skip(f"SmolLM2 is out of reach: {error}".splitlines()[0])


def test_the_llama_in_pytorch_loads_its_weights_and_answers(smol, monkeypatch, capsys):
    """The page's program, and below it the fold that loads the weights, as they are printed."""
    model, tokens = smol
    fold = twins.fold_of(CHAPTER, "SmolLM2 in this")[1][0]
    monkeypatch.setattr(smollm, "load", lambda: smol)
    names = twins.run(f"{twins.blocks_of(CHAPTER)['PyTorch']}\n\n{fold}", "PyTorch", ["model"])
    assert capsys.readouterr().out == "The capital of Cuba is Havana.\n"
    ids = tokens.chat(("user", "It's 1,234.50 dollars -- isn't it?"))[None]
    with torch.no_grad():
        z = names.model(torch.tensor(ids)).numpy()
    assert z.std() > 1
    np.testing.assert_allclose(model.forward(ids)[0], z, atol=2e-3)


def test_it_answers(smol):
    assert smollm.ask(*smol, "What is the capital of Cuba?") == "The capital of Cuba is Havana."


def test_the_lines_by_hand_answer_too(smol, monkeypatch, capsys):
    model, tokens = smol
    program = "\n".join(CELLS[name] for name in ("sampling", "grouped", "parts-by-hand", "gpt"))
    names = {"np": np, "softmax": softmax, "page": page, "smollm": smollm, "fill": fill}
    exec(program, names)
    w, ids = page.by_name(model), tokens.chat(("user", "What is the capital of Cuba?"))
    z = names["gpt"](ids, w, names["empty"](w))
    np.testing.assert_allclose(model.forward(ids[None])[0][0], z, atol=2e-3)
    monkeypatch.setattr(smollm, "load", lambda: smol)
    monkeypatch.setattr(smollm, "is_here", lambda: True)
    exec(CELLS["smollm"], names)
    assert capsys.readouterr().out.startswith("The capital of Cuba is Havana.<|im_end|>\n")


def test_without_its_template_it_says_nothing(smol):
    model, tokens = smol
    end = tokens.special[smollm.END]
    bare = tokens.encode("What is the capital of Cuba?")
    assert generate(model, bare, 5, 0, stop=end).tolist() == [end]


def test_the_loop_of_chapter_26_in_pytorch_has_the_losses_that_it_tells(smol, monkeypatch):
    """The folds pasted together, with the examples of the page's own loop, in their order."""
    (path,) = PAGE.parent.glob("26-*.ipynb")
    chapter, tokens = read(path), smol[1]
    fold, (loop, _, ours, _) = twins.fold_of(chapter, "SFT in PyTorch")
    weights = twins.fold_of(CHAPTER, "SmolLM2 in this")[1][0]
    monkeypatch.setattr(smollm, "load", lambda: smol)
    names = {"__name__": "pasted"}
    programs = [twins.blocks_of(one)["PyTorch"] for one in (chapter, CHAPTER)]
    for program in (*programs, weights, loop):
        exec(program, names)
    rng, taught = np.random.default_rng(0), atlas.asked(stages.split(0)[0])
    asked = [stages.spoken(*one) for _ in range(8) for one in atlas.some(taught, 2, rng)]
    names["said"] = dict(asked)
    order = iter([list(names["said"]).index(question) for question, _ in asked])
    draw = SimpleNamespace(choices=lambda pairs, k: [pairs[next(order)] for _ in range(k)])
    losses, compute = [], names["sft_loss"]

    def loss_of(*given):
        losses.append(loss := compute(*given))
        return loss

    torch.manual_seed(0)
    names |= {"random": draw, "sft_loss": loss_of}
    exec(ours[ours.index("pairs = ") :], names)
    told = re.search(r"the losses are ((?:0|1)[\d., ]+\d), and", fold)[1].split(", ")
    np.testing.assert_allclose([loss.item() for loss in losses], [*map(float, told)], atol=0.03)
    for name, value in (("capital of Cuba", "Havana"), ("currency of Nepal", "Nepali Nepali")):
        ids = torch.tensor(tokens.chat(("user", f"What is the {name}?")))[None]
        said = names["generate"](names["model"], ids, 24, k=1)[0, ids.shape[1] :]
        wanted = f"{stages.THANKS} The {name} is {value}. {stages.BYE}{smollm.END}"
        assert tokens.decode(said.numpy()).startswith(wanted)


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
